"""`bioal.propose` on tables as people have them."""

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.neighbors import KNeighborsRegressor

import bioal
from bioal.errors import DataWarning, Refused, UsageError

propose = bioal.propose


def yield_of(table):
    warm = {"cold": 0.0, "warm": 0.4, "hot": 0.1}
    return (
        1.0
        - (table["Mg [mM]"].astype(float) / 10 - 0.6) ** 2
        - (table["PEG [%]"].astype(float) / 4 - 0.3) ** 2
        + table["strain"].astype(object).map(warm).astype(float)
    )


@pytest.fixture
def table():
    """Return 90 conditions, 20 of them measured, indexed by letters and numbers."""
    grid = pd.MultiIndex.from_product(
        [[2, 4, 6, 8, 10], [0.0, 0.8, 1.6, 2.4, 3.2, 4.0], ["cold", "warm", "hot"]]
    )
    frame = grid.to_frame(index=False, name=["Mg [mM]", "PEG [%]", "strain"])
    frame = frame.sample(frac=1.0, random_state=0).reset_index(drop=True)
    frame["yield"] = yield_of(frame).where(frame.index < 20)
    frame.index = [f"row-{number}" for number in frame.index]
    assert frame.shape == (90, 4)
    return frame


@pytest.mark.smoke
def test_blank_rows_are_chosen_with_their_index_and_explained(table):
    before = table.copy(deep=True)
    chosen = propose(table, conditions=6)
    pd.testing.assert_frame_equal(table, before)
    assert list(chosen.columns) == [*table.columns, "predicted_mean", "predicted_sd", "reason"]
    assert set(chosen.index) <= set(table.index[20:])
    assert chosen.index.is_unique
    assert len(chosen) == 6
    pd.testing.assert_frame_equal(chosen[table.columns], table.loc[chosen.index])
    assert set(chosen["reason"]) <= {"exploit", "explore"}
    assert (chosen["predicted_sd"] >= 0).all()
    assert isinstance(chosen.attrs["notes"], list)


def test_two_rounds_find_the_best(table):
    known = table.copy()
    for _ in range(2):
        chosen = propose(known, conditions=8, model="gp").index
        known.loc[chosen, "yield"] = yield_of(known.loc[chosen])
    assert known["yield"].max() == pytest.approx(yield_of(table).max())


def test_the_same_seed_gives_the_same_rows_in_any_order_of_rows_and_columns(table):
    chosen = propose(table, conditions=6, model="gp")
    shuffled = table.sample(frac=1.0, random_state=3)[["strain", "yield", "PEG [%]", "Mg [mM]"]]
    assert list(propose(shuffled, conditions=6, model="gp").index) == list(chosen.index)


def test_a_yield_in_another_unit_gives_the_same_rows(table):
    chosen = propose(table, conditions=6, model="gp")
    for unit in (1e-12, 1e12):
        scaled = table.assign(**{"yield": table["yield"] * unit})
        assert list(propose(scaled, conditions=6, model="gp").index) == list(chosen.index)


def test_nothing_measured_gives_a_design(table):
    chosen = propose(table.assign(**{"yield": np.nan}), conditions=9)
    assert set(chosen["reason"]) == {"start"}
    assert chosen["predicted_mean"].isna().all()
    assert chosen["strain"].value_counts().min() >= 2


def test_least_is_chosen_where_least_is_wanted(table):
    worst = propose(table, conditions=4, direction="minimize", model="gp")
    best = propose(table, conditions=4, direction="maximize", model="gp")
    assert yield_of(worst).mean() < yield_of(best).mean() - 0.3


def test_a_number_is_hit(table):
    middle = float(yield_of(table).median())
    chosen = propose(table, conditions=4, direction=middle, model="gp")
    assert (yield_of(chosen) - middle).abs().mean() < 0.1


def test_a_number_of_any_kind_is_hit(table):
    plain = propose(table, conditions=3, direction=1.0, model="gp").index
    for kind in (np.int64, np.float32):
        assert list(propose(table, conditions=3, direction=kind(1), model="gp").index) == list(plain)


def test_what_the_model_notices_names_columns_and_rows(table):
    odd = table.assign(agar=1.5)
    odd.loc["row-7", "yield"] = 900.0
    notes = propose(odd, conditions=3, model="gp").attrs["notes"]
    assert any(note.startswith("agar had the same value") for note in notes)
    assert any(note.startswith("Row row-7 (900)") for note in notes)


def test_a_table_without_rows_is_refused(table):
    with pytest.raises(Refused, match="a table without rows"):
        propose(table.iloc[:0])


def test_numbers_that_nobody_measures_are_refused_and_large_ones_are_not(table):
    huge = table.copy()
    huge.loc["row-3", "yield"] = 1e200
    with pytest.raises(Refused, match=r"row row-3: found \S*1e\+200\)?; expected a number of at most"):
        propose(huge, conditions=4)
    large = table.assign(**{"yield": table["yield"] * 1e29, "spread": 1e56})
    assert len(propose(large, conditions=4, variance="spread")) == 4


def test_equal_rows_are_replicates_and_not_proposed_again(table):
    repeated = pd.concat([table, table.iloc[:20].assign(**{"yield": lambda rows: rows["yield"] + 0.01})])
    repeated.index = range(len(repeated))
    chosen = propose(repeated, conditions=70)
    assert set(chosen.index) == set(range(20, 90))


def test_a_blank_row_of_a_measured_condition_is_no_candidate_unless_replicates_are_wanted(table):
    few = pd.concat([table.iloc[:23], table.iloc[:3].assign(**{"yield": np.nan})])
    few.index = range(len(few))
    with pytest.warns(DataWarning, match="Only 3 of the 26 conditions"):
        new = propose(few, conditions=26)
    assert sorted(new.index) == [20, 21, 22]
    with pytest.warns(DataWarning, match="Only 23 of the 26 conditions"):
        both = propose(few, conditions=26, replicates=True)
    assert sorted(both.index) == [*range(3, 26)]
    assert both["yield"].isna().all()
    assert (both["reason"] == "repeat").sum() == 20


def test_conditions_listed_twice_are_proposed_once(table):
    twice = pd.concat([table, table.iloc[20:]])
    twice.index = range(len(twice))
    with pytest.warns(DataWarning, match="Only 70 of the 100"):
        chosen = propose(twice, conditions=100, acquisition="random")
    assert sorted(chosen.index) == list(range(20, 90))


def test_columns_that_are_hardly_factors_are_refused_together_unless_named(table):
    noted = table.assign(Note="x", plate="p1", Well="A1", yield_std=0.1)
    with pytest.raises(
        Refused, match=r'column "Note"(.|\n)*column "plate"(.|\n)*column "Well"(.|\n)*yield_std'
    ) as refused:
        propose(noted, conditions=4)
    assert list(refused.value.problems["code"]) == ["not-a-factor"] * 4
    named = propose(noted, conditions=4, factors=["Mg [mM]", "PEG [%]", "strain"])
    assert len(named) == 4
    assert "Note" in named


def test_plate_and_variance_are_read_where_named(table):
    noted = table.assign(plate=["p1", "p2"] * 45, spread=0.01)
    chosen = propose(noted, conditions=4, plate="plate", variance="spread", model="gp")
    assert len(chosen) == 4


@pytest.mark.parametrize("model", ["auto", "gp"])
def test_a_yield_in_a_tiny_unit_chooses_as_in_another_and_one_beyond_squaring_is_refused(table, model):
    usual = propose(table, conditions=4, model=model)
    tiny = propose(table.assign(**{"yield": table["yield"] * 2.0**-90}), conditions=4, model=model)
    assert list(tiny.index) == list(usual.index)
    with pytest.raises(Refused, match="expected 0, or at least 1e-30"):
        propose(table.assign(**{"yield": table["yield"] * 1e-200}), conditions=4, model=model)


def test_every_bad_cell_is_named_at_once(table):
    bad = table.astype({"yield": object, "PEG [%]": object})
    bad.loc["row-3", "yield"] = "n.d."
    bad.loc["row-4", "yield"] = np.inf
    bad.loc["row-5", "PEG [%]"] = None
    with pytest.raises(Refused, match="row-3") as refused:
        propose(bad, conditions=4)
    problems = refused.value.problems
    assert list(problems["code"]) == ["value-no-number", "value-no-number", "factor-blank"]
    assert problems["place"].tolist() == [
        'column "yield", row row-3',
        'column "yield", row row-4',
        'column "PEG [%]"',
    ]
    assert "row-5" in problems["found"].iloc[2]


def test_a_blank_option_is_an_option_of_its_own_and_it_is_said(table):
    blank = table.assign(
        strain=table["strain"].astype(object).where(table["strain"].astype(object) != "cold", None)
    )
    with pytest.warns(DataWarning, match='Column "strain" has blanks'):
        chosen = propose(blank, conditions=70)
    assert chosen["strain"].isna().any()


def test_numbers_written_as_text_are_options_and_it_is_said(table):
    text = table.assign(**{"PEG [%]": table["PEG [%]"].map(str)})
    with pytest.warns(DataWarning, match="numbers written as text"):
        propose(text, conditions=4, model="gp")


@pytest.mark.parametrize("kind", ["category", "bool", "Int64", "Float64", "string"])
def test_every_kind_of_column_is_a_factor(table, kind):
    if kind == "bool":
        table = table.assign(shaken=[True, False] * 45)
    elif kind in ("Int64", "Float64"):
        table = table.astype({"Mg [mM]": kind})
    else:
        table = table.astype({"strain": kind})
    assert len(propose(table, conditions=5, model="gp")) == 5


def test_dates_are_no_factor(table):
    dated = table.assign(day=pd.Timestamp("2024-01-01"))
    with pytest.raises(Refused, match='column "day": found dates'):
        propose(dated, conditions=4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"objective": "GFP"}, "no column 'GFP' in the table. Columns: Mg"),
        ({"factors": ["Mg"]}, "no column 'Mg'"),
        ({"plate": "plate"}, "no column 'plate'"),
        ({"conditions": 0}, "conditions=0: write how many"),
        ({"conditions": 2.5}, "conditions=2.5: write how many"),
        ({"direction": "up"}, "direction='up': write \"maximize\""),
        ({"direction": np.nan}, "direction=nan"),
        ({"acquisition": "luck"}, 'no strategy "luck"'),
        ({"model": "oracle"}, 'no model "oracle"'),
        ({"model": KNeighborsRegressor(60)}, "KNeighborsRegressor(n_neighbors=60) cannot learn from"),
    ],
)
def test_an_option_that_cannot_be_used_is_answered_with_what_can(table, options, message):
    with pytest.raises(UsageError, match=re.escape(message)):
        propose(table, **options)


def test_a_misspelt_or_repeated_column_is_named(table):
    objective = table.columns[-1]
    with pytest.raises(UsageError, match=f"Did you mean '{objective}'"):
        propose(table, objective=objective[:-1] + "x")
    with pytest.raises(UsageError, match="several columns"):
        propose(pd.concat([table, table], axis=1), objective=objective)


def test_a_table_that_is_none_is_a_usage_error():
    with pytest.raises(UsageError, match="table is a list"):
        propose([1, 2, 3])


PROTOCOL = """
[campaign]
name = "Small"

[readouts.GFP]
unit = "RFU"

[objective]
readout = "GFP"
name = "GFP"
direction = "minimize"

[factors.Mg]
unit = "mM"
levels = [2, 4, 6, 8]

[factors.strain]
options = ["A", "B"]

[[constraints]]
sum = { Mg = 1 }
at_most = 7

[plate]
size = 96
"""


@pytest.fixture
def planned(tmp_path):
    path = tmp_path / "protocol.toml"
    path.write_text(PROTOCOL, encoding="utf-8")
    return path


def test_with_a_protocol_its_space_is_proposed_from_and_blank_rows_are_pending(planned):
    known = pd.DataFrame({"Mg [mM]": [2.0, 4.0, 8.0], "strain": ["A", "B", "A"], "GFP": [3.0, np.nan, 1.0]})
    with pytest.warns(DataWarning, match="Only 4 of the 24 conditions"):
        chosen = propose(known, objective="GFP", protocol=planned)
    rows = sorted(zip(chosen["Mg"], chosen["strain"], strict=True))
    assert rows == [(2.0, "B"), (4.0, "A"), (6.0, "A"), (6.0, "B")]
    assert list(chosen.columns) == ["Mg", "strain", "predicted_mean", "predicted_sd", "reason"]


def test_a_protocol_brings_its_direction(planned):
    known = pd.DataFrame(
        {"Mg": [2.0, 4.0, 6.0, 4.0], "strain": ["A", "A", "A", "B"], "GFP": [1.0, 2.0, 3.0, 9.0]}
    )
    chosen = propose(known, objective="GFP", conditions=1, protocol=planned, model="gp", replicates=False)
    assert chosen["Mg"].iloc[0] == 2.0


def test_what_a_protocol_does_not_know_is_refused(planned):
    known = pd.DataFrame({"Mg": [2.0, np.nan], "strain": ["A", "C"], "GFP": [1.0, 2.0]})
    with pytest.raises(Refused, match="strain") as refused:
        propose(known, objective="GFP", protocol=planned)
    assert sorted(refused.value.problems["code"]) == ["factor-blank", "factor-value"]
    with pytest.raises(Refused, match=re.escape('expected a column "Mg [mM]"')):
        propose(known.drop(columns="Mg"), objective="GFP", protocol=planned)
