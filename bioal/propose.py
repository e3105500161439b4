"""The next conditions from one table: `propose(table, objective="yield", conditions=24)`.

For notebooks: no files, nothing remembered. A row is a condition with its yield, equal rows are
replicates, a blank yield means not measured. Without a protocol the blank rows are the candidates; with
one, its space is.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from numbers import Real
from pathlib import Path

import numpy as np
import pandas as pd

from bioal.acquisition.candidates import Listed, is_selection
from bioal.acquisition.judging import LISTABLE
from bioal.acquisition.streaming import Progress, silent
from bioal.acquisition.tasks import Utility
from bioal.campaign.naming import named
from bioal.campaign.tabled_outcomes import aims_of, outcome_evidence, works_known
from bioal.engine import Batch, Settings, choose
from bioal.errors import DataWarning, UsageError
from bioal.evidence import Evidence, Ints
from bioal.measurements.tabled import Tabled, tabled
from bioal.models.chances import Chances
from bioal.models.noise import moderated_variances
from bioal.models.outcomes import OutcomeEvidence
from bioal.protocol.definition import Protocol
from bioal.protocol.objective import Direction, Objective
from bioal.strategies.choosing import Named
from bioal.strategies.presets import chosen_by, one_strategy, played
from bioal.strategies.wording import USUAL

__all__ = ["propose"]

Seen = Evidence | OutcomeEvidence | None
MOST_LISTABLE = 1e12  # more than that takes years on any cluster


def propose(  # noqa: PLR0913 -- a notebook names what it needs; all but three are keywords
    table: pd.DataFrame,
    objective: str = "yield",
    conditions: int = 24,
    *,
    factors: Sequence[str] | None = None,
    direction: Direction | float = "maximize",
    plate: str | None = None,
    variance: str | None = None,
    replicates: bool = False,
    protocol: Protocol | str | Path | None = None,
    model: object = "auto",
    strategy: Named | None = None,
    acquisition: Named | None = None,
    preset: str | None = None,
    turn: int = 1,
    outcomes: Sequence[str] | None = None,
    ordered: bool = True,
    wanted: str | Sequence[str] | None = None,
    works: str | None = None,
    listable: float = LISTABLE,
    seed: int = 0,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Return the conditions to measure next, with what is expected of them and why.

    Parameters
    ----------
    table
        A row per condition or sample; equal rows are replicates. It is not changed.
    objective
        The column to improve; blank (NaN) where a row has not been measured.
    conditions
        How many conditions to choose.
    factors
        The columns that were varied; by default all but those named otherwise. Numbers are numeric
        factors; text, booleans and categories are choices.
    direction
        "maximize", "minimize", or a number that the objective is to hit. A protocol brings its own.
    plate
        The column that names the plate of a row; plates may differ by an offset.
    variance
        The column that holds the variance of each row's value, where it is known.
    replicates
        Whether measured conditions may be proposed again, if that teaches more than a new one.
    protocol
        A protocol, or its file: its space holds the candidates, and blank rows count as pending.
    model
        What learns: "auto", "gp", "mixture", "forest", "extra trees", "boosting" or a regressor of
        scikit-learn; of outcomes "auto", "gp", "logistic", "svm", "forest", "extra trees", "committee",
        "proportional odds" or a classifier.
    strategy
        How the next rows are chosen: a name that `bioal strategies` lists, several put together
        ("0.7 margin + 0.3 random", "entropy x core-set", "margin, 20 % random"), or a function of a pool and
        a random generator. "focused improvement" by default. `acquisition` is another word for it.
    preset, turn
        A published workflow, "metis", "borkowski", "art" or "edbo" (`bioal.strategies.presets`), in the place
        of model and strategy; and which round this is, since some change from round to round.
    outcomes, ordered, wanted
        Where the objective is a word: all words, from worst to best unless they have no order, and which are
        wanted (the last by default). A protocol brings its own.
    works
        The column of true and false that says whether a row worked. Where it failed there is no yield, and
        the chance to work, learnt from this column, multiplies what a condition promises.
    listable
        A protocol's conditions are looked at one by one up to so many, on all cores or where a surrounding
        `joblib.parallel_config` says (a dask or ray cluster); among more, the best are searched for.
    seed
        Same table, versions and seed: same answer.
    progress
        Told, as it goes, what is being done and which share of it is done; nothing is shown by default.

    Returns
    -------
    The chosen rows of the table, best first, with their index, and `predicted_mean`, `predicted_sd` (of
    the condition's true value; NaN in a first design) and `reason`: start, exploit, explore, repeat or
    random. With a protocol the rows are new ones. `attrs["notes"]` holds what the model noticed. With
    outcomes, `predicted_mean` is the chance of what is wanted in percent, and columns `chance of none` ...
    have that of each outcome.

    Raises
    ------
    Refused
        When the table cannot be used; `.problems` lists every reason.
    UsageError
        When an option cannot be used.

    Examples
    --------
    >>> table = pd.DataFrame({"Mg [mM]": [2, 4, 6, 8], "yield": [1.0, np.nan, np.nan, np.nan]})
    >>> propose(table, conditions=2)["reason"].tolist()
    ['start', 'start']
    """
    plan = _plan(protocol)
    aims = aims_of(outcomes, wanted, ordered=ordered) if plan is None else plan.readout.outcomes
    utility = _utility(direction) if plan is None else plan.objective.score
    asked = chosen_by(one_strategy(strategy, acquisition), preset)
    chosen_model, chosen_strategy = played(model, _strategy(asked, plan), _checked_turn(turn))
    settings = _settings(conditions, chosen_model, chosen_strategy, utility, replicates=replicates)
    if not isinstance(listable, Real) or not 0 < float(listable) <= MOST_LISTABLE:
        raise UsageError(
            f"listable={listable!r}: write how many conditions to look at, up to {MOST_LISTABLE:g}."
        )
    settings = replace(settings, listable=float(listable))
    beside = {"factors": factors, "plate": plate, "variance": variance, "works": works}
    known = tabled(table, objective, **beside, plan=plan, outcomes=aims)
    seen = _evidence(known) if aims is None else outcome_evidence(known, aims)
    codes = () if aims is None else aims.codes
    settings = replace(settings, works=works_known(known), wanted=codes)
    rng = np.random.default_rng(seed)
    if plan is None:
        batch, rows = _from_rows(known, seen, settings, rng, progress)
        chosen = table.iloc[rows].copy()
        chosen[objective] = np.nan
    else:
        batch = _from_space(known, seen, settings, rng, progress)
        chosen = known.space.conditions(batch.codes)
    if isinstance(batch.model, Chances) and aims is not None:
        for name, found in zip(aims.names, batch.model.each(batch.points), strict=True):
            chosen[f"chance of {name}"] = found.mean
    return _answer(chosen, batch, conditions, named(batch.notes, known.space.names, _places(known, table)))


def _checked_turn(turn: int) -> int:
    if not isinstance(turn, (int, np.integer)) or turn < 1:
        raise UsageError(f"turn={turn!r}: write which round this is, 1 or more.")
    return int(turn)


def _plan(protocol: Protocol | str | Path | None) -> Protocol | None:
    if not isinstance(protocol, (str, Path)):
        return protocol
    # Reading one, as text or as a workbook, takes libraries that a table of one's own does without.
    from bioal.sheets.protocol_returned import protocol_from_path  # noqa: PLC0415

    return protocol_from_path(protocol)


def _utility(direction: Direction | float) -> Utility:
    if isinstance(direction, Real) and np.isfinite(float(direction)):
        return Objective("objective", "objective", "target", float(direction)).score
    if direction not in ("maximize", "minimize"):
        raise UsageError(f'direction={direction!r}: write "maximize", "minimize", or the number to hit.')
    return Objective("objective", "objective", direction).score


def _strategy(asked: Named | None, plan: Protocol | None) -> Named:
    """Return the strategy asked for, else the protocol's, else the usual one."""
    return asked or (plan.proposal.strategy if plan is not None else "") or USUAL


def _settings(
    conditions: int, model: object, acquisition: Named, utility: Utility, *, replicates: bool
) -> Settings:
    if not isinstance(conditions, (int, np.integer)) or conditions < 1:
        raise UsageError(f"conditions={conditions!r}: write how many to choose, 1 or more.")
    return Settings(int(conditions), model, acquisition, utility, repeats=replicates)


def _from_rows(
    known: Tabled, seen: Seen, settings: Settings, rng: np.random.Generator, progress: Progress
) -> tuple[Batch, list[int]]:
    """Return the batch from the blank rows, and the table row of each pick."""
    measured = known.conditions_measured
    blank = known.conditions_blank
    offered = np.flatnonzero(blank | measured if settings.repeats else blank & ~measured)
    candidates = Listed(known.points[offered], selected=is_selection(known.points, known.space.groups))
    taken = np.flatnonzero(measured[offered])[:, None]
    none = known.points[:0]
    batch = choose(seen, candidates, settings, rng, taken=taken, pending=none, progress=progress)
    return batch, [int(row) for row in known.first_rows[offered[batch.codes[:, 0]]]]


def _from_space(
    known: Tabled, seen: Seen, settings: Settings, rng: np.random.Generator, progress: Progress
) -> Batch:
    """Return the batch from the protocol's space; blank rows that nobody measured are pending."""
    space, measured = known.space, known.conditions_measured
    taken = space.codes(known.conditions)
    if settings.repeats:
        taken = taken[space.feasible(taken) & (taken >= -1).all(axis=1)]
    pending = known.points[~measured]
    return choose(seen, space, settings, rng, taken=taken, pending=pending, progress=progress)


def _evidence(known: Tabled) -> Evidence | None:
    """Return what the measured rows say, one observation per condition and plate; None without any."""
    rows, groups, which = _grouped(known)
    if not len(rows):
        return None
    counts = np.bincount(which)
    given = known.variances[rows]
    means = np.bincount(which, known.values[rows]) / counts
    variances = np.bincount(which, given) / counts**2
    # Where nobody gave a variance, the replicates tell theirs, moderated by one another.
    squares = np.bincount(which, (known.values[rows] - means[which]) ** 2)
    sampled = np.where(counts > 1, squares / np.maximum(counts - 1, 1), np.nan)
    sampled = moderated_variances(sampled, counts, means) / counts
    space, bound = known.space, np.full(len(groups), np.inf)
    return Evidence(
        points=known.points[groups[:, 0]],
        values=means,
        variances=np.where(np.isfinite(variances), variances, sampled),
        counts=counts,
        plates=groups[:, 1],
        sources=np.zeros(len(groups), np.intp),
        lower=-bound,
        upper=bound,
        groups=space.groups,
        categorical=space.categorical,
    )


def _grouped(known: Tabled) -> tuple[Ints, Ints, Ints]:
    """Return the measured rows, condition and plate of each observation, and the observation of each row."""
    rows = np.flatnonzero(np.isfinite(known.values))
    both = np.column_stack([known.condition[rows], known.plates[rows]])
    groups, which = np.unique(both, axis=0, return_inverse=True)
    return rows, groups, np.asarray(which.ravel(), np.intp)


def _places(known: Tabled, table: pd.DataFrame) -> list[str]:
    """Return the first row of each observation, by its index, as people find it."""
    rows, _, which = _grouped(known)
    return [f"Row {table.index[row]}" for row in rows[np.unique(which, return_index=True)[1]]]


def _answer(chosen: pd.DataFrame, batch: Batch, asked: int, notes: tuple[str, ...]) -> pd.DataFrame:
    chosen["predicted_mean"] = batch.mean
    chosen["predicted_sd"] = batch.sd
    chosen["reason"] = list(batch.reasons)
    chosen.attrs["notes"] = list(notes)
    if len(batch) < asked:
        warnings.warn(notes[-1], DataWarning, stacklevel=3)
    return chosen
