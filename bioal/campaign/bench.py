"""What the bench made otherwise than planned, with ids of its own, and what is known of it already."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from bioal.campaign.bodies import Bench, Table
from bioal.campaign.state import Proposed, State
from bioal.campaign.tables import table_of
from bioal.measurements.checking import Checked
from bioal.measurements.checking_file import Known
from bioal.plates.operators import operator_of_places
from bioal.plates.rounds import added_id, sample_id
from bioal.protocol.headings import OPERATOR
from bioal.protocol.protocol import PlateSetup, Protocol

Made = Mapping[str, object]  # factor -> value that was really used


def known_of(proposed: Proposed, setup: PlateSetup) -> Known:
    """Return what earlier files, and the plan, said of a round besides readings."""
    everything = proposed.every_condition
    made = pd.Series(dict(proposed.made), dtype=object)
    added = proposed.samples
    places = added[["plate", "well"]].astype(object)
    rows = everything.loc[list(added["condition"])].set_axis(added.index)
    planned = operator_of_places(proposed.round.samples, setup)
    details = {place: {OPERATOR: name} for place, name in planned.items()}
    details |= {place: {**details.get(place, {}), **said} for place, said in proposed.details.items()}
    return Known(
        made=everything.loc[list(made)].set_axis(made.index),
        added=rows.assign(plate=places["plate"], well=places["well"]),
        details=details,
    )


def benched(state: State, checked: Checked) -> tuple[Bench | None, Mapping[str, str]]:
    """Return the record of what was made otherwise, None where all was as planned, and ids for added rows."""
    if checked.round is None or not (len(checked.actuals) or len(checked.added)):
        return None, {}
    proposed = state.rounds[checked.round]
    protocol = state.protocol_of(checked.round)
    ids = _Ids(state, checked.round, protocol)
    made = {sample: ids.of(row) for sample, row in _really_made(proposed, checked).items()}
    conditions = {str(key): ids.of(row) for key, row in _rows(checked.added, protocol).items()}
    first = state.issued(checked.round, "S") + 1
    keys = {key: sample_id(checked.round, first + at) for at, key in enumerate(conditions)}
    samples = pd.DataFrame(
        {
            "condition": list(conditions.values()),
            "plate": checked.added["plate"].astype(object).tolist(),
            "well": checked.added["well"].astype(object).tolist(),
            "role": ["sample"] * len(conditions),
            "replicate": [1] * len(conditions),
        },
        index=list(keys.values()),
    )
    return Bench(conditions=ids.table(), samples=table_of(samples, "sample"), made=made), keys


def bench_of(state: State, number: int, rows: Mapping[str, Made]) -> Bench | None:
    """Return the record of planned samples that really were other conditions; None where none was."""
    if not rows:
        return None
    proposed = state.rounds[number]
    ids = _Ids(state, number, state.protocol_of(number))
    made = {sample: ids.of(row) for sample, row in rows.items()}
    return Bench(conditions=ids.table(), samples=table_of(proposed.samples.iloc[:0], "sample"), made=made)


class _Ids:
    """Gives every different condition of the bench one id: the one it has, or a new one."""

    def __init__(self, state: State, number: int, protocol: Protocol) -> None:
        everything = state.rounds[number].every_condition
        proposed = everything.loc[[one for one in everything.index if str(one)[:1] == "R"]]
        self._protocol, self._number, self._last = protocol, number, state.issued(number, "X")
        self._ids = {self._key(row): name for name, row in _rows(proposed, protocol).items()}
        self._new: dict[str, dict[str, object]] = {}

    def of(self, row: Mapping[str, object]) -> str:
        """Return the id of a condition."""
        key = self._key(row)
        if key not in self._ids:
            self._last += 1
            self._ids[key] = added_id(self._number, self._last)
            self._new[self._ids[key]] = dict(row)
        return self._ids[key]

    def table(self) -> Table:
        """Return the conditions that got a new id."""
        names = list(self._protocol.space.names)
        return table_of(
            pd.DataFrame.from_dict(self._new, orient="index", columns=names, dtype=object), "condition"
        )

    def _key(self, row: Mapping[str, object]) -> tuple[str, ...]:
        return tuple(factor.text(row[factor.name]) for factor in self._protocol.factors)


def _really_made(proposed: Proposed, checked: Checked) -> dict[str, dict[str, object]]:
    """Return the whole condition of each sample of which a factor was changed."""
    planned = proposed.as_made["condition"]
    everything = proposed.every_condition
    made: dict[str, dict[str, object]] = {}
    for change in checked.actuals.to_dict("records"):
        sample = str(change["sample"])
        row = made.setdefault(sample, everything.loc[planned[sample]].to_dict())
        row[change["factor"]] = change["actual"]
    return made


def _rows(frame: pd.DataFrame, protocol: Protocol) -> dict[str, dict[str, object]]:
    names = list(protocol.space.names)
    return {str(key): dict(zip(names, row, strict=True)) for key, *row in frame[names].itertuples(name=None)}
