"""Where it goes: wells, layouts, samples of a round, and the arithmetic of how many fit."""
