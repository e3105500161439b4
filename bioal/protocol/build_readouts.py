"""From the entries of a file to readouts and the objective."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bioal.protocol.build_factors import check_name
from bioal.protocol.document import ObjectiveEntry, ReadoutEntry, StandardEntry
from bioal.protocol.findings import Findings, checked, place_of
from bioal.protocol.headings import RESERVED, normalised
from bioal.protocol.levels import written
from bioal.protocol.objective import Objective, Readout, Standard
from bioal.protocol.reads import WAYS, read_in


def build_readouts(raw: Mapping[str, object], findings: Findings) -> list[Readout]:
    """Return the readouts of the file's `[readouts]`."""
    readouts = []
    for name, given in raw.items():
        check_name(name, ("readouts", name), findings)
        entry = checked(ReadoutEntry, given, ("readouts", name), findings)
        if entry is not None:
            _check_expected(name, entry.low, entry.high, findings)
            readouts.append(
                Readout(
                    name,
                    entry.unit,
                    entry.normalise,
                    entry.no_product,
                    entry.low,
                    entry.high,
                    _read(name, entry.read, findings),
                    _standard(name, entry.standard, raw, findings),
                )
            )
    return readouts


def _standard(
    name: str, entry: StandardEntry | None, raw: Mapping[str, object], findings: Findings
) -> Standard | None:
    """Return the standard curve of a readout; its signal is no readout itself."""
    if entry is None:
        return None
    taken = {normalised(one) for one in raw} | {normalised(one) for one in RESERVED}
    if normalised(entry.signal) in taken:
        place = place_of("readouts", name, "standard")
        findings.note("signal-taken", place, f"signal = {entry.signal!r}")
    return Standard(entry.signal, entry.curve, entry.weights)


def _read(name: str, text: str, findings: Findings) -> str:
    """Return how a series is read, as it is written from now on."""
    try:
        return str(read_in(text)) if text else ""
    except ValueError as error:
        place = place_of("readouts", name, "read")
        findings.note("read-unknown", place, f"{text!r} ({error})", what=WAYS)
        return ""


def _check_expected(name: str, low: float | None, high: float | None, findings: Findings) -> None:
    if low is not None and high is not None and low >= high:
        found = f"high {written(high)} with low {written(low)}"
        place = place_of("readouts", name, "high")
        findings.note("low-above-high", place, found, what="high above low", remedy="Exchange them.")


def build_objective(raw: object, readouts: Sequence[str], findings: Findings) -> Objective | None:
    """Return the objective of the file's `[objective]`; `readouts` are the names in the file."""
    entry = checked(ObjectiveEntry, raw, ("objective",), findings)
    # The name is looked up even where another key is wrong, so that all is said at once.
    named = raw.get("readout") if isinstance(raw, Mapping) else None
    if isinstance(named, str) and named not in readouts:
        findings.unknown("objective.readout", named, readouts, "readout")
    if entry is None:
        return None
    if entry.direction == "target" and entry.target is None:
        findings.note("target-missing", "objective.target", "no target")
        return None
    if entry.direction != "target" and entry.target is not None:
        found = f"target = {written(entry.target)}"
        findings.note("target-unused", "objective.target", found, direction=entry.direction)
        return None
    return Objective(entry.readout, entry.name or entry.readout, entry.direction, entry.target)
