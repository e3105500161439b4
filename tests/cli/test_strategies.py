"""`bioal strategies`, and the same words at `bioal propose`, in a protocol, in `bioal backtest`."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

import bioal
from bioal.campaign.campaign import Campaign
from bioal.errors import UsageError
from bioal.strategies import names

TEXT = "0.7 margin + 0.3 alc, 50 % random"
NAME = "0.7 margin + 0.3 average variance, 50 % random"


def test_every_strategy_is_listed_with_a_line_a_formula_and_a_source(typed):
    found = typed("strategies --json").json["result"]["strategies"]
    assert [one["name"] for one in found] == list(names())
    for one in found:
        assert one["about"], one
        assert one["formula"], one
        assert re.search(r"doi 10\.|arXiv|\d{4}|libact|docs/choosing\.md", one["source"]), one
        assert "\n" not in one["about"], one


@pytest.mark.parametrize("columns", ["80", "160"])
def test_the_list_is_whole_in_a_narrow_window_and_in_a_wide_one(typed, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    said = typed("strategies")
    assert said.code == 0
    assert "…" not in said.out
    words = " ".join(re.sub("[│┃]", " ", said.out).split())
    assert all(name.split()[-1] in words for name in names())
    assert "10.1613/jair.295" in words


def test_one_strategy_says_what_else_it_is_called(typed):
    said = typed("strategies", "IMSE").out
    assert said.splitlines()[0] == "average variance"
    assert "also called: alc, imse, expected variance reduction" in said
    assert "works on" not in said  # everything


def test_what_is_asked_about_is_named_as_what_to_use(typed):
    assert 'propose --strategy "entropy x core-set", or strategy = "entropy x core-set"' in (
        typed("strategies", "entropy x core-set").err
    )
    assert 'Use one: bioal propose --strategy "margin"' in typed("strategies").err


def test_the_share_at_random_is_told_with_its_reason(typed):
    said = typed("strategies", "margin, 20 % random").out
    assert "nearly as likely; 20 % of the batch, rounded up, is drawn at random" in said
    assert "-(p_1 - p_2); U(0, 1) for 20 % of the batch" in said
    assert "on the sheet: least sure here; of 20 %, drawn at random: random check" in said
    found = typed("strategies --json", "margin, 20 % random").json["result"]["strategies"]
    assert found[0]["random_share"] == 0.2


def test_several_together_tell_their_formulas_and_sources(typed):
    said = typed("strategies", TEXT).out
    assert said.splitlines()[0] == NAME
    assert "0.7 [-(p_1 - p_2)] + 0.3 [mean_e S_ej^2 / (v_j + g)]" in said
    assert "10.1007/3-540-44816-0_31" in said
    assert "10.1613/jair.295" in said


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("margn", 'no strategy "margn". Did you mean "margin"?'),
        ("entropi", 'Did you mean "entropy" or "vote entropy"?'),
        ("0.7 margin + 0.3 randm", 'no strategy "randm". Did you mean "random"?'),
        ("entropy x core set", 'Did you mean "core-set"?'),
        ("margin, 120 % random", "more than 100 % at random"),
        ("margin, 0 % random", 'draws nothing at random. Write "margin".'),
        ("margin, 100 % random", 'leaves "margin" nothing to choose. Write "random".'),
        ("margin +", 'Did you mean "margin"? Write a name'),
        ("margin * entropy", "A product is written with x, of scores that are never negative. Write a"),
        ("entropy * core-set", 'Did you mean "entropy x core-set"?'),
        ("0.7*margin+0.3*random", 'Did you mean "0.7 margin + 0.3 random"? Write a name'),
        ("margin, 20% randm", 'Did you mean "margin, 20 % random"? Write a name'),
        ("margin, random 20 %", 'Did you mean "margin, 20 % random"? Write a name'),
        ("margin, 20 % entropy", 'Did you mean "0.8 margin + 0.2 entropy"? Write a name'),
        ("20 % random", 'Did you mean "focused improvement, 20 % random"? Write a name'),
        ("margin x entropy", 'the score of "margin" can be. Take a weighted sum, "margin + entropy"'),
        ("ucb 0.5 x thompson", 'scores of "upper confidence bound 0.5" and "thompson" can be'),
    ],
)
@pytest.mark.parametrize("line", ["strategies", "propose --conditions 4 --strategy"])
def test_a_wrong_word_is_answered_with_the_near_ones(begun, line, asked, near):
    said = begun(line, asked)
    assert said.code == 3
    assert near in said.err
    assert " exp " not in said.err
    assert not list(Path("rounds").glob("*"))


def test_the_command_line_the_campaign_and_the_protocol_understand_the_same_words(begun, filled):
    assert begun("propose --conditions 6").code == 0
    assert begun("merge", str(filled())).code == 0
    Path("wishes.toml").write_text(
        Path("protocol.toml").read_text(encoding="utf-8") + f'\n[proposal]\nstrategy = "{TEXT}"\n',
        encoding="utf-8",
    )
    chosen = {}
    said = begun("propose --conditions 4 --json --strategy", TEXT)
    assert said.code == 0, said.err
    chosen["command"] = Campaign.open(".").rounds[2]
    assert begun("propose --conditions 4 --strategy", NAME).code == 5  # its own name is the same wish
    Campaign.open(".").propose(4, strategy=TEXT.upper().replace("RANDOM", "random"), replace=True, seed=0)
    chosen["campaign"] = Campaign.open(".").rounds[2]
    assert begun("undo").code == 0
    assert begun("amend wishes.toml").code == 0
    assert begun("propose --conditions 4 --replace").code == 0
    chosen["protocol"] = Campaign.open(".").rounds[2]
    picked = {door: one.conditions.loc[one.predictions.index] for door, one in chosen.items()}
    for door, round_ in chosen.items():
        # A condition that takes another's place gets a new id.
        assert picked[door].to_numpy().tolist() == picked["command"].to_numpy().tolist(), door
        assert list(round_.predictions["reason"]).count("random") == 2
    assert Campaign.open(".").state.rounds[2].request.acquisition == NAME


def test_two_strategies_under_two_words_are_refused(begun):
    said = begun("propose --conditions 4 --strategy margin --acquisition entropy")
    assert said.code == 3
    assert 'two words for one thing, and they name two: "margin" and "entropy". Give one of them.' in said.err
    with pytest.raises(UsageError, match="name two"):
        Campaign.open(".").propose(4, strategy="margin", acquisition="entropy")
    table = pd.DataFrame({"Mg": [1, 2, 3], "yield": [1.0, 2.0, 3.0]})
    with pytest.raises(UsageError, match="name two"):
        bioal.propose(table, "yield", 1, strategy="margin", acquisition="entropy")
    assert begun("propose --conditions 4 --strategy margin --acquisition margin").code == 0


def test_a_backtest_takes_strategies_that_are_put_together(typed, tmp_path):
    grid = pd.MultiIndex.from_product([range(6), range(5)], names=["Mg", "K"]).to_frame(index=False)
    grid.assign(**{"yield": grid["Mg"] - 0.3 * grid["K"]}).to_csv("finished.csv", index=False)
    line = "backtest finished.csv --models ridge --batch 5 --rounds 1 --seeds 1 --jobs 1 --json --strategies"
    said = typed(line, f"variance, 20 % random, {TEXT}")
    assert said.code == 0, said.err
    found = {row["setting"] for row in said.json["result"]["against_random"]}
    assert found == {"ridge: variance, 20 % random", f"ridge: {NAME}"}


def test_the_page_that_compares_strategies_has_all_of_them():
    page = Path(__file__).parents[2] / "docs" / "strategies.md"
    if not page.is_file():
        pytest.skip("the page is not here: an installed wheel is under test")
    text = page.read_text(encoding="utf-8")
    # Two comparisons, in which random is what the others are compared with, and the list of all.
    assert {name: text.count(f"\n| {name} |") for name in names()} == {
        name: 1 if name == "random" else 3 for name in names()
    }
