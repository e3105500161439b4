"""Campaigns in memory, and posteriors whose answers are known in closed form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bioal.campaign.campaign import Campaign
from bioal.campaign.telling import material_of
from bioal.report.material import Material

# What a page must not take for its own.
EVIL = {
    '"Buffer of a tiny lysate"': '"Buffer <b>&\\"quoted\\"</b>"',
    '"pB"': '"<script>alert(1)</script>"',
}


@dataclass(frozen=True)
class Certain:
    """A posterior that knows a function of points, up to an offset of this sd that all points share."""

    function: Callable[[np.ndarray], np.ndarray]
    offset: float = 0.0
    noise_sd: float = 0.1
    notes: tuple[str, ...] = ()

    def mean(self, points):
        return self.function(points)

    def mean_sd(self, points):
        return self.function(points), np.full(len(points), self.offset)

    def paths(self, points, count, rng):
        return self.function(points)[:, None] + self.offset * rng.standard_normal(count)

    def covariance(self, points, others):
        return np.full((len(points), len(others)), self.offset**2)


@dataclass(frozen=True)
class Independent:
    """A posterior of independent normal values: mean by a function of points, one sd."""

    function: Callable[[np.ndarray], np.ndarray]
    sd: float = 1.0
    noise_sd: float = 0.1
    notes: tuple[str, ...] = ()

    def mean(self, points):
        return self.function(points)

    def mean_sd(self, points):
        return self.function(points), np.full(len(points), self.sd)

    def paths(self, points, count, rng):
        return self.function(points)[:, None] + self.sd * rng.standard_normal((len(points), count))

    def covariance(self, points, others):
        same = (points[:, None] == others[None]).all(axis=2)
        return self.sd**2 * same.astype(float)


@pytest.fixture(scope="session")
def certain() -> type[Certain]:
    return Certain


@pytest.fixture(scope="session")
def independent() -> type[Independent]:
    return Independent


def truth(condition: pd.Series) -> float:
    bell = np.exp(-(((condition["Mg"] - 6) / 3) ** 2) - ((condition["K"] - 40) / 40) ** 2)
    return float(1000 * bell * (1 if condition["plasmid"] == "pA" else 1.5))


def play(campaign: Campaign, rng: np.random.Generator, noise: float = 0.05) -> int:
    """Propose a round, measure it with relative noise, merge it; return its number."""
    proposal = campaign.propose(10, model="gp", next_=True)
    samples, conditions = proposal.round.samples, proposal.round.conditions
    own = conditions.loc[samples["condition"]].set_axis(samples.index.rename("Sample"))
    values = [truth(row) * (1 + noise * rng.standard_normal()) + 5 for _, row in own.iterrows()]
    headings = {"Mg": "Mg [mM]", "K": "K [mM]"}
    campaign.merge(own.rename(columns=headings).assign(**{"GFP [RFU]": values}).reset_index())
    return proposal.number


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory, buffer_text: str) -> Campaign:
    """Return a campaign of two measured rounds and a third that is open."""
    folder: Path = tmp_path_factory.mktemp("report") / "campaign"
    text = buffer_text
    for harmless, evil in EVIL.items():
        assert harmless in text
        text = text.replace(harmless, evil)
    (folder.parent / "own.toml").write_text(text, encoding="utf-8")
    campaign = Campaign.new(folder, folder.parent / "own.toml")
    rng = np.random.default_rng(3)
    assert [play(campaign, rng) for _ in range(2)] == [1, 2]
    campaign.propose(10, model="gp")
    assert sorted(campaign.rounds) == [1, 2, 3]
    return campaign


@pytest.fixture(scope="session")
def material(played: Campaign) -> Material:
    found = material_of(played._knowledge)
    assert len(found.observations) == len(found.evidence) >= 20
    return found
