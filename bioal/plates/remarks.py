"""What a person should know of a layout before it is made: what would be noticed, and what is confounded."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from bioal.plates.detection import DETAIL, NOISE, SPREAD, layouts_of, power_words
from bioal.plates.misreading import detection_power
from bioal.plates.operators import operators_of
from bioal.plates.rounds import CONTROL_ROLES, Round
from bioal.protocol.protocol import PlateSetup

BY_HAND = (
    "The layout is by hand: replicates stand side by side and similar conditions follow each other, so an "
    "uneven plate (edge, gradient, order of pipetting) cannot be told from a difference between conditions."
)
BY_HAND_IN_VESSELS = (
    "The order is by hand: replicates follow each other, so what changes from vessel to vessel cannot be "
    "told from a difference between conditions."
)
OUTCOMES_ALONE = (
    "Outcomes are words: that a plate was read turned, mirrored or shifted is not noticed from them. Look at "
    "the corner of A1."
)
PREMIXED = (
    "Each condition is mixed once and spread over its wells. These are technical replicates: they show how "
    "well a well is read, not how well a mix is made, and count as one sample."
)


def in_short(note: str) -> str:
    """Return a note without its figures, which stand in the workbook.

    >>> in_short("It may go unnoticed. In detail: in 3 of 100 cases.")
    'It may go unnoticed.'
    """
    return note.partition(DETAIL)[0]


def misread_note(round_: Round, *, noise: float, spread: float) -> str:
    """Return how surely a misread of the round's plates would be noticed, "" for vessels.

    The simulation starts from the round's number, so that the same round is told the same.
    """
    if round_.in_vessels:
        return ""
    layouts = layouts_of(round_.samples, round_.size)
    rng = np.random.default_rng(round_.number)
    power = detection_power(layouts, round_.size, noise=noise, spread=spread, rng=rng)
    return power_words(power, noise, spread)


def layout_notes(
    round_: Round, setup: PlateSetup, *, noise: float = NOISE, spread: float = SPREAD, words: bool = False
) -> tuple[str, ...]:
    """Return what to read about a round's layout, one sentence or two each.

    Parameters
    ----------
    noise, spread
        Relative standard deviations of a replicate and of the conditions, as far as they are known.
    words
        Whether outcomes come back, and no numbers.
    """
    by_hand = BY_HAND_IN_VESSELS if setup.in_vessels else BY_HAND
    notes = [
        *([by_hand] if setup.layout == "by hand" else []),
        *([PREMIXED] if setup.premix else []),
        *_plates_apart(round_),
        *_operators_apart(round_.samples, setup),
        _in_words(round_) if words else misread_note(round_, noise=noise, spread=spread),
    ]
    return tuple(note for note in notes if note)


def _in_words(round_: Round) -> str:
    return "" if round_.in_vessels else OUTCOMES_ALONE


def _plates_apart(round_: Round) -> Iterator[str]:
    """Yield what is said where conditions do not repeat across plates."""
    samples = round_.samples
    if len(round_.plates) < 2:
        return
    spread = samples.groupby("condition")["plate"].nunique()
    if not (spread.reindex(round_.predictions.index) == 1).all():
        return
    ties = "only the controls tie" if spread.max() > 1 else "nothing ties"
    yield f"Each condition stands on one plate: {ties} the plates together."


def _operators_apart(samples: pd.DataFrame, setup: PlateSetup) -> Iterator[str]:
    """Yield what operators are confounded with: plates, or conditions that only one of them makes."""
    if len(setup.operators) < 2:
        return
    operators = operators_of(samples, setup)
    idle = [name for name in setup.operators if not (operators == name).any()]
    if idle:
        yield f"There is nothing to do for {' and '.join(idle)}: fewer samples than operators."
    makers = operators.groupby(samples["plate"]).nunique()
    if len(makers) > 1 and makers.max() == 1:
        who = operators.groupby(samples["plate"], sort=False).first()
        said = ", ".join(f"{name} makes {plate}" for plate, name in who.items())
        yield f"{said}: a difference between operators cannot be told from one between plates."
    yield from _made_by_one(samples, operators)


def _made_by_one(samples: pd.DataFrame, operators: pd.Series) -> Iterator[str]:
    made = samples[~samples["role"].isin(CONTROL_ROLES)]
    makers = operators[made.index].groupby(made["condition"]).nunique()
    alone = int((makers == 1).sum())
    if alone:
        count = "Each condition is" if alone == len(makers) else f"{alone} of {len(makers)} conditions are"
        yield (
            f"{count} made by one operator only: there, a difference between operators looks like a "
            "difference between conditions."
        )
