"""A proposal as it is handed out and recorded, and which round a new one may open, replace or repeat."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from bioal.campaign.benchwork import Benchwork, benchwork
from bioal.campaign.bodies import Edits, ProposalBody, Request, VetoBody
from bioal.campaign.state import State
from bioal.campaign.tables import table_of, tables_of_round
from bioal.errors import Problem, Refused, UsageError
from bioal.plates.counting import WellCount
from bioal.plates.rounds import Round
from bioal.protocol.protocol import Protocol


@dataclass(frozen=True)
class Proposal:
    """A proposed round: where its workbook lies, its wells, what to read about it.

    `new` is False where the round was open already: the same was asked before or, where `rewritten`, its
    workbook was missing and was written again. `bench` has every transfer, where volumes are known.
    """

    number: int
    round: Round
    workbook: Path
    count: WellCount
    notes: tuple[str, ...]
    new: bool
    rewritten: bool = False
    bench: Benchwork = field(default_factory=Benchwork)

    @property
    def worklists(self) -> tuple[Path, ...]:
        """Return where the worklists of the robots lie."""
        return self.bench.written(self.workbook.with_suffix(""))

    @classmethod
    def of(cls, state: State, number: int, workbook: Path, *, new: bool, rewritten: bool = False) -> Proposal:
        """Return a round of the campaign as a proposal."""
        proposed = state.rounds[number]
        round_, protocol = proposed.round, state.laid_out(number)
        controls = sum(control.wells for control in protocol.controls)
        size, plates = round_.size, len(round_.plates)
        setup = protocol.plate
        count = WellCount(
            len(round_.predictions), setup.replicates, controls, size, plates, usable=setup.room
        )
        bench = benchwork(protocol, round_)
        return cls(number, round_, workbook, count, proposed.notes, new, rewritten, bench)


def open_round_for(state: State, request: Request, *, next_: bool, replace: bool) -> int | None:
    """Return the open round that the request repeats or replaces; None where a new round may be opened.

    Raises
    ------
    Refused
        When a round is open and the request is another one, or it cannot be replaced any more.
    UsageError
        When there is nothing to replace.
    """
    opened = state.open_round
    if next_ and replace:
        raise UsageError("Either another round beside the open one (next), or one in its place (replace).")
    if opened is None:
        if replace:
            raise UsageError("No round is open: there is nothing to replace.")
        return None
    if next_:
        return None
    if replace:
        require_unmerged(state, opened, "be replaced")
        return opened
    proposed = state.rounds[opened]
    if proposed.request != request or proposed.version != len(state.versions) - 1:
        raise Refused(_open_problem(state, opened))
    return opened


def _open_problem(state: State, opened: int) -> Problem:
    pending, merged = len(state.pending(opened)), state.merged(opened)
    said = "condition is" if pending == 1 else "conditions are"
    rest = "" if merged else f", or with '--replace' to put another proposal in the place of round {opened}"
    remedy = (
        "Merge the results (status 'missing' for what will never come), or propose with '--next' to open "
        f"another round beside it{rest}."
    )
    return Problem("round-open", f"round {opened} open: {pending} {said} pending", "no open round", remedy)


def require_unmerged(state: State, number: int, what: str) -> None:
    """Raise Refused where results of a round came back already."""
    if state.merged(number):
        found = f"results of round {number}"
        remedy = "Go on with the next round; single wells can be excluded with 'bioal exclude'."
        raise Refused(Problem("round-merged", found, f"a round without results, to {what}", remedy))


def require_own_protocol(state: State, number: int) -> None:
    """Raise Refused where the protocol was amended since a round was proposed."""
    if state.rounds[number].version != len(state.versions) - 1:
        found = f"a protocol amended after round {number} was proposed"
        remedy = "Propose the round again with '--replace'."
        raise Refused(Problem("protocol-amended", found, "the round's own protocol", remedy))


def vetoable(state: State, condition: str) -> int:
    """Return the round in which a condition can be vetoed, or raise Refused saying why in none."""
    rounds = [number for number, one in state.rounds.items() if condition in one.round.predictions.index]
    if not rounds:
        raise Refused(_not_proposed(state, condition))
    require_unmerged(state, rounds[-1], "change")
    if state.rounds[rounds[-1]].request.confirm is not None:
        found = f"a condition of a confirmation, round {rounds[-1]}"
        remedy = "Plan another one in its place: 'bioal confirm --replace'."
        raise Refused(Problem("confirmation-veto", found, "a condition of a round that searches", remedy))
    require_own_protocol(state, rounds[-1])
    return rounds[-1]


def _not_proposed(state: State, condition: str) -> Problem:
    known = [one for number in state.rounds for one in state.pending(number)]
    listed = ", ".join(known) if len(known) <= 12 else f"{known[0]} ... {known[-1]}"
    expected = f"one of {listed}" if known else "a proposed condition; nothing is pending"
    vetoed = any(condition in dict(one.vetoed) for one in state.rounds.values())
    found = f"{condition}, which is vetoed already" if vetoed else condition
    return Problem("condition-unknown", found, expected, "Take the id from the run list.")


def proposal_body(
    round_: Round,
    notes: tuple[str, ...],
    request: Request,
    protocol: Protocol,
    edits: Edits | None = None,
) -> ProposalBody:
    """Return a round as it is recorded."""
    conditions, predictions, samples = tables_of_round(round_)
    return ProposalBody(
        round=round_.number,
        request=request,
        protocol=protocol.digest,
        size=round_.size,
        conditions=conditions,
        predictions=predictions,
        samples=samples,
        notes=list(notes),
        edits=edits,
    )


def veto_body(
    number: int,
    condition: str,
    reason: str,
    taking: tuple[pd.DataFrame, pd.DataFrame],
    notes: list[str],
) -> VetoBody:
    """Return a veto as it is recorded: with the new condition and its prediction, and the round's notes."""
    return VetoBody(
        round=number,
        condition=condition,
        reason=reason,
        conditions=table_of(taking[0], "condition"),
        predictions=table_of(taking[1], "condition"),
        notes=notes,
    )
