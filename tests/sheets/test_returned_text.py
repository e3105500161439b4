"""CSV files in the encodings and dialects of laboratories: the same table, or a refusal."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from bioal.errors import Refused
from bioal.sheets.returned import content_digest, read_returned, returned_from_table

HEAD = ["Sample", "NTP [\u00b5M]", "GFP [RFU]", "Note"]
ROWS = [
    ["R01-S0001", "0.5", "1.25", "a, b"],
    ["R01-S0002", "10", "-3.5", ""],
    ["R01-S0003", "2", "1e3", "=1+1"],
]


def text(separator: str = ",", end: str = "\n", comma: bool = False, first: str = "") -> str:
    def field(value: str) -> str:
        number = value.replace(".", ",") if comma and value[:1] in "0123456789-" else value
        return f'"{number}"' if separator in number or "," in number else number

    lines = [separator.join(map(field, row)) for row in (HEAD, *ROWS)]
    return first + end.join(lines) + end


def read(tmp_path: Path, content: bytes | str, name: str = "back.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_returned(path)


def values(returned) -> list[list[str]]:
    return [["" if cell.value is None else cell.value for cell in row.values()] for row in returned.runs.rows]


DIALECTS = {
    f"{name}, {encoding}": (options, encoding)
    for name, options in {
        "comma": {},
        "semicolon": {"separator": ";"},
        "tab": {"separator": "\t"},
        "semicolon and decimal comma": {"separator": ";", "comma": True},
        "tab and decimal comma": {"separator": "\t", "comma": True},
        "sep line": {"separator": ";", "first": "sep=;\n"},
        "carriage returns and line feeds": {"end": "\r\n"},
        "carriage returns": {"end": "\r"},
    }.items()
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252")
}


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_of_one_table_says_the_same(tmp_path, name):
    options, encoding = DIALECTS[name]
    returned = read(tmp_path, text(**options).encode(encoding))
    assert values(returned) == ROWS
    assert list(returned.runs.headings) == ["Sample", "NTP [\u03bcM]", "GFP [RFU]", "Note"]


def test_a_bare_decimal_comma_never_becomes_two_columns_or_another_number(tmp_path):
    returned = read(tmp_path, "Sample;GFP\nR01-S0001;1,2\n")
    assert values(returned) == [["R01-S0001", "1.2"]]
    with pytest.raises(Refused, match="row 2: found 3 fields"):
        read(tmp_path, "Sample,GFP\nR01-S0001,1,2\n")


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ("Sample;GFP\nR01-S0001;1,234\nR01-S0002;5,678\n", "which may be 1234"),
        ("Sample;GFP\nR01-S0001;1,5\nR01-S0002;2.5\n", r"1,5 beside 2\.5"),
        ("Sample;GFP\nR01-S0001;12.345\nR01-S0002;23.456\n", "which may be 12345"),
        ("Sample,GFP\nR01-S0001,1,5\n", "3 fields"),
        ("Sample,GFP\nR01-S0001\n", "1 fields"),
        ("id;yield\na;1,2\n", "header row with the heading 'Sample'"),
        ("sep=;\nSample,GFP\nR01-S0001,1\n", "header row with the heading 'Sample'"),
        ("Sample,x;Sample;y\nR01-S0001,1;2;3\n", "several separators"),
        ("\n\n", "header"),
        ("Sample,GFP,GFP\nR01-S0001,1,2\n", "'GFP' again"),
        ("Sample,GFP,g f p,gfp\nR01-S0001,1,2,3\n", "'gfp' again"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(tmp_path, content, match):
    with pytest.raises(Refused, match=match):
        read(tmp_path, content)


def test_every_ragged_row_is_named(tmp_path):
    with pytest.raises(Refused, match="row 2") as refused:
        read(tmp_path, "Sample,GFP\nR01-S0001\nR01-S0002,1\nR01-S0003,1,2\n")
    assert [problem.cell for problem in refused.value.items] == ["row 2", "row 4"]


def test_text_that_was_made_inert_comes_back_as_it_was(tmp_path):
    returned = read(tmp_path, "Sample,Note\nR01-S0001,'=1+1\nR01-S0002,'plain\n")
    assert [row[1] for row in values(returned)] == ["=1+1", "'plain"]


def test_a_column_without_a_heading_is_said(tmp_path):
    returned = read(tmp_path, "Sample,,GFP\nR01-S0001,9,1\n")
    assert list(returned.runs.headings) == ["Sample", "GFP"]
    assert any("columns without a heading are not read" in warning for warning in returned.warnings)


def test_the_content_of_a_file_is_the_same_in_another_order_under_another_name(tmp_path):
    one = read(tmp_path, text(), "one.csv")
    lines = text().splitlines()
    other = read(tmp_path, "\n".join([lines[0], *reversed(lines[1:])]), "two.csv")
    assert one.sha256 != other.sha256
    assert one.content == other.content == content_digest(one)
    changed = read(tmp_path, text().replace("1.25", "1.26"))
    assert changed.content != one.content


def test_a_table_in_memory_keeps_the_kinds_of_its_values():
    table = pd.DataFrame(
        {
            "GFP": [1, 2.5, None, float("nan")],
            "Note": ["NA", "", None, pd.NaT],
            "when": pd.to_datetime(["2026-03-01"] * 4),
            "fine": [True, False, True, False],
        },
        index=pd.Index(["R01-S0001", "R01-S0002", "R01-S0003", "R01-S0004"], name="Sample"),
    )
    returned = returned_from_table(table)
    kinds = [[cell.kind for cell in row.values()] for row in returned.runs.rows]
    assert kinds == [
        ["text", "number", "text", "date", "bool"],
        ["text", "number", "blank", "date", "bool"],
        ["text", "blank", "blank", "date", "bool"],
        ["text", "blank", "blank", "date", "bool"],
    ]
    assert returned.runs.rows[1]["GFP"].address == "row R01-S0002, column 'GFP'"


def test_a_table_of_very_many_rows_is_refused(tmp_path):
    with pytest.raises(Refused, match="more than 20000 rows"):
        read(tmp_path, "Sample\n" + "x\n" * 20_001)


def test_a_field_that_no_table_holds_is_refused(tmp_path):
    with pytest.raises(Refused, match="text that is no table"):
        read(tmp_path, "Sample,GFP\nR01-S0001," + "9" * 200_000 + "\n")
