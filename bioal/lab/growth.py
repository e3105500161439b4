"""A virtual microbiology laboratory: cultures that grow strongly, weakly or not at all, and what they make.

Growth needs each of carbon, nitrogen and phosphate (Monod terms) and a pH near the optimum; too much acetate
is poisonous. The truth is invented within textbook ranges; replicates differ by a normal error of the
logarithm of the growth rate. Tests and examples learn from what it answers and are judged by what it knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
import pandas as pd

from bioal.plates.rounds import Round
from bioal.protocol.arrays import Floats
from bioal.protocol.protocol import Protocol, protocol_from_toml

OUTCOMES = ("none", "weak", "strong")
WALLS = (0.12, 0.34)  # growth rates per hour from which growth is weak, and strong
_OPTIMA = {"glucose": 1.0, "glycerol": 0.8, "acetate": 0.55}  # of the rate, by carbon source
_FACTORS = """
[factors."carbon source"]
options = ["glucose", "glycerol", "acetate"]
[factors.carbon]
unit = "g/L"
levels = [0, 2, 5, 10, 20, 40]
[factors.nitrogen]
unit = "g/L"
levels = [0, 0.5, 1, 2, 4]
[factors.phosphate]
unit = "mM"
levels = [0, 5, 10, 20, 40]
[factors.pH]
levels = [4.5, 5, 5.5, 6, 6.5, 7, 7.5, 8]
"""
_ORDERED = """
[readouts.growth]
[objective]
readout = "growth"
outcomes = ["none", "weak", "strong"]
"""
_MIXED = """
[readouts.titre]
unit = "mg/L"
[readouts.growth]
outcomes = ["none", "weak", "strong"]
works = ["weak", "strong"]
[objective]
readout = "titre"
"""


@dataclass(frozen=True)
class GrowthLab:
    """A laboratory that answers rounds of its own protocols.

    Parameters
    ----------
    error
        The sd of the logarithm of a replicate's growth rate.
    replicates, size
        Wells of each condition, and of a plate.
    """

    error: float = 0.12
    replicates: int = 2
    size: int = 96

    @cached_property
    def protocol(self) -> Protocol:
        """Return the protocol in which strong growth is wanted."""
        return protocol_from_toml(self.text(_ORDERED), source="growth.toml")

    @cached_property
    def mixed(self) -> Protocol:
        """Return the protocol in which a high titre is wanted, of cultures that grow."""
        return protocol_from_toml(self.text(_MIXED), source="titre.toml")

    def text(self, wanted: str = _ORDERED) -> str:
        """Return a protocol as TOML with these readouts and this objective."""
        plate = f"[plate]\nsize = {self.size}\nreplicates = {self.replicates}\n"
        return f'[campaign]\nname = "A medium for yeast"\n{wanted}{_FACTORS}{plate}'

    def rate(self, conditions: pd.DataFrame) -> Floats:
        """Return the growth rate per hour without error, (n,)."""
        carbon, nitrogen, phosphate, ph = (
            conditions[name].to_numpy(float) for name in ("carbon", "nitrogen", "phosphate", "pH")
        )
        source = conditions["carbon source"].astype(str)
        fed = carbon / (carbon + 3) * nitrogen / (nitrogen + 0.4) * phosphate / (phosphate + 4)
        poison = np.where(source == "acetate", np.exp(-carbon / 12), np.exp(-carbon / 150))
        warmth = np.exp(-(((ph - 6.0) / 1.3) ** 2))
        return cast("Floats", 0.9 * source.map(_OPTIMA).to_numpy(float) * fed * poison * warmth)

    def titre(self, conditions: pd.DataFrame) -> Floats:
        """Return what a culture that grows makes without error, mg/L, (n,): most where nitrogen is scarce."""
        nitrogen = conditions["nitrogen"].to_numpy(float)
        carbon = conditions["carbon"].to_numpy(float)
        return 900 * self.rate(conditions) * np.exp(-nitrogen / 1.5) * (1 + carbon / 20)

    def outcome(self, rates: Floats) -> list[str]:
        """Return how cultures with these rates look."""
        return [OUTCOMES[code] for code in np.digitize(rates, WALLS)]

    def measure(self, round_: Round, rng: np.random.Generator) -> pd.DataFrame:
        """Return a row per sample: `growth`, and `titre` with an error of 8 %, NaN where nothing grows."""
        conditions = round_.conditions.loc[round_.samples["condition"]]
        rates = self.rate(conditions) * np.exp(self.error * rng.standard_normal(len(conditions)))
        words = self.outcome(rates)
        made = self.titre(conditions) * np.exp(0.08 * rng.standard_normal(len(conditions)))
        titre = np.where(np.array(words) == "none", np.nan, np.round(made, 1))
        return pd.DataFrame({"growth": words, "titre": titre}, index=round_.samples.index)
