"""Where every sample goes: random, but so that what belongs together is spread; or by hand, side by side.

Replicates go to different plates, operators, rows and columns, so that none of them speaks for a condition;
controls stand on every plate. The pattern of what belongs together must not survive a misread (see
`orientation`). A plate that is not full is filled from A1, line by line.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bioal.errors import Refused
from bioal.plates.counting import conditions_by_plate, too_few_vessels
from bioal.plates.dealing import dealt
from bioal.plates.filling import cells_of, filled_first, rows_and_columns
from bioal.plates.operators import shares
from bioal.plates.orientation import OUTSIDE, Ints
from bioal.plates.rounds import (
    CONTROL_ROLES,
    SAMPLE_COLUMNS,
    VESSELS_NAME,
    control_id,
    plate_name,
    sample_id,
    vessel_name,
)
from bioal.plates.side_by_side import side_by_side
from bioal.plates.spreading import Lines, spread, spread_out
from bioal.plates.wells import shape_of_plate, wells_of_plate
from bioal.protocol.protocol import Control, PlateSetup

# An operator's hand is worth more than a row: two replicates by one person are kept apart first.
OPERATOR_WEIGHT = 3


def control_ids(controls: Sequence[Control]) -> tuple[str, ...]:
    """Return the condition id of each control, numbered within its role.

    >>> control_ids([Control("reference", 3, {}), Control("blank", 1, {}), Control("reference", 2, {})])
    ('reference-1', 'blank-1', 'reference-2')
    """
    roles = [control.role for control in controls]
    return tuple(control_id(role, roles[: k + 1].count(role)) for k, role in enumerate(roles))


def samples_of_round(
    number: int,
    conditions: Sequence[str],
    controls: Sequence[Control],
    setup: PlateSetup,
    rng: np.random.Generator,
    *,
    plates: Sequence[int] | None = None,
    roles: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Return the samples of a round in their wells or vessels, index sample id.

    Parameters
    ----------
    number
        The round.
    conditions
        Condition ids, without controls.
    plates
        The plate (from 1) on which each condition has to stay; None where it is free.
    roles
        The role of each condition, "sample" by default ("carried over" for a condition of an earlier round).
    """
    count = len(conditions)
    if plates is None and setup.together:
        plates = _whole_on_plates(count, controls, setup, rng)
    groups = pd.DataFrame(
        {
            "condition": [*conditions, *control_ids(controls)],
            "role": [*(roles or ["sample"] * count), *(control.role for control in controls)],
            "replicates": [setup.replicates] * count + [control.wells for control in controls],
            "plate": [*(plates if plates is not None else [None] * count), *[None] * len(controls)],
        }
    )
    samples = place(groups, setup, rng)
    samples.index = pd.Index([sample_id(number, k + 1) for k in range(len(samples))], name="sample")
    return samples


def _whole_on_plates(
    count: int, controls: Sequence[Control], setup: PlateSetup, rng: np.random.Generator
) -> list[int]:
    """Return a plate for each condition, as evenly as possible: one after the other by hand, else drawn."""
    dealt_out = conditions_by_plate(
        count, setup.replicates, controls, setup.size, usable=len(setup.places)
    )
    plates = np.repeat(np.arange(len(dealt_out)) + 1, dealt_out)
    return [int(plate) for plate in (plates if setup.layout == "by hand" else rng.permutation(plates))]


def place(groups: pd.DataFrame, setup: PlateSetup, rng: np.random.Generator) -> pd.DataFrame:
    """Return a well for every sample, plate by plate in the order in which wells are filled.

    Parameters
    ----------
    groups
        One row per condition: `condition`, `role`, `replicates` and `plate` (from 1; missing where free).
        A control's replicates are its wells on each plate.

    Returns
    -------
    DataFrame with `SAMPLE_COLUMNS`; replicates are numbered from 1 within a condition.

    Raises
    ------
    Refused
        When a plate would have to hold more than its wells, or there are too few vessels.
    """
    if groups["condition"].duplicated().any():
        raise ValueError("Every condition stands once in `groups`; its replicates say how often it is made.")
    parts = [_in_vessels(groups, setup, rng)] if setup.in_vessels else _on_plates(groups, setup, rng)
    samples = pd.concat(parts, ignore_index=True)
    samples["replicate"] = samples.groupby("condition", sort=False).cumcount() + 1
    return samples[list(SAMPLE_COLUMNS)]


def _on_plates(groups: pd.DataFrame, setup: PlateSetup, rng: np.random.Generator) -> list[pd.DataFrame]:
    wells, cells = np.array(wells_of_plate(setup.size), dtype=object), cells_of(setup)
    is_control = groups["role"].isin(CONTROL_ROLES).to_numpy()
    plates = dealt(groups, setup, rng).T
    people = len(setup.operators) if len(setup.operators) > len(plates) else 1
    made = np.zeros((len(groups), people), np.intp)
    parts = []
    for plate, counts in enumerate(plates, start=1):
        if setup.layout == "by hand":
            layout = side_by_side(counts, is_control, setup)
        else:
            layout = _spread_on_plate(counts, setup, rng, made)
        filled = cells[layout[cells] != OUTSIDE]
        np.add.at(made, (layout[filled], shares(len(filled), people)), 1)
        parts.append(_placed(groups, layout[filled], plate_name(plate), wells[filled]))
    return parts


def _spread_on_plate(counts: Ints, setup: PlateSetup, rng: np.random.Generator, made: Ints) -> Ints:
    """Return a random layout of so many wells of each group.

    `made` says how often each operator makes each group on the plates before, shape (groups, operators).
    """
    groups = np.repeat(np.arange(len(counts)), counts)
    cells = filled_first(len(groups), int(counts.max(initial=1)), setup)
    rows, columns = rows_and_columns(cells, setup.size)
    shape, people = shape_of_plate(setup.size), made.shape[1]
    lines = [Lines(rows, shape.rows), Lines(columns, shape.columns)]
    if people > 1:
        lines.append(Lines(shares(len(cells), people), people, OPERATOR_WEIGHT, made))
    return spread_out(groups, cells, lines, setup.size, rng)


def _in_vessels(groups: pd.DataFrame, setup: PlateSetup, rng: np.random.Generator) -> pd.DataFrame:
    """Return the samples of a round in vessels, drawn or, by hand, controls first."""
    is_control = groups["role"].isin(CONTROL_ROLES).to_numpy()
    first = np.argsort(~is_control, kind="stable")
    order = np.repeat(first, groups["replicates"].to_numpy()[first])
    names = setup.vessels or tuple(vessel_name(k + 1) for k in range(len(order)))
    if len(names) < len(order):
        raise Refused(too_few_vessels(len(order), len(names)))
    if setup.layout == "spread":
        people = max(1, len(setup.operators))
        turns = Lines(np.arange(len(order), dtype=np.intp) % people, people)
        order = spread(rng.permutation(order), [turns] if people > 1 else [], rng)
    return _placed(groups, order, VESSELS_NAME, np.array(names[: len(order)], dtype=object))


def _placed(groups: pd.DataFrame, order: Ints, plate: str, wells: np.ndarray) -> pd.DataFrame:
    chosen = groups.iloc[order]
    part = {"condition": chosen["condition"], "role": chosen["role"]}
    return pd.DataFrame({**part, "plate": plate, "well": wells})
