"""What an Echo says it dispensed, against what it was asked for: wells that failed, and what the others hold.

A transfer that failed leaves its well without what it should have; volumes that differ change concentrations.
Transfers of the plan that a report does not mention (another run, another robot, hands) count as planned.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bioal.errors import Problem
from bioal.plates.transfers import BenchPlan, DeviceRun
from bioal.plates.worklists.echo_report import EchoReport, Reported
from bioal.protocol.units import volume_words

FAILED, SEPARATOR = "transfer of", "; "
SAME_VOLUME = 1e-3  # relatively: a report's digits


@dataclass(frozen=True)
class Dispensed:
    """What is in the wells.

    Parameters
    ----------
    volumes
        Sample -> stock -> nL, for the samples that a report speaks of.
    failed
        Sample -> why, in words, with the Echo's own status.
    brought
        Sample -> the stocks of which all that the report mentions was dispensed.
    differing
        Samples that did not fail and hold other volumes than planned.
    unmentioned
        How many transfers of these runs the report does not mention.
    problems
        What makes the report another one's.
    """

    volumes: Mapping[str, Mapping[str, float]]
    failed: Mapping[str, str] = field(default_factory=dict)
    brought: Mapping[str, frozenset[str]] = field(default_factory=dict)
    differing: tuple[str, ...] = ()
    unmentioned: int = 0
    problems: tuple[Problem, ...] = ()


def dispensed(plan: BenchPlan, report: EchoReport, size: int) -> Dispensed:
    """Return what a report says of a plan whose plates have the names that the robot knows.

    Parameters
    ----------
    plan
        With plates named as in its worklists.
    size
        Wells of a destination plate.
    """
    planned = _Planned.of(plan)
    problems = tuple(_problems(planned, report, size))
    if problems:
        return Dispensed({}, problems=problems)
    failed: dict[str, dict[str, str]] = {}
    seen: dict[str, set[str]] = {}
    volumes: dict[str, dict[str, float]] = {}
    wells = {str(sample): row for sample, row in plan.recipes.to_dict("index").items()}
    pairs = [(row, each) for row in report.rows for each in planned.samples[row.plate, row.well]]
    for done, sample in pairs:
        stock = planned.stocks[done.source_plate, done.source_well]
        held = volumes.setdefault(sample, {str(name): float(v) for name, v in wells[sample].items()})
        held[stock] += (done.actual - done.requested) * planned.shares[done.plate, done.well]
        seen.setdefault(sample, set()).add(stock)
        if done.failed:
            failed.setdefault(sample, {}).setdefault(stock, _why(done, stock))
    differing = tuple(
        sample for sample, held in volumes.items() if sample not in failed and _differ(held, wells[sample])
    )
    words = {sample: SEPARATOR.join(reasons.values()) for sample, reasons in failed.items()}
    brought = {sample: frozenset(stocks - set(failed.get(sample, ()))) for sample, stocks in seen.items()}
    return Dispensed(volumes, words, brought, differing, planned.count - len(report.rows))


def still_failing(before: str, brought: frozenset[str]) -> str:
    """Return what a later report leaves of an earlier failure: nothing where all of it was made up for.

    >>> still_failing("transfer of Mg failed, 0 nL of 50 nL dispensed", frozenset({"Mg"}))
    ''
    """
    parts = before.split(SEPARATOR)
    return SEPARATOR.join(
        part for part in parts if not any(part.startswith(f"{FAILED} {one} failed,") for one in brought)
    )


def _differ(held: Mapping[str, float], wanted: Mapping[Hashable, float]) -> bool:
    return any(abs(volume - wanted[stock]) > SAME_VOLUME * wanted[stock] for stock, volume in held.items())


def _why(row: Reported, stock: str) -> str:
    got = f"{volume_words(row.actual)} of {volume_words(row.requested)}"
    return f"{FAILED} {stock} failed, {got} dispensed" + (f" ({row.status})" if row.status else "")


@dataclass(frozen=True)
class _Planned:
    """The plan as a report sees it: what stands in source wells, and which samples a well is, or becomes.

    A mix becomes several wells, each of which gets a share of what went into it.
    """

    stocks: Mapping[tuple[str, str], str]
    samples: Mapping[tuple[str, str], tuple[str, ...]]
    shares: Mapping[tuple[str, str], float]
    parts: Mapping[tuple[str, str, str, str], Sequence[float]]
    plates: tuple[str, ...]
    count: int

    @classmethod
    def of(cls, plan: BenchPlan) -> _Planned:
        runs: list[DeviceRun] = [run for run in plan.runs if run.device.format == "echo"]
        moves = [each for run in runs for each in run.transfers]
        parts: dict[tuple[str, str, str, str], list[float]] = {}
        for each in moves:
            key = (each.source_plate, each.source_well, each.plate, each.well)
            parts.setdefault(key, []).append(each.volume)
        full = {str(sample): float(total) for sample, total in plan.recipes.sum(axis=1).items()}
        made: dict[tuple[str, str], float] = {}
        for each in (each for run in plan.runs for each in run.transfers):
            made[each.plate, each.well] = made.get((each.plate, each.well), 0.0) + each.volume
        wells = {(each.plate, each.well): each.sample for each in moves}
        return cls(
            {(each.plate, each.well): each.stock for run in runs for each in run.sources},
            {place: _samples_of(plan, place, sample) for place, sample in wells.items()},
            {place: full[sample] / made[place] for place, sample in wells.items()},
            parts,
            tuple(dict.fromkeys(each.plate for each in moves)),
            len(moves),
        )


def _samples_of(plan: BenchPlan, place: tuple[str, str], sample: str) -> tuple[str, ...]:
    """Return the samples that a place is: itself, or all wells that a mix is spread over."""
    mixed = tuple(each.sample for each in plan.spread if (each.source_plate, each.source_well) == place)
    return mixed or (sample,)


def _problems(planned: _Planned, report: EchoReport, size: int) -> Iterator[Problem]:
    """Yield why a report is not of this plan: unknown plates and wells, other stocks, other volumes."""
    left = {key: list(parts) for key, parts in planned.parts.items()}
    strange = dict.fromkeys(row.plate for row in report.rows if row.plate not in planned.plates)
    for plate in strange:
        first = next(row for row in report.rows if row.plate == plate)
        expected = " or ".join(planned.plates) or "no Echo transfer at all"
        yield _problem(report, first, f"the destination plate '{plate}'", expected)
    for row in (row for row in report.rows if row.plate not in strange):
        fault = _fault(planned, row)
        if fault is not None:
            found, expected = fault
            yield _problem(report, row, found, expected)
            continue
        key = (row.source_plate, row.source_well, row.plate, row.well)
        parts = left.get(key, [])
        part = next((one for one in parts if abs(one - row.requested) <= SAME_VOLUME * one), None)
        if part is not None:
            parts.remove(part)
            continue
        way = f"from {row.source_well} into {row.plate} {row.well}"
        asked = ", ".join(map(volume_words, planned.parts.get(key, ()))) or "nothing"
        again = " once more" if row.requested in planned.parts.get(key, ()) else ""
        yield _problem(
            report, row, f"{volume_words(row.requested)} {way}{again}", f"{asked}, as in the worklist"
        )


def _fault(planned: _Planned, row: Reported) -> tuple[str, str] | None:
    if (row.plate, row.well) not in planned.samples:
        return f"well {row.well} of {row.plate}", "a well that the worklist fills"
    stock = planned.stocks.get((row.source_plate, row.source_well))
    if stock is None:
        return f"source well {row.source_plate} {row.source_well}", "a source well of the worklist"
    if row.sample and row.sample != stock:
        return f"'{row.sample}' in {row.source_plate} {row.source_well}", f"{stock}, as in the worklist"
    return None


def _problem(report: EchoReport, row: Reported, found: str, expected: str) -> Problem:
    remedy = "Give the report of this round's worklist; name the round with --into where several are open."
    return Problem("report-foreign", found, expected, remedy, file=report.file, place=f"line {row.line}")
