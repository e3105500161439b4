"""A sample's key: eight signs that stand for its campaign, its id and the levels of its condition as planned.

Every campaign has a sample R01-S0001, and after a veto the same well holds another condition.
A table that lost the columns of the factors still shows by its keys that each row is what its id says.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from bioal.plates.rounds import Round
from bioal.protocol.factors import Factor

SIGNS = 8


def sample_keys(campaign: str, round_: Round, factors: Sequence[Factor]) -> dict[str, str]:
    """Return the key of each planned sample of a round.

    Parameters
    ----------
    campaign
        The campaign's id.
    factors
        Those that the round has, in the protocol's order.
    """
    levels: Mapping[str, Mapping[str, object]] = {
        str(condition): {str(name): value for name, value in row.items()}
        for condition, row in round_.conditions.to_dict("index").items()
    }
    return {
        str(sample): _key(
            campaign, str(sample), [[f.name, f.text(levels[str(one)][f.name])] for f in factors]
        )
        for sample, one in round_.samples["condition"].items()
    }


def _key(campaign: str, sample: str, levels: Sequence[Sequence[str]]) -> str:
    written = json.dumps([campaign, sample, levels], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(written.encode("ascii")).hexdigest()[:SIGNS]
