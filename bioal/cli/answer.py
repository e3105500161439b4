"""What a command gives back, and how it is said: lines for people, one JSON object for programs.

Data go to standard output, everything that is said about them to standard error. `status` and the exit
code are two names of one thing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import click

from bioal.errors import BioalError, Problem, Refused

SCHEMA = "bioal-answer-1"
DONE, FAULT, REFUSED, USAGE, LOCKED, NOTHING_NEW, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130
STATUSES = {
    DONE: "done",
    FAULT: "fault",
    REFUSED: "refused",
    USAGE: "wrong usage",
    LOCKED: "locked",
    NOTHING_NEW: "nothing new",
    INTERRUPTED: "interrupted",
}


@dataclass(frozen=True)
class Answer:
    """What a command found or did.

    Parameters
    ----------
    result
        For programs; plain values, paths, and NaN (which becomes null).
    lines
        For people, on standard output.
    notes
        What a person should know beside it, on standard error.
    problems
        Why the data were refused, or why nothing was done.
    """

    result: Mapping[str, object] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[Problem | str, ...] = ()
    exit_code: int = DONE


def refusal(error: BioalError) -> Answer:
    """Return the answer that an error of bioal's gives."""
    problems: tuple[Problem | str, ...] = error.items if isinstance(error, Refused) else (str(error),)
    notes = (_summary(error.items),) if isinstance(error, Refused) else ()
    return Answer(problems=problems, notes=notes, exit_code=error.exit_code)


def give(answer: Answer, command: str, *, as_json: bool) -> int:
    """Print an answer and return its exit code."""
    if as_json:
        click.echo(json.dumps(envelope(answer, command), ensure_ascii=False, allow_nan=False, indent=2))
    else:
        _echo(answer.lines, err=False)
        _echo(map(_coded, answer.problems), err=True)
    _echo(answer.notes, err=True)
    return answer.exit_code


def envelope(answer: Answer, command: str) -> dict[str, object]:
    """Return the object that `--json` prints."""
    return {
        "schema": SCHEMA,
        "command": command,
        "status": STATUSES[answer.exit_code],
        "result": plain(answer.result),
        "problems": [_listed(problem, STATUSES[answer.exit_code]) for problem in answer.problems],
    }


def plain(value: object) -> object:
    """Return a value as JSON knows it; what is not finite is null, a path its text.

    >>> plain({"mean": float("nan"), "file": Path("a")})
    {'mean': None, 'file': 'a'}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, str | bool | int):
        return value
    return plain(value.item()) if hasattr(value, "item") else str(value)


def _listed(problem: Problem | str, status: str) -> dict[str, str]:
    if isinstance(problem, Problem):
        return {**asdict(problem), "message": str(problem)}
    return {"code": status.replace(" ", "-"), "message": problem}


def _coded(problem: Problem | str) -> str:
    return problem.coded if isinstance(problem, Problem) else problem


def _summary(problems: Sequence[Problem]) -> str:
    said = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    more = f" More on one: bioal explain {problems[0].code}" if problems else ""
    return f"{said}. Nothing was changed.{more}"


def _echo(lines: Iterable[str], *, err: bool) -> None:
    for line in lines:
        click.echo(line, err=err)
