"""Virtual laboratories for the demo, for benchmarks and for tests: a known truth behind honest errors."""

from bioal.lab.cell_free import PERFECT, CellFreeLab, Errors

__all__ = ["PERFECT", "CellFreeLab", "Errors"]
