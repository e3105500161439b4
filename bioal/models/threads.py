"""Linear algebra of a few hundred rows belongs on one thread, in memory that it keeps.

Several threads spend longer waiting for each other than they compute: twenty-fold on a busy machine. On one
thread the last digits, too, are the same however many cores there are. And an array that is freed is soon
followed by another of its size, so that memory given back in between only has to be asked for again.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import cache

import numpy as np
from threadpoolctl import threadpool_limits

LARGE = 1000  # rows from which the threads of a matrix product earn their keep
_KEPT = 2**25 - 2**16  # bytes: the C library of Linux keeps no larger blocks (DEFAULT_MMAP_THRESHOLD_MAX)


def threads_for(rows: int) -> AbstractContextManager[object]:
    """Return a block in which linear algebra uses the threads that matrices of so many rows deserve."""
    _keep_memory()
    return nullcontext() if rows > LARGE else threadpool_limits(limits=1, user_api="blas")


@cache
def _keep_memory() -> None:
    """Let the C library keep the memory of freed arrays for the next ones.

    That of Linux gives back what is free beyond twice the largest block that was freed so far (mallopt(3),
    M_MMAP_THRESHOLD and M_TRIM_THRESHOLD), and the system clears it anew for the next array, page by page: a
    sixth of the time that a proposal takes. So a large block is freed first, which nothing was written to.
    Elsewhere this changes nothing.
    """
    np.empty(_KEPT, np.uint8)
