"""From `[stopping]`, `[costs]` and `[prices]` of a file to when a campaign stops and what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bioal.protocol.costs import Costs, Price
from bioal.protocol.document import CostsEntry, PriceEntry, StoppingEntry
from bioal.protocol.findings import Findings, as_found, checked, place_of
from bioal.protocol.levels import written
from bioal.protocol.liquids import Liquids
from bioal.protocol.objective import Objective
from bioal.protocol.spelling import suggestion
from bioal.protocol.stopping import Stopping


def build_stopping(
    raw: Mapping[str, object], objective: Objective | None, findings: Findings
) -> Stopping | None:
    """Return the rules of `[stopping]`, None without the table."""
    if "stopping" not in raw:
        return None
    entry = checked(StoppingEntry, raw["stopping"], ("stopping",), findings)
    if entry is None:
        return None
    # Of an objective that is refused, nobody knows whether it has a target.
    hits = objective is not None and objective.direction == "target"
    reaches = objective is not None and not hits
    if entry.target is not None and hits:
        findings.note("stopping-target", "stopping.target", as_found(entry.target))
    if entry.within is not None and reaches:
        findings.note("stopping-within", "stopping.within", as_found(entry.within))
    if entry.cost is not None and not ("costs" in raw or "prices" in raw):
        findings.note("cost-unknown", "stopping.cost", as_found(entry.cost))
    limits = (entry.wells, entry.rounds, entry.cost, entry.target, entry.within)
    return Stopping(*limits, gain=entry.gain, stable=entry.stable)


def build_costs(raw: Mapping[str, object], liquids: Liquids | None, findings: Findings) -> Costs | None:
    """Return what a round costs, None where the file has neither `[costs]` nor `[prices]`."""
    if "costs" not in raw and "prices" not in raw:
        return None
    entry = checked(CostsEntry, raw.get("costs", {}), ("costs",), findings)
    prices = raw.get("prices", {})
    if not isinstance(prices, Mapping):
        findings.note("not-a-table", "prices", as_found(prices), what="prices")
        return None
    known = () if liquids is None else tuple(_priced(liquids))
    found = {str(name): _price(str(name), each, findings) for name, each in prices.items()}
    for name in prices:
        if str(name) not in known:
            _note_unknown(str(name), known, findings)
    stocks = {name: price for name, price in found.items() if price is not None}
    if entry is None or len(stocks) < len(found):
        return None
    return Costs(entry.currency, entry.condition, entry.well, entry.plate, stocks, entry.budget)


def _priced(liquids: Liquids) -> Iterable[str]:
    """Yield the names that a price may have: of components, and of their stocks."""
    for each in liquids.everything:
        yield each.name
        yield from (stock.name for stock in each.everything)


def _note_unknown(name: str, known: tuple[str, ...], findings: Findings) -> None:
    place = place_of("prices", name)
    if not known:
        findings.note("price-without-liquids", place, f"a price of {name!r}")
        return
    what = ", ".join(dict.fromkeys(known))
    remedy = suggestion(name, known) or "Correct the name, or take the price out."
    findings.note("price-unknown", place, repr(name), what=what, remedy=remedy)


def _price(name: str, raw: object, findings: Findings) -> Price | None:
    entry = checked(PriceEntry, raw, ("prices", name), findings)
    if entry is None:
        return None
    starts = [0.0, *(tier.above for tier in entry.tiers)]
    if starts != sorted(set(starts)):
        found = ", ".join(f"{written(start)} nL" for start in starts[1:])
        findings.note("price-tiers", place_of("prices", name, "tiers"), found)
        return None
    costs = [entry.price, *(tier.price for tier in entry.tiers)]
    return Price(tuple((start, cost / entry.per) for start, cost in zip(starts, costs, strict=True)))
