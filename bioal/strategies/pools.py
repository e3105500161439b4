"""What a strategy sees: a pool of candidates, what is known of them, and how many are wanted.

A pool is a batch rule's `Task` with what the strategies need besides: the model of outcomes, and what was
measured. It is made from a belief about a yield (`pool_of`) or about outcomes (`outcome_pool`); whichever is
missing is derived from the other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bioal.acquisition.rows import distinct_rows, rows_among
from bioal.acquisition.tasks import Task, identity
from bioal.evidence import Bools, Floats, Ints
from bioal.models.chances import chances_of
from bioal.models.ordinal_process import OrdinalProcess
from bioal.models.outcomes import OutcomeEvidence, OutcomeModel
from bioal.models.posterior import Posterior
from bioal.strategies.derived import Passing, expected_rank
from bioal.strategies.diversity import scaled_points

GOOD_SHARE = 0.75  # a yield passes where it beats this share of what was measured


@dataclass(frozen=True)
class Pool:
    """Candidates with all that is believed and known.

    Parameters
    ----------
    task
        Candidates, belief about the yield (or the expected rank of the outcome), points measured and pending.
    outcomes
        Belief about the outcome (or about passing a threshold).
    values
        What the yield was, or is believed to be, at `task.known`, in units of the utility, (k,).
    codes
        Which outcome was seen at `task.known`, (k,).
    groups, categorical
        As in `Evidence`, (width,).
    repeats
        Whether what was measured or chosen before may be chosen again.
    wanted
        The classes that count as a success; none named means the last.
    """

    task: Task
    outcomes: OutcomeModel
    values: Floats
    codes: Ints
    groups: Ints
    categorical: Bools
    repeats: bool = False
    wanted: tuple[int, ...] = ()

    @cached_property
    def probabilities(self) -> Floats:
        """Return the probability of each outcome at the candidates, (m, classes)."""
        if isinstance(self.outcomes, Passing):
            return self.outcomes.chances(self.task.mean, self.task.sd)
        return self.outcomes.predict_proba(self.task.points)

    @cached_property
    def expected_entropy(self) -> Floats:
        """Return the entropy of the outcome with the function known, at the candidates, (m,)."""
        if isinstance(self.outcomes, Passing):
            return self.outcomes.entropy_within(self.task.mean, self.task.sd)
        return self.outcomes.expected_entropy(self.task.points)

    @cached_property
    def scaled(self) -> Floats:
        """Return the candidates with a different option counting as 1, (m, width)."""
        return scaled_points(self.task.points, self.categorical)

    @cached_property
    def occupied(self) -> Floats:
        """Return the points measured and pending, scaled like the candidates, (k + p, width)."""
        return scaled_points(np.vstack([self.task.known, self.task.pending]), self.categorical)

    @property
    def successes(self) -> tuple[int, ...]:
        """Return the classes that count as a success."""
        return self.wanted or (self.outcomes.classes - 1,)

    @property
    def about_yield(self) -> bool:
        """Return whether a yield is believed in, and the outcome only derived from it."""
        return isinstance(self.outcomes, Passing)

    @property
    def decided(self) -> bool:
        """Return whether two different outcomes were seen, so that a classifier has something to learn."""
        return len(np.unique(self.codes)) > 1

    @property
    def evidence(self) -> OutcomeEvidence:
        """Return the outcomes seen, one each."""
        return OutcomeEvidence(
            points=self.task.known,
            codes=self.codes,
            weights=np.ones(len(self.codes)),
            classes=self.outcomes.classes,
            ordered=self.outcomes.classes == 2,
            groups=self.groups,
            categorical=self.categorical,
        )

    def allowed(self) -> Ints:
        """Return which rows may be chosen: each distinct candidate once, known ones only for repeats."""
        keep = distinct_rows(_bits(self.task.points))
        if self.repeats:
            return keep
        past = _bits(np.vstack([self.task.known, self.task.pending]))
        fresh = ~rows_among(_bits(self.task.points[keep]), past) & ~self.task.repeated[keep]
        return keep[fresh]

    def rows(self, keep: Ints, count: int) -> Pool:
        """Return the pool of some candidates, of which so many are wanted."""
        return replace(self, task=replace(self.task.of(keep), count=count))


def with_pending(pool: Pool, points: Floats) -> Pool:
    """Return the pool with further points taken as pending."""
    task = pool.task
    return replace(pool, task=replace(task, pending=np.vstack([task.pending, points])))


def pool_of(
    task: Task,
    *,
    threshold: float | None = None,
    values: Floats | None = None,
    groups: Ints | None = None,
    categorical: Bools | None = None,
    repeats: bool = True,
) -> Pool:
    """Return the pool of a task about a yield.

    Parameters
    ----------
    task
        As for batch rules.
    threshold
        What a yield must beat to pass, in units of the utility; None for the upper quartile of `values`.
    values
        What was measured at `task.known`, in units of the utility; None for what is believed of it.
    groups, categorical
        As in `Evidence`; None for one numeric factor per column.
    repeats
        Whether measured conditions may be chosen; a task lists only what may be.
    """
    believed = task.utility(task.posterior.mean(task.known))
    values = believed if values is None else values
    if threshold is None:
        threshold = float(np.quantile(values, GOOD_SHARE)) if len(values) else 0.0
    width = task.points.shape[1]
    return Pool(
        task=task,
        outcomes=Passing(task.posterior, task.utility, threshold),
        values=values,
        codes=(values > threshold).astype(np.intp),
        groups=np.arange(width, dtype=np.intp) if groups is None else groups,
        categorical=np.zeros(width, bool) if categorical is None else categorical,
        repeats=repeats,
    )


def outcome_pool(
    evidence: OutcomeEvidence,
    outcomes: OutcomeModel,
    points: Floats,
    count: int,
    *,
    pending: Floats | None = None,
    reference: Floats | None = None,
    wanted: tuple[int, ...] = (),
) -> Pool:
    """Return the pool of candidates (m, width) whose outcomes are wanted; later classes are better.

    Parameters
    ----------
    evidence, outcomes
        What was seen, and the model fitted to it.
    points, count
        Candidates, and how many of them are wanted.
    pending, reference
        Points chosen but not measured; points where the model is to become better (None: the candidates).
    wanted
        The classes that count as a success; none named means the last.
    """
    none = evidence.points[:0]
    reference = points if reference is None else reference
    posterior = belief_of(outcomes, wanted, reference, ordered=evidence.ordered)
    mean, sd = posterior.mean_sd(points)
    task = Task(
        posterior=posterior,
        utility=identity,
        points=points,
        mean=mean,
        sd=sd,
        known=evidence.points,
        pending=none if pending is None else pending,
        reference=reference,
        repeated=np.zeros(len(points), bool),
        count=count,
    )
    values = posterior.mean(evidence.points)
    return Pool(
        task, outcomes, values, evidence.codes, evidence.groups, evidence.categorical, wanted=wanted
    )


def belief_of(
    outcomes: OutcomeModel, wanted: tuple[int, ...], reference: Floats, *, ordered: bool
) -> Posterior:
    """Return what serves as the yield where outcomes are wanted, its noise that at reference points.

    Where the upper outcomes are wanted it is the hidden function of a Gaussian process, or else the expected
    rank: a condition that is nearly good is better than one that is bad. Otherwise it is the chance of what
    is wanted.
    """
    upper = not wanted or tuple(wanted) == tuple(range(outcomes.classes - len(wanted), outcomes.classes))
    if upper and isinstance(outcomes, OrdinalProcess):
        return outcomes
    if upper and (ordered or not wanted):
        return expected_rank(outcomes, reference)
    worth = np.isin(np.arange(outcomes.classes), wanted).astype(float)
    return chances_of(outcomes, worth, reference)


def _bits(points: Floats) -> Ints:
    """Return points as integers that are equal where the numbers are."""
    # Minus zero and zero are one number and two patterns of bits.
    return np.ascontiguousarray(points + 0.0).view(np.int64)
