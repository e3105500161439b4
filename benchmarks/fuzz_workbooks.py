"""Workbooks made of text, so that a fuzzer changes cells and not the archive around them.

A line is a row, a tab parts cells, a form feed and a name begin a sheet. What a cell is, its text says:
`12.5` a number, `@45200` a date, `%0.1` a share, `!1` a truth value, `=A1|3` a formula and its saved result.
`tests/test_fuzzing.py` changes archives.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import openpyxl

SHEET, NEXT = "\f", "\t"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
ERRORS = ("#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,3})?")
UNWRITABLE = re.compile(r"[^\t\n\f\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><fonts><font/></fonts><fills><fill><patternFill/></fill></fills><borders>'
    "<border><left/></border></borders>"
    '<cellStyleXfs><xf/></cellStyleXfs><cellXfs><xf/><xf numFmtId="14" applyNumberFormat="1"/>'
    '<xf numFmtId="10" applyNumberFormat="1"/></cellXfs></styleSheet>'
)


def workbook(content: bytes) -> bytes:
    """Return a workbook of the grids in a text."""
    text = UNWRITABLE.sub("?", content.decode("utf-8", "replace"))
    first, *rest = text.split(SHEET)
    sheets = [part.partition("\n")[::2] for part in rest] or [("Run list", first)]
    names = [re.sub(r"[\[\]:*?/\\\t\r]", "-", name)[:31].strip("'") or "-" for name, _ in sheets[:12]]
    parts = {
        "xl/workbook.xml": _book(names),
        "xl/styles.xml": STYLES,
        "xl/_rels/workbook.xml.rels": _relations(len(names)),
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r" '
        f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "[Content_Types].xml": _types(len(names)),
    }
    for number, (_, grid) in enumerate(sheets[:12]):
        parts[f"xl/worksheets/sheet{number}.xml"] = _sheet(grid)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


def _book(names: Sequence[str]) -> str:
    sheets = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{at + 1}" r:id="s{at}"/>' for at, name in enumerate(names)
    )
    return f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{sheets}</sheets></workbook>'


def _relations(count: int) -> str:
    each = "".join(
        f'<Relationship Id="s{at}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{at}.xml"/>'
        for at in range(count)
    )
    styles = f'<Relationship Id="st" Type="{RELATIONS}/styles" Target="styles.xml"/>'
    return f'<Relationships xmlns="{PACKAGE}/relationships">{each}{styles}</Relationships>'


def _types(count: int) -> str:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    each = "".join(
        f'<Override PartName="/xl/worksheets/sheet{at}.xml" ContentType="{kind}.worksheet+xml"/>'
        for at in range(count)
    )
    main = f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
    styles = f'<Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/>'
    xml = '<Default Extension="xml" ContentType="application/xml"/>'
    rels = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    )
    return f'<Types xmlns="{PACKAGE}/content-types">{xml}{rels}{main}{styles}{each}</Types>'


def _sheet(grid: str) -> str:
    lines = grid.split("\n")[:400]
    rows = "".join(f"<row>{''.join(map(_cell, line.split(NEXT)[:60]))}</row>" for line in lines)
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def _cell(text: str) -> str:
    """Return a cell of the kind that its text says."""
    kind, rest = text[:1], text[1:]
    if NUMBER.fullmatch(text):
        return f"<c><v>{text}</v></c>"
    if kind in ("@", "%") and NUMBER.fullmatch(rest):
        return f'<c s="{1 if kind == "@" else 2}"><v>{rest}</v></c>'
    if kind == "!" and rest in ("0", "1"):
        return f'<c t="b"><v>{rest}</v></c>'
    if kind == "=":
        formula, _, cached = rest.partition("|")
        return f"<c><f>{escape(formula)}</f>{f'<v>{cached}</v>' if NUMBER.fullmatch(cached) else ''}</c>"
    if text in ERRORS:
        return f'<c t="e"><v>{text}</v></c>'
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>' if text else "<c/>"


def grids_of(path: Path, sheets: Sequence[str] = ()) -> bytes:
    """Return the cells of a workbook, or of some of its sheets, as the text that `workbook` makes one of."""
    book = openpyxl.load_workbook(path)
    parts = []
    for sheet in (one for one in book.worksheets if not sheets or one.title in sheets):
        rows = (NEXT.join(map(said, row)) for row in sheet.iter_rows(values_only=True))
        parts.append(f"{SHEET}{sheet.title}\n" + "\n".join(row.rstrip(NEXT) for row in rows))
    return "".join(parts).encode()


def said(value: object) -> str:
    """Return a value as it stands in a grid."""
    return "" if value is None else re.sub(r"[\t\n\f]", " ", str(value))
