"""What the posterior believes, in a few lines and one table: for the prompt and for notebooks."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from bioal.cards import Grid, card
from bioal.report.material import Material
from bioal.report.parity import parity_of
from bioal.report.words import between, counted, shown, with_unit

MOST = 10
NUMBERS = ["mean", "low", "high", "first"]
NOTHING = "Nothing was measured yet."


@dataclass(frozen=True)
class Summary:
    """What is believed today.

    Parameters
    ----------
    best
        The best measured conditions by posterior mean, best first: index condition id; columns mean, low,
        high (90 % interval of the noise-free readout), first (round), text.
    lines
        On what it rests, how far it can be trusted, what the model noticed.
    """

    name: str
    title: str
    best: pd.DataFrame
    lines: tuple[str, ...]

    def __str__(self) -> str:
        """Return the summary as text."""
        rows = [" | ".join(row) for row in self._rows()]
        return "\n".join([f"{self.name}: what is believed of {self.title}", *self.lines, *rows])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        head = ("Condition", "Mean", "90 % interval", "Round", "What it is")
        grid = Grid(f"The best so far, {self.title}", head, self._rows(), most=MOST)
        return card(f"{self.name}: what is believed", self.lines, *([grid] if len(self.best) else []))

    def _rows(self) -> list[list[str]]:
        rows = []
        for at, (mean, low, high, first) in enumerate(self.best[NUMBERS].to_numpy(float).tolist()):
            said = shown(mean, (high - low) / 2), between(low, high), str(int(first))
            rows.append([str(self.best.index[at]), *said, str(self.best["text"].iloc[at])])
        return rows


def summary_of(material: Material) -> Summary:
    """Return what is believed of a campaign's conditions."""
    if material.posterior is None or material.known.empty:
        return Summary(material.name, material.title, material.known, (NOTHING,))
    best = material.known.sort_values("score", ascending=False, kind="stable").head(MOST)
    best = best[NUMBERS].assign(text=[material.text(str(one)) for one in best.index])
    noise = with_unit(shown(material.posterior.noise_sd), material.unit)
    scatter = "" if material.of_words else f"; one well scatters by {noise} (standard deviation)"
    parity = parity_of(material)
    lines = [
        f"{counted(len(material.known), 'condition')} measured,"
        f" {counted(len(material.values), 'well')}{scatter}.",
        *([parity.words] if parity is not None else []),
        *material.notes,
    ]
    return Summary(material.name, material.title, best, tuple(lines))
