"""Each hazard of sheets as generated files: merged exactly, or refused for its reason; never a silent wrong.

The corpus is made from one filled workbook. `expected` is "merged" or one of the hazard's codes.
"""

from __future__ import annotations

import locale
import re
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from openpyxl.chart import BarChart
from openpyxl.comments import Comment
from openpyxl.packaging.core import DocumentProperties
from openpyxl.styles import Font, PatternFill

from bioal.errors import Refused
from bioal.measurements.hazards import HAZARDS
from bioal.plates.rounds import sample_id
from bioal.sheets.returned import read_returned, returned_from_table

GFP = "GFP [RFU]"
MADE = {one.number: one for one in HAZARDS}
# Not a file: S18 is judged from a plate's values (tests/plates/test_detection.py).
ELSEWHERE = {"S18"}


@dataclass(frozen=True)
class Case:
    """A file, what its check is told besides, and what is expected of it."""

    hazard: str
    name: str
    make: Callable[[Any, Any], Path]  # from the bench and the changes of the corpus
    expected: str
    told: Callable[[Any], dict[str, Any]] = lambda bench: {}


def typed(value: Any, **said: Any) -> Callable[[Any, Any], Path]:
    return lambda bench, corpus: bench.filled(corpus.typed(GFP, value, **said))


def changed(name: str) -> Callable[[Any, Any], Path]:
    """Return a file of the corpus by its name."""

    def made(bench: Any, corpus: Any) -> Path:
        found = corpus.MERGED.get(name) or corpus.REFUSED[name][0]
        return bench.filled(found)

    return made


def as_text(separator: str, encoding: str, *, comma: bool = False, end: str = "\n", first: str = "") -> Any:
    """Return a maker of the filled run list as a text file."""

    def made(bench: Any, corpus: Any) -> Path:
        table = bench.table()
        rows = [list(table.columns), *table.astype(object).itertuples(index=False, name=None)]
        lines = [separator.join(_field(value, separator, comma=comma) for value in row) for row in rows]
        path = bench.folder / "returned.csv"
        path.write_bytes((first + end.join(lines) + end).encode(encoding))
        return path

    return made


def _field(value: Any, separator: str, *, comma: bool) -> str:
    said = "" if pd.isna(value) else f"{value:.12g}" if isinstance(value, float) else str(value)
    said = said.replace(".", ",") if comma and isinstance(value, float) else said
    said = f"'{said}" if said.startswith("=") else said
    return f'"{said}"' if separator in said or "," in said else said


def ragged(bench: Any, corpus: Any) -> Path:
    path = as_text(",", "utf-8")(bench, corpus)
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines[:4], lines[4] + ",7", *lines[5:]]), encoding="utf-8")
    return path


def with_first_bytes(name: str, content: bytes) -> Any:
    def made(bench: Any, corpus: Any) -> Path:
        path = bench.folder / name
        path.write_bytes(content)
        return path

    return made


def with_members(*names: str) -> Any:
    def made(bench: Any, corpus: Any) -> Path:
        path = bench.folder / "archive.xlsx"
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, "<a/>")
        return path

    return made


def cached_formula(bench: Any, corpus: Any) -> Path:
    """Return a workbook in which a value is a formula with its saved result, as Excel writes it."""
    path = bench.filled()
    target = bench.folder / "cached.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.startswith("xl/worksheets/sheet"):
                value = f"<v>{bench.truth['R01-S0004']:g}</v>".encode()
                content = content.replace(value, b"<f>A1*2</f>" + value)
            new.writestr(name, content)
    assert target.read_bytes() != path.read_bytes()
    return target


def half_of(keep: Callable[[int], bool]) -> Any:
    def made(bench: Any, corpus: Any) -> Path:
        def blanked(book: Any) -> None:
            sheet = book["Run list"]
            column = corpus.headed(sheet)[GFP]
            for row in range(2, sheet.max_row + 1):
                if not keep(row):
                    sheet.cell(row, column).value = None

        return bench.filled(blanked)

    return made


def copies_only(book: Any) -> None:
    for name in ("one", "two"):
        book.copy_worksheet(book["Run list"]).title = name
    del book["Run list"]


def well_typed(spelling: Callable[[str], str]) -> Any:
    def made(bench: Any, corpus: Any) -> Path:
        def change(book: Any) -> None:
            sheet = book["Run list"]
            cell = sheet.cell(5, corpus.headed(sheet)["Well"])
            cell.value = spelling(cell.value)

        return bench.filled(change)

    return made


def without_properties(book: Any) -> None:
    """Delete what a workbook says of itself outside its sheets: properties and defined names."""
    book.properties = DocumentProperties()
    for name in list(book.custom_doc_props.names):
        del book.custom_doc_props[name]
    for name in list(book.defined_names):
        del book.defined_names[name]


def coloured(book: Any) -> None:
    """Mark and remark as people do: colours, bold type, a comment, a picture of their own."""
    sheet = book["Run list"]
    for cell in sheet[4]:
        cell.fill, cell.font = PatternFill("solid", fgColor="FFFF00"), Font(bold=True, strike=True)
    sheet["A5"].comment = Comment("looked cloudy", "Ana")
    sheet.add_chart(BarChart(), "AA30")


def moved_to(plate: str) -> Any:
    """Return a maker of the run list of one plate under the name of the other."""

    def change(sheet: Any, corpus: Any) -> None:
        column = corpus.headed(sheet)["Plate"]
        for row in range(2, sheet.max_row + 1):
            sheet.cell(row, column).value = plate

    return lambda bench, corpus: bench.filled(corpus.on_run_list(lambda sheet: change(sheet, corpus)))


def known(bench: Any) -> dict[str, Any]:
    """Return what is told where all values were merged before."""
    return {"readings": bench.check(bench.filled(name="earlier.xlsx")).readings}


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)

CASES = [
    Case("S1", "a date", changed("an id as date"), "sample-id-converted"),
    Case("S1", "a number", changed("an id as number"), "sample-id-converted"),
    Case(
        "S1",
        "an exponent",
        lambda bench, corpus: bench.filled(corpus.typed("Sample", 2.31e13)),
        "sample-id-converted",
    ),
    Case("S2", "one comma", typed("12,3"), "value-decimal-comma"),
    Case("S2", "perhaps a thousand", typed("1,234"), "value-ambiguous"),
    Case("S2", "two kinds of signs", typed("1,234.5"), "value-thousands"),
    Case("S2", "as in Germany", typed("1.234,5"), "value-thousands"),
    Case("S2", "as in Switzerland", typed("1'234.5"), "value-thousands"),
    Case("S2", "as in France", typed("1\u202f234.5"), "value-thousands"),
    # An option of this protocol is 1.10: beside it no comma of the file is surely a decimal one.
    Case("S2", "a whole file, and a point", as_text(";", "utf-8", comma=True), "number-ambiguous"),
    Case("S3", "text", changed("a number as text"), "merged"),
    Case("S3", "text with a hard space", changed("a number as text with a hard space"), "merged"),
    Case("S4", "a unit", typed("12.3 uM"), "value-has-unit"),
    Case("S4", "a percent sign", typed("12.3%"), "value-has-unit"),
    Case("S4", "a percent format", typed(0.123, number_format="0.0%"), "value-has-unit"),
    Case("S4", "a unit in the format", typed(12.5, number_format='0.0" kRFU"'), "value-has-unit"),
    *(
        Case("S6", word, typed(word), "value-is-error")
        for word in ("#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!")
    ),
    Case("S7", "without a result", typed("=A1*2"), "formula-uncomputed"),
    Case("S7", "with its result", cached_formula, "merged"),
    Case("S8", "two rows", changed("merged cells"), "cells-merged"),
    Case("S9", "a filter", changed("rows hidden by a filter"), "merged"),
    *(
        Case(
            "S10",
            f"order {seed}",
            lambda bench, corpus, seed=seed: bench.filled(corpus.row_shuffled(seed)),
            "merged",
        )
        for seed in range(5)
    ),
    Case("S10", "columns", changed("columns in the opposite order"), "merged"),
    Case("S11", "ids", changed("ids moved by a row"), "row-contradicts-id"),
    Case("S11", "ids and values", changed("ids and values moved by a row"), "row-contradicts-id"),
    Case("S11", "factors", changed("factors moved by a row"), "conditions-shuffled"),
    Case("S11", "sorted by a factor", changed("only some columns sorted"), "conditions-shuffled"),
    Case(
        "S11",
        "results alone",
        lambda bench, corpus: bench.filled(corpus.on_run_list(corpus.sorted_alone)),
        "values-sorted",
    ),
    Case("S12", "a level", changed("a level edited"), "condition-changed"),
    Case("S12", "an option", changed("an option edited"), "factor-unreadable"),
    Case("S12", "an actual value", changed("an actual value that differs"), "condition-changed"),
    Case(
        "S12",
        "an actual value, meant",
        changed("an actual value that differs"),
        "merged",
        lambda bench: {"accept": ["actuals"]},
    ),
    Case("S13", "again", lambda bench, corpus: bench.filled(name="copy (1).xlsx"), "merged", known),
    Case("S13", "one value differs", typed(99.0), "value-changed", known),
    Case("S14", "one half", half_of(lambda row: row % 2 == 0), "merged"),
    Case("S14", "the other half", half_of(lambda row: row % 2 == 1), "merged"),
    Case("S14", "halves that differ", typed(7.0), "value-changed", known),
    Case(
        "S15",
        "another campaign",
        lambda bench, corpus: bench.filled(),
        "campaign-other",
        lambda bench: {"campaign": "other"},
    ),
    Case(
        "S15", "another round", lambda bench, corpus: bench.filled(), "round-other", lambda bench: {"into": 2}
    ),
    Case("S15", "one plate's rows as another's", moved_to("plate-2"), "row-contradicts-id"),
    Case("S15", "an id of another round", changed("an id of another round"), "sample-of-other-round"),
    Case("S16", "the hidden sheet", changed("the hidden sheet lost"), "merged"),
    Case("S16", "all but the run list", changed("all other sheets lost"), "merged"),
    Case("S16", "properties and names", lambda bench, corpus: bench.filled(without_properties), "merged"),
    Case("S17", "one well", typed(None), "merged"),
    Case("S17", "half of them", half_of(lambda row: row < 8), "merged"),
    Case("S17", "all of them", half_of(lambda row: False), "nothing-to-merge"),
    Case("S19", "small and padded", well_typed(lambda well: f"{well[0].lower()}0{well[1:]}"), "merged"),
    Case("S19", "a hyphen", well_typed(lambda well: f"{well[0]}-{well[1:]}"), "merged"),
    Case("S19", "no such well", well_typed(lambda well: "I1"), "row-contradicts-id"),
    Case("S20", "a column", changed("a column of their own"), "merged"),
    Case("S20", "colours, a remark, a chart", lambda bench, corpus: bench.filled(coloured), "merged"),
    Case("S20", "totals", changed("totals under the table"), "sample-missing"),
    Case("S21", "spaces", changed("a heading with spaces"), "merged"),
    Case("S21", "twice", changed("a heading twice"), "heading-twice"),
    Case("S21", "another unit", changed("another unit"), "unit-changed"),
    Case("S22", "a copy", changed("a copy of the run list"), "merged"),
    Case("S22", "copies alone", lambda bench, corpus: bench.filled(copies_only), "run-list-twice"),
    Case("S23", "an old workbook", with_first_bytes("a.xls", OLE), "file-is-xls"),
    Case(
        "S23",
        "a password",
        with_first_bytes("a.xlsx", OLE + "EncryptedPackage".encode("utf-16-le")),
        "file-is-encrypted",
    ),
    Case("S23", "a web page", with_first_bytes("a.xls", b"<html><table></table></html>"), "file-is-html"),
    Case("S23", "a PDF", with_first_bytes("a.xlsx", b"%PDF-1.7"), "file-is-pdf"),
    Case("S23", "nothing", with_first_bytes("a.xlsx", b""), "file-empty"),
    Case("S23", "cut short", with_first_bytes("a.xlsx", b"PK\x03\x04" + bytes(99)), "file-damaged"),
    Case("S23", "OpenDocument", with_members("mimetype", "content.xml"), "file-is-ods"),
    Case("S23", "Numbers", with_members("Index/Document.iwa"), "file-is-numbers"),
    Case("S23", "binary", with_members("[Content_Types].xml", "xl/workbook.bin"), "file-is-xlsb"),
    Case(
        "S23",
        "macros",
        with_members("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"),
        "file-has-macros",
    ),
    *(
        Case("S24", f"{separator!r}, {encoding}, {end!r}", as_text(separator, encoding, end=end), "merged")
        for separator, encoding in (
            (",", "utf-8"),
            (";", "utf-8"),
            ("\t", "utf-8-sig"),
            (",", "utf-8-sig"),
            ("\t", "utf-16"),
            (";", "utf-16"),
            ("\t", "cp1252"),
        )
        for end in ("\n", "\r\n", "\r")
    ),
    Case("S24", "a sep line", as_text(";", "utf-8", first="sep=;\n"), "merged"),
    Case("S24", "decimal commas, and a point", as_text("\t", "utf-16", comma=True), "number-ambiguous"),
    Case("S24", "ragged", ragged, "row-ragged"),
    Case("S25", "a row copied", changed("an id twice"), "sample-twice"),
    Case("S26", "a million", typed(2e6), "value-out-of-range"),
    Case("S26", "below zero", typed(-5), "value-out-of-range"),
    Case("S26", "beyond all numbers", typed("1e400"), "value-not-finite"),
    Case("S27", "open in Excel", with_first_bytes("~$round-01.xlsx", b"user"), "file-is-lock"),
]

# Words of instruments: a status some day, a refusal till then, never a number.
WORDS = ("<LOD", "<0.5", "OVRFLW", ">3.9", "MISSED", "?????", "Undetermined", "n/a", "broken")


@pytest.fixture(scope="session")
def corpus(beside_tests: Callable[[str], ModuleType]) -> ModuleType:
    return beside_tests("measurements/test_corpus.py")


def outcome(bench: Any, case: Case, corpus: Any) -> tuple[str, Any]:
    """Return "merged" or the codes of the refusal, and what was checked."""
    told = case.told(bench)
    try:
        checked = bench.check(case.make(bench, corpus), **told)
    except Refused as error:
        return ", ".join(sorted({problem.code for problem in error.items})), None
    return ", ".join(sorted({problem.code for problem in checked.problems})) or "merged", checked


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case.hazard} {case.name}") for case in CASES])
def test_a_hazard_is_merged_exactly_or_refused_for_its_reason(bench, corpus, case):
    found, checked = outcome(bench, case, corpus)
    assert case.expected in found.split(", ")
    assert case.expected == "merged" or case.expected in MADE[case.hazard].codes
    if checked is not None and found == "merged":
        assert bench.merged_right(checked), "a silently wrong merge"
        assert len(checked.readings) + checked.unchanged > 0


@pytest.mark.parametrize("word", WORDS)
def test_s5_a_word_of_an_instrument_is_never_a_number(bench, corpus, word):
    found, checked = outcome(bench, Case("S5", word, typed(word), ""), corpus)
    if found == "merged":
        ours = checked.readings.set_index("sample").loc["R01-S0004"]
        assert ours["status"] != "ok"
    else:
        assert set(found.split(", ")) & set(MADE["S5"].codes)


def test_s1_no_id_of_bioal_looks_like_a_date_or_a_number():
    converts = re.compile(
        r"[+-]?[\d.,]+([eE][+-]?\d+)?%?|\d+[-/.]\d+([-/.]\d+)?|"
        r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[-/. ]?\d+|true|false",
        re.IGNORECASE,
    )
    ids = [sample_id(number, at) for number in range(1, 11) for at in range(1, 1001)]
    assert len(set(ids)) == 10_000
    assert not [one for one in ids if converts.fullmatch(one)]


def test_s10_the_order_of_rows_never_matters(bench):
    table, rng = bench.table(), np.random.default_rng(10)
    plain = bench.check(table).readings.drop(columns="cell").sort_values("sample", ignore_index=True)
    orders = [rng.permutation(len(table)) for _ in range(100)]
    shuffled = [table.iloc[order].reset_index(drop=True) for order in orders]
    assert {returned_from_table(one).content for one in shuffled} == {returned_from_table(table).content}
    for one in shuffled[:5]:
        checked = bench.check(one)
        found = checked.readings.drop(columns="cell").sort_values("sample", ignore_index=True)
        assert checked.problems == ()
        assert found.equals(plain)


def test_s19_every_spelling_of_every_well_is_that_well(bench):
    spelt = (str.lower, lambda well: f"{well[0]}0{well[1:]}", lambda well: f"{well[0]}-{well[1:]}")
    for spelling in spelt:
        table = bench.table()
        table["Well"] = table["Well"].map(spelling)
        checked = bench.check(table)
        assert checked.problems == ()
        assert bench.merged_right(checked)
        assert len(checked.readings) == 22


def test_s23_every_other_kind_of_file_has_a_sentence_of_its_own(bench, corpus):
    said = []
    for case in (one for one in CASES if one.hazard == "S23"):
        with pytest.raises(Refused) as refused:
            bench.check(case.make(bench, corpus))
        said.append(str(refused.value).split(": ", 1)[1])
    assert len(said) == len(set(said)) == 10


def test_s26_values_ten_times_too_large_or_small_are_questioned(bench):
    known = bench.check(bench.table()).readings
    for factor in (10.0, 0.1, 1000.0):
        table = bench.table()
        table["GFP [RFU]"] = table["GFP [RFU]"] * factor
        problems = {problem.code for problem in bench.check(table, known).problems}
        assert problems & {"value-changed", "scale-jump", "value-out-of-range"}


def test_s13_a_copy_that_was_saved_anew_has_the_same_content(bench):
    path = bench.filled()
    again = bench.folder / "saved anew.xlsx"
    book = openpyxl.load_workbook(path)
    book.properties.title = "saved by another program"
    book.save(again)
    assert again.read_bytes() != path.read_bytes()
    assert read_returned(again).content == read_returned(path).content


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/St_Johns"])
@pytest.mark.parametrize("language", ["C", "de_DE.UTF-8", "tr_TR.UTF-8"])
def test_s28_language_and_time_zone_make_no_difference(bench, monkeypatch, zone, language):
    path = bench.filled()
    before = bench.check(path).readings
    monkeypatch.setenv("TZ", zone)
    kept = locale.setlocale(locale.LC_ALL)
    try:
        time.tzset()
        try:
            locale.setlocale(locale.LC_ALL, language)
        except locale.Error:
            pytest.skip(f"this system has no {language}")
        assert bench.check(path).readings.equals(before)
    finally:
        locale.setlocale(locale.LC_ALL, kept)
        monkeypatch.undo()
        time.tzset()


def test_every_hazard_has_its_files_and_every_code_is_one_that_bioal_gives():
    covered = {case.hazard for case in CASES} | {"S5", "S28"} | ELSEWHERE
    assert [one.number for one in HAZARDS] == [f"S{number}" for number in range(1, 29)]
    assert covered == set(MADE)
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (Path(__file__).parents[2] / "bioal").rglob("*.py")
        if path.name != "hazards.py"
    )
    assert not [code for one in HAZARDS for code in one.codes if f'"{code}"' not in source]
