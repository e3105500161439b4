"""Each danger that bioal promises to withstand has a test, by name: sheets, hostile files, lost records.

The numbers are those of the project's reference on spreadsheets and reliability; what a hazard of sheets
(S1-S28) is, and bioal's answer, stands in `bioal.measurements.hazards`, its generated files in
`measurements/test_hazards.py`.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from bioal.measurements.hazards import HAZARDS

HERE = Path(__file__).parent
HAZARD_FILES = "measurements/test_hazards.py::test_a_hazard_is_merged_exactly_or_refused_for_its_reason"
WORKBOOKS = "test_hostile_files.py::test_a_hostile_workbook_is_refused_in_one_line_by_every_reader"

# Hazards of sheets of which one returned file does not say everything.
SHEETS: dict[str, tuple[str, ...]] = {
    "S1": ("measurements/test_hazards.py::test_s1_no_id_of_bioal_looks_like_a_date_or_a_number",),
    "S2": (
        "sheets/test_returned_text.py::"
        "test_a_bare_decimal_comma_never_becomes_two_columns_or_another_number",
    ),
    "S5": (
        "measurements/test_hazards.py::test_s5_a_word_of_an_instrument_is_never_a_number",
        "measurements/test_values.py::test_a_word_instead_of_a_number_is_a_status_with_its_text_kept",
    ),
    "S9": ("sheets/test_returned_workbook.py::test_hidden_rows_are_read_and_counted",),
    "S10": ("measurements/test_hazards.py::test_s10_the_order_of_rows_never_matters",),
    "S11": (
        "campaign/test_misread_plates.py::test_a_column_that_slipped_by_one_row_is_noticed",
        "measurements/test_corpus.py::"
        "test_results_that_were_sorted_alone_are_refused_unless_they_were_really_read_so",
    ),
    "S13": (
        "measurements/test_hazards.py::test_s13_a_copy_that_was_saved_anew_has_the_same_content",
        "campaign/test_campaign.py::test_merging_twice_is_a_no_op",
    ),
    "S14": (
        "campaign/test_together.py::test_two_halves_of_a_plate_become_the_whole_in_either_order",
        "campaign/test_together.py::test_halves_that_overlap_and_agree_become_the_whole",
        "campaign/test_together.py::test_halves_that_contradict_are_refused_with_each_cell_and_both_values",
    ),
    "S15": ("campaign/test_campaign.py::test_a_workbook_of_another_campaign_is_refused",),
    "S17": ("campaign/test_campaign.py::test_an_empty_return_is_refused_and_nothing_changes",),
    "S18": (
        "campaign/test_misread_plates.py::test_a_misread_plate_is_refused_and_put_back_on_a_persons_word",
        "campaign/test_misread_plates.py::test_a_good_plate_is_merged_without_a_word",
        "plates/test_misreading.py::"
        "test_misread_duplicates_that_differ_by_twice_their_noise_show_and_good_ones_pass",
        "plates/test_misreading.py::test_a_single_strange_value_does_not_make_a_plate_a_misread_one",
    ),
    "S19": ("measurements/test_hazards.py::test_s19_every_spelling_of_every_well_is_that_well",),
    "S22": ("measurements/test_corpus.py::test_values_on_a_copy_of_the_run_list_are_looked_for_there",),
    "S23": ("measurements/test_hazards.py::test_s23_every_other_kind_of_file_has_a_sentence_of_its_own",),
    "S24": ("sheets/test_returned_text.py::test_every_dialect_of_one_table_says_the_same",),
    "S26": ("measurements/test_hazards.py::test_s26_values_ten_times_too_large_or_small_are_questioned",),
    "S27": (
        "campaign/test_faults.py::test_a_workbook_and_a_table_replace_the_old_one_whole_or_not_at_all",
        "sheets/test_copies.py::test_a_file_that_is_open_elsewhere_is_read_with_a_note",
    ),
    "S28": ("measurements/test_hazards.py::test_s28_language_and_time_zone_make_no_difference",),
}

ATTACKS: dict[str, tuple[str, ...]] = {
    "a million tiny rows": (WORKBOOKS,),
    "one cell at XFD1048576": (WORKBOOKS,),
    "a value at A1048576": (WORKBOOKS,),
    "a dimension too large": (WORKBOOKS, "test_hostile_files.py::test_a_wrong_size_in_a_sheet_loses_no_row"),
    "a dimension too small": ("test_hostile_files.py::test_a_wrong_size_in_a_sheet_loses_no_row",),
    "billion laughs": (WORKBOOKS,),
    "quadratic entity": (WORKBOOKS,),
    "external entity": (WORKBOOKS,),
    "a relationship that leads out": (WORKBOOKS,),
    "macros": (WORKBOOKS,),
    "external links": ("sheets/test_preflight.py::test_links_to_other_files_are_not_followed_and_said",),
    "brackets without end": (
        "test_hostile_files.py::test_a_hostile_protocol_is_answered_at_once",
        "test_hostile_files.py::test_a_hostile_table_is_answered_at_once",
        "test_hostile_files.py::test_a_hostile_record_is_refused_at_once",
        "test_hostile_files.py::test_a_hostile_report_is_refused_at_once",
    ),
    "formulas typed as names": (
        "test_injection.py::test_a_formula_typed_as_any_name_is_text_in_workbooks_and_worklists",
        "test_injection.py::test_a_protocols_workbook_and_a_marked_copy_hold_text_and_bring_it_back",
        "test_injection.py::test_a_table_that_goes_out_is_text",
    ),
    "markup typed as names": (
        "report/test_page.py::test_what_people_typed_is_text_and_never_markup",
        "report/test_cards.py::test_campaign_round_protocol_and_summary_show_what_people_typed_as_text",
        "web/test_values.py::test_what_was_typed_never_becomes_markup",
    ),
    "code that came as data": (
        "test_architecture.py::test_no_file_can_run_code_that_came_as_data",
        "test_injection.py::test_code_typed_as_a_name_does_not_run_in_an_opentrons_protocol",
    ),
    "names twice and NaN in records": ("campaign/test_folder_store.py::test_rubbish_is_refused_in_words",),
    "any bytes at all": (
        "test_fuzzing.py::test_rubbish_is_read_or_refused",
        "test_fuzzing.py::test_an_honest_file_that_was_changed_is_read_or_refused",
    ),
}

DURABILITY: dict[str, tuple[str, ...]] = {
    "D1 killed at any moment": (
        "campaign/test_folder_store.py::test_killed_writers_lose_nothing_that_was_acknowledged",
        "campaign/test_together.py::"
        "test_merges_that_are_killed_lose_nothing_acknowledged_and_leave_nothing_half_written",
    ),
    "D2 the n-th operation fails": (
        "campaign/test_faults.py::"
        "test_wherever_the_disk_fails_nothing_acknowledged_is_lost_and_nothing_half_written_is_read",
        "campaign/test_folder_store.py::"
        "test_when_the_nth_operation_fails_the_record_is_there_or_not_and_nothing_in_between",
        "campaign/test_folder_store.py::test_a_short_write_is_completed",
    ),
    "D3 a changed byte": (
        "campaign/test_folder_store.py::test_every_changed_byte_of_every_record_is_noticed_and_its_file_named",
    ),
    "D4 a record cut short": ("campaign/test_folder_store.py::test_a_record_cut_at_any_length_is_noticed",),
    "D5 records deleted, exchanged, doubled": (
        "campaign/test_folder_store.py::test_a_missing_record_is_named_in_the_middle_and_at_the_tail",
        "campaign/test_folder_store.py::test_swapped_records_are_named",
        "campaign/test_folder_store.py::test_a_record_from_another_past_is_named",
    ),
    "D6 eight at once": (
        "campaign/test_together.py::test_eight_processes_that_merge_lose_nothing_and_merge_nothing_twice",
    ),
    "D7 a lock left behind": (
        "campaign/test_lock.py::test_the_lock_of_a_process_that_is_gone_is_set_aside",
        "campaign/test_lock.py::test_a_lock_of_which_this_host_cannot_judge_is_respected",
    ),
    "D8 campaigns of earlier versions": (
        "campaign/test_kept.py::test_a_campaign_of_an_earlier_version_is_whole_and_says_the_same",
        "campaign/test_kept.py::test_a_campaign_of_an_earlier_version_goes_on",
    ),
    "D9 two children of one parent": (
        "campaign/test_folder_store.py::test_a_copy_a_stranger_and_a_fork_are_told_apart",
    ),
    "D10 odd and read-only folders": (
        "campaign/test_kept.py::test_a_campaign_lives_in_a_folder_of_any_name",
        "campaign/test_faults.py::"
        "test_wherever_the_disk_fails_nothing_acknowledged_is_lost_and_nothing_half_written_is_read",
    ),
    "D11 the state is the replay of the records": (
        "campaign/test_campaign.py::test_replaying_all_records_equals_taking_them_one_by_one",
        "campaign/test_kept.py::test_a_campaign_says_the_same_as_its_records_after_any_steps",
    ),
}


@cache
def names_of_tests(file: str) -> frozenset[str]:
    tree = ast.parse((HERE / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@cache
def hazards_with_files() -> frozenset[str]:
    """Return the hazards of which `measurements/test_hazards.py` makes files."""
    tree = ast.parse((HERE / "measurements/test_hazards.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    made = [call.args[0] for call in calls if ast.unparse(call.func) == "Case" and call.args]
    return frozenset(str(first.value) for first in made if isinstance(first, ast.Constant))


@pytest.mark.parametrize("name", [*SHEETS, *ATTACKS, *DURABILITY])
def test_a_danger_has_its_tests(name):
    for test in (SHEETS | ATTACKS | DURABILITY)[name]:
        file, _, function = test.partition("::")
        assert function.startswith("test_")
        assert function in names_of_tests(file), test


def test_no_danger_is_without_a_test():
    assert set(SHEETS) | hazards_with_files() == {one.number for one in HAZARDS}
    assert [name.split()[0] for name in DURABILITY] == [f"D{number}" for number in range(1, 12)]
