"""All numbers of a report together, from one material and one source of random draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bioal.models.posterior import Posterior
from bioal.models.threads import threads_for
from bioal.protocol.stopping import CHANCE_STEP
from bioal.report.choices import Changes, changes_of, why_each_well
from bioal.report.confirmed import HOW
from bioal.report.effects import Effects, effects_of
from bioal.report.health import Finding, health_of
from bioal.report.material import Material
from bioal.report.parity import Parity, Scoreboard, parity_of, scoreboard_of
from bioal.report.plate_maps import PlateMap, plate_maps_of
from bioal.report.progress import Progress, progress_of
from bioal.report.stopping import Ground, Outlook, outlook, usual_doubt
from bioal.report.words import between, counted, percent, shown, with_unit

Tell = Callable[[str, float], None]
_STARTS = 64
_GOOD = 10  # conditions whose scatter stands for that of the good ones
WORTH = (1.0, 0.25)  # expected rises, in units of the noise, at which a plate pays, and may pay


def silent(_doing: str, _share: float) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Findings:
    """Everything that a report shows; parts that need results are None before there are any."""

    material: Material
    progress: Progress
    outlook: Outlook | None
    changes: Changes | None
    why: pd.DataFrame | None
    scoreboard: Scoreboard
    parity: Parity | None
    effects: Effects | None
    maps: tuple[PlateMap, ...]
    health: tuple[Finding, ...]

    @property
    def round(self) -> int:
        """Return the number of the latest round, 0 before the first."""
        return max(self.material.rounds, default=0)


@dataclass(frozen=True)
class Draws:
    """A source of random draws for each part of a report, so that a part alone gives the same numbers."""

    ahead: np.random.Generator
    progress: np.random.Generator
    effects: np.random.Generator


def draws_from(rng: np.random.Generator) -> Draws:
    """Return the sources of one report."""
    return Draws(*rng.spawn(3))


def findings_of(material: Material, rng: np.random.Generator, tell: Tell = silent) -> Findings:
    """Return the numbers of a report."""
    draws = draws_from(rng)
    with threads_for(len(material.evidence)):
        tell("looking ahead", 0.1)
        ahead = outlook_of(material, draws.ahead)
        tell("comparing with random search", 0.4)
        progress = progress_of(material, draws.progress)
        tell("asking what the factors do", 0.5)
        effects = effects_of(material, draws.effects)
        tell("checking", 0.8)
        scoreboard, parity, maps = scoreboard_of(material), parity_of(material), plate_maps_of(material)
        latest = max(material.rounds, default=0)
        return Findings(
            material=material,
            progress=progress,
            outlook=ahead,
            changes=changes_of(material, scoreboard),
            why=why_each_well(material, latest) if latest else None,
            scoreboard=scoreboard,
            parity=parity,
            effects=effects,
            maps=maps,
            health=health_of(material, parity, scoreboard, maps),
        )


def outlook_of(material: Material, rng: np.random.Generator) -> Outlook | None:
    """Return what is still to be found; None before there are results."""
    posterior, known = material.posterior, material.known
    if posterior is None or known.empty:
        return None
    ids = known.sort_values("score", ascending=False, kind="stable").index
    conditions = material.conditions.loc[ids, list(material.space.names)]
    allowed = conditions[material.space.contains(conditions)]
    ground = Ground(
        posterior,
        material.protocol.objective.score,
        material.space,
        material.points(ids),
        material.space.codes(allowed.iloc[:_STARTS]),
        noise_of_the_good(material, posterior),
        usual_doubt(len(ids), len(material.space.factors)),
    )
    latest = material.rounds[max(material.rounds)]
    return outlook(ground, len(latest.predictions), rng)


def noise_of_the_good(material: Material, posterior: Posterior) -> float:
    """Return the standard deviation of the mean of a good condition's replicates.

    Large values often scatter more than small ones, so it is taken from the best conditions where their own
    scatter is known, and else from the model. Words have none: `CHANCE_STEP` of their chance stand for it.
    """
    if material.of_words:
        return CHANCE_STEP
    seen, replicates = material.observations[material.tried], material.protocol.plate.replicates
    order = np.argsort(-material.protocol.objective.score(seen["mean"].to_numpy(float)), kind="stable")
    single = (seen["variance"] * seen["count"]).to_numpy(float)[order]
    known = single[np.isfinite(single)][:_GOOD]
    variance = float(np.median(known)) if len(known) else posterior.noise_sd**2
    return float(np.sqrt(variance / replicates))


def advice_of(found: Outlook, unit: str) -> tuple[str, str]:
    """Return what to do, in a few words, and why, in a sentence or two."""
    if found.of_chances:
        return _advice_on_chances(found)
    rise = with_unit(shown(found.plate, found.noise), unit)
    noise = with_unit(shown(found.noise, found.noise), unit)
    plate = (
        f"Another round of {counted(found.conditions, 'condition')} is expected to raise the best by {rise}"
    )
    scatter = f"the mean of a good condition's wells scatters by {noise}"
    if found.plate >= WORTH[0] * found.noise:
        return "Go on", f"{plate}; {scatter}, so a rise of this size can be seen."
    if found.plate >= WORTH[1] * found.noise:
        return "Another round may pay", f"{plate}. That is less than can be seen: {scatter}."
    return "Stop and confirm", f"{plate}, far less than can be seen: {scatter}. To confirm: '{HOW}'."


def _advice_on_chances(found: Outlook) -> tuple[str, str]:
    rise = f"{shown(found.plate, 1.0)} percentage points"
    said = f"Were every allowed condition known, the best would be expected to have a chance {rise} higher"
    worth = f"{shown(found.noise)} points are taken to be worth a round"
    if found.plate >= WORTH[0] * found.noise:
        return "Go on", f"{said}; one round brings a part of it. {worth}."
    if found.plate >= WORTH[1] * found.noise:
        return "Another round may pay", f"{said}, and one round brings less. {worth}."
    return "Stop", f"{said}, and one round brings less: too little to matter. {worth}."


def remaining_in_words(found: Outlook, unit: str) -> str:
    """Return what is still to be found, in one sentence."""
    low, high = found.interval
    looked = "all allowed conditions" if found.whole else "the most promising allowed conditions"
    if found.of_chances:
        return (
            f"The chance of the best of {looked} is {between(low, high)} percentage points higher than that"
            f" of the best so far (90 % interval); by more than {shown(found.noise)} points with a"
            f" probability of {percent(found.chance)}."
        )
    return (
        f"The best of {looked} is better than the best so far by {with_unit(between(low, high), unit)}"
        f" (90 % interval); by more than the scatter of a good condition's wells with a probability of"
        f" {percent(found.chance)}."
    )
