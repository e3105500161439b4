"""The ready protocols against the tables that their sources publish."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioal.protocol.definition import Protocol
from bioal.protocol.factors import Choice, Numeric, Value
from bioal.protocol.protocol import protocol_from_toml
from bioal.protocol.reading import ProtocolError
from bioal.protocol.templates import template_text, templates

FACTORS = {
    "carbon_source_phaffii": 6,
    "cdm_bacterai": 39,
    "cell_free_borkowski": 11,
    "cell_free_icfree": 9,
    "cetch_metis": 27,
    "enzyme_variants_metis": 9,
    "flaviolin_putida": 12,
    "hela_medium_hashizume": 29,
    "laci_circuit_metis": 8,
    "pure_metis": 69,
    "transcription_cftx": 8,
    "ttu_metis": 4,
    "txtl_metis": 13,
}
WITH_VOLUMES = (
    "carbon_source_phaffii",
    "cell_free_borkowski",
    "flaviolin_putida",
    "laci_circuit_metis",
    "txtl_metis",
)
LIBRARY = {name: protocol_from_toml(template_text(name)) for name in FACTORS}
CAMPAIGNS = Path(os.environ.get("BIOAL_DATA", Path(__file__).parents[3] / "shared" / "data")) / "campaigns"

# nL at the smallest and at the largest published concentration. 3-PGA: 750 nL would be the 30 mM that are no
# whole drops, 700 nL are 28 mM.
TXTL = {
    "NTP": (100, 400),
    "K-glutamate": (200, 1000),
    "Mg-glutamate": (0, 400),
    "spermidine": (100, 1000),
    "DTT": (0, 600),
    "amino acids": (500, 5000),
    "folinic acid": (100, 500),
    "tRNA": (100, 500),
    "PEG-8000": (0, 1600),
    "CoA": (100, 500),
    "NAD": (100, 500),
    "cAMP": (100, 500),
    "3-PGA": (100, 700),
}
LACI = {
    "PEG-8000": (400, 2000),
    "DTT": (0, 800),
    "spermidine": (100, 1000),
    "T7 polymerase": (200, 2000),
    "tRNA": (100, 500),
    "amino acids": (1600, 5000),
    "LacI plasmid": (0, 2000),
}
BORKOWSKI = {
    "Mg-glutamate": (25, 250),
    "K-glutamate": (25, 250),
    "amino acids": (262.5, 2625),
    "3-PGA": (22.5, 225),
    **dict.fromkeys(("tRNA", "CoA", "NAD", "cAMP", "folinic acid", "spermidine", "NTP"), (12.5, 125)),
}
FLAVIOLIN = {
    **dict.fromkeys(("H3BO3", "FeSO4", "(NH4)6Mo7O24", "CoCl2", "CuSO4", "MnSO4", "ZnSO4"), (5e3, 25e3)),
    "K2SO4": (5e3, 100e3),
    "K2HPO4": (5e3, 25e3),
    "NH4Cl": (5e3, 11.25e3),
    "MgCl2": (5e3, 500e3),
    "NaCl": (5e3, 500e3),
}
TABLES = {
    "txtl_metis": (TXTL, {"HEPES": 500, "DNA": 400, "lysate": 6600}),
    "laci_circuit_metis": (
        LACI,
        {"circuit plasmid": 200, "lysate": 6600, "energy buffer": 3500, "IPTG or water": 500},
    ),
    "cell_free_borkowski": (BORKOWSKI, {"PEG-8000": 525, "HEPES": 250, "DNA": 1750, "extract": 3520}),
    "flaviolin_putida": (
        FLAVIOLIN,
        {"MOPS": 30e3, "Tricine": 15e3, "Glucose": 10e3, "kanamycin": 5e3, "culture": 15e3},
    ),
}


def head(name: str) -> str:
    """Return the comment that a file begins with, in one line."""
    found = re.match(r"(?:#[^\n]*\n)+", template_text(name))
    assert found is not None
    return " ".join(line.lstrip("# ") for line in found[0].splitlines())


def end(protocol: Protocol, number: int) -> dict[str, Value]:
    """Return the condition with each factor at its first (0) or last (-1) level or option."""
    values = (f.levels if isinstance(f, Numeric) else f.options for f in protocol.factors)
    return {name: each[number] for name, each in zip(protocol.space.names, values, strict=True)}


def volumes(protocol: Protocol, condition: dict[str, Value]) -> dict[str, float]:
    """Return component -> nL, as the recipe has them."""
    assert protocol.liquids is not None
    return {dose.component.name: dose.volume for dose in protocol.liquids.recipe(condition)}


def allows(protocol: Protocol, condition: dict[str, Value]) -> bool:
    """Return whether a condition may be proposed."""
    return bool(protocol.space.contains(pd.DataFrame([condition]))[0])


def test_the_library_holds_the_thirteen_published_campaigns():
    assert {template.name for template in templates()} == set(FACTORS)
    assert {name: len(protocol.factors) for name, protocol in LIBRARY.items()} == FACTORS


@pytest.mark.parametrize("template", templates(), ids=lambda template: template.name)
def test_each_says_what_it_is_for_what_was_found_and_where_its_numbers_come_from(template):
    said = head(template.name)
    assert said.startswith(template.title)
    assert re.search(r"https://(doi\.org/10\.|github\.com/)", template.source)
    assert " For " in said
    assert " Found with it: " in said


@pytest.mark.parametrize("name", FACTORS)
def test_what_lacks_stocks_works_without_volumes_and_says_so(name):
    assert (LIBRARY[name].liquids is not None) == (name in WITH_VOLUMES)
    assert bool(re.search(r"No (volumes|stocks): ", head(name))) == (name not in WITH_VOLUMES)


@pytest.mark.parametrize("name", FACTORS)
def test_draws_of_each_may_be_proposed(name):
    protocol = LIBRARY[name]
    codes = protocol.space.sample(50, np.random.default_rng(1))
    assert len(codes) == 50
    assert protocol.space.feasible(codes).all()


@pytest.mark.parametrize("name", WITH_VOLUMES)
def test_what_is_drawn_fills_the_well_and_the_controls_too(name):
    protocol = LIBRARY[name]
    assert protocol.liquids is not None
    drawn = protocol.space.conditions(protocol.space.sample(50, np.random.default_rng(2)))
    asked = [(row, {}) for row in drawn.to_dict("records")]
    asked += [(control.condition, control.fixed) for control in protocol.controls]
    for condition, changed in asked:
        doses = protocol.liquids.recipe(condition, changed)
        assert sum(dose.volume for dose in doses) == pytest.approx(protocol.liquids.volume, abs=0.1)
        assert all(dose.component.device.whole(dose.volume) for dose in doses)


@pytest.mark.parametrize("name", TABLES)
def test_volumes_are_those_of_the_published_table(name):
    protocol, (table, always) = LIBRARY[name], TABLES[name]
    lowest = end(protocol, 0)
    for factor, (least, most) in table.items():
        assert volumes(protocol, lowest).get(factor, 0) == pytest.approx(least, abs=1e-3)
        raised = {**lowest, factor: end(protocol, -1)[factor]}
        assert volumes(protocol, raised)[factor] == pytest.approx(most, abs=1e-3)
    fixed = {part: volumes(protocol, lowest)[part] for part in always}
    assert fixed == pytest.approx(always)


def test_the_published_txtl_maxima_exceed_the_room_and_are_never_proposed():
    published = sum(most for _, most in TXTL.values()) + 50 + 500 + 400  # 3-PGA at 30 mM: 50 nL more
    assert published - (20_000 - 6_600) == 750
    protocol = LIBRARY["txtl_metis"]
    assert not allows(protocol, end(protocol, -1))
    with pytest.raises(ValueError, match="do not fit"):
        volumes(protocol, end(protocol, -1))
    # One amino-acid dose of 700 nL less, and it does: with no water at all.
    fitting = {**end(protocol, -1), "amino acids": 1.29}
    assert allows(protocol, fitting)
    assert "water" not in volumes(protocol, fitting)


def test_28_mm_is_the_most_3_pga_that_whole_drops_make_and_32_is_refused():
    factor = LIBRARY["txtl_metis"].factor("3-PGA")
    assert isinstance(factor, Numeric)
    assert factor.levels == (4, 8, 12, 16, 20, 24, 28)
    assert factor.code(32) is None
    assert any("28 mM" in note for note in LIBRARY["txtl_metis"].notes)


def test_30_mm_of_3_pga_as_a_level_is_refused_with_what_can_be_made():
    text = template_text("txtl_metis").replace("low = 4\nhigh = 30", "levels = [4, 30]")
    with pytest.raises(ProtocolError, match=r"3-PGA.*30.*(28|32)"):
        protocol_from_toml(text)


def test_txtl_levels_are_those_that_the_authors_used():
    levels = {f.name: f.levels for f in LIBRARY["txtl_metis"].factors if isinstance(f, Numeric)}
    assert levels["NTP"] == (0.78, 1.56, 2.34, 3.12)
    assert levels["Mg-glutamate"] == (0, 2.5, 5, 7.5, 10)
    assert levels["PEG-8000"] == tuple(np.arange(17) / 4)
    assert levels["folinic acid"] == (0.0136, 0.0272, 0.0408, 0.0544, 0.068)
    assert levels["amino acids"] == tuple(round(0.15 + 0.03 * step, 2) for step in range(46))


def test_the_fullest_borkowski_well_leaves_230_nl_for_water():
    protocol = LIBRARY["cell_free_borkowski"]
    assert volumes(protocol, end(protocol, -1))["water"] == 10_500 - 10_270


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=11, max_size=11))
def test_every_borkowski_condition_fits_with_water_to_spare(codes):
    protocol = LIBRARY["cell_free_borkowski"]
    condition = protocol.space.conditions(np.array([codes], np.int16)).to_dict("records")[0]
    assert allows(protocol, condition)
    found = volumes(protocol, condition)
    assert found["water"] >= 230
    assert sum(found.values()) == pytest.approx(10_500)


def test_the_whole_flaviolin_recipe_at_its_largest_takes_1386_of_1500_ul():
    found = volumes(LIBRARY["flaviolin_putida"], end(LIBRARY["flaviolin_putida"], -1))
    assert sum(found.values()) - found["water"] == pytest.approx(1_386_250)


def flaviolin(low: float, other: float) -> dict[str, Value]:
    """Return the largest condition with five trace salts at 50 uL of thin stock, and two as asked."""
    largest = end(LIBRARY["flaviolin_putida"], -1)
    traces = {"H3BO3": 0.004, "FeSO4": 0.01, "(NH4)6Mo7O24": 0.00003, "CoCl2": 0.0003, "CuSO4": 0.0001}
    return {**largest, **traces, "MnSO4": low, "ZnSO4": other}


def test_water_too_is_pipetted_at_5_ul_or_more_or_not_at_all():
    protocol = LIBRARY["flaviolin_putida"]
    assert protocol.liquids is not None
    # 1136.25 uL of five salts, 250 of five others, 28 and 9 or 5 of the last, 75 of fixed parts.
    with pytest.raises(ValueError, match="do not fit"):
        volumes(protocol, flaviolin(0.000448, 0.000018))
    assert not allows(protocol, flaviolin(0.000448, 0.000018))
    assert volumes(protocol, flaviolin(0.000448, 0.00001))["water"] == pytest.approx(5_750)
    assert allows(protocol, flaviolin(0.000448, 0.00001))


def test_the_stronger_stock_is_taken_where_both_serve():
    stocks = {
        dose.stock.name
        for value in (0.004, 0.008)
        for dose in LIBRARY["flaviolin_putida"].liquids.recipe(
            {**end(LIBRARY["flaviolin_putida"], 0), "H3BO3": value}
        )
        if dose.component.name == "H3BO3"
    }
    assert stocks == {"H3BO3 0.12 mM", "H3BO3 2.4 mM"}


def test_each_carbon_source_is_made_from_its_own_stock():
    protocol = LIBRARY["carbon_source_phaffii"]
    # The authors' plan of round 1: 966.767 uL of lactose, 373.445 of rhamnose, 202.117 of mannitol, in 3 mL.
    plan = {"Lactose": (48.338, 966_767), "Rhamnose": (49.793, 373_445), "Mannitol": (10.173, 202_117)}
    component = protocol.liquids.component("carbon concentration")
    for source, (amount, volume) in plan.items():
        assert component.dose(amount, source, 3e6).volume == pytest.approx(volume, abs=100)


def test_alcohols_are_measured_by_volume_and_only_where_they_are_the_carbon_source():
    protocol = LIBRARY["carbon_source_phaffii"]
    drawn = protocol.space.conditions(protocol.space.sample(400, np.random.default_rng(3)))
    for source, factor in (("Glycerol", "carbon glycerol"), ("Ethanol", "carbon ethanol")):
        assert (drawn[factor].notna() == (drawn["carbon source"] == source)).all()
    others = ~drawn["carbon source"].isin(["Glycerol", "Ethanol"])
    assert (drawn["carbon concentration"].notna() == others).all()
    # seventeen solids at ten levels, glycerol at five, ethanol at ten; eleven levels of two more.
    assert protocol.space.count().value == (17 * 10 + 5 + 10) * 11 * 11


def test_pure_choices_count_as_published():
    assert LIBRARY["ttu_metis"].space.count().value == 6 * 6 * 15 * 20
    assert LIBRARY["enzyme_variants_metis"].space.count().value == 20**9
    assert LIBRARY["cdm_bacterai"].space.count().value == 2**39
    assert all(isinstance(factor, Choice) for factor in LIBRARY["ttu_metis"].factors)


def test_cetch_has_the_published_number_of_levels():
    counts = [6, 8, 11, 9, 8, 9, 12, 7, 11, 8, 15, 10, 9, 9, 9, 9, 30, 20, 10, 14, 10, 13, 10, 12, 10, 20, 9]
    assert [factor.size for factor in sorted_as_published(LIBRARY["cetch_metis"])] == counts
    assert LIBRARY["cetch_metis"].space.count().value == math.prod(counts)


def sorted_as_published(protocol: Protocol) -> list[Numeric]:
    """Return the factors in the order of the file, which is the order of the source."""
    return [factor for factor in protocol.factors if isinstance(factor, Numeric)]


def test_cftx_levels_are_the_largest_amounts_times_the_published_weights():
    weights = np.array([0, 0.17, 0.33, 0.5, 0.67, 1])
    tops = {"Mg-glutamate": 9, "K-glutamate": 240, "amino acids": 2.25, "spermidine": 1.5, "3-PGA": 45}
    for name, top in {**tops, "NTP": 2.25, "PEG-8000": 3}.items():
        assert LIBRARY["transcription_cftx"].factor(name).levels == pytest.approx(weights * top)
    assert LIBRARY["transcription_cftx"].factor("DNA").levels == pytest.approx([1, 2.8, 4.6, 6.4, 8.2, 10])


def test_volumes_in_nanolitres_never_exceed_the_sample():
    protocol = LIBRARY["cell_free_icfree"]
    assert sum(float(value) for value in end(protocol, -1).values()) + 262.5 > 6_000
    assert not allows(protocol, end(protocol, -1))
    drawn = protocol.space.conditions(protocol.space.sample(300, np.random.default_rng(4)))
    assert (drawn.sum(axis=1) + 262.5 <= 6_000).all()


def test_media_have_nothing_a_tenth_and_ten_times():
    glutamine = LIBRARY["hela_medium_hashizume"].factor("L-Glutamine")
    assert (glutamine.levels, glutamine.scale) == ((0, 0.2, 2, 5, 10), "log")
    assert LIBRARY["hela_medium_hashizume"].factor("FBS").levels == (0.1, 1, 5, 10)


def test_the_standard_translation_mix_is_a_control_of_pure():
    (standard,) = LIBRARY["pure_metis"].controls
    assert [standard.condition[name] for name in ("IF1", "Ribosome", "tRNA", "FD")] == [2470, 1.2, 2.1, 0.01]
    assert allows(LIBRARY["pure_metis"], dict(standard.condition))


# The published campaigns themselves, where their data are: file, name of each of its columns here.
MEASURED = {
    "txtl_metis": (
        "metis_txtl",
        {
            "K_Glutamate": "K-glutamate",
            "Mg_Glutamate": "Mg-glutamate",
            "amino_acids": "amino acids",
            "folinic_acid": "folinic acid",
            "tRNA_mix": "tRNA",
            "PEG": "PEG-8000",
        },
    ),
    "laci_circuit_metis": (
        "metis_laci",
        {
            "PEG": "PEG-8000",
            "Spermidine": "spermidine",
            "T7Pol": "T7 polymerase",
            "t-RNA": "tRNA",
            "AminoAcids": "amino acids",
            "TF-plasmid": "LacI plasmid",
            "plasmid": "circuit plasmid",
        },
    ),
    "ttu_metis": (
        "metis_ttu",
        {"T7Seq": "T7 promoter", "NTerminalSeq": "N-terminus", "CTerminalSeq": "C-terminus"},
    ),
    "transcription_cftx": (
        "cftx_mrna",
        {"Amino acid": "amino acids", "Spermidine": "spermidine", "NTPs": "NTP"},
    ),
    "cell_free_icfree": ("icfree_plates", {"Spermidine": "spermidine", "Amino acid": "amino acids"}),
    "cetch_metis": ("metis_cetch_yield", {"HEPES_pH": "HEPES pH"}),
}


def published(name: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the measured conditions of a campaign, and which of them its protocol allows."""
    file, renamed = MEASURED[name]
    path = CAMPAIGNS / f"{file}.csv"
    if not path.is_file():
        pytest.skip(f"the published measurements are not here: {path} (BIOAL_DATA names their folder)")
    table = pd.read_csv(path).rename(columns=renamed)
    table = table[~table.get("is_control", pd.Series(False, table.index)).astype(bool)].reset_index(drop=True)
    return table, LIBRARY[name].space.contains(table[list(LIBRARY[name].space.names)])


def test_every_measured_txtl_condition_is_one_of_ours_but_for_32_mm_3_pga():
    table, ours = published("txtl_metis")
    assert (ours == (table["3-PGA"] != 32)).all()


def test_measured_laci_conditions_are_ours_but_for_four_that_do_not_fit():
    table, ours = published("laci_circuit_metis")
    nanolitres = {"PEG-8000": 400, "DTT": 200, "spermidine": 500, "T7 polymerase": 2e4 / 0.78, "tRNA": 2500}
    nanolitres |= {"amino acids": 2e4 / 6, "LacI plasmid": 20}
    taken = sum(table[name] * each for name, each in nanolitres.items()) + 10_600 + 200
    assert (ours == (taken <= 20_000 + 1e-6)).all()
    assert (~ours).sum() == 4


def test_every_measured_unit_of_transcription_and_translation_is_one_of_ours():
    assert published("ttu_metis")[1].all()


def test_every_measured_condition_of_the_first_five_cftx_plates_is_one_of_ours():
    table, ours = published("transcription_cftx")
    assert ours[table["round"] <= 4].all()


def test_every_measured_nanolitre_is_a_level_but_for_hand_rounded_controls():
    table, _ = published("cell_free_icfree")
    protocol = LIBRARY["cell_free_icfree"]
    known = table[list(protocol.space.names)].map(float)
    found = np.all([[f.code(v) is not None for v in known[f.name]] for f in protocol.factors], axis=0)
    rounded = (known["NTP"] % 25 == 0) & (known["DNA 1"] % 2.5 == 0) & (known["NTP"] > 0)
    assert (found | rounded).all()
    assert found.sum() == 194


def test_every_measured_cetch_condition_is_one_of_ours_but_for_the_spelling_of_ck():
    table, _ = published("cetch_metis")
    for factor in sorted_as_published(LIBRARY["cetch_metis"]):
        off = [value for value in table[factor.name] if factor.code(value) is None]
        nearest = [min(abs(value / level - 1) for level in factor.levels) for value in off]
        assert not off or (factor.name == "CK" and max(nearest) < 1e-4)


def test_the_readme_beside_them_names_each_with_its_number_of_factors():
    folder = templates()[0].path.parent
    if not (folder / "README.md").is_file():
        pytest.skip("only the source tree has it")
    text = (folder / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| .*? \| (.*?) \| (.*?) \|", text, re.MULTILINE)
    assert {name for name, _, _ in rows} == set(FACTORS)
    for name, factors, volumes_ in rows:
        assert sum(map(int, re.findall(r"\d+", factors))) == FACTORS[name]
        assert volumes_.startswith("yes") == (name in WITH_VOLUMES)
