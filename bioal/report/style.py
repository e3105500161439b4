"""How a report looks: on a light and a dark screen, and on A4 paper. Nothing is fetched from anywhere."""

from __future__ import annotations

from bioal.report.frames import SHADES

# From pale to deep. Text on them is light where the shade is named below, else dark: contrast 4.5 or more.
_RISING = ("#eef5fb", "#d3e5f4", "#b0d1ea", "#86b8de", "#5a9bd0", "#2c6ca9", "#1f5a9a", "#124682", "#0a2f5e")
_PARTING = ("#0a4a8c", "#2f6fae", "#86b3dc", "#c5dbee", "#f4f4f4", "#f8d7bb", "#eea86f", "#b85c17", "#8c3f07")
_LIGHT_RISING, _LIGHT_PARTING = range(5, 9), (0, 1, 7, 8)

_LIGHT = (
    "--bg:#fff;--fg:#1b1d1f;--muted:#5b6167;--line:#d4d8dc;--card:#f5f7f9;--accent:#0b5cad;--second:#b0440a;"
    "--pale:#b9c4cf;--well:#7d868f;--good:#146c2e;--bad:#a3260b;--hole:#e9ecef"
)
_DARK = (
    "--bg:#14171a;--fg:#e9ebed;--muted:#a9b0b7;--line:#3b4248;--card:#1e2328;--accent:#74b6f5;"
    "--second:#f3a46c;"
    "--pale:#55606b;--well:#8b959f;--good:#7fd79a;--bad:#ff9d85;--hole:#2a3036"
)

_PAGE = """
*{box-sizing:border-box}
body{margin:0 auto;max-width:960px;padding:1.2rem;background:var(--bg);color:var(--fg);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.2;margin:.2em 0}h2{font-size:1.25rem;margin:2em 0 .5em;
border-bottom:1px solid var(--line)}h3{font-size:1.02rem;margin:1.4em 0 .4em}
p{margin:.5em 0}a{color:var(--accent)}a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{
outline:3px solid var(--accent);outline-offset:2px}
.skip{position:absolute;left:-999px}.skip:focus{left:1rem;background:var(--bg);padding:.5em}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.2em 1.1em;padding:0;margin:.6em 0}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(250px,1fr));gap:1rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.8rem 1rem}
.card h2{border:0;margin:0;font-size:1rem;color:var(--muted)}.card .big{font-size:1.45rem;font-weight:600;
line-height:1.25;margin:.15em 0}
.muted,figcaption{color:var(--muted)}figure{margin:1em 0}figcaption{font-size:.93rem;margin:.2em 0 .5em}
svg{display:block;width:100%;height:auto;overflow:visible}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(290px,1fr));gap:.5rem 1rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:.88rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--muted);padding:.3em 0}th,td{padding:.22em .6em;text-align:left;
border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:normal}td.n,th.n{text-align:right}
td.n,td.id{white-space:nowrap}td.long{min-width:11em}th{font-weight:600;vertical-align:bottom}
details{margin:.5em 0}summary{cursor:pointer;color:var(--accent);width:fit-content}
.checks{list-style:none;padding:0}.checks li{padding:.35em 0;border-bottom:1px solid var(--line)}
.mark{font-weight:700;display:inline-block;min-width:5.2em}
.ok .mark{color:var(--good)}.look .mark{color:var(--bad)}
text{fill:var(--fg);font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
text.small{font-size:11px}text.tiny{font-size:7px}text.middle{text-anchor:middle}text.end{text-anchor:end}
text.title{fill:var(--muted)}path{fill:none}
.axis{stroke:var(--muted)}.grid{stroke:var(--line)}
.line{stroke-width:2}.accent{stroke:var(--accent)}.second{stroke:var(--second)}.muted{stroke:var(--muted)}
.dashed{stroke-dasharray:5 4}.whisker{stroke-width:2}.thin{stroke-width:1;opacity:.45}
.strong{stroke:var(--fg)}
.dot{stroke-linecap:round;stroke-width:9}.dot.small{stroke-width:5}
.well{stroke:var(--well);stroke-linecap:round;
stroke-width:4;opacity:.55}.well.dot{stroke-width:7}.cross{stroke-width:1.6}
.fill{stroke:none}.accent.fill{fill:var(--accent)}.pale.fill{fill:var(--pale)}
.band{stroke:none;fill:var(--accent);opacity:.2}.ring{fill:none;stroke-width:2}
.halo{stroke:#fff}.halo.dot{stroke-width:7}.halo.ring{stroke-width:5}
.ink{stroke:#111}.ink.dot.small{stroke-width:4}
.nothing,.barred,.s-1,.d-1{fill:var(--hole)}
.r0{fill:#d3e5f4}.r1{fill:#f3c98b}.r2{fill:#e7a6a0}.r3{fill:#dcdcdc}.r4{fill:#b5dcb9}text.in-cell{fill:#111}
"""

_PAPER = """
@page{size:A4;margin:14mm}
@media print{:root{%s}body{max-width:none;padding:0;font-size:10.5pt}nav,.skip,.screen{display:none}
figure,.card,tr,.checks li{break-inside:avoid}h2,h3,figcaption,summary{break-after:avoid}
thead{display:table-header-group}.scroll{overflow:visible}*{print-color-adjust:exact;
-webkit-print-color-adjust:exact}table{font-size:8pt}td.long{min-width:11em}th,td{padding:1pt 4pt}
a{color:inherit;text-decoration:none}
details:not([open])>summary{display:none}}
"""


def stylesheet() -> str:
    """Return the whole style sheet."""
    shades = "".join(
        f".{kind}{k}{{fill:{colours[k]}}}text.{text}{k}{{fill:{'#fff' if k in light else '#111'}}}"
        for kind, text, colours, light in (
            ("s", "t", _RISING, _LIGHT_RISING),
            ("d", "u", _PARTING, _LIGHT_PARTING),
        )
        for k in range(SHADES)
    )
    dark = f"@media screen and (prefers-color-scheme:dark){{:root{{{_DARK}}}}}"
    root = f":root{{color-scheme:light dark;{_LIGHT}}}"
    return f"{root}{dark}{_PAGE}{shades}{_PAPER % _LIGHT}".replace("\n", "")
