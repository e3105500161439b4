"""From `made` in a file to components: which stocks, what dispenses them, in which unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bioal.protocol.document import MadeEntry
from bioal.protocol.factors import Choice, Factor
from bioal.protocol.findings import Findings, as_found, checked, place_of
from bioal.protocol.instruments import Instruments
from bioal.protocol.levels import rounded, written
from bioal.protocol.liquids import Component, Device, Stock
from bioal.protocol.units import UnitError, amount_in, converted

SETTING = "setting"
Kind = Literal["factor", "fixed"]


@dataclass(frozen=True)
class Bench:
    """What the making of every component needs to know.

    Parameters
    ----------
    volume
        Of a well (nL).
    tied
        Factor -> the only values of other factors with which it is there.
    """

    instruments: Instruments
    device: Device
    volume: float
    factors: Mapping[str, Factor]
    tied: Mapping[str, Mapping[str, Sequence[object]]]
    findings: Findings


@dataclass(frozen=True)
class Making:
    """One `made` on its way to a component."""

    name: str
    kind: Kind
    unit: str
    entry: MadeEntry
    place: str
    bench: Bench

    def note(self, code: str, key: str, found: str, **words: object) -> None:
        """Note what is wrong with a key."""
        self.bench.findings.note(code, f"{self.place}.{key}" if key else self.place, found, **words)

    def amount(self, text: str, key: str) -> float | None:
        """Return a concentration in the component's unit; None, with a finding, where it cannot be one."""
        try:
            value, unit = amount_in(text, self.unit)
            value = converted(value, unit, self.unit, self.entry.molar_mass)
        except UnitError as error:
            self.note("unit-refused", key, as_found(text), what=self.unit or "no unit", why=str(error))
            return None
        if value <= 0:
            self.note("amount-refused", key, as_found(text))
            return None
        return value


def made_of(name: str, kind: Kind, unit: str, raw: object, bench: Bench) -> Making | None:
    """Return how something is made; None where it is a setting or, with findings, unsound."""
    at = ("factors" if kind == "factor" else "fixed", name, "made")
    if raw == SETTING:
        return None
    if not isinstance(raw, Mapping):
        found = "nothing" if raw is None else as_found(raw)
        bench.findings.note("not-made", place_of(*at), found, what=repr(name))
        return None
    entry = checked(MadeEntry, raw, at, bench.findings)
    return None if entry is None else Making(name, kind, unit, entry, place_of(*at), bench)


def component_of(making: Making) -> Component | None:
    """Return the component that an entry describes; None, with findings, where it describes none."""
    before = len(making.bench.findings.problems)
    device = _device(making)
    factor = making.bench.factors.get(making.name) if making.kind == "factor" else None
    parts = _choice(making, factor) if isinstance(factor, Choice) else _amount(making)
    contains = _contained(making)
    if device is None or parts is None or len(making.bench.findings.problems) > before:
        return None
    entry = making.entry
    return replace(
        parts,
        device=device,
        addition=1 if entry.addition is None else entry.addition,
        viscous=entry.viscous,
        molar_mass=entry.molar_mass,
        contains=contains,
    )


def _device(making: Making) -> Device | None:
    bench, entry = making.bench, making.entry
    device: Device | None = bench.device
    if entry.device is not None:
        device = bench.instruments.device(entry.device, f"{making.place}.device", bench.findings)
    if entry.source is None or device is None:
        return device
    source = bench.instruments.source(entry.source, f"{making.place}.source", bench.findings)
    return None if source is None else replace(device, source=source)


def _choice(making: Making, factor: Choice) -> Component | None:
    """Return a choice with a stock of its own for each option: so much of it, or so many nL."""
    _only(making, ("stocks", "amount", "without"), ("volume", "without"))
    entry = making.entry
    for option in entry.without:
        _known_option(making, factor, option, "without")
    if entry.volume is not None:
        names = [option for option in factor.options if option not in entry.without]
        stocks = {option: (Stock(f"{making.name} {option}"),) for option in names}
        return _draft(making, stocks, by=making.name, volume=entry.volume)
    if not isinstance(entry.stocks, dict) or entry.amount is None:
        making.note("choice-made", "", "neither volume nor stocks with amount", what=repr(factor.options[0]))
        return None
    # The amount is in the unit in which it is written: options themselves have none.
    own = replace(making, unit=_unit_in(entry.amount))
    amount = own.amount(entry.amount, "amount")
    found = _by_option(own, factor, entry.stocks)
    return None if amount is None else _draft(own, found, by=making.name, amount=amount)


def _unit_in(text: str) -> str:
    try:
        return amount_in(text)[1]
    except UnitError:
        return ""  # what is wrong with the amount is said where it is read


def _by_option(making: Making, factor: Choice, given: Mapping[str, str]) -> dict[str, tuple[Stock, ...]]:
    stocks: dict[str, tuple[Stock, ...]] = {}
    for option, text in given.items():
        place = place_of("stocks", option)
        _known_option(making, factor, option, place)
        concentration = making.amount(text, place)
        if concentration is not None:
            stocks[option] = (_soluble(making, f"{making.name} {option}", concentration, place),)
    return stocks


def _every_option(
    making: Making, factor: Choice, needed: Sequence[object], given: Mapping[str, str]
) -> None:
    """Note options whose stock nobody names: a concentration would be proposed and nothing dispensed."""
    missing = [option for option in factor.options if option in needed and option not in given]
    if missing:
        found = f"no stock for {' or '.join(map(repr, missing))}"
        making.note("option-without-stock", "stocks", found, what=factor.name, name=making.name)


def _known_option(making: Making, factor: Choice, option: str, key: str) -> None:
    if option not in factor.options:
        making.bench.findings.unknown(f"{making.place}.{key}", option, factor.options, "option")


def _amount(making: Making) -> Component | None:
    """Return a component that is made to a concentration, or (fixed parts alone) by volume."""
    entry, fixed = making.entry, making.kind == "fixed"
    by_volume: tuple[tuple[str, ...], ...] = (("volume",), ("fraction",)) if fixed else ()
    diluted = (("stock", "dilutions"), ("stocks", "dilutions"))
    if not _only(making, *diluted, *(() if fixed else (("stocks", "by"),)), *by_volume):
        return None
    if entry.volume is not None or entry.fraction is not None:
        volume = (entry.fraction or 0.0) * making.bench.volume if entry.volume is None else entry.volume
        return _draft(making, {"": (Stock(making.name),)}, volume=volume)
    if isinstance(entry.stocks, dict) or entry.by is not None:
        factor = making.bench.factors.get(entry.by or "")
        if not isinstance(factor, Choice) or not isinstance(entry.stocks, dict):
            making.note("stocks-by", "by", as_found(entry.by or entry.stocks), what=repr(making.name))
            return None
        needed = making.bench.tied.get(making.name, {}).get(factor.name, factor.options)
        _every_option(making, factor, needed, entry.stocks)
        return _draft(making, _by_option(making, factor, entry.stocks), by=factor.name)
    given = [entry.stock] if entry.stock is not None else list(entry.stocks or ())
    return _draft(making, {"": _listed(making, given)})


def _listed(making: Making, given: Sequence[str]) -> tuple[Stock, ...]:
    stocks = []
    for number, text in enumerate(given):
        key = "stock" if making.entry.stock is not None else place_of("stocks", number)
        concentration = making.amount(text, key)
        if concentration is None:
            continue
        name = (
            making.name
            if len(given) == 1
            else f"{making.name} {written(concentration)} {making.unit}".strip()
        )
        stocks.append(_soluble(making, name, concentration, key))
    diluted = [_dilution(stock, fold) for stock in stocks for fold in making.entry.dilutions]
    return tuple(sorted([*stocks, *diluted], key=lambda stock: stock.concentration or 0.0))


def _dilution(stock: Stock, fold: float) -> Stock:
    """Return an intermediate dilution of a stock, prepared at the bench for the smallest doses."""
    concentration = rounded((stock.concentration or 0.0) / fold)
    return replace(
        stock, name=f"{stock.name} 1:{written(fold)}", concentration=concentration, of=stock.name, fold=fold
    )


def _soluble(making: Making, name: str, concentration: float, key: str) -> Stock:
    given = making.entry.solubility
    solubility = None if given is None else making.amount(given, "solubility")
    if solubility is not None and concentration > solubility:
        unit = making.unit
        found = f"{written(concentration)} {unit} of {making.name}"
        making.note("stock-insoluble", key, found, what=f"{written(solubility)} {unit}")
    return Stock(name, concentration, making.unit, solubility)


def _only(making: Making, *forms: tuple[str, ...]) -> bool:
    """Return whether the keys that say how something is made are those of one form; note it where not."""
    keys = ("stock", "stocks", "by", "amount", "volume", "fraction", "without", "dilutions")
    given = {key for key in keys if getattr(making.entry, key) not in (None, [])}
    fitting = [form for form in forms if given and given <= set(form) and form[0] in given]
    if not fitting:
        words = "; ".join(" with ".join(form) for form in dict.fromkeys(forms))
        making.note("made-how", "", ", ".join(sorted(given)) or "no stock", what=words)
    return bool(fitting)


def _contained(making: Making) -> dict[str, float]:
    found = {}
    for name, text in making.entry.contains.items():
        factor = making.bench.factors.get(name)
        if factor is None:
            known = tuple(making.bench.factors)
            making.bench.findings.unknown(
                f"{making.place}.{place_of('contains', name)}", name, known, "factor"
            )
            continue
        amount = replace(making, unit=factor.unit).amount(text, place_of("contains", name))
        if amount is not None:
            found[name] = amount
    return found


def _draft(
    making: Making,
    stocks: Mapping[str, tuple[Stock, ...]],
    *,
    by: str = "",
    amount: float | None = None,
    volume: float | None = None,
) -> Component:
    return Component(making.name, making.kind, making.bench.device, stocks, by, amount, volume)
