from __future__ import annotations

import hashlib

import numpy as np
import pytest

from bioal.errors import ProtocolError
from bioal.protocol.factors import Choice, Numeric
from bioal.protocol.objective import Objective, Readout
from bioal.protocol.protocol import Protocol, protocol_from_file, protocol_from_toml


def problems_of(text: str) -> dict[str, str]:
    """Return place -> whole sentence of every problem."""
    with pytest.raises(ProtocolError, match="found") as caught:
        protocol_from_toml(text)
    assert all(item.file == "protocol.toml" for item in caught.value.items)
    return {item.place: str(item) for item in caught.value.items}


@pytest.mark.smoke
def test_the_documented_form_becomes_a_protocol(text):
    protocol = protocol_from_toml(text)
    assert protocol.space.names == ("Mg-glutamate", "PEG-8000", "NTP", "plasmid", "temperature")
    assert protocol.space.plate_factors == ("temperature",)
    assert isinstance(protocol.factor("plasmid"), Choice)
    assert protocol.factor("PEG-8000").size == 17
    assert protocol.objective == Objective("GFP", "GFP, relative to reference", "maximize")
    assert protocol.readout.heading == "GFP [RFU]"
    assert (protocol.plate.size, protocol.plate.replicates) == (96, 2)
    fits_the_sum = sum(mg + 0.5 * step * 0.25 <= 6 for mg in (0.4, 1.2, 2, 4) for step in range(17))
    assert protocol.space.count().value == fits_the_sum * 25 * 3 * 3


def test_a_control_may_follow_its_plate_and_a_blank_needs_no_condition(text):
    reference, blank = protocol_from_toml(text).controls
    assert reference.condition == {"Mg-glutamate": 1.2, "PEG-8000": 2.0, "NTP": 1.0, "plasmid": "pTAC"}
    assert (blank.role, blank.wells, blank.condition) == ("blank", 2, {})


def test_a_grid_that_was_not_asked_for_is_stated(text):
    notes = protocol_from_toml(text).notes
    assert notes == ("NTP has no step: 25 levels spread by a constant factor from 0.1 to 10 mM are used.",)


def test_the_text_is_kept_and_its_digest_is_that_of_the_bytes(text):
    protocol = protocol_from_toml(text)
    assert protocol.text == text
    assert protocol.digest == hashlib.sha256(text.encode()).hexdigest()


def test_a_control_may_change_a_fixed_part(text):
    negative = '[[controls]]\nrole = "negative"\nwells = 1\nname = "no DNA"\n'
    condition = 'condition = { "Mg-glutamate" = 1.2, "PEG-8000" = 2, NTP = 1, plasmid = "pTAC", DNA = 0 }\n'
    protocol = protocol_from_toml(text + negative + condition + '[fixed]\nDNA = { value = 5, unit = "nM" }\n')
    control = protocol.controls[-1]
    assert control.fixed == {"DNA": 0.0}
    assert "DNA" not in control.condition
    assert (control.title, str(protocol.fixed["DNA"])) == ("no DNA", "5 nM")


def test_all_problems_are_listed_at_once_with_place_found_and_remedy(text):
    broken = (
        text.replace("high = 4\n", 'hihg = "4"\n')
        .replace('"maximize"', '"maximise"')
        .replace('role = "reference"', 'role = "refrence"')
        .replace('sum = { "Mg-glutamate"', 'sum = { "Mg-glutamat"')
        .replace("low = 0.1", "low = -0.1")
        .replace('"pTHS"', "7")
        .replace("[plate]", "[plat]")
    )
    found = problems_of(broken)
    expected = {
        'factors."PEG-8000".hihg': "Did you mean 'high'?",
        "objective.direction": "Did you mean 'maximize'?",
        "controls[1].role": "Did you mean 'reference'?",
        "constraints[1].sum": "Did you mean 'Mg-glutamate'?",
        "factors.NTP.low": "found -0.1",
        "factors.plasmid.options[2]": 'Write "7".',
        "plat": "Did you mean 'plate'?",
    }
    assert found.keys() == expected.keys()
    for place, words in expected.items():
        assert words in found[place]


CHANGES = {
    "a high below low": ("high = 4\n", "high = -1\n", 'factors."PEG-8000".high', "Exchange them"),
    "text for a number": ("high = 4\n", 'high = "4 %"\n', 'factors."PEG-8000".high', "without quotes"),
    "a truth value for a number": ("high = 4\n", "high = true\n", 'factors."PEG-8000".high', "found true"),
    "an infinite limit": ("high = 4\n", "high = inf\n", 'factors."PEG-8000".high', "finite"),
    "a step that misses": ("high = 4\n", "high = 4.1\n", 'factors."PEG-8000".high', "Write high = 4 or 4.25"),
    "a step of zero": ("step = 0.25", "step = 0", 'factors."PEG-8000".step', "a step above zero"),
    "far too many levels": ("step = 0.25", "step = 1e-9", 'factors."PEG-8000".step', "at most 10000 levels"),
    "a step with a count": (
        "step = 0.25",
        "step = 0.25\ncount = 3",
        'factors."PEG-8000".count',
        "one of the two",
    ),
    "a count of one": ("step = 0.25", "count = 1", 'factors."PEG-8000".count', "from 2 to"),
    "no high": ("high = 4\n", "", 'factors."PEG-8000"', "neither levels nor high"),
    "levels with a range": (
        "high = 10",
        "high = 10\nlevels = [1]",
        "factors.NTP.low",
        "either levels, or low",
    ),
    "no level": (
        "levels = [0.4, 1.2, 2.0, 4.0]",
        "levels = []",
        'factors."Mg-glutamate".levels',
        "an empty list",
    ),
    "a level twice": ("2.0, 4.0]", "2.0, 2]", 'factors."Mg-glutamate".levels[4]', "2 a second time"),
    "no option": ('["pTAC", "pTHS", "pDC"]', "[]", "factors.plasmid.options", "one value or more"),
    "an option twice": ('"pTHS"', '"ptac"', "factors.plasmid.options[2]", "spaces and capitals"),
    "an option with a space": (
        '"pTHS"',
        '"pTHS "',
        "factors.plasmid.options[2]",
        "without spaces at its ends",
    ),
    "a reserved name": ("[factors.NTP]", "[factors.well]", "factors.well", "written by bioal itself"),
    "a name like a change": (
        "[factors.NTP]",
        '[factors."x actual"]',
        'factors."x actual"',
        "ending in 'actual'",
    ),
    "a name with brackets": (
        "[factors.NTP]",
        '[factors."NTP [mM]"]',
        'factors."NTP [mM]"',
        "kept for the unit",
    ),
    "two names alike": ("[factors.NTP]", "[factors.gfp]", "readouts.GFP", "reads like factors.gfp"),
    "a missing campaign": (
        '[campaign]\nname = "E. coli cell-free, buffer"',
        "",
        "campaign",
        "Add [campaign]",
    ),
    "a blank campaign name": ('"E. coli cell-free, buffer"', '""', "campaign.name", "at least 1 character"),
    "an unknown readout": ('readout = "GFP"', 'readout = "GPF"', "objective.readout", "Did you mean 'GFP'?"),
    "a target without a number": ('"maximize"', '"target"', "objective.target", "Add a line target"),
    "a target without its direction": (
        '"maximize"',
        '"maximize"\ntarget = 7',
        "objective.target",
        'direction = "target"',
    ),
    "a constraint of no kind": ("sum = {", "total = {", "constraints[1]", "exactly one of sum, product"),
    "a constraint of two kinds": (
        "at_most = 6",
        "at_most = 6\nforbid = {NTP = 1}",
        "constraints[1]",
        "exactly one of",
    ),
    "a sum without a limit": ("at_most = 6", "", "constraints[1]", "at_most = 6 for example"),
    "limits the wrong way round": (
        "at_most = 6",
        "at_most = 6\nat_least = 7",
        "constraints[1].at_least",
        "Exchange",
    ),
    "equals with another limit": ("at_most = 6", "at_most = 6\nequals = 7", "constraints[1]", "or equals"),
    "a sum of options": ('"Mg-glutamate" = 1, "PEG', 'plasmid = 1, "PEG', "constraints[1].sum", "no numbers"),
    "an odd plate": ("size = 96", "size = 95", "plate.size", "one of 6, 12, 24, 48, 96, 384, 1536"),
    "no replicate": ("replicates = 2", "replicates = 0", "plate.replicates", "greater than or equal to 1"),
    "controls that fill the plate": ("wells = 3", "wells = 93", "plate.size", "95 control wells"),
    "a control that lacks a factor": ("NTP = 1, ", "", "controls[1].condition", "no value of 'NTP'"),
    "a control of an unknown factor": (
        "NTP = 1, ",
        "NPT = 1, ",
        "controls[1].condition.NPT",
        "Did you mean 'NTP'?",
    ),
    "a control with text": ("NTP = 1, ", 'NTP = "one", ', "controls[1].condition.NTP", "expected a number"),
    "a control with no such option": (
        'plasmid = "pTAC"',
        'plasmid = "pTAK"',
        "controls[1].condition.plasmid",
        "Did you mean 'pTAC'?",
    ),
    "a control that sets the plate": (
        "NTP = 1, ",
        "NTP = 1, temperature = 30, ",
        "controls[1].condition.temperature",
        "follows its plate",
    ),
    "a reference that hides a factor": (
        'unit = "RFU"',
        'unit = "RFU"\nnormalise = "reference"',
        "readouts.GFP.normalise",
        "divided away",
    ),
    "a readout range upside down": (
        'unit = "RFU"',
        'unit = "RFU"\nlow = 2\nhigh = 1',
        "readouts.GFP.high",
        "high above low",
    ),
    "constraints that are no list": ("[[constraints]]", "[constraints]", "constraints", "two brackets"),
    "factors that are no table": (
        'options = ["pTAC", "pTHS", "pDC"]',
        'options = "pTAC"',
        "factors.plasmid.options",
        "a list in square brackets",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_each_fault_is_found_at_its_place(text, change):
    before, after, place, words = CHANGES[change]
    assert before in text
    found = problems_of(text.replace(before, after, 1))
    assert words in found[place]


def test_an_unknown_readout_and_an_odd_plate_are_found_beside_other_faults_of_their_tables(text):
    wrong = text.replace('readout = "GFP"', 'readout = "GPF"').replace('"maximize"', '"max"')
    wrong = wrong.replace("size = 96", "size = 95").replace("replicates = 2", "replicates = 0")
    with pytest.raises(ProtocolError, match="GPF") as refused:
        protocol_from_toml(wrong)
    assert {problem.place for problem in refused.value.items} == {
        "objective.readout",
        "objective.direction",
        "plate.size",
        "plate.replicates",
    }


def test_a_reference_has_to_be_there_to_be_divided_by(text):
    lonely = (
        text.replace('role = "reference"', 'role = "negative"')
        .replace('per = "plate"', "")
        .replace('unit = "RFU"', 'unit = "RFU"\nnormalise = "reference"')
    )
    assert "no control with role reference" in problems_of(lonely)["readouts.GFP.normalise"]


RULES = """
[[constraints]]
product = ["Mg-glutamate", "NTP"]
at_most = 8
[[constraints]]
product = { "Mg-glutamate" = 1, NTP = -1 }
at_least = 0.1
[[constraints]]
ratio = { of = "PEG-8000", to = "NTP" }
at_most = 40
[[constraints]]
at_most_nonzero = 1
factors = ["PEG-8000", "inducer"]
[[constraints]]
forbid = { plasmid = ["pTAC", "pTHS"], temperature = 37 }
[[constraints]]
factor = "inducer"
only_with = { plasmid = "pTAC" }
[factors.inducer]
unit = "mM"
levels = [0, 1, 2]
"""


def test_every_kind_of_constraint_is_read_and_kept(text):
    protocol = protocol_from_toml(text.replace('plasmid = "pTAC" }', 'plasmid = "pTHS" }') + RULES)
    assert [rule.words() for rule in protocol.constraints] == [
        "Mg-glutamate + 0.5 x PEG-8000 is at most 6",
        "Mg-glutamate x NTP is at most 8",
        "Mg-glutamate x NTP^-1 is at least 0.1",
        "PEG-8000 / NTP is at most 40",
        "at most 1 of PEG-8000, inducer may be above zero",
        "plasmid pTAC or pTHS with temperature 37 is forbidden",
        "inducer is there only with plasmid pTAC",
    ]
    drawn = protocol.space.conditions(protocol.space.sample(300, np.random.default_rng(0)))
    assert all(rule.holds(drawn).all() for rule in protocol.constraints)
    assert (drawn["inducer"].notna() == (drawn["plasmid"] == "pTAC")).all()


@pytest.mark.parametrize(
    ("before", "after", "place", "words"),
    [
        ('of = "PEG-8000"', 'of = "PEG"', "constraints[4].ratio", "the factor 'PEG'"),
        ("NTP = -1 }", '"PEG-8000" = -1 }', "constraints[3].product", "divided by"),
        ("at_most = 8", "at_most = -8", "constraints[2]", "zero or more"),
        (
            "temperature = 37 }",
            "temperature = 38 }",
            "constraints[6].forbid.temperature",
            "one of 25, 30, 37",
        ),
        (
            'plasmid = "pTAC" }\n[fac',
            'plasmid = "pTUC" }\n[fac',
            "constraints[7].only_with.plasmid",
            "Did you mean 'pTAC'?",
        ),
        ('only_with = { plasmid = "pTAC" }', "only_with = {}", "constraints[7].only_with", "no value"),
        ('only_with = { plasmid = "pTAC" }', "only_with = { inducer = 1 }", "constraints", "tied to itself"),
        ('factors = ["PEG-8000", "inducer"]', "factors = []", "constraints[5].factors", "one factor or more"),
    ],
)
def test_faults_of_constraints_are_found_at_their_place(text, before, after, place, words):
    sound = text.replace('plasmid = "pTAC" }', 'plasmid = "pTHS" }') + RULES
    assert before in sound
    assert words in problems_of(sound.replace(before, after, 1))[place]


def test_a_control_gives_no_value_to_a_factor_that_is_not_there(text):
    inactive = text.replace('plasmid = "pTAC" }', 'plasmid = "pTHS", inducer = 1 }') + RULES
    assert "inducer is there only with plasmid pTAC" in problems_of(inactive)["controls[1].condition.inducer"]
    missing = text + RULES
    assert "no value of 'inducer'" in problems_of(missing)["controls[1].condition"]


def test_a_space_without_conditions_is_refused_in_words(text):
    found = problems_of(text.replace("at_most = 6", "at_most = 0.3"))
    assert "'Mg-glutamate + 0.5 x PEG-8000 is at most 0.3'" in found["constraints[1]"]


@pytest.mark.parametrize("rubbish", ["[campaign", "name = ", "a = 1\na = 2", "\x00", "=", '"', "PK\x03\x04"])
def test_what_is_no_toml_is_refused_with_its_line(rubbish):
    with pytest.raises(ProtocolError, match="TOML"):
        protocol_from_toml(rubbish)


@pytest.mark.parametrize(
    "rubbish",
    [
        "",
        "campaign = 1",
        "factors = 3",
        "[factors]\nx = 1",
        "[[controls]]",
        "constraints = [1]",
        "fixed = []",
    ],
)
def test_sound_toml_that_is_no_protocol_is_refused_in_words(rubbish):
    assert "factors" in "".join(problems_of(rubbish))


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        (
            "[factors.glucose stock]",
            'A name with spaces or signs stands in quotes: [factors."glucose stock"]',
        ),
        ("glucose stock = 1", 'A name with spaces or signs stands in quotes: "glucose stock" = ...'),
        ("step = 0,5", "Decimals have a point: step = 0.5"),
        ("unit = mM", "Text stands in quotes"),
    ],
)
def test_a_line_that_is_no_toml_is_shown_with_how_to_write_it(line, remedy):
    with pytest.raises(ProtocolError) as refused:
        protocol_from_toml(f'[campaign]\nname = "x"\n{line}\nother = 1\n', source="own.toml")
    (problem,) = refused.value.items
    assert problem.place == "line 3"
    assert problem.found.startswith(line)
    assert problem.remedy.startswith(remedy)


def test_a_misspelt_key_of_a_choice_is_recognised(text):
    with pytest.raises(ProtocolError) as refused:
        protocol_from_toml(text + '\n[factors.strain]\noption = ["BL21", "DH5a"]\n')
    (problem,) = refused.value.items
    assert (problem.code, problem.remedy) == ("unknown-key", "Did you mean 'options'?")


def test_a_file_is_read_with_any_line_ends_and_a_byte_order_mark(tmp_path, text):
    path = tmp_path / "protocol.toml"
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert protocol_from_file(path).digest == protocol_from_toml(text).digest


def test_a_file_that_cannot_be_read_is_refused_in_words(tmp_path):
    with pytest.raises(ProtocolError, match=r"absent\.toml.*Check the name"):
        protocol_from_file(tmp_path / "absent.toml")
    (tmp_path / "book.toml").write_bytes(b"PK\x03\x04\xff\xfe")
    with pytest.raises(ProtocolError, match="no UTF-8 text"):
        protocol_from_file(tmp_path / "book.toml")


def test_utility_rises_towards_what_is_wanted():
    values = np.array([1.0, 7.0, 9.0])
    assert Objective("y", "y").score(values).argmax() == 2
    assert Objective("y", "y", "minimize").score(values).argmax() == 0
    assert Objective("y", "y", "target", 7.5).score(values).tolist() == [-6.5, -0.5, -1.5]
    assert Objective("y", "y", "minimize").better(1, 2)
    assert not Objective("y", "y").better(1, 1)


def test_an_objective_without_its_target_cannot_be_built():
    with pytest.raises(ValueError, match="target exactly where"):
        Objective("y", "y", "target")


def test_a_normalised_readout_says_what_its_numbers_are():
    assert Readout("GFP", "RFU", "reference").evaluated_unit == "x reference"
    assert Readout("GFP", "RFU").evaluated_unit == "RFU"


def test_an_unknown_factor_is_named(text):
    protocol: Protocol = protocol_from_toml(text)
    with pytest.raises(KeyError, match="no factor 'DTT'"):
        protocol.factor("DTT")
    assert isinstance(protocol.factor("NTP"), Numeric)


def test_a_factor_without_a_unit_is_noted_and_one_with_a_negative_log_level_refused(text):
    no_unit = protocol_from_toml(text.replace('unit = "%"\n', ""))
    assert "PEG-8000 has no unit; its column is headed 'PEG-8000' alone." in no_unit.notes
    negative = text.replace("levels = [0.4,", 'scale = "log"\nlevels = [-0.4,')
    assert "no level below zero" in problems_of(negative)['factors."Mg-glutamate".levels[1]']


def test_a_factor_is_renamed_or_new_and_its_old_name_is_gone(text):
    both = text.replace("step = 0.25", 'step = 0.25\nrenamed_from = "PEG"\npast = 1')
    assert "both renamed_from and past" in problems_of(both)['factors."PEG-8000".renamed_from']
    still = text.replace("step = 0.25", 'step = 0.25\nrenamed_from = "NTP"')
    assert "which is a factor still" in problems_of(still)['factors."PEG-8000".renamed_from']


def test_values_of_an_impossible_type_are_shown_as_found(text):
    dated = text.replace("NTP = 1, ", "NTP = 2024-01-01, ")
    assert "a number or text in quotes" in problems_of(dated)["controls[1].condition.NTP"]
    powers = text.replace('sum = { "Mg-glutamate" = 1, "PEG-8000" = 0.5 }', 'product = "Mg"')
    assert "a list of factors" in problems_of(powers)["constraints[1].product"]
