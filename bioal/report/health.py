"""Health checks in words: what may spoil a campaign without anybody noticing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bioal.evidence import Bools
from bioal.models.diagnostics import leave_one_out
from bioal.models.gaussian_process import of_some
from bioal.protocol.factors import Numeric
from bioal.protocol.units import unit_of
from bioal.report.believing import INTERVAL
from bioal.report.material import Material
from bioal.report.parity import NOTHING_LEARNT, Parity, Scoreboard, gaussian_process_in
from bioal.report.plate_maps import PlateMap
from bioal.report.words import counted, percent, shown, with_unit

EXHAUSTED = 0.8  # share of all conditions that are measured or pending
DRIFT = 0.2  # relative standard deviation of reference means over plates that is worth a word
SURE = 0.01  # probability by chance below which a drift, or predictions that fail, are called so
HELD = 0.9  # share of predictions whose 90 % interval is to hold
OUTLYING = 3.0  # standard errors beyond which an observation is tried without
FEWEST_LEVELS = 3  # levels of a factor from which on it has a bound and an inside
INSIDE = 0.25  # share of a factor's levels from its bound to what its bound is compared with
TRIALS = 8  # outlying observations that are tried at most


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Parameters
    ----------
    check
        Its name, for people: "Factor at its bound".
    words
        What was found and what to do; "" where all is well.
    """

    check: str
    words: str = ""

    @property
    def well(self) -> bool:
        """Return whether nothing was found."""
        return not self.words


def health_of(
    material: Material, parity: Parity | None, board: Scoreboard, maps: tuple[PlateMap, ...]
) -> tuple[Finding, ...]:
    """Return every check in order, those with nothing to say too; nothing before there are results."""
    if material.posterior is None or not material.best:
        return ()
    checks: dict[str, Callable[[], list[str]]] = {
        "Factors that never varied": lambda: _constant(material),
        "Best condition at the bound of a factor": lambda: _at_bound(material),
        # Words are alike or they are not: they have no scatter that could drown what the factors do.
        **({} if material.of_words else {"Replicates against effects": lambda: _noisy(material)}),
        "Drift of the reference": lambda: _drift(material),
        "Conditions left": lambda: _exhausted(material),
        "Model against the average": lambda: [] if parity is None or parity.learnt else [_unlearnt(parity)],
        "Predictions made before a round": lambda: _not_held(board),
        "Outliers that decide": lambda: _deciding(material),
        "Edge and slope of plates": lambda: [
            f"{one.name}: {words}" for one in maps if one.trend is not None for words in one.trend.words
        ],
    }
    return tuple(Finding(name, " ".join(check())) for name, check in checks.items())


def _constant(material: Material) -> list[str]:
    points, space = material.evidence.points, material.space
    still = [
        name
        for at, name in enumerate(space.names)
        if space.factors[at].size > 1 and len(np.unique(points[:, space.groups == at], axis=0)) < 2
    ]
    if not still:
        return []
    return [
        f"{', '.join(still)} had the same value in all results: what other values do is a guess. Let it"
        " vary in"
        " a round, or take it out of the factors."
    ]


def _at_bound(material: Material) -> list[str]:
    best = material.conditions.loc[material.best]
    ends = [
        (factor, code)
        for factor in material.protocol.factors
        if isinstance(factor, Numeric) and factor.size >= FEWEST_LEVELS
        if (code := factor.code(best[factor.name])) in (0, factor.size - 1) and _rises(material, factor, code)
    ]
    without = [factor for factor, code in ends if _is_nothing(factor, code)]
    beyond = [one for one in ends if one[0] not in without and _surely(material, *one)]
    return [*_done_without(without), *_go_beyond(beyond)]


def _is_nothing(factor: Numeric, code: int) -> bool:
    """Return whether a level is none of something: there is no less of it."""
    return factor.value(code) == 0 and unit_of(factor.unit) is not None


def _done_without(factors: list[Numeric]) -> list[str]:
    if not factors:
        return []
    named = ", ".join(f"{one.name} ({with_unit('0', one.unit)})" for one in factors)
    return [f"The best condition does without {named}; there is no less to try."]


def _go_beyond(ends: list[tuple[Numeric, int]]) -> list[str]:
    if not ends:
        return []
    named = ", ".join(
        f"{one.name} ({'highest' if code else 'lowest'} level,"
        f" {with_unit(one.text(one.value(code)), one.unit)})"
        for one, code in ends
    )
    where = "the end of its range" if len(ends) == 1 else "the ends of their ranges"
    return [
        f"The best condition has {named} at {where}, and the model expects more beyond."
        " Widen with bioal amend, if it can be made."
    ]


def _rises(material: Material, factor: Numeric, code: int) -> bool:
    """Return whether the last step to the bound is expected to be one to the better."""
    rise, _ = _rise_from(material, factor, 1 if code == 0 else factor.size - 2)
    return rise > 0


def _surely(material: Material, factor: Numeric, code: int) -> bool:
    """Return whether the bound is better than a level well inside by more than their difference is unsure."""
    inside = max(round(INSIDE * (factor.size - 1)), 1)
    rise, sd = _rise_from(material, factor, inside if code == 0 else factor.size - 1 - inside)
    return rise > INTERVAL * sd


def _rise_from(material: Material, factor: Numeric, code: int) -> tuple[float, float]:
    """Return how much utility the best condition has over that with another level, and the sd of that."""
    assert material.posterior is not None  # asked for only where there is one
    names = list(material.space.names)
    best = material.conditions.loc[[material.best], names]
    both = pd.concat([best.assign(**{factor.name: factor.value(code)}), best])
    points = material.space.encode(both)
    here, there = material.protocol.objective.score(material.posterior.mean(points))
    joint = material.posterior.covariance(points, points)
    variance = joint[0, 0] + joint[1, 1] - 2 * joint[0, 1]
    return float(there - here), float(np.sqrt(max(variance, 0.0)))


def _noisy(material: Material) -> list[str]:
    assert material.posterior is not None  # asked for only where there is one
    known, noise = material.known, material.posterior.noise_sd
    effects = float(known["mean"].std(ddof=1)) if len(known) > 2 else np.nan
    if not np.isfinite(effects) or noise <= effects:
        return []
    said = with_unit(shown(noise), material.unit), with_unit(shown(effects), material.unit)
    return [
        f"Replicates of one condition scatter by {said[0]} (standard deviation), conditions differ by only"
        f" {said[1]}. More replicates, or a steadier measurement, will teach more than more conditions."
    ]


def _drift(material: Material) -> list[str]:
    references = _reference_means(material)
    if len(references) < 2:
        return []
    means = references.to_numpy(float)
    relative = float(means.std(ddof=1) / abs(means.mean())) if means.mean() else np.inf
    said = []
    if relative > DRIFT:
        low, high = shown(float(means.min())), shown(float(means.max()))
        said.append(
            f"The reference reads {low} to {high} over plates ({percent(relative)} of its mean). Values"
            " relative"
            " to it are compared; raw readings of different plates are not."
            if material.protocol.readout.normalise == "reference"
            else f"The reference reads {low} to {high} over plates ({percent(relative)} of its mean), and"
            " values"
            ' are compared as read. Consider normalise = "reference".'
        )
    if len(means) >= 4 and _slope_is_sure(means):
        falls = "falls" if means[-1] < means[0] else "rises"
        said.append(f"It {falls} from plate to plate: look for a reagent or a reader that ages.")
    return said


def _reference_means(material: Material) -> pd.Series:
    """Return the mean raw reading of the reference wells of each plate, in order."""
    readout = material.protocol.readout.name
    own = material.readings[(material.readings["readout"] == readout) & (material.readings["status"] == "ok")]
    own = own[~own["sample"].isin(set(material.excluded))]
    joined = own.merge(material.samples[["plate", "role"]], left_on="sample", right_index=True)
    joined = joined[joined["role"] == "reference"]
    return joined.groupby("plate", sort=False)["value"].mean()


def _slope_is_sure(means: np.ndarray) -> bool:
    if np.ptp(means) == 0:
        return False
    from scipy.stats import linregress  # noqa: PLC0415 -- loads a library that few commands need

    return bool(linregress(np.arange(len(means)), means).pvalue < SURE)


def _exhausted(material: Material) -> list[str]:
    total = material.space.size
    tried = [*material.observations["condition"], *material.pending]
    conditions = material.conditions.loc[list(dict.fromkeys(tried))]
    done = int(material.protocol.space.contains(conditions).sum())
    if done < EXHAUSTED * total:
        return []
    return [
        f"{done} of all {total:.0f} allowed conditions are measured or pending: little is left to choose"
        " from."
        " Widen a range, add a factor, or confirm the best."
    ]


def _unlearnt(parity: Parity) -> str:
    return (
        f"{NOTHING_LEARNT} Its predictions for conditions that were left out are no better than the mean of"
        " all. Measure more conditions, add replicates, or ask whether a factor that matters is missing."
    )


def _not_held(board: Scoreboard) -> list[str]:
    """Return what to think of the predictions where chance alone would hardly let so few of them hold."""
    if board.wells.empty:
        return []
    rounds, inside = board.wells["round"].to_numpy(int), board.wells["inside"].to_numpy(bool)
    latest = int(rounds.max())
    kinds = {"all rounds together": inside, f"round {latest}": inside[rounds == latest]}
    if len(np.unique(rounds)) == 1:
        kinds.pop("all rounds together")
    few = [words for name, own in kinds.items() if (words := _few(name, own))]
    if not few:
        return []
    return [
        *few,
        "The intervals promise too much: rely on them less than they say, look at the wells that missed, and"
        " ask what changed between rounds (stocks, reader, operator).",
    ]


def _few(name: str, inside: Bools) -> str:
    from scipy.stats import binomtest  # noqa: PLC0415 -- loads a library that few commands need

    count, held = len(inside), int(inside.sum())
    if binomtest(held, count, HELD, alternative="less").pvalue >= SURE:
        return ""
    expected = f"{HELD * count:.0f} are to be expected"
    return f"Of {counted(count, 'prediction')} in {name} only {held} held, where about {expected}."


def _deciding(material: Material) -> list[str]:
    """Return the observations without which another measured condition would be the best."""
    whole, evidence = gaussian_process_in(material.posterior), material.evidence
    if whole is None or not whole.scale.measured or len(evidence) < TRIALS:
        return []
    scores = np.abs(leave_one_out(whole.members, whole.scale).scores)
    scores[evidence.censored] = 0.0
    outlying = [int(row) for row in np.argsort(-scores)[:TRIALS] if scores[row] > OUTLYING]
    score, tried = material.protocol.objective.score, np.flatnonzero(material.tried)
    names, said = material.observations["condition"].astype(str).to_numpy(object), []
    best = names[tried[int(np.argmax(score(whole.mean(evidence.points[tried]))))]]
    for row in outlying:
        without = of_some(whole, evidence, np.arange(len(evidence)) != row)
        other = names[tried[int(np.argmax(score(without.mean(evidence.points[tried]))))]]
        if other != best:
            said.append(
                f"{names[row]} on {material.observations['plate'].iloc[row]} lies {scores[row]:.1f} standard"
                f" errors from what all others suggest; without it {other} would be the best, not {best}."
                " Look at its well, and measure it again before you build on it."
            )
    return said
