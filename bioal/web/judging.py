"""What a person may say about the problems of a file: the same words as `--accept` and `--orientation`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from flask import request

from bioal.errors import Problem
from bioal.measurements.checking import ACCEPTABLE
from bioal.plates.orientation import SHORT_NAMES

MEANT: Mapping[str, str] = MappingProxyType(
    {
        "corrections": "These are corrections: the new values replace the recorded ones, which stay on file.",
        "actuals": "It was really made as the file says, not as planned.",
        "scale": "Gain, dilution and unit are right: the values really are that different.",
        "range": "The values outside the expected range are right.",
        "ids": "The sample ids are surely of this campaign.",
    }
)
_ASKS = re.compile(r"--accept (\w+)")
MISREAD = "plate-misread"


def acceptable(problems: Iterable[Problem]) -> dict[str, str]:
    """Return what of the problems a person may accept: the word of `--accept`, and what it means."""
    said = {word for problem in problems for word in _ASKS.findall(problem.remedy)}
    return {word: MEANT[word] for word in ACCEPTABLE if word in said}


def accepted() -> tuple[str, ...]:
    """Return what the form that was sent accepts."""
    given = set(request.values.getlist("accept"))
    return tuple(word for word in ACCEPTABLE if word in given)


def misread(problems: Sequence[Problem]) -> dict[str, Mapping[str, str]]:
    """Return the plates (with readout) that may have been read otherwise, and the ways to say how."""
    asked = [re.search(r'--orientation "([^"=]+)=', one.remedy) for one in problems if one.code == MISREAD]
    return {match[1]: SHORT_NAMES for match in asked if match is not None}


def orientations() -> tuple[str, ...]:
    """Return how plates were read, as the form that was sent says."""
    said = [one for one in request.values.getlist("orientation") if one]
    return tuple(one for one in said if one.rpartition("=")[2] in SHORT_NAMES)
