"""Published workflows by name: which model learns, and how each round is chosen.

A preset is a row of settings over what bioal has anyway, for comparing with a published campaign, or for
going on with one in its own manner. Where bioal departs from the publication, `differs` says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from bioal.errors import UsageError
from bioal.strategies.choosing import Named, strategy_of
from bioal.strategies.registry import known_name, require_strategy
from bioal.strategies.wording import USUAL, parsed_strategy

Choice = TypeVar("Choice", bound=Named | None)


@dataclass(frozen=True)
class Preset:
    """A published workflow.

    Parameters
    ----------
    name
        What a person writes.
    model
        A name of `bioal.models.fitting.MODELS`.
    turns
        From which round on, counted from 1, which strategy chooses, in rising order.
    about, differs, source
        What it is, in a line; where bioal departs from it; where it was published.
    """

    name: str
    model: str
    turns: tuple[tuple[int, str], ...]
    about: str
    differs: str
    source: str

    def strategy(self, turn: int) -> str:
        """Return the name of the strategy that chooses in a round, counted from 1.

        >>> [PRESETS["metis"].strategy(turn) for turn in (1, 4, 8)][1:]
        ['upper confidence bound 1', 'upper confidence bound 0.5']
        """
        return next(name for begin, name in reversed(self.turns) if turn >= begin or begin == 1)


_ALL = (
    Preset(
        "metis",
        "boosting 20",
        (
            (1, "upper confidence bound 1.41"),
            (4, "upper confidence bound 1"),
            (8, "upper confidence bound 0.5"),
        ),
        "20 boosted-tree regressors; mean + c sd, c 1.41 in rounds 1 to 3, 1 to round 7, then 0.5",
        "scikit-learn's boosted trees with fixed settings for XGBoost's 20 best of 200; batches by joint"
        " paths for the best 20 one by one",
        "Pandi et al. 2022, doi 10.1038/s41467-022-31245-z",
    ),
    Preset(
        "borkowski",
        "perceptrons",
        ((1, "upper confidence bound 1.41"),),
        "25 multi-layer perceptrons; mean + 1.41 sd",
        "perceptrons of 100, 100 and 20 units on resampled results for the best of ten fits of four kinds;"
        " batches by joint paths for the best one by one",
        "Borkowski et al. 2020, doi 10.1038/s41467-020-15798-5",
    ),
    Preset(
        "art",
        "seven learners",
        ((1, "upper confidence bound 1"),),
        "seven unlike learners, each trusted as far as it foretells held-out results; mean + sd",
        "stacked by held-out densities for weights drawn by Markov chains; without TPOT",
        "Radivojevic et al. 2020, doi 10.1038/s41467-020-18008-4",
    ),
    Preset(
        "edbo",
        "gp",
        ((1, "expected improvement"),),
        "a Gaussian process (Matern 5/2), options one-hot, expected improvement",
        "batches by joint paths for believed results; hyper-parameters drawn, not one",
        "Shields et al. 2021, doi 10.1038/s41586-021-03213-y",
    ),
)

PRESETS: Mapping[str, Preset] = {one.name: one for one in _ALL}


def played(model: object, strategy: Choice, turn: int = 1) -> tuple[object, Choice | str]:
    """Return the model and the strategy of a round: those named, or a preset's.

    A model other than "auto" takes the place of the preset's.

    >>> played("auto", "edbo", 3), played("forest", "bald", 3)
    (('gp', 'expected improvement'), ('forest', 'bald'))
    """
    known = PRESETS.get(strategy) if isinstance(strategy, str) else None
    if known is None:
        return model, strategy
    return (known.model if model in (None, "auto") else model), known.strategy(turn)


def one_strategy(strategy: Named | None, acquisition: Named | None) -> Named | None:
    """Return the strategy that was named by either word; raise UsageError where they name two."""
    if strategy is not None and acquisition is not None and strategy != acquisition:
        named = [one if isinstance(one, str) else strategy_of(one).name for one in (strategy, acquisition)]
        raise UsageError(
            "strategy and acquisition are two words for one thing, and they name two: "
            f'"{named[0]}" and "{named[1]}". Give one of them.'
        )
    return acquisition if strategy is None else strategy


def chosen_by(strategy: Choice, preset: str | None) -> Choice | str:
    """Return the preset's name, or the strategy's where no preset is asked for.

    Raises
    ------
    UsageError
        If there is no such preset, or a strategy of one's own is named beside it.
    """
    if preset is None:
        return strategy
    if preset not in PRESETS:
        raise UsageError(f'There is no preset "{preset}". Presets: {", ".join(PRESETS)}.')
    if strategy not in (None, USUAL):
        raise UsageError(f'The preset "{preset}" says itself how to choose: leave out "{strategy}".')
    return preset


def require_choice(strategy: Named) -> None:
    """Raise UsageError, naming all there is, where this is neither a strategy nor a preset."""
    if not isinstance(strategy, str) or parsed_strategy(strategy).kind != "name":
        strategy_of(strategy)
    elif strategy not in PRESETS and not known_name(strategy):
        require_strategy(parsed_strategy(strategy).terms[0][0], tuple(PRESETS))
