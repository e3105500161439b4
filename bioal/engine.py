"""The one way to a batch: evidence and candidates in, conditions to measure next out.

`choose` fits the model, screens the candidates, lets the strategy pick, plate by plate, and says of each
pick why. Without evidence, or with next to none, the batch fills the space. Arrays only.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bioal.acquisition.allotment import Allotment, Rule, allotted
from bioal.acquisition.candidates import Candidates, Codes
from bioal.acquisition.designs import dealt, plate_designs
from bioal.acquisition.judging import Screen
from bioal.acquisition.reasons import all_for, by_lot, fewer, reasons
from bioal.acquisition.refining import LOOKS, looked_around
from bioal.acquisition.rows import distinct_rows, rows_among
from bioal.acquisition.screening import SHORT, Shortlist, listable, shortlist
from bioal.acquisition.streaming import Progress, silent
from bioal.acquisition.tasks import Task, utility_moments
from bioal.batch import Batch, Past, Settings
from bioal.evidence import Evidence, Floats
from bioal.models.outcomes import OutcomeEvidence
from bioal.models.posterior import Posterior
from bioal.models.threads import threads_for
from bioal.strategies.believing import NOT_YET, Belief, outcomes_believed, yield_believed
from bioal.strategies.choosing import strategy_of
from bioal.strategies.definition import Strategy
from bioal.strategies.views import View

__all__ = ["FEWEST", "Batch", "Past", "Settings", "choose", "choose_by"]

FEWEST = 3  # distinct measured conditions from which a model is asked
_SHORTLIST = (1000, 4000)
_STARTS = 64
_REPEATED = 512


def choose(
    evidence: Evidence | OutcomeEvidence | None,
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
        All observations of a yield, or all outcomes; with None, or fewer than three distinct conditions, the
        batch fills the space. Where a yield may fail (`settings.works`), those that worked.
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
        When there is no such model or strategy, or it does not work on such evidence.
    """
    chosen = strategy_of(settings.acquisition)
    chosen.require("outcomes" if isinstance(evidence, OutcomeEvidence) else "yields")
    measured = [] if evidence is None else [evidence.points]
    known = np.vstack([pending[:0], *measured, *(one.evidence.points for one in settings.works)])
    known = np.unique(known, axis=0)
    with threads_for(len(known)):
        if len(known) < FEWEST:
            return _start(candidates, settings, chosen, Past(taken, known, pending), rng)
        progress("learning from the results", 0.0)
        belief = _believed(evidence, settings, rng)
        if belief is None:
            return _start(candidates, settings, chosen, Past(taken, known, pending), rng)
        past = Past(taken, belief.known, pending)
        batch = choose_by(
            belief.counting, candidates, settings, past, rng, progress=progress, view=belief.view
        )
        batch = batch if belief.told is belief.counting else _told(batch, belief.told)
        return replace(batch, notes=(*batch.notes, *belief.notes))


def _told(batch: Batch, posterior: Posterior | None) -> Batch:
    """Return the batch with the predictions of another posterior than the one it was chosen by."""
    if posterior is None:
        unknown = np.full(len(batch), np.nan)
        return replace(batch, mean=unknown, sd=unknown, noise_sd=np.nan, model=None)
    mean, sd = posterior.mean_sd(batch.points)
    return replace(batch, mean=mean, sd=sd, noise_sd=posterior.noise_sd, model=posterior)


def _believed(
    evidence: Evidence | OutcomeEvidence | None, settings: Settings, rng: np.random.Generator
) -> Belief | None:
    """Return what the batch is chosen by; None where nothing is known to choose by."""
    if isinstance(evidence, OutcomeEvidence):
        return outcomes_believed(evidence, settings.model, settings.wanted, rng)
    if evidence is not None and len(np.unique(evidence.points, axis=0)) >= FEWEST:
        return yield_believed(
            evidence, settings.model, settings.utility, rng, required=settings.required, works=settings.works
        )
    if not settings.works:
        return None
    first = settings.works[0]
    found = outcomes_believed(first.evidence, first.model, first.codes, rng)
    return replace(found, told=None, notes=(NOT_YET,))


def choose_by(
    posterior: Posterior,
    candidates: Candidates,
    settings: Settings,
    past: Past,
    rng: np.random.Generator,
    *,
    progress: Progress = silent,
    view: View | None = None,
) -> Batch:
    """Return the batch that a fitted posterior asks for; `view` is what strategies see besides."""
    chosen = strategy_of(settings.acquisition)
    rule = chosen.seeing(view, repeats=settings.repeats)
    screen = replace(_screen(posterior, candidates, settings, past), progress=progress)
    size = int(np.clip(10 * settings.conditions, *_SHORTLIST))
    short = shortlist(screen, chosen.shares, size, 4 * max(settings.per_plate), rng)
    if settings.repeats:
        short = _with_repeats(short, screen, past)
    looks = _looks(short, screen, settings)
    progress("choosing", 0.0)
    task, lot = _picked(short, screen, past, settings, rule, rng)
    for look in range(looks):
        progress("choosing", (look + 1) / (looks + 1))
        short = looked_around(short, screen, lot.rows, rng)
        task, lot = _picked(short, screen, past, settings, rule, rng)
    picked, repeated = short.judged.rows(lot.rows), task.repeated[lot.rows]
    words = reasons(picked, short.reference, screen, repeated)
    return Batch(
        codes=picked.codes,
        points=task.points[lot.rows],
        mean=picked.mean,
        sd=picked.sd,
        noise_sd=posterior.noise_sd,
        reasons=by_lot(all_for(chosen.reason, words) if chosen.reason else words, lot.drawn),
        plate=lot.plate,
        notes=(*posterior.notes, *fewer(len(picked), settings.conditions)),
        model=posterior,
    )


def _picked(
    short: Shortlist, screen: Screen, past: Past, settings: Settings, rule: Rule, rng: np.random.Generator
) -> tuple[Task, Allotment]:
    """Return the task that a shortlist poses, and which of it the strategy picks."""
    task = _task(short, screen, past, settings)
    aiming = strategy_of(settings.acquisition).shares.improvement
    promise = screen.promise(task.mean, task.sd) if aiming else task.sd
    return task, allotted(task, rule, settings.per_plate, rng, settings=short.settings, promise=promise)


def _looks(short: Shortlist, screen: Screen, settings: Settings) -> int:
    """Return how often to look around the picks: where the space was searched for its best candidates."""
    searching = strategy_of(settings.acquisition).shares.improvement and not settings.repeats
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
