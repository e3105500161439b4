"""The one way to a batch: evidence and candidates in, conditions to measure next out.

`choose` fits the model, screens the candidates, lets the strategy pick, plate by plate, and says of each
pick why. Without evidence, or with next to none, the batch fills the space. Arrays only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from bioal.acquisition.allotment import Allotment, allotted
from bioal.acquisition.candidates import Candidates, Codes
from bioal.acquisition.designs import dealt, plate_designs
from bioal.acquisition.judging import LISTABLE, Screen
from bioal.acquisition.reasons import all_for, fewer, reasons
from bioal.acquisition.refining import LOOKS, looked_around
from bioal.acquisition.rows import distinct_rows, rows_among
from bioal.acquisition.screening import SHORT, Shortlist, listable, shortlist
from bioal.acquisition.streaming import Progress, silent
from bioal.acquisition.tasks import Task, Utility, identity, utility_moments
from bioal.evidence import Evidence, Floats, Ints
from bioal.models.fitting import fit
from bioal.models.posterior import Posterior
from bioal.models.requiring import Required, where_required
from bioal.models.threads import threads_for
from bioal.strategies.registry import Strategy, strategy

FEWEST = 3  # distinct measured conditions from which a model is asked
PER_COST = (
    "focused improvement",
    "expected improvement",
    "probability of improvement",
    "upper confidence bound",
)
_SHORTLIST = (1000, 4000)
_STARTS = 64
_REPEATED = 512


@dataclass(frozen=True)
class Settings:
    """What is wanted of a batch.

    Parameters
    ----------
    conditions
        How many distinct conditions.
    model
        As for `bioal.models.fitting.fit`.
    acquisition
        The name of a strategy.
    utility
        Maps the readout to what is wanted, elementwise; larger is better.
    repeats
        Whether measured conditions compete with new ones.
    plates
        Conditions per plate, summing to `conditions`; None for a single plate.
    listable
        Up to how many candidates are looked at one by one; among more, the best are searched for.
    required
        What other readouts must be for a condition to count; each needs three distinct conditions measured.
    cost
        What measuring each candidate costs, (m, columns) -> (m,), where what is gained counts per cost; only
        the strategies of `PER_COST` do that.
    """

    conditions: int
    model: object = "auto"
    acquisition: str = "focused improvement"
    utility: Utility = identity
    repeats: bool = False
    plates: tuple[int, ...] | None = None
    listable: float = LISTABLE
    required: tuple[Required, ...] = ()
    cost: Callable[[Codes], Floats] | None = None

    def __post_init__(self) -> None:
        if self.conditions < 1:
            raise ValueError(f"A batch of {self.conditions} conditions was asked for; at least 1 is needed")
        if sum(self.per_plate) != self.conditions or min(self.per_plate) < 0:
            raise ValueError(f"Plates of {self.plates} conditions do not make {self.conditions}")

    @property
    def per_plate(self) -> tuple[int, ...]:
        """Return the conditions per plate."""
        return (self.conditions,) if self.plates is None else self.plates


@dataclass(frozen=True)
class Batch:
    """The conditions chosen, best first within each plate.

    Parameters
    ----------
    codes, points
        Shapes (count, columns) and (count, width).
    mean, sd
        The posterior's, of the readout, (count,); NaN in a start design.
    noise_sd
        The sd of one replicate about the function; NaN in a start design.
    reasons
        "start", "exploit", "explore", "repeat" or "random", one per row.
    plate
        Which of the plates a row is for, counted from 0, (count,).
    notes
        Sentences that a person should read.
    model
        The posterior, None in a start design.
    """

    codes: Codes
    points: Floats
    mean: Floats
    sd: Floats
    noise_sd: float
    reasons: tuple[str, ...]
    plate: Ints
    notes: tuple[str, ...]
    model: Posterior | None

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True)
class Past:
    """What must not or need not be measured again: `taken` codes; `known` and `pending` points."""

    taken: Codes
    known: Floats
    pending: Floats


def choose(
    evidence: Evidence | None,
    candidates: Candidates,
    settings: Settings,
    rng: np.random.Generator,
    *,
    taken: Codes,
    pending: Floats,
    progress: Progress = silent,
) -> Batch:
    """Return the batch to measure next.

    Parameters
    ----------
    evidence
        All observations; with None, or fewer than three distinct conditions, the batch fills the space.
    candidates, settings
        Where to choose from, and what is wanted.
    rng
        Source of every random draw: same seed, same batch.
    taken
        Codes (t, columns) measured or pending; proposed again only with `settings.repeats`, and then
        all of them may be: leave out those that are no candidates any more. Rows with a code below -1
        (off the grid) are never proposed.
    pending
        Points (p, width) chosen earlier and not measured yet.
    progress
        Told what is being done, and which share of it is done.

    Raises
    ------
    UsageError
        When there is no such model or acquisition.
    """
    chosen = strategy(settings.acquisition)
    known = pending[:0] if evidence is None else np.unique(evidence.points, axis=0)
    past = Past(taken, known, pending)
    with threads_for(len(known)):
        if evidence is None or len(known) < FEWEST:
            return _start(candidates, settings, chosen, past, rng)
        progress("learning from the results", 0.0)
        posterior = fit(evidence, settings.model, rng)
        if not settings.required:
            return choose_by(posterior, candidates, settings, past, rng, progress=progress)
        worst = float(evidence.values[np.argmin(settings.utility(evidence.values))])
        counting, notes = where_required(posterior, settings.required, worst, rng)
        batch = choose_by(counting, candidates, settings, past, rng, progress=progress)
        mean, sd = posterior.mean_sd(batch.points)
        return replace(batch, mean=mean, sd=sd, model=posterior, notes=(*batch.notes, *notes))


def choose_by(
    posterior: Posterior,
    candidates: Candidates,
    settings: Settings,
    past: Past,
    rng: np.random.Generator,
    *,
    progress: Progress = silent,
) -> Batch:
    """Return the batch that a fitted posterior asks for."""
    chosen = strategy(settings.acquisition)
    screen = replace(_screen(posterior, candidates, settings, past), progress=progress)
    size = int(np.clip(10 * settings.conditions, *_SHORTLIST))
    short = shortlist(screen, chosen.shares, size, 4 * max(settings.per_plate), rng)
    if settings.repeats:
        short = _with_repeats(short, screen, past)
    looks = _looks(short, screen, settings)
    progress("choosing", 0.0)
    task, lot = _picked(short, screen, past, settings, rng)
    for look in range(looks):
        progress("choosing", (look + 1) / (looks + 1))
        short = looked_around(short, screen, lot.rows)
        task, lot = _picked(short, screen, past, settings, rng)
    picked, repeated = short.judged.rows(lot.rows), task.repeated[lot.rows]
    words = reasons(picked, short.reference, screen, repeated)
    return Batch(
        codes=picked.codes,
        points=task.points[lot.rows],
        mean=picked.mean,
        sd=picked.sd,
        noise_sd=posterior.noise_sd,
        reasons=all_for(chosen.reason, words) if chosen.reason else words,
        plate=lot.plate,
        notes=(*posterior.notes, *fewer(len(picked), settings.conditions)),
        model=posterior,
    )


def _picked(
    short: Shortlist, screen: Screen, past: Past, settings: Settings, rng: np.random.Generator
) -> tuple[Task, Allotment]:
    """Return the task that a shortlist poses, and which of it the strategy picks."""
    chosen = strategy(settings.acquisition)
    task = _task(short, screen, past, settings)
    rule = chosen.repeating if settings.repeats else chosen.rule
    promise = screen.promise(task.mean, task.sd) if chosen.shares.improvement else task.sd
    return task, allotted(task, rule, settings.per_plate, rng, settings=short.settings, promise=promise)


def _looks(short: Shortlist, screen: Screen, settings: Settings) -> int:
    """Return how often to look around the picks: where the space was searched for its best candidates."""
    searching = strategy(settings.acquisition).shares.improvement and not settings.repeats
    # With settings of plates, each look compares the batches of many.
    alone = len(np.unique(short.settings)) < 2
    return LOOKS if searching and alone and not listable(screen, max(SHORT, screen.listable)) else 0


def _screen(posterior: Posterior, candidates: Candidates, settings: Settings, past: Past) -> Screen:
    incumbents = np.vstack([past.known, past.pending])
    mean, _ = utility_moments(*posterior.mean_sd(incumbents), settings.utility)
    usable = past.taken[(past.taken >= -1).all(axis=1)]
    starts = usable[:0]
    if len(usable):
        worth = settings.utility(posterior.mean(candidates.points(usable)))
        starts = usable[np.argsort(-worth, kind="stable")[:_STARTS]]
    return Screen(
        posterior=posterior,
        utility=settings.utility,
        incumbent=float(mean.max()),
        candidates=candidates,
        taken=past.taken,
        starts=starts,
        listable=settings.listable,
    )


def _with_repeats(short: Shortlist, screen: Screen, past: Past) -> Shortlist:
    """Return the shortlist with the best of what was measured or chosen before."""
    usable = past.taken[(past.taken >= -1).all(axis=1)]
    again = screen.judged(usable[distinct_rows(usable)])
    again = again.rows(np.argsort(-screen.worth(again), kind="stable")[:_REPEATED])
    settings = np.append(short.settings, screen.candidates.settings(again.codes))
    return replace(short, judged=short.judged.joined(again), settings=settings)


def _task(short: Shortlist, screen: Screen, past: Past, settings: Settings) -> Task:
    return Task(
        posterior=screen.posterior,
        utility=screen.utility,
        points=screen.candidates.points(short.judged.codes),
        mean=short.judged.mean,
        sd=short.judged.sd,
        known=past.known,
        pending=past.pending,
        reference=screen.candidates.points(short.reference.codes),
        repeated=rows_among(short.judged.codes, past.taken),
        count=0,
        selected=screen.candidates.selected,
        cost=None if settings.cost is None else settings.cost(short.judged.codes),
    )


def _start(
    candidates: Candidates, settings: Settings, chosen: Strategy, past: Past, rng: np.random.Generator
) -> Batch:
    if chosen.reason == "random":
        drawn = candidates.sample(settings.conditions + len(past.taken), rng)
        codes = drawn[~rows_among(drawn, past.taken)][: settings.conditions]
        plate = dealt(len(codes), settings.per_plate)
    else:
        beside = np.vstack([past.known, past.pending])
        codes, plate = plate_designs(candidates, settings.per_plate, rng, taken=past.taken, beside=beside)
    unknown = np.full(len(codes), np.nan)
    return Batch(
        codes=codes,
        points=candidates.points(codes),
        mean=unknown,
        sd=unknown,
        noise_sd=np.nan,
        reasons=("random" if chosen.reason == "random" else "start",) * len(codes),
        plate=plate,
        notes=fewer(len(codes), settings.conditions),
        model=None,
    )
