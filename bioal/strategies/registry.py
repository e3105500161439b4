"""The strategies that a person can ask for by name, on yields and on outcomes alike.

Each has a batch rule for a task about a yield, a choice and a score for a pool, and says what its shortlist
is made of, and which rule takes over where conditions may be measured again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import cache, partial

from bioal.acquisition.batch import (
    confidence_bound_batch,
    expected_improvement_batch,
    probability_batch,
    random_batch,
    thompson_batch,
)
from bioal.acquisition.downdates import average_variance_batch, variance_batch
from bioal.acquisition.focus import focused_improvement_batch
from bioal.acquisition.judging import Shares
from bioal.acquisition.knowledge import knowledge_gradient_batch
from bioal.errors import UsageError
from bioal.strategies import scorings, yields
from bioal.strategies.combining import Entry
from bioal.strategies.definition import OnTasks, Strategy

_OUTCOME = Shares()
_MODEL = Shares(mean=0.0, improvement=0.0, sd=0.6, random=0.4)
_ANY = Shares(mean=0.0, improvement=0.0, sd=0.0, random=1.0)


def _of_entry(entry: Entry) -> Strategy:
    rule = OnTasks(entry.rule)
    return Strategy(
        name=entry.name,
        rule=rule,
        repeating=rule,
        shares=_OUTCOME if entry.name in _FOR_SUCCESS else _MODEL,
        reason="" if entry.name in _FOR_SUCCESS else entry.reason,
        score=entry.score,
        choice=entry.rule,
        about=entry.about,
        formula=entry.formula,
        source=entry.source,
        signed=entry.signed,
    )


_FOR_SUCCESS = {"chance of success"}

_FOR_YIELD = (
    Strategy(
        "focused improvement",
        focused_improvement_batch,
        knowledge_gradient_batch,
        _OUTCOME,
        score=yields.focused_improvement,
        about="the best yield, wells kept near what is known to be good where the list is selected",
        formula="E max(f - best, 0), deviations of f times 0.25",
        source="bioal; see docs/choosing.md",
        signed=True,
    ),
    Strategy(
        "expected improvement",
        expected_improvement_batch,
        knowledge_gradient_batch,
        _OUTCOME,
        score=yields.expected_improvement,
        about="the best yield",
        formula="E max(f - best, 0)",
        source="Jones et al. 1998, doi 10.1023/A:1008306431147; Ament et al. 2023, arXiv 2310.20708",
        signed=True,
    ),
    Strategy(
        "probability of improvement",
        probability_batch,
        knowledge_gradient_batch,
        _OUTCOME,
        score=yields.improvement_chance,
        about="a better yield, however little better",
        formula="P(f > best)",
        source="Kushner 1964, doi 10.1115/1.3653121",
    ),
    Strategy(
        "upper confidence bound",
        confidence_bound_batch,
        knowledge_gradient_batch,
        _OUTCOME,
        score=yields.confidence_bound,
        about="a yield that may be high",
        formula="mean + 2 sd",
        source="Srinivas et al. 2010, arXiv 0912.3995; Wilson et al. 2017, arXiv 1712.00424",
        signed=True,
    ),
    Strategy(
        "thompson",
        thompson_batch,
        thompson_batch,
        _OUTCOME,
        score=yields.one_path,
        about="the best of one possible world after the other",
        formula="f drawn from the posterior",
        source="Thompson 1933, doi 10.1093/biomet/25.3-4.285",
        signed=True,
    ),
    Strategy(
        "variance",
        variance_batch,
        variance_batch,
        _MODEL,
        "unsure",
        score=scorings.spread,
        about="the yield is least known",
        formula="v_j, conditioned on the picks before",
        source="MacKay 1992, doi 10.1162/neco.1992.4.4.590",
    ),
    Strategy(
        "average variance",
        average_variance_batch,
        average_variance_batch,
        _MODEL,
        "teaches",
        score=scorings.average_variance,
        about="all other yields become better known (ALC, IMSE, expected variance reduction)",
        formula="mean_e S_ej^2 / (v_j + g)",
        source="Cohn et al. 1996, doi 10.1613/jair.295",
    ),
    Strategy(
        "random",
        random_batch,
        random_batch,
        _ANY,
        "random",
        score=scorings.anything,
        about="no choice: the baseline of every comparison",
        formula="U(0, 1)",
        source="Settles 2009, Active Learning Literature Survey, University of Wisconsin, TR 1648",
    ),
)

_BY_NAME = {known.name: known for known in _FOR_YIELD}


@cache
def _catalogue() -> Mapping[str, Strategy]:
    """Return the strategies beyond those for the best yield, by name."""
    # Some of them train learners: to load those takes longer than the usual proposal does without them.
    from bioal.strategies.catalogue import CATALOGUE  # noqa: PLC0415

    return {entry.name: _of_entry(entry) for entry in CATALOGUE}


# What the literature also calls them.
_ALIASES = {
    "alc": "average variance",
    "imse": "average variance",
    "expected variance reduction": "average variance",
    "alm": "variance",
    "ei": "expected improvement",
    "ucb": "upper confidence bound",
    "emcm": "model change",
    "emoc": "output change",
    "egl": "expected gradient length",
    "eer": "error reduction",
    "eqb": "query by bagging",
    "neqb": "normalised query by bagging",
    "amd": "maximum disagreement",
    "ms": "margin sampling",
    "ms-csv": "closest support vectors",
    "gsx": "core-set",
    "smallest margin": "margin",
}


def names() -> tuple[str, ...]:
    """Return the names of all strategies.

    >>> names()[0]
    'focused improvement'
    """
    return (*_BY_NAME, *_catalogue())


def also_called(name: str) -> tuple[str, ...]:
    """Return what else the literature calls the strategy of this name.

    >>> also_called("average variance")
    ('alc', 'imse', 'expected variance reduction')
    """
    return tuple(word for word, known in _ALIASES.items() if known == name)


def known_name(name: object) -> bool:
    """Return whether a strategy has this name, or is also called so."""
    return _known(str(name)) is not None


def strategy(name: str) -> Strategy:
    """Return the strategy of this name; raise UsageError, naming the valid ones, where there is none.

    The upper confidence bound takes its number of sds behind its name.

    >>> strategy("EER").name, strategy("ucb 0.5").formula
    ('error reduction', 'mean + 0.5 sd')
    """
    found = _known(str(name))
    if found is None:
        raise _unknown(name, ())
    return found


def require_strategy(name: str, also: tuple[str, ...] = ()) -> None:
    """Raise UsageError, naming the valid ones and what else is allowed, where there is no such strategy."""
    if _known(str(name)) is None:
        raise _unknown(name, also)


def _unknown(name: str, also: tuple[str, ...]) -> UsageError:
    near = get_close_matches(_plain(name), (*names(), *_ALIASES, *also), n=3)
    quoted = " or ".join([f'"{one}"' for one in near])
    hint = f" Did you mean {quoted}?" if near else ""
    presets = f"; or a preset: {', '.join(also)}" if also else ""
    return UsageError(
        f'There is no strategy "{name}".{hint} Strategies: {", ".join(names())}{presets}.'
    )


def _plain(name: str) -> str:
    return " ".join(str(name).lower().split())


def _known(asked: str) -> Strategy | None:
    plain = _plain(asked)
    known = _ALIASES.get(plain, plain)
    if known in _BY_NAME:
        return _BY_NAME[known]
    if bound := _BOUND.fullmatch(plain):
        return _bound_of(float(bound[1]))
    return _catalogue().get(known)


_BOUND = re.compile(r"(?:upper confidence bound|ucb) (\d{1,3}(?:\.\d{1,6})?)")


def _bound_of(weight: float) -> Strategy:
    """Return the upper confidence bound with so many sds."""
    return replace(
        _BY_NAME["upper confidence bound"],
        name=f"upper confidence bound {weight:g}",
        rule=partial(confidence_bound_batch, weight=weight),
        score=partial(yields.confidence_bound, weight=weight),
        formula=f"mean + {weight:g} sd",
    )
