"""Parts of a protocol in words, so that two versions can be held against each other."""

from __future__ import annotations

from collections.abc import Sequence

from bioal.protocol.definition import Control, Protocol
from bioal.protocol.levels import written
from bioal.protocol.objective import Readout
from bioal.protocol.units import volume_words


def liquids_words(protocol: Protocol) -> str:
    """Return what fills a well, from which stocks and by which devices."""
    liquids = protocol.liquids
    if liquids is None:
        return "not described"
    stocks = [
        f"{stock.name} {written(stock.concentration)} {stock.unit}".rstrip()
        if stock.concentration is not None
        else stock.name
        for each in liquids.components
        for stock in each.everything
    ]
    devices = dict.fromkeys(each.device.name for each in liquids.everything)
    said = f"{volume_words(liquids.volume)} of {', '.join(stocks)}, filled up with {liquids.filler.name}"
    return f"{said}, by {', '.join(devices)}"


def plate_words(protocol: Protocol) -> str:
    """Return the plate or vessels, and how they are filled."""
    setup = protocol.plate
    said = [
        f"{setup.words()} with {setup.replicates} of each condition",
        *(["laid out by hand"] if setup.layout == "by hand" else []),
        *(["filled by rows"] if setup.order == "rows" else []),
        *([f"named {', '.join(setup.vessels)}"] if setup.vessels else []),
        *([f"made by {', '.join(setup.operators)}"] if setup.operators else []),
        *(["each condition mixed once"] if setup.premix else []),
        *([f"the best {setup.carry_over} carried over"] if setup.carry_over else []),
    ]
    return ", ".join(said)


def objective_words(protocol: Protocol) -> str:
    """Return what is wanted."""
    aim = protocol.objective
    target = "" if aim.target is None else f" {written(aim.target)}"
    if aim.wish:
        return f"{aim.name} {aim.wish} ({aim.readout})"
    failing = ", which may fail" if aim.may_fail else ""
    return f"{aim.direction}{target} {aim.name} ({aim.readout}){failing}"


def proposal_words(protocol: Protocol) -> str:
    """Return how the next conditions are chosen."""
    wishes = protocol.proposal
    models = [name for name in (wishes.model, wishes.outcome_model) if name]
    return ", ".join([wishes.strategy or "the usual way", *(f"by the model {name}" for name in models)])


def stopping_words(protocol: Protocol) -> str:
    """Return after what no further round is proposed."""
    rules = protocol.stopping
    if rules is None:
        return "no rules"
    limits = {"wells": rules.wells, "rounds": rules.rounds, "cost": rules.cost, "target": rules.target}
    limits |= {"within": rules.within, "stable": rules.stable}
    said = [f"{name} {written(limit)}" for name, limit in limits.items() if limit is not None]
    return ", ".join([*said, *(["gain below noise"] if rules.gain else [])]) or "no rules"


def costs_words(protocol: Protocol) -> str:
    """Return what a round costs."""
    costs = protocol.costs
    if costs is None:
        return "not described"
    labour = {"condition": costs.condition, "well": costs.well, "plate": costs.plate}
    said = [f"{costs.words(price)} for a {name}" for name, price in labour.items() if price]
    for name, price in costs.stocks.items():
        steps = " then ".join(
            f"{costs.words(each * 1e6)} per mL{f' above {volume_words(start)}' if start else ''}"
            for start, each in price.tiers
        )
        said.append(f"{name} {steps}")
    return ", ".join([*said, *([f"at most {costs.words(costs.budget)} a round"] if costs.budget else [])])


def readouts_words(protocol: Protocol) -> str:
    """Return what is measured and how it becomes a yield."""
    return ", ".join(_readout(readout) for readout in (*protocol.readouts, *protocol.derived))


def _readout(readout: Readout) -> str:
    said = readout.normalised_words
    ends = ["" if end is None else written(end) for end in (readout.low, readout.high)]
    expected = f", expected {ends[0]} to {ends[1]}".rstrip() if any(ends) else ""
    nothing = "" if readout.no_product is None else f", no product is {written(readout.no_product)}"
    formula = "" if readout.formula is None else f" as {readout.formula.text}"
    required = "" if readout.require is None else f", required {readout.require.words}"
    read = f", read {readout.read}" if readout.read else ""
    curve = readout.standard
    standard = "" if curve is None else f", by a {curve.curve} curve of {curve.signal} ({curve.weights})"
    outcomes = _outcomes(readout)
    return f"{readout.heading}{formula}{said}{expected}{nothing}{required}{read}{standard}{outcomes}"


def _outcomes(readout: Readout) -> str:
    if readout.outcomes is None:
        return ""
    good = f", good: {readout.outcomes.wish}" if readout.outcomes.wanted else ""
    return f" ({readout.outcomes.words}{good})"


def controls_words(controls: Sequence[Control]) -> str:
    """Return the controls of each plate."""
    return "; ".join(_control(control) for control in controls) or "none"


def _control(control: Control) -> str:
    parts = {**control.condition, **control.fixed}
    said = [f"{name} {value if isinstance(value, str) else written(value)}" for name, value in parts.items()]
    return f"{control.wells} {control.title}" + (f" ({', '.join(said)})" if said else "")
