"""modAL's loop, `learner.query` and `learner.teach`, written with bioal: one condition after the other.

    python examples/loop_query_teach.py

A strain grows not, weakly or strongly, depending on pH and salt. The model asks for the condition whose
outcome is most open (entropy), is told what happened, and learns again. Prints how many outcomes of the whole
grid it foretells after each answer.
"""

from __future__ import annotations

import numpy as np

from bioal.models.outcome_fitting import fit_outcomes
from bioal.models.outcomes import outcome_evidence_of
from bioal.strategies import outcome_pool, picks

GRID = np.stack(np.meshgrid(np.linspace(0, 1, 15), np.linspace(0, 1, 15)), axis=-1).reshape(-1, 2)
NAMES = ("none", "weak", "strong")


def grown(points: np.ndarray) -> np.ndarray:
    """Return 0 (none), 1 (weak) or 2 (strong) for points of pH and salt, both from 0 to 1: the laboratory."""
    worth = 1.2 - 4 * (points[:, 0] - 0.6) ** 2 - 1.1 * points[:, 1]
    return np.digitize(worth, [0.3, 0.7])


def main() -> None:
    """Ask, measure, learn; twelve times."""
    rng = np.random.default_rng(0)
    known = list(rng.choice(len(GRID), 4, replace=False))
    for _ in range(12):
        evidence = outcome_evidence_of(GRID[known], grown(GRID[known]), classes=3, ordered=True)
        model = fit_outcomes(evidence, "gp", rng)
        (asked,) = picks("entropy", outcome_pool(evidence, model, GRID, 1), rng).rows  # learner.query(X_pool)
        known.append(int(asked))  # learner.teach(X, y): the next fit knows it
        right = np.mean(model.predict_proba(GRID).argmax(axis=1) == grown(GRID))
        outcome = NAMES[int(grown(GRID[[asked]])[0])]
        at = f"pH {GRID[asked, 0]:.2f}, salt {GRID[asked, 1]:.2f}"
        print(f"{at}: {outcome:6} ({right:.0%} of the grid was foretold before)")


if __name__ == "__main__":
    main()
