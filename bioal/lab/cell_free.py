"""A virtual cell-free laboratory: it pipettes a round, incubates it, and reads the plates.

The truth is `bioal.lab.chemistry`; around it stand the errors of a real lab: every component is pipetted with
its own error, lysate is shared out unevenly, edge wells dry, each plate has its own gain, the reader is
noisy. Demo and tests learn from what it reads and are judged by what it knows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from types import MappingProxyType
from typing import cast

import numpy as np
import pandas as pd

from bioal.lab.chemistry import PLASMID_STRENGTH, Floats, Mix, product
from bioal.plates.rounds import Round
from bioal.plates.wells import ij_from_well, shape_of_plate
from bioal.protocol.protocol import Protocol, protocol_from_toml

PLASMID = "plasmid"
# A mix's part and the factor that sets it.
PARTS = MappingProxyType(
    {
        "magnesium": "Mg-glutamate",
        "potassium": "K-glutamate",
        "ntp": "NTP",
        "amino_acids": "amino acids",
        "pga": "3-PGA",
        "peg": "PEG-8000",
    }
)


@dataclass(frozen=True)
class Errors:
    """How well the virtual lab works; relative standard deviations, all invented within what labs report.

    Triplicates of the published cell-free plates have a median CV of 4 to 12 % and their reference drifts
    2.2-fold over nine plates (Borkowski et al. 2020, 10.1038/s41467-020-15798-5).

    Parameters
    ----------
    pipetting
        Of each component's dose; `viscous` of PEG-8000's.
    lysate
        Of the share of lysate in a well.
    plate
        Of a plate's gain.
    drying
        Share of its water that an edge well loses: all concentrations rise, less is left to shine.
    reading
        Of the reader, proportional; `dark` in RFU on top.
    """

    pipetting: float = 0.03
    viscous: float = 0.08
    lysate: float = 0.04
    plate: float = 0.15
    drying: float = 0.04
    reading: float = 0.015
    dark: float = 40.0


@dataclass(frozen=True)
class CellFreeLab:
    """A laboratory that answers rounds of its own protocol.

    Parameters
    ----------
    errors
        How well it works; `PERFECT` makes no error.
    gain
        RFU per uM of GFP on a plate without drift.
    background
        RFU of a mix without plasmid.
    """

    errors: Errors = field(default_factory=Errors)
    gain: float = 2600.0
    background: float = 250.0

    @cached_property
    def text(self) -> str:
        """Return the laboratory's protocol as TOML."""
        return (files("bioal.lab") / "cell_free.toml").read_text(encoding="utf-8")

    @cached_property
    def protocol(self) -> Protocol:
        """Return the laboratory's protocol."""
        return protocol_from_toml(self.text, source="cell_free.toml")

    def fluorescence(self, conditions: pd.DataFrame) -> Floats:
        """Return what wells of these conditions shine (RFU) on average over a plate's places, shape (n,).

        Random errors are left out; that edge wells dry is not, since it lifts a mix that wants more of
        everything, such as the reference, and lowers one that has enough.
        """
        rows, columns = shape_of_plate(self.protocol.plate.size)
        edge = 1.0 - (rows - 2) * (columns - 2) / (rows * columns)
        mix = mix_of(conditions)
        inside = self._shining(mix, np.zeros(len(conditions)))
        return (1.0 - edge) * inside + edge * self._shining(mix, np.full(len(conditions), self.errors.drying))

    def truth(self, conditions: pd.DataFrame) -> Floats:
        """Return the readout without random errors, relative to the reference mix, shape (n,)."""
        reference = next(control for control in self.protocol.controls if control.role == "reference")
        mix = pd.DataFrame([dict(reference.condition)])
        return self.fluorescence(conditions) / self.fluorescence(mix)

    def measure(self, round_: Round, rng: np.random.Generator) -> pd.Series[float]:
        """Return the reading (RFU) of every sample of a round, indexed by sample id."""
        samples = round_.samples
        lysate = 1.0 + self.errors.lysate * rng.standard_normal(len(samples))
        shining = self._shining(self._pipetted(round_, rng), self._drying(round_), lysate)
        gains = {plate: float(np.exp(self.errors.plate * rng.standard_normal())) for plate in round_.plates}
        shining = shining * samples["plate"].map(gains).to_numpy(float)
        proportional = 1.0 + self.errors.reading * rng.standard_normal(len(samples))
        read = shining * proportional + self.errors.dark * rng.standard_normal(len(samples))
        rounded = np.maximum(read, 0.0).round()
        return pd.Series(rounded, index=samples.index, name=self.protocol.readout.heading)

    def _shining(self, mix: Mix, drying: Floats, lysate: Floats | float = 1.0) -> Floats:
        """Return what wells shine that lose these shares of their water."""
        made = product(mix.concentrated(1.0 / (1.0 - drying)))
        return self.background + self.gain * made * lysate * (1.0 - drying)

    def _pipetted(self, round_: Round, rng: np.random.Generator) -> Mix:
        """Return what was really pipetted into the wells."""
        planned = mix_of(round_.conditions.loc[round_.samples["condition"]])
        doses: dict[str, Floats] = {}
        for part in PARTS:
            error = self.errors.viscous if part == "peg" else self.errors.pipetting
            doses[part] = getattr(planned, part) * np.exp(error * rng.standard_normal(len(round_.samples)))
        without_dna = (round_.samples["role"] == "negative").to_numpy(bool)
        return Mix(**doses, strength=np.where(without_dna, 0.0, planned.strength))

    def _drying(self, round_: Round) -> Floats:
        """Return the share of water that each sample's well loses, shape (n,)."""
        rows, columns = shape_of_plate(round_.size)
        places = np.array([ij_from_well(well) for well in round_.samples["well"]])
        edge = (places == 0).any(axis=1) | (places == (rows - 1, columns - 1)).any(axis=1)
        return cast("Floats", np.where(edge, self.errors.drying, 0.0))


PERFECT = Errors(pipetting=0, viscous=0, lysate=0, plate=0, drying=0, reading=0, dark=0)


def mix_of(conditions: pd.DataFrame) -> Mix:
    """Return the mixes that conditions describe; a plasmid that the lab does not know is refused.

    Raises
    ------
    ValueError
        For an unknown plasmid.
    """
    plasmids = [str(plasmid) for plasmid in conditions[PLASMID]]
    unknown = sorted(set(plasmids) - set(PLASMID_STRENGTH))
    if unknown:
        raise ValueError(f"the virtual lab has no plasmid {unknown}; it has {', '.join(PLASMID_STRENGTH)}")
    doses = {part: conditions[factor].to_numpy(float) for part, factor in PARTS.items()}
    return Mix(**doses, strength=np.array([PLASMID_STRENGTH[plasmid] for plasmid in plasmids]))
