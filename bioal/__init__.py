"""bioal finds the best conditions for a biological yield in the fewest wells."""

__version__ = "0.1.0"
