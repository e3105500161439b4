"""libact's loop, a quota of queries for a labeler, written with bioal; the strategy is learnt on the way.

    python examples/loop_quota.py

As in libact, a data set holds None where nothing was measured, and Active Learning by Learning (Hsu and Lin
2015) finds out which strategy to trust: each proposes a condition, one of them is drawn, and the strategies
earn what the answer shows to be right. Prints who is trusted after each five wells.
"""

from __future__ import annotations

import numpy as np

from bioal.models.outcome_fitting import fit_outcomes
from bioal.models.outcomes import outcome_evidence_of
from bioal.strategies import outcome_pool, picks
from bioal.strategies.trusting import albl

QUOTA = 20
STRATEGIES = ("entropy", "core-set", "mutual information")


def label(point: np.ndarray) -> int:
    """Return 1 where the protein stays in solution, 0 where it precipitates: the labeler."""
    return int(point[0] + 0.6 * np.sin(4 * point[1]) > 0.8)


def main() -> None:
    """Spend the quota."""
    rng = np.random.default_rng(1)
    points = rng.random((200, 2))
    entries: list[int | None] = [None] * len(points)  # libact's Dataset(X, y)
    for row in range(4):
        entries[row] = label(points[row])
    drawn: list[int] = []
    trust = albl(len(STRATEGIES) + 1, QUOTA)
    for quota in range(1, QUOTA + 1):
        known = [row for row, entry in enumerate(entries) if entry is not None]
        evidence = outcome_evidence_of(points[known], [entries[row] for row in known], classes=2)
        model = fit_outcomes(evidence, "logistic", rng)
        pool = outcome_pool(evidence, model, points, 1)
        advice = np.full((len(STRATEGIES) + 1, len(points)), 1 / len(points))  # the last arm is uniform
        for arm, name in enumerate(STRATEGIES):
            advice[arm] = np.eye(len(points))[picks(name, pool, rng).rows[0]]
        asked, trust = trust.drawn(advice, rng)  # qs.make_query()
        entries[asked] = label(points[asked])  # dataset.update(asked, labeler.label(X[asked]))
        drawn.append(asked)
        found = model.predict_proba(points[drawn]).argmax(axis=1)
        right = found == np.array([entries[row] for row in drawn])
        trust = trust.after(advice, asked, trust.reward(right, len(points)))
        if quota % 5 == 0:
            told = dict(zip((*STRATEGIES, "random"), trust.chances.round(2).tolist(), strict=True))
            print(f"{quota:2} of {QUOTA} wells: {told}")


if __name__ == "__main__":
    main()
