"""How far a model errs beside how far it expects to: one factor for its sds, found on held-out results.

What a held-out observation differs by from its prediction holds the error of the function and the noise of
the measurement. Replicates say what noise is, so only the sd of the function is scaled: the factor is the
most probable one where residuals are normal with variance factor^2 v + noise (variance scaling, Levi et al.
2022, doi 10.3390/s22155540, here beside a noise that is known), under a log-normal prior about 1.

On twelve finished experiments (16 to 96 random conditions, three seeds, 141 fits) 90 % intervals held 91.2 %
without a factor, 90.3 % with a prior worth 40 observations, 89.9 % with 20 and 88.8 % with 5; the mean log
density went from -0.958 to -0.965, -0.972 and -0.984: what is rare is not seen in few held-out results, so a
narrowing needs many of them.
"""

from __future__ import annotations

import numpy as np

from bioal.evidence import Floats

PRIOR_COUNT = 40.0  # held-out observations that a factor of 1 is worth
BOUNDS = (0.5, 2.0)
STEPS = 201
MISHAPS = 0.01  # share of wells that no model can foresee: one of them must not widen every interval
PLAIN = 1.25  # factor from which on people are told, and its inverse


def calibration_factor(errors: Floats, variances: Floats, noises: Floats, anywhere: Floats) -> float:
    """Return what the sd of the function is to be multiplied with, 1 without observations.

    Parameters
    ----------
    errors
        Held-out values less their predictions, shape (n,).
    variances, noises
        The variance of the function there, and that of the measurement, shape (n,).
    anywhere
        Log density of each value under a mishap, shape (n,).
    """
    logs = np.linspace(np.log(BOUNDS[0]), np.log(BOUNDS[1]), STEPS)
    total = np.exp(2.0 * logs) * variances[:, None] + noises[:, None]
    foreseen = -0.5 * (np.log(2.0 * np.pi * total) + errors[:, None] ** 2 / total)
    joint = np.logaddexp(np.log1p(-MISHAPS) + foreseen, np.log(MISHAPS) + anywhere[:, None])
    # One observation says 2 about the logarithm of a standard deviation (Fisher's information).
    return float(np.exp(logs[np.argmax(joint.sum(axis=0) - PRIOR_COUNT * logs**2)]))


def calibration_in_words(factor: float) -> tuple[str, ...]:
    """Return a sentence where a factor is far from 1, else nothing.

    >>> calibration_in_words(1.5)[0].partition(": ")[2]
    'intervals are widened by 50 %.'
    """
    if 1.0 / PLAIN < factor < PLAIN:
        return ()
    err, change = ("further", "widened") if factor > 1.0 else ("less far", "narrowed")
    return (
        f"Results held back for a test were {err} from their predictions than the model had expected:"
        f" intervals are {change} by {abs(100 * (factor - 1.0)):.0f} %.",
    )
