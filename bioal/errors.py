"""What bioal says when it cannot go on: where, what was found, what is allowed, what to do.

A `Problem` is one such sentence with its parts; `Refused` carries all of them at once.
Every error of bioal derives from `BioalError` and knows the exit code of the command line.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."


def _in_one_line(text: str) -> str:
    # A cell may hold what moves the cursor of a terminal, or hides what follows.
    return text if text.isprintable() else "".join(sign if sign.isprintable() else " " for sign in text)


@dataclass(frozen=True)
class Problem:
    """Describe one thing that is wrong, so that the person who caused it can mend it.

    `code` is a stable, hyphenated name (`value-is-text`); `place` is a path inside a protocol
    (`factors."Mg-glutamate".high`) or an option; `sheet` and `cell` locate it in a workbook.
    """

    code: str
    found: str
    expected: str
    remedy: str
    file: str = ""
    sheet: str = ""
    cell: str = ""
    place: str = ""

    def __post_init__(self) -> None:
        for name, most in (("found", 300), ("expected", 1000), ("remedy", 1000), ("place", 300)):
            # frozen, and what a file says may be as long as a file
            object.__setattr__(self, name, _shortened(getattr(self, name), most))

    def __str__(self) -> str:
        """Return the problem as one line: where, found, expected, remedy."""
        sheet = f"sheet '{self.sheet}'" if self.sheet else ""
        where = ", ".join(part for part in (self.file, sheet, self.cell, self.place) if part)
        said = f"found {self.found}; expected {self.expected}. {self.remedy}"
        return _in_one_line(f"{where}: {said}" if where else said[0].upper() + said[1:])

    @property
    def coded(self) -> str:
        """Return the problem as one line that ends with its code, which `bioal explain` explains."""
        return f"{self} [{self.code}]"


def unusable_file(error: OSError) -> Problem:
    """Return the problem of a file that the operating system did not let us use."""
    return Problem(
        "file-unusable",
        f"'{error.strerror or error}'",
        "a file that can be read or written",
        "Check that it exists, that it is not open in another program, and that you may write there.",
        file=str(error.filename or ""),
    )


def fault_words(error: Exception) -> str:
    """Return a mistake of ours as one line."""
    return f"This is a fault in bioal, not in your data: {type(error).__name__}: {error}".splitlines()[0]


class BioalError(Exception):
    """Anything that bioal raises on purpose."""

    exit_code = 1


class Refused(BioalError):
    """The data were refused as a whole; `problems` lists every reason."""

    exit_code = 2

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.items: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(problem.coded for problem in self.items))

    @property
    def problems(self) -> pd.DataFrame:
        """Return the problems as a table, one row each."""
        # Errors are imported by the command line's start-up, which stays free of pandas.
        import pandas as pd  # noqa: PLC0415

        columns = list(Problem.__dataclass_fields__)
        return pd.DataFrame([asdict(item) for item in self.items], columns=columns)


class ProtocolError(Refused):
    """A protocol cannot be used; each problem names its place in the file."""


class UsageError(BioalError):
    """A command or call was worded wrongly: unknown option, no campaign here."""

    exit_code = 3


class Locked(BioalError):
    """Somebody else is writing to this campaign; the message names host, process and time."""

    exit_code = 4


class NothingNew(BioalError):
    """The call changes nothing: already merged, already proposed."""

    exit_code = 5


class DataWarning(UserWarning):
    """Something about the data that a person should know, though bioal can go on."""
