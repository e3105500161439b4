"""Whether the campaign has done its work: the rules of the protocol, and the one that fired, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from bioal.campaign.learning import Knowledge
from bioal.campaign.proposing import arithmetic
from bioal.campaign.spending import least_cost, spent, wells_used
from bioal.campaign.standing import Status, best_of, latest_model
from bioal.campaign.telling import material_of
from bioal.engine import FEWEST
from bioal.errors import NothingNew
from bioal.evidence import Floats
from bioal.models.chances import PERCENT
from bioal.protocol.levels import written
from bioal.protocol.stopping import CHANCE_STEP, Stopping
from bioal.report.findings import noise_of_the_good, outlook_of
from bioal.report.words import between, shown, with_unit

_TRIED = ("sample", "carried over", "history")
_SEED = 11  # the same campaign, the same answer


@dataclass(frozen=True)
class Fired:
    """A stopping rule of the protocol whose time has come: its name there, and why, in a sentence."""

    rule: str
    words: str

    def __str__(self) -> str:
        """Return both as one sentence."""
        return f"Stop, says the protocol (stopping.{self.rule}): {self.words}"


def fired(knowledge: Knowledge) -> tuple[Fired, ...]:
    """Return the stopping rules that have fired, in the order of the protocol; none without `[stopping]`."""
    if knowledge.state.protocol.stopping is None:
        return ()
    found = ((name, rule(knowledge)) for name, rule in _RULES.items())
    return tuple(Fired(name, words) for name, words in found if words)


def going_on(rules: tuple[Fired, ...], *, go_on: bool) -> tuple[str, ...]:
    """Return, for the record, that a person goes on though rules have fired; nothing where none has.

    Raises
    ------
    NothingNew
        Where a rule has fired and nobody said to go on.
    """
    if rules and not go_on:
        said = " ".join(map(str, rules))
        raise NothingNew(f"{said} To go on anyway: bioal propose --go-on")
    return tuple(f"Proposed all the same. {rule}" for rule in rules)


def with_stopping(status: Status, rules: tuple[Fired, ...]) -> Status:
    """Return a status that names the rules that fired; the next round is then only a possibility."""
    if not rules:
        return status
    next_ = f"{status.next} --go-on" if status.next == "bioal propose" else status.next
    return replace(status, stopped=tuple(map(str, rules)), next=next_)


def _wells(knowledge: Knowledge) -> str:
    limit, used = _limits(knowledge).wells, wells_used(knowledge.state)
    if limit is None or limit - used >= arithmetic(knowledge.state.protocol, 1, None).used:
        return ""
    rest = "" if used >= limit else ", and the rest does not hold one condition with its controls"
    return f"{used} of {limit} wells are used{rest}."


def _rounds(knowledge: Knowledge) -> str:
    limit, made = _limits(knowledge).rounds, len(knowledge.state.rounds)
    return "" if limit is None or made < limit else f"{made} of {limit} rounds were proposed."


def _cost(knowledge: Knowledge) -> str:
    limit, costs = _limits(knowledge).cost, knowledge.state.protocol.costs
    if limit is None or costs is None:
        return ""
    paid, protocol = spent(knowledge.state), knowledge.state.protocol
    if limit - paid >= max(least_cost(protocol, arithmetic(protocol, 1, None)), np.finfo(float).tiny):
        return ""
    rest = "" if paid >= limit else ", and the rest does not pay for one condition with its controls"
    return f"{costs.words(paid)} of {costs.words(limit)} are spent{rest}."


def _target(knowledge: Knowledge) -> str:
    rules, aim = _limits(knowledge), knowledge.state.protocol.objective
    if (rules.target is None and rules.within is None) or not _measured(knowledge):
        return ""
    best, _ = best_of(knowledge)
    if best is None:
        return ""
    if rules.target is not None:
        met = best.low >= rules.target if aim.direction == "maximize" else best.high <= rules.target
        side = "at least" if aim.direction == "maximize" else "at most"
        wanted = f"{side} {with_unit(written(rules.target), best.unit)}"
    else:
        reach = max(abs(best.low - (aim.target or 0.0)), abs(best.high - (aim.target or 0.0)))
        met = reach <= (rules.within or 0.0)
        wanted = f"within {written(rules.within or 0.0)} of {written(aim.target or 0.0)}"
    said = with_unit(between(best.low, best.high), best.unit)
    return f"{best.condition} has {said} (90 % interval), {wanted}." if met else ""


def _gain(knowledge: Knowledge) -> str:
    if not _limits(knowledge).gain or not _measured(knowledge) or not knowledge.state.rounds:
        return ""
    if not _wanted_seen(knowledge):
        return ""
    found, (least, why) = outlook_of(material_of(knowledge), np.random.default_rng(_SEED)), _least(knowledge)
    rise = np.inf if found is None else min(found.plate, _room(knowledge))
    if rise >= least:
        return ""
    unit = knowledge.state.protocol.readout.evaluated_unit
    raised, noise = (with_unit(shown(one, least), unit) for one in (rise, least))
    return f"another round is expected to raise the best by {raised}, {why.format(noise)}."


def _stable(knowledge: Knowledge) -> str:
    wanted = _limits(knowledge).stable
    merged = sorted(number for number in knowledge.state.rounds if knowledge.state.merged(number))
    if wanted is None or len(merged) < wanted + 1 or not _wanted_seen(knowledge):
        return ""
    steps = merged[-wanted - 1 :]
    predicted = [_predicted_after(knowledge, number) for number in steps]
    if any(one is None for one in predicted):
        return ""
    known = [one for one in predicted if one is not None]
    moves = [float(np.sqrt(np.mean((b - a) ** 2))) for a, b in pairwise(known)]
    least, why = _least(knowledge)
    if max(moves) >= least:
        return ""
    unit = knowledge.state.protocol.readout.evaluated_unit
    moved, noise = (with_unit(shown(one, least), unit) for one in (max(moves), least))
    rounds = "the last round" if wanted == 1 else f"each of the last {wanted} rounds"
    return f"{rounds} moved the predictions by {moved} or less, {why.format(noise)}."


def _least(knowledge: Knowledge) -> tuple[float, str]:
    """Return below what a difference is none, and why, to be filled in with it.

    The share of wells that say yes scatters by up to half of all, whatever is known, and by nothing where all
    say no: it is no measure of what is worth a round, so for chances there is a fixed one.
    """
    if knowledge.outcomes is not None:
        return CHANCE_STEP, "less than the {} of the chance from which a difference counts"
    model = knowledge.posterior(latest_model(knowledge.state))
    noise = noise_of_the_good(material_of(knowledge), model)
    return noise, "and the mean of a good condition's wells scatters by {}"


def _room(knowledge: Knowledge) -> float:
    """Return how far the best can rise: a chance to 100 %, which its joint draws do not know."""
    best, _ = best_of(knowledge)
    return np.inf if knowledge.outcomes is None or best is None else PERCENT - best.mean


def _wanted_seen(knowledge: Knowledge) -> bool:
    """Return whether a wanted outcome was seen in a condition that is no control; true of numbers.

    Where it never was, all is predicted to stay as it is because nothing is known of it.
    """
    seen = knowledge.outcomes
    if seen is None:
        return True
    samples = knowledge.carried.samples
    tried = set(samples.loc[samples["role"].isin(_TRIED), "condition"])
    wanted = seen.table["code"].isin(seen.outcomes.codes) & (seen.table["called"] > 0)
    return bool((wanted & seen.table["condition"].isin(tried)).any())


def _predicted_after(knowledge: Knowledge, number: int) -> Floats | None:
    """Return what was predicted, at all conditions known today, when a round had just been merged."""
    state = knowledge.state
    # Old data belong to no round and were known all the time.
    later = state.samples.index[state.samples["round"] > number]
    returned = (one[~one["sample"].isin(later)] for one in state.returned)
    then = Knowledge(replace(state, returned=tuple(one for one in returned if len(one))))
    if not _measured(then):
        return None
    return then.posterior(latest_model(state)).mean(_points(knowledge))


def _limits(knowledge: Knowledge) -> Stopping:
    return knowledge.state.protocol.stopping or Stopping()


def _measured(knowledge: Knowledge) -> bool:
    return bool(len(knowledge.observations)) and len(_points(knowledge)) >= FEWEST


def _points(knowledge: Knowledge) -> Floats:
    """Return the distinct measured points, (n, width)."""
    seen = knowledge.outcomes
    return np.unique(knowledge.evidence.points if seen is None else seen.evidence.points, axis=0)


_RULES: Mapping[str, Callable[[Knowledge], str]] = {
    "wells": _wells,
    "rounds": _rounds,
    "cost": _cost,
    "target": _target,
    "gain": _gain,
    "stable": _stable,
}
