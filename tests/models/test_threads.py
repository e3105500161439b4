"""Small problems are solved on one thread, large ones on all of them, and both keep their memory."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest
from threadpoolctl import threadpool_info

from bioal.models.threads import LARGE, threads_for


def threads() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_few_rows_have_one_thread_and_the_rest_of_the_program_keeps_its_own():
    before = threads()
    with threads_for(100):
        assert threads() == {1}
    assert threads() == before


def test_many_rows_keep_every_thread():
    before = threads()
    with threads_for(LARGE + 1):
        assert threads() == before


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries keep memory by other rules")
def test_freed_arrays_leave_their_memory_to_the_next_ones():
    code = (
        "import resource, numpy as np\n"
        "from bioal.models.threads import threads_for\n"
        "def faults():\n    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        "def work():\n    [np.ones((300, 300)) for _ in range(8)]\n"
        "with threads_for(300):\n"
        "    work()\n"
        "    before = faults()\n"
        "    for _ in range(50):\n        work()\n"
        "print(faults() - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    # 50 times 8 arrays of 176 pages are 70,400
    assert int(done.stdout) < 5000
