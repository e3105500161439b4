"""What a round costs is known before it is written, and no round costs more than it may."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioal.acquisition.tasks import Task, identity
from bioal.campaign.campaign import Campaign
from bioal.campaign.learning import Knowledge
from bioal.campaign.options import Options
from bioal.campaign.proposing import drafted
from bioal.campaign.spending import cost_of_round
from bioal.campaign.state import State, Version
from bioal.errors import NothingNew, ProtocolError, Refused, UsageError
from bioal.evidence import evidence_of
from bioal.models.fitting import fit
from bioal.plates.costing import cost_of_conditions
from bioal.protocol.costs import Price
from bioal.protocol.protocol import protocol_from_toml
from bioal.strategies.choosing import strategy_of
from bioal.strategies.conditioning import conditioned_batch
from bioal.strategies.pools import pool_of

LIQUID = """
[campaign]
name = "Priced"

[readouts.GFP]
unit = "RFU"

[objective]
readout = "GFP"

[factors.Mg]
unit = "mM"
levels = [0, 2, 4, 6, 8]
made = { stock = "100 mM" }

[factors.NTP]
unit = "mM"
levels = [0.5, 1, 1.5, 2]
made = { stock = "50 mM" }

[liquids]
volume = "100 uL"
device = "hand"
filler = "water"
excess = 0.1

[plate]
size = 24
replicates = 2
"""
COSTS = """
[costs]
currency = "EUR"
condition = 1.5
well = 0.25
plate = 10

[prices.NTP]
price = 40
per = "1 mL"
tiers = [{ above = "50 uL", price = 20 }]

[prices.Mg]
price = 2
per = "1 mL"
"""


def begun(tmp_path, more: str = COSTS) -> Campaign:
    return Campaign.new(tmp_path / "priced", protocol_from_toml(LIQUID + more))


def state_of(protocol):
    return State("id", "name", (), frozenset(), (Version(1, protocol, protocol.text, ()),))


def test_a_tier_holds_to_its_boundary_and_not_beyond():
    """Price of labelling tasks: 0.08 for each of the first 50,000 and 0.04 for each further one."""
    price = Price(((0, 0.08), (50_000, 0.04)))
    assert price.total(50_000) == pytest.approx(4000)
    assert price.total(50_001) == pytest.approx(4000.04)
    assert price.total(49_999) == pytest.approx(3999.92)
    with pytest.raises(ValueError, match="rise"):
        Price(((0, 1), (10, 2), (5, 1)))


def test_a_round_costs_what_a_calculator_says(tmp_path):
    campaign = begun(tmp_path)
    design = pd.DataFrame({"Mg": [2, 8], "NTP": [1, 2]})
    proposal = campaign.propose(exactly=design)
    prepared = {need.stock: need.prepare / 1e6 for need in proposal.bench.plan.needs}  # mL
    # Mg: 2 and 8 uL in two wells each, 100 mM stock; NTP: 2 and 4 uL in two wells each; a tenth more.
    assert prepared["NTP"] >= 0.012 * 1.1
    ntp = min(prepared["NTP"], 0.05) * 40 + max(prepared["NTP"] - 0.05, 0) * 20
    wanted = ntp + prepared["Mg"] * 2 + 2 * 1.5 + 4 * 0.25 + 10
    cost = cost_of_round(campaign.protocol, proposal.round)
    assert cost.total == pytest.approx(wanted)
    assert cost.unpriced == ("water",)
    assert any("This round costs" in note and "EUR" in note for note in proposal.notes)


def test_the_cost_is_told_before_anything_is_written(tmp_path):
    campaign = begun(tmp_path)
    told = []

    def listen(words: str) -> None:
        told.append((words, len(campaign.state.records)))

    campaign.propose(4, announce=listen)
    assert len(told) == 1
    assert told[0][1] == 1
    assert "EUR for each condition" in told[0][0]


def test_what_a_condition_adds_is_its_wells_and_stocks(tmp_path):
    protocol = begun(tmp_path).protocol
    conditions = pd.DataFrame({"Mg": [0.0, 8.0], "NTP": [1.0, 1.0]})
    less, more = cost_of_conditions(protocol, conditions)
    assert less == pytest.approx(1.5 + 2 * (0.25 + 0.002 * 1.1 * 40))
    assert more - less == pytest.approx(2 * 0.008 * 1.1 * 2)


@settings(max_examples=12, deadline=None)
@given(budget=st.floats(10, 60), count=st.integers(1, 10))
def test_no_round_costs_more_than_its_budget(budget, count):
    protocol = protocol_from_toml(f"{LIQUID}{COSTS}".replace("plate = 10", f"plate = 10\nbudget = {budget}"))
    knowledge = Knowledge(state_of(protocol))
    with suppress(Refused):  # where not even one condition can be paid
        round_, _ = drafted(knowledge, Options(conditions=count), 1)
        assert cost_of_round(protocol, round_).total <= budget


def test_a_round_is_cut_to_its_budget_and_says_so(tmp_path):
    campaign = begun(tmp_path, COSTS.replace("plate = 10", "plate = 10\nbudget = 25"))
    proposal = campaign.propose(12)
    assert 1 <= len(proposal.round.predictions) < 12
    assert any("instead of 12" in note for note in proposal.notes)
    with pytest.raises(Refused, match=r"at most 25\.00 EUR"):
        campaign.propose(add=pd.DataFrame({"Mg": [3, 5, 7], "NTP": [2, 2, 2]}))


def test_all_rounds_together_keep_to_the_cost_of_the_protocol(tmp_path):
    campaign = begun(tmp_path, f"{COSTS}\n[stopping]\ncost = 60\n")
    total = 0.0
    for _ in range(4):
        try:
            round_ = campaign.propose(5, next_=True).round
        except (Refused, NothingNew):
            break
        total += cost_of_round(campaign.protocol, round_).total
    assert 30 < total <= 60


PLAIN = """
[campaign]
name = "Plain"
[readouts.GFP]
unit = "RFU"
[objective]
readout = "GFP"
[factors.Mg]
unit = "mM"
low = 0
high = 9
step = 1
[factors.K]
unit = "mM"
low = 0
high = 9
step = 1
[plate]
size = 24
replicates = 1
[[controls]]
role = "reference"
name = "today's"
wells = 2
condition = { Mg = 4, K = 4 }
[costs]
currency = "EUR"
condition = 1
well = 1
plate = 10
"""  # a round of n conditions costs 10 + 2 n + 2


def spending(tmp_path, cost: int, budget: str = "") -> Campaign:
    """A campaign whose first round of ten conditions, which cost 32 EUR, came back."""
    protocol = protocol_from_toml(f"{PLAIN}{budget}\n[stopping]\ncost = {cost}\n")
    campaign = Campaign.new(tmp_path / "c", protocol)
    made = campaign.propose(10).round
    settings = made.conditions.loc[made.samples["condition"]].set_axis(made.samples.index)
    table = settings.set_axis(["Mg [mM]", "K [mM]"], axis=1).rename_axis("Sample").reset_index()
    campaign.merge(table.assign(**{"GFP [RFU]": np.arange(len(table)) + 1.0}))
    return campaign


@pytest.mark.parametrize(("cost", "rest"), [(32, False), (45, True), (46, None)])
def test_a_rest_that_pays_for_no_condition_stops_too(tmp_path, cost, rest):
    campaign = spending(tmp_path, cost)
    said = " ".join(campaign.status().stopped)
    assert ("stopping.cost" in said) is (rest is not None)
    assert ("does not pay for one condition" in said) is bool(rest)
    if rest is None:
        assert len(campaign.propose(8, strategy="random").round.predictions) == 1


@pytest.mark.parametrize("cost", [32, 40])
def test_a_person_may_go_on_beyond_the_cost_and_confirm_but_not_beyond_the_budget(tmp_path, cost):
    campaign = spending(tmp_path, cost, "budget = 32")
    with pytest.raises(NothingNew, match=r"stopping\.cost"):
        campaign.propose(3)
    assert len(campaign.propose(3, go_on=True, strategy="random").round.predictions) == 3
    again = campaign.propose(12, go_on=True, replace=True, strategy="random").round.predictions
    assert len(again) == 10
    assert len(campaign.propose(drop=str(again.index[0])).round.predictions) == 9
    campaign.undo()
    campaign.undo()
    campaign.undo()
    assert len(campaign.confirm(2, 4).round.predictions) == 2
    with pytest.raises(Refused, match=r"32\.00 EUR"):
        campaign.confirm(5, 6, replace=True)


@pytest.mark.parametrize("tight", [False, True])
def test_a_veto_renews_the_price_and_keeps_to_the_budget(tmp_path, tight):
    dear = COSTS.replace("price = 40", "price = 4000").replace("price = 20", "price = 4000")
    # The two cheap ones cost 112 EUR, one of them and the dear one 138.
    campaign = begun(tmp_path, dear.replace("plate = 10", "plate = 10\nbudget = 120") if tight else dear)
    listed = pd.DataFrame({"Mg": [2.0, 4.0, 8.0], "NTP": [0.5, 0.5, 2.0]})
    asked = {"candidates": listed, "acquisition": "random", "seed": 1}
    first = campaign.propose(2, **asked)
    assert set(first.round.proposed["NTP"]) == {0.5}
    gone = str(first.round.predictions.index[0])
    if tight:
        with pytest.raises(Refused, match=r"at most 120\.00 EUR"):
            campaign.veto(gone, "precipitates")
        return
    after = campaign.veto(gone, "precipitates")
    paid = cost_of_round(campaign.protocol, after.round)
    assert paid.total > 120
    assert [note for note in after.notes if "costs" in note] == [paid.words()]
    assert Campaign.open(campaign.folder).propose(2, **asked).notes == after.notes


def test_prices_and_costs_that_make_no_sense_are_named():
    wrong = '[prices.Glucose]\nprice = 1\nper = "1 mL"\n'
    with pytest.raises(ProtocolError, match="a stock, factor, fixed part or filler"):
        protocol_from_toml(LIQUID + wrong)
    tiers = COSTS.replace("50 uL", "50 uL\", price = 30 }, { above = \"20 uL")
    with pytest.raises(ProtocolError, match="rise from tier to tier"):
        protocol_from_toml(LIQUID + tiers)
    with pytest.raises(ProtocolError, match="a volume in quotes"):
        protocol_from_toml(LIQUID + COSTS.replace('"1 mL"', "1"))


def test_per_cost_needs_prices_and_a_strategy_that_counts_by_them(tmp_path):
    free = begun(tmp_path, "")
    with pytest.raises(UsageError, match=r"add \[costs\] or \[prices\]"):
        free.propose(4, per_cost=True)
    with pytest.raises(UsageError, match="variance does not count per cost"):
        free.propose(4, per_cost=True, acquisition="variance")


def test_scores_count_per_cost_and_those_that_may_be_negative_from_the_worst():
    score, cost = np.array([4.0, 3.0, 1.0, 0.0]), np.array([8.0, 3.0, 0.5, 1.0])
    points = np.linspace(0, 1, 4)[:, None]
    posterior = fit(evidence_of(points[:3], np.array([0.0, 1.0, 0.5])), "gp", np.random.default_rng(0))
    mean, sd = posterior.mean_sd(points)
    task = Task(posterior, identity, points, mean, sd, points[:0], points[:0], points, np.zeros(4, bool), 1)
    for shift in (0.0, -7.0):
        for paid, wanted in ((None, 0), (cost, 2)):
            pool = pool_of(replace(task, cost=paid))
            assert conditioned_batch(pool, score + shift, np.random.default_rng(1)).rows.tolist() == [wanted]


@pytest.mark.parametrize(("name", "repeats", "counts"), [
    ("expected improvement", False, True), ("expected improvement", True, False), ("ucb 1.4", False, True),
    ("margin", True, True), ("0.7 margin + 0.3 entropy", False, True), ("margin, 20 % random", False, True),
    ("focused improvement, 10 % random", False, True), ("variance", False, False), ("lcmd", False, False),
])  # fmt: skip
def test_a_strategy_says_whether_it_counts_per_cost(name, repeats, counts):
    assert strategy_of(name).counts_cost(repeats=repeats) is counts


def test_per_cost_takes_cheaper_conditions_of_like_promise(tmp_path):
    dear = COSTS.replace("price = 40", "price = 4000").replace("price = 20", "price = 4000")
    campaign = begun(tmp_path, dear)
    first = campaign.propose(6).round
    conditions = first.conditions.loc[first.samples["condition"]].set_axis(first.samples.index)
    rng = np.random.default_rng(0)
    table = conditions.rename(columns={"Mg": "Mg [mM]", "NTP": "NTP [mM]"})
    # NTP does nothing: only Mg matters
    table["GFP [RFU]"] = 100 + 10 * table["Mg [mM]"] + rng.normal(0, 1, len(table))
    campaign.merge(table.rename_axis("Sample").reset_index())
    how = {"acquisition": "expected improvement", "model": "gp"}
    usual = campaign.propose(4, **how).round
    cheap = campaign.propose(4, **how, per_cost=True, replace=True).round
    assert cheap.proposed["NTP"].mean() <= usual.proposed["NTP"].mean()
    costs = [cost_of_round(campaign.protocol, one).total for one in (cheap, usual)]
    assert costs[0] <= costs[1]


PER_COST = LIQUID.replace('readout = "GFP"', 'formula = "GFP / cost"\nname = "GFP per EUR"')


def test_a_yield_per_cost_is_a_formula_and_prices_of_today_count(tmp_path):
    campaign = Campaign.new(tmp_path / "per-cost", protocol_from_toml(PER_COST + COSTS))
    made = campaign.propose(exactly=pd.DataFrame({"Mg": [2.0, 8.0], "NTP": [1.0, 2.0]})).round
    settings = made.conditions.loc[made.samples["condition"]].set_axis(made.samples.index)
    table = settings.set_axis(["Mg [mM]", "NTP [mM]"], axis=1).rename_axis("Sample").reset_index()
    campaign.merge(table.assign(**{"GFP [RFU]": [100.0 * one for one in settings["Mg"]]}))
    # 2 or 8 uL of Mg at 2 a mL and 2 or 4 uL of NTP at 40 a mL, a tenth more, in two wells each.
    cost = {mg: 1.5 + 2 * (0.25 + 1.1 * stocks) for mg, stocks in ((2.0, 0.084), (8.0, 0.176))}
    found = campaign.observations.set_index("condition")["mean"]
    wanted = [100 * mg / cost[mg] for mg in made.conditions.loc[found.index, "Mg"]]
    assert found.to_list() == pytest.approx(wanted)
    dear = COSTS.replace("price = 40", "price = 4000")
    campaign.amend(protocol_from_toml(PER_COST + dear))
    assert (campaign.observations.set_index("condition")["mean"] < found).all()


def test_a_formula_per_cost_needs_costs_and_a_factor_of_this_name_comes_first():
    with pytest.raises(ProtocolError, match="'cost'"):
        protocol_from_toml(PER_COST)
    own = '[factors.cost]\nunit = ""\nlevels = [1, 2]\nmade = "setting"\n'
    assert protocol_from_toml(PER_COST.replace("[liquids]", own + "[liquids]", 1) + COSTS).factor("cost")
