"""How far single observations are to be doubted: a well that went wrong is given little weight.

Two explanations compete for the error of an observation, which is what it differs by from what all others
predict for it: noise as usual, or a mishap, `WIDE` times as large (a scale mixture of normals: Tukey's
contaminated normal; West 1984, doi 10.1111/j.2517-6161.1984.tb01317.x). The odds of a mishap, times the
usual variance, are added to the observation's own. Errors under `STRANGE` sds are left alone, so that data
without mishaps are fitted as if nobody had looked.

A value that is strange because it is good is what a laboratory looks for. So a mean of several replicates
is never doubted: their own differences say how far it can be trusted. A single well is no longer doubted
once an equal or a neighbouring condition agrees with it, because then the others predict it. Until then
its condition counts as hardly measured, not as average: what is predicted there keeps its sd. Where a
tenth of all observations were strange, the model would be at fault and not the wells: none is doubted.

On twelve finished experiments (64 random wells, ten seeds, the Gaussian process) one value ten times too high
takes the held-out error from 0.590 to 1.414 of the sd of all values, and with doubts to 0.595; without any
such value doubts leave it at 0.588, and the mean log density at -0.839 instead of -0.831. With 4.0 and 0.001
in the place of 3.5 and 0.01 true peaks of the heavy-tailed tables are left alone (-0.869 there).
"""

from __future__ import annotations

import numpy as np

from bioal.evidence import Bools, Floats

MISHAPS = 0.001  # share of wells that go wrong in a way nobody notices at the bench
WIDE = 10.0  # sds of a mishap, in multiples of the usual one
STRANGE = 4.0  # usual sds: below, a mishap is less likely than noise
MOST = 0.1  # share of the observations that may be doubted
DOUBTINGS = 4  # how often a model is fitted anew: one mishap can hide behind another
FARTHEST = 1e6  # the largest odds, unless the squared error itself is larger: its weight is nothing then


def doubts(errors: Floats, variances: Floats, single: Bools) -> Floats:
    """Return the variance to add to each observation, shape (n,); 0 where it is trusted.

    Parameters
    ----------
    errors
        What each observation differs by from what the others predict for it, shape (n,).
    variances
        The variance expected of that, with the usual noise, shape (n,).
    single
        Whether an observation is one measurement, and no mean of replicates, shape (n,).

    Examples
    --------
    >>> doubts(np.array([0.1] * 18 + [-3.0, 5.0]), np.ones(20), np.ones(20, bool))[-2:].round().tolist()
    [0.0, 24.0]
    """
    squares = errors**2 / variances
    strange = single & (squares > STRANGE**2)
    if strange.sum() > max(1.0, MOST * len(errors)):
        return np.zeros(len(errors))
    log_odds = np.log(MISHAPS / (1.0 - MISHAPS) / WIDE) + 0.5 * squares * (1.0 - WIDE**-2)
    odds = np.exp(np.minimum(log_odds, np.log(np.maximum(FARTHEST, squares))))
    return np.asarray(np.where(strange, odds * variances, 0.0))


def settled(before: Floats, after: Floats) -> bool:
    """Return whether the same observations are doubted, and none much more than before."""
    return bool(((before > 0) == (after > 0)).all() and (after <= 2.0 * before).all())
