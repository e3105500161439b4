"""The campaign: a protocol and its rounds, the only object with a past.

Its past is a chain of records in a folder; its state is their replay.
"""
