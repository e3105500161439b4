"""A round as a workbook: the sheets that go to the bench, and the hidden pages that bring them home."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from bioal.plates.rounds import Round
from bioal.plates.transfers import BenchPlan
from bioal.protocol.factors import Choice
from bioal.protocol.protocol import Protocol
from bioal.sheets import names
from bioal.sheets.manifest import manifest_of, write_manifest
from bioal.sheets.outgoing_bench import (
    FACTOR_LIST,
    OUTCOME_LIST,
    OUTCOME_STATUS_LIST,
    PLATE_LIST,
    STATUS_LIST,
    WELL_STATUS_LIST,
    Bench,
)
from bioal.sheets.outgoing_cards import write_run_cards
from bioal.sheets.outgoing_checklist import write_check_list
from bioal.sheets.outgoing_file import save_workbook
from bioal.sheets.outgoing_forms import write_added, write_details, write_paste_sheet
from bioal.sheets.outgoing_map import write_plate_map
from bioal.sheets.outgoing_pipetting import write_by_hand
from bioal.sheets.outgoing_readme import write_read_me
from bioal.sheets.outgoing_reagents import write_reagents
from bioal.sheets.outgoing_recipes import write_recipes
from bioal.sheets.outgoing_runs import write_run_list
from bioal.sheets.outgoing_work import Work, work_of
from bioal.sheets.style import cell_at, write_text


def write_round(
    path: Path,
    protocol: Protocol,
    round_: Round,
    manifest: Mapping[str, str],
    *,
    plan: BenchPlan | None = None,
    files: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> None:
    """Write the workbook of a round, whole or not at all.

    Parameters
    ----------
    manifest
        What the campaign wants to find again in the returned file: `KEY_CAMPAIGN`, `KEY_NAME`, `KEY_HEAD`.
        Schema, round, protocol and the samples' digests are added.
    plan
        Every transfer, where volumes are known: check list, reagents, recipes and pages for hands are added.
    files
        The worklists beside the workbook, as it names them: `round-02/echo-525.csv`.
    notes
        What a person should know of the round, a sentence or two each.

    Raises
    ------
    Refused
        When the file cannot be written.
    """
    book = round_workbook(
        protocol, round_, manifest, file=path.name, plan=plan, files=files, notes=notes
    )
    save_workbook(book, path)


def round_workbook(
    protocol: Protocol,
    round_: Round,
    manifest: Mapping[str, str],
    *,
    file: str,
    plan: BenchPlan | None = None,
    files: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> Workbook:
    """Return the workbook of a round; `file` is the name that it tells people to hand in."""
    book = Workbook()
    lists = book.create_sheet(names.LISTS)
    bench = Bench(protocol, round_, file, manifest.get(names.KEY_NAME) or protocol.name, notes=tuple(notes))
    bench = replace(bench, lists=_write_lists(lists, bench))
    _write_sheets(book, bench, manifest, work_of(bench, plan, files))
    book.move_sheet(lists, len(book.sheetnames))
    write_manifest(book.create_sheet(names.MANIFEST), manifest_of(protocol, round_, manifest))
    properties = book.properties
    properties.creator, properties.title = "bioal", bench.title
    properties.identifier = manifest.get(names.KEY_CAMPAIGN, "")
    return book


def _write_sheets(book: Workbook, bench: Bench, manifest: Mapping[str, str], work: Work | None) -> None:
    """Write the sheets for people, in the order in which they are needed."""
    read_me = book.worksheets[0]
    read_me.title = names.READ_ME
    write_read_me(read_me, bench, _code(bench, manifest), work)
    if work is not None:
        write_check_list(book.create_sheet(names.CHECK_LIST), work)
        write_reagents(book.create_sheet(names.REAGENTS), work)
    in_vessels = bench.round.in_vessels
    for number, plate in enumerate(() if in_vessels else bench.round.plates, start=1):
        title = names.plate_map_sheet(number, len(bench.round.plates))
        write_plate_map(book.create_sheet(title), bench, plate)
    if work is not None:
        _write_volumes(book, work)
    write_run_list(book.create_sheet(names.RUN_LIST), bench)
    if in_vessels:
        write_run_cards(book.create_sheet(names.RUN_CARDS), bench)
    else:
        write_paste_sheet(book.create_sheet(names.PASTE), bench)
    write_details(book.create_sheet(names.RUN_DETAILS if in_vessels else names.DETAILS), bench)
    write_added(book.create_sheet(names.ADDED), bench)


def _write_volumes(book: Workbook, work: Work) -> None:
    """Write what each well gets, and the pages for hands where hands dispense anything."""
    write_recipes(book.create_sheet(names.RECIPES), work)
    if work.by_hand:
        write_by_hand(book.create_sheet(names.BY_HAND), work)


def _code(bench: Bench, manifest: Mapping[str, str]) -> str:
    """Return the line by which a lost file is recognised."""
    parts = [f"Round {bench.round.number}"]
    parts += [f"{key} {manifest[key]}" for key in (names.KEY_CAMPAIGN, names.KEY_HEAD) if manifest.get(key)]
    return " \u00b7 ".join(parts)


def _write_lists(sheet: Worksheet, bench: Bench) -> dict[str, str]:
    """Write the words of all drop-downs, one list per column, and return their ranges."""
    lists = {STATUS_LIST: list(names.STATUS_WORDS), WELL_STATUS_LIST: list(names.WELL_STATUS_WORDS)}
    lists |= {OUTCOME_STATUS_LIST: list(names.OUTCOME_STATUS_WORDS)}
    lists |= {PLATE_LIST: list(bench.round.plates)}
    for factor in bench.protocol.factors:
        if isinstance(factor, Choice):
            lists[FACTOR_LIST + factor.name] = list(factor.options)
    for readout in bench.protocol.readouts:
        if readout.outcomes is not None:
            lists[OUTCOME_LIST + readout.name] = list(readout.outcomes.names)
    ranges = {}
    for column, (name, words) in enumerate(lists.items(), start=1):
        for row, word in enumerate(words, start=1):
            write_text(cell_at(sheet, row, column), word)
        letter = get_column_letter(column)
        ranges[name] = f"'{names.LISTS}'!${letter}$1:${letter}${len(words)}"
    sheet.protection.sheet = True
    sheet.sheet_state = "hidden"
    return ranges
