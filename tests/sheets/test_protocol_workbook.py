"""A protocol in a workbook: what is written comes back; what is typed wrongly is named by sheet and cell."""

from __future__ import annotations

import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from pydantic import BaseModel

from bioal.errors import ProtocolError, Refused
from bioal.protocol import document, document_rules
from bioal.protocol.protocol import Protocol, protocol_from_toml
from bioal.protocol.templates import starting_text, template_text, templates
from bioal.protocol.writing import head_notes, toml_text
from bioal.sheets import protocol_forms as forms
from bioal.sheets import protocol_tables as tables
from bioal.sheets.protocol_forms import ORDER
from bioal.sheets.protocol_lists import listed, paired, pairs_of, parts_of
from bioal.sheets.protocol_returned import protocol_from_workbook
from bioal.sheets.protocol_workbook import write_protocol_workbook

OWN = Path(__file__).with_name("own_protocol.toml").read_text(encoding="utf-8")
WITH_LIQUIDS = """\
[campaign]
name = "Volumes"
[readouts.GFP]
[objective]
readout = "GFP"
[liquids]
volume = "20 uL"
device = "robot"
filler = { name = "water", device = "robot", addition = 1 }
tolerance = 0.05
[devices.robot]
step = "25 nL"
least = "25 nL"
most = "500 nL"
format = "echo"
source = "my plate"
[source_plates."my plate"]
wells = 384
dead = "20 uL"
full = "65 uL"
[plate]
size = 384
skip = ["A1", "P20:P24"]
edge = "empty"
order = "rows"
every = { rows = 2, columns = 1 }
operators = ["Ana", "Ben; the other"]
[factors.NTP]
unit = "mM"
low = 0.78
high = 3.12
made = { stocks = ["156 mM", "15.6 mM"], addition = 2, viscous = true, molar_mass = 507.18 }
[factors.plasmid]
options = ["pTAC", "a=b", "none"]
made = { amount = "10 nM", stocks = { pTAC = "1000 nM", "a=b" = "2 uM" } }
[factors.buffer]
options = ["A", "B", "none"]
made = { volume = "200 nL", without = ["none"] }
[factors.temperature]
unit = "C"
levels = [25, 30]
per = "plate"
made = "setting"
[fixed]
HEPES = { value = 50, unit = "mM", made = { stock = "2000 mM" } }
lysate = { made = { fraction = 0.33, addition = 9, device = "hand", contains = { NTP = "1 mM" } } }
"""


VESSELS = """\
[campaign]
name = "Flasks"
[readouts.OD]
[objective]
readout = "OD"
[factors.glucose]
unit = "g/L"
levels = [5, 10, 20]
[plate]
size = "none"
replicates = 1
vessels = ["flask 1", "flask 2"]
"""


def same_but_for_text(one: Protocol, other: Protocol) -> None:
    for each in fields(Protocol):
        if each.name not in ("text", "notes"):
            assert getattr(one, each.name) == getattr(other, each.name), each.name


def through_a_workbook(protocol: Protocol, folder: Path) -> Protocol:
    path = folder / "factors.xlsx"
    write_protocol_workbook(path, protocol)
    return protocol_from_workbook(path)


@pytest.mark.parametrize("name", [template.name for template in templates()])
def test_every_ready_protocol_comes_back_from_its_workbook(name: str, tmp_path: Path):
    protocol = protocol_from_toml(template_text(name))
    same_but_for_text(through_a_workbook(protocol, tmp_path), protocol)


OUTCOMES = """
[campaign]
name = "Growth"
[readouts.growth]
[readouts.soluble]
outcomes = ["no; never", "yes"]
works = "yes"
[objective]
readout = "growth"
outcomes = ["none", "weak", "strong", "too strong"]
wanted = ["weak", "strong"]
[factors.glucose]
unit = "g/L"
levels = [0, 5, 10, 20]
[plate]
size = 24
[proposal]
strategy = { sum = { margin = 0.7, entropy = 0.3 }, random = 0.1 }
model = "logistic"
outcome_model = "forest"
"""
WHOLE = {
    "outcomes": OUTCOMES,
    "own": OWN,
    "gain": OUTCOMES + "[stopping]\nrounds = 5\ngain = true\n",
    "no gain": OUTCOMES + "[stopping]\nrounds = 5\ngain = false\n",
    "liquids": WITH_LIQUIDS,
    "vessels": VESSELS,
    "start": starting_text(),
}


@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE)
def test_every_key_of_a_protocol_comes_back(text: str, tmp_path: Path):
    protocol = protocol_from_toml(text)
    back = through_a_workbook(protocol, tmp_path)
    same_but_for_text(back, protocol)
    same_but_for_text(protocol_from_toml(back.text), protocol)
    assert head_notes(back.text) == head_notes(text)


def keys_of(entry: type[BaseModel]) -> set[str]:
    return set(entry.model_fields) - {"made"}


@pytest.mark.parametrize(
    ("sheet", "entries"),
    [
        (tables.READOUT_TABLE, [document.ReadoutEntry]),
        (tables.FACTOR_TABLE, [document.NumericEntry, document.ChoiceEntry]),
        (tables.FIXED_TABLE, [document.FixedEntry]),
        (tables.DEVICE_TABLE, [document.DeviceEntry]),
        (tables.SOURCE_TABLE, [document.SourcePlateEntry]),
        (tables.STOCK_TABLE, [document.MadeEntry]),
        (forms.CAMPAIGN_FORM, [document.CampaignEntry, document.ObjectiveEntry, document.ProposalEntry]),
        (forms.PLATE_FORM, [document.PlateEntry]),
        (forms.LIQUID_FORM, [document.LiquidsEntry, document.FillerEntry]),
    ],
)
def test_every_key_of_a_protocol_has_a_cell(sheet: forms.Sheet, entries: list[type[BaseModel]]):
    places = {key for field in sheet.fields for key in field.path}
    lacking = set().union(*map(keys_of, entries)) - places - {"stocks"}  # written under Stock
    if sheet is forms.CAMPAIGN_FORM:
        lacking -= {"outcomes", "ordered"}  # written beside their readout
    assert not lacking, f"the sheet '{sheet.title}' has no cell for {lacking}"


def test_every_kind_of_rule_can_be_chosen():
    assert {kind.replace(" ", "_") for kind in forms.KINDS} == set(document_rules.CONSTRAINTS)


SIGNS = st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"))
ODD = st.text(SIGNS, min_size=1, max_size=12).map(str.strip)
NAMES = ODD.filter(lambda name: name and "[" not in name and "]" not in name and name.isprintable())
LEVELS = st.lists(
    st.floats(-1e9, 1e9).map(lambda value: float(f"{value:.12g}") + 0.0), min_size=2, max_size=6, unique=True
)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(NAMES, min_size=3, max_size=3, unique_by=str.casefold),
    options=st.lists(NAMES, min_size=1, max_size=4, unique_by=str.casefold),
    levels=LEVELS,
    fixed=st.one_of(ODD.filter(bool), st.floats(-1e6, 1e6)),
)
def test_odd_names_and_values_come_back(
    names: list[str], options: list[str], levels: list[float], fixed: str | float, tmp_path: Path
):
    numeric, choice, part = names
    raw = {
        "campaign": {"name": "odd"},
        "readouts": {"Yield": {}},
        "objective": {"readout": "Yield"},
        "factors": {numeric: {"unit": "mM", "levels": levels}, choice: {"options": options}},
        "fixed": {part: {"value": fixed}},
        "constraints": [{"forbid": {numeric: levels[0], choice: options}}],
        "controls": [
            {"role": "reference", "wells": 1, "condition": {numeric: levels[1], choice: options[0]}}
        ],
    }
    try:
        protocol = protocol_from_toml(toml_text(raw))
    except ProtocolError:
        return  # a name that bioal keeps for itself, or two that read alike
    same_but_for_text(through_a_workbook(protocol, tmp_path), protocol)


def test_percentages_and_quantities_with_decimal_commas_are_read(tmp_path: Path):
    path = tmp_path / "factors.xlsx"
    write_protocol_workbook(path, protocol_from_toml(WITH_LIQUIDS))
    book = load_workbook(path)
    typed = {"Excess": "12,5%", "Tolerance": 0.05, "Reaction volume": "20,0 uL"}
    for row in book["Liquids"].iter_rows(min_row=5):
        if row[0].value in typed:
            row[1].value = typed[row[0].value]
    book.save(path)
    liquids = protocol_from_workbook(path).liquids
    assert liquids is not None
    assert (liquids.excess, liquids.tolerance, liquids.volume) == (0.125, 0.05, 20_000)


@given(st.lists(ODD.filter(bool), min_size=1, max_size=5))
def test_a_list_in_a_cell_comes_back(texts: list[str]):
    assert [text for text, _ in parts_of(listed(texts)) or []] == texts


@given(st.lists(st.tuples(ODD.filter(bool), ODD.filter(bool)), min_size=1, max_size=5))
def test_pairs_in_a_cell_come_back(pairs: list[tuple[str, str]]):
    assert pairs_of(paired(pairs)) == pairs


@given(
    st.dictionaries(
        st.text(max_size=8),
        st.one_of(
            st.text(),
            st.booleans(),
            st.floats(allow_nan=False, allow_infinity=False),
            st.lists(st.text(max_size=5)),
        ),
    ),
    st.text(),
)
def test_tables_come_back_from_their_text(table: dict[str, object], note: str):
    raw = {"factors": {"a b": table}, "controls": [{"condition": table}, {"role": "blank"}]}
    assert tomllib.loads(toml_text(raw, note.split("\n"))) == raw


def test_what_has_no_cell_is_refused_when_it_is_written(tmp_path: Path):
    long = protocol_from_toml(OWN.replace("batch 7", "x" * 40_000))
    with pytest.raises(Refused, match="shorten it"):
        write_protocol_workbook(tmp_path / "long.xlsx", long)
    assert not (tmp_path / "long.xlsx").exists()


def empty_book(tmp_path: Path) -> Workbook:
    path = tmp_path / "start.xlsx"
    write_protocol_workbook(path, name="salts")
    return load_workbook(path)


def test_every_sheet_has_its_headings_drop_downs_and_a_page(tmp_path: Path):
    empty = empty_book(tmp_path)
    assert empty.sheetnames == ["Read me", *ORDER]
    for title in ("Factors", "Constraints", "Controls", "Plate", "Campaign", "Stocks"):
        sheet = empty[title]
        assert sheet.data_validations.dataValidation, title
        assert sheet.page_setup.fitToWidth == 1
        assert sheet.protection.sheet
    offered = {rule.formula1 for rule in empty["Factors"].data_validations.dataValidation}
    assert '"linear,log"' in offered
    assert not empty["Factors"]["A20"].protection.locked
