"""Runs: seeded, the same over processes, resumed without doing anything twice, refused with other options."""

from __future__ import annotations

from math import comb

import numpy as np
import pandas as pd
import pytest

from bioal.backtest import runs as running
from bioal.backtest.finished import finished
from bioal.backtest.kept import keep_runs, kept_runs, options_of
from bioal.backtest.replay import BY_HAND, COLUMNS, Course, Setting, replay, require_room, settings_of
from bioal.backtest.runs import backtest
from bioal.backtest.summary import summary
from bioal.errors import Refused, UsageError
from bioal.models.fitting import fit
from bioal.strategies import names

RANDOM = Setting("", "random")
SMALL = Course(batch=4, rounds=2)


def without_time(runs: pd.DataFrame) -> pd.DataFrame:
    return runs.drop(columns="seconds")


@pytest.mark.smoke
def test_random_choice_finds_what_order_statistics_say(table):
    pool = finished(table)
    runs = backtest(pool, [RANDOM], Course(batch=5, rounds=3), 600)
    found = runs.groupby("measured")["best"].mean()
    for drawn, best in found.items():
        # P(best of k = i) = C(i, k - 1) / C(40, k) for yields 0 to 39 drawn without replacement.
        expected = sum(i * comb(i, int(drawn) - 1) for i in range(40)) / comb(40, int(drawn))
        assert best == pytest.approx(expected, abs=0.6)


def test_every_setting_starts_from_the_same_conditions_and_none_is_measured_twice(table):
    pool = finished(table)
    runs = backtest(pool, settings_of(["gp"], ["thompson"]), SMALL, 2)
    start = runs[runs["round"] == 0].groupby("seed")
    assert (start["best"].nunique() == 1).all()
    assert sorted(set(runs["measured"])) == [4, 8, 12]
    # With all conditions measured, everything is found.
    whole = replay(pool, RANDOM, Course(batch=10, rounds=3), 0)
    assert whole["top"].iloc[-1] == 1.0
    assert whole["regret"].iloc[-1] == 0.0


def test_runs_are_the_same_for_one_process_and_two(table):
    pool, settings = finished(table), settings_of(["gp"], ["expected improvement"])
    one = backtest(pool, settings, SMALL, 2, jobs=1)
    two = backtest(pool, settings, SMALL, 2, jobs=2)
    pd.testing.assert_frame_equal(without_time(one), without_time(two))


def test_the_true_first_round_is_the_start_of_every_run(table):
    pool = finished(table.assign(round=[1] * 6 + [2] * 34))
    course = Course(batch=4, rounds=1, first="true")
    run = replay(pool, RANDOM, course, 5)
    assert run["measured"].tolist() == [6, 10]
    assert run["best"].iloc[0] == table["yield"].iloc[:6].max()


def test_a_persons_own_order_is_replayed_beside(table):
    ranked = table.assign(mine=table["yield"].where(table["yield"] > 9))
    pool = finished(ranked, by_hand="mine")
    assert pool.order.tolist() == np.argsort(table["yield"].to_numpy(), kind="stable")[10:].tolist()
    assert pool.points.shape == finished(table).points.shape, "the order is no factor"
    course = Course(batch=4, rounds=3)
    runs = backtest(pool, (Setting("", BY_HAND), Setting("", "random")), course, 6)
    own = runs[runs["setting"] == "by hand"]
    for seed, run in own.groupby("seed"):
        first = replay(pool, Setting("", "random"), course, int(seed))["best"].iloc[0]
        assert run["best"].iloc[0] == first
        assert run["best"].max() <= max(first, 9 + 12 + 4)
    against = summary(runs, pool).against_hand
    assert against["setting"].tolist() == ["random"]
    ends = runs[runs["round"] == 3].pivot_table(index="seed", columns="setting", values="best")
    assert against["best"].iloc[0] == pytest.approx((ends["random"] - ends["by hand"]).mean())


def test_the_tables_own_rounds_are_an_order(table):
    rounds = finished(table.assign(round=table.index // 10), by_hand="round")
    assert rounds.order.tolist() == list(range(40))
    assert rounds.first.sum() == 10


def test_an_order_that_is_too_short_or_empty_is_refused(table):
    pool = finished(table.assign(mine=table["yield"].where(table["yield"] > 29)), by_hand="mine")
    with pytest.raises(UsageError, match="By hand 10 conditions"):
        require_room(pool, Course(batch=4, rounds=3))
    with pytest.raises(UsageError, match="holds no numbers"):
        finished(table.assign(mine=np.nan), by_hand="mine")
    with pytest.raises(UsageError, match='no column "yours"'):
        finished(table, by_hand="yours")


def test_a_judge_says_how_well_the_table_is_predicted_whoever_fits_it(table):
    """Choices by the judge itself hand it on; the error is that of a model fitted from the same draws."""
    pool, course = finished(table), Course(batch=6, rounds=2, judge="quick gp")
    by_judge = replay(pool, Setting("quick gp", "random"), course, 0)
    chosen = [replay(pool, Setting(model, "variance"), course, 0) for model in ("quick gp", "forest")]
    assert np.isfinite([run["rmse"] for run in (by_judge, *chosen)]).all()
    # The first batch is the same, and so is what the judge makes of it.
    assert len({run["rmse"].iloc[0] for run in (by_judge, *chosen)}) == 1
    measured = np.random.default_rng([0, 1]).choice(40, 6, replace=False)
    known = pool.evidence(pool.readings(np.random.default_rng([0, 0])), measured)
    posterior = fit(known, "quick gp", np.random.default_rng([0, 2, 1]))
    missed = posterior.mean(pool.points) - pool.truth
    assert by_judge["rmse"].iloc[0] == pytest.approx(np.sqrt(np.mean(missed**2)))
    with pytest.raises(UsageError, match='There is no model "crystal"'):
        Course(judge="crystal")


def test_all_strategies_are_asked_for_by_one_word():
    assert len(settings_of(["gp"], ["all"])) == len(names())


def test_random_is_always_among_the_settings_and_only_once():
    names = [setting.name for setting in settings_of(["gp", "forest"], ["thompson", "random"])]
    assert names == ["gp: thompson", "forest: thompson", "random"]


@pytest.mark.parametrize(
    ("models", "acquisitions", "said"),
    [(["crystal"], ["thompson"], "Models: auto, gp"), (["gp"], ["luck"], "Strategies: focused")],
)
def test_unknown_settings_are_refused_by_naming_the_known_ones(models, acquisitions, said):
    with pytest.raises(UsageError, match=said):
        settings_of(models, acquisitions)


def test_a_course_that_a_table_cannot_give_is_refused(table):
    pool = finished(table)
    with pytest.raises(UsageError, match="20 \\+ 2 x 20 = 60 conditions are more than the 40"):
        require_room(pool, Course(batch=20, rounds=2))
    with pytest.raises(UsageError, match="--first random"):
        require_room(pool, Course(batch=4, rounds=2, first="true"))


def test_an_interrupted_backtest_goes_on_where_it_stopped(table, tmp_path, monkeypatch):
    pool, path = finished(table), tmp_path / "runs.csv"
    options = options_of(pool, SMALL)
    whole = backtest(pool, [RANDOM], SMALL, 4)
    done = kept_runs(path, options)
    assert done.empty
    backtest(pool, [RANDOM], SMALL, 2, done=done, keep=lambda runs: keep_runs(path, runs))
    # The file was cut in the middle of a run: its rows do not count.
    cut = path.read_text(encoding="utf-8").splitlines()[:-1]
    path.write_text("\n".join(cut) + "\n", encoding="utf-8")
    seen: list[int] = []

    def counted(pool, setting, course, seed):
        seen.append(seed)
        return replay(pool, setting, course, seed)

    monkeypatch.setattr(running, "replay", counted)
    again = backtest(pool, [RANDOM], SMALL, 4, done=kept_runs(path, options))
    assert seen == [1, 2, 3]
    pd.testing.assert_frame_equal(without_time(again), without_time(whole), check_dtype=False)


def test_other_options_are_refused_each_in_words(table, tmp_path):
    pool, path = finished(table), tmp_path / "runs.csv"
    kept_runs(path, options_of(pool, SMALL))
    keep_runs(path, backtest(pool, [RANDOM], SMALL, 1))
    with pytest.raises(Refused, match="runs with batch 4; expected batch 5") as refused:
        kept_runs(path, options_of(pool, Course(batch=5, rounds=3)))
    assert len(refused.value.items) == 2
    changed = finished(table.assign(**{"yield": np.arange(40.0)}))
    with pytest.raises(Refused, match="runs with table"):
        kept_runs(path, options_of(changed, SMALL))


@pytest.mark.parametrize(
    "content", ["", "a,b\n1,2\n", ",".join(COLUMNS) + "\nrandom,0,0,4,x,1,0,0\n", "\x00"]
)
def test_a_damaged_file_is_refused_and_left_as_it_is(table, tmp_path, content):
    path, options = tmp_path / "runs.csv", options_of(finished(table), SMALL)
    kept_runs(path, options)
    path.write_text(content, encoding="utf-8")
    with pytest.raises(Refused, match="as they were written"):
        kept_runs(path, options)
    assert path.read_text(encoding="utf-8") == content


def test_a_file_that_is_no_file_of_runs_is_never_written_over(table, tmp_path):
    path = tmp_path / "yields.csv"
    table.to_csv(path)
    with pytest.raises(Refused, match=r"no 'yields\.csv\.options\.json'"):
        kept_runs(path, options_of(finished(table), SMALL))
