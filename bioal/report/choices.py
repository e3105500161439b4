"""Why each well was chosen, and what the last round changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from bioal.plates.columns import REASON_WORDS
from bioal.report.material import Material
from bioal.report.parity import Scoreboard
from bioal.report.words import between, counted, on_scale, shown

SURPRISING = 2.5  # standard errors from which on a result is called a surprise
_BLOCK = 512


def why_each_well(material: Material, number: int) -> pd.DataFrame:
    """Return a row per proposed condition of a round, as it was proposed.

    Index condition id; columns mean, low, high (as predicted then), reason (in words), nearest (the most
    similar condition that was measured before the round; "" where none was), distance (share of the factors'
    ranges, Euclidean, by the number of factors: 0 is the same, 1 the opposite corner), differs (in what).
    """
    round_ = material.rounds[number]
    ids = [str(one) for one in round_.predictions.index if one in material.conditions.index]
    said = round_.predictions.loc[ids]
    before = material.observations[material.rounds_observed < number]["condition"].astype(str)
    earlier = [one for one in dict.fromkeys(before) if one not in ids]
    table = said[["mean", "low", "high"]].astype(float)
    table = table.assign(reason=[REASON_WORDS.get(str(one), str(one)) for one in said["reason"]])
    if not earlier or not ids:
        return table.assign(nearest="", distance=np.nan, differs="")
    at, distance = _nearest(material, ids, earlier)
    nearest = [earlier[k] for k in at]
    differs = [_differences(material, one, other) for one, other in zip(ids, nearest, strict=True)]
    return table.assign(nearest=nearest, distance=distance, differs=differs)


def _nearest(material: Material, ids: list[str], earlier: list[str]) -> tuple[np.ndarray, np.ndarray]:
    here, there = material.points(ids), material.points(earlier)
    # Two options of a choice differ in two columns, but are one factor apart.
    weights = np.where(material.space.categorical, 0.5, 1.0)
    at, squares = np.empty(len(here), np.intp), np.empty(len(here))
    for start in range(0, len(here), _BLOCK):
        block = here[start : start + _BLOCK] * np.sqrt(weights)
        other = there * np.sqrt(weights)
        apart = (block**2).sum(1)[:, None] + (other**2).sum(1) - 2 * block @ other.T
        at[start : start + _BLOCK] = apart.argmin(axis=1)
        squares[start : start + _BLOCK] = apart.min(axis=1)
    return at, np.sqrt(np.maximum(squares, 0.0) / len(material.space.factors))


def _differences(material: Material, one: str, other: str) -> str:
    rows = material.conditions.loc[one], material.conditions.loc[other]
    said = []
    for factor in material.protocol.factors:
        here, there = (factor.text(row[factor.name]) or "none" for row in rows)
        if here != there:
            said.append(f"{factor.name} {here} instead of {there}")
    return ", ".join(said)


@dataclass(frozen=True)
class Changes:
    """What the last round with results changed.

    Parameters
    ----------
    round
        Its number.
    sentences
        What changed, most important first.
    surprises
        Rows of the scoreboard that lie furthest from their prediction, in standard errors (`off`).
    """

    round: int
    sentences: tuple[str, ...]
    surprises: pd.DataFrame


def changes_of(material: Material, scoreboard: Scoreboard) -> Changes | None:
    """Return what the last round changed; None before there are results."""
    known = material.known
    if known.empty:
        return None
    number = int(material.rounds_observed.max())
    own = scoreboard.wells[scoreboard.wells["round"] == number]
    surprises = _surprises(own)
    said = [_best_words(material, number), *_surprise_words(own, surprises)]
    return Changes(number, tuple(said), surprises)


def _best_words(material: Material, number: int) -> str:
    known, best, was = material.known, material.belief(material.best), material.best_until(number - 1)
    new = int((known["first"] == number).sum())
    measured = f"Round {number} brought results of {counted(new, 'new condition')}."
    now = on_scale(f"{shown(best.mean, best.reach)} ({between(best.low, best.high)})", material.unit)
    if not was:
        return f"{measured} The best is {material.best}: {now}."
    if best.first < number:
        return f"{measured} The best is still {material.best} of round {best.first}: {now}."
    before = material.belief(was)
    former = on_scale(shown(before.mean, before.reach), material.unit)
    return f"{measured} The best is now {material.best}: {now}; the best of earlier rounds has {former}."


def _surprises(own: pd.DataFrame) -> pd.DataFrame:
    if own.empty:
        return own.assign(off=pd.Series(dtype=float))
    sd = np.hypot((own["high"] - own["low"]).to_numpy(float) / 3.29, own["error"].to_numpy(float))
    off = (own["measured"] - own["predicted"]).to_numpy(float) / np.where(sd > 0, sd, np.inf)
    table = own.assign(off=off)
    order = np.argsort(-np.abs(off), kind="stable")[:5]
    return table.iloc[order].reset_index(drop=True)


def _surprise_words(own: pd.DataFrame, surprises: pd.DataFrame) -> list[str]:
    if own.empty:
        return []
    inside = int(own["inside"].sum())
    said = f"{inside} of its {counted(len(own), 'prediction')} held (90 % are expected to)."
    great = surprises[surprises["off"].abs() > SURPRISING]
    if great.empty:
        return [said, "No result was a surprise."]
    named = ", ".join(
        f"{one} ({'higher' if off > 0 else 'lower'} than predicted)"
        for one, off in zip(great["condition"], great["off"], strict=True)
    )
    return [said, f"The greatest surprises: {named}."]
