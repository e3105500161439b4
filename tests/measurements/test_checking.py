"""A returned file is merged exactly or refused with its cells named."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bioal.errors import UsageError

SETTINGS = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def typed(table: pd.DataFrame, row: int, **values: object) -> pd.DataFrame:
    """Return a table with some cells typed; headings by their first word."""
    table = table.astype(object)
    for word, value in values.items():
        heading = next((name for name in table.columns if name.split()[0].split("-")[0] == word), word)
        table.loc[row, heading] = value
    return table


@pytest.mark.smoke
def test_a_filled_workbook_gives_every_value_to_its_own_sample(bench):
    checked = bench.check(bench.filled())
    assert checked.problems == ()
    assert checked.round == 1
    assert len(checked.readings) == len(bench.rounds[1].samples)
    assert bench.merged_right(checked)


def test_a_table_with_the_same_columns_says_the_same_as_the_workbook(bench):
    sheet, table = bench.check(bench.filled()), bench.check(bench.table())
    assert table.problems == ()
    columns = ["sample", "readout", "value", "unit", "status"]
    pd.testing.assert_frame_equal(sheet.readings[columns], table.readings[columns])


@SETTINGS
@given(data=st.data())
def test_any_order_of_rows_and_columns_says_the_same(bench, data):
    table = bench.table()
    rows = data.draw(st.permutations(range(len(table))))
    columns = data.draw(st.permutations(list(table.columns)))
    checked = bench.check(table.iloc[rows][columns].reset_index(drop=True))
    assert checked.problems == ()
    plain = bench.check(table).readings.drop(columns="cell").sort_values("sample", ignore_index=True)
    again = checked.readings.drop(columns="cell").sort_values("sample", ignore_index=True)
    pd.testing.assert_frame_equal(plain, again)


@SETTINGS
@given(cut=st.integers(min_value=1, max_value=20), seed=st.integers(0, 99))
def test_two_parts_of_a_round_say_what_the_whole_says(bench, cut, seed):
    table = bench.table().sample(frac=1, random_state=seed)
    first = bench.check(table.iloc[:cut])
    second = bench.check(table, first.readings)
    assert len(first.readings) == cut
    assert second.unchanged == cut
    together = pd.concat([first.readings, second.readings]).sort_values("sample")
    assert dict(zip(together["sample"], together["value"], strict=True)) == bench.truth


@pytest.mark.smoke
def test_the_same_file_twice_brings_nothing_new(bench):
    path = bench.filled()
    first = bench.check(path)
    again = bench.check(path, first.readings)
    assert again.problems == ()
    assert again.nothing_new
    assert again.unchanged == len(first.readings)


def test_a_corrected_value_is_refused_with_old_and_new_and_then_accepted_on_purpose(bench):
    known = bench.check(bench.table()).readings
    changed = typed(bench.table(), 2, GFP=1500.0)
    refused = bench.check(changed, known)
    (problem,) = refused.problems
    assert problem.code == "value-changed"
    assert problem.found == "1500 RFU"
    before = f"{bench.truth['R01-S0003']:g} RFU"
    assert before in problem.expected
    assert "--accept corrections" in problem.remedy
    accepted = bench.check(changed, known, accept=["corrections"])
    assert accepted.problems == ()
    assert accepted.readings["value"].tolist() == [1500.0]
    assert accepted.corrections[["old", "new"]].to_numpy().tolist() == [[before, "1500 RFU"]]


def test_a_blank_never_erases_a_value(bench):
    known = bench.check(bench.table()).readings
    blank = typed(bench.table(), 2, GFP=None)
    checked = bench.check(blank, known)
    assert checked.problems == ()
    assert checked.nothing_new


def test_a_status_without_its_number_takes_nothing_away_but_another_status_is_a_correction(bench):
    spoiled = typed(bench.table(), 2, Status="spoiled")
    known = bench.check(spoiled).readings
    assert bench.check(typed(spoiled, 2, GFP=None), known).nothing_new
    assert [problem.code for problem in bench.check(bench.table(), known).problems] == ["value-changed"]


def test_a_value_that_differs_in_the_sixteenth_digit_is_the_same(bench):
    known = bench.check(bench.table()).readings
    table = bench.table()
    table["GFP [RFU]"] *= 1 + 4e-16
    assert bench.check(table, known).nothing_new


def test_an_empty_return_has_nothing_to_merge(bench):
    checked = bench.check(bench.blank())
    assert [problem.code for problem in checked.problems] == ["nothing-to-merge"]
    assert "GFP [RFU]" in checked.problems[0].remedy


def test_a_workbook_of_another_campaign_is_refused_with_one_problem(bench):
    checked = bench.check(bench.blank(campaign="another"))
    (problem,) = checked.problems
    assert problem.code == "campaign-other"
    assert "Tricky words" in problem.found
    assert not len(checked.readings)


@pytest.mark.parametrize(("into", "code"), [(2, "round-other"), (1, None)])
def test_a_file_goes_into_the_round_that_it_is_of(bench, into, code):
    checked = bench.check(bench.table(), into=into)
    assert [problem.code for problem in checked.problems] == ([code] if code else [])


def test_a_file_of_a_round_that_was_never_proposed_is_refused(bench):
    table = bench.table()
    table["Sample"] = table["Sample"].str.replace("R01", "R07")
    (problem,) = bench.check(table).problems
    assert problem.code == "round-unknown"


def test_samples_of_two_rounds_in_one_table_are_refused(bench):
    table = bench.table()
    table.loc[3, "Sample"] = "R02-S0004"
    (problem,) = bench.check(table).problems
    assert problem.code == "rounds-mixed"


def test_a_table_without_its_conditions_is_refused(bench):
    table = bench.table()[["Sample", "Condition", "GFP [RFU]"]]
    (problem,) = bench.check(table).problems
    assert problem.code == "ids-alone"
    assert "--accept ids" in problem.remedy
    assert "'NTP [\u00b5M]'" in problem.found


def test_an_unknown_word_to_accept_is_a_wrong_call(bench):
    with pytest.raises(UsageError, match="choose from corrections, actuals, scale, range"):
        bench.check(bench.table(), accept=["everything"])


def test_changed_conditions_are_recorded_when_they_are_accepted(bench):
    table = typed(bench.table(), 3, Mg=5.0)
    table.loc[4, "NTP [\u00b5M] actual"] = 3.3
    checked = bench.check(table, accept=["actuals"])
    assert checked.problems == ()
    assert checked.actuals[["sample", "factor", "actual"]].to_numpy().tolist() == [
        ["R01-S0004", "Mg-glutamate", 5.0],
        ["R01-S0005", "NTP", 3.3],
    ]
    assert bench.merged_right(checked)


def test_a_changed_condition_that_is_known_already_is_not_new(bench):
    from bioal.measurements.checking import Known

    table = typed(bench.table(), 3, Mg=5.0)
    made = pd.DataFrame({"Mg-glutamate": [5.0]}, index=["R01-S0004"])
    first = bench.check(table, accept=["actuals"])
    again = bench.check(table, first.readings, known=Known(made=made))
    assert again.problems == ()
    assert again.nothing_new


def test_an_edited_cell_and_another_actual_value_contradict_each_other(bench):
    table = typed(bench.table(), 3, Mg=5.0)
    table.loc[3, "Mg-glutamate [mM] actual"] = 6.0
    codes = [problem.code for problem in bench.check(table, accept=["actuals"]).problems]
    assert codes == ["actuals-contradict"]


def test_conditions_that_changed_places_are_refused_even_when_changes_are_accepted(bench):
    table = bench.table()
    factors = [factor.heading for factor in bench.protocol.factors]
    table[factors] = table[factors].iloc[::-1].to_numpy()
    codes = {problem.code for problem in bench.check(table, accept=["actuals"]).problems}
    assert "conditions-shuffled" in codes


def test_a_control_that_follows_its_plate_may_show_the_setting_or_nothing(bench):
    table = bench.table()
    reference = table["Condition"].str.startswith("reference")
    settings_of = {"plate-1": 30.0, "plate-2": 37.0}
    table.loc[reference, "temperature [C]"] = table.loc[reference, "Plate"].map(settings_of)
    assert bench.check(table).problems == ()
    table.loc[reference, "temperature [C]"] = 25.0
    problems = bench.check(table).problems
    assert {problem.code for problem in problems} == {"condition-changed"}
    assert {problem.expected[:15] for problem in problems} == {"30 C as planned", "37 C as planned"}


@pytest.mark.parametrize("shown", [True, False], ids=["its setting", "blank"])
def test_conditions_that_changed_places_with_a_control_are_refused(bench, shown):
    table = bench.table()
    factors = [factor.heading for factor in bench.protocol.factors]
    here = table.index[table["Plate"] == "plate-1"]
    control = table["Condition"].str.startswith("reference")
    if shown:
        table.loc[control & table.index.isin(here), "temperature [C]"] = 30.0
    two = [here[control[here]][0], here[~control[here]][0]]
    table.loc[two, factors] = table.loc[two[::-1], factors].to_numpy()
    codes = {problem.code for problem in bench.check(table, accept=["actuals"]).problems}
    assert codes == {"conditions-shuffled"}


def test_a_level_written_with_fewer_digits_is_still_that_level(bench):
    table = bench.table()
    table["NTP [\u00b5M]"] = [float(f"{value:.3g}") for value in table["NTP [\u00b5M]"]]
    assert bench.check(table).problems == ()


@pytest.mark.parametrize("factor", [10.0, 0.1, 1000.0])
def test_a_scale_that_jumps_tenfold_is_questioned(bench, factor):
    known = bench.check(bench.table()).readings
    moved = known.assign(sample=known["sample"].str.replace("R01", "R02"), value=known["value"] / factor)
    checked = bench.check(bench.table(), moved)
    (problem,) = checked.problems
    assert problem.code == "scale-jump"
    assert problem.place == "readout GFP"
    assert bench.check(bench.table(), moved, accept=["scale"]).problems == ()


def test_a_scale_that_moves_threefold_is_not_questioned(bench):
    known = bench.check(bench.table()).readings
    moved = known.assign(sample=known["sample"].str.replace("R01", "R02"), value=known["value"] * 3)
    assert bench.check(bench.table(), moved).problems == ()


def test_a_value_out_of_range_is_accepted_on_purpose(bench):
    table = typed(bench.table(), 0, GFP=250000.0)
    assert [problem.code for problem in bench.check(table).problems] == ["value-out-of-range"]
    assert bench.check(table, accept=["range"]).problems == ()


def test_notes_are_kept_as_typed(bench):
    table = typed(bench.table(), 2, Note="  a bubble ")
    assert bench.check(table).notes == {"R01-S0003": "a bubble"}


NASTY = st.one_of(
    st.none(),
    st.floats(-10, 5000),
    st.integers(-5, 40),
    st.booleans(),
    st.dates(),
    st.text(max_size=8),
    st.sampled_from(
        ["R01-S0002", "R01-C003", "12,5", "ok", "spoiled", "B2", "plate-1", "pTAC", "#N/A", "1e3", "<2"]
    ),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_cell_that_is_overtyped_puts_a_value_beside_another_sample(bench, data):
    table = bench.table().astype(object)
    edited: set[tuple[int, str]] = set()
    for _ in range(data.draw(st.integers(1, 3))):
        row = data.draw(st.integers(0, len(table) - 1))
        column = data.draw(st.sampled_from(list(table.columns)))
        table.loc[row, column] = data.draw(NASTY)
        edited.add((row, column))
    checked = bench.check(table, accept=data.draw(st.sampled_from([[], ["actuals"]])))
    if checked.problems:
        return
    own = {bench.table().loc[row, "Sample"] for row, column in edited if column == "GFP [RFU]"}
    others = checked.readings[~checked.readings["sample"].isin(own)]
    assert all(bench.truth[row.sample] == row.value for row in others.itertuples())


def test_the_keys_that_are_read_are_those_that_are_written():
    from bioal.measurements import checking_file, checking_round
    from bioal.sheets import names

    keys = (
        names.KEY_CAMPAIGN,
        names.KEY_ROUND,
        names.KEY_SCHEMA,
        names.KEY_NAME,
        names.SCHEMA,
        names.DETAIL_FIELDS,
    )
    assert keys == (
        checking_round.KEY_CAMPAIGN,
        checking_round.KEY_ROUND,
        checking_round.KEY_SCHEMA,
        checking_round.KEY_NAME,
        checking_round.KNOWN_SCHEMA,
        checking_file.DETAIL_FIELDS,
    )


def test_rows_whose_labels_repeat_keep_addresses_of_their_own(bench):
    table = bench.table().astype(object)
    table.loc[[0, 1], "GFP [RFU]"] = ["12,5", "13,5"]
    table.index = [7] * len(table)
    cells = [problem.cell for problem in bench.check(table).problems]
    assert cells == ["row 0, column 'GFP [RFU]'", "row 1, column 'GFP [RFU]'"]


@pytest.mark.parametrize(
    ("predicted", "asked"), [((1000, 900, 1100), False), ((100, 50, 150), True), ((100, 5, 5000), False)]
)
def test_new_conditions_are_compared_with_what_was_predicted_of_them(bench, predicted, asked):
    from dataclasses import replace

    round_ = bench.rounds[1]
    columns = dict(zip(("mean", "low", "high"), map(float, predicted), strict=True))
    expecting = replace(round_, predictions=round_.predictions.assign(**columns))
    earlier = bench.check(bench.table()).readings.iloc[:3]
    rounds = {1: expecting, 2: bench.rounds[2]}
    proposed = bench.rounds[2].samples.query("role == 'sample'").index[:3]
    low = earlier.assign(sample=[str(sample) for sample in proposed], value=1.0)
    own = replace(bench, rounds=rounds)
    table = bench.table()[~bench.table()["Condition"].str.startswith("reference")]
    shared = set(bench.rounds[1].samples["condition"]) & set(
        bench.rounds[2].samples.loc[proposed, "condition"]
    )
    assert not shared
    codes = [problem.code for problem in own.check(table, low).problems]
    assert codes == (["scale-jump"] if asked else [])


def test_an_unknown_form_of_workbook_is_refused(bench):
    from dataclasses import replace

    from bioal.measurements.checking import check
    from bioal.sheets.returned import read_returned

    returned = replace(
        read_returned(bench.blank()), manifest={"schema": "bioal-round-9", "campaign": "c4mp41gn"}
    )
    checked = check(
        returned, bench.protocol, bench.rounds, bench.check(bench.table()).readings, campaign="c4mp41gn"
    )
    assert [problem.code for problem in checked.problems] == ["schema-unknown"]
