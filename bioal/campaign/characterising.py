"""The few conditions that best predict all others: what to measure first in a new lysate or strain.

They are chosen from those that were measured here and can be made today, so that every value of the new
lysate stands beside one of the old; or from a list. How well they predict is tried on what was measured,
beside as many conditions drawn at random.

They are those that leave the least variance, averaged over everything that the fitted model holds possible;
what was measured tells how fast the readout changes along each factor and has no other part in the choice.
The trial is on one possibility, what was measured, and with few conditions that is mostly luck: in a campaign
of the demo (59 conditions) where the model was right, 5 so chosen had a 4 % smaller error than 5 at random
and beat 63 in 100 random sets, 20 an 11 % smaller one and beat 77; from case to case 23 to 92, and 40 to 98
(10 and 90 % points). So a set may do worse here than one at random, and `recommended` says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from bioal.acquisition.rows import distinct_rows
from bioal.campaign.designs import codes_of_candidates
from bioal.campaign.learning import Knowledge
from bioal.engine import FEWEST
from bioal.errors import Problem, Refused, UsageError
from bioal.evidence import Floats, Ints
from bioal.models.fitting import fit
from bioal.models.gaussian_process import GaussianProcess
from bioal.plates.stock_volumes import stock_volumes
from bioal.report.words import counted
from bioal.strategies.informative import (
    in_order_of_telling,
    left_out_error,
    most_informative,
    prior_covariance,
)

MOST = 1500  # conditions that are compared; of a longer list as many are drawn
DRAWS = 200  # random sets beside which the choice is shown
MOST_SETS = 2 / 3  # of the random sets have to predict worse, for a choice to be worth recommending
_SEED = 20


@dataclass(frozen=True)
class Informative:
    """The conditions that best predict the others, the most telling first.

    Parameters
    ----------
    conditions
        Index: condition id (a number for those of a list); columns: the factors, `mean`, `low`, `high` as
        predicted here, and `explained`, the share of all differences that those down to it explain.
    volumes
        nL of each stock in a well, (k, stocks); no columns where the protocol has no liquids.
    error, by_chance
        Root mean squared error of the other measured conditions, predicted from these, and the 5, 50 and 95 %
        points of the same for random sets as large; NaN where too few others were measured.
    beaten
        The share of the random sets with a larger error.
    spread
        Standard deviation of what was measured.
    pool
        Among how many conditions they were chosen.
    """

    conditions: pd.DataFrame
    volumes: pd.DataFrame
    error: float
    by_chance: tuple[float, float, float]
    beaten: float
    spread: float
    pool: int

    @property
    def recommended(self) -> bool | None:
        """Return whether they predict better than two in three random sets, and than the mean of all.

        None where that could not be tried.
        """
        if np.isnan(self.error):
            return None
        return bool(self.beaten >= MOST_SETS and self.error < self.spread)


def informative(knowledge: Knowledge, count: int, listed: pd.DataFrame | None) -> Informative:
    """Return the `count` conditions that best predict the others, of those measured or of a list.

    Raises
    ------
    Refused
        Where fewer than three conditions were measured, or the list holds some that cannot be made.
    UsageError
        Where there are no more than `count` to choose from.
    """
    rng = np.random.default_rng(_SEED)
    measured = _measured(knowledge)
    if len(measured) < FEWEST:
        raise Refused(_too_few(len(measured)))
    pool = measured if listed is None else _of_list(knowledge, listed, rng)
    _require_fewer(count, len(pool))
    process = fit(knowledge.evidence, "gp", np.random.default_rng(_SEED))
    assert isinstance(process, GaussianProcess), "the model of that name is one"
    noise = process.noise_sd**2 / knowledge.state.protocol.plate.replicates
    covariance = prior_covariance(process, knowledge.space.encode(pool))
    # How good a new lysate is altogether is not known either, and has to be told by the same wells.
    unsure = covariance + process.constant * process.scale.spread**2
    rows, explained = in_order_of_telling(unsure, noise, most_informative(unsure, noise, count))
    chosen = pool.iloc[rows]
    mean, low, high = knowledge.interval(knowledge.space.encode(chosen), "gp")
    values = _values(knowledge, pool) if listed is None else np.full(len(pool), np.nan)
    error, chance, beaten = _tried(covariance, noise, rows, values, rng)
    return Informative(
        chosen.assign(mean=mean, low=low, high=high, explained=explained),
        stock_volumes(knowledge.state.protocol, chosen),
        error,
        chance,
        beaten,
        float(np.std(values)) if listed is None else float("nan"),
        len(pool),
    )


def _measured(knowledge: Knowledge) -> pd.DataFrame:
    """Return the measured conditions that today's protocol can make, each once."""
    seen = knowledge.observations["condition"]
    conditions = knowledge.carried.among(seen.tolist())
    if conditions.empty:
        return conditions
    conditions = conditions[knowledge.state.protocol.space.contains(conditions)]
    kept = distinct_rows(knowledge.space.codes(conditions))
    return conditions.iloc[kept[:MOST]]


def _of_list(knowledge: Knowledge, listed: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    codes = codes_of_candidates(knowledge.state.protocol, listed)
    codes = codes[distinct_rows(codes)]
    if len(codes) > MOST:
        codes = codes[np.sort(rng.choice(len(codes), MOST, replace=False))]
    conditions = knowledge.state.protocol.space.conditions(codes)
    return conditions.set_axis(pd.Index(range(1, len(conditions) + 1), name="condition"))


def _values(knowledge: Knowledge, pool: pd.DataFrame) -> Floats:
    """Return the mean of what was measured of each condition, (n,)."""
    seen = knowledge.observations
    return np.asarray(seen.groupby("condition")["mean"].mean().loc[pool.index].to_numpy(float))


def _tried(
    covariance: Floats, noise: float, rows: Ints, values: Floats, rng: np.random.Generator
) -> tuple[float, tuple[float, float, float], float]:
    nothing = float("nan")
    if not np.isfinite(values).all():
        return nothing, (nothing, nothing, nothing), nothing
    own = left_out_error(covariance, noise, rows, values)
    sets = [np.sort(rng.choice(len(values), len(rows), replace=False)) for _ in range(DRAWS)]
    errors = [left_out_error(covariance, noise, one.astype(np.intp), values) for one in sets]
    low, middle, high = np.quantile(errors, [0.05, 0.5, 0.95])
    return own, (float(low), float(middle), float(high)), float(np.mean(np.array(errors) > own))


def _too_few(measured: int) -> Problem:
    found = counted(measured, "measured condition")
    remedy = "Merge a round first: what tells about the others is learnt from results."
    return Problem("too-few-measured", f"{found} that can be made today", f"at least {FEWEST}", remedy)


def _require_fewer(count: int, pool: int) -> None:
    if not 1 <= count < pool:
        raise UsageError(
            f"{count} conditions were asked for: 1 to {pool - 1} of these {pool} can speak for the others."
        )
