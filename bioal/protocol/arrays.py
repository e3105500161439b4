"""Names for the arrays that a space gives and takes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
# Level numbers, shape (n, factors): -1 is an inactive factor, -2 a value on no level.
Codes = NDArray[np.integer[Any]]
