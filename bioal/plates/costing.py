"""What a round costs: stocks as they are prepared, and labour and plastic by condition, well and plate."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bioal.plates.rounds import Round
from bioal.plates.stock_volumes import stock_volumes
from bioal.plates.transfers import BenchPlan, Need
from bioal.protocol.arrays import Floats
from bioal.protocol.costs import COST, Costs, Price
from bioal.protocol.liquids import Component, Liquids, Stock
from bioal.protocol.protocol import Protocol


@dataclass(frozen=True)
class Cost:
    """What a round costs, by what it is spent on.

    Parameters
    ----------
    stocks
        Of all stocks as prepared, with excess and dead volumes.
    per_condition
        Total divided by the number of conditions.
    unpriced
        Stocks that have no price and count as free.
    """

    costs: Costs
    stocks: float
    conditions: float
    wells: float
    plates: float
    count: int
    unpriced: tuple[str, ...] = ()

    @property
    def total(self) -> float:
        """Return all of it."""
        return self.stocks + self.conditions + self.wells + self.plates

    @property
    def per_condition(self) -> float:
        """Return the total per condition."""
        return self.total / max(self.count, 1)

    def words(self) -> str:
        """Return the sum as a person reads it."""
        parts = {"stocks": self.stocks, "conditions": self.conditions, "wells": self.wells}
        parts["plates"] = self.plates
        said = ", ".join(f"{name} {self.costs.words(part)}" for name, part in parts.items() if part)
        free = f" Without a price: {', '.join(self.unpriced)}." if self.unpriced else ""
        whole = f"This round costs {self.costs.words(self.total)}"
        each = f"{self.costs.words(self.per_condition)} for each condition"
        return f"{whole} ({said}); {each}.{free}" if said else f"{whole}.{free}"


def cost_of(protocol: Protocol, round_: Round, plan: BenchPlan | None) -> Cost | None:
    """Return what a round costs; None where the protocol says nothing about costs.

    Parameters
    ----------
    plan
        Its transfers, where the protocol has liquids.
    """
    costs = protocol.costs
    if costs is None:
        return None
    needs = () if plan is None else plan.needs
    prices = {need.stock: _price(costs, need, protocol.liquids) for need in needs}
    amounts = {need.stock: need.prepare for need in needs}
    bought = [price.total(amounts[stock]) for stock, price in prices.items() if price is not None]
    count = len(round_.predictions)
    free = [stock for stock, price in prices.items() if price is None]
    return Cost(
        costs,
        sum(bought),
        costs.condition * count,
        costs.well * len(round_.samples),
        costs.plate * (0 if round_.in_vessels else len(round_.plates)),
        count,
        tuple(name for name in free if not _diluted(name, protocol.liquids)),
    )


def _diluted(name: str, liquids: Liquids | None) -> bool:
    """Return whether a stock is made from another, which is what is paid for."""
    found = _stocks(liquids).get(name)
    return found is not None and bool(found[0].of)


def _stocks(liquids: Liquids | None) -> dict[str, tuple[Stock, Component]]:
    everything = () if liquids is None else liquids.everything
    return {stock.name: (stock, each) for each in everything for stock in each.everything}


def _price(costs: Costs, need: Need, liquids: Liquids | None) -> Price | None:
    if _diluted(need.stock, liquids):
        return None
    return costs.stocks.get(need.stock) or costs.stocks.get(need.component)


def cost_of_conditions(protocol: Protocol, conditions: pd.DataFrame) -> Floats:
    """Return what each condition adds to the cost of a round, (n,): its wells at the first tier's prices."""
    costs, liquids = protocol.costs or Costs(), protocol.liquids
    replicates = protocol.plate.replicates
    volumes = stock_volumes(protocol, conditions)
    stocks = _stocks(liquids)
    total = pd.Series(0.0, index=conditions.index)
    for name in volumes.columns:
        stock, component = stocks[name]
        price = costs.stocks.get(stock.of or name) or costs.stocks.get(component.name)
        if price is not None and liquids is not None:
            total += volumes[name] / stock.fold * price.first * (1.0 + liquids.excess)
    return np.asarray(costs.condition + replicates * (costs.well + total.to_numpy(float)))


def with_costs(protocol: Protocol, conditions: pd.DataFrame) -> pd.DataFrame:
    """Return conditions with the column `cost` beside their factors, where a formula of readouts names it.

    It is that of `cost_of_conditions`; NaN for a condition that does not fit into its well.
    """
    named = any(one.formula is not None and COST in one.formula.names for one in protocol.derived)
    if not named or COST in conditions or any(one.name == COST for one in protocol.readouts):
        return conditions
    each = [_cost_or_nan(protocol, conditions.iloc[[at]]) for at in range(len(conditions))]
    return conditions.assign(**{COST: each})


def _cost_or_nan(protocol: Protocol, condition: pd.DataFrame) -> float:
    try:
        return float(cost_of_conditions(protocol, condition)[0])
    except ValueError:
        return math.nan
