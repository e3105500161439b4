"""Slow measurements of time, memory and quality, run by hand from the repository's folder."""
