"""The check list: what to do in working order, each with a box, initials and time, made from the plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from math import ceil

from openpyxl.worksheet.worksheet import Worksheet

from bioal.plates.transfers import DeviceRun, Source
from bioal.sheets import names
from bioal.sheets.outgoing_pipetting import tip_words
from bioal.sheets.outgoing_reagents import mix_words
from bioal.sheets.outgoing_rules import plain_sheet, protect, set_page
from bioal.sheets.outgoing_table import ROW_HEIGHT, Column, write_table
from bioal.sheets.outgoing_work import HandStock, Work, counted, time_words, volume_text
from bioal.sheets.style import (
    CENTRED,
    HEAD_FACTOR,
    HEAD_INPUT,
    HEAD_SAMPLE,
    HINT,
    TICK_BOX,
    TITLE,
    WRAPPED,
    cell_at,
    write_text,
)

HEADER_ROW = 4
WHAT, WHERE = 66.0, 30.0
FEW = 8  # plates that are named one by one


@dataclass(frozen=True)
class Task:
    """One thing to do: words, the steps of addition it belongs to, and where it is said in full."""

    words: str
    where: str = ""
    steps: tuple[int, int] | None = None

    @property
    def step(self) -> str:
        """Return the steps of addition in words: `1`, `1 to 3`, or nothing."""
        if self.steps is None:
            return ""
        first, last = self.steps
        return str(first) if first == last else f"{first} to {last}"


def write_check_list(sheet: Worksheet, work: Work) -> None:
    """Write the tasks of a round, one a row, with room for initials and time."""
    todo = list(tasks(work))
    write_text(cell_at(sheet, 1, 1), f"{work.bench.title} \u00b7 check list", TITLE)
    write_text(cell_at(sheet, 2, 1), _sums(work), HINT)
    sheet.row_dimensions[1].height, sheet.row_dimensions[2].height = 28, ROW_HEIGHT
    rows = len(todo)
    columns = [
        Column("No.", HEAD_SAMPLE, [float(number + 1) for number in range(rows)], 6, CENTRED, "0"),
        Column("Done", HEAD_INPUT, [None] * rows, 7, TICK_BOX),
        Column("What to do", HEAD_FACTOR, [task.words for task in todo], WHAT, WRAPPED),
        Column("Step", HEAD_FACTOR, [task.step for task in todo], 8, CENTRED, comment="Of addition."),
        Column("Where it stands", HEAD_FACTOR, [task.where for task in todo], WHERE, WRAPPED),
        Column("Initials", HEAD_INPUT, [None] * rows, 10, TICK_BOX),
        Column("Time", HEAD_INPUT, [None] * rows, 10, TICK_BOX),
    ]
    write_table(sheet, columns, HEADER_ROW)
    for at, task in enumerate(todo, start=HEADER_ROW + 1):
        lines = max(ceil(len(task.words) / (WHAT - 2)), ceil(len(task.where) / (WHERE - 3)))
        sheet.row_dimensions[at].height = 9 + 15 * max(1, lines)
    sheet.freeze_panes = f"A{HEADER_ROW + 1}"
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    plain_sheet(sheet)
    protect(sheet)
    set_page(sheet, work.bench.title, landscape=False)


def _sums(work: Work) -> str:
    """Return the work in numbers; a master mix takes fewer transfers than its stocks, each for itself."""
    robots = [(len(run.transfers), run.device) for run in work.robots]
    hands = [(one.transfers, one.device) for one in work.by_hand]
    by_robots = zip(work.plan.runs, work.plan.tips_of_runs, strict=False)
    tips = sum(tips for run, tips in by_robots if run.device.format != "hand")
    tips += sum(one.tips for one in work.by_hand)
    seconds = sum(count * device.seconds for count, device in [*robots, *hands])
    said = [counted(len(work.plan.recipes), "well" if work.bench.round.size else "vessel")]
    said += [f"{counted(sum(count for count, _ in robots), 'transfer')} by devices"] if robots else []
    said += [f"{counted(sum(count for count, _ in hands), 'transfer')} by hand"] if hands else []
    said += [counted(tips, "tip")] if tips else []
    return f"{', '.join(said)}, {time_words(seconds)} of dispensing."


def tasks(work: Work) -> Iterator[Task]:
    """Yield everything to do, in working order."""
    yield from _preparing(work)
    yield from _filling(work)
    yield from _dispensing(work)
    yield from _finishing(work)


def _preparing(work: Work) -> Iterator[Task]:
    said = f"Prepare {counted(len(work.needs), 'stock')}: thaw, mix, and see that all is dissolved"
    yield Task(said, names.REAGENTS)
    for mix in (one for one in work.by_hand if one.mixed):
        yield Task(f"Make {mix.name.lower()} {mix_words(mix, work.liquids.excess)}", names.REAGENTS)
    if work.bench.round.size:
        plates = f"{_plates(work)} ({work.bench.round.size} wells)"
        yield Task(f"Label {plates}; mark the corner of A1", names.PLATE_MAP)
        return
    vessels = len(work.plan.recipes)
    yield Task(f"Label {counted(vessels, 'vessel')}", names.RUN_LIST)


def _plates(work: Work) -> str:
    plates = work.bench.round.plates
    return ", ".join(plates) if len(plates) <= FEW else f"{plates[0]} to {plates[-1]}"


def _filling(work: Work) -> Iterator[Task]:
    sources = [source for run in work.plan.runs for source in run.sources if source.type.wells]
    for (plate, kind), held in groupby(sources, key=lambda one: (one.plate, one.type.name)):
        yield _filled(plate, kind, list(held))


def _filled(plate: str, kind: str, sources: list[Source]) -> Task:
    stocks = len({source.stock for source in sources})
    said = f"Fill {counted(len(sources), 'well')} of {plate} ({kind}) with {counted(stocks, 'stock')}"
    return Task(f"{said}; spin it down, no bubbles", names.REAGENTS)


def _dispensing(work: Work) -> Iterator[Task]:
    """Yield runs of devices and stocks by hand, in the order of addition; the last is called the last."""
    found = [_run_task(work, run) for run in work.robots] + [_hand_task(work, one) for one in work.by_hand]
    ordered = sorted(found, key=lambda task: task.steps or (0, 0))
    for at, task in enumerate(ordered):
        last = at == len(ordered) - 1 > 0 and task.steps != ordered[at - 1].steps
        yield replace(task, words=f"Last, {task.words[0].lower()}{task.words[1:]}") if last else task


def _run_task(work: Work, run: DeviceRun) -> Task:
    minutes = time_words(len(run.transfers) * run.device.seconds)
    files = ", ".join(work.files_of(run)) or run.label
    words = f"Run the worklist {run.label}: {counted(len(run.transfers), 'transfer')}, {minutes}"
    return Task(words, files, work.steps(run))


def _hand_task(work: Work, one: HandStock) -> Task:
    total = volume_text(one.total, one.unit)
    wells = counted(len(one.portions), "well" if work.bench.round.size else "vessel")
    tips = tip_words(one)
    name = one.name.lower() if one.mixed else one.name
    words = f"By hand, {name} into {wells}, {total}; {tips[0].lower()}{tips[1:]}"
    place = f"{names.BY_HAND}, {work.by_hand.index(one) + 1} of {len(work.by_hand)}"
    return Task(words, place, (one.step, one.step))


def _finishing(work: Work) -> Iterator[Task]:
    if work.plan.spread:
        each = volume_text(work.plan.spread[0].volume, "uL")
        mixes = len({(one.source_plate, one.source_well) for one in work.plan.spread})
        said = f"Spread {mixes} mixes over {counted(len(work.plan.spread), 'well')}, {each} each"
        yield Task(f"{said}, with a multichannel pipette where it fits", f"{names.RECIPES}, spread.csv")
    if work.bench.round.size:
        yield Task(f"Mix and seal {_plates(work)}; spin down only what may be spun")
    else:
        yield Task(f"Mix and close {counted(len(work.plan.recipes), 'vessel')}")
    yield from _conditions(work)
    readouts = " and ".join(readout.heading for readout in work.bench.protocol.readouts)
    yield Task(f"Measure {readouts} and type it in", f"{names.RUN_LIST} or {names.PASTE}")


def _conditions(work: Work) -> Iterator[Task]:
    """Yield under which settings plates are kept: those of the protocol, and those held on each plate."""
    protocol = work.bench.protocol
    fixed = [f"{name} {protocol.fixed[name]}" for name in work.liquids.settings if name in protocol.fixed]
    held = {plate: work.bench.plate_settings(plate) for plate in work.bench.round.plates}
    for plate, settings in held.items():
        if settings:
            yield Task(f"Keep {plate} at {', '.join([settings, *fixed])}", names.DETAILS)
    if fixed and not any(held.values()):
        yield Task(f"Keep everything at {', '.join(fixed)}")
