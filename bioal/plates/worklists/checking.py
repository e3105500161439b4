"""What keeps a run from being written for a robot: volumes that its format or its tips cannot do."""

from __future__ import annotations

from bioal.errors import Refused
from bioal.plates.transfers import DeviceRun, Transfer
from bioal.plates.worklists.volumes import VolumeForm
from bioal.protocol.findings import Findings, place_of
from bioal.protocol.units import volume_words


def writable(run: DeviceRun, form: VolumeForm) -> tuple[Transfer, ...]:
    """Return the transfers of a run that move something, once each volume can be written.

    Raises
    ------
    Refused
        With each volume that the decimals of the format cannot say, and the first transfer that needs it.
    """
    findings = Findings("")
    for volume, transfers in _by_volume(run).items():
        if not form.can_say(volume):
            findings.add(
                "volume-not-writable",
                place_of("devices", run.device.name, "step"),
                found=_found(volume, transfers),
                expected=f"whole multiples of {form.grain:g} nL ({form.unit} with {form.decimals} decimals)",
                remedy=f"Set the step to a multiple of {form.grain:g} nL.",
            )
    if findings.problems:
        raise Refused(findings.problems)
    return _moving(run)


def refuse_beyond(run: DeviceRun, least: float, most: float, what: str) -> None:
    """Refuse a run with transfers below or above what the tools of the format can do (nL).

    Raises
    ------
    Refused
        With each such volume and the first transfer that needs it.
    """
    findings = Findings("")
    for volume, transfers in _by_volume(run).items():
        if not least <= volume <= most:
            low = volume < least
            findings.add(
                "volume-beyond-tools",
                place_of("devices", run.device.name, "least" if low else "most"),
                found=_found(volume, transfers),
                expected=f"{volume_words(least)} to {volume_words(most)}, as {what} can do",
                remedy=f'Set {"least" if low else "most"} = "{volume_words(least if low else most)}".',
            )
    if findings.problems:
        raise Refused(findings.problems)


def _moving(run: DeviceRun) -> tuple[Transfer, ...]:
    return tuple(each for each in run.transfers if each.volume != 0)


def _by_volume(run: DeviceRun) -> dict[float, list[Transfer]]:
    found: dict[float, list[Transfer]] = {}
    for each in _moving(run):
        found.setdefault(each.volume, []).append(each)
    return found


def _found(volume: float, transfers: list[Transfer]) -> str:
    first = transfers[0]
    times = f" ({len(transfers)} times)" if len(transfers) > 1 else ""
    return f"{volume_words(volume)} of {first.stock} into {first.plate}, {first.well}{times}"
