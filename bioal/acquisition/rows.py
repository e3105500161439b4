"""Rows of codes as a set: which are distinct, which are among others.

A row is known by a 64-bit key mixed from its codes, so that four million rows are compared in a fraction
of a second; two of them share a key by chance about once in a million such spaces.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bioal.acquisition.candidates import Codes
from bioal.evidence import Bools, Ints

_ODD = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_HALF = np.uint64(29)


def row_keys(codes: Codes) -> NDArray[np.uint64]:
    """Return one key per row, shape (m,), equal for equal rows whatever their integer type."""
    keys = np.zeros(len(codes), np.uint64)
    for column in codes.T:
        keys = (keys ^ (column.astype(np.int64).astype(np.uint64) + _ODD)) * _MIX
        keys ^= keys >> _HALF
    return keys


def distinct_rows(codes: Codes) -> Ints:
    """Return the positions of the first of each distinct row, in their order.

    >>> distinct_rows(np.array([[3, 1], [2, 2], [3, 1]]))
    array([0, 1])
    """
    return np.sort(np.unique(row_keys(codes), return_index=True)[1]).astype(np.intp)


def rows_among(codes: Codes, others: Codes) -> Bools:
    """Return which rows are equal to any row of `others`, shape (m,)."""
    if not len(others) or not len(codes):
        return np.zeros(len(codes), bool)
    return np.isin(row_keys(codes), row_keys(others))
