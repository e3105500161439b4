"""`bioal informative`: a few conditions that speak for all others, to try a new lysate or strain with."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bioal.cli.answer import Answer
from bioal.cli.commands import FILE, command, opened, quoted, require_table

if TYPE_CHECKING:
    import pandas as pd

    from bioal.campaign.characterising import Informative
    from bioal.protocol.protocol import Protocol

USUAL = 20


@command("informative", example="bioal informative --conditions 20 --output new-lysate.xlsx")
@click.option(
    "--conditions", type=int, default=USUAL, show_default=True, metavar="N", help="How many conditions."
)
@click.option(
    "--candidates", type=FILE, metavar="FILE", help="Choose from the conditions in this CSV or workbook."
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A .csv or .xlsx file to write; the workbook has a sheet with the volumes of stocks too.",
)
def informative(folder: Path, conditions: int, candidates: Path | None, output: Path | None) -> Answer:
    """List the few conditions that tell most about all others.

    Measure them first in a new lysate or strain, to predict the others from. They are chosen from what was
    measured here and can be made today; where they are no better than others, it says so. Lay them out in a
    campaign with 'bioal propose --exactly FILE'.
    """
    if output is not None:
        require_table(output)
    campaign = opened(folder)
    found = campaign.informative(conditions, candidates=candidates)
    table = _headed(found, campaign.protocol)
    result = _result(found, campaign.protocol)
    said = _words(found, campaign.protocol)
    if output is None:
        csv = str(table.to_csv(float_format="%.6g", lineterminator="\n")).splitlines()
        return Answer(result, tuple(csv), said)
    from bioal.sheets.tables import write_tables

    sheets = {"Conditions": table}
    if len(found.volumes.columns):
        sheets["Volumes"] = found.volumes.rename(columns=lambda name: f"{name} [nL]")
    write_tables(output, sheets)
    lay = f"Lay them out: bioal propose --exactly {quoted(output)}"
    wrote = f"Wrote {quoted(output)}: {len(table)} conditions."
    return Answer({**result, "output": output}, (wrote, lay), said)


def _headed(found: Informative, protocol: Protocol) -> pd.DataFrame:
    from bioal.sheets.names import predicted_headings

    said = predicted_headings(protocol.readout.evaluated_unit)
    headings = {factor.name: factor.heading for factor in protocol.factors}
    headings |= dict(zip(("mean", "low", "high"), said, strict=True))
    table = found.conditions.rename(columns={**headings, "explained": "explained so far [%]"})
    table["explained so far [%]"] = (100 * table["explained so far [%]"]).round(1)
    return table.rename_axis("Condition")


def _words(found: Informative, protocol: Protocol) -> tuple[str, ...]:
    said = f"{len(found.conditions)} of {found.pool} conditions that can be made today"
    if math.isnan(found.error):
        return (f"{said}.",)
    unit = f" {protocol.readout.evaluated_unit}".rstrip()
    low, middle, high = (f"{value:.3g}" for value in found.by_chance)
    beaten = f"better than {100 * found.beaten:.0f} of 100 random sets"
    return (
        f"{said}. From them the other {found.pool - len(found.conditions)} are predicted with a typical error"
        f" of {found.error:.3g}{unit}; from as many at random {middle}{unit} ({low} to {high}; {beaten}); the"
        f" conditions themselves differ by {found.spread:.3g}{unit}.",
        *_warned(found),
    )


def _warned(found: Informative) -> tuple[str, ...]:
    """Return the warning that these conditions are no better than others, where they are not."""
    if found.recommended is not False:
        return ()
    from bioal.campaign.characterising import MOST_SETS

    count = len(found.conditions)
    any_ = "any one condition" if count == 1 else f"any {count} conditions"
    guess = " A guess of the mean for all would be as good." if found.error >= found.spread else ""
    return (
        f"These are no better than {any_}: take more, or measure more first. (To be better, they have to"
        f" predict better than {100 * MOST_SETS:.0f} of 100 random sets, and than the mean of all.){guess}",
    )


def _result(found: Informative, protocol: Protocol) -> dict[str, object]:
    table = found.conditions.reset_index()
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return {
        "readout": protocol.readout.name,
        "unit": protocol.readout.evaluated_unit,
        "conditions": rows,
        "pool": found.pool,
        "error": found.error,
        "error_by_chance": list(found.by_chance),
        "random_sets_beaten": found.beaten,
        "spread": found.spread,
        "recommended": found.recommended,
        "warnings": list(_warned(found)),
    }


COMMANDS = (informative,)
