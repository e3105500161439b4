"""What of a faulty file is sound: the samples that no problem speaks of.

A problem without a cell, or one about rows that changed places, makes the whole file doubtful:
nothing of it is taken.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from bioal.campaign.state import State
from bioal.errors import Problem, Refused
from bioal.measurements.cells import Returned
from bioal.measurements.checking import Checked
from bioal.measurements.checking_round import id_text
from bioal.plates.columns import SAMPLE
from bioal.protocol.headings import normalised
from bioal.sheets.names import ADDED

_OF_THE_WHOLE = ("conditions-shuffled",)
_OF_A_READOUT = "scale-jump"


def sound_part(state: State, returned: Returned, checked: Checked) -> Checked:
    """Return a check without the samples that its problems speak of.

    Raises
    ------
    Refused
        With every problem, where one of them is not about single samples.
    """
    if checked.round is None:
        raise Refused(checked.problems)
    samples = _sample_at(state, returned, checked.round)
    readouts = {one.place.removeprefix("readout ") for one in checked.problems if one.code == _OF_A_READOUT}
    located = [one for one in checked.problems if one.code != _OF_A_READOUT]
    if any(_key(one) not in samples or one.code in _OF_THE_WHOLE for one in located):
        raise Refused(checked.problems)
    bad = {samples[_key(one)] for one in located}
    keep = ~(checked.readings["sample"].isin(bad) | checked.readings["readout"].isin(readouts))
    added = _sound_added(checked, bad)
    return replace(
        checked,
        problems=(),
        readings=checked.readings[keep],
        corrections=_without(checked, bad),
        actuals=checked.actuals[~checked.actuals["sample"].isin(bad)],
        added=checked.added[checked.added.index.isin(added["sample"])],
        added_readings=added,
        notes={sample: note for sample, note in checked.notes.items() if sample not in bad},
    )


_ADDED = ""  # stands for every added row of a table: they have no ids to be told apart by
_ROW = "row "  # and the number of a row of the sheet of added conditions


def _sound_added(checked: Checked, bad: set[str]) -> pd.DataFrame:
    """Return the readings of added rows without those of rows that a problem speaks of."""
    readings = checked.added_readings
    if _ADDED in bad:
        return readings.iloc[:0]
    of_bad_rows = [_ROW + _digits(str(cell)) in bad for cell in readings["cell"]]
    return readings[~readings["sample"].isin(readings.loc[of_bad_rows, "sample"])]


def _digits(address: str) -> str:
    return address[len(address.rstrip("0123456789")) :]


def _key(problem: Problem) -> tuple[str, str]:
    return (problem.sheet, problem.cell)


def _without(checked: Checked, bad: set[str]) -> pd.DataFrame:
    return checked.corrections[~checked.corrections["sample"].isin(bad)]


def _sample_at(state: State, returned: Returned, number: int) -> dict[tuple[str, str], str]:
    """Return which sample each cell of the file speaks of."""
    found: dict[tuple[str, str], str] = {}
    for row in returned.runs.rows if returned.runs else ():
        ids = [cell for heading, cell in row.items() if normalised(heading) == normalised(SAMPLE)]
        for cell in row.values():
            found[cell.sheet, cell.address] = id_text(ids[0]) if ids else _ADDED
    planned = state.rounds[number].round.samples
    wells = {(str(at["plate"]), str(at["well"])): str(sample) for sample, at in planned.iterrows()}
    for grid in returned.grids:
        for well, cell in grid.wells.items():
            found[cell.sheet, cell.address] = wells.get((grid.plate, well), _ADDED)
    for row in returned.added.rows if returned.added else ():
        for cell in row.values():
            found[ADDED, cell.address] = _ROW + _digits(cell.address)
    return found
