"""From an Echo's transfer report to a record: failed wells no longer count, others hold what they got."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bioal.campaign.bench import Made, bench_of
from bioal.campaign.benchwork import for_robots
from bioal.campaign.bodies import Bench, ResultsBody, Source
from bioal.campaign.state import Proposed, State
from bioal.campaign.tables import no_readings, table_of, written
from bioal.errors import Problem, Refused
from bioal.measurements.readings import without_unsaid
from bioal.plates.dispensed import FAILED, SEPARATOR, Dispensed, dispensed, still_failing
from bioal.plates.planning import bench_plan
from bioal.plates.transfers import BenchPlan
from bioal.plates.worklists.echo_report import EchoReport, read_transfer_report
from bioal.protocol.factors import Numeric
from bioal.protocol.levels import rounded
from bioal.protocol.liquids import DOSE_DIGITS
from bioal.protocol.protocol import Protocol
from bioal.protocol.units import volume_words
from bioal.protocol.values import is_blank
from bioal.sheets.returned import text_of

_ROUND = re.compile(r"R([0-9]{2,4})-")  # a plate's name begins with its round


@dataclass(frozen=True)
class Reported:
    """What a report brought; `new` is False where all of it was recorded before.

    `failed` and `changed` say for each sample why, and what it holds instead; `repaired` are samples that an
    earlier report had as failed and that count again; `places` are their wells.
    """

    new: bool
    round: int
    failed: Mapping[str, str]
    changed: Mapping[str, str]
    repaired: tuple[str, ...]
    places: Mapping[str, str]
    unmentioned: int


def reported(state: State, path: Path, into: int | None) -> tuple[ResultsBody | None, Reported]:
    """Return the record of a report, None where nothing is new, and what it says.

    Raises
    ------
    Refused
        When it cannot be read, or speaks of other plates, wells or stocks than the round's worklist.
    """
    text = text_of(path)
    report = read_transfer_report(text, path.name)
    number = _round_of(state, report, into)
    proposed = state.rounds[number]
    protocol = state.protocol_of(number)
    plan = bench_plan(protocol, proposed.round)
    if plan is None:
        raise Refused(_no_liquids(report, number))
    asked = for_robots(plan, number)
    report = _renamed(_in_round(report, number), asked) if into is not None else _in_round(report, number)
    found = dispensed(asked, report, proposed.round.size)
    if found.problems:
        raise Refused(found.problems)
    failed = {**found.failed, **_unsayable(protocol, plan, found)}
    differing = tuple(sample for sample in found.differing if sample not in failed)
    made = {sample: _condition(protocol, proposed, found, sample) for sample in differing}
    rows = {sample: row for sample, row in made.items() if row is not None}
    failing = _failing(state, found, failed)
    bench = bench_of(state, number, rows)
    fresh = bench is not None and any(proposed.made.get(s) != one for s, one in bench.made.items())
    said = Reported(
        bool(failing) or fresh,
        number,
        failed,
        {sample: _words(protocol, proposed, sample, rows.get(sample)) for sample in made},
        tuple(sample for sample, why in failing.items() if not why),
        _places(proposed, (*failed, *made, *failing)),
        found.unmentioned,
    )
    if not said.new:
        return None, said
    return _recorded(_source(path, text), number, bench if fresh else None, failing), said


def _recorded(source: Source, number: int, bench: Bench | None, failing: Mapping[str, str]) -> ResultsBody:
    return ResultsBody(
        source=source,
        readings=table_of(without_unsaid(no_readings().drop(columns="record")), "reading"),
        bench={} if bench is None else {str(number): bench},
        failed={written(sample): written(why) for sample, why in failing.items()},
    )


def _failing(state: State, found: Dispensed, failed: Mapping[str, str]) -> dict[str, str]:
    """Return what changes: sample -> why it fails now, "" where a later report made up for all that failed.

    A sample that a person excluded stays as it is.
    """
    changes = {}
    for sample, brought in found.brought.items():
        before = state.excluded.get(sample, "")
        if before and not before.startswith(FAILED):
            continue
        rest = [part for part in (still_failing(before, brought), failed.get(sample, "")) if part]
        now = SEPARATOR.join(dict.fromkeys(SEPARATOR.join(rest).split(SEPARATOR)))
        if now != before:
            changes[sample] = now
    return changes


def _places(proposed: Proposed, samples: tuple[str, ...]) -> dict[str, str]:
    wells = proposed.round.samples.to_dict("index")
    return {sample: f"{wells[sample]['plate']} {wells[sample]['well']}" for sample in samples}


def _words(protocol: Protocol, proposed: Proposed, sample: str, row: Made | None) -> str:
    """Return what a sample holds instead of what was planned."""
    if row is None:
        return "as planned, but for volumes that make no difference to its factors"
    condition = str(proposed.round.samples.to_dict("index")[sample]["condition"])
    planned = proposed.every_condition.loc[condition]
    said = [
        f"{factor.name} {factor.text(row[factor.name])} instead of {factor.text(planned[factor.name])}"
        f" {factor.unit}".rstrip()
        for factor in protocol.factors
        if factor.text(row[factor.name]) != factor.text(planned[factor.name])
    ]
    return ", ".join(said)


def _renamed(report: EchoReport, plan: BenchPlan) -> EchoReport:
    """Return a report with the plan's names where there is one plate alone, whatever it was called."""
    runs = [run for run in plan.runs if run.device.format == "echo"]
    own = {each.plate for run in runs for each in run.transfers}
    sources = {each.plate for run in runs for each in run.sources}
    plates, stocks = {row.plate for row in report.rows}, {row.source_plate for row in report.rows}
    rows = report.rows
    if len(own) == len(plates) == 1:
        rows = tuple(replace(row, plate=next(iter(own))) for row in rows)
    if len(sources) == len(stocks) == 1:
        rows = tuple(replace(row, source_plate=next(iter(sources))) for row in rows)
    return replace(report, rows=rows)


def _unsayable(protocol: Protocol, plan: BenchPlan, found: Dispensed) -> dict[str, str]:
    """Return samples that are no condition at all: too much or too little of what no factor says.

    Each part is judged by its share of what is in the well, so that what another part lacks counts too; the
    filler, which only dilutes, by how far the well is from full.
    """
    liquids = protocol.liquids
    if liquids is None:
        return {}
    numeric = {factor.name for factor in protocol.factors if isinstance(factor, Numeric)}
    parts = [stock.name for one in liquids.components if one.name not in numeric for stock in one.everything]
    filler = liquids.filler.stocks[""][0].name
    said: dict[str, str] = {}
    for sample in found.differing:
        wanted = {str(name): float(volume) for name, volume in plan.recipes.loc[sample].to_dict().items()}
        well = _Well(found.volumes[sample], wanted, liquids.tolerance)
        reasons = dict(filter(None, (*map(well.part, parts), well.filler(filler))))
        if reasons:
            said[sample] = SEPARATOR.join(reasons.values())
    return said


@dataclass(frozen=True)
class _Well:
    """Stock -> nL that a well holds and that were wanted, and the share that either may be off."""

    held: Mapping[str, float]
    wanted: Mapping[str, float]
    tolerance: float

    def part(self, name: str) -> tuple[str, str] | None:
        """Return the stock that failed and why, where the share of a part is off; None where it is not."""
        wanted, held = self.wanted.get(name, 0.0), self.held.get(name, 0.0)
        if not wanted and not held:
            return None
        if abs(held - wanted) > self.tolerance * wanted:
            return name, f"{self._failed(name)}, which no factor says"
        times = (held / sum(self.held.values())) / (wanted / sum(self.wanted.values()))
        if abs(times - 1) <= self.tolerance:
            return None
        fault = max(self.held, key=lambda one: abs(self.held[one] - self.wanted.get(one, 0.0)))
        off = f"{100 * abs(times - 1):.0f} % too {'strong' if times > 1 else 'weak'}"
        return fault, f"{self._failed(fault)}, which makes {name} {off}"

    def filler(self, name: str) -> tuple[str, str] | None:
        """Return the filler and why it failed, where the well is far from full; None where it is not."""
        full = sum(self.wanted.values())
        if abs(self.held.get(name, 0.0) - self.wanted.get(name, 0.0)) <= self.tolerance * full:
            return None
        holds = f"{volume_words(sum(self.held.values()))} instead of {volume_words(full)}"
        return name, f"{self._failed(name)}, which leaves {holds} in the well"

    def _failed(self, name: str) -> str:
        got = f"{volume_words(self.held.get(name, 0.0))} of {volume_words(self.wanted.get(name, 0.0))}"
        return f"{FAILED} {name} failed, {got} dispensed"


def _source(path: Path, text: str) -> Source:
    content = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return Source(
        file=written(path.name), sha256=hashlib.sha256(path.read_bytes()).hexdigest(), content=content
    )


def _in_round(report: EchoReport, number: int) -> EchoReport:
    """Return a report whose plates are named as in the worklists, where it was run with plain names."""
    start = f"R{number:02d}-"
    rows = tuple(
        replace(row, plate=_with(row.plate, start), source_plate=_with(row.source_plate, start))
        for row in report.rows
    )
    return replace(report, rows=rows)


def _with(name: str, start: str) -> str:
    return name if _ROUND.match(name) else f"{start}{name}"


def _round_of(state: State, report: EchoReport, into: int | None) -> int:
    """Return the round that a report speaks of: named in its plates, else by the person."""
    named = {int(match[1]) for row in report.rows if (match := _ROUND.match(row.plate))}
    if into is not None:
        named = {into}
    known = sorted(state.rounds)
    if len(named) != 1 or not named <= set(known):
        found = ", ".join(sorted({f"'{row.plate}'" for row in report.rows})) or "no transfer"
        expected = " or ".join(f"R{one:02d}-plate-..." for one in known) or "a proposed round"
        remedy = "Name the round with --into, where the plates were given other names at the instrument."
        problem = Problem("report-round", found, f"destination plates {expected}", remedy, file=report.file)
        raise Refused(problem)
    return named.pop()


def _no_liquids(report: EchoReport, number: int) -> Problem:
    found = f"a transfer report of round {number}, whose protocol says nothing about liquids"
    remedy = "Type what was used into the 'actual' columns of the run list, and merge with --accept actuals."
    return Problem("report-without-liquids", found, "a protocol with [liquids]", remedy, file=report.file)


def _condition(protocol: Protocol, proposed: Proposed, found: Dispensed, sample: str) -> Made | None:
    """Return the condition that a sample really is, from the volumes in its well; None where as planned."""
    condition = str(proposed.round.samples.to_dict("index")[sample]["condition"])
    planned = {str(name): value for name, value in proposed.every_condition.loc[condition].items()}
    held, row = found.volumes[sample], dict(planned)
    total = sum(held.values())
    for component in () if protocol.liquids is None else protocol.liquids.components:
        factor = next((each for each in protocol.factors if each.name == component.name), None)
        if isinstance(factor, Numeric) and not is_blank(planned[component.name]):
            amount = sum(
                held.get(each.name, 0.0) * (each.concentration or 0.0) for each in component.everything
            )
            row[component.name] = rounded(amount / total, DOSE_DIGITS)
    return row if row != planned else None
