"""Every condition of the past in today's factors: amendments are applied one after another.

A condition keeps its id for ever. But a control may be changed by an amendment, and where it leaves a
per-plate factor blank it follows its plate: such rows get an id of their own, for the models only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from bioal.campaign.state import Proposed, State
from bioal.plates.columns import LAB
from bioal.plates.layout import control_ids
from bioal.plates.operators import operators_of
from bioal.protocol.amend import amendment
from bioal.protocol.factors import Numeric
from bioal.protocol.headings import OPERATOR
from bioal.protocol.protocol import Protocol
from bioal.protocol.values import is_blank


@dataclass(frozen=True)
class Carried:
    """All conditions and samples, as models see them.

    Parameters
    ----------
    conditions
        Index: condition id; columns: today's factors.
    counts
        Condition id -> whether it has a place among today's factors and teaches about them.
    samples
        Index: sample id; `plate` is unique in the campaign (`R02 plate-1`); `premixed` where all wells of a
        condition on a plate were filled from one mix; `title` is the name of a control, "" of others;
        `operator` and `lab` who made the well, "" where nobody is named.
    """

    conditions: pd.DataFrame
    counts: Mapping[str, bool]
    samples: pd.DataFrame

    def among(self, ids: Sequence[str] | pd.Index[str]) -> pd.DataFrame:
        """Return those of the conditions with these ids that count today."""
        wanted = [one for one in dict.fromkeys(ids) if self.counts.get(one, False)]
        return self.conditions.loc[wanted]


def carried_over(state: State) -> Carried:
    """Return the campaign's conditions and samples in today's factors."""
    protocols = [version.protocol for version in state.versions]
    table: dict[str, tuple[object, ...]] = {}
    counts: dict[str, bool] = {}
    parts = [state.samples.iloc[:0].assign(premixed=False, title="", operator="", lab="")]
    for number, proposed in state.rounds.items():
        planned, samples = _as_made(proposed, protocols[proposed.version])
        other = _made_differently(protocols[proposed.version])
        frame, kept = forward(planned, protocols[proposed.version :])
        names = _own_names(frame, table, number)
        table.update({names[old]: row for old, row in _rows(frame).items()})
        kept = [keep and str(one) not in other for one, keep in zip(frame.index, kept, strict=True)]
        counts.update({names[str(old)]: keep for old, keep in zip(frame.index, kept, strict=True)})
        plates = f"R{number:02d} " + samples["plate"].astype(object)
        premixed = protocols[proposed.version].plate.premix
        moved = samples.assign(condition=samples["condition"].map(names), plate=plates, round=number)
        titles = _titles(proposed, protocols[proposed.version])
        people = _people(proposed, protocols[proposed.version])
        parts.append(moved.assign(premixed=premixed, title=titles, operator=people[0], lab=people[1]))
    for past in state.history:
        frame, kept = forward(past.conditions, protocols[past.version :])
        table.update(_rows(frame))
        counts.update(zip(map(str, frame.index), kept, strict=True))
        parts.append(past.placed.assign(round=0, premixed=False, title="", operator="", lab=""))
    everything = pd.concat(parts[1:]) if len(parts) > 1 else parts[0]
    return Carried(_framed(table, protocols[-1]), counts, everything)


def _titles(proposed: Proposed, protocol: Protocol) -> list[str]:
    """Return the name of the control in each well of a round, "" where there is none."""
    names = dict(zip(control_ids(protocol.controls), (one.title for one in protocol.controls), strict=True))
    return [names.get(str(one), "") for one in proposed.as_made["condition"]]


def _people(proposed: Proposed, protocol: Protocol) -> tuple[list[str], list[str]]:
    """Return operator and lab of each sample: as was noted of its plate or vessel, else as planned."""
    made = proposed.as_made
    planned = operators_of(made, protocol.plate)
    place = made["well" if proposed.round.in_vessels else "plate"]
    noted = [proposed.details.get(str(one), {}) for one in place]
    operators = [said.get(OPERATOR, str(plan)) for said, plan in zip(noted, planned, strict=True)]
    return operators, [said.get(LAB, "") for said in noted]


def forward(conditions: pd.DataFrame, protocols: Sequence[Protocol]) -> tuple[pd.DataFrame, list[bool]]:
    """Return conditions of the first protocol in the factors of the last, and which of them still count."""
    kept = [True] * len(conditions)
    for old, new in pairwise(protocols):
        conditions, counts = amendment(old, new).carried(conditions)
        kept = [before and bool(now) for before, now in zip(kept, counts, strict=True)]
    return conditions, kept


def _as_made(proposed: Proposed, protocol: Protocol) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the conditions and samples of a round, a control that follows its plate once for each plate."""
    conditions, samples = proposed.every_condition, proposed.as_made
    following = _following(conditions, samples, protocol)
    if not following:
        return conditions, samples
    settings = _settings(conditions, samples, protocol)
    names, extra = {}, {}
    for sample, plate, condition in zip(samples.index, samples["plate"], samples["condition"], strict=True):
        if condition in following:
            names[sample] = f"{condition} on {plate}"
            own, plates = conditions.loc[condition].to_dict(), settings.loc[plate].to_dict()
            extra[names[sample]] = {**own, **{name: plates[name] for name in plates if pd.isna(own[name])}}
    renamed = [names.get(sample, condition) for sample, condition in samples["condition"].items()]
    rows = pd.DataFrame.from_dict(extra, orient="index").astype(conditions.dtypes.to_dict())
    return pd.concat([conditions.drop(index=list(following)), rows]), samples.assign(condition=renamed)


def _made_differently(protocol: Protocol) -> frozenset[str]:
    """Return the controls whose recipe differs beyond the factors: they teach nothing about these."""
    ids = zip(control_ids(protocol.controls), protocol.controls, strict=True)
    return frozenset(name for name, control in ids if control.fixed or control.role != "reference")


def _following(conditions: pd.DataFrame, samples: pd.DataFrame, protocol: Protocol) -> set[str]:
    controls = set(samples.loc[~samples["role"].isin(("sample", "carried over")), "condition"])
    shared = list(protocol.space.plate_factors)
    blank = conditions[shared].isna().any(axis=1) if shared else pd.Series(False, index=conditions.index)
    return {str(one) for one in conditions.index[blank] if one in controls}


def _settings(conditions: pd.DataFrame, samples: pd.DataFrame, protocol: Protocol) -> pd.DataFrame:
    """Return the per-plate factors of each plate: those of most samples on it, since one may be astray."""
    shared = list(protocol.space.plate_factors)
    placed = samples.loc[samples["role"].isin(("sample", "carried over"))]
    values = conditions.loc[placed["condition"], shared].astype(object).set_axis(placed["plate"])
    most = {
        plate: [_commonest(own[name].tolist()) for name in shared]
        for plate, own in values.groupby(level=0, sort=False)
    }
    return pd.DataFrame.from_dict(most, orient="index", columns=shared, dtype=object)


def _commonest(values: Sequence[object]) -> object:
    found = Counter(value for value in values if not is_blank(value)).most_common(1)
    return found[0][0] if found else None


def _own_names(frame: pd.DataFrame, known: dict[str, tuple[object, ...]], number: int) -> dict[str, str]:
    rows = _rows(frame)
    taken = {old for old, row in rows.items() if old in known and repr(known[old]) != repr(row)}
    shared = {old for old in rows if " on plate-" in old}
    return {old: f"{old} in R{number:02d}" if old in taken | shared else old for old in rows}


def _rows(frame: pd.DataFrame) -> dict[str, tuple[object, ...]]:
    return {str(row[0]): tuple(row[1:]) for row in frame.astype(object).itertuples(name=None)}


def _framed(table: dict[str, tuple[object, ...]], protocol: Protocol) -> pd.DataFrame:
    index = pd.Index(list(table), dtype=object, name="condition")
    columns = {
        factor.name: pd.Series(
            [row[at] for row in table.values()],
            index=index,
            dtype=float if isinstance(factor, Numeric) else object,
        )
        for at, factor in enumerate(protocol.factors)
    }
    return pd.DataFrame(columns, index=index)
