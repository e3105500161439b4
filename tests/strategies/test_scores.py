"""Scores against closed forms, brute force and the numbers of the article."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import softmax
from scipy.stats import entropy as scipy_entropy
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from bioal.strategies import committees, diversity, gains, margins, probabilities
from bioal.strategies.imagined import batch_bald

RNG = np.random.default_rng
OPEN = np.array([[0.45, 0.40, 0.15]])


def chances_of(*shape, seed=0):
    return softmax(2 * RNG(seed).standard_normal(shape), axis=-1)


def covariance_of(size, seed=0):
    roots = RNG(seed).standard_normal((size, size + 2))
    return roots @ roots.T / size


def test_the_article_s_own_numbers():
    assert probabilities.entropy(OPEN) == pytest.approx([1.010413], abs=5e-7)
    assert probabilities.least_confidence(OPEN) == pytest.approx([0.55])
    assert probabilities.smallest_margin(OPEN) == pytest.approx([-0.05])
    assert probabilities.least_confidence(np.array([[0.5, 0.5]])) == pytest.approx([0.5])
    two = np.array([[[0.78, 0.22], [0.76, 0.24]], [[0.91, 0.09], [0.82, 0.18]]])
    assert committees.disagreement_range(two) == pytest.approx([0.13, 0.06])


def test_a_sure_outcome_has_no_entropy_and_no_nan():
    assert probabilities.entropy(np.eye(3)).tolist() == [0, 0, 0]
    assert probabilities.normalised_log_probability([np.eye(2)]).tolist() == [0]


def test_normalised_log_probability_of_one_readout_ranks_like_least_confidence():
    chances = chances_of(20, 3)
    found = probabilities.normalised_log_probability(list(chances[:, None, :]))
    assert np.argsort(found).tolist() == np.argsort(probabilities.least_confidence(chances)).tolist()


def test_a_duplicated_readout_changes_no_normalised_log_probability():
    short, long = chances_of(2, 3), chances_of(5, 3, seed=1)
    once = probabilities.normalised_log_probability([short, long])
    twice = probabilities.normalised_log_probability([np.repeat(short, 2, axis=0), long])
    assert once == pytest.approx(twice)
    assert once[1] == pytest.approx(-np.log(long.max(axis=1)).sum() / 5)


@settings(deadline=None)
@given(st.integers(1, 5), st.integers(2, 4), st.integers(0, 999))
def test_laws_of_committees(members, classes, seed):
    found = chances_of(members, 6, classes, seed=seed)
    told = committees.mutual_information(found)
    assert told == pytest.approx(committees.mean_divergence(found), abs=1e-12)
    assert (told >= -1e-12).all()
    assert (told <= committees.consensus_entropy(found) + 1e-12).all()
    assert (committees.largest_divergence(found) >= committees.mean_divergence(found) - 1e-12).all()
    assert (committees.normalised_vote_entropy(found) <= 1 + 1e-12).all()
    same = np.repeat(found[:1], 3, axis=0)
    for score in (committees.mean_divergence, committees.vote_entropy, committees.disagreement_range):
        assert score(same) == pytest.approx(0, abs=1e-12)


def test_one_split_vote_is_the_only_entropy():
    members = np.zeros((3, 2, 3))
    members[:, 0, 0] = 1
    members[np.arange(3), 1, np.arange(3)] = 1
    assert committees.vote_entropy(members) == pytest.approx([0, np.log(3)])
    assert committees.normalised_vote_entropy(members) == pytest.approx([0, 1])
    assert committees.variation_ratio(members) == pytest.approx([0, 2 / 3])


def test_equal_trust_in_views_gives_the_vote_entropy():
    votes = RNG(0).integers(3, size=(4, 10))
    shares = committees.view_shares(votes, np.ones((4, 3)))
    counted = np.stack([np.bincount(column, minlength=3) for column in votes.T]) / 4
    assert probabilities.entropy(shares) == pytest.approx(scipy_entropy(counted, axis=1))


def test_trust_in_views_follows_what_they_got_right():
    """Three views, two classes, by hand."""
    votes = np.array([[0, 1, 1], [0, 0, 0], [1, 1, 0]])
    found = committees.updated_view_weights(np.ones((3, 2)), votes, np.array([0, 1, 0]))
    assert found.tolist() == [[2, 2], [3, 1], [2, 2]]
    assert committees.view_shares(np.array([[0], [0], [1]]), found)[0] == pytest.approx([5 / 7, 2 / 7])


def test_the_gradient_length_is_that_of_the_log_loss():
    """By finite differences of softmax regression's loss."""
    rng = RNG(0)
    weights, x = rng.standard_normal((3, 4)), rng.standard_normal(4)
    chances = softmax(weights @ x)

    def gradient(code):
        step = 1e-6
        slopes = np.empty((3, 4))
        for at in np.ndindex(3, 4):
            up, down = weights.copy(), weights.copy()
            up[at] += step
            down[at] -= step
            slopes[at] = -(np.log(softmax(up @ x)[code]) - np.log(softmax(down @ x)[code])) / (2 * step)
        return np.linalg.norm(slopes)

    wanted = sum(chance * gradient(code) for code, chance in enumerate(chances))
    assert gains.expected_gradient_length(chances[None], x[None]) == pytest.approx([wanted], rel=1e-6)


def test_model_change_by_hand():
    found = gains.expected_model_change(np.array([1.0]), np.array([[0.0, 3.0]]), np.array([[3.0, 4.0]]))
    assert found == pytest.approx([1.5 * 5])


def conditioned(covariance, row, noise):
    column = covariance[:, row]
    return covariance - np.outer(column, column) / (covariance[row, row] + noise)


def test_variance_reduction_is_what_conditioning_takes_away():
    covariance, noise = covariance_of(7), 0.3
    found = gains.variance_reduction(covariance, np.diag(covariance), noise)
    wanted = [np.mean(np.diag(covariance - conditioned(covariance, row, noise))) for row in range(7)]
    assert found == pytest.approx(wanted)


def test_divergence_gain_is_the_integral_of_kullback_leibler_divergences():
    """By quadrature over the result, of divergences between predicted normals before and after."""
    covariance, noise, row = covariance_of(5), 0.3, 2
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    before = np.diag(covariance) + noise
    after = np.diag(conditioned(covariance, row, noise)) + noise
    scale = np.sqrt(covariance[row, row] + noise)
    total = 0.0
    for node, weight in zip(nodes, weights / weights.sum(), strict=True):
        shift = covariance[:, row] / scale * node
        divergence = 0.5 * (np.log(before / after) + (after + shift**2) / before - 1)
        total += weight * divergence.sum()
    found = gains.divergence_gain(covariance, np.diag(covariance), np.diag(covariance), noise)
    assert found[row] == pytest.approx(total, rel=1e-10)


def test_what_a_batch_tells_is_less_than_what_its_members_tell():
    covariance, noise = covariance_of(6), 0.2
    single = gains.information_gain(np.diag(covariance), noise)
    assert gains.joint_information_gain(covariance, noise) <= single.sum()
    assert gains.joint_information_gain(np.diag(np.diag(covariance)), noise) == pytest.approx(single.sum())


def test_errors_by_members_are_those_of_bayes_rule():
    """Brute force over two candidates, two evaluation points, three worlds."""
    members, evaluated = chances_of(3, 2, 2), chances_of(3, 2, 2, seed=1)
    found = gains.expected_error_by_members(members, evaluated)
    for row in range(2):
        total = 0.0
        for code in range(2):
            joint = members[:, row, code] / 3
            posterior = joint / joint.sum()
            total -= joint.sum() * scipy_entropy(np.tensordot(posterior, evaluated, 1), axis=1).mean()
        assert found[row] == pytest.approx(total)


def test_expected_errors_need_no_candidate_but_the_evaluation_set():
    rng = RNG(0)
    known, codes = rng.standard_normal((8, 2)), np.arange(8) % 2
    pool = rng.standard_normal((3, 2))

    def refit(points, labels, wanted):
        return LogisticRegression().fit(points, labels).predict_proba(wanted)

    chances = refit(known, codes, pool)
    found = gains.expected_error_by_refits(refit, (known, codes), pool, evaluate=pool[:1])
    after = [refit(np.vstack([known, pool[1]]), np.append(codes, c), pool[:1]).max() for c in (0, 1)]
    assert found[1] == pytest.approx(-sum(p * (1 - top) for p, top in zip(chances[1], after, strict=True)))


def joint_information(members, rows):
    """Return I(outcomes of rows; world), by listing every combination of outcomes."""
    worlds, _, classes = members.shape
    table = np.ones((worlds, 1))
    for row in rows:
        table = (table[:, :, None] * members[:, row][:, None, :]).reshape(worlds, -1)
    assert table.shape[1] == classes ** len(rows)
    return scipy_entropy(table.mean(axis=0)) - np.mean([scipy_entropy(one) for one in table])


def test_batch_bald_takes_the_greedy_best_of_all_joint_informations():
    members = chances_of(5, 6, 2)
    rows, told = batch_bald(members, 3, RNG(0))
    chosen = []
    for row, gain in zip(rows, told, strict=True):
        before = joint_information(members, chosen)
        wanted = [joint_information(members, [*chosen, one]) - before for one in range(6)]
        wanted = [-1 if one in chosen else gain for one, gain in enumerate(wanted)]
        assert row == int(np.argmax(wanted))
        assert gain == pytest.approx(max(wanted), abs=1e-9)
        chosen.append(row)


def test_batch_bald_never_takes_a_copy_while_there_is_news():
    members = chances_of(8, 4, 2)
    twice = np.concatenate([members, members], axis=1)
    rows, _ = batch_bald(twice, 3, RNG(0))
    assert len({row % 4 for row in rows}) == 3


@settings(deadline=None, max_examples=40)
@given(arrays(float, (9, 2), elements=st.floats(0, 1)), st.integers(1, 4))
def test_core_set_is_the_farthest_first_traversal(points, count):
    known, pool = points[:2], points[2:]
    rows, gains_ = diversity.core_set(pool, known, count)
    taken = [*known]
    for row, gain in zip(rows, gains_, strict=True):
        far = [min(np.linalg.norm(one - other) for other in taken) for one in pool]
        assert gain == pytest.approx(max(far), abs=1e-7)
        taken.append(pool[row])
    assert len(set(rows)) == count


def test_without_anything_known_core_set_starts_in_the_middle():
    pool = np.array([[0.0, 0.0], [0.5, 0.4], [1.0, 1.0]])
    assert diversity.core_set(pool, pool[:0], 2)[0].tolist() == [1, 2]


def test_a_ranked_batch_follows_its_published_formula():
    rng = RNG(0)
    points, known, unsure = rng.random((5, 2)), rng.random((2, 2)), rng.random(5)
    rows, scores = diversity.ranked_batch(unsure, points, known, 3)
    near, left = [*known], list(range(5))
    for row, score in zip(rows, scores, strict=True):
        alpha = len(left) / (len(left) + len(near))
        alike = [max(1 / (1 + np.linalg.norm(points[i] - one)) for one in near) for i in left]
        worth = [alpha * (1 - a) + (1 - alpha) * unsure[i] for i, a in zip(left, alike, strict=True)]
        assert row == left[int(np.argmax(worth))]
        assert score == pytest.approx(max(worth))
        near.append(points[row])
        left.remove(row)


def test_lcmd_takes_the_farthest_of_the_heaviest_cluster():
    """Written out plainly: clusters, weights, farthest member."""
    rng = RNG(3)
    known, pool = rng.random((3, 2)), rng.random((12, 2))

    def squares(a, b):
        return np.square(a[:, None] - b[None]).sum(axis=2)

    apart = squares(pool, known)
    rows, _ = diversity.largest_cluster_batch(pool, apart.argmin(1), apart.min(1), 4)
    centres, taken = [*known], []
    for row in rows:
        own = squares(pool, np.array(centres))
        nearest, closest = own.argmin(axis=1), own.min(axis=1)
        weights = [closest[nearest == c].sum() for c in range(len(centres))]
        inside = np.flatnonzero(nearest == int(np.argmax(weights)))
        assert row == inside[np.argmax(closest[inside])]
        assert row not in taken
        centres.append(pool[row])
        taken.append(row)


def test_another_option_is_one_apart():
    points = np.array([[0.0, 1, 0], [0.0, 0, 1], [1.0, 1, 0]])
    scaled = diversity.scaled_points(points, np.array([False, True, True]))
    assert diversity.nearest_distance(scaled[1:], scaled[:1]) == pytest.approx([1, 1])


@pytest.mark.parametrize("classes", [2, 3])
def test_margin_sampling_is_the_smallest_decision_value(classes):
    rng = RNG(0)
    points = rng.standard_normal((30, 2))
    codes = np.digitize(points[:, 0], [0.0] if classes == 2 else [-0.5, 0.5])
    machine = SVC(decision_function_shape="ovr").fit(points, codes)
    decisions = machine.decision_function(points)
    wide = decisions[:, None] if classes == 2 else decisions
    assert margins.border_distance(decisions) == pytest.approx([np.abs(one).min() for one in wide])


def test_each_support_vector_sends_its_nearest_to_the_border():
    rng = RNG(1)
    distance, nearest = rng.random(40), rng.integers(6, size=40)
    rows = margins.one_per_support_vector(distance, nearest, 4)
    best = [min(np.flatnonzero(nearest == v), key=lambda row: distance[row]) for v in range(6)]
    assert rows.tolist() == sorted(best, key=lambda row: distance[row])[:4]
    assert len(margins.one_per_support_vector(distance, nearest, 40)) == 6


def test_yields_have_margins_and_entropies_too():
    mean, sd = np.array([1.0, 2.0]), np.array([0.5, 0.1])
    assert probabilities.threshold_margin(mean, sd, 1.5) == pytest.approx([-1, -5])
    assert probabilities.gaussian_entropy(sd) == pytest.approx(0.5 * np.log(2 * np.pi * np.e * sd**2))
