"""One run: a setting and a seed choose batch after batch from a finished table.

The first batch and the readings depend on the seed alone, so that settings are compared on the same ones.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from bioal.acquisition.candidates import Listed, is_selection
from bioal.backtest.finished import Finished, Readings
from bioal.engine import Settings, choose
from bioal.errors import UsageError
from bioal.evidence import Ints
from bioal.models.fitting import MODELS, fit
from bioal.models.posterior import Posterior
from bioal.strategies.choosing import strategy_of
from bioal.strategies.presets import PRESETS, require_choice
from bioal.strategies.registry import names

RANDOM = "random"
BY_HAND = "by hand"
EVERY = "all"
COLUMNS = ("setting", "seed", "round", "measured", "best", "regret", "top", "rmse", "seconds")
First = Literal["random", "true"]


@dataclass(frozen=True)
class Setting:
    """A model and an acquisition; random choice and a person's own order need no model."""

    model: str
    acquisition: str

    @property
    def name(self) -> str:
        """Return what it is called in results.

        >>> Setting("gp", "thompson").name, Setting("gp", "random").name
        ('gp: thompson', 'random')
        """
        alone = self.acquisition in (RANDOM, BY_HAND, *PRESETS)
        return self.acquisition if alone else f"{self.model}: {self.acquisition}"

    def at(self, turn: int) -> Setting:
        """Return the model and acquisition of a round, counted from 1: a preset's, or always the same."""
        known = PRESETS.get(self.acquisition)
        return self if known is None else Setting(known.model, known.strategy(turn))


@dataclass(frozen=True)
class Course:
    """How every run goes: a first batch, then so many rounds of so many conditions.

    A `judge`, the name of a model, learns what was measured after each round and predicts the whole table:
    the same one for every setting, so that what differs is what they measured.
    """

    batch: int = 24
    rounds: int = 5
    first: First = "random"
    judge: str = ""

    def __post_init__(self) -> None:
        if self.judge:
            _require_models([self.judge])


def settings_of(models: Sequence[str], acquisitions: Sequence[str]) -> tuple[Setting, ...]:
    """Return each model with each acquisition ("all": every one there is), presets, and random choice last.

    Raises
    ------
    UsageError
        When there is no such model or acquisition.
    """
    _require_models(models)
    every = [name for asked in acquisitions for name in (names() if asked == EVERY else (asked,))]
    for name in every:
        require_choice(name)
    known = [name if name in PRESETS else strategy_of(name).name for name in every]
    pairs = [
        Setting("" if name in PRESETS else model, name)
        for name in known
        for model in models
        if name != RANDOM
    ]
    return (*dict.fromkeys(pairs), Setting("", RANDOM))


def _require_models(models: Sequence[str]) -> None:
    unknown = [name for name in models if name not in MODELS]
    if unknown:
        raise UsageError(f'There is no model "{unknown[0]}". Models: {", ".join(MODELS)}.')


def require_room(pool: Finished, course: Course) -> None:
    """Raise UsageError where a table is too small for a course, or names no first round that is asked for."""
    true = course.first == "true"
    if true and not pool.first.any():
        raise UsageError(
            "The table has no column 'round', so its first round is not known. Use --first random."
        )
    begin = int(pool.first.sum()) if true else course.batch
    wanted = begin + course.rounds * course.batch
    if wanted > len(pool):
        raise UsageError(
            f"{begin} + {course.rounds} x {course.batch} = {wanted} conditions are more than the "
            f"{len(pool)} measured ones. Lower --batch or --rounds."
        )
    if len(pool.order) and len(pool.order) < wanted:
        raise UsageError(
            f"By hand {len(pool.order)} conditions are in an order, and up to {wanted} are needed."
            " Lower --batch or --rounds."
        )


def replay(pool: Finished, setting: Setting, course: Course, seed: int) -> pd.DataFrame:
    """Return how one run stands after each round, a row per round, round 0 being the first batch."""
    readings = pool.readings(np.random.default_rng([seed, 0]))
    measured = _first(pool, course, np.random.default_rng([seed, 1]))
    judge = _Judge(pool, readings, course.judge, seed)
    rows = [_standing(pool, measured, 0, 0.0)]
    for number in range(1, course.rounds + 1):
        started = time.perf_counter()
        now = setting.at(number)
        picks, model = _picks(pool, readings, measured, now, course.batch, _turn(seed, number))
        seconds = time.perf_counter() - started
        rows[-1]["rmse"] = judge.error(measured, number, model if now.model == course.judge else None)
        measured = np.concatenate([measured, picks])
        rows.append(_standing(pool, measured, number, seconds))
    rows[-1]["rmse"] = judge.error(measured, course.rounds + 1, None)
    frame = pd.DataFrame(rows).assign(setting=setting.name, seed=seed)
    return frame[list(COLUMNS)]


@dataclass(frozen=True)
class _Judge:
    """How well a model that learnt the measured conditions predicts the true yields of all of the table."""

    pool: Finished
    readings: Readings
    model: str
    seed: int

    def error(self, measured: Ints, turn: int, fitted: Posterior | None) -> float:
        """Return the root mean squared error; `fitted` is the model where a choice has fitted it already."""
        if not self.model:
            return np.nan
        # The same draws as in a choice, so that it does not matter who fits.
        known = self.pool.evidence(self.readings, measured)
        posterior = fitted or fit(known, self.model, _turn(self.seed, turn))
        return float(np.sqrt(np.mean((posterior.mean(self.pool.points) - self.pool.truth) ** 2)))


def _turn(seed: int, number: int) -> np.random.Generator:
    return np.random.default_rng([seed, 2, number])


def _first(pool: Finished, course: Course, rng: np.random.Generator) -> Ints:
    if course.first == "true":
        return np.flatnonzero(pool.first)
    return rng.choice(len(pool), course.batch, replace=False)


def _picks(
    pool: Finished, readings: Readings, measured: Ints, setting: Setting, batch: int, rng: np.random.Generator
) -> tuple[Ints, Posterior | None]:
    """Return the next batch, and the model that chose it where one did."""
    if setting.acquisition == RANDOM:
        left = np.setdiff1d(np.arange(len(pool)), measured)
        return rng.choice(left, batch, replace=False), None
    if setting.acquisition == BY_HAND:
        return pool.order[~np.isin(pool.order, measured)][:batch], None
    wanted = Settings(batch, setting.model, setting.acquisition, pool.objective.score)
    chosen = choose(
        pool.evidence(readings, measured),
        Listed(pool.points, selected=is_selection(pool.points, pool.groups)),
        wanted,
        rng,
        taken=measured[:, None],
        pending=pool.points[:0],
    )
    return np.asarray(chosen.codes[:, 0], np.intp), chosen.model


def _standing(pool: Finished, measured: Ints, number: int, seconds: float) -> dict[str, float]:
    utility = pool.utility
    best = measured[np.argmax(utility[measured])]
    # More than half of a table may be as good as its best; the worst is then what there was to gain on.
    scale = utility.max() - np.median(utility) or np.ptp(utility)
    return {
        "round": number,
        "measured": len(measured),
        "best": float(pool.truth[best]),
        "regret": float((utility.max() - utility[best]) / scale),
        "top": float(np.isin(pool.top, measured).mean()),
        "rmse": np.nan,
        "seconds": round(seconds, 3),
    }
