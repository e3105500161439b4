"""Every transfer of a round: which stock, from which source well, into which well, how much.

Recipes say what a well needs; source wells are filled within their usable window, taken from one after the
other, and a transfer larger than the device's largest is split. All of it follows from the protocol and the
round, so it can be computed again at any time. Volumes are nL.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from bioal.protocol.liquids import Device, SourcePlate


@dataclass(frozen=True)
class Transfer:
    """One movement of liquid.

    Parameters
    ----------
    source_plate, source_type, source_well
        The source plate's name and type; the well, or for single vessels the name of what it holds.
    plate, size, well
        The destination: plate of the round, its wells (0 for vessels), and the well (unpadded) or vessel.
    volume
        nL: whole steps of the device, at most its largest transfer.
    """

    stock: str
    source_plate: str
    source_type: str
    source_well: str
    plate: str
    size: int
    well: str
    volume: float
    sample: str
    condition: str


@dataclass(frozen=True)
class Source:
    """A source well and what to fill into it (nL, dead volume included)."""

    plate: str
    type: SourcePlate
    well: str
    stock: str
    fill: float


@dataclass(frozen=True)
class Need:
    """How much of a stock a round takes.

    Parameters
    ----------
    used
        nL that are transferred.
    prepare
        nL to have at hand: with excess and dead volumes.
    wells
        The source wells to fill.
    note
        How it is made from another stock, "" where it is prepared as it is.
    """

    stock: str
    component: str
    device: str
    concentration: str
    used: float
    prepare: float
    wells: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class DeviceRun:
    """What one device does in a round; viscous components are a run apart.

    Parameters
    ----------
    label
        `echo-525`, `echo-525-viscous`: the name of its worklist.
    """

    label: str
    device: Device
    transfers: tuple[Transfer, ...]
    sources: tuple[Source, ...]
    apart: bool = False


@dataclass(frozen=True)
class BenchPlan:
    """Everything that the bench needs for a round.

    Parameters
    ----------
    recipes
        Index sample, a column per stock: nL.
    actual
        Index sample, a column per factor that is dispensed: the concentration (or option) that is added.
    totals
        Index sample, a column per factor that fixed parts contribute to: the concentration altogether.
    minutes
        A rough estimate of the devices' time.
    tips_of_runs
        Tips of each run, in their order.
    spread
        How mixes are spread over their wells, where each condition is mixed once.
    """

    runs: tuple[DeviceRun, ...]
    needs: tuple[Need, ...]
    recipes: pd.DataFrame
    actual: pd.DataFrame
    totals: pd.DataFrame
    tips: int
    minutes: float
    tips_of_runs: tuple[int, ...] = ()
    spread: tuple[Transfer, ...] = ()

    @property
    def transfers(self) -> int:
        """Return how many transfers there are, by all devices."""
        return sum(len(run.transfers) for run in self.runs)
