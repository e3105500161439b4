"""Money and wells: what a round costs, what is left to spend, and rounds cut to what they may cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from bioal.campaign.choosing import Chosen
from bioal.campaign.learning import without_round
from bioal.campaign.state import State
from bioal.errors import Problem, Refused
from bioal.plates.costing import Cost, cost_of
from bioal.plates.counting import WellCount
from bioal.plates.planning import bench_plan
from bioal.plates.rounds import Round
from bioal.protocol.costs import Costs
from bioal.protocol.protocol import Protocol
from bioal.report.words import counted

Lay = Callable[[Chosen], Round]


def cost_of_round(protocol: Protocol, round_: Round) -> Cost | None:
    """Return what a round costs; None where the protocol says nothing about costs."""
    return None if protocol.costs is None else cost_of(protocol, round_, bench_plan(protocol, round_))


def spent(state: State) -> float:
    """Return what all rounds cost, each by the prices of the protocol that it was proposed with."""
    found = (cost_of_round(state.laid_out(number), one.round) for number, one in state.rounds.items())
    return float(sum(cost.total for cost in found if cost is not None))


def wells_used(state: State) -> int:
    """Return how many wells all rounds take, controls included."""
    return sum(len(proposed.as_made) for proposed in state.rounds.values())


def budget_of(state: State, *, beyond: bool = False) -> float:
    """Return the most that the next round may cost: its budget and what is left of all; infinite for any.

    Parameters
    ----------
    beyond
        Whether a person goes on beyond the stopping rules, or confirms what came of all: then only the budget
        of a round holds.
    """
    costs, rules = state.protocol.costs, state.protocol.stopping
    most = np.inf if costs is None or costs.budget is None else costs.budget
    if rules is not None and rules.cost is not None and not beyond:
        most = min(most, rules.cost - spent(state))
    return float(most)


def budget_of_change(state: State, number: int) -> float:
    """Return the most that an open round may cost once it is changed; infinite for any."""
    rest, open_ = without_round(state, number), state.rounds[number]
    within, cost = budget_of(rest), cost_of_round(state.laid_out(number), open_.round)
    # A round that costs more was proposed beyond the stopping rules, which a person wanted.
    return budget_of(rest, beyond=cost is not None and cost.total > within)


def least_cost(protocol: Protocol, count: WellCount) -> float:
    """Return what a round of one condition costs at least: labour and plastic; stocks come on top.

    Parameters
    ----------
    count
        The wells that such a round takes.
    """
    costs = protocol.costs or Costs()
    plates = 0 if protocol.plate.in_vessels else count.plates
    return costs.condition + costs.well * count.used + costs.plate * plates


def within_budget(protocol: Protocol, chosen: Chosen, budget: float, lay: Lay) -> Chosen:
    """Return as many of the chosen conditions, the first first, as a round may hold that costs no more.

    Raises
    ------
    Refused
        When a single condition costs more.
    """
    def cost(count: int) -> float:
        found = cost_of_round(protocol, lay(chosen.first(count)))
        return 0.0 if found is None else found.total

    most = len(chosen.conditions)
    if np.isinf(budget) or cost(most) <= budget:
        return chosen
    if cost(1) > budget:
        raise Refused(_too_dear(protocol, cost(1), budget))
    # Source wells are filled in steps, so the cost need not rise with every condition: what fits was tried.
    fits, beyond = 1, most
    while beyond - fits > 1:
        middle = (fits + beyond) // 2
        fits, beyond = (middle, beyond) if cost(middle) <= budget else (fits, middle)
    said = counted(fits, "condition")
    paid = _in_money(protocol, budget)
    note = f"{said} instead of {most}: more would cost more than the {paid} that this round may."
    cut = chosen.first(fits)
    return Chosen(cut.conditions, cut.predictions, cut.plates, (*cut.notes, note))


def announced(protocol: Protocol, round_: Round, tell: Callable[[str], None]) -> None:
    """Tell what a round costs, before it is recorded."""
    cost = cost_of_round(protocol, round_)
    if cost is not None:
        tell(cost.words())


def repriced(protocol: Protocol, notes: Sequence[str], before: Round, after: Round) -> list[str]:
    """Return what is noted of a round that was changed, with what it costs now."""
    old, new = cost_of_round(protocol, before), cost_of_round(protocol, after)
    if old is None or new is None:
        return list(notes)
    return [new.words() if note == old.words() else note for note in notes]


def require_affordable(protocol: Protocol, round_: Round, budget: float) -> None:
    """Raise Refused where a person's own round costs more than it may."""
    cost = cost_of_round(protocol, round_)
    if cost is not None and cost.total > budget:
        raise Refused(_too_dear(protocol, cost.total, budget))


def _too_dear(protocol: Protocol, cost: float, budget: float) -> Problem:
    count = _in_money(protocol, cost)
    remedy = (
        "Take conditions out, raise costs.budget or stopping.cost with 'bioal amend', or go on beyond"
        " stopping.cost with --go-on."
    )
    return Problem("over-budget", f"a round of {count}", f"at most {_in_money(protocol, budget)}", remedy)


def _in_money(protocol: Protocol, amount: float) -> str:
    return f"{amount:,.2f}" if protocol.costs is None else protocol.costs.words(amount)
