"""The sheets for hands: volumes that add up, each in its well, and a check list made from the plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product, takewhile
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from bioal.plates.planning import bench_plan
from bioal.plates.rounds import Round, condition_id
from bioal.plates.transfers import BenchPlan
from bioal.plates.wells import shape_of_plate, well_from_ij
from bioal.protocol.liquids import Component, Device, Liquids, SourcePlate, Stock
from bioal.protocol.protocol import Fixed, Protocol
from bioal.sheets.outgoing import round_workbook, write_round
from bioal.sheets.outgoing_bench import Bench
from bioal.sheets.outgoing_checklist import tasks
from bioal.sheets.outgoing_pipetting import write_by_hand
from bioal.sheets.outgoing_recipes import write_recipes
from bioal.sheets.outgoing_work import Work, work_of
from bioal.sheets.returned import read_returned

VOLUME = 20.0  # uL of every well
TUBE = SourcePlate("tube", 0, 20_000, 2_000_000)
HAND = Device("hand", 100, 500, 1_000_000, "hand", TUBE, 12)
ECHO = Device("echo 525", 25, 25, 5_000, "echo", SourcePlate("384PP", 384, 20_000, 65_000), 0.5)
FORMULA = "=1+1"  # a stock's name that must stay text
MANIFEST = {"campaign": "c-7f3a91d2", "name": "Buffer"}
FILES = ("round-02/echo-525-step-0.csv", "round-02/echo-525-step-1.csv", "round-02/other.csv")
SHEETS = {"Check list", "Reagents", "Recipes", "By hand"}


def liquids_of(device: Device) -> Liquids:
    """Return 20 uL: salts, NTP and plasmids by a device, then buffer, DNA and lysate by hand."""

    def stocked(name: str, *stocks: Stock, by: Device = HAND, **more: object) -> Component:
        return Component(name, more.pop("kind", "fixed"), by, {"": stocks}, **more)  # type: ignore[arg-type]

    options = ("pTAC", "TRUE", "1.10", FORMULA, "@SUM(A1)", "-3")
    plasmids = {option: (Stock(option, 100.0, "nM"),) for option in options}
    ntp = (Stock("NTP low", 20.0, "mM"), Stock("NTP high", 100.0, "mM"))
    components = (
        stocked("Mg-glutamate", Stock("Mg-glutamate", 100.0, "mM", 105.0), by=device, kind="factor"),
        stocked("NTP", *ntp, by=device, kind="factor"),
        Component("plasmid", "factor", device, plasmids, by="plasmid", amount=5.0),
        stocked("salts", Stock("salts", 10.0, "x"), amount=1.0, addition=2),
        stocked("HEPES", Stock("HEPES", 2000.0, "mM"), amount=50.0, addition=2),
        stocked("DNA", Stock("DNA", 200.0, "nM"), amount=10.0, addition=2),
        stocked("lysate", Stock("lysate"), volume=6600.0, addition=9, contains={"Mg-glutamate": 12.0}),
    )
    filler = stocked("water", Stock("water"), by=device, kind="filler", addition=0)
    return Liquids(1000 * VOLUME, filler, components, settings=("temperature", "shaking"))


def with_liquids(protocol: Protocol, device: Device) -> Protocol:
    amounts = {"salts": (1, "x"), "HEPES": (50, "mM"), "DNA": (10, "nM"), "lysate": (33, "%")}
    fixed = {name: Fixed(name, float(value), unit) for name, (value, unit) in amounts.items()}
    fixed["shaking"] = Fixed("shaking", 300.0, "rpm")
    return replace(protocol, fixed=fixed, liquids=liquids_of(device))


@dataclass(frozen=True)
class Sent:
    protocol: Protocol
    round: Round
    plan: BenchPlan
    book: Workbook

    @property
    def work(self) -> Work:
        found = work_of(Bench(self.protocol, self.round, "round-02.xlsx", "Buffer"), self.plan, FILES)
        assert found is not None
        return found


def sent_with(protocol: Protocol, round_: Round) -> Sent:
    plan = bench_plan(protocol, round_)
    assert plan is not None
    book = round_workbook(protocol, round_, MANIFEST, file="round-02.xlsx", plan=plan, files=FILES)
    return Sent(protocol, round_, plan, book)


@pytest.fixture(scope="module")
def made_round(sent_round: Round) -> Round:
    """Return the round whose negative control is the reference without DNA."""
    conditions = sent_round.conditions.copy()
    conditions.loc["negative-1"] = conditions.loc["reference-1"]
    return replace(sent_round, conditions=conditions)


@pytest.fixture(scope="module")
def by_hand(sent_protocol: Protocol, made_round: Round) -> Sent:
    return sent_with(with_liquids(sent_protocol, HAND), made_round)


@pytest.fixture(scope="module")
def by_echo(sent_protocol: Protocol, made_round: Round) -> Sent:
    return sent_with(with_liquids(sent_protocol, ECHO), made_round)


@pytest.fixture
def flasks(sent_protocol: Protocol) -> Sent:
    """Return a round of six named vessels, without controls."""
    protocol = with_liquids(replace(sent_protocol, controls=()), HAND)
    ids = [condition_id(1, k + 1) for k in range(6)]
    values = {one.name: [one.value(k % one.size) for k in range(6)] for one in protocol.factors}
    samples = pd.DataFrame({"condition": ids, "plate": "vessels", "role": "sample", "replicate": 1})
    samples["well"] = [f"flask {k + 1}" for k in range(6)]
    samples.index = pd.Index([f"R01-S{k + 1:04d}" for k in range(6)])
    nothing = float("nan")
    predictions = pd.DataFrame({"mean": nothing, "low": nothing, "high": nothing, "reason": "start"}, ids)
    round_ = Round(1, pd.DataFrame(values, ids), predictions, samples, 0)
    plan = bench_plan(protocol, round_)
    assert plan is not None
    return Sent(protocol, round_, plan, Workbook())


def words_on(sheet: Worksheet) -> list[str]:
    return [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]


def table_on(sheet: Worksheet, header_row: int) -> pd.DataFrame:
    """Return a table of a sheet, down to the first empty row."""
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=header_row)]
    below = list(takewhile(lambda row: row[1] is not None, rows))
    return pd.DataFrame(below[1:], columns=below[0])


def grids_on(sheet: Worksheet, size: int) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield the title of each page for hands, and the volume in each well of its grid."""
    rows, columns = shape_of_plate(size)
    for row in range(1, sheet.max_row + 1):
        if sheet.cell(row, 1).value != "\u25e4 A1":
            continue
        places = product(range(rows), range(columns))
        cells = {well_from_ij(i, j): sheet.cell(row + 1 + i, 2 + j) for i, j in places}
        assert [sheet.cell(row, 2 + j).value for j in range(columns)] == [str(j + 1) for j in range(columns)]
        title = str(sheet.cell(row - 4, 1).value)
        yield title, {well: cell.value for well, cell in cells.items() if cell.value is not None}


def test_the_sheets_for_hands_stand_where_they_are_needed(by_hand: Sent) -> None:
    assert by_hand.book.sheetnames[:7] == [
        *("Read me", "Check list", "Reagents", "Plate map 1", "Plate map 2", "Recipes", "By hand")
    ]


def test_without_a_plan_the_workbook_is_as_it_was(sent_protocol: Protocol, sent_round: Round) -> None:
    book = round_workbook(sent_protocol, sent_round, MANIFEST, file="round-02.xlsx")
    assert not SHEETS & set(book.sheetnames)
    assert not any("Check list" in words for words in words_on(book["Read me"]))


def test_a_plan_needs_liquids(by_hand: Sent, sent_protocol: Protocol) -> None:
    with pytest.raises(ValueError, match="conditions become volumes"):
        round_workbook(sent_protocol, by_hand.round, MANIFEST, file="x.xlsx", plan=by_hand.plan)


@pytest.mark.parametrize("sent", ["by_hand", "by_echo"])
def test_the_volumes_of_every_well_add_up_to_the_reaction(
    sent: str, request: pytest.FixtureRequest
) -> None:
    sheet = request.getfixturevalue(sent).book["Recipes"]
    recipes = table_on(sheet, 1)
    volumes = recipes.filter(like="[uL]").fillna(0.0)
    assert list(volumes)[-2:] == ["water [uL]", "Sum [uL]"]
    assert len(recipes) == 70
    parts = volumes.drop(columns="Sum [uL]").sum(axis=1)
    assert parts.tolist() == pytest.approx([VOLUME] * 70, abs=1e-9)
    assert set(volumes["Sum [uL]"]) == {VOLUME}


def test_recipes_make_the_concentrations_that_were_proposed(by_echo: Sent) -> None:
    """Mg from a 100 mM stock, in steps of 25 nL; the lysate, 33 %, holds 12 mM besides."""
    recipes = table_on(by_echo.book["Recipes"], 1)
    planned = by_echo.round.conditions["Mg-glutamate"].reindex(recipes["Condition"]).fillna(0.0).to_numpy()
    added = recipes["Mg-glutamate [uL]"].fillna(0.0) * 100 / VOLUME
    assert added.tolist() == pytest.approx(planned, abs=0.0125 * 100 / VOLUME)
    assert recipes["Mg-glutamate added [mM]"].tolist() == pytest.approx(added.tolist())
    assert recipes["Mg-glutamate total [mM]"].tolist() == pytest.approx((added + 12 * 0.33).tolist())


def test_every_digit_of_a_volume_is_shown(by_echo: Sent) -> None:
    sheet = by_echo.book["Recipes"]
    for column in sheet.iter_cols(min_row=2, min_col=5):
        for cell in (cell for cell in column if cell.value is not None):
            places = len(cell.number_format.partition(".")[2])
            assert round(cell.value, places) == pytest.approx(cell.value, abs=1e-12)


def test_each_volume_by_hand_stands_once_in_its_well(by_hand: Sent) -> None:
    """Salts and HEPES are the same everywhere and go in together; all else has a page of its own."""
    shown: Counter[tuple[str, str]] = Counter()
    wells = dict(zip(zip(by_hand.round.samples["plate"], by_hand.round.samples["well"], strict=True),
                     by_hand.round.samples.index, strict=True))  # fmt: skip
    for title, grid in grids_on(by_hand.book["By hand"], 96):
        stock, _, plate = title.partition(": ")[2].rpartition(" into ")
        for well, volume in grid.items():
            sample = wells[plate, well]
            parts = ["salts", "HEPES"] if stock == "Master mix" else [stock]
            assert volume == pytest.approx(by_hand.plan.recipes.loc[sample, parts].sum() / 1000)
            shown.update((part, sample) for part in parts)
    assert set(shown.values()) == {1}
    assert len(shown) == int((by_hand.plan.recipes > 0).to_numpy().sum())


def test_pages_for_hands_come_in_the_order_of_addition_and_each_has_paper_of_its_own(by_hand: Sent) -> None:
    sheet = by_hand.book["By hand"]
    titles = [title for title, _ in grids_on(sheet, 96)]
    stocks = list(dict.fromkeys(title.partition(": ")[2].rpartition(" into ")[0] for title in titles))
    assert stocks[0] == "water"
    assert stocks[-3:] == ["Master mix", "DNA", "lysate"]
    assert len(sheet.row_breaks.brk) == len(titles) - 1
    assert not sheet.page_setup.fitToPage, "programs that fit a sheet to pages forget page breaks"
    after = [sheet.cell(one.id + 1, 1).value for one in sheet.row_breaks.brk]
    assert after == titles[1:]


def test_equal_volumes_have_one_tint_and_are_counted(by_hand: Sent) -> None:
    sheet = by_hand.book["By hand"]
    title, grid = next(grids_on(sheet, 96))
    assert title == "1 of 13: water into plate-1"
    said = {sheet.cell(row, column).value: sheet.cell(row, column + 1).value
            for row in range(15, 18) for column in range(2, 13)}  # fmt: skip
    counts = Counter(grid.values())
    for volume, number in counts.items():
        assert said[volume] == (f"{number} wells" if number > 1 else "1 well")
    tints: dict[float, set[str]] = {}
    for row in sheet.iter_rows(min_row=6, max_row=13, min_col=2, max_col=13):
        for cell in (cell for cell in row if cell.value is not None):
            tints.setdefault(cell.value, set()).add(cell.fill.start_color.rgb)
    assert all(len(found) == 1 for found in tints.values())


def test_dry_wells_take_one_tip_and_wet_ones_a_new_one_each_time(by_hand: Sent) -> None:
    said = words_on(by_hand.book["By hand"])
    assert sum("One tip for all, because the wells are dry" in words for words in said) == 2
    assert "35 wells, 231 uL altogether; all volumes in uL. 35 tips, a new one each time." in said


def test_what_one_transfer_cannot_carry_is_said_in_goes(sent_protocol: Protocol, made_round: Round) -> None:
    small = replace(HAND, most=5000)
    liquids = liquids_of(HAND)
    parts = (*liquids.components[:-1], replace(liquids.components[-1], device=small))
    protocol = with_liquids(sent_protocol, HAND)
    sent = sent_with(replace(protocol, liquids=replace(liquids, components=parts)), made_round)
    assert "35 wells, 2 goes" in words_on(sent.book["By hand"])
    last = list(grids_on(sent.book["By hand"], 96))[-1]
    assert set(last[1].values()) == {6.6}


def test_only_what_hands_dispense_has_a_page(by_echo: Sent) -> None:
    titles = [title for title, _ in grids_on(by_echo.book["By hand"], 96)]
    assert titles == [
        f"{number} of 3: {stock} into plate-{plate}"
        for number, stock in enumerate(("Master mix", "DNA", "lysate"), start=1)
        for plate in (1, 2)
    ]


def test_where_devices_do_everything_there_are_no_pages_for_hands(
    sent_protocol: Protocol, sent_round: Round
) -> None:
    liquids = liquids_of(ECHO)
    parts = tuple(replace(part, device=ECHO) for part in liquids.components)
    protocol = with_liquids(sent_protocol, ECHO)
    sent = sent_with(replace(protocol, liquids=replace(liquids, components=parts)), sent_round)
    assert SHEETS & set(sent.book.sheetnames) == SHEETS - {"By hand"}
    assert not any("by hand" in words.lower() for words in words_on(sent.book["Check list"]))


def test_a_control_without_dna_keeps_dna_out_of_the_master_mix(by_echo: Sent) -> None:
    mix, dna, lysate = by_echo.work.by_hand
    assert (list(mix.stocks), len(mix.portions)) == (["salts", "HEPES"], 70)
    assert (dna.name, len(dna.portions)) == ("DNA", 66)
    assert lysate.step == 9


def test_a_master_mix_is_enough_for_its_wells_and_its_parts_for_the_mix(by_echo: Sent) -> None:
    sheet = by_echo.book["Reagents"]
    titles = [str(cell.value) for cell in sheet["A"]]
    header = next(row for row, title in enumerate(titles, start=1) if title.startswith("Master mix")) + 1
    # 70 wells of 2.5 uL, a tenth more, and 20 uL that stay in the tube: 212.5 uL, or 85 wells.
    assert titles[header - 2] == "Master mix for 85 wells; each of 70 gets 2.5 uL"
    rows = {sheet.cell(header + k, 2).value: sheet.cell(header + k, 5).value for k in (1, 2, 3)}
    assert rows == {"salts": 170, "HEPES": 42.5, "together": 212.5}
    stocks = table_on(sheet, 4).set_index("Stock")["Prepare [uL]"]
    assert stocks["salts"] >= rows["salts"]
    assert stocks["HEPES"] >= rows["HEPES"]


def test_reagents_prepare_at_least_what_is_used_with_excess_and_dead_volume(by_echo: Sent) -> None:
    table = table_on(by_echo.book["Reagents"], 4).set_index("Stock")
    used = by_echo.plan.recipes.sum() / 1000
    for stock, volume in used.items():
        row = table.loc[[stock]].iloc[0]
        assert row["Used [uL]"] == pytest.approx(volume)
        assert row["Prepare [uL]"] >= volume * 1.0999


def test_source_wells_are_named_once_each_in_the_order_of_use(by_echo: Sent) -> None:
    sheet = by_echo.book["Reagents"]
    header = next(cell.row for cell in sheet["C"] if cell.value == "Source plate")
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=header + 1, max_col=8)]
    sources = [source for run in by_echo.plan.runs for source in run.sources if source.type.wells]
    assert sum(row[5] for row in rows) == len(sources)
    assert [row[3] for row in rows] == list(range(1, len(rows) + 1))
    assert list(dict.fromkeys(row[1] for row in rows)) == list(dict.fromkeys(one.stock for one in sources))
    filled = sum(row[5] * row[6] for row in rows)
    assert filled == pytest.approx(sum(source.fill for source in sources) / 1000, abs=0.1 * len(rows))


def test_a_stock_near_its_solubility_is_said(by_hand: Sent) -> None:
    notes = table_on(by_hand.book["Reagents"], 4).set_index("Stock")["Notes"]
    assert notes["Mg-glutamate"] == "dissolves up to 105 mM: close to it, look for crystals"


def test_the_check_list_goes_in_working_order(by_echo: Sent) -> None:
    found = list(tasks(by_echo.work))
    starts = [task.words.split(":")[0].split(" into")[0].split(" wells")[0] for task in found]
    assert starts == [
        "Prepare 14 stocks",
        "Make master mix for 85",
        "Label plate-1, plate-2 (96",
        *(f"Fill {len(run.sources)}" for run in by_echo.plan.runs[:2]),
        "Run the worklist echo-525-step-0",
        "Run the worklist echo-525-step-1",
        "By hand, master mix",
        "By hand, DNA",
        "Last, by hand, lysate",
        "Mix and seal plate-1, plate-2; spin down only what may be spun",
        "Keep plate-1 at temperature 25 C, shaking 300 rpm",
        "Keep plate-2 at temperature 30 C, shaking 300 rpm",
        "Measure GFP [RFU] and OD600 and type it in",
    ]
    assert [task.step for task in found[5:10]] == ["0", "1", "2", "2", "9"]


def test_a_worklist_is_named_with_its_run_and_no_other(by_echo: Sent) -> None:
    where = [task.where for task in tasks(by_echo.work) if task.words.startswith("Run the worklist")]
    assert where == list(FILES[:2])
    said = words_on(by_echo.book["Read me"])
    assert any(f"files beside this workbook: {', '.join(FILES[:2])}." in words for words in said)


def test_names_that_look_like_formulas_stay_text(by_hand: Sent, tmp_path: Path) -> None:
    path = tmp_path / "round-02.xlsx"
    by_hand.book.save(path)
    book = load_workbook(path)
    cells = [cell for name in SHEETS for row in book[name].iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    stocks = {cell.value: cell.data_type for cell in book["Reagents"]["B"] if cell.value}
    assert {stocks[name] for name in (FORMULA, "@SUM(A1)", "-3", "TRUE", "1.10")} == {"s"}


def test_vessels_get_lists_instead_of_grids(flasks: Sent) -> None:
    sheet = flasks.book.create_sheet("By hand")
    write_by_hand(sheet, flasks.work)
    assert not list(grids_on(sheet, 96))
    found: dict[str, float] = {}
    for row in sheet.iter_rows(values_only=True):
        if isinstance(row[1], str) and row[1].startswith("flask"):
            found[row[1]] = found.get(row[1], 0.0) + row[3]
    assert list(found.values()) == pytest.approx([VOLUME] * 6)
    assert "6 vessels, 39.6 uL altogether; all volumes in uL. 6 tips, a new one each time." in words_on(sheet)
    recipes = flasks.book.create_sheet("Recipes")
    write_recipes(recipes, flasks.work)
    assert table_on(recipes, 1)["Well"].tolist() == [f"flask {k + 1}" for k in range(6)]


def test_sheets_that_are_not_read_do_not_disturb_what_is(
    by_hand: Sent, sent_file: Path, tmp_path: Path
) -> None:
    """The same round with these sheets, a sheet of somebody's own, and everything filled in with words."""
    path = tmp_path / "round-02.xlsx"
    write_round(path, by_hand.protocol, by_hand.round, MANIFEST, plan=by_hand.plan, files=FILES)
    book = load_workbook(path)
    for name in SHEETS:
        book[name]["B2"] = "AK"
        book[name].cell(book[name].max_row + 2, 1, "Sample")
    book.create_sheet("My notes")["A1"] = "=1+1"
    book["Run list"]["W2"] = "seen"
    book.save(path)
    plain, full = read_returned(sent_file), read_returned(path)
    assert len(full.runs.rows) == len(plain.runs.rows) == 70
    assert [row["Sample"].value for row in full.runs.rows] == [row["Sample"].value for row in plain.runs.rows]
    assert not full.warnings
