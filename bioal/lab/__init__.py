"""Virtual laboratories for the demo, for benchmarks and for tests: a known truth behind honest errors."""

from bioal.lab.cell_free import PERFECT, CellFreeLab, Errors
from bioal.lab.growth import GrowthLab

__all__ = ["PERFECT", "CellFreeLab", "Errors", "GrowthLab"]
