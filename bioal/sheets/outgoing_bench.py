"""What all sheets of a round's workbook share: protocol, round, titles, and where lists of words stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from bioal.plates.operators import operators_of
from bioal.plates.rounds import CONTROL_ROLES, Round
from bioal.protocol.factors import Factor
from bioal.protocol.protocol import Protocol
from bioal.protocol.values import is_blank

STATUS_LIST = "status"
WELL_STATUS_LIST = "status of a well"
OUTCOME_STATUS_LIST = "status of an outcome"
PLATE_LIST = "plate"
FACTOR_LIST = "factor "
OUTCOME_LIST = "outcomes of "
LONGEST_NAME = 56  # that a title above a plate map has room for


def shortened(text: str, most: int) -> str:
    """Return text with its end left out where it is too long for its place.

    >>> shortened("Cell-free, buffer", 11), shortened("Cell-free", 10)
    ('Cell-free\u2026', 'Cell-free')
    """
    return text if len(text) <= most else text[: most - 1].rstrip(" ,") + "\u2026"


@dataclass(frozen=True)
class Bench:
    """A round on its way to the bench.

    Parameters
    ----------
    file
        The workbook's name without folder.
    campaign
        The campaign's name for people.
    lists
        The range of each list of words on the hidden sheet, by `STATUS_LIST`, `WELL_STATUS_LIST`,
        `PLATE_LIST`, `FACTOR_LIST` with a factor's name, or `OUTCOME_LIST` with a readout's.
    notes
        What a person should know of the round.
    """

    protocol: Protocol
    round: Round
    file: str
    campaign: str
    lists: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Return campaign and round in words, as printed on every page."""
        return f"{shortened(self.campaign, LONGEST_NAME)} \u00b7 Round {self.round.number}"

    @property
    def predicted(self) -> bool:
        """Return whether anything is known yet of the proposed conditions."""
        return bool(self.round.predictions["mean"].notna().any())

    @cached_property
    def operators(self) -> list[str]:
        """Return who makes each sample; "" where the protocol names nobody."""
        return [str(name) for name in operators_of(self.round.samples, self.protocol.plate)]

    def planned(self, factor: Factor) -> list[object]:
        """Return the value of a factor for each sample, as planned; a control has its plate's setting."""
        samples = self.round.samples
        values = list(self.round.conditions[factor.name].reindex(samples["condition"]))
        if factor.per != "plate":
            return values
        settings = {plate: self.plate_setting(plate, factor) for plate in self.round.plates}
        follows = samples["role"].isin(CONTROL_ROLES) & pd.isna(pd.Series(values, index=samples.index))
        return [
            settings[plate] if follow else value
            for plate, follow, value in zip(samples["plate"], follows, values, strict=True)
        ]

    def samples_on(self, plate: str) -> pd.DataFrame:
        """Return the samples of one plate."""
        return self.round.samples[self.round.samples["plate"] == plate]

    def plate_setting(self, plate: str, factor: Factor) -> object:
        """Return the value that a factor has on a whole plate; None where its samples do not agree."""
        conditions = self.samples_on(plate)["condition"].unique()
        values = self.round.conditions.loc[conditions, factor.name].dropna().unique()
        return values[0] if len(values) == 1 else None

    def plate_settings(self, plate: str) -> str:
        """Return what is held constant on a plate, in words; "" where nothing is."""
        held = [factor for factor in self.protocol.factors if factor.per == "plate"]
        return ", ".join(
            f"{factor.name} {factor.text(value)} {factor.unit}".rstrip()
            for factor in held
            if not is_blank(value := self.plate_setting(plate, factor))
        )
