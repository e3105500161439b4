"""Linear algebra of a few hundred rows belongs on one thread.

Several threads spend longer waiting for each other than they compute: twenty-fold on a busy machine. On one
thread the last digits, too, are the same however many cores there are.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from threadpoolctl import threadpool_limits

LARGE = 1000  # rows from which the threads of a matrix product earn their keep


def threads_for(rows: int) -> AbstractContextManager[object]:
    """Return a block in which linear algebra uses the threads that matrices of so many rows deserve."""
    return nullcontext() if rows > LARGE else threadpool_limits(limits=1, user_api="blas")
