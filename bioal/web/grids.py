"""A plate as fields to type into, and what came back from them.

Each field brings along what was recorded when its page was made; only what differs from that was typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from bioal.campaign.forms import expected_words, recorded_text
from bioal.plates.wells import ij_from_well, row_name, shape_of_plate, well_from_ij

TEXT, WAS = "v-", "w-"  # + sample id: what stands in a field, and what was recorded when it was made
LONGEST = 60  # signs of one value


@dataclass(frozen=True)
class Field:
    """One well to type into.

    Parameters
    ----------
    text, was
        What stands in it; what is recorded.
    expected
        Where nine of ten such wells are expected, "" where nothing is.
    problem
        Why it cannot be recorded as it stands, "" if nothing is wrong.
    """

    sample: str
    well: str
    condition: str
    role: str
    row: int
    column: int
    text: str = ""
    was: str = ""
    expected: str = ""
    excluded: str = ""
    problem: str = ""

    @property
    def label(self) -> str:
        """Return what a person who does not see the plate is told of the field."""
        parts = [self.well, self.condition if self.role == "sample" else f"{self.condition} ({self.role})"]
        parts += [f"expected {self.expected}"] if self.expected else []
        parts += [f"recorded {self.was}"] if self.was else []
        parts += [f"does not count: {self.excluded}"] if self.excluded else []
        return ", ".join(parts)


@dataclass(frozen=True)
class Grid:
    """The fields of one plate, row by row; None where a well holds no sample."""

    plate: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Field | None, ...]], ...]


@dataclass(frozen=True)
class Posted:
    """What came back from the fields of a plate, by sample id."""

    texts: Mapping[str, str] = field(default_factory=dict)
    was: Mapping[str, str] = field(default_factory=dict)

    @property
    def typed(self) -> dict[str, str]:
        """Return what was typed anew."""
        return {one: text for one, text in self.texts.items() if text and text != self.was.get(one, "")}

    @property
    def cleared(self) -> tuple[str, ...]:
        """Return the samples whose recorded value was cleared."""
        return tuple(one for one, text in self.texts.items() if not text and self.was.get(one, ""))


def recorded_of(form: pd.DataFrame) -> dict[str, str]:
    """Return what is recorded of each sample of a form, as it would be typed."""
    each = zip(form.index, form["value"], form["status"], strict=True)
    return {str(sample): recorded_text(float(value), str(status)) for sample, value, status in each}


def posted_in(form: pd.DataFrame, fields: Mapping[str, str]) -> Posted:
    """Return what came back for the samples of a form; fields of any other name are not looked at."""
    samples = [str(sample) for sample in form.index if f"{TEXT}{sample}" in fields]
    texts = {sample: fields[f"{TEXT}{sample}"].strip()[:LONGEST] for sample in samples}
    return Posted(texts, {sample: fields.get(f"{WAS}{sample}", "").strip() for sample in samples})


def grid_of(form: pd.DataFrame, size: int, typed: Mapping[str, str], problems: Mapping[str, str]) -> Grid:
    """Return one plate (or all vessels) as fields.

    Parameters
    ----------
    form
        Its samples, as `Campaign.form` gives them.
    size
        Wells of the plate, 0 for vessels.
    typed, problems
        By sample id: what stands in a field instead of what is recorded; why that cannot be.
    """
    fields = {field.well: field for field in _fields(form, size, typed, problems)}
    plate = str(form["plate"].iloc[0])
    if not size:
        return Grid(plate, ("",), tuple((well, (one,)) for well, one in fields.items()))
    rows, columns = shape_of_plate(size)
    return Grid(
        plate,
        tuple(str(column + 1) for column in range(columns)),
        tuple(
            (row_name(row), tuple(fields.get(well_from_ij(row, column)) for column in range(columns)))
            for row in range(rows)
        ),
    )


def _fields(
    form: pd.DataFrame, size: int, typed: Mapping[str, str], problems: Mapping[str, str]
) -> Iterable[Field]:
    recorded = recorded_of(form)
    for at, (sample, row) in enumerate(form.iterrows()):
        name, well = str(sample), str(row["well"])
        place = ij_from_well(well) if size else (at, 0)
        yield Field(
            name,
            well,
            str(row["condition"]),
            str(row["role"]),
            *place,
            text=typed.get(name, recorded[name]),
            was=recorded[name],
            expected=expected_words(float(row["low"]), float(row["high"])),
            excluded=str(row["excluded"]),
            problem=problems.get(name, ""),
        )


def spread(block: str, at: str, form: pd.DataFrame, size: int) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return what a pasted block says for each sample, and the places of values where no sample is.

    Parameters
    ----------
    block
        Lines, their values parted by tabs, as a spreadsheet program copies them; blank ones say nothing.
    at
        The well (or vessel) of the block's upper left value.
    """
    samples = {str(well): str(sample) for sample, well in form["well"].items()}
    lines = [line.split("\t") for line in block.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    values = {(i, j): text.strip() for i, line in enumerate(lines) for j, text in enumerate(line)}
    places = _places(at, form, size, values)
    found = {samples[places[key]]: text for key, text in values.items() if text and places[key] in samples}
    lost = tuple(places[key] for key, text in values.items() if text and places[key] not in samples)
    return {sample: text[:LONGEST] for sample, text in found.items()}, lost


def _places(
    at: str, form: pd.DataFrame, size: int, values: Iterable[tuple[int, int]]
) -> dict[tuple[int, int], str]:
    """Return the well or vessel of each value of a block; "beside the plate" where there is none."""
    beside = "beside the plate"
    if not size:
        vessels = [str(well) for well in form["well"]]
        first = vessels.index(at) if at in vessels else 0
        there = {(i, 0): vessel for i, vessel in enumerate(vessels[first:])}
        return {key: there.get(key, beside) for key in values}
    rows, columns = shape_of_plate(size)
    try:
        row, column = ij_from_well(at)
    except ValueError:
        row, column = 0, 0
    return {
        (i, j): well_from_ij(row + i, column + j) if row + i < rows and column + j < columns else beside
        for i, j in values
    }
