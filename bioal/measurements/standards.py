r"""A standard curve: from the signal of an instrument to a concentration, with its error.

Linear, y = a + b x, or the four-parameter logistic of immunoassays,

.. math:: y = d + \frac{a - d}{1 + (x / c)^b}

(DeLean, Munson and Rodbard 1978, 10.1152/ajpendo.1978.235.2.E97), fitted by weighted least squares. The
error of a concentration x0 read off a curve f with parameters p at a signal y0 is, to first order,

.. math:: \operatorname{var} x_0 = \frac{\sigma^2 / w(x_0) + g^T C g}{f'(x_0)^2}, \quad
          g = \partial f / \partial p,

with C the covariance of the parameters; for a straight line this is the textbook formula of inverse
prediction (Miller 1991, 10.1039/AN9911600003).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.optimize import OptimizeWarning, curve_fit

from bioal.protocol.objective import Standard

Floats = np.ndarray
FEWEST = {"linear": 3, "4pl": 5}  # different concentrations
POWERS = {"none": 0.0, "1/x": 1.0, "1/x2": 2.0}
FLAT = 2.0  # a slope of less than this many standard errors is none


class CurveError(ValueError):
    """The standards make no curve; the message says why."""


@dataclass(frozen=True)
class Curve:
    """A fitted curve.

    Parameters
    ----------
    parameters, covariance
        a, b; or a, log b, log c, d.
    spread
        Standard deviation of a signal of weight 1 about the curve.
    low, high
        The lowest concentration above zero and the highest among the standards.
    """

    standard: Standard
    parameters: Floats
    covariance: Floats
    spread: float
    low: float
    high: float

    @property
    def rises(self) -> bool:
        """Return whether more of it gives more signal."""
        ends = _signal(self.standard.curve, np.array([self.low, self.high]), *self.parameters)
        return bool(ends[1] > ends[0])

    def concentration(self, signal: float) -> float:
        """Return the concentration of a signal; infinite or zero beyond the plateaus of the logistic."""
        if self.standard.curve == "linear":
            a, b = self.parameters
            return float((signal - a) / b)
        a, log_b, log_c, d = self.parameters
        share = (signal - d) / (a - d)  # 1 at no concentration, 0 at the plateau
        if share >= 1:
            return 0.0
        return float(np.exp(log_c + np.log(1 / share - 1) / np.exp(log_b))) if share > 0 else float(np.inf)

    def error(self, concentration: float) -> float:
        """Return the standard error of a concentration that was read off one signal."""
        return float(np.hypot(*self.errors(concentration)))

    def errors(self, concentration: float) -> tuple[float, float]:
        """Return its two parts: that of the signal, and that of the curve, which all read off it share."""
        at = np.array([concentration])
        slope = abs(float(_slope(self.standard.curve, at, self.parameters)[0]))
        gradient = _gradient(self.standard.curve, at, self.parameters)[0]
        own = self.spread / float(np.sqrt(_weights(self.standard, at, self.low)[0]))
        return own / slope, float(np.sqrt(gradient @ self.covariance @ gradient)) / slope


def fitted_curve(standard: Standard, concentrations: Floats, signals: Floats) -> Curve:
    """Return the curve through standards.

    Raises
    ------
    CurveError
        Where there are too few, or the signal does not depend on the concentration.
    """
    different = np.unique(concentrations)
    fewest = FEWEST[standard.curve]
    if len(different) < fewest:
        raise CurveError(
            f"{len(different)} different concentrations; a {standard.curve} curve needs {fewest}"
        )
    if len(concentrations) <= _count(standard):
        raise CurveError(f"{len(concentrations)} standards; the error of the curve needs one more")
    low = float(different[different > 0][0])
    weights = _weights(standard, concentrations, low)
    parameters, covariance = _fit(standard, concentrations, signals, weights)
    left = signals - _signal(standard.curve, concentrations, *parameters)
    spread = float(np.sqrt(np.sum(weights * left**2) / (len(signals) - len(parameters))))
    curve = Curve(standard, parameters, covariance, spread, low, float(different[-1]))
    _refuse_flat(curve)
    return curve


def _count(standard: Standard) -> int:
    return 2 if standard.curve == "linear" else 4


def _weights(standard: Standard, concentrations: Floats, low: float) -> Floats:
    """Return the weights of standards; one of zero weighs as the lowest above it."""
    return np.asarray(np.maximum(concentrations, low) ** -POWERS[standard.weights])


def _fit(standard: Standard, x: Floats, y: Floats, weights: Floats) -> tuple[Floats, Floats]:
    if standard.curve == "linear":
        design = np.column_stack([np.ones_like(x), x])
        inverse = np.linalg.inv(design.T @ (weights[:, None] * design))
        parameters = inverse @ design.T @ (weights * y)
        left = y - design @ parameters
        return parameters, inverse * float(np.sum(weights * left**2) / (len(x) - 2))
    order = np.argsort(x)
    ends = y[order[0]], y[order[-1]]
    middle = float(np.exp(np.mean(np.log(x[x > 0]))))
    start = (ends[0], 0.0, np.log(middle), ends[1])
    try:
        with warnings.catch_warnings():
            # What scipy warns of is asked below and said in words.
            warnings.filterwarnings("ignore", "Covariance of the parameters", OptimizeWarning)
            deviations = 1 / np.sqrt(weights)
            found, covariance = curve_fit(_logistic, x, y, p0=start, sigma=deviations, maxfev=20_000)
    except RuntimeError as error:
        raise CurveError("standards that no four-parameter curve goes through") from error
    if not np.isfinite(covariance).all():
        raise CurveError("standards that leave the four-parameter curve open; add some, or write linear")
    return np.asarray(found), np.asarray(covariance)


def _signal(curve: str, x: Floats, *parameters: float) -> Floats:
    if curve == "linear":
        return np.asarray(parameters[0] + parameters[1] * x)
    return _logistic(x, *parameters)


def _logistic(x: Floats, a: float, log_b: float, log_c: float, d: float) -> Floats:
    with np.errstate(divide="ignore", over="ignore"):  # no concentration at all is the lower plateau
        return np.asarray(d + (a - d) / (1 + np.exp(np.exp(log_b) * (np.log(x) - log_c))))


def _slope(curve: str, x: Floats, parameters: Floats) -> Floats:
    step = 1e-6 * np.abs(x) + 1e-300
    return np.asarray(
        (_signal(curve, x + step, *parameters) - _signal(curve, x - step, *parameters)) / (2 * step)
    )


def _gradient(curve: str, x: Floats, parameters: Floats) -> Floats:
    """Return the derivative of the signal by each parameter, (n, parameters)."""
    columns = []
    for at, parameter in enumerate(parameters):
        step = np.zeros(len(parameters))
        step[at] = 1e-6 * max(abs(parameter), 1e-6)
        above, below = (_signal(curve, x, *(parameters + sign * step)) for sign in (1, -1))
        columns.append((above - below) / (2 * step[at]))
    return np.column_stack(columns)


def _refuse_flat(curve: Curve) -> None:
    ends = _signal(curve.standard.curve, np.array([curve.low, curve.high]), *curve.parameters)
    middle = np.array([(curve.low * curve.high) ** 0.5])
    noise = curve.spread / np.sqrt(_weights(curve.standard, middle, curve.low)[0])
    if not abs(ends[1] - ends[0]) > FLAT * noise:
        raise CurveError("signals that do not depend on the concentration")
