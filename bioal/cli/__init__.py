"""The command line: a door. It words, it asks, it prints; what it does is done by the campaign."""
