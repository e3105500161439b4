"""Which proposed conditions are unlike all that was measured, so that a person looks at them first."""

from __future__ import annotations

import numpy as np

from bioal.campaign.learning import Knowledge
from bioal.plates.rounds import Round
from bioal.strategies.leverage import influential, leverages

NAMED = 3


def unlike_words(knowledge: Knowledge, round_: Round) -> tuple[str, ...]:
    """Return a sentence that names the proposed conditions farthest from what was measured, if any."""
    space, predictions = knowledge.space, round_.predictions
    measured = list(knowledge.observations["condition"].unique())
    new = [one for one in predictions.index if one not in set(measured)]
    if not new or not measured:
        return ()
    known = np.unique(space.encode(knowledge.carried.conditions.loc[measured, list(space.names)]), axis=0)
    points = space.encode(round_.conditions.loc[new, list(space.names)])
    far = np.flatnonzero(influential(points, known))
    if not len(far):
        return ()
    order = far[np.argsort(-leverages(points[far], known), kind="stable")]
    names = ", ".join(str(new[one]) for one in order[:NAMED])
    rest = f" and {len(order) - NAMED} more" if len(order) > NAMED else ""
    verb = "lies" if len(order) == 1 else "lie"
    said = f"{names}{rest} {verb} far from all that was measured"
    return (f"{said}: look first whether you mean to make that.",)
