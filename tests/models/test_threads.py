"""Small problems are solved on one thread, large ones on all of them."""

from __future__ import annotations

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
