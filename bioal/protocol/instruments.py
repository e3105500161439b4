"""What dispenses and what stocks stand in: the profiles that come with bioal, and a protocol's changes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bioal.protocol.document import DeviceEntry, SourcePlateEntry
from bioal.protocol.findings import Findings, as_found, checked, place_of
from bioal.protocol.liquids import Device, Liquids, SourcePlate
from bioal.protocol.units import volume_words

# Table of a protocol file -> name -> key -> what is written there.
Profiles = Mapping[str, Mapping[str, Mapping[str, str | int | float]]]

_DATA = Path(__file__).with_name("instruments.toml")
_DEVICE_KEYS = ("step", "least", "most", "format", "source")
_PLATE_KEYS = ("wells", "dead", "full")


@dataclass(frozen=True)
class Instruments:
    """The devices and source plates that a protocol may name; `mentioned` holds the broken ones too."""

    devices: Mapping[str, Device]
    sources: Mapping[str, SourcePlate]
    mentioned: tuple[str, ...]

    def device(self, name: str, place: str, findings: Findings) -> Device | None:
        """Return a device; None, with a finding, where there is none of this name."""
        if name not in self.mentioned:
            findings.unknown(place, name, self.mentioned, "device")
        return self.devices.get(name)

    def source(self, name: str, place: str, findings: Findings) -> SourcePlate | None:
        """Return a source plate; None, with a finding, where there is none of this name."""
        if name not in self.sources:
            findings.unknown(place, name, tuple(self.sources), "source plate")
        return self.sources.get(name)


@cache
def _shipped() -> Mapping[str, Any]:
    return tomllib.loads(_DATA.read_text(encoding="utf-8"))


def build_instruments(
    devices: Mapping[str, object], sources: Mapping[str, object], findings: Findings
) -> Instruments:
    """Return the shipped profiles, changed and extended by `[devices]` and `[source_plates]` of a file."""
    known = _shipped()
    plates = {}
    for name in (*known["source_plates"], *(each for each in sources if each not in known["source_plates"])):
        plate = _source(name, known["source_plates"].get(name, {}), sources.get(name, {}), findings)
        if plate is not None:
            plates[name] = plate
    mentioned = tuple(dict.fromkeys((*known["devices"], *devices)))
    built = {}
    for name in mentioned:
        device = _device(name, known["devices"].get(name, {}), devices.get(name, {}), plates, findings)
        if device is not None:
            built[name] = device
    return Instruments(built, plates, mentioned)


def profiles_of(liquids: Liquids) -> Profiles:
    """Return the profiles that a protocol's doses rest on, as a file would write them.

    They are recorded with the protocol: a later bioal may know instruments better, and must still read the
    doses of the past as they were dispensed.
    """
    devices = {each.device.name: each.device for each in liquids.everything}
    sources = {each.device.source.name: each.device.source for each in liquids.everything}
    return {
        "devices": {
            name: {
                "step": _nl(one.step),
                "least": _nl(one.least),
                "most": _nl(one.most),
                "format": one.format,
                "source": one.source.name,
                "seconds": one.seconds,
            }
            for name, one in devices.items()
        },
        "source_plates": {
            name: {"wells": one.wells, "dead": _nl(one.dead), "full": _nl(one.full)}
            for name, one in sources.items()
        },
    }


def with_profiles(raw: Mapping[str, object], profiles: Profiles) -> dict[str, object]:
    """Return the tables of a file on top of recorded profiles: what it says itself still counts."""
    merged = dict(raw)
    for table, entries in profiles.items():
        own = raw.get(table, {})
        if not isinstance(own, Mapping):
            continue
        names = dict.fromkeys((*entries, *own))
        merged[table] = {name: _over(entries.get(name, {}), own.get(name, {})) for name in names}
    return merged


def _over(base: Mapping[str, object], own: object) -> object:
    return {**base, **own} if isinstance(own, Mapping) else own


def _nl(volume: float) -> str:
    return f"{volume:.15g} nL"


def _source(
    name: str, known: Mapping[str, object], changed: object, findings: Findings
) -> SourcePlate | None:
    entry = checked(SourcePlateEntry, changed, ("source_plates", name), findings)
    base = SourcePlateEntry.model_validate(known)
    if entry is None:
        return None
    merged = base.model_copy(update=entry.model_dump(exclude_none=True))
    missing = [key for key in _PLATE_KEYS if getattr(merged, key) is None]
    if missing or merged.wells is None or merged.dead is None or merged.full is None:
        findings.note(
            "profile-incomplete", place_of("source_plates", name), "a new plate", what=", ".join(missing)
        )
        return None
    if merged.full <= merged.dead:
        found = f"full {as_found(merged.full)} nL with dead {as_found(merged.dead)} nL"
        findings.note("profile-empty", place_of("source_plates", name, "full"), found)
        return None
    return SourcePlate(name, merged.wells, merged.dead, merged.full)


def _device(
    name: str,
    known: Mapping[str, object],
    changed: object,
    plates: Mapping[str, SourcePlate],
    findings: Findings,
) -> Device | None:
    entry = checked(DeviceEntry, changed, ("devices", name), findings)
    if entry is None:
        return None
    merged = DeviceEntry.model_validate(known).model_copy(update=entry.model_dump(exclude_none=True))
    place = place_of("devices", name)
    missing = [key for key in _DEVICE_KEYS if getattr(merged, key) is None]
    if missing:
        findings.note("profile-incomplete", place, "a new device", what=", ".join(missing))
        return None
    return _sound_device(name, merged, plates, place, findings)


def _sound_device(
    name: str, entry: DeviceEntry, plates: Mapping[str, SourcePlate], place: str, findings: Findings
) -> Device | None:
    step, least, most = (value or 0.0 for value in (entry.step, entry.least, entry.most))
    if not 0 < step <= most or not 0 < least <= most:
        found = f"step {step:g} nL, least {least:g} nL, most {most:g} nL"
        findings.note("profile-limits", place, found)
        return None
    source = plates.get(entry.source or "")
    if source is None:
        findings.unknown(f"{place}.source", entry.source or "", tuple(plates), "source plate")
    if source is None or entry.format is None:
        return None
    device = Device(name, step, least, most, entry.format, source, entry.seconds or 1.0)
    if not device.splits:
        found = f"least {volume_words(least)}, most {volume_words(most)}, step {volume_words(step)}"
        findings.note("profile-unsplittable", place, found)
        return None
    return device
