"""When a campaign has done its work: the rules of the protocol's `[stopping]`."""

from __future__ import annotations

from dataclasses import dataclass

CHANCE_STEP = 5.0  # percentage points: a smaller difference of two chances is none that a campaign is for


@dataclass(frozen=True)
class Stopping:
    """Rules after which no further round is proposed; None where a rule is not set.

    Parameters
    ----------
    wells, rounds, cost
        Of all rounds together: so many wells, rounds, and so much money at most.
    target
        The objective is at least (when minimized: at most) this for the best condition, with the whole 90 %
        interval of its mean.
    within
        Of a target to hit: the whole interval lies no further from it.
    gain
        Whether to stop when another plate is expected to raise the best by less than the scatter of a good
        condition's wells. Of outcomes: by less than `CHANCE_STEP` of the chance of a wanted one, since a well
        that says yes or no scatters by up to 50 % by its nature; and not before a wanted one was seen.
    stable
        So many rounds in a row moved the predictions by less than that scatter; of outcomes by less than
        `CHANCE_STEP`, and not before a wanted one was seen.
    """

    wells: int | None = None
    rounds: int | None = None
    cost: float | None = None
    target: float | None = None
    within: float | None = None
    gain: bool = False
    stable: int | None = None
