r"""Tecan worklist (`.gwl`) for EVOware and FluentControl: aspirate, dispense, new tip.

A record is `A;RackLabel;RackID;RackType;Position;TubeID;Volume;LiquidClass;TipType;TipMask;ForcedRackType`,
`D` the same; `W;` washes the tip or takes a new one, `C;` is a comment (Freedom EVOware Software Manual
393172, worklist commands). Positions count from 1 down the columns, as Tecan numbers a plate; volumes are
uL with two decimals; a label has at most 32 characters and no semicolon; lines end in CRLF and the file is
latin-1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bioal.errors import Refused
from bioal.plates.transfers import DeviceRun, Transfer
from bioal.plates.wells import ij_from_well, shape_of_plate, well_from_ij
from bioal.plates.worklists.checking import writable
from bioal.plates.worklists.moved import Moved
from bioal.plates.worklists.racks import on_racks, source_plates, target_plates
from bioal.plates.worklists.volumes import MICROLITRES
from bioal.protocol.findings import Findings, place_of
from bioal.protocol.values import FactorValueError

ENCODING = "latin-1"
LONGEST_LABEL = 32
FIELDS = 11
OTHERS = {"W", "W1", "W2", "W3", "W4", "WD", "F", "B", "S", "C", ""}


def tecan_gwl(run: DeviceRun) -> str:
    """Return the worklist of a run for a Tecan.

    Raises
    ------
    Refused
        Where a plate's name is no label for a Tecan, or a volume needs more than two decimals of a uL.
    """
    run = on_racks(run)
    _refuse_labels(run)
    sizes, lines, stock = tecan_sizes(run), [_comment(f"{run.label}: volumes in uL")], ""
    for each in writable(run, MICROLITRES):
        if each.stock != stock:
            stock = each.stock
            lines.append(_comment(stock))
        lines += _records(each, sizes)
    return "".join(f"{line}\r\n" for line in lines)


def tecan_sizes(run: DeviceRun) -> dict[str, int]:
    """Return how many wells each plate or rack of a run has: a position means nothing without."""
    run = on_racks(run)
    return {name: each.wells for name, each in source_plates(run).items()} | target_plates(run)


def read_tecan(text: str, sizes: Mapping[str, int], file: str = "") -> tuple[Moved, ...]:
    """Return the movements of a Tecan worklist.

    Parameters
    ----------
    sizes
        Rack label -> wells, as `tecan_sizes` gives them.

    Raises
    ------
    Refused
        With every line that cannot be read.
    """
    findings = Findings(file)
    steps = [
        _step(line, record.split(";"), sizes, findings)
        for line, record in enumerate(text.removeprefix("\ufeff").splitlines(), 1)
        if _pipettes(line, record, findings)
    ]
    found = _pairs([each for each in steps if each is not None], findings) if not findings.problems else []
    if findings.problems:
        raise Refused(findings.problems)
    return tuple(found)


def position_of(well: str, size: int) -> int:
    """Return a well's number on a Tecan: from 1, down the columns.

    >>> position_of("A1", 96), position_of("B1", 96), position_of("A2", 96), position_of("P24", 384)
    (1, 2, 9, 384)
    """
    i, j = ij_from_well(well)
    return j * shape_of_plate(size).rows + i + 1


def well_at(position: int, size: int) -> str:
    """Return the well with a number on a Tecan.

    >>> well_at(9, 96), well_at(384, 384)
    ('A2', 'P24')
    """
    j, i = divmod(position - 1, shape_of_plate(size).rows)
    return well_from_ij(i, j)


class _Step(NamedTuple):
    line: int
    kind: str
    label: str
    well: str
    volume: float


def _comment(text: str) -> str:
    """Return a comment; what latin-1 or a record cannot hold is replaced, since only people read it."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text.replace(";", ","))
    return "C;" + plain.encode(ENCODING, "replace").decode(ENCODING)


def _records(each: Transfer, sizes: Mapping[str, int]) -> tuple[str, str, str]:
    volume = MICROLITRES.text(each.volume)
    source = position_of(each.source_well, sizes[each.source_plate])
    target = position_of(each.well, sizes[each.plate])
    return (
        f"A;{each.source_plate};;;{source};;{volume};;;;",
        f"D;{each.plate};;;{target};;{volume};;;;",
        "W;",
    )


def _refuse_labels(run: DeviceRun) -> None:
    findings = Findings("")
    for label in (*source_plates(run), *target_plates(run)):
        if len(label) > LONGEST_LABEL or _unsayable(label):
            findings.add(
                "tecan-label",
                place_of("devices", run.device.name),
                found=f"a plate or rack named {label!r} ({len(label)} characters)",
                expected=f"at most {LONGEST_LABEL} characters of latin-1, without semicolons",
                remedy="Give the device a shorter, plainer name; its plates are named after it.",
            )
    if findings.problems:
        raise Refused(findings.problems)


def _unsayable(label: str) -> bool:
    return ";" in label or not label.isprintable() or any(ord(letter) > 255 for letter in label)


def _pipettes(line: int, record: str, findings: Findings) -> bool:
    """Return whether a record moves liquid; one of an unknown kind is a finding."""
    kind = record.partition(";")[0].strip()
    if kind in {"A", "D"}:
        return True
    if kind not in OTHERS:
        findings.add(
            "worklist-row",
            f"line {line}",
            found=repr(record[:80]),
            expected="a record A, D, W, F, B, S or C of a Tecan worklist",
            remedy="Give the .gwl file that bioal wrote.",
        )
    return False


def _step(line: int, fields: Sequence[str], sizes: Mapping[str, int], findings: Findings) -> _Step | None:
    before = len(findings.problems)
    if len(fields) != FIELDS:
        words = {"found": f"{len(fields)} fields", "expected": f"{FIELDS}, separated by semicolons"}
        findings.add("worklist-row", f"line {line}", **words, remedy="Export the worklist again.")
        return None
    label, volume = fields[1], 0.0
    well = _well(line, label, fields[4], sizes, findings)
    try:
        volume = MICROLITRES.nanolitres(fields[6])
    except FactorValueError as error:
        words = {"found": error.found, "expected": error.expected, "remedy": error.remedy}
        findings.add("worklist-volume", f"line {line}", **words)
    return _Step(line, fields[0], label, well, volume) if len(findings.problems) == before else None


def _well(line: int, label: str, position: str, sizes: Mapping[str, int], findings: Findings) -> str:
    if label not in sizes:
        findings.unknown(f"line {line}", label, sizes, "rack label")
        return ""
    size = sizes[label]
    if position.isascii() and position.isdecimal() and 1 <= int(position[:6]) <= size:
        return well_at(int(position), size)
    findings.add(
        "worklist-well",
        f"line {line}",
        found=repr(position),
        expected=f"a position from 1 to {size}",
        remedy="Count down the columns: A1 is 1, B1 is 2.",
    )
    return ""


def _pairs(steps: Sequence[_Step], findings: Findings) -> list[Moved]:
    """Return the movement of each aspiration and the dispense that follows it."""
    found: list[Moved] = []
    for k in range(0, len(steps), 2):
        pair = steps[k : k + 2]
        if [each.kind for each in pair] != ["A", "D"] or pair[0].volume != pair[1].volume:
            findings.add(
                "worklist-pair",
                f"line {pair[0].line}",
                found=" and ".join(f"{each.kind} of {each.volume:g} nL" for each in pair),
                expected="an aspiration (A) and then a dispense (D) of the same volume",
                remedy="Export the worklist again.",
            )
            return found
        source, target = pair
        found.append(Moved(source.label, source.well, target.label, target.well, source.volume))
    return found
