"""Looking without changing: `status`, `predict`, `verify`."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bioal.cli import pictures
from bioal.cli.answer import REFUSED, Answer
from bioal.cli.commands import FILE, advice, command, opened, require_table
from bioal.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from bioal.campaign.standing import Best, RoundStatus, Status
    from bioal.protocol.liquids import Liquids
    from bioal.protocol.protocol import Protocol


@command("status", example="bioal status")
def status(folder: Path) -> Answer:
    """Say where the campaign stands and what to do next."""
    found = opened(folder).status()
    next_ = advice(found.next, folder)
    lines = [f"{found.name}: {found.objective}"]
    lines += _round_lines(found.rounds) or ["No round was proposed yet."]
    lines += _best_lines(found.best) if found.best else ["Nothing was measured yet."]
    lines += _confirmed_lines(found)
    lines += found.stopped
    result = {
        "name": found.name,
        "objective": found.objective,
        "rounds": [asdict(one) for one in found.rounds],
        "conditions_measured": found.conditions_measured,
        "best": asdict(found.best) if found.best else None,
        "stopped": found.stopped,
        "confirmed": asdict(found.confirmed) if found.confirmed else None,
        "next": next_,
    }
    return Answer(result, (*lines, f"Next: {next_}"), tuple(f"Note: {note}" for note in found.notes))


@command("predict", example="bioal predict ideas.csv --output predicted.csv")
@click.argument("file", type=FILE)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A .csv or .xlsx file to write.",
)
def predict(folder: Path, file: Path, output: Path | None) -> Answer:
    """Say what is expected of the conditions in FILE.

    With 90 % intervals; where outcomes are measured, the chance of each in percent.
    FILE is a CSV or workbook with a column for each factor.
    """
    campaign = opened(folder)
    table = campaign.predict(file)
    result = {"readout": campaign.protocol.readout.name, "unit": campaign.protocol.readout.evaluated_unit}
    if output is None:
        rows = table.astype(object).where(table.notna(), None).to_dict("records")
        return Answer({**result, "predictions": rows}, tuple(_csv(headed(table, campaign.protocol))))
    require_table(output)
    from bioal.sheets.tables import write_table

    write_table(output, headed(table, campaign.protocol))
    return Answer({**result, "output": output}, (f"Wrote {output}: {len(table)} conditions.",))


@command(
    "recipe",
    example='bioal recipe R05-C011 --volume "50 mL"',
    short="Say what goes into a CONDITION, in the well or in a flask.",
)
@click.argument("condition")
@click.option("--volume", metavar="VOLUME", help="How much to make, 50 mL for example; a well by default.")
def recipe(folder: Path, condition: str, volume: str | None) -> Answer:
    """Say what goes into a CONDITION: stocks and their volumes, amounts, weights.

    For a larger volume, the proportions of the well are kept.
    """
    from bioal.plates.layout import control_ids
    from bioal.protocol.scaling_up import recipe_lines
    from bioal.protocol.units import volume_words
    from bioal.protocol.values import is_blank

    campaign = opened(folder)
    if condition not in campaign.conditions.index:
        some = ", ".join(map(str, campaign.conditions.index[:3])) or "none yet"
        raise UsageError(f"There is no condition {condition}. There are: {some}, ... (see the run list).")
    wanted = _volume(volume, campaign.protocol.liquids)
    values = dict(campaign.conditions.loc[condition].items())
    row = {name: None if is_blank(values[name]) else values[name] for name in campaign.protocol.space.names}
    controls = dict(zip(control_ids(campaign.protocol.controls), campaign.protocol.controls, strict=True))
    changed = controls[condition].fixed if condition in controls else None
    if condition in controls and not controls[condition].condition:
        row = {}  # a well of the filler alone
    try:
        lines = recipe_lines(campaign.protocol, row, wanted, changed)
    except ValueError as error:
        why = f"{condition} cannot be made with the stocks of today's protocol: {error}."
        raise UsageError(why) from error
    said = (f"{condition}, {volume_words(wanted)}:", *(f"    {line.words()}" for line in lines))
    return Answer(
        {"condition": condition, "volume_nL": wanted, "parts": [asdict(one) for one in lines]}, said
    )


def _volume(text: str | None, liquids: Liquids | None) -> float:
    """Return the volume that was typed, in nL; that of a well where none was."""
    from bioal.protocol.units import UnitError, volume_in

    if text is None and liquids is None:
        raise UsageError('How much? This protocol has no [liquids]: add --volume, "50 mL" for example.')
    try:
        wanted = volume_in(text) if text is not None else liquids.volume if liquids else 0.0
    except UnitError as error:
        raise UsageError(f"--volume: {error}.") from error
    if wanted <= 0:
        raise UsageError(f"--volume: {text} is nothing to fill; write 50 mL for example.")
    return wanted


@command("verify", example="bioal verify")
def verify(folder: Path) -> Answer:
    """Look for damaged, missing or forked records.

    Also for a protocol that is missing or edited by hand, and workbooks that grew from records which are
    not here.
    """
    from bioal.campaign.campaign import Campaign

    problems = Campaign.verify(folder)
    if problems:
        return Answer({"problems": len(problems)}, problems=problems, exit_code=REFUSED)
    return Answer({"problems": 0}, ("All records are whole and in order.",))


def _round_lines(rounds: Sequence[RoundStatus]) -> list[str]:
    """Return what is said of the rounds: a table on a terminal, else a line for each."""
    if rounds and pictures.seen():
        return list(pictures.table_of_rounds(rounds))
    return [_round_line(one) for one in rounds]


def _round_line(one: RoundStatus) -> str:
    from bioal.report.words import counted

    kind = " (confirmation)" if one.confirmation else ""
    said = f"Round {one.number}{kind}: {counted(one.conditions, 'condition')}"
    said += f", {one.returned} of {one.samples} wells measured"
    said += f", {one.excluded} excluded" if one.excluded else ""
    said += f", {one.outstanding} outstanding" if one.outstanding else ""
    return f"{said}: {one.workbook}" if one.outstanding and one.workbook else said


def _best_lines(best: Best) -> list[str]:
    from bioal.report.words import RELATIVE, counted

    wells = counted(best.samples, "well")
    wells += ", where the reference is 1" if best.unit == RELATIVE else ""
    ends = (best.mean, best.low, best.high)
    if best.wish:
        mean, low, high = map(_percent, ends)
        said = f"{best.wish} with a chance of {mean} %"
    else:
        mean, low, high = (_to_precision(value, (best.high - best.low) / 2) for value in ends)
        said = mean if best.unit == RELATIVE else f"{mean} {best.unit}".strip()
    first = f"Best so far: {best.condition}, {best.readout} {said} (90 % interval {low} to {high}; {wells})"
    factors = [f"    {heading}: {value}" for heading, value in best.factors.items()]
    return [first, *factors, *_chance_lines(best)]


def _chance_lines(best: Best) -> list[str]:
    """Return the chance of each outcome that the line of the best does not say, one line each."""
    said = {best.wish}
    if best.wish and len(best.chances) == 2:  # of two, one says the other
        said = set(best.chances)
    return [
        f"    chance of {name}: {_percent(mean)} % (90 % interval {_percent(low)} to {_percent(high)} %)"
        for name, (mean, low, high) in best.chances.items()
        if name not in said
    ]


def _percent(chance: float) -> str:
    """Return a chance in whole percents; nothing is ever quite sure.

    >>> _percent(41.7), _percent(0.2), _percent(99.9)
    ('42', '<1', '>99')
    """
    return "<1" if chance < 1 else ">99" if chance > 99 else f"{chance:.0f}"


def _confirmed_lines(found: Status) -> list[str]:
    """Return what is quoted of the best: what the latest confirmation says, and nothing else."""
    from bioal.report.confirmed import NOT_QUOTED, TOGETHER
    from bioal.report.words import RELATIVE

    if found.confirmed is None:
        return [f"    {NOT_QUOTED}"] if found.best and found.best.unit == RELATIVE else []
    said = [f"    {one}" for one in found.confirmed.words]
    return [f"Confirmed in round {found.confirmed.round}:", *said, f"    {TOGETHER}"]


def _to_precision(value: float, reach: float) -> str:
    """Return a number with the digits that its interval leaves certain: the first two of `reach`.

    >>> _to_precision(1331.7, 68.2), _to_precision(0.51234, 0.0123), _to_precision(2.0, 0.0)
    ('1332', '0.512', '2')
    """
    if not reach > 0:
        return f"{value:.4g}"
    digits = 1 - math.floor(math.log10(reach))
    return f"{round(value, digits):.12g}"


def headed(table: pd.DataFrame, protocol: Protocol) -> pd.DataFrame:
    """Return predictions under headings with units, as on the run list."""
    from bioal.sheets.names import predicted_headings

    said = predicted_headings(protocol.readout.evaluated_unit)
    factors = {factor.name: factor.heading for factor in protocol.factors}
    chances = {name: f"{name} [%]" for name in table.columns if str(name).startswith("chance of ")}
    named = {**factors, **chances, **dict(zip(("mean", "low", "high"), said, strict=True))}
    return table.rename(columns=named)


def _csv(table: pd.DataFrame) -> list[str]:
    return str(table.to_csv(index=False, float_format="%.6g", lineterminator="\n")).splitlines()


COMMANDS = (status, predict, recipe, verify)
