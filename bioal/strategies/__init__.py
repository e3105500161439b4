"""Active-learning strategies by name: for the best outcome, and for the best model."""

from bioal.strategies.choosing import picks, product, scores, strategy_of, weighted_sum
from bioal.strategies.definition import Strategy
from bioal.strategies.pools import Pool, outcome_pool, pool_of
from bioal.strategies.registry import names, strategy
from bioal.strategies.streams import Stream

__all__ = [
    "Pool",
    "Strategy",
    "Stream",
    "names",
    "outcome_pool",
    "picks",
    "pool_of",
    "product",
    "scores",
    "strategy",
    "strategy_of",
    "weighted_sum",
]
