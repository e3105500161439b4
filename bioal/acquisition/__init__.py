"""Part of bioal."""
