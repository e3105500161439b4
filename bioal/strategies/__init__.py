"""Active-learning strategies by name: for the best outcome, and for the best model."""

from bioal.strategies.registry import Strategy, names, strategy

__all__ = ["Strategy", "names", "strategy"]
