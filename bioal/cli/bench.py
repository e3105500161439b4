"""What came back from the bench: `check` says what is wrong, `merge` records."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bioal.cli.answer import NOTHING_NEW, REFUSED, Answer, refusal
from bioal.cli.commands import FILE, advice, command, opened, quoted, round_in
from bioal.cli.reading_options import reading_options, typed
from bioal.errors import Refused, UsageError

if TYPE_CHECKING:
    from bioal.campaign.merging import Merged
    from bioal.campaign.reporting import Reported
    from bioal.measurements.checking import Checked

ACCEPTABLE = ("corrections", "actuals", "scale", "range", "ids")
ACCEPT = click.option(
    "--accept",
    multiple=True,
    type=click.Choice(ACCEPTABLE),
    help="What is meant though it looks like a mistake; may be given several times.",
)
INTO = click.option("--into", metavar="ROUND", help="The round, such as R02, where the file does not say it.")

ORIENTATION = click.option(
    "--orientation",
    multiple=True,
    metavar="WAY",
    help="How a plate was read: as-is, rot180, mirror-lr, mirror-tb, by-columns, by-rows, forward-rows, "
    "back-rows, forward-columns, back-columns, down-list, up-list; or plate-2=rot180.",
)


TRANSFERS = click.option(
    "--transfer-report",
    type=FILE,
    metavar="FILE",
    help="What an Echo says it dispensed; failed wells no longer count.",
)


@command(
    "check",
    example="bioal check rounds/round-01.xlsx\nbioal check reader.csv --plate round-01/plate-1\n"
    "bioal check --transfer-report echo.csv",
)
@click.argument("file", type=FILE, required=False)
@ACCEPT
@INTO
@ORIENTATION
@reading_options
@TRANSFERS
def check(
    folder: Path,
    file: Path | None,
    accept: tuple[str, ...],
    into: str | None,
    orientation: tuple[str, ...],
    transfer_report: Path | None,
    **said: str | None,
) -> Answer:
    """Say what merging FILE would find, and record nothing.

    Where something is wrong with a workbook, a copy with the cells marked is written beside it; of a reader's
    file, read with --plate, it is written into the campaign's folder.
    """
    from bioal.campaign.saying import check_lines
    from bioal.report.words import counted

    _one_file(file, transfer_report, "check")
    if file is None:
        return _transfers_checked(folder, Path(str(transfer_report)), into)
    campaign = opened(folder)
    found = campaign.check(file, accept=accept, into=_round(into), orientation=orientation, **said)
    notes = tuple(f"Note: {warning}" for warning in found.warnings)
    if found.problems:
        # A reader's file often lies in a folder that others share, where nothing of ours belongs.
        marked = _marked(file, campaign.folder if said.get("plate") else file.parent, found)
        count = counted(len(found.problems), "problem")
        result = {**_numbers(found), "marked": marked}
        notes = (*notes, f"{count}. Nothing was changed. The cells are marked in {marked}.")
        return Answer(result, notes=notes, problems=found.problems, exit_code=REFUSED)
    lines = check_lines(found)
    if found.nothing_new:
        return Answer(_numbers(found), lines, notes, exit_code=NOTHING_NEW)
    allowed = "".join(f" --accept {one}" for one in accept) + (f" --into {into}" if into else "")
    allowed += "".join(f' --orientation "{way}"' for way in orientation) + typed(said)
    next_ = f"Next: {advice('bioal merge', folder, file)}{allowed}"
    return Answer(_numbers(found), (*lines, next_), notes)


@command(
    "merge",
    example="bioal merge rounds/round-01.xlsx\nbioal merge corrected.xlsx --accept corrections\n"
    'bioal merge reader.csv --plate round-01/plate-1 --read "at 6 h"\n'
    "bioal merge --transfer-report echo.csv",
)
@click.argument("file", type=FILE, required=False)
@ACCEPT
@INTO
@ORIENTATION
@reading_options
@click.option("--skip-bad", is_flag=True, help="Take what is sound and record what was left out.")
@TRANSFERS
def merge(
    folder: Path,
    file: Path | None,
    accept: tuple[str, ...],
    into: str | None,
    orientation: tuple[str, ...],
    skip_bad: bool,
    transfer_report: Path | None,
    **said: str | None,
) -> Answer:
    """Record the results in FILE: all of them, or none.

    Merging the same file twice changes nothing.
    """
    _one_file(file, transfer_report, "merge")
    from bioal.campaign.saying import merge_lines, merge_notes

    campaign = opened(folder)
    if file is None:
        return _transfers(campaign.merge_transfers(str(transfer_report), into=_round(into)))
    try:
        merged = campaign.merge(
            file, accept=accept, into=_round(into), skip_bad=skip_bad, orientation=orientation, **said
        )
    except Refused as error:
        marking = f"{advice('bioal check', folder, file)}{typed(said)}"
        return _merge_refused(error, marking)
    result, notes = _merge_numbers(merged), merge_notes(merged)
    if not merged.new:
        return Answer(result, merge_lines(merged), notes, exit_code=NOTHING_NEW)
    return Answer(result, (*merge_lines(merged), f"Next: {advice(campaign.status().next, folder)}"), notes)


def _merge_refused(error: Refused, marking: str) -> Answer:
    """Return the refusal of a file, with the command that marks its cells where problems have one."""
    answer = refusal(error)
    if not any(problem.cell for problem in error.items):
        return answer
    return replace(answer, notes=(*answer.notes, f"For a copy with the cells marked: {marking}"))


def _merge_numbers(merged: Merged) -> dict[str, object]:
    return {
        "round": merged.round,
        "record": merged.record,
        "readings": merged.readings,
        "corrections": merged.corrections.to_dict("records"),
        "unchanged": merged.unchanged,
        "changed": merged.changed,
        "added": merged.added,
        "skipped": [str(problem) for problem in merged.skipped],
    }


def _one_file(file: Path | None, transfer_report: Path | None, name: str) -> None:
    """Raise UsageError where neither or both of a file of results and a transfer report were named."""
    if (transfer_report is None) == (file is None):
        both = f"{name.capitalize()} the transfer report and the results one after the other."
        none = f"Missing argument FILE: bioal {name} rounds/round-01.xlsx, or --transfer-report FILE."
        raise UsageError(none if file is None else both)


def _transfers_checked(folder: Path, report: Path, into: str | None) -> Answer:
    """Return what a transfer report would bring, in words."""
    answer = _transfers(opened(folder).check_transfers(report, into=_round(into)))
    if answer.exit_code == NOTHING_NEW:
        return answer
    said = f"{advice('bioal merge', folder)} --transfer-report {quoted(report)}"
    return replace(answer, lines=(*answer.lines, f"Next: {said}{f' --into {into}' if into else ''}"))


def _transfers(found: Reported) -> Answer:
    """Return what a transfer report brings, in words."""
    from bioal.report.words import counted

    result = {
        "round": found.round,
        "failed": dict(found.failed),
        "changed": dict(found.changed),
        "repaired": list(found.repaired),
        "unmentioned": found.unmentioned,
    }
    if not found.new:
        known = (
            "what this report says is known already"
            if found.failed or found.changed
            else "all went as planned"
        )
        return Answer(result, (f"Nothing new: {known}.",), exit_code=NOTHING_NEW)
    said = {**found.failed, **found.changed, **dict.fromkeys(found.repaired, "counts again: made up for")}
    each = [f"    {sample} ({found.places[sample]}): {why}" for sample, why in said.items()]
    wells = f"{counted(len(found.failed), 'well')} failed, {counted(len(found.changed), 'well')}"
    again = f", {counted(len(found.repaired), 'well')} made up for" if found.repaired else ""
    lines = (f"Round {found.round}: {wells} with other volumes than planned{again}.", *each)
    rest = (
        f"{counted(found.unmentioned, 'transfer')} of the Echo's worklists not in this report: as planned."
    )
    return Answer(result, lines, (rest,) if found.unmentioned else ())


def _round(into: str | None) -> int | None:
    return None if into is None else round_in(into, "--into names a round such as R02")


def _marked(file: Path, folder: Path, found: Checked) -> Path:
    """Write a copy of a refused file into a folder, with its cells marked and all its problems listed."""
    from bioal.sheets.marked import mark_problems

    target = folder / f"{file.stem} (checked).xlsx"
    mark_problems(file, target, found.problems)
    return target


def _numbers(found: Checked) -> dict[str, object]:
    return {
        "round": found.round,
        "readings": len(found.readings) + len(found.added_readings),
        "corrections": len(found.corrections),
        "actuals": len(found.actuals),
        "added": len(found.added),
        "unchanged": found.unchanged,
    }


COMMANDS = (check, merge)
