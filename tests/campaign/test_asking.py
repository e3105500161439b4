"""What a person asks for comes first in the next plate; what they change of a proposal is honoured."""

from __future__ import annotations

import pandas as pd
import pytest

from bioal.campaign.campaign import Campaign
from bioal.campaign.steps import steps_of
from bioal.errors import NothingNew, Refused, UsageError

# Mg 3 and K 55 lie between levels, which a person's own conditions may.
WISHES = pd.DataFrame({"Mg": [1, 8, 3], "K": [0, 55, 30], "plasmid": ["pB", "pA", "pB"]})
OTHERS = pd.DataFrame({"Mg": [3, 3, 3], "K": [5, 15, 25], "plasmid": ["pB", "pA", "pB"]})


def measured(campaign: Campaign, bench, count: int = 4) -> int:
    number = campaign.propose(count).number
    campaign.merge(bench.table(campaign, number, bench.values(campaign, number)))
    return number


def reasons(campaign: Campaign, number: int) -> list[str]:
    return campaign.rounds[number].predictions["reason"].tolist()


def test_what_was_asked_for_comes_first_and_only_once(campaign):
    campaign.ask(WISHES, reason="a hunch")
    assert len(campaign.asked) == 3
    proposal = campaign.propose(6)
    assert reasons(campaign, 1) == ["asked"] * 3 + ["start"] * 3
    proposed = proposal.round.proposed.reset_index(drop=True)
    assert proposed.iloc[:3].to_dict("list") == WISHES.to_dict("list")
    assert not proposed.duplicated().any()
    assert campaign.asked.empty
    assert any("3 conditions are here because you asked" in note for note in proposal.notes)
    assert any("3 conditions asked for: a hunch" in str(step) for step in steps_of(campaign.state))


def test_what_does_not_fit_waits_for_the_next_plate(campaign):
    campaign.ask(WISHES)
    first = campaign.propose(2)
    assert reasons(campaign, 1) == ["asked"] * 2
    assert any("1 more waits" in note for note in first.notes)
    assert campaign.asked["Mg"].tolist() == [3]
    campaign.propose(2, next_=True)
    assert reasons(campaign, 2) == ["asked", "start"]


def test_a_distrusted_condition_is_measured_again_under_its_own_id(campaign, bench):
    measured(campaign, bench)
    campaign.ask(distrusted="R01-C002")
    proposal = campaign.propose(3)
    assert proposal.round.predictions.index[0] == "R01-C002"
    roles = proposal.round.samples.set_index("condition")["role"]
    assert set(roles.loc[["R01-C002"]]) == {"carried over"}


def test_a_wish_for_what_was_measured_repeats_it(campaign, bench):
    measured(campaign, bench)
    campaign.ask(campaign.rounds[1].proposed.iloc[[2]])
    assert campaign.propose(3).round.predictions.index[0] == "R01-C003"


def test_a_replaced_or_undone_proposal_meets_no_wish(campaign):
    campaign.ask(WISHES)
    campaign.propose(4)
    campaign.undo()
    assert len(campaign.asked) == 3
    campaign.propose(4)
    campaign.propose(5, replace=True)
    assert reasons(campaign, 1).count("asked") == 3
    assert campaign.asked.empty


def test_rows_that_cannot_be_made_and_ids_that_were_not_measured_are_named(campaign):
    wrong = pd.DataFrame({"Mg": [4, 40, 8], "K": [50, 50, 100], "plasmid": ["pA", "pA", "pA"]})
    with pytest.raises(Refused, match=r"(?s)row 1, Mg \[mM\].*row 2.*at most 150"):
        campaign.ask(wrong)
    with pytest.raises(Refused, match="R07-C001"):
        campaign.ask(distrusted=["R07-C001"])
    with pytest.raises(UsageError, match="Ask for what"):
        campaign.ask()
    campaign.ask(WISHES)
    with pytest.raises(NothingNew, match="on the ask list already"):
        campaign.ask(WISHES.iloc[:2])


def test_a_wish_that_an_amended_protocol_forbids_is_left_out_and_said(campaign, buffer_text):
    campaign.ask(WISHES)
    path = campaign.folder.parent / "narrow.toml"
    path.write_text(buffer_text.replace("levels = [1, 2, 4, 6, 8]", "levels = [1, 2, 4]"), encoding="utf-8")
    campaign.amend(path)
    proposal = campaign.propose(4)
    assert reasons(campaign, 1).count("asked") == 2
    assert any("1 condition that you asked for is left out" in note for note in proposal.notes)


def test_on_plates_with_a_setting_wishes_bring_their_own(campaign, buffer_text, tmp_path):
    text = buffer_text.replace("size = 96", "size = 24").replace("wells = 3", "wells = 2")
    path = tmp_path / "warm.toml"
    factor = '[factors.temperature]\nlevels = [25, 30, 37]\nper = "plate"\n'
    path.write_text(f"{text}\n{factor}", encoding="utf-8")
    warm = Campaign.new(tmp_path / "warm", path)
    warm.ask(WISHES.assign(temperature=[37, 25, 37]))
    round_ = warm.propose(30).round
    assert len(round_.predictions) == 30
    settings = round_.samples.merge(round_.conditions[["temperature"]], left_on="condition", right_index=True)
    held = settings.dropna().groupby("plate")["temperature"].unique()
    assert all(len(one) == 1 for one in held)
    assert round_.predictions["reason"].tolist().count("asked") == 3


def test_dropped_conditions_leave_and_added_ones_come_in_and_the_rest_keeps_its_ids(campaign):
    before = campaign.propose(6).round
    after = campaign.propose(drop="R01-C002 R01-C005", add=WISHES).round
    assert list(after.predictions.index) == [
        "R01-C001", "R01-C003", "R01-C004", "R01-C006", "R01-C007", "R01-C008", "R01-C009",
    ]  # fmt: skip
    kept = ["R01-C001", "R01-C003", "R01-C004", "R01-C006"]
    pd.testing.assert_frame_equal(after.conditions.loc[kept], before.conditions.loc[kept])
    assert after.predictions["reason"].tolist()[4:] == ["asked"] * 3
    assert len(after.samples) == 7 * 2 + 3
    edits = campaign.state.records[-1].body.edits
    assert set(edits.dropped) == {"R01-C002", "R01-C005"}
    assert edits.added == ["R01-C007", "R01-C008", "R01-C009"]
    assert "round 1 edited: 2 dropped, 3 added" in str(steps_of(campaign.state)[-1])
    assert campaign.propose(6).new is False  # the same request still means this round
    campaign.undo()
    assert list(campaign.rounds[1].predictions.index) == list(before.predictions.index)


def test_wells_that_are_dropped_take_their_conditions_with_them(campaign):
    before = campaign.propose(6).round
    well = before.samples.set_index("condition").loc["R01-C003", "well"].iloc[0]
    after = campaign.propose(drop=f"plate-1 {well}").round
    assert "R01-C003" not in after.predictions.index
    assert len(after.predictions) == 5


def test_a_change_keeps_capacity_constraints_and_results(campaign, bench):
    with pytest.raises(UsageError, match="No round is open"):
        campaign.propose(drop="R01-C001")
    campaign.propose()  # a full plate: 46 conditions x 2 + 3
    with pytest.raises(Refused, match=r"at most 46, which its plate can hold\. Drop 3 more"):
        campaign.propose(add=OTHERS)
    campaign.propose(drop="R01-C001, R01-C002, R01-C003", add=OTHERS)
    with pytest.raises(Refused, match="holds already"):
        campaign.propose(drop="R01-C004", add=OTHERS.iloc[:1])
    with pytest.raises(Refused, match="at most 150"):
        campaign.propose(drop="R01-C004", add=pd.DataFrame({"Mg": [8], "K": [100], "plasmid": ["pA"]}))
    with pytest.raises(UsageError, match="alone"):
        campaign.propose(5, drop="R01-C004")
    values = bench.values(campaign, 1)
    campaign.merge(bench.table(campaign, 1, dict(list(values.items())[:5])))
    with pytest.raises(Refused, match="without results"):
        campaign.propose(drop="R01-C004")


def test_added_conditions_come_first_into_a_new_round(campaign):
    proposal = campaign.propose(5, add=WISHES)
    assert reasons(campaign, 1) == ["asked"] * 3 + ["start"] * 2
    assert campaign.propose(5, add=WISHES).new is False
    assert proposal.number == 1


def test_only_what_is_predicted_too_vaguely_is_asked_for(campaign, bench):
    with pytest.raises(UsageError, match="above zero"):
        campaign.ask(WISHES, wider_than=0)
    measured(campaign, bench, 6)
    told = campaign.predict(WISHES)
    widths = (told["high"] - told["low"]).sort_values()
    between = float(widths.iloc[:2].mean())
    campaign.ask(WISHES, wider_than=between)
    assert sorted(campaign.asked.index) == [0, 1]
    vague = WISHES.loc[widths.index[1:]].to_dict("records")
    assert [row in vague for row in campaign.asked.to_dict("records")] == [True, True]
    with pytest.raises(NothingNew, match="none was asked for"):
        campaign.ask(WISHES, wider_than=10 * float(widths.max()))


def test_before_anything_is_known_all_is_vague(campaign):
    campaign.ask(WISHES, wider_than=1e9)
    assert len(campaign.asked) == 3


def test_what_is_proposed_far_from_all_that_was_measured_is_named(campaign, bench):
    near = pd.DataFrame(
        [(mg, k, "pA") for mg in (4, 5, 6) for k in (25, 30, 35)], columns=["Mg", "K", "plasmid"]
    )
    number = campaign.propose(exactly=near).number
    campaign.merge(bench.table(campaign, number, bench.values(campaign, number)))
    proposal = campaign.propose(4)
    said = [note for note in proposal.notes if "far from all that was measured" in note]
    assert len(said) == 1
    unlike = proposal.round.conditions["plasmid"] == "pB"
    named = [one for one in proposal.round.predictions.index if one in said[0]]
    assert not unlike.any() or unlike[named].any(), "a plasmid never tried is farthest"


def test_a_quota_is_kept_with_the_best_of_its_kind(campaign, bench):
    measured(campaign, bench, 6)
    free = campaign.propose(6)
    kinds = free.round.proposed["plasmid"].value_counts()
    rare = kinds.reindex(["pA", "pB"], fill_value=0).idxmin()
    quota = int(kinds.get(rare, 0)) + 2
    proposal = campaign.propose(6, at_least=f"plasmid = {rare} : {quota}", replace=True)
    assert (proposal.round.proposed["plasmid"] == rare).sum() >= quota
    assert len(proposal.round.proposed) == 6
    assert not proposal.round.proposed.duplicated().any()
    assert campaign.propose(6, at_least=f"plasmid = {rare} : {quota}").new is False


def test_what_was_asked_for_counts_for_a_quota(campaign):
    campaign.ask(WISHES)
    proposal = campaign.propose(4, at_least=("plasmid=pB:2", "Mg=8:1"))
    assert reasons(campaign, 1) == ["asked"] * 3 + ["start"]
    assert proposal.round.proposed["plasmid"].tolist()[:3] == WISHES["plasmid"].tolist()


@pytest.mark.parametrize(
    ("quota", "said"),
    [
        ("plasmid", "is no quota"),
        ("plasmid=pB:0", "is no quota"),
        ("plasmit=pB:1", "Did you mean 'plasmid'"),
        ("plasmid=pC:1", "no level 'pC'"),
        ("plasmid=pB:9", "do not fit"),
    ],
)
def test_a_quota_that_cannot_be_kept_is_refused(campaign, quota, said):
    with pytest.raises(UsageError, match=said):
        campaign.propose(4, at_least=quota)
    assert not campaign.rounds
