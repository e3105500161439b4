"""A long list gone through block by block: by threads, by processes, by a cluster; all find the same."""

import heapq

import joblib
import numpy as np
import pytest

from bioal.acquisition import streaming
from bioal.acquisition.judging import Screen, Shares
from bioal.acquisition.screening import shortlist
from bioal.acquisition.streaming import Stream, best_means, largest
from bioal.acquisition.tasks import identity
from bioal.evidence import evidence_of
from bioal.models.alone import means_alone
from bioal.models.fitting import fit
from bioal.protocol.factors import Numeric
from bioal.protocol.space import Space

SPACE = Space(
    tuple(Numeric(f"f{number}", "mM", (1.0, 2.0, 4.0, 5.0)) for number in range(9))
)  # 262,144: four blocks


@pytest.fixture(scope="module")
def posterior():
    rng = np.random.default_rng(0)
    points = SPACE.points(SPACE.sample(40, rng))
    values = points @ rng.normal(size=9) + 0.05 * rng.normal(size=40)
    return fit(evidence_of(points, values), "mixture", rng)


def chosen(posterior) -> list[list[int]]:
    """Return the codes of a shortlist, screened as the surroundings say."""
    nothing = SPACE.sample(0, np.random.default_rng(0))
    screen = Screen(posterior, identity, 1.0, SPACE, nothing, nothing)
    return shortlist(screen, Shares(), 500, 10, np.random.default_rng(0)).judged.codes.tolist()


def test_the_largest_are_those_of_a_heap_and_of_equal_ones_the_first():
    worth = np.random.default_rng(0).integers(20, size=200).astype(float)
    for count in (0, 1, 50, 199, 200, 300):
        expected = heapq.nlargest(count, range(200), key=lambda row: (worth[row], -row))
        assert largest(worth, count).tolist() == sorted(expected)


@pytest.mark.parametrize("rows", [100, 1000, 10**6])
def test_the_best_of_all_are_kept_however_the_list_is_cut(monkeypatch, posterior, rows):
    monkeypatch.setattr(streaming, "BLOCK", rows)
    space = Space(SPACE.factors[:7])
    # Worths of a few steps, so that many are equal.
    stream = Stream(_Two(posterior), lambda mean: np.round(mean, 1), space, space.block(7, 9), 300)
    worth = stream.worth(space.block(0, space.places))
    worth[7:9] = -np.inf
    expected = np.sort(np.argsort(-worth, kind="stable")[:300])
    assert best_means(stream).codes.tolist() == space.block(0, space.places)[expected].tolist()


class _Two:
    """Means where the last two factors stay at their lowest level."""

    def __init__(self, posterior):
        self.posterior = posterior

    def mean(self, points):
        return self.posterior.mean(np.hstack([points, np.zeros((len(points), 2))]))


def test_the_means_alone_are_those_of_the_posterior_and_hold_no_matrix(posterior):
    points = SPACE.points(SPACE.sample(50, np.random.default_rng(1)))
    alone = means_alone(posterior)
    np.testing.assert_array_equal(alone.mean(points), posterior.mean(points))
    assert [member.lower.size for member in alone.parts[0].members] == [0] * len(alone.parts[0].members)


def test_separate_processes_choose_what_threads_choose(monkeypatch, posterior):
    monkeypatch.setattr(streaming, "BLOCK", 1 << 14)
    here = chosen(posterior)
    with joblib.parallel_config(backend="loky", n_jobs=2):
        assert chosen(posterior) == here


def test_a_dask_cluster_of_separate_processes_chooses_what_threads_choose(posterior):
    distributed = pytest.importorskip("distributed", reason="needs the extra 'cluster'")
    here = chosen(posterior)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        with joblib.parallel_config(backend="dask"):
            assert chosen(posterior) == here
        done = client.run(lambda dask_worker: dask_worker.state.executed_count)
    # Which of the workers gets quick work is the scheduler's business; that none is done here is ours.
    assert sum(done.values()) >= 4
