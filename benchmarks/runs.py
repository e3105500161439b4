"""Finished runs of a slow benchmark, kept in a CSV file and gone on from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from bioal.evidence import Floats

Key = tuple[str | int, ...]


def kept(path: Path | None) -> pd.DataFrame:
    """Return the runs of a file, none where there is no file yet."""
    return pd.read_csv(path) if path is not None and path.exists() else pd.DataFrame()


def keep(path: Path, runs: pd.DataFrame) -> None:
    """Write runs to a file, whole or not at all."""
    temporary = path.with_name(f".{path.name}.tmp")
    runs.to_csv(temporary, index=False)
    temporary.replace(path)


def completed(
    path: Path | None, names: list[str], keys: Iterable[Key], run: Callable[[Key], pd.DataFrame]
) -> pd.DataFrame:
    """Return the rows of the runs of these keys, doing and keeping those that the file does not hold yet.

    `names` are the columns that tell runs apart, one per part of a key.
    """
    runs, wanted = kept(path), list(keys)
    there = set() if runs.empty else set(runs[names].itertuples(index=False, name=None))
    for key in wanted:
        if key in there:
            continue
        new = run(key).assign(**dict(zip(names, key, strict=True)))
        runs = new if runs.empty else pd.concat([runs, new], ignore_index=True)
        if path is not None:
            keep(path, runs)
        print(f"{', '.join(map(str, key))}: done", flush=True)
    return runs[pd.MultiIndex.from_frame(runs[names]).isin(wanted)]


def mean_and_error(values: Floats) -> tuple[float, float]:
    """Return a mean and its standard error, NaN for a single value."""
    error = float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else np.nan
    return float(np.mean(values)), error
