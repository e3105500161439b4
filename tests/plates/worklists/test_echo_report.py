"""The Echo's own report, in the layouts that its programs write; foreign files are refused in words."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioal.errors import Refused
from bioal.plates.worklists import EchoReport, read_transfer_report

EXPORTS = Path(__file__).parents[4] / "shared" / "data" / "reader_exports"

# The layout of Echo Cherry Pick (with offsets, Sample ID before the volumes), cut short.
CHERRY = """\
Run ID,4711
Run Date/Time,2026-03-05 15:20:34
Application Name,Echo Cherry Pick
User Name,

[EXCEPTIONS]
Date Time Point,Source Plate Name,Source Plate Barcode,Source Plate Type,Source Well,Destination Plate Name,\
Destination Plate Barcode,Destination Plate Type,Destination Well,Destination Well X Offset,\
Destination Well Y Offset,Sample ID,Sample Name,Transfer Volume,Actual Volume,Current Fluid Volume,\
Fluid Composition,Fluid Units,Fluid Type,Transfer Status
2026-03-05 15:19:31.065,echo-source-1,,384PP_AQ_BP,B1,plate-1,X1,Greiner,A2,0,0,'=NTP,,325,0,13.2,0,,AQ,\
MM0202001: Current fluid height below minimum transfer level

[DETAILS]
Date Time Point,Source Plate Name,Source Plate Barcode,Source Plate Type,Source Well,Destination Plate Name,\
Destination Plate Barcode,Destination Plate Type,Destination Well,Destination Well X Offset,\
Destination Well Y Offset,Sample ID,Sample Name,Transfer Volume,Actual Volume,Current Fluid Volume,\
Fluid Composition,Fluid Units,Fluid Type,Transfer Status
2026-03-05 15:19:29.997,echo-source-1,,384PP_AQ_BP,A1,plate-1,X1,Greiner,A1,0,0,,water,1000,1000,31.622,100,,AQ,
2026-03-05 15:19:30.100,echo-source-1,,384PP_AQ_BP,A1,plate-1,X1,Greiner,AF48,0,0,,water,100,97.5,31.5,100,,AQ,
2026-03-05 15:19:30.200,echo-source-1,,384PP_AQ_BP,A1,plate-1,X1,Greiner,B1,0,0,,water,100,,31.5,100,,AQ,
2026-03-05 15:19:30.300,echo-source-1,,384PP_AQ_BP,A1,plate-1,X1,Greiner,B2,0,0,,water,100,100,31.5,100,,AQ,MM1
2026-03-05 15:19:31.065,echo-source-1,,384PP_AQ_BP,B1,plate-1,X1,Greiner,A2,0,0,'=NTP,,325,0,13.2,0,,AQ,again

Instrument Name,E5XX-1
Instrument Model,Echo 525
"""  # noqa: E501

# As a scheduler's runs come: no time, other names, every line padded, no blank line between the parts.
PADDED = """\
Run ID,446,,,,,,,,
User Name,scheduler,,,,,,,,
,,,,,,,,,
[EXCEPTIONS],,,,,,,,,
Source Plate Name,Source Well,Destination Plate Name,Destination Plate Barcode,Destination Well,Compound Name,\
Transfer Volume,Actual Volume,Transfer Status,% DMSO
384LDV_DMSO,B4,Greiner_384PS,W12,B4,N/A,10,0,MM0202007: Problem calc. well fluid volume fc: 0 ft: 0,0
[DETAILS],,,,,,,,,
Source Plate Name,Source Well,Destination Plate Name,Destination Plate Barcode,Destination Well,Compound Name,\
Transfer Volume,Actual Volume,Transfer Status,% DMSO
384LDV_DMSO,A3,Greiner_384PS,W12,A3,N/A,10,10,,99.4
384LDV_DMSO,B4,Greiner_384PS,W12,B4,N/A,10,10,,99.4
"""  # noqa: E501


def told(report: EchoReport) -> list[tuple[str, str, float, float, bool]]:
    return [(each.source_well, each.well, each.requested, each.actual, each.failed) for each in report.rows]


def test_what_was_dispensed_and_what_failed_is_read() -> None:
    report = read_transfer_report(CHERRY, "report.csv")
    assert told(report) == [
        ("B1", "A2", 325, 0, True),
        ("A1", "A1", 1000, 1000, False),
        ("A1", "AF48", 100, 97.5, False),
        ("A1", "B1", 100, 0, True),
        ("A1", "B2", 100, 100, True),
    ]
    assert [each.sample for each in report.rows[:2]] == ["=NTP", "water"]
    first = report.rows[0]
    assert first.status == "MM0202001: Current fluid height below minimum transfer level"
    assert (first.plate, first.barcode, first.time, first.line) == (
        "plate-1",
        "X1",
        "2026-03-05 15:19:31.065",
        8,
    )
    assert report.head["Run ID"] == "4711"
    assert report.head["Instrument Model"] == "Echo 525"


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + CHERRY,
        CHERRY.replace("\n", "\r\n"),
        CHERRY.replace(",", ";"),
        CHERRY.replace(",", "\t"),
        CHERRY.replace("\n\n", "\n,,,,,,,,,,,,,,,,,,,\n").replace("]\n", "],,,,,,\n"),
        CHERRY.replace("\n\n", "\n"),
        CHERRY.replace("2026-03-05 15:19:30", "\n\n2026-03-05 15:19:30"),
    ],
    ids=["bom", "crlf", "semicolons", "tabs", "padded", "no blank lines", "blank lines among transfers"],
)
def test_what_programs_do_to_a_file_does_not_change_what_it_says(text: str) -> None:
    assert told(read_transfer_report(text)) == told(read_transfer_report(CHERRY))
    assert read_transfer_report(text).head == read_transfer_report(CHERRY).head


def test_a_schedulers_report_is_read_and_a_split_transfer_of_which_one_part_failed_stays_two() -> None:
    report = read_transfer_report(PADDED)
    assert [each.source_well for each in report.rows] == ["B4", "A3", "B4"]
    assert [each.failed for each in report.rows] == [True, False, False]
    assert report.head == {"Run ID": "446", "User Name": "scheduler"}


def test_a_report_of_exceptions_alone_is_a_report() -> None:
    report = read_transfer_report(CHERRY[: CHERRY.index("[DETAILS]")])
    assert told(report) == [("B1", "A2", 325, 0, True)]


def cherry(*lines: str) -> str:
    return CHERRY[: CHERRY.index("2026-03-05 15:19:31")] + "\n".join(lines)


LINE = "t,s,,T,A1,p,,T,{well},0,0,,,{asked},{done},1,0,,AQ,{rest}"


def test_every_line_that_cannot_be_read_is_told_at_once() -> None:
    text = cherry(
        LINE.format(well="ZZ99", asked="ten", done="-5", rest="x"),
        LINE.format(well="A1", asked="10", done="10", rest="x,y"),
        "t,s,,T,A1,p,,T,A1,0,0,,,10,1",
        "t,s",
    )
    with pytest.raises(Refused) as caught:
        read_transfer_report(text, "r.csv")
    assert [(item.place, item.code) for item in caught.value.items] == [
        ("line 8, Destination Well", "worklist-well"),
        ("line 8, Transfer Volume", "report-volume"),
        ("line 8, Actual Volume", "report-volume"),
        ("line 9", "report-row"),
        ("line 10", "report-row"),
        ("line 11", "report-row"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "an empty file"),
        ("\n,,\n", "an empty file"),
        ("Well,Value\nA1,3\n", "'Well,Value'"),
        ("PK\x03\x04 rubbish", "a workbook or archive"),
        ("x" * 200_000, "no table"),
        (cherry(), "a report without a single transfer"),
        ("[DETAILS]\nSource Well,Destination Well\nA1,A1\n", "a heading without Source Plate Name, Dest"),
        (
            "Source Plate Name,Source Well,Destination Plate Name,Destination Well,Transfer Volume\n"
            "s,A1,p,A1,25\n",
            "a cherry-pick list",
        ),
        ("Source Plate Name,Source Well,Survey Fluid Volume,Survey Status\ns,A1,20,\n", "a survey report"),
    ],
)
def test_a_foreign_file_is_refused_with_what_it_is_and_what_to_export(text: str, found: str) -> None:
    with pytest.raises(Refused, match="Export the run's transfer report as CSV") as caught:
        read_transfer_report(text, "foreign.csv")
    assert found in str(caught.value)
    assert str(caught.value).startswith("foreign.csv")
    assert len(str(caught.value)) < 500


@given(st.text())
def test_no_text_makes_the_reader_fall(text: str) -> None:
    for head in ("", "[DETAILS]\n", cherry()):
        with suppress(Refused):
            read_transfer_report(head + text)


@pytest.mark.skipif(not EXPORTS.exists(), reason="the real exports are not here")
@pytest.mark.parametrize(
    ("name", "rows", "failed"),
    [
        ("echo_cherry_pick_transfer_report.csv", 532, 0),
        ("echo_reformat_exceptions_only.csv", 4, 4),
        ("echo_reformat_partial_transfer.csv", 4, 2),
    ],
)
def test_real_reports_are_read(name: str, rows: int, failed: int) -> None:
    report = read_transfer_report((EXPORTS / name).read_text(encoding="utf-8"), name)
    assert len(report.rows) == rows
    assert sum(each.failed for each in report.rows) == failed
    assert all(each.status.startswith("MM0202007") for each in report.rows if each.failed)
    assert all(each.actual == each.requested for each in report.rows if not each.failed)
    assert report.head["Instrument Model"] == "Echo 525"
