"""A small round with everything that can go wrong in a spreadsheet, as a workbook on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from openpyxl import Workbook, load_workbook

from bioal.plates.layout import control_ids, samples_of_round
from bioal.plates.rounds import Round, condition_id
from bioal.protocol.factors import Choice, Numeric
from bioal.protocol.objective import Objective, Readout
from bioal.protocol.protocol import Control, Fixed, PlateSetup, Protocol
from bioal.sheets.outgoing import write_round

OUTGOING_MANIFEST = {"campaign": "c-7f3a91d2", "name": "Buffer & energy =1+1", "head": "000004"}


def outgoing_protocol(size: int = 96, replicates: int = 2) -> Protocol:
    factors = (
        Numeric("Mg-glutamate", "mM", (0.4, 1.2, 2.0, 4.0)),
        Numeric("NTP", "mM", (0.1, 0.147, 1.78, 10.0), scale="log"),
        Choice(
            "plasmid", ("pTAC", "TRUE", "1.10", "MARCH1", "NA", "=1+1", "@SUM(A1)", "-3", "+4", "2310009E13")
        ),
        Numeric("temperature", "C", (25.0, 30.0), per="plate"),
    )
    controls = (Control("reference", 3), Control("negative", 2, fixed={"DNA": 0.0}, name="no DNA"))
    readouts = (Readout("GFP", "RFU", low=0, high=60000), Readout("OD600"))
    objective = Objective("GFP", "GFP, relative to reference")
    plate, fixed = PlateSetup(size, replicates), {"DNA": Fixed("DNA", 10.0, "nM")}
    return Protocol("Buffer", factors, (), readouts, objective, plate, controls, fixed, text="text")


def outgoing_round(protocol: Protocol, count: int = 30, *, first: bool = False) -> Round:
    number, rng = 1 if first else 2, np.random.default_rng(11)
    ids, controls = [condition_id(number, k + 1) for k in range(count)], control_ids(protocol.controls)
    plates = [1 + k % 2 for k in range(count)]
    values = {
        factor.name: [factor.value(k % factor.size) for k in range(count)] for factor in protocol.factors
    }
    values["temperature"] = [25.0 if plate == 1 else 30.0 for plate in plates]
    conditions = pd.DataFrame(values, index=ids).reindex([*ids, *controls])
    conditions.loc["reference-1", ["Mg-glutamate", "NTP"]] = [1.2, 1.5]
    conditions.loc["reference-1", "plasmid"] = "pTAC"
    mean = np.full(count, np.nan) if first else 12000 + 100.0 * np.arange(count)
    reasons = ["start"] * count if first else [("exploit", "explore", "repeat")[k % 3] for k in range(count)]
    predictions = pd.DataFrame(
        {"mean": mean, "low": mean - 900, "high": mean + 1100, "reason": reasons}, index=ids
    )
    samples = samples_of_round(number, ids, protocol.controls, protocol.plate, rng, plates=plates)
    return Round(number, conditions, predictions, samples, protocol.plate.size)


@pytest.fixture(scope="session")
def sent_protocol() -> Protocol:
    return outgoing_protocol()


@pytest.fixture(scope="session")
def sent_round(sent_protocol: Protocol) -> Round:
    round_ = outgoing_round(sent_protocol)
    assert round_.samples.shape == (70, 5)
    assert round_.plates == ("plate-1", "plate-2")
    return round_


@pytest.fixture(scope="session")
def sent_file(tmp_path_factory: pytest.TempPathFactory, sent_protocol: Protocol, sent_round: Round) -> Path:
    path = tmp_path_factory.mktemp("sent") / "round-02.xlsx"
    write_round(path, sent_protocol, sent_round, OUTGOING_MANIFEST)
    return path


@pytest.fixture
def sent_book(sent_file: Path) -> Workbook:
    return load_workbook(sent_file)


@pytest.fixture
def first_round(sent_protocol: Protocol) -> Round:
    return outgoing_round(sent_protocol, first=True)


@pytest.fixture(scope="session")
def large_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a round of nearly 384 wells, one plate of each setting."""
    path = tmp_path_factory.mktemp("large") / "round-02.xlsx"
    protocol = outgoing_protocol(384, 3)
    write_round(path, protocol, outgoing_round(protocol, 240), OUTGOING_MANIFEST)
    return path
