"""A round as plain tables: the conditions proposed, what was predicted, and every sample in its well.

Ids are made here and nowhere else. They never look like a date, a number or a cell reference:
`R02-C017` a condition first proposed in round 2, `R02-S0017` a sample of round 2, `R02-X01` a condition
added by the user in round 2, `reference-1` a control.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from bioal.cards import Grid, card
from bioal.plates.columns import REASON_WORDS
from bioal.protocol.plate import VESSELS
from bioal.protocol.wells import ij_from_well, row_name, shape_of_plate

PREDICTION_COLUMNS = ("mean", "low", "high", "reason")
SAMPLE_COLUMNS = ("condition", "plate", "well", "role", "replicate")
CONTROL_ROLES = ("reference", "negative", "blank")
VESSELS_NAME = "vessels"  # where plates have their names
ROLES = ("sample", *CONTROL_ROLES, "carried over")
REASONS = tuple(REASON_WORDS)
CHECK = "check"  # the reason of a condition drawn by lot, to see how right the predictions are


def condition_id(round_number: int, number: int) -> str:
    """Return the id of the n-th condition first proposed in a round.

    >>> condition_id(2, 17)
    'R02-C017'
    """
    return f"R{round_number:02d}-C{number:03d}"


def sample_id(round_number: int, number: int) -> str:
    """Return the id of the n-th sample of a round, unique in the campaign.

    >>> sample_id(3, 17)
    'R03-S0017'
    """
    return f"R{round_number:02d}-S{number:04d}"


def added_id(round_number: int, number: int) -> str:
    """Return the id of the n-th condition that the user added to a round.

    >>> added_id(3, 1)
    'R03-X01'
    """
    return f"R{round_number:02d}-X{number:02d}"


def control_id(role: str, number: int) -> str:
    """Return the id of the n-th control of a role.

    >>> control_id("reference", 1)
    'reference-1'
    """
    return f"{role}-{number}"


def plate_name(number: int) -> str:
    """Return the name of the n-th plate of a round.

    >>> plate_name(1)
    'plate-1'
    """
    return f"plate-{number}"


def vessel_name(number: int) -> str:
    """Return the name of the n-th vessel of a round where the protocol names none.

    >>> vessel_name(1)
    'vessel-1'
    """
    return f"vessel-{number}"


@dataclass(frozen=True)
class Round:
    """One proposal and where it goes.

    Parameters
    ----------
    number
        1, 2, 3, ...
    conditions
        Index: condition id, controls included; one column per factor name, natural units (float for numeric
        factors, text for choices, None/NaN where a factor is inactive or, for a control, follows its plate).
    predictions
        Index: condition id of proposed conditions; columns `PREDICTION_COLUMNS`: posterior mean and the ends
        of the 90 % interval of the readout (NaN in a start design), and a reason of `REASONS`.
    samples
        Index: sample id; columns `SAMPLE_COLUMNS`; well unpadded ("A1") or a vessel's name, plate "plate-1"
        or "vessels", replicate from 1.
    size
        Wells of a plate, 6 to 1536; 0 for vessels.
    """

    number: int
    conditions: pd.DataFrame
    predictions: pd.DataFrame
    samples: pd.DataFrame
    size: int

    @property
    def in_vessels(self) -> bool:
        """Return whether samples stand in vessels rather than on plates."""
        return self.size == VESSELS

    @property
    def plates(self) -> tuple[str, ...]:
        """Return the names of the plates, in order."""
        return tuple(dict.fromkeys(self.samples["plate"]))

    @property
    def proposed(self) -> pd.DataFrame:
        """Return the proposed conditions, without controls."""
        return self.conditions.loc[self.predictions.index]

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the proposed conditions, and the first plate's map."""
        plates, wells = self.plates, len(self.samples)
        where = "in vessels" if self.in_vessels else f"on {len(plates)} plate{'s' * (len(plates) != 1)}"
        where += "" if self.in_vessels else f" of {self.size} wells"
        lines = [f"{len(self.predictions)} conditions, {wells} samples {where}."]
        maps = () if self.in_vessels else (_map_of(self, plates[0]),)
        return card(f"Round {self.number}", lines, _conditions_of(self), *maps)


def _conditions_of(round_: Round) -> Grid:
    """Return the proposed conditions, what is expected of each, and why it was chosen."""
    names, said = [str(name) for name in round_.conditions.columns], round_.predictions
    expected = said[["mean", "low", "high"]].to_numpy(float).tolist()
    rows = []
    for one, numbers, why in zip(said.index, expected, said["reason"], strict=True):
        mean, low, high = ("" if pd.isna(number) else f"{number:.4g}" for number in numbers)
        values = (_text(round_.conditions.loc[one, name]) for name in names)
        ends = f"{low} to {high}" if low else ""
        rows.append([str(one), *values, mean, ends, REASON_WORDS.get(str(why), str(why))])
    head = ("Condition", *names, "Predicted", "90 % interval", "Why")
    return Grid("Proposed conditions", head, rows, most=40)


def _text(value: object) -> str:
    if isinstance(value, float):
        return "" if pd.isna(value) else f"{value:.12g}"
    return "" if value is None else str(value)


def _map_of(round_: Round, plate: str) -> Grid:
    """Return what is in each well of a plate: a condition's number, R, N or B."""
    shape = shape_of_plate(round_.size)
    texts = [["" for _ in range(shape.columns)] for _ in range(shape.rows)]
    for one in round_.samples[round_.samples["plate"] == plate].itertuples():
        i, j = ij_from_well(str(one.well))
        letter = str(one.role)[0].upper() if one.role in CONTROL_ROLES else ""
        texts[i][j] = letter or str(one.condition).rpartition("-")[2]
    rows = [[row_name(i), *row] for i, row in enumerate(texts)]
    head = ("", *(str(j + 1) for j in range(shape.columns)))
    return Grid(f"{plate}: numbers of conditions, R reference, N negative, B blank", head, rows)
