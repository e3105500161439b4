"""What the members of a committee do not agree on, from their probabilities (members, m, classes).

Members are several models, bags of one, or paths of a Gaussian process. Larger means more wanted.
"""

from __future__ import annotations

import numpy as np
from scipy.special import entr, rel_entr

from bioal.evidence import Floats, Ints
from bioal.strategies.probabilities import entropy, least_confidence


def vote_shares(members: Floats) -> Floats:
    """Return which share of the members votes for each class, shape (m, classes); ties go to the first."""
    votes = members.argmax(axis=2)
    return np.stack([(votes == code).mean(axis=0) for code in range(members.shape[2])], axis=1)


def vote_entropy(members: Floats) -> Floats:
    """Return the entropy of the votes, -sum v ln v.

    Dagan and Engelson 1995, doi 10.1016/B978-1-55860-377-6.50027-X. With bagged members this is entropy
    query-by-bagging (Tuia et al. 2009, doi 10.1109/TGRS.2008.2010404).
    """
    return entropy(vote_shares(members))


def normalised_vote_entropy(members: Floats) -> Floats:
    """Return the entropy of the votes over ln of how many classes got one; 0 where all agree.

    Normalised entropy query-by-bagging (Copa, Tuia, Volpi and Kanevski 2010, doi 10.1117/12.864861).
    """
    shares = vote_shares(members)
    named = np.maximum((shares > 0).sum(axis=1), 2)
    return np.asarray(entropy(shares) / np.log(named))


def variation_ratio(members: Floats) -> Floats:
    """Return the share of members that do not vote for the class of most votes."""
    return least_confidence(vote_shares(members))


def consensus_entropy(members: Floats) -> Floats:
    """Return the entropy of the members' mean probabilities."""
    return entropy(members.mean(axis=0))


def divergences(members: Floats) -> Floats:
    """Return each member's Kullback-Leibler divergence from their mean in nats, (members, m)."""
    return np.asarray(rel_entr(members, members.mean(axis=0)).sum(axis=2))


def mean_divergence(members: Floats) -> Floats:
    """Return the members' mean divergence from their mean (McCallum and Nigam 1998, ICML)."""
    return np.asarray(divergences(members).mean(axis=0))


def largest_divergence(members: Floats) -> Floats:
    """Return the largest divergence of a member from the members' mean."""
    return np.asarray(divergences(members).max(axis=0))


def mutual_information(members: Floats) -> Floats:
    """Return H[mean p] - mean H[p], what an outcome tells about which member is right (BALD).

    Houlsby et al. 2011, arXiv 1112.5745; equal to the mean divergence.
    """
    return np.asarray(consensus_entropy(members) - entr(members).sum(axis=2).mean(axis=0))


def disagreement_range(members: Floats) -> Floats:
    """Return how far the members' probabilities of their likeliest class lie apart, max - min.

    >>> two = np.array([[[0.78, 0.22], [0.76, 0.24]], [[0.91, 0.09], [0.82, 0.18]]])
    >>> disagreement_range(two).round(2).tolist()
    [0.13, 0.06]
    """
    top = members.mean(axis=0).argmax(axis=1)
    named = np.take_along_axis(members, top[None, :, None], axis=2)[..., 0]
    return np.asarray(np.ptp(named, axis=0))


def member_spread(predictions: Floats) -> Floats:
    """Return the sd over members of predicted yields (m, members), divided by their number.

    Burbidge, Rowland and King 2007, doi 10.1007/978-3-540-77226-2_22.
    """
    return np.asarray(predictions.std(axis=1))


def view_shares(votes: Ints, weights: Floats) -> Floats:
    """Return the weighted share of the views that vote for each class, (m, classes).

    Views see different factors only. p(c | x) = sum_v W(v, c) [v votes c] / sum_v W(v, vote of v): adaptive
    maximum disagreement (Di and Crawford 2012, doi 10.1109/TGRS.2011.2168566). With equal weights the entropy
    of this is the vote entropy.

    Parameters
    ----------
    votes
        What each view says, (views, m).
    weights
        How often view v was right about class c, (views, classes).
    """
    own = np.take_along_axis(weights, votes, axis=1)
    shares = np.stack([(own * (votes == code)).sum(axis=0) for code in range(weights.shape[1])], axis=1)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def updated_view_weights(weights: Floats, votes: Ints, codes: Ints) -> Floats:
    """Return the weights (views, classes) after results: one more for every view and class it got right.

    >>> updated_view_weights(np.ones((2, 2)), np.array([[0, 1], [1, 1]]), np.array([0, 1])).tolist()
    [[2.0, 2.0], [1.0, 2.0]]
    """
    right = votes == codes
    won = [right[:, codes == code].sum(axis=1) for code in range(weights.shape[1])]
    return np.asarray(weights + np.stack(won, axis=1))
