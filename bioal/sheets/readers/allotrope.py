"""Instruments that only the library allotropy reads (extra `readers`): its measurements as channels.

It translates an export into the Allotrope Simple Model, in which each measurement names its well, its
wavelength and its value or data cube. The person names the instrument; the file passes bioal's own checks
before.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

from bioal.errors import Problem, Refused, UsageError
from bioal.measurements.cells import Cell
from bioal.measurements.statuses import spoken_in
from bioal.sheets.preflight import preflight
from bioal.sheets.readers.offers import Offer, distinct, well_in
from bioal.sheets.readers.pages import Found

Json = Mapping[str, object]
Times = tuple[float, ...]
Cells = tuple[Cell, ...]

INSTALL = "Install it in an environment of its own: pip install 'bioal[readers]'."
# What a measurement document holds in units besides what was measured.
BESIDE = ("compartment temperature", "temperature", "elapsed time")
# What a parser of another's makes of a file that it does not understand; anything else would be our fault.
UNREADABLE = (
    ValueError, KeyError, IndexError, TypeError, AttributeError, ArithmeticError, AssertionError, OSError,
    RecursionError,
)  # fmt: skip


def found_by_library(path: Path, reader: str) -> Found:
    """Return the channels of an instrument's export as allotropy reads them.

    Parameters
    ----------
    reader
        The instrument: `UNCHAINED_LABS_LUNATIC`, or as people write it, `Unchained Labs Lunatic`.

    Raises
    ------
    UsageError
        Where allotropy is not installed, or knows no such instrument.
    Refused
        Where the file is unsafe, or not of this instrument.
    """
    preflight(path)
    offers = distinct(_offers(_translated(path, reader), path.name))
    return Found(
        path.name, (), offers, warnings=(f"The library allotropy read it as an export of {reader}.",)
    )


def _translated(path: Path, reader: str) -> Json:
    try:
        from allotropy.exceptions import AllotropyError  # noqa: PLC0415 - an extra, asked for by name
        from allotropy.parser_factory import Vendor  # noqa: PLC0415
        from allotropy.to_allotrope import allotrope_from_file  # noqa: PLC0415
    except ImportError as error:
        raise UsageError(f"--reader needs the library allotropy. {INSTALL}") from error
    names = {_plain(name): vendor for vendor in Vendor for name in (vendor.name, vendor.display_name)}
    if _plain(reader) not in names:
        near = difflib.get_close_matches(_plain(reader), names, n=3, cutoff=0.3)
        known = ", ".join(dict.fromkeys(names[one].name for one in near)) or "see the list of allotropy"
        raise UsageError(f"--reader names an instrument of allotropy, not '{reader}'; near: {known}.")
    try:
        translated: Json = allotrope_from_file(str(path), names[_plain(reader)])
    except (AllotropyError, *UNREADABLE) as error:
        said = " ".join(str(error).split())[:200]
        remedy = "Check the instrument, or name the cells with --range."
        found = f"no export of it ({said})"
        raise Refused(
            Problem("plate-not-found", found, f"an export of {reader}", remedy, file=path.name)
        ) from error
    return translated


def _plain(name: str) -> str:
    return "".join(sign for sign in name.casefold() if sign.isalnum())


def _offers(model: Json, file: str) -> list[Offer]:
    """Return one channel for each kind of measurement, in the order of the file."""
    wells: dict[tuple[str, str], dict[str, Cells]] = {}
    times: dict[tuple[str, str], Times] = {}
    for measurements in _measurements(model):
        for name, plate, well, series, cells in _read(measurements, file):
            if times.setdefault((name, plate), series) != series:
                raise Refused(_uneven(name, file))
            if well is not None:
                wells.setdefault((name, plate), {})[well] = cells
    return [
        Offer(name, wells[name, plate], times[name, plate], plate=plate, where=name) for name, plate in wells
    ]


def _read(measurements: list[Json], file: str) -> Iterator[tuple[str, str, str | None, Times, Cells]]:
    """Return what was read of one well: name, plate, well, times, cells; a second one of a name is told."""
    seen: list[str] = []
    for measurement in measurements:
        sample = _table(measurement.get("sample document"))
        plate = str(sample.get("well plate identifier", ""))
        well = _well(str(sample.get("location identifier", "")), file)
        for name, series, cells in _values(measurement, file, well or ""):
            seen.append(name)
            count = seen.count(name)
            yield name if count == 1 else f"{name} ({count})", plate, well, series, cells


def _uneven(name: str, file: str) -> Problem:
    found = f"wells of '{name}' that were read at different times"
    remedy = "Export one value for each well, or one table of times for all."
    return Problem("times-differ", found, "the same times for each well", remedy, file=file)


def _well(location: str, file: str) -> str | None:
    """Return the well of a measurement; allotropy keeps BMG's lower-case rows, which may be two."""
    if location[:1].islower():
        remedy = "Read the file without --reader, or name the cells with --range."
        found = f"the well '{location}', which may be in row {location[0].upper()} or A{location[0].upper()}"
        raise Refused(Problem("well-unknown", found, "wells such as A1", remedy, file=file))
    return well_in(Cell(location, "text"))


def _measurements(model: Json) -> Iterator[list[Json]]:
    """Return the measurements of each document: those of one well, or of one sample."""
    aggregates = (_table(one) for key, one in model.items() if key.endswith("aggregate document"))
    for documents in chain.from_iterable(one.values() for one in aggregates):
        for document in documents if isinstance(documents, list) else ():
            inner = _table(_table(document).get("measurement aggregate document"))
            listed = inner.get("measurement document")
            if isinstance(listed, list):
                yield [_table(one) for one in listed]


def _table(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}


def _values(measurement: Json, file: str, well: str) -> Iterator[tuple[str, Times, Cells]]:
    """Return what was measured: name, times (none for one value), cells."""
    light = _light(measurement)
    for key, value in measurement.items():
        entry = _table(value)
        name = " ".join(part for part in (key.removesuffix(" profile data cube"), light) if part)
        if key.endswith("data cube"):
            data = _table(entry.get("data"))
            series, numbers = (_first(data.get(one)) for one in ("dimensions", "measures"))
            if _is_over_time(entry) and len(series) == len(numbers):
                cells = tuple(_number(one, file, f"{well}, reading {k}") for k, one in enumerate(numbers, 1))
                yield name, tuple(map(float, series)), cells
        elif "unit" in entry and isinstance(entry.get("value"), int | float) and key not in BESIDE:
            word = _word(measurement, key)
            # allotropy says NaN where the file says nothing: a well outside of the part that was read.
            number = math.nan if word.casefold() == "nan" else float(str(entry["value"]))
            spoken = word and word.casefold() != "nan"
            cell = Cell(word, "text", file, "", well) if spoken else _number(number, file, well)
            yield name, (), (cell,)


def _number(value: float, file: str, address: str) -> Cell:
    if math.isnan(value):
        return Cell(None, "blank", file, "", address)
    return Cell(value, "number", file, "", address)


def _first(value: object) -> Sequence[float]:
    return value[0] if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list) else ()


def _is_over_time(cube: Json) -> bool:
    dimensions = _table(cube.get("cube-structure")).get("dimensions")
    first = _table(dimensions[0]) if isinstance(dimensions, list) and len(dimensions) == 1 else {}
    return first.get("concept") == "elapsed time" and first.get("unit") == "s"


def _word(measurement: Json, key: str) -> str:
    """Return what the instrument wrote instead of a number: allotropy puts a zero in its place."""
    errors = _table(measurement.get("error aggregate document")).get("error document")
    for error in map(_table, errors if isinstance(errors, list) else ()):
        if str(error.get("error feature", "")).casefold() == key.casefold():
            word = str(error.get("error", ""))
            return word if spoken_in(word) else f"{word} (error)"
    return ""


def _light(measurement: Json) -> str:
    """Return the wavelengths of a measurement, `485/520 nm`."""
    devices = _table(measurement.get("device control aggregate document")).get("device control document")
    device = _table(devices[0]) if isinstance(devices, list) and devices else {}
    waves = [
        f"{float(str(value)):g}"
        for part in ("excitation wavelength setting", "detector wavelength setting")
        if (value := _table(device.get(part)).get("value")) is not None
    ]
    return f"{'/'.join(waves)} nm" if waves else ""
