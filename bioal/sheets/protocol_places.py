"""From a place in a protocol to the cell where it was typed: the same findings, said by sheet and cell."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bioal.errors import Problem
from bioal.measurements.cells import Cell
from bioal.protocol.findings import place_of

_LAST = re.compile(r'(\.?("(?:[^"\\]|\\.)*"|\w+)|\[\d+\])$')

# What a remedy says in the words of TOML, said for a person who looks at cells.
_WORDS: dict[str, tuple[str, str]] = {
    "missing-key": ("a value", "Fill in this cell."),
    "missing-table": ("something on this sheet", "Fill it in."),
    "no-levels": ("Levels, or Low and High, or Options", "Fill in one of these."),
    "levels-and-range": ("either Levels, or Low and High", "Clear one of the two."),
    "log-below-zero": ("", "Correct it, or choose the scale 'linear'."),
    "step-and-count": ("", "Clear Step or Count."),
    "target-missing": ("", "Fill in this cell."),
    "target-unused": ("no target with this direction", "Choose the direction 'target', or clear this cell."),
    "limits-missing": (
        "At most, At least or both; or Equals",
        "Fill in, in one row of the rule, how large it may be.",
    ),
    "not-numeric": ("", "Use a rule of the kind 'forbid' or 'only with' for options."),
    "no-reference": (
        "",
        "Add a control with the role 'reference' on the sheet 'Controls', or choose 'none' under Normalise.",
    ),
    "reference-hides-factor": ("", "Choose 'none' under Normalise, or keep the factor at one level."),
    "control-incomplete": ("", "Fill in its value in this control."),
    "control-sets-plate": ("", "Clear this cell."),
    "control-inactive": ("", "Clear this cell."),
    "renamed-and-new": ("", "Clear Past or Renamed from."),
    "renamed-but-there": ("", "Clear Renamed from, or take out one of the two factors."),
    "made-without-liquids": (
        "Reaction volume, Device and Filler on the sheet 'Liquids'",
        "Fill in the sheet 'Liquids', or clear this row.",
    ),
    "not-made": (
        "a row for it on the sheet 'Stocks', with a Stock, or with Setting 'yes' for what takes no volume",
        "Say there how it gets into the well.",
    ),
    "choice-made": (
        "a Volume, or an Amount with a Stock for each option",
        "Say on the sheet 'Stocks' how much of each option's stock goes in.",
    ),
    "stocks-by": ("Options of, and a Stock for each of these options", "Say which factor chooses the stock."),
    "filler-coarse": ("", "Choose a finer Filler device on the sheet 'Liquids'."),
    "fixed-no-value": ("", "Fill in Amount and Unit."),
    "profile-incomplete": ("", "Fill in the empty cells of this row, or use the name of a known one."),
    "added-factor": ("", "Fill in Past: what it was in the past rounds."),
    "dropped-factor": ("", "Add it to the sheet 'Fixed parts', with what it is from now on."),
    "kind-changed": ("", "Give it a new name, and fill in Past."),
}
_TOML = (
    (" in quotes", ""),
    (" without quotes", " alone"),
    ("; the unit has a line of its own", "; the unit has a cell of its own"),
    ("true or false", "yes or no"),
    ("a list in square brackets", "a list with semicolons between"),
)


@dataclass(frozen=True)
class Spot:
    """A cell, or a sheet as a whole."""

    sheet: str
    cell: str = ""


@dataclass
class Places:
    """Where everything that was read stands; `tables` are the sheets of whole tables."""

    spots: dict[str, Spot] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)  # of what stands at a place
    tables: Mapping[str, str] = field(default_factory=dict)

    def add(self, parts: Sequence[str | int], cell: Cell) -> None:
        """Remember the cell of a place; one that holds something goes before a blank one."""
        place = place_of(*parts)
        if cell.kind != "blank" or place not in self.spots:
            self.spots[place] = Spot(cell.sheet, cell.address)
            self.names[place] = str(parts[-1])

    def spot(self, place: str) -> Spot:
        """Return the cell of a place, else that of the nearest thing around it."""
        rest = place.partition(", constraints[")[0]
        while rest:
            if rest in self.spots:
                return self.spots[rest]
            match = _LAST.search(rest)
            if match is None or not match.start():
                break
            rest = rest[: match.start()]
        return Spot(self.tables.get(re.split(r"[.\[]", rest, maxsplit=1)[0], ""))

    def readdressed(self, problem: Problem, file: str) -> Problem:
        """Return a problem of a protocol as one of the workbook."""
        spot = self.spot(self._lacking(problem) or problem.place)
        expected, remedy = _WORDS.get(problem.code, ("", ""))
        return replace(
            problem,
            file=file,
            sheet=spot.sheet,
            cell=spot.cell,
            place="" if spot.cell else problem.place,
            expected=expected or _plainly(problem.expected),
            remedy=remedy or _plainly(problem.remedy),
        )

    def _lacking(self, problem: Problem) -> str:
        """Return the place of the value that a control lacks, "" where it has no cell or nothing is lacking.

        In a text the control as a whole is at fault; on a sheet the empty cell shows.
        """
        within = [place for place in self.spots if place.startswith(f"{problem.place}.")]
        return next((one for one in within if problem.found == f"no value of {self.names[one]!r}"), "")


def _plainly(words: str) -> str:
    for toml, plain in _TOML:
        words = words.replace(toml, plain)
    return words
