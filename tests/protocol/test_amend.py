from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bioal.errors import ProtocolError
from bioal.protocol.amend import amendment
from bioal.protocol.protocol import Protocol, protocol_from_toml

PEG = '[factors."PEG-8000"]\nunit = "%"\nlow = 0\nhigh = 4\nstep = 0.25\n'
ADDED = '[factors.DTT]\nunit = "mM"\nlevels = [0, 1, 2]\n'


def changed(text: str, *pairs: tuple[str, str]) -> Protocol:
    for before, after in pairs:
        assert before in text
        text = text.replace(before, after)
    return protocol_from_toml(text)


@pytest.fixture
def old(text) -> Protocol:
    return protocol_from_toml(text)


@pytest.fixture
def past(old) -> pd.DataFrame:
    return old.space.conditions(old.space.sample(60, np.random.default_rng(0)))


def without_peg(text: str, fixed: str) -> Protocol:
    return changed(
        text + fixed,
        (PEG, ""),
        (', "PEG-8000" = 0.5', ""),
        ('"PEG-8000" = 2, ', ""),
        ("at_most = 6", "at_most = 4"),
    )


def test_a_text_that_says_the_same_changes_nothing(old, text, past):
    same = amendment(old, protocol_from_toml(text + "\n# a remark\n"))
    assert same.changes == ()
    carried, counts = same.carried(past)
    pd.testing.assert_frame_equal(carried, past)
    assert counts.all()


def test_wider_and_narrower_levels_keep_the_past(old, text, past):
    new = changed(
        text, ("levels = [0.4, 1.2, 2.0, 4.0]", "levels = [1.2, 2.0, 8.0]"), ("at_most = 6", "at_most = 9")
    )
    step = amendment(old, new)
    assert step.changes[0] == "Mg-glutamate changes from 0.4, 1.2, 2, 4 mM to 1.2, 2, 8 mM."
    carried, counts = step.carried(past)
    assert counts.all()
    points = new.space.spanning(carried).encode(carried)
    assert points[:, 0].min() >= 0
    assert points[:, 0].max() <= 1


def test_a_frozen_factor_is_said_and_its_past_counts(old, text, past):
    step = amendment(old, changed(text, ("levels = [25, 30, 37]", "levels = [30]")))
    assert "temperature is frozen at 30 C." in step.changes
    assert step.carried(past)[1].all()


def test_an_added_factor_needs_its_value_in_the_past(old, text, past):
    with pytest.raises(ProtocolError, match=r"factors\.DTT: found the new factor 'DTT'.*past = "):
        amendment(old, changed(text + ADDED, ("NTP = 1, ", "NTP = 1, DTT = 1, ")))
    step = amendment(old, changed(text + ADDED + "past = 1.5\n", ("NTP = 1, ", "NTP = 1, DTT = 1, ")))
    assert "DTT is added: 0, 1, 2 mM; in past rounds it was 1.5 mM." in step.changes
    carried, counts = step.carried(past)
    assert (carried["DTT"] == 1.5).all()
    assert counts.all()


def test_the_past_of_a_number_is_a_number(old, text):
    added = '[factors.tube]\noptions = ["a", "b"]\npast = "a"\n'
    new = changed(text + added, ("NTP = 1, ", 'NTP = 1, tube = "a", '))
    assert amendment(old, new).carried(pd.DataFrame(columns=list(old.space.names)))[0]["tube"].dtype == object


def test_a_dropped_factor_keeps_only_what_was_made_with_its_fixed_value(old, text, past):
    with pytest.raises(
        ProtocolError, match=r'factors\."PEG-8000": found no factor.*Add "PEG-8000" = \.\.\. under \[fixed\]'
    ):
        amendment(old, without_peg(text, ""))
    step = amendment(old, without_peg(text, '[fixed]\n"PEG-8000" = 2.0\n'))
    assert step.dropped == ("PEG-8000",)
    carried, counts = step.carried(past)
    assert counts.tolist() == (past["PEG-8000"] == 2.0).tolist()
    assert "PEG-8000" not in carried


def test_a_dropped_factor_may_come_back_with_the_value_it_was_fixed_at(old, text):
    between = without_peg(text, '[fixed]\n"PEG-8000" = 2.0\n')
    conditions = between.space.conditions(between.space.sample(5, np.random.default_rng(0)))
    carried, counts = amendment(between, old).carried(conditions)
    assert (carried["PEG-8000"] == 2.0).all()
    assert counts.all()


def test_a_rename_needs_a_mapping_and_carries_the_values(old, text, past):
    renaming = [('[factors."Mg-glutamate"]', "[factors.Mg]"), ('{ "Mg-glutamate"', "{ Mg")]
    with pytest.raises(ProtocolError, match=r"factors\.Mg: found the new factor.*write renamed_from"):
        amendment(old, changed(text, *renaming))
    new = changed(text, *renaming, ("2.0, 4.0]", '2.0, 4.0]\nrenamed_from = "Mg-glutamate"'))
    step = amendment(old, new)
    assert "Mg-glutamate is now called Mg." in step.changes
    assert (step.carried(past)[0]["Mg"] == past["Mg-glutamate"]).all()
    # A mapping that has done its work may stay in the file.
    assert amendment(new, new).changes == ()


def test_a_rename_from_nothing_known_is_refused(old, text):
    new = changed(text, ("step = 0.25", 'step = 0.25\nrenamed_from = "PEG-800"'))
    assert amendment(old, new).changes == ()
    new = changed(
        text, ('"PEG-8000"', '"PEG"'), ("step = 0.25", 'step = 0.25\nrenamed_from = "PEG 8000"')
    )  # fmt: skip
    with pytest.raises(ProtocolError, match="Did you mean 'PEG-8000'"):
        amendment(old, new)


def test_a_unit_cannot_change(old, text):
    with pytest.raises(
        ProtocolError, match=r"factors\.NTP\.unit: found 'uM'; expected 'mM', as in the past rounds"
    ):
        amendment(old, changed(text, ('[factors.NTP]\nunit = "mM"', '[factors.NTP]\nunit = "uM"')))
    with pytest.raises(ProtocolError, match=r"readouts\.GFP\.unit"):
        amendment(old, changed(text, ('unit = "RFU"', 'unit = "nM"')))


def test_a_number_cannot_become_a_choice(old, text):
    new = changed(
        text,
        ('unit = "mM"\nlow = 0.1\nhigh = 10\nscale = "log"', 'options = ["1", "2"]'),
        ("NTP = 1, ", 'NTP = "1", '),
    )
    with pytest.raises(ProtocolError, match="the same kind of factor: a number"):
        amendment(old, new)


def test_a_readout_of_the_past_cannot_vanish(old, text):
    new = changed(text, ("[readouts.GFP]", "[readouts.RFP]"), ('readout = "GFP"', 'readout = "RFP"'))
    with pytest.raises(ProtocolError, match=r"readouts\.GFP: found nothing"):
        amendment(old, new)


def test_an_option_no_longer_offered_still_teaches(old, text, past):
    new = changed(text, ('"pTHS", ', ""))
    carried, counts = amendment(old, new).carried(past)
    assert counts.all()
    assert new.space.spanning(carried).encode(carried).shape == (60, 7)


def test_an_ordered_option_that_is_gone_has_no_place_any_more(text, past):
    ordered = text.replace("options = [", "ordered = true\noptions = [")
    step = amendment(protocol_from_toml(ordered), changed(ordered, ('"pTHS", ', "")))
    assert step.carried(past)[1].tolist() == (past["plasmid"] != "pTHS").tolist()


def test_what_a_new_rule_makes_inactive_becomes_blank(old, text, past):
    tied = '[[constraints]]\nfactor = "NTP"\nonly_with = { plasmid = "pTAC" }\n'
    new = protocol_from_toml(text + tied)
    carried, counts = amendment(old, new).carried(past)
    assert (carried["NTP"].notna() == (past["plasmid"] == "pTAC")).all()
    assert counts.all()
    back, complete = amendment(new, old).carried(carried)
    assert complete.tolist() == back["NTP"].notna().tolist()


def test_changed_controls_plate_rules_and_objective_are_told(old, text):
    new = changed(
        text + '[fixed]\nHEPES = { value = 50, unit = "mM" }\n',
        ("wells = 3", "wells = 4"),
        ("replicates = 2", "replicates = 3"),
        ("at_most = 6", "at_most = 5"),
        ('"maximize"', '"minimize"'),
    )
    changes = "\n".join(amendment(old, new).changes)
    assert "Fixed part HEPES: not mentioned before, 50 mM now; past conditions still count." in changes
    assert "No longer asked: Mg-glutamate + 0.5 x PEG-8000 is at most 6." in changes
    assert "Newly asked: Mg-glutamate + 0.5 x PEG-8000 is at most 5." in changes
    assert (
        "Plate: 96 wells with 2 of each condition before, 96 wells with 3 of each condition now." in changes
    )
    assert "4 reference (Mg-glutamate 1.2, PEG-8000 2, NTP 1, plasmid pTAC); 2 blank now." in changes
    assert "minimize GFP, relative to reference (GFP) now." in changes
