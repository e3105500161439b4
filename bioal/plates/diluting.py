"""Intermediate dilutions: prepared at the bench from a stock and the filler, so both are needed besides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bioal.plates.transfers import Need
from bioal.protocol.levels import written
from bioal.protocol.liquids import Liquids, Stock
from bioal.protocol.units import volume_words


def with_dilutions(needs: Sequence[Need], liquids: Liquids) -> tuple[Need, ...]:
    """Return needs in which dilutions say what they are made of, and what they take is prepared too."""
    stocks = {stock.name: (stock, each) for each in liquids.everything for stock in each.everything}
    found = {need.stock: need for need in needs}
    for need in needs:
        stock, component = stocks[need.stock]
        if not stock.of:
            continue
        taken, rest = need.prepare / stock.fold, need.prepare * (1.0 - 1.0 / stock.fold)
        filler = liquids.filler.name
        said = f"{volume_words(taken)} of {stock.of} with {volume_words(rest)} of {filler}"
        found[need.stock] = replace(need, note=f"Dilute 1:{written(stock.fold)}: {said}.")
        base = found.get(stock.of) or _unused(stocks[stock.of][0], component.name, need.device)
        found[stock.of] = replace(base, prepare=round(base.prepare + taken, 6))
        if filler in found:
            found[filler] = replace(found[filler], prepare=round(found[filler].prepare + rest, 6))
    order = {name: number for number, name in enumerate(stocks)}
    return tuple(sorted(found.values(), key=lambda need: order[need.stock]))


def _unused(stock: Stock, component: str, device: str) -> Need:
    """Return the need of a stock that is only diluted."""
    said = f"{written(stock.concentration or 0.0)} {stock.unit}".strip()
    return Need(stock.name, component, device, said, 0.0, 0.0, ())
