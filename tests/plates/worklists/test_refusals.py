"""What a robot cannot do, and what is no worklist, is refused in words: all of it at once, with the line."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioal.errors import Refused
from bioal.plates.transfers import DeviceRun
from bioal.plates.worklists import (
    bench_files,
    echo_csv,
    epmotion_csv,
    hamilton_csv,
    read_biomek,
    read_echo,
    read_epmotion,
    read_hamilton,
    read_opentrons,
    read_tecan,
    tecan_gwl,
)
from bioal.protocol.liquids import SourcePlate

Runs = Callable[..., DeviceRun]
PP = SourcePlate("384PP", 384, 20e3, 65e3)

READERS: dict[str, Callable[[str], Any]] = {
    "echo": read_echo,
    "opentrons": lambda text: read_opentrons(text, {}),
    "hamilton": read_hamilton,
    "biomek": read_biomek,
    "epmotion": read_epmotion,
    "tecan": lambda text: read_tecan(text, {"stocks": 24}),
}
HAMILTON = "Source Plate Name,Source Well,Destination Plate Name,Destination Well,Transfer Volume\n"


def row(volume: float, **changed: str) -> tuple[Any, ...]:
    parts = {"stock": "water", "source": "s", "from": "A1", "plate": "plate-1", "well": "A1"} | changed
    return (*parts.values(), volume)


def test_a_volume_that_the_format_cannot_say_is_refused_and_never_rounded(a_run: Runs) -> None:
    run = a_run("tecan", [row(12505.0), row(1000.0), row(12505.0), row(1001.0)])
    with pytest.raises(Refused) as caught:
        tecan_gwl(run)
    assert [str(item) for item in caught.value.items] == [
        'devices."my tecan".step: found 12.505 uL of water into plate-1, A1 (2 times); expected whole '
        "multiples of 10 nL (uL with 2 decimals). Set the step to a multiple of 10 nL.",
        'devices."my tecan".step: found 1.001 uL of water into plate-1, A1; expected whole multiples '
        "of 10 nL (uL with 2 decimals). Set the step to a multiple of 10 nL.",
    ]


@pytest.mark.parametrize("volume", [1.25, -25.0, float("nan"), float("inf")])
def test_an_echo_list_has_tenths_of_a_nanolitre_above_zero(volume: float, a_run: Runs) -> None:
    with pytest.raises(Refused, match=r"expected whole multiples of 0\.1 nL"):
        echo_csv(a_run("echo", [row(volume)], type_=PP))


def test_an_echo_takes_no_tubes_and_fills_none(a_run: Runs) -> None:
    with pytest.raises(Refused) as caught:
        echo_csv(a_run("echo", [row(25.0)], size=0))
    assert [item.place for item in caught.value.items] == ['devices."my echo".source', "plate.size"]


def test_an_epmotion_has_tools_from_1_to_1000_microlitres(a_run: Runs) -> None:
    with pytest.raises(Refused) as caught:
        epmotion_csv(a_run("epmotion", [row(900.0), row(1000.0), row(1e6), row(1.1e6)]))
    assert [item.found for item in caught.value.items] == [
        "900 nL of water into plate-1, A1",
        "1.1 mL of water into plate-1, A1",
    ]


@pytest.mark.parametrize("name", ["a plate with a name of 33 letters", "a;b", "plate Δ", "line\nbreak"])
def test_a_name_that_is_no_tecan_label_is_refused(name: str, a_run: Runs) -> None:
    with pytest.raises(Refused, match="at most 32 characters of latin-1, without semicolons"):
        tecan_gwl(a_run("tecan", [row(1000.0, plate=name)]))


def test_a_stock_may_have_any_name_in_a_tecan_worklist(a_run: Runs) -> None:
    text = tecan_gwl(a_run("tecan", [row(1000.0, stock="Δ; 5 µM\u0085x")]))
    assert text.encode("latin-1").split(b"\r\n")[1] == b"C;?, 5 \xb5M x"


def test_a_vessel_too_large_for_a_rack_is_refused(a_run: Runs) -> None:
    run = a_run("hamilton", [row(60e6)], size=0, most=1e9)
    with pytest.raises(Refused, match="found 60 mL in the vessel 'A1'; expected at most 50 mL"):
        hamilton_csv(run)


def test_a_run_that_moves_nothing_has_no_files(a_run: Runs) -> None:
    assert bench_files(a_run("echo", [row(0.0)], type_=PP), round_number=1) == ()


def test_every_bad_line_is_told_at_once_with_its_number() -> None:
    text = HAMILTON + "\n".join(
        [
            "s,A1,p,A1,1.00",
            "s,A1,p,A1,lots",
            "s,A1,p,A1,-1.00",
            "s,A1,p,A1,0",
            "s,,p,Q99,1",
            "s,A1,p,A1",
            'water, low,A1,p,A1,1,"2"',
            "s,A1,p,A1,\"1,5\"",
        ]
    )
    with pytest.raises(Refused) as caught:
        read_hamilton(text, "h.csv")
    assert [(item.place, item.code) for item in caught.value.items] == [
        ("line 3, Transfer Volume", "worklist-volume"),
        ("line 4, Transfer Volume", "worklist-volume"),
        ("line 5, Transfer Volume", "worklist-volume"),
        ("line 6, Source Well", "worklist-well"),
        ("line 6, Destination Well", "worklist-well"),
        ("line 7", "worklist-row"),
        ("line 8", "worklist-row"),
        ("line 9, Transfer Volume", "worklist-volume"),
    ]
    assert all(item.file == "h.csv" and item.remedy for item in caught.value.items)


@pytest.mark.parametrize("form", sorted(READERS))
def test_rubbish_is_no_worklist(form: str) -> None:
    for text in ("hello\n", "PK\x03\x04\x00", '"never closed', "\ufeffa;b;c\n1;2;3\n", "x" * 200_000):
        with pytest.raises(Refused) as caught:
            READERS[form](text)
        assert all(item.remedy and len(item.found) < 250 for item in caught.value.items)


@pytest.mark.parametrize("form", sorted(set(READERS) - {"tecan"}))
def test_another_formats_heading_is_refused_with_the_right_one(form: str) -> None:
    other = "Well,Volume\nA1,3\n" if form == "hamilton" else HAMILTON.replace("Name", "Label")
    with pytest.raises(Refused, match=r"line 1: found .*; expected the heading of a"):
        READERS[form](other)
    with pytest.raises(Refused, match="an empty file"):
        READERS[form]("")


def test_an_echo_list_of_others_is_read_whatever_the_order_of_columns() -> None:
    text = (
        "\ufeffSource Well,Delay,Destination Well,Transfer Volume,Source Plate Name,"
        "Destination Plate Name\r\n"
        "A01,0,af48,2.5,Source[1],Destination[1]\r\n\r\n"
    )
    assert read_echo(text) == (("Source[1]", "A1", "Destination[1]", "AF48", 2.5),)


@pytest.mark.parametrize(
    ("records", "fault"),
    [
        ("A;stocks;;;1;;1.00;;;;", "A of 1000 nL"),
        ("D;stocks;;;1;;1.00;;;;\nA;stocks;;;1;;1.00;;;;", "D of 1000 nL and A of 1000 nL"),
        ("A;stocks;;;1;;1.00;;;;\nD;stocks;;;2;;2.00;;;;", "A of 1000 nL and D of 2000 nL"),
        ("A;stocks;;;25;;1.00;;;;\nD;stocks;;;0;;1.00;;;;", "a position from 1 to 24"),
        ("A;stock;;;1;;1.00;;;;\nD;stocks;;;1;;1.00;;;;", "Did you mean 'stocks'"),
        ("A;stocks;;;1;;much;;;;\nD;stocks;;;1;;1.00;;;;", "line 1: found 'much'"),
        ("A;stocks;;;1;;1.00", "7 fields"),
        ("X;stocks", "a record A, D, W"),
    ],
)
def test_tecan_records_that_do_not_fit_are_refused(records: str, fault: str) -> None:
    with pytest.raises(Refused, match=fault):
        READERS["tecan"](records)


@given(st.text())
def test_no_text_makes_a_reader_fall(text: str) -> None:
    for reader in READERS.values():
        for head in ("", HAMILTON, "A;stocks;;;"):
            with suppress(Refused):
                reader(head + text)
