"""Learning which strategy to trust: ALBL for outcomes, GP-Hedge for yields.

Both keep one weight per strategy (an arm) and are replaced by their successor after results. With 3 to 10
rounds neither has seen enough to learn much: `splitting` is for those.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bioal.errors import UsageError
from bioal.evidence import Bools, Floats

DELTA = 0.1


@dataclass(frozen=True)
class Albl:
    """Active learning by learning: EXP4.P over strategies (Hsu and Lin 2015, AAAI, algorithm 1).

    The last arm is the uniform one. libact's p_min = sqrt(ln K / (K T)) passes 1 / K where the budget is
    below K ln K, and better arms then get smaller chances; here it is at most half of 1 / K.

    Parameters
    ----------
    weights
        One per arm, the uniform one last, (K,).
    budget
        How many queries there are to be, T.
    rewarded
        For each draw so far its importance weight 1 / q, (draws,).
    """

    weights: Floats
    budget: int
    rewarded: Floats

    def __post_init__(self) -> None:
        if len(self.weights) < 2 or self.budget < 1:
            raise UsageError(
                f"{len(self.weights)} arms and a budget of {self.budget}: at least 2 arms (the last one"
                " uniform) and 1 query are needed."
            )

    @property
    def least(self) -> float:
        """Return p_min, the smallest chance of an arm."""
        arms = len(self.weights)
        return float(min(np.sqrt(np.log(arms) / (arms * self.budget)), 0.5 / arms))

    @property
    def chances(self) -> Floats:
        """Return each arm's chance, (1 - K p_min) w / sum w + p_min, shape (K,)."""
        arms = len(self.weights)
        return np.asarray((1 - arms * self.least) * self.weights / self.weights.sum() + self.least)

    def distribution(self, advice: Floats) -> Floats:
        """Return the chance of each candidate given the arms' advice (K, n), rows summing to 1, (n,)."""
        return np.asarray(self.chances @ advice)

    def drawn(self, advice: Floats, rng: np.random.Generator) -> tuple[int, Albl]:
        """Return which candidate to measure, and the state that has noted the draw."""
        q = self.distribution(advice)
        row = int(rng.choice(len(q), p=q / q.sum()))
        return row, replace(self, rewarded=np.append(self.rewarded, 1 / q[row]))

    def reward(self, right: Floats | Bools, pool: int) -> float:
        """Return the importance-weighted accuracy, sum_t W_t right_t / (n T).

        Parameters
        ----------
        right
            For each draw whether the present model predicts its result, or how well (0 to 1), (draws,).
        pool
            How many conditions there are, measured or not, n.
        """
        return float(self.rewarded @ np.asarray(right, float) / (pool * self.budget))

    def after(self, advice: Floats, row: int, reward: float) -> Albl:
        """Return the state with weights that follow the reward of measuring one candidate.

        w_k <- w_k exp(p_min / 2 (r a_k(i) / q_i + sqrt(ln(K / delta) / (K T)) / p_k)).
        """
        arms = len(self.weights)
        earned = reward * advice[:, row] / self.distribution(advice)[row]
        doubt = np.sqrt(np.log(arms / DELTA) / (arms * self.budget)) / self.chances
        return replace(self, weights=self.weights * np.exp(self.least / 2 * (earned + doubt)))


def albl(arms: int, budget: int) -> Albl:
    """Return the beginning of active learning by learning with so many arms, the uniform one included."""
    return Albl(np.ones(arms), budget, np.empty(0))


def closeness(predicted: Floats, measured: Floats, span: float) -> Floats:
    """Return how right predicted yields are, 1 - min(1, |f - y| / span): a reward for `Albl` on yields."""
    return np.asarray(1.0 - np.minimum(1.0, np.abs(predicted - measured) / span))


@dataclass(frozen=True)
class Hedge:
    """GP-Hedge: a portfolio of acquisitions, all of which learn from every round.

    Hoffman, Brochu and de Freitas 2011 (UAI, Portfolio allocation for Bayesian optimization): p ~ exp(eta G),
    G_k <- m G_k + mean at what arm k had nominated. With `memory` m below 1 old rounds fade, and with
    `spread_out` the gains are taken relative to their range (Vasconcelos et al. 2019, arXiv 1908.00361;
    m = 0.7 and eta = 4 there).

    Parameters
    ----------
    gains
        One per arm, (K,).
    eta, memory
        How fast chances follow gains, and what of the gains is kept from round to round.
    spread_out
        Whether gains count relative to their range.
    """

    gains: Floats
    eta: float = 1.0
    memory: float = 1.0
    spread_out: bool = False

    @property
    def chances(self) -> Floats:
        """Return each arm's chance, shape (K,)."""
        lead = self.gains - self.gains.max()
        width = float(np.ptp(self.gains))
        if self.spread_out and width > 0:
            lead = lead / width
        raised = np.exp(self.eta * lead)
        return np.asarray(raised / raised.sum())

    def drawn(self, rng: np.random.Generator) -> int:
        """Return the arm whose nominee is to be measured."""
        return int(rng.choice(len(self.gains), p=self.chances))

    def after(self, means: Floats, values: Floats) -> Hedge:
        """Return the state after a round.

        Parameters
        ----------
        means
            The refitted posterior's mean at each arm's nominee, in units of the utility, (K,).
        values
            All utilities measured, by which means are standardised: shares then depend on no unit.
        """
        sd = float(values.std()) or 1.0
        return replace(self, gains=self.memory * self.gains + (means - values.mean()) / sd)
