"""Predicted against measured: for conditions that were left out, and for those that were proposed.

The first asks what the model knows now; the second is a scoreboard of what it said before each round.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from bioal.evidence import Bools, Floats
from bioal.models.chances import PERCENT
from bioal.models.diagnostics import FEWEST, LeftOut, leave_conditions_out
from bioal.models.gaussian_process import GaussianProcess
from bioal.models.mixture import Mixture
from bioal.models.posterior import Posterior
from bioal.plates.columns import REASON_WORDS
from bioal.report.believing import INTERVAL
from bioal.report.material import Material
from bioal.report.words import percent

END = 0.05  # chance beyond each end of a 90 % interval
NOTHING_LEARNT = "The model does not yet know more than the average."


@dataclass(frozen=True)
class Parity:
    """Each measured condition beside what all other conditions predict for it.

    Parameters
    ----------
    table
        condition, plate, round, measured, predicted, low, high (90 % interval of a measurement).
    coverage
        Share of the measurements inside their interval.
    explained
        Share of the variance that the predictions explain.
    gain
        Mean log score less that of a model that knows only the average, and the standard error of it.
    """

    table: pd.DataFrame
    coverage: float
    explained: float
    gain: float
    error: float

    @property
    def learnt(self) -> bool:
        """Return whether the model predicts better than the average does by two standard errors.

        What is left out has had its say in the hyper-parameters: of campaigns whose yields were dealt out at
        random (22 conditions), one standard error takes a third for learnt, two take a tenth.
        """
        return self.gain > 2.0 * self.error

    @property
    def words(self) -> str:
        """Return what this means, in one or two sentences."""
        if not self.learnt:
            return NOTHING_LEARNT
        held = f"{percent(self.coverage)} of the results lie in their 90 % interval"
        explained = f"predictions account for {percent(max(self.explained, 0))} of the differences"
        return f"Of conditions that were left out, {explained} between results; {held}."


def parity_of(material: Material) -> Parity | None:
    """Return the check; None where there are too few conditions or no Gaussian process to ask."""
    model = gaussian_process_in(material.posterior)
    evidence = material.evidence
    which = pd.factorize(material.observations["condition"].astype(object))[0].astype(np.intp)
    kept = ~evidence.censored
    if model is None or not model.scale.measured or len(set(which[kept].tolist())) < FEWEST:
        return None
    left = leave_conditions_out(model.members, model.scale, which)
    left = LeftOut(left.values[kept], left.means[kept], left.sds[kept])
    gains = _log_densities(left.values, left.means, left.sds) - average_alone(left.values, which[kept])
    columns = {
        "condition": material.observations["condition"].to_numpy(object)[kept],
        "plate": material.observations["plate"].to_numpy(object)[kept],
        "round": material.rounds_observed[kept],
        "measured": left.values,
        "predicted": left.means,
        "low": left.means - INTERVAL * left.sds,
        "high": left.means + INTERVAL * left.sds,
    }
    error = float(gains.std(ddof=1) / np.sqrt(len(gains)))
    return Parity(pd.DataFrame(columns), left.coverage(), left.explained, float(gains.mean()), error)


def average_alone(values: Floats, which: np.ndarray) -> Floats:
    """Return the log density of each value under mean and spread of the other conditions' values, (n,)."""
    out = np.empty(len(values))
    for one in np.unique(which):
        own = which == one
        others = values[~own]
        sd = others.std(ddof=1) * np.sqrt(1 + 1 / len(others))
        out[own] = _log_densities(values[own], np.full(own.sum(), others.mean()), np.full(own.sum(), sd))
    return out


def gaussian_process_in(posterior: Posterior | None) -> GaussianProcess | None:
    """Return the Gaussian process that a posterior is, or that has a part in it."""
    if isinstance(posterior, GaussianProcess):
        return posterior
    parts = posterior.parts if isinstance(posterior, Mixture) else ()
    return next((part for part in parts if isinstance(part, GaussianProcess)), None)


def _log_densities(values: Floats, means: Floats, sds: Floats) -> Floats:
    sds = np.maximum(sds, 1e-12 * max(float(np.abs(values).max(initial=0.0)), 1e-300))
    return np.asarray(-0.5 * ((values - means) / sds) ** 2 - np.log(sds) - 0.5 * np.log(2 * np.pi))


@dataclass(frozen=True)
class Scoreboard:
    """What was predicted before each round, and what came back.

    Parameters
    ----------
    wells
        A row per proposed and measured condition: condition, round, predicted, low, high, measured, error (sd
        of the measurement), inside (the 90 % interval, the measurement's own noise added), reason (in
        words).
    rounds
        A row per round: round, conditions, inside (share), bias, error (root mean square), explained.
    """

    wells: pd.DataFrame
    rounds: pd.DataFrame

    @property
    def words(self) -> str:
        """Return what the scoreboard says over all rounds."""
        if self.wells.empty:
            return "No round with predictions has come back yet."
        share, count = float(self.wells["inside"].mean()), len(self.wells)
        return (
            f"Of {count} predictions made before the wells were measured, {percent(share)} held: the result"
            " lay in the 90 % interval, with the scatter of its wells."
        )


def scoreboard_of(material: Material) -> Scoreboard:
    """Return predicted against measured for every round that had predictions."""
    seen = material.observations.assign(round=material.rounds_observed)[~material.evidence.censored]
    noise = material.posterior.noise_sd if material.posterior is not None else np.nan
    parts = []
    for number, round_ in sorted(material.rounds.items()):
        said = round_.predictions[round_.predictions["mean"].notna()]
        own = seen[(seen["round"] == number) & seen["condition"].isin(said.index)]
        if len(own):
            before = said.loc[own["condition"]]
            parts.append(_held_against(before, own, number, noise, of_words=material.of_words))
    wells = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(_WELLS))
    return Scoreboard(wells, _by_round(wells))


_WELLS = ("condition", "round", "predicted", "low", "high", "measured", "error", "inside", "reason")


def _held_against(
    said: pd.DataFrame, own: pd.DataFrame, number: int, noise: float, *, of_words: bool
) -> pd.DataFrame:
    """Return the predictions of a round beside its observations, row by row the same conditions."""
    alone = noise / np.sqrt(own["count"].to_numpy(float))
    own_sd = np.sqrt(own["variance"].to_numpy(float))
    error = np.where(np.isfinite(own_sd), own_sd, alone)
    mean, low, high = (said[name].to_numpy(float) for name in ("mean", "low", "high"))
    measured = own["mean"].to_numpy(float)
    if of_words:
        count = own["count"].to_numpy(float)
        error = PERCENT * np.sqrt(_between(mean) * (1 - _between(mean)) / count)
        inside = _words_held(measured, count, low, high)
    else:
        inside = np.abs(measured - mean) <= np.hypot((high - low) / 2, INTERVAL * error)
    reasons = np.array([REASON_WORDS.get(str(one), str(one)) for one in said["reason"]], object)
    columns = (own["condition"].to_numpy(object), number, mean, low, high, measured, error, inside, reasons)
    return pd.DataFrame(dict(zip(_WELLS, columns, strict=True)))


def _words_held(measured: Floats, count: Floats, low: Floats, high: Floats) -> Bools:
    """Return whether so many wells with a wanted word are likely where the chance lies in between, (n,).

    So many are unlikely where even the highest chance gives as many in less than one of twenty, and so few
    where even the lowest gives as few in less.
    """
    from scipy.stats import binom  # noqa: PLC0415 -- loads a library that few commands need

    wanted = np.rint(measured * count / PERCENT)
    few, many = binom.cdf(wanted, count, _between(low)), binom.sf(wanted - 1, count, _between(high))
    return np.asarray((few >= END) & (many >= END))


def _between(chances: Floats) -> Floats:
    """Return chances in percent as probabilities; nothing is ever quite sure."""
    return np.asarray(np.clip(chances / PERCENT, 0.005, 0.995))


def _by_round(wells: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for number, own in wells.groupby("round", sort=True):
        error = (own["measured"] - own["predicted"]).to_numpy(float)
        spread = float(np.var(own["measured"].to_numpy(float)))
        explained = 1 - float(np.mean(error**2)) / spread if spread else np.nan
        inside = float(own["inside"].mean())
        rows.append((number, len(own), inside, error.mean(), np.sqrt(np.mean(error**2)), explained))
    return pd.DataFrame(rows, columns=["round", "conditions", "inside", "bias", "error", "explained"])
