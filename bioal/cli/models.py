"""`bioal models`: which model foretells this campaign's results best, as a leaderboard."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bioal.cli.answer import Answer
from bioal.cli.commands import command, opened
from bioal.errors import UsageError

if TYPE_CHECKING:
    from bioal.models.comparing import Place, Weights

HEADINGS = ("model", "error (sd)", "rank correlation", "inside 90 % interval", "log density", "total")


@command(
    "models",
    example='bioal models\nbioal models --models "gp,forest" --weights rmse=2,rank=1 --out leaderboard.csv',
)
@click.option("--models", metavar="NAMES", help="Those to compare; all that so many results allow, else.")
@click.option(
    "--weights",
    default="",
    metavar="METRIC=W,...",
    help="What each of rmse, rank, coverage and density counts; 1 each by default, those not named 0.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the leaderboard to a .csv or .xlsx file.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Another seed, other parts."
)
def models(folder: Path, models: str | None, weights: str, out: Path | None, seed: int) -> Answer:
    """Say which model foretells best what it has not seen.

    The results are cut into five parts; each is foretold by models that know the other four. The model
    of the largest total is the one that 'bioal propose --model best' takes.
    """
    import numpy as np

    from bioal.campaign.learning import Knowledge
    from bioal.campaign.options import require_model
    from bioal.models.comparing import allowed, leaderboard
    from bioal.models.fitting import MODELS

    counted = _weights(weights)
    if out is not None and out.suffix.lower() not in (".csv", ".xlsx"):
        raise UsageError(f"--out names a .csv or .xlsx file, not '{out}'.")
    known = Knowledge(opened(folder).state)
    evidence = known.evidence
    names = [name.strip() for name in models.split(",")] if models else list(allowed(evidence))
    for name in names:
        require_model(name)
    fits = {name: MODELS[name] for name in names}
    places = leaderboard(evidence, fits, np.random.default_rng(seed), weights=counted)
    if out is not None:
        _write(places, out)
    return _answer(places, out)


def _weights(text: str) -> Weights:
    """Return the weights of a text such as "rmse=2,rank=1"."""
    from bioal.models.comparing import METRICS, Weights

    if not text.strip():
        return Weights()
    given = dict.fromkeys(METRICS, 0.0)
    for part in text.split(","):
        name, _, number = (piece.strip() for piece in part.partition("="))
        try:
            weight = float(number)
        except ValueError:
            weight = float("nan")
        if name not in given or weight != weight:  # noqa: PLR0124  only NaN differs from itself
            raise UsageError(
                f"--weights: '{part.strip()}' is no METRIC=NUMBER. Metrics: {', '.join(METRICS)}."
            )
        given[name] = weight
    return Weights(**given)


def _write(places: tuple[Place, ...], path: Path) -> None:
    import pandas as pd

    from bioal.sheets.tables import write_table

    write_table(path, pd.DataFrame([asdict(place) for place in places]))


def _answer(places: tuple[Place, ...], out: Path | None) -> Answer:
    import pandas as pd

    table = pd.DataFrame([asdict(place) for place in places])
    shown = table.set_axis(list(HEADINGS), axis=1).to_string(
        index=False, float_format=lambda value: f"{value:.3f}"
    )
    lines = [
        *shown.splitlines(),
        f"Best: {places[0].model}. To choose by it: bioal propose --model '{places[0].model}'",
        *([f"Wrote {out}"] if out is not None else []),
    ]
    result = {"best": places[0].model, "leaderboard": [asdict(place) for place in places]}
    return Answer(result, tuple(lines))


COMMANDS = (models,)
