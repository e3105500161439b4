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
from bioal.models.fitting import MODELS
from bioal.strategies.registry import strategy

RANDOM = "random"
COLUMNS = ("setting", "seed", "round", "measured", "best", "regret", "top", "seconds")
First = Literal["random", "true"]


@dataclass(frozen=True)
class Setting:
    """A model and an acquisition; random choice needs no model."""

    model: str
    acquisition: str

    @property
    def name(self) -> str:
        """Return what it is called in results.

        >>> Setting("gp", "thompson").name, Setting("gp", "random").name
        ('gp: thompson', 'random')
        """
        return RANDOM if self.acquisition == RANDOM else f"{self.model}: {self.acquisition}"


@dataclass(frozen=True)
class Course:
    """How every run goes: a first batch, then so many rounds of so many conditions."""

    batch: int = 24
    rounds: int = 5
    first: First = "random"


def settings_of(models: Sequence[str], acquisitions: Sequence[str]) -> tuple[Setting, ...]:
    """Return each model with each acquisition, and random choice last.

    Raises
    ------
    UsageError
        When there is no such model or acquisition.
    """
    unknown = [name for name in models if name not in MODELS]
    if unknown:
        raise UsageError(f'There is no model "{unknown[0]}". Models: {", ".join(MODELS)}.')
    known = [strategy(name).name for name in acquisitions]
    pairs = [Setting(model, name) for name in known for model in models if name != RANDOM]
    return (*dict.fromkeys(pairs), Setting("", RANDOM))


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


def replay(pool: Finished, setting: Setting, course: Course, seed: int) -> pd.DataFrame:
    """Return how one run stands after each round, a row per round, round 0 being the first batch."""
    readings = pool.readings(np.random.default_rng([seed, 0]))
    measured = _first(pool, course, np.random.default_rng([seed, 1]))
    rows = [_standing(pool, measured, 0, 0.0)]
    for number in range(1, course.rounds + 1):
        rng = np.random.default_rng([seed, 2, number])
        started = time.perf_counter()
        picks = _picks(pool, readings, measured, setting, course.batch, rng)
        seconds = time.perf_counter() - started
        measured = np.concatenate([measured, picks])
        rows.append(_standing(pool, measured, number, seconds))
    frame = pd.DataFrame(rows).assign(setting=setting.name, seed=seed)
    return frame[list(COLUMNS)]


def _first(pool: Finished, course: Course, rng: np.random.Generator) -> Ints:
    if course.first == "true":
        return np.flatnonzero(pool.first)
    return rng.choice(len(pool), course.batch, replace=False)


def _picks(
    pool: Finished, readings: Readings, measured: Ints, setting: Setting, batch: int, rng: np.random.Generator
) -> Ints:
    if setting.acquisition == RANDOM:
        left = np.setdiff1d(np.arange(len(pool)), measured)
        return rng.choice(left, batch, replace=False)
    wanted = Settings(batch, setting.model, setting.acquisition, pool.objective.score)
    chosen = choose(
        pool.evidence(readings, measured),
        Listed(pool.points, selected=is_selection(pool.points, pool.groups)),
        wanted,
        rng,
        taken=measured[:, None],
        pending=pool.points[:0],
    )
    return np.asarray(chosen.codes[:, 0], np.intp)


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
        "seconds": round(seconds, 3),
    }
