"""The one way to a strategy's scores and picks from a pool, with the promises that hold for all of them.

A batch holds distinct candidates, none measured or pending unless repeats are wanted, as many as were asked
for or all there are; inputs are never changed; the same seed gives the same batch; ties are broken by the
seed. A strategy is a name, a `Strategy`, or a function of a pool and a generator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from bioal.acquisition.tasks import Picks, picks_of
from bioal.errors import UsageError
from bioal.evidence import Floats
from bioal.strategies.combining import EpsilonRandom, Product, WeightedSum, checked
from bioal.strategies.conditioning import conditioned_batch
from bioal.strategies.definition import OnPools, OnTasks, Strategy
from bioal.strategies.pools import Pool
from bioal.strategies.registry import known_name, strategy
from bioal.strategies.scorings import Scoring
from bioal.strategies.wording import Parsed, parsed_strategy

Mine = Callable[[Pool, np.random.Generator], object]
Named = str | Strategy | Mine


def picks(wanted: Named, pool: Pool, rng: np.random.Generator) -> Picks:
    """Return the batch that a strategy chooses: positions in the pool, best first.

    Raises
    ------
    UsageError
        If there is no such strategy, or what a user's function returns is neither scores nor picks.
    """
    allowed = pool.allowed()
    part = pool.rows(allowed, min(pool.task.count, len(allowed)))
    if part.task.count < 1:
        return picks_of([], [])
    found = strategy_of(wanted).pick(part, rng)
    _check(found, part)
    return Picks(allowed[found.rows], found.gains, found.filled, found.drawn)


def scores(wanted: Named, pool: Pool, rng: np.random.Generator) -> Floats:
    """Return how much a strategy wants each candidate of the pool by itself, shape (m,); larger is more."""
    chosen = strategy_of(wanted)
    if chosen.score is None:
        raise UsageError(f'"{chosen.name}" chooses batches and gives no scores.')
    if not len(pool.task.points):
        return np.empty(0)
    return checked(chosen.score(pool, rng), len(pool.task.points))


def strategy_of(wanted: Named) -> Strategy:
    """Return the strategy of a name, of a text that puts several together, or of a function (pool, rng).

    >>> strategy_of("0.7 margin + 0.3 random").name
    '0.7 margin + 0.3 random'
    >>> strategy_of("entropy x core-set^2, 20 % random").name
    'entropy x core-set^2, 20 % random'
    """
    if isinstance(wanted, Strategy):
        return wanted
    if callable(wanted):
        return _of_function(wanted)
    if known_name(wanted):
        return strategy(wanted)
    parsed = parsed_strategy(str(wanted))
    if parsed.share is not None:
        return with_random(_of_terms(parsed), parsed.share)
    return _of_terms(parsed)


def _of_terms(parsed: Parsed) -> Strategy:
    parts = [(strategy(name), number) for name, number in parsed.terms]
    if parsed.kind == "name":
        return parts[0][0]
    return weighted_sum(*parts) if parsed.kind == "sum" else product(*parts)


def weighted_sum(*parts: tuple[Named, float]) -> Strategy:
    """Return the strategy whose score is the weighted sum of others', as they are.

    >>> weighted_sum(("entropy", 1.0), ("core-set", 0.5)).name
    '1 entropy + 0.5 core-set'
    """
    known = [strategy_of(part) for part, _ in parts]
    scoring = WeightedSum(tuple(map(_scoring, known)), tuple(weight for _, weight in parts))
    both = list(zip(known, (weight for _, weight in parts), strict=True))
    name = " + ".join(f"{weight:g} {one.name}" for one, weight in both)
    formula = " + ".join(f"{weight:g} [{one.formula}]" for one, weight in both)
    signed = any(weight < 0 or one.signed for one, weight in both)
    return _of_scoring(name, formula, scoring, known, signed=signed)


def product(*parts: tuple[Named, float]) -> Strategy:
    """Return the strategy whose score is the product of powers of others'; none of them may be negative.

    Raises
    ------
    UsageError
        Where a score can be negative.

    Examples
    --------
    >>> product(("entropy", 1.0), ("core-set", 2.0)).name
    'entropy x core-set^2'
    """
    known = [strategy_of(part) for part, _ in parts]
    _require_unsigned(known)
    scoring = Product(tuple(map(_scoring, known)), tuple(power for _, power in parts))
    both = list(zip(known, (power for _, power in parts), strict=True))
    name = " x ".join(f"{one.name}{_power(power)}" for one, power in both)
    formula = " x ".join(f"[{one.formula}]{_power(power)}" for one, power in both)
    return _of_scoring(name, formula, scoring, known)


def _power(power: float) -> str:
    return "" if power == 1 else f"^{power:g}"


def _require_unsigned(parts: Sequence[Strategy]) -> None:
    signed = list(dict.fromkeys(f'"{one.name}"' for one in parts if one.signed))
    if signed:
        whose = f"the score of {signed[0]}" if len(signed) == 1 else f"the scores of {' and '.join(signed)}"
        instead = " + ".join(one.name for one in parts)
        raise UsageError(
            f"A product needs scores that are never negative, and {whose} can be. Take a weighted sum,"
            f' "{instead}", or multiply others, as in "entropy x core-set".'
        )


def with_random(wanted: Named, share: float) -> Strategy:
    """Return the strategy of which a fixed share, rounded up, is drawn at random: an honest sample beside it.

    Raises
    ------
    UsageError
        Where the share leaves nothing to be drawn, or nothing to be chosen.

    Examples
    --------
    >>> with_random("margin", 0.25).name
    'margin, 25 % random'
    """
    one = strategy_of(wanted)
    _require_both(one.name, share)
    said = f"{100 * share:g} % of the batch"
    fresh = EpsilonRandom(one.pick, share)
    again = EpsilonRandom(one.choice or OnPools(one.repeating), share)
    return replace(
        one,
        name=f"{one.name}, {100 * share:g} % random",
        about="; ".join(part for part in (one.about, f"{said}, rounded up, is drawn at random") if part),
        formula="; ".join(part for part in (one.formula, f"U(0, 1) for {said}") if part),
        rule=OnTasks(fresh),
        repeating=OnTasks(again),
        choice=fresh,
        again=again,
    )


def _require_both(name: str, share: float) -> None:
    if share <= 0:
        raise UsageError(f'A share of {100 * share:g} % draws nothing at random. Write "{name}".')
    if share >= 1:
        raise UsageError(f'A share of {100 * share:g} % leaves "{name}" nothing to choose. Write "random".')


def _of_function(wanted: Mine) -> Strategy:
    own = _Own(wanted)
    name = getattr(wanted, "__name__", type(wanted).__name__)
    like = strategy("variance")
    about = "a function of your own"
    return Strategy(name, OnTasks(own), OnTasks(own), like.shares, "own", own.scores, own, about=about)


class _Own:
    """A user's function, which returns scores or picks, as a choice; scores count per cost."""

    conditioned = True

    def __init__(self, function: Mine) -> None:
        self.function = function

    def __call__(self, pool: Pool, rng: np.random.Generator) -> Picks:
        found = self.function(pool, rng)
        if isinstance(found, Picks):
            return found
        return conditioned_batch(pool, checked(found, len(pool.task.points)), rng)

    def scores(self, pool: Pool, rng: np.random.Generator) -> Floats:
        return checked(self.function(pool, rng), len(pool.task.points))


def _of_scoring(
    name: str, formula: str, scoring: Scoring, parts: Sequence[Strategy], *, signed: bool = False
) -> Strategy:
    own = _Own(scoring)
    rule = OnTasks(own)
    # What wants the best needs the best on its shortlist.
    aiming = (one for one in parts if one.shares.improvement)
    shares = next(aiming, strategy("variance")).shares
    return Strategy(
        name,
        rule,
        rule,
        shares,
        "mixed",
        score=scoring,
        choice=own,
        about="; ".join(dict.fromkeys(part.about for part in parts if part.about)),
        formula=formula,
        source="; ".join(dict.fromkeys(part.source for part in parts if part.source)),
        signed=signed,
    )


def _scoring(one: Strategy) -> Scoring:
    if one.score is None:
        raise UsageError(f'"{one.name}" chooses batches and gives no scores to combine.')
    return one.score


def _check(found: Picks, pool: Pool) -> None:
    rows = np.asarray(found.rows)
    size = len(pool.task.points)
    if len(np.unique(rows)) != len(rows) or (len(rows) and not 0 <= rows.min() <= rows.max() < size):
        raise UsageError(f"A strategy picked {rows.tolist()}; distinct rows from 0 to {size - 1} are needed.")
    if len(rows) > pool.task.count:
        raise UsageError(f"A strategy picked {len(rows)} rows where {pool.task.count} were asked for.")
