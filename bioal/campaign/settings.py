"""What ties plates where a factor is set plate by plate: only plates of one setting can share a condition.

Models count plates and conditions and ask for a reference on every plate. Where the setting differs that
ties nothing: a reference follows its plate, and so is another condition there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from bioal.evidence import Evidence, Ints
from bioal.models.pooling import UNTIED, untied
from bioal.protocol.space import Space


def untied_in_words(notes: Iterable[str], evidence: Evidence, space: Space) -> tuple[str, ...]:
    """Return remarks in which untied plates are put down to their settings where these are the reason.

    Where a setting stands on two plates or more, what these differ by shows how much plates differ, and
    nothing is said.
    """
    said = tuple(notes)
    if UNTIED not in said or not space.plate_factors:
        return said
    settings = [evidence.rows(rows) for rows in _of_each_setting(evidence, space)]
    if len(settings) < 2 or any(map(untied, settings)):
        return said
    repeated = any(len(np.unique(setting.plates)) > 1 for setting in settings)
    words = () if repeated else (apart(space.plate_factors),)
    return tuple(word for note in said for word in (words if note == UNTIED else (note,)))


def apart(factors: Sequence[str]) -> str:
    """Return the sentence on plates that differ in their setting and so in being plates.

    >>> apart(["temperature"])
    'Plates at different temperature differ also as plates; replicate a setting on two plates to tell.'
    """
    return (
        f"Plates at different {' and '.join(factors)} differ also as plates; replicate a setting on two"
        " plates to tell."
    )


def _of_each_setting(evidence: Evidence, space: Space) -> list[Ints]:
    """Return the rows on plates of each setting; a plate has that of most of its conditions."""
    held = [space.names.index(name) for name in space.plate_factors]
    settings = evidence.points[:, np.isin(evidence.groups, held)]
    which = np.unique(settings, axis=0, return_inverse=True)[1].reshape(-1)
    _, plates = np.unique(evidence.plates, return_inverse=True)
    tally = np.zeros((int(plates.max(initial=-1)) + 1, int(which.max(initial=-1)) + 1), np.intp)
    np.add.at(tally, (plates, which), 1)
    setting = tally.argmax(axis=1)
    return [np.flatnonzero(setting[plates] == one) for one in np.unique(setting)]
