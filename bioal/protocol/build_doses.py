"""Levels onto doses: the one rule that space, model, duplicates, sheets and worklists share.

A level that was asked for becomes the nearest dose that can be dispensed, if that is near enough; a range
becomes the doses in it. Where the stock depends on an option, the levels stay as they are, and each has to be
near a dose of every option's stock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product

from bioal.protocol.build_factors import BuiltFactors
from bioal.protocol.definition import Control
from bioal.protocol.doses import near_doses, near_volumes, of_many
from bioal.protocol.factors import Factor, Numeric, Value
from bioal.protocol.findings import Findings, as_found, place_of
from bioal.protocol.levels import written
from bioal.protocol.liquids import SAME_DOSE, Component, Dose, Liquids
from bioal.protocol.units import volume_words

# Of a control that follows its plate, so many settings are tried.
MOST_SETTINGS = 1000


@dataclass(frozen=True)
class Snapping:
    """Levels on their way to doses: findings say what cannot be made, notes what changed."""

    liquids: Liquids
    built: BuiltFactors
    findings: Findings

    def factors(self) -> list[Factor]:
        """Return the factors with the levels that can be dispensed."""
        return [self._factor(factor) for factor in self.built.factors]

    def _factor(self, factor: Factor) -> Factor:
        component = self.liquids.component(factor.name)
        if not isinstance(factor, Numeric) or component is None:
            return factor
        if component.by:
            for level, option in ((level, option) for level in factor.levels for option in component.stocks):
                near_enough(self.liquids, component, option, level, self._place(factor), self.findings)
            return factor
        if factor.name in self.built.ranged:
            return self._from_range(component, factor)
        return self._from_levels(component, factor)

    def _place(self, factor: Numeric) -> str:
        return place_of("factors", factor.name)

    def _from_range(self, component: Component, factor: Numeric) -> Numeric:
        low, high = factor.levels[0], factor.levels[-1]
        doses = component.doses(low, high, self.liquids.volume, self._room)
        if not doses:
            self._note_nothing(component, factor)
            return factor
        self._note_ends(component, factor, doses)
        count = self.built.ranged[factor.name]
        kept = of_many(doses, count, factor.scale, self.liquids.volumes_per_stock)
        if len(kept) < len(doses) and not count:
            said = f"{factor.name}: of {len(doses)} doses that can be dispensed, {len(kept)} are used"
            self.built.notes.append(f"{said}; write count = ... for another number.")
        return replace(factor, levels=kept)

    @property
    def _room(self) -> float:
        parts = [each for each in self.liquids.components if each.kind == "fixed"]
        doses = [self.liquids.dose(each, {}, {}) for each in parts]
        return self.liquids.volume - sum(dose.volume for dose in doses if dose is not None)

    def _note_ends(self, component: Component, factor: Numeric, doses: Sequence[float]) -> None:
        ends = (("smallest", factor.levels[0], doses[0]), ("largest", factor.levels[-1], doses[-1]))
        for word, asked, dose in ends:
            if abs(dose - asked) > SAME_DOSE * max(abs(asked), abs(dose)):
                said = (
                    f"{factor.name}: {_in_unit(asked, factor)} cannot be dispensed by {component.device.name}"
                )
                self.built.notes.append(f"{said}; {_in_unit(dose, factor)} is the {word} dose used.")

    def _note_nothing(self, component: Component, factor: Numeric) -> None:
        everything = component.doses(0.0, float("inf"), self.liquids.volume, self.liquids.volume)
        least = _in_unit(everything[1], factor) if len(everything) > 1 else "nothing at all"
        remedy = f"The smallest dose is {least}: use a weaker stock, a finer device, or other limits."
        found = f"{written(factor.levels[0])} to {_in_unit(factor.levels[-1], factor)}"
        self.findings.note("nothing-dispensable", self._place(factor), found, remedy=remedy)

    def _from_levels(self, component: Component, factor: Numeric) -> Numeric:
        place = self._place(factor)
        found = [
            near_enough(self.liquids, component, "", level, place, self.findings) for level in factor.levels
        ]
        doses: dict[float, float] = {}
        for level, dose in zip(factor.levels, found, strict=True):
            if dose is not None and dose in doses:
                both = f"{written(doses[dose])} and {_in_unit(level, factor)}, both {_in_unit(dose, factor)}"
                self.findings.note("levels-same-dose", place, both)
            elif dose is not None:
                doses[dose] = level
        changed = {level: dose for dose, level in doses.items() if abs(dose - level) > SAME_DOSE * abs(level)}
        most = self.liquids.volumes_per_stock
        if most is not None and len([level for level in factor.levels if level > 0]) > most:
            self.findings.note("volumes-per-stock", place, f"{len(factor.levels)} levels", most=most)
        if changed:
            said = ", ".join(
                f"{written(level)} as {_in_unit(dose, factor)}" for level, dose in changed.items()
            )
            self.built.notes.append(f"{factor.name} is dispensed in whole steps: {said}.")
        # Where a dose is the level but for rounding, the level keeps the digits that the person wrote.
        levels = tuple(dose if level in changed else level for dose, level in doses.items())
        return replace(factor, levels=levels) if len(levels) == len(factor.levels) else factor


def _in_unit(value: float, factor: Numeric) -> str:
    return f"{written(value)} {factor.unit}".rstrip()


def near_enough(
    liquids: Liquids, component: Component, option: str, wanted: float, place: str, findings: Findings
) -> float | None:
    """Return the dose for a concentration; None, with a finding, where none is near enough."""
    dose = component.dose(wanted, option, liquids.volume)
    if dose is None or dose.actual is None:
        return wanted
    # What one option's stock is too weak for, another's may make: that is for the volume limit to say.
    fits = bool(component.by) or dose.volume <= liquids.volume
    if fits and abs(dose.actual - wanted) <= liquids.tolerance * wanted:
        return dose.actual
    found = f"{written(wanted)} {dose.stock.unit}".strip()
    if not fits:
        stock = f"{dose.stock.name} of {written(dose.stock.concentration or 0.0)} {dose.stock.unit}".strip()
        what = f"{volume_words(dose.volume)} of {stock}"
        findings.note("stock-too-weak", place, found, what=what, volume=volume_words(liquids.volume))
        return None
    near = " or ".join(
        f"{value:.5g}" for value in near_doses(component.device, dose.stock, wanted, liquids.volume)
    )
    words = {"within": f"{100 * liquids.tolerance:g} %", "what": f"{near} {dose.stock.unit}".strip()}
    findings.note("level-undispensable", place, found, remedy=_other_stock(dose), **words)
    return None


def _other_stock(dose: Dose) -> str:
    """Return the remedy for a level that no dose is near."""
    device, stock = dose.component.device, dose.stock
    limits = f"steps of {volume_words(device.step)}, {volume_words(device.least)} or more"
    said = f"{stock.name} of {written(stock.concentration or 0.0)} {stock.unit}".strip()
    return f"Write one of these, or use another stock: {device.name} dispenses {said} in {limits}."


def snapped_parts(liquids: Liquids, findings: Findings) -> tuple[Component, ...]:
    """Return the components with every constant volume in whole steps; note those that are far from any."""
    snapped = tuple(
        each if each.volume is None else _whole_steps(liquids, each, each.volume, findings)
        for each in liquids.components
    )
    for each in snapped:
        if each.volume is None and each.amount is not None:
            for option in each.stocks:
                near_enough(liquids, each, option, each.amount, _place_of_made(each), findings)
        if each.kind == "fixed" and each.volume is None and each.amount is None:
            findings.note("fixed-no-value", place_of("fixed", each.name, "value"), "text instead of a number")
    return snapped


def _place_of_made(component: Component) -> str:
    return place_of("factors" if component.kind == "factor" else "fixed", component.name, "made")


def _whole_steps(liquids: Liquids, component: Component, wanted: float, findings: Findings) -> Component:
    device = component.device
    volume = device.steps(wanted)
    if abs(volume - wanted) > liquids.tolerance * wanted:
        near = " or ".join(map(volume_words, near_volumes(device, wanted)))
        place = _place_of_made(component)
        findings.note("volume-undispensable", place, volume_words(wanted), device=device.name, what=near)
    return replace(component, volume=volume)


def snapped_controls(
    controls: Sequence[Control], liquids: Liquids, factors: Sequence[Factor], findings: Findings
) -> list[Control]:
    """Return the controls as they are dispensed; note those that cannot be, or do not fit into the well."""
    snapped = []
    for number, control in enumerate(controls):
        before, place = len(findings.problems), place_of("controls", number)
        condition = {
            name: _control_dose(liquids, name, control, f"{place}.condition.{place_of(name)}", findings)
            for name in control.condition
        }
        fixed = {
            name: _fixed_dose(liquids, name, value, f"{place}.condition.{place_of(name)}", findings)
            for name, value in control.fixed.items()
        }
        made = replace(control, condition=condition, fixed=fixed)
        if len(findings.problems) == before:
            _check_fits(liquids, made, factors, place, findings)
        snapped.append(made)
    return snapped


def _control_dose(liquids: Liquids, name: str, control: Control, place: str, findings: Findings) -> Value:
    component, value = liquids.component(name), control.condition[name]
    if component is None or not isinstance(value, float) or value <= 0:
        return value
    option = str(control.condition.get(component.by, "")) if component.by else ""
    dose = near_enough(liquids, component, option, value, place, findings)
    keep = dose is None or component.by or abs(dose - value) <= SAME_DOSE * value
    return value if keep or dose is None else dose


def _fixed_dose(liquids: Liquids, name: str, value: Value, place: str, findings: Findings) -> Value:
    """Return how much of a fixed part a control has, as it is dispensed."""
    component = liquids.component(name)
    if component is None or value == 0:
        return value
    by_volume = component.volume is not None
    if not isinstance(value, float) or value < 0 or (by_volume and component.amount is None):
        what = "0, for none of it" if by_volume and component.amount is None else "a number from zero up"
        findings.note("control-fixed", place, as_found(value), what=what)
        return value
    if component.volume is None or component.amount is None:
        dose = near_enough(liquids, component, "", value, place, findings)
        return value if dose is None or abs(dose - value) <= SAME_DOSE * value else dose
    wanted = component.volume * value / component.amount
    if abs(component.device.steps(wanted) - wanted) > liquids.tolerance * wanted:
        near = " or ".join(map(volume_words, near_volumes(component.device, wanted)))
        words = {"device": component.device.name, "what": near}
        findings.note("volume-undispensable", place, volume_words(wanted), **words)
    return value


def _on_every_plate(
    condition: Mapping[str, Value], factors: Sequence[Factor]
) -> Iterator[dict[str, Value | None]]:
    """Yield a control's condition with each of the settings that a plate may have."""
    open_ = [each for each in factors if condition and each.per == "plate" and each.name not in condition]
    for values in product(*([each.value(code) for code in range(each.size)] for each in open_)):
        yield {**condition, **{each.name: value for each, value in zip(open_, values, strict=True)}}


def _check_fits(
    liquids: Liquids, control: Control, factors: Sequence[Factor], place: str, findings: Findings
) -> None:
    for condition in islice(_on_every_plate(control.condition, factors), MOST_SETTINGS):
        try:
            liquids.recipe(condition, control.fixed)
        except ValueError as error:
            findings.note("control-overfull", place, str(error), what=volume_words(liquids.volume))
            return


def blank_notes(controls: Sequence[Control], liquids: Liquids) -> list[str]:
    """Return what a person should know of controls that say nothing of what is in them."""
    empty = [control.title for control in controls if not control.condition and not control.fixed]
    said = (
        f"{liquids.filler.name} alone; for the medium without one part, give its condition with that part 0"
    )
    return [f"The {title} wells have no condition: they get {said}." for title in empty]
