"""A hostile file gets its refusal, or is read as what it is, within two seconds and 200 MB.

Every reader reads every attack in a process of its own, with its time and memory measured.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bioal.campaign.campaign import Campaign
from bioal.protocol.protocol import protocol_from_toml
from bioal.sheets.returned import read_returned

HERE = Path(__file__).parent
SECONDS, MEGABYTES = 2.0, 200.0
MANY = 3_000_000

PROTOCOL = """
[campaign]
name = "Buffer"

[readouts.GFP]
unit = "RFU"

[objective]
readout = "GFP"
direction = "maximize"

[factors.Mg]
unit = "mM"
levels = [1, 2, 4, 6, 8]

[factors.plasmid]
options = ["pA", "pB"]

[plate]
size = 96
replicates = 2
"""

RUNS = "Sample,Condition,Mg [mM],plasmid,GFP [RFU]\n"
ROW = "R01-S0001,R01-C001,{},pA,{}\n"
REPORT = (
    "[DETAILS]\nDate Time Point,Source Plate Name,Source Well,Destination Plate Name,Destination Well,"
    "Transfer Volume,Actual Volume,Transfer Status\n"
)
MOVED = "noon,s,{},R01-plate-1,B1,{},25,\n"


def listed(count: int, what: str = "p{}") -> str:
    return ", ".join(f'"{what.format(number)}"' for number in range(count))


TOML: dict[str, str] = {
    "brackets inside brackets": "x = " + "[" * 100_000,
    "brackets inside brackets, closed": "x = " + "[" * 100_000 + "]" * 100_000,
    "tables inside tables": "x = " + "{a=" * 100_000,
    "a name of 100,000 parts": ".".join(["a"] * 100_000) + " = 1",
    "a table of 100,000 parts": "[" + ".".join(["a"] * 100_000) + "]",
    "a quoted name of 100,000 parts": ".".join(['"a"'] * 100_000) + " = 1",
    "names of 90 parts": "x" + ".a" * 90 + " = 1\n",
    "a number of 10,000 digits": "x = " + "9" * 10_000,
    "a line without end": "x " * 450_000,
    "a bracket that is never closed": "[factors." + "a b" * 300_000,
    "a text of 24 MB": "# " + "x" * 24_000_000,
    "signs without end": "=" * 900_000,
    "quotes without end": '"' * 900_000,
    "spaces and dots": "a . " * 200_000 + "= 1",
    "150,000 tables": "[[a]]\n" * 150_000,
    "3,000 factors": PROTOCOL + "".join(f"\n[factors.f{n}]\nlevels = [1, 2]\n" for n in range(3_000)),
    "3,000 tables that are none": PROTOCOL + "".join(f"\n[z{number}]\na = 1\n" for number in range(3_000)),
    "150,000 levels": PROTOCOL.replace("[1, 2, 4, 6, 8]", f"[{', '.join(map(str, range(150_000)))}]"),
    "10,000 levels": PROTOCOL.replace("[1, 2, 4, 6, 8]", f"[{', '.join(map(str, range(10_000)))}]"),
    "90,000 options": PROTOCOL.replace('"pA", "pB"', listed(90_000)),
    "3,000 constraints": PROTOCOL + "\n[[constraints]]\nsum = { Mg = 1 }\nat_most = 5\n" * 3_000,
    "3,000 controls": PROTOCOL + '\n[[controls]]\nrole = "blank"\nwells = 1\n' * 3_000,
    "more wells than atoms": PROTOCOL.replace("replicates = 2", "replicates = 1" + "0" * 80),
    "a step without end": PROTOCOL.replace("levels = [1, 2, 4, 6, 8]", "low = 0\nhigh = 1e9\nstep = 1e-9"),
    "a name of 900,000 letters": PROTOCOL.replace("factors.Mg", f"factors.{'M' * 900_000}"),
}

CSV: dict[str, str] = {
    "brackets inside brackets": RUNS + ROW.format("[" * 100_000, 5),
    "a formula of 100,000 brackets": RUNS + ROW.format(1, "=" + "(" * 100_000),
    "a number of 100,000 digits": RUNS + ROW.format(1, "9" * 100_000),
    "a number of 40,000 points": RUNS + ROW.format(1, "1." * 40_000),
    "accents without end": RUNS + ROW.format(1, "\u0301" * 100_000),
    "commas without end": RUNS + "," * MANY,
    "lines without end": RUNS + "\n" * MANY,
    "old lines without end": RUNS + "\r" * MANY,
    "rows without end": RUNS + ROW.format(1, 5) * 200_000,
    "one field of 24 MB": RUNS + "x" * 24_000_000,
    "a quote that is never closed": RUNS + '"' + "x" * 5_000_000,
    "quotes without end": '"' * 5_000_000,
    "a header of 5 MB": "S" * 5_000_000,
    "as many cells as are read": RUNS + ROW.format(1, 5) * 39_000,
    "ragged rows": RUNS + "a\n" * 59_000,
}

REPORTS: dict[str, str] = {
    "rows without end": REPORT + MOVED.format("A1", 25) * 400_000,
    "bad rows": REPORT + "a,b\n" * 59_000,
    "bad wells": REPORT + MOVED.format("QQ", "zz") * 59_000,
    "a well of 100,000 letters": REPORT + MOVED.format("A" * 100_000, 25),
    "a volume of 100,000 digits": REPORT + MOVED.format("A1", "9" * 100_000),
    "one field of 5 MB": REPORT + "x" * 5_000_000,
    "headings without end": "Source Well," * 1_400_000,
    "sections without end": "[DETAILS]\n" * 59_000,
    "brackets inside brackets": "[" * 100_000,
}

RECORDS: dict[str, str] = {
    "brackets inside brackets": "[" * 100_000,
    "tables inside tables": '{"a":' * 100_000,
    "a number of 100,000 digits": '{"schema":' + "9" * 100_000 + "}",
}

SHEET = "xl/worksheets/sheet1.xml"
OPEN = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
CLOSE = "</sheetData></worksheet>"
LAUGHS = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))

WORKBOOKS: dict[str, tuple[str, str]] = {
    "billion laughs": (
        SHEET,
        f'<!DOCTYPE l [<!ENTITY l0 "ha">{LAUGHS}]>{OPEN}<row><c><v>&l9;</v></c></row>{CLOSE}',
    ),
    "one long entity very often": (
        SHEET,
        f'<!DOCTYPE l [<!ENTITY a "{"a" * 99_999}">]>{OPEN}<row><c><v>{"&a;" * 99_999}</v></c></row>{CLOSE}',
    ),
    "a bomb of a million rows": (SHEET, OPEN + "<row><c><v>1</v></c></row>" * 1_000_000 + CLOSE),
    "a bomb of blanks": ("xl/media/blank.xml", "<a>" + " " * 90_000_000 + "</a>"),
    "a cell at the end of the world": (
        SHEET,
        f'{OPEN}<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>{CLOSE}',
    ),
    "a value at the end of the world": (
        SHEET,
        f'{OPEN}<row r="1048576"><c r="A1048576"><v>1</v></c></row>{CLOSE}',
    ),
    "a file from outside": (
        SHEET,
        f'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>{OPEN}<row><c><v>&e;</v></c></row>{CLOSE}',
    ),
    "a sheet that lies outside": (
        "xl/_rels/workbook.xml.rels",
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        'worksheet" Target="../../../../etc/passwd"/></Relationships>',
    ),
    "a dimension that lies": (
        SHEET,
        OPEN.replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>') + CLOSE,
    ),
    "brackets inside brackets": (SHEET, OPEN + "<x>" * 100_000),
    "a name that leads out": ("../../etc/cron.d/x", "* * * * *"),
    "macros": ("xl/vbaProject.bin", "Sub AutoOpen()"),
    "links to elsewhere": ("xl/externalLinks/externalLink1.xml", "<externalLink/>"),
    "words without end": (
        "xl/sharedStrings.xml",
        "<sst>" + "<si><t>x</t></si>" * 190_000 + "</sst>",
    ),
    "one word of 90 MB": ("xl/sharedStrings.xml", f"<sst><si><t>{'x' * 90_000_000}</t></si></sst>"),
    "styles without end": ("xl/styles.xml", "<styleSheet>" + "<xf/>" * 380_000 + "</styleSheet>"),
}


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a campaign in it that has an open round."""
    folder = tmp_path_factory.mktemp("hostile")
    Campaign.new(folder / "campaign", protocol_from_toml(PROTOCOL)).propose(4)
    return folder


@pytest.fixture(scope="session")
def workbook(place: Path) -> Callable[[str, str], Path]:
    """Return a function that replaces a part of an honest workbook."""
    honest = place / "honest.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["Sample", "GFP [RFU]"])
    book.save(honest)

    def changed(part: str, content: str) -> Path:
        path = place / "changed.xlsx"
        with zipfile.ZipFile(honest) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                if name != part:
                    new.writestr(name, old.read(name))
            new.writestr(part, content)
        return path

    return changed


@pytest.fixture(scope="session")
def answers(place: Path) -> Any:
    """Return a function that lets a reader loose on a file and answers what came of it."""
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("memory is measured on Linux")
    worker = subprocess.Popen(
        [sys.executable, HERE / "measured.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=HERE.parent,
    )

    def answered(reader: str, path: Path) -> dict[str, Any]:
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.write(json.dumps({"reader": reader, "path": str(path)}) + "\n")
        worker.stdin.flush()
        return dict(json.loads(worker.stdout.readline()))

    yield answered
    worker.communicate()


def harmless(found: dict[str, Any]) -> None:
    assert found["kind"] in ("refused", "read"), found["said"]
    assert found["seconds"] <= SECONDS, found
    assert found["megabytes"] <= MEGABYTES, found


def written(place: Path, name: str, content: str) -> Path:
    path = place / name
    path.write_text(content, encoding="utf-8", newline="")
    return path


@pytest.mark.parametrize("name", TOML)
def test_a_hostile_protocol_is_answered_at_once(place, answers, name):
    found = answers("protocol", written(place, "p.toml", TOML[name]))
    harmless(found)
    honest = name in ("10,000 levels", "3,000 constraints", "3,000 factors")  # much, but no more than that
    assert found["kind"] == ("read" if honest else "refused")


@pytest.mark.parametrize(
    ("reader", "name"),
    [*(("check", name) for name in CSV), *(("conditions", name) for name in list(CSV)[:5])],
)
def test_a_hostile_table_is_answered_at_once(place, answers, name, reader):
    harmless(answers(reader, written(place, "t.csv", CSV[name])))


@pytest.mark.parametrize("name", REPORTS)
def test_a_hostile_report_is_refused_at_once(place, answers, name):
    found = answers("report", written(place, "r.csv", REPORTS[name]))
    harmless(found)
    assert found["kind"] == "refused"


@pytest.mark.parametrize("name", RECORDS)
def test_a_hostile_record_is_refused_at_once(place, answers, name):
    found = answers("record", written(place, "000001.json", RECORDS[name]))
    harmless(found)
    assert (found["kind"], found["lines"]) == ("refused", 1)


@pytest.mark.parametrize("name", WORKBOOKS)
def test_a_hostile_workbook_is_refused_in_one_line_by_every_reader(workbook, answers, name):
    path = workbook(*WORKBOOKS[name])
    warned = name in ("links to elsewhere", "styles without end")  # inert: read, or refused for what it is
    for reader in ("check", "conditions", "protocol", "report"):
        found = answers(reader, path)
        harmless(found)
        assert warned or (found["kind"], found["lines"]) == ("refused", 1)


@pytest.mark.parametrize("claimed", ["A1", "A1:B2", "A1:XFD1048576"])
def test_a_wrong_size_in_a_sheet_loses_no_row(place, claimed):
    path = place / "dimension.xlsx"
    book = openpyxl.Workbook()
    for row in (["Sample", "GFP [RFU]"], ["R01-S0001", 5], ["R01-S0002", 6], ["R01-S0003", 7]):
        book.active.append(row)
    honest = place / "sized.xlsx"
    book.save(honest)
    with zipfile.ZipFile(honest) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == SHEET:
                content = re.sub(rb'<dimension ref="[^"]*"', f'<dimension ref="{claimed}"'.encode(), content)
                assert claimed.encode() in content
            new.writestr(name, content)
    rows = read_returned(path).runs.rows
    assert [(row["Sample"].value, row["GFP [RFU]"].value) for row in rows] == [
        ("R01-S0001", 5),
        ("R01-S0002", 6),
        ("R01-S0003", 7),
    ]
