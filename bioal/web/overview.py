"""Where a campaign stands; a round with its plate maps and everything to download."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from flask import Response, request, send_file

from bioal.campaign.campaign import Campaign
from bioal.campaign.standing import RoundStatus, Status
from bioal.campaign.workbooks import folder_of_worklists, path_of_workbook
from bioal.plates.wells import ij_from_well
from bioal.report.charts_of_plates import condition_map, value_map
from bioal.report.confirmed import NOT_QUOTED, TOGETHER
from bioal.report.plate_maps import PlateMap
from bioal.report.words import RELATIVE, between, on_scale, shown
from bioal.web.house import campaign_of, drawn, not_here
from bioal.web.long_work import reports_of

DRAWN = 1536  # wells of the largest plate that is drawn


def overview(name: str) -> Response:
    """Return where the campaign stands and what to do next."""
    with campaign_of(name) as campaign:
        found = campaign.status()
        reports = reports_of(campaign.folder)
        conflicts = len(campaign.observations.attrs.get("conflicts", ()))
    return drawn(
        "overview.html",
        name=name,
        found=found,
        best=_best(found),
        together=TOGETHER,
        todo=_todo(found),
        reports=reports,
        conflicts=conflicts,
    )


def _best(found: Status) -> dict[str, object] | None:
    if found.best is None:
        return None
    one = found.best
    mean = on_scale(shown(one.mean, (one.high - one.low) / 2), one.unit)
    said = f"{one.readout} {one.wish} with a chance of {mean}" if one.wish else f"{one.readout} {mean}"
    estimate = NOT_QUOTED if one.unit == RELATIVE and found.confirmed is None else ""
    return {"one": one, "said": said, "interval": between(one.low, one.high), "estimate": estimate}


def _todo(found: Status) -> tuple[str, int]:
    """Return what is to be done next: "values" of a round, "amend", or "propose"."""
    if found.next.startswith("bioal merge"):
        return "values", min(one.number for one in found.rounds if one.pending)
    return ("amend" if found.next.startswith("bioal amend") else "propose"), 0


def round_page(name: str, number: int) -> Response:
    """Return a round: its plates drawn, its files, and the ways to hand in results."""
    with campaign_of(name) as campaign:
        one = _round_status(campaign, number)
        readouts = campaign.state.protocol_of(number).readouts
        named = request.args.get("readout") or readouts[0].name
        readout = next((each for each in readouts if each.name == named), readouts[0])
        form = campaign.form(number, readout.name)
        maps = [
            _drawn(plate, readout.heading) for plate in _plates(form, number, campaign.rounds[number].size)
        ]
        listed = worklists(campaign.folder, number)
    return drawn(
        "round.html",
        name=name,
        one=one,
        maps=maps,
        form=form,
        readouts=readouts,
        readout=readout,
        plates=tuple(dict.fromkeys(form["plate"])),
        worklists=tuple(listed),
    )


def _round_status(campaign: Campaign, number: int) -> RoundStatus:
    found = next((one for one in campaign.status().rounds if one.number == number), None)
    return found if found is not None else not_here()


def _plates(form: pd.DataFrame, number: int, size: int) -> list[PlateMap]:
    """Return the plates of a form; none where samples stand in vessels."""
    if not size:
        return []
    maps = []
    for plate, wells in form.groupby("plate", sort=False):
        places = [ij_from_well(str(well)) for well in wells["well"]]
        placed = wells.drop(columns="plate").assign(
            row=[i for i, _ in places],
            column=[j for _, j in places],
            reading=wells["value"],
            residual=float("nan"),
            excluded=wells["excluded"].ne(""),
        )
        maps.append(PlateMap(str(plate), number, size, placed, None))
    return maps


def _drawn(plate: PlateMap, title: str) -> dict[str, str]:
    readings = value_map(plate, "reading", title, f"read-{plate.name}")
    return {
        "name": plate.name,
        "conditions": condition_map(plate, f"map-{plate.name}"),
        "readings": readings if plate.wells["reading"].notna().any() else "",
    }


def worklists(folder: Path, number: int) -> dict[str, Path]:
    """Return the files that lie beside a round's workbook, by name."""
    beside = folder_of_worklists(folder, number)
    return {one.name: one for one in sorted(beside.iterdir())} if beside.is_dir() else {}


def workbook(name: str, number: int) -> Response:
    """Return the workbook of a round."""
    with campaign_of(name) as campaign:
        path = path_of_workbook(campaign.folder, number)
        title = f"{plain(campaign.state.name)} {path.name}"
    return _file(path, title)


def worklist(name: str, number: int, file: str) -> Response:
    """Return one of the files beside a round's workbook."""
    with campaign_of(name) as campaign:
        found = worklists(campaign.folder, number).get(file)
    return _file(found, file) if found is not None else not_here()


def _file(path: Path, title: str) -> Response:
    if not path.is_file():
        not_here()
    return send_file(path.resolve(), as_attachment=True, download_name=title)


def plain(text: str) -> str:
    """Return a name as any system takes it in a file's name.

    >>> plain("Buffer: 2/3")
    'Buffer 2 3'
    """
    kept = "".join(sign if sign.isalnum() or sign in " -_" else " " for sign in text)
    return " ".join(kept.split()) or "bioal"


ROUTES = (
    ("/c/<name>/", "overview", overview, ("GET",)),
    ("/c/<name>/rounds/<int:number>/", "round", round_page, ("GET",)),
    ("/c/<name>/rounds/<int:number>/workbook", "workbook", workbook, ("GET",)),
    ("/c/<name>/rounds/<int:number>/worklists/<file>", "worklist", worklist, ("GET",)),
)
