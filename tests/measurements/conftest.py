"""A small round with a plate setting, tricky options, controls and two readouts, as workbook and as table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

from bioal.measurements.checking import Checked, check
from bioal.measurements.readings import READING_COLUMNS
from bioal.plates.layout import control_ids, samples_of_round
from bioal.plates.rounds import PREDICTION_COLUMNS, Round, condition_id
from bioal.protocol.protocol import Protocol, protocol_from_toml
from bioal.sheets.outgoing import write_round
from bioal.sheets.returned import read_returned, returned_from_table

CAMPAIGN = "c4mp41gn"

TEXT = """
[campaign]
name = "Tricky words"

[readouts.GFP]
unit = "RFU"
low = 0
high = 100000
no_product = 0

[readouts.OD]
unit = "AU"

[objective]
readout = "GFP"
name = "GFP"
direction = "maximize"

[factors."Mg-glutamate"]
unit = "mM"
levels = [0.4, 1.2, 2.0, 4.0, 6.5, 8.25]

[factors.NTP]
unit = "\u00b5M"
low = 0.1
high = 10
scale = "log"

[factors.plasmid]
options = ["pTAC", "TRUE", "1.10", "MARCH1", "NA", "=pDC"]

[factors.temperature]
unit = "C"
levels = [25, 30, 37]
per = "plate"

[plate]
size = 24
replicates = 2

[[controls]]
role = "reference"
wells = 3
condition = { "Mg-glutamate" = 1.2, NTP = 1, plasmid = "pTAC" }
"""


@pytest.fixture(scope="session")
def protocol() -> Protocol:
    return protocol_from_toml(TEXT)


def made_round(protocol: Protocol, number: int, *, count: int = 8, seed: int = 0) -> Round:
    rng = np.random.default_rng(seed + number)
    codes = protocol.space.sample(4 * count, rng)
    wanted = protocol.space.conditions(codes)
    wanted = wanted.assign(temperature=np.where(np.arange(len(wanted)) % 2, 37.0, 30.0)).drop_duplicates()[
        :count
    ]
    ids = [condition_id(number, i + 1) for i in range(count)]
    conditions = wanted.set_axis(pd.Index(ids, name="condition"))
    plates = [1 if temperature == 30 else 2 for temperature in conditions["temperature"]]
    samples = samples_of_round(number, ids, protocol.controls, protocol.plate, rng, plates=plates)
    control = pd.DataFrame(
        [{name: protocol.controls[0].condition.get(name) for name in protocol.space.names}],
        index=list(control_ids(protocol.controls)),
    ).astype({"temperature": float})
    predictions = pd.DataFrame(index=conditions.index, columns=list(PREDICTION_COLUMNS), dtype=object)
    predictions = predictions.assign(mean=np.nan, low=np.nan, high=np.nan, reason="start")
    return Round(number, pd.concat([conditions, control]), predictions, samples, protocol.plate.size)


@pytest.fixture(scope="session")
def round_one(protocol: Protocol) -> Round:
    return made_round(protocol, 1)


@pytest.fixture(scope="session")
def round_two(protocol: Protocol) -> Round:
    return made_round(protocol, 2)


@pytest.fixture(scope="session")
def truth(round_one: Round) -> dict[str, float]:
    """The value that was really read in each sample: different everywhere, so that a wrong merge shows."""
    # As real ones: conditions differ by half, replicates scatter by a tenth, nothing is in order.
    rng = np.random.default_rng(3)
    conditions = sorted(set(round_one.samples["condition"]))
    levels = dict(zip(conditions, 1000 * np.exp(rng.normal(0, 0.5, len(conditions))), strict=True))
    scatter = np.exp(rng.normal(0, 0.1, len(round_one.samples)))
    values = np.round(round_one.samples["condition"].map(levels) * scatter, 2)
    assert values.is_unique
    return {str(sample): float(value) for sample, value in values.items()}


@dataclass(frozen=True)
class Bench:
    """Blank and filled workbooks, the table of the run list, and a short way to check them."""

    protocol: Protocol
    rounds: dict[int, Round]
    truth: dict[str, float]
    folder: Path
    store: Path

    def blank(self, number: int = 1, campaign: str = CAMPAIGN) -> Path:
        """Return the workbook of a round as it goes out; it is written once."""
        path = self.store / f"blank-{number}-{campaign}.xlsx"
        manifest = {"campaign": campaign, "name": "Tricky words", "head": "0" * 64}
        if not path.exists():
            write_round(path, self.protocol, self.rounds[number], manifest)
        return path

    def filled(self, change: Callable[[Any], None] | None = None, name: str = "filled.xlsx") -> Path:
        """Return a workbook with all GFP values typed into the run list, and then changed."""
        book = openpyxl.load_workbook(self.blank())
        sheet = book["Run list"]
        columns = column_numbers(sheet)
        for row in range(2, sheet.max_row + 1):
            sample = sheet.cell(row, columns["Sample"]).value
            sheet.cell(row, columns["GFP [RFU]"]).value = self.truth[sample]
        if change is not None:
            change(book)
        path = self.folder / name
        book.save(path)
        return path

    def table(self) -> pd.DataFrame:
        """Return the filled run list as pandas would hold it."""
        round_ = self.rounds[1]
        conditions = round_.conditions.loc[round_.samples["condition"]].set_axis(round_.samples.index)
        columns = {factor.heading: conditions[factor.name] for factor in self.protocol.factors}
        planned = round_.samples[["condition", "plate", "well", "replicate"]]
        planned = planned.set_axis(["Condition", "Plate", "Well", "Replicate"], axis=1)
        sheet = pd.concat([planned, pd.DataFrame(columns)], axis=1)
        sheet["GFP [RFU]"] = pd.Series(self.truth)
        return sheet.rename_axis("Sample").reset_index()

    def check(
        self, source: Path | pd.DataFrame, readings: pd.DataFrame | None = None, **said: Any
    ) -> Checked:
        returned = returned_from_table(source) if isinstance(source, pd.DataFrame) else read_returned(source)
        known = pd.DataFrame(columns=list(READING_COLUMNS)) if readings is None else readings
        said.setdefault("campaign", CAMPAIGN)
        said["accept"] = frozenset(said.get("accept", ()))
        return check(returned, self.protocol, self.rounds, known, **said)

    def merged_right(self, checked: Checked) -> bool:
        """Return whether every reading is the truth of its own sample."""
        read = checked.readings[checked.readings["readout"] == "GFP"]
        return all(self.truth[row.sample] == row.value for row in read.itertuples())


def column_numbers(sheet: Any) -> dict[str, int]:
    return {cell.value: cell.column for cell in sheet[1] if cell.value is not None}


@pytest.fixture
def bench(
    protocol: Protocol,
    round_one: Round,
    round_two: Round,
    truth: dict[str, float],
    tmp_path: Path,
    store: Path,
) -> Bench:
    return Bench(protocol, {1: round_one, 2: round_two}, truth, tmp_path, store)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("blank")


@pytest.fixture
def columns() -> Callable[[Any], dict[str, int]]:
    return column_numbers


@pytest.fixture
def codes() -> Callable[[Checked], set[str]]:
    return lambda checked: {problem.code for problem in checked.problems}
