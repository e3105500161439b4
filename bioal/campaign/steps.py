"""The steps of a campaign as a person reads them: number, time, what was done, whether it still counts."""

from __future__ import annotations

from dataclasses import dataclass

from bioal.campaign.bodies import (
    AskBody,
    Body,
    ExclusionBody,
    HistoryBody,
    ProposalBody,
    ProtocolBody,
    ResultsBody,
    SkipBody,
    UndoBody,
    VetoBody,
)
from bioal.campaign.state import State
from bioal.report.words import counted


@dataclass(frozen=True)
class Step:
    """A recorded step; `number` is the one that `undo` takes."""

    number: int
    time: str
    words: str
    undone: bool

    def __str__(self) -> str:
        """Return the step as one line."""
        said = f"{self.number:>4}  {self.time[:16].replace('T', ' ')}  {self.words}"
        return f"{said} (undone)" if self.undone else said


def steps_of(state: State) -> tuple[Step, ...]:
    """Return all steps of a campaign, the first one first."""
    return tuple(
        Step(record.number, record.time, words_of(record.body), record.number in state.undone)
        for record in state.records
    )


def words_of(body: Body) -> str:
    """Return what was done, in words.

    >>> words_of(ExclusionBody(where="R01 plate-1 A1", samples=["R01-S0001"], reason="bubble"))
    'R01 plate-1 A1 excluded: bubble'
    """
    if isinstance(body, ProposalBody):
        return _proposed(body)
    if isinstance(body, ResultsBody):
        count = len(body.readings.rows)
        said = counted(count, "reading")
        if not count and (body.failed or body.bench):
            changed = sum(len(bench.made) for bench in body.bench.values())
            said = f"{len(body.failed)} failed and {changed} changed wells"
        return f"{said} merged from {body.source.file or 'a table'}"
    if isinstance(body, ExclusionBody):
        return f"{body.where} excluded: {body.reason}"
    if isinstance(body, VetoBody):
        return f"{body.condition} vetoed: {body.reason}"
    if isinstance(body, HistoryBody):
        return f"old data H{body.number:02d} '{body.name}' recorded from {body.source.file}"
    return _other(body)


def _proposed(body: ProposalBody) -> str:
    count = len(body.predictions.rows)
    if body.edits is not None:
        changed = f"{len(body.edits.dropped)} dropped, {len(body.edits.added)} added"
        return f"round {body.round} edited: {changed}"
    purpose = " to confirm" if body.request.confirm is not None else ""
    return f"round {body.round} proposed, {counted(count, 'condition')}{purpose}"


def _other(body: Body) -> str:
    if isinstance(body, AskBody):
        said = counted(len(body.conditions.rows) + len(body.again), "condition")
        return f"{said} asked for{f': {body.reason}' if body.reason else ''}"
    if isinstance(body, SkipBody):
        said = counted(len(body.conditions.rows), "condition")
        return f"{said} predicted, not to be measured"
    if isinstance(body, UndoBody):
        return f"step {body.record} undone{f': {body.reason}' if body.reason else ''}"
    return "protocol amended" if isinstance(body, ProtocolBody) else "campaign begun"
