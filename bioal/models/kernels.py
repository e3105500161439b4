"""How alike two conditions are: an ARD Matern 5/2 kernel, one length-scale per factor, and main effects.

The squared distance of two points is the sum over factors of (difference / length-scale)^2. A numeric
factor differs by at most 1; the 0/1 columns of a choice are scaled by 1/sqrt(2), so that two different
options are exactly 1 apart (Hamming) however many options there are.

A concave kernel sees the square root of each numeric factor: doses that double from level to level are
then about as far apart at the low end of their range as at the high end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from bioal.evidence import Bools, Floats, Ints
from bioal.models.effects import main_effects

Precision = TypeVar("Precision", bound=np.floating[Any])
HAMMING = np.sqrt(0.5)
_CACHED = 1 << 15  # numbers that stay in a core's cache through several passes


@dataclass(frozen=True)
class Kernel:
    """Matern 5/2 plus main effects plus a constant, in standardised units.

    Parameters
    ----------
    groups, categorical
        As in `Evidence`, shape (width,).
    lengthscales
        One per factor, shape (factors,).
    variance
        Prior variance of the function about its mean.
    constant
        Prior variance of that mean.
    effects
        Prior variance of the main effects of one factor.
    concave
        Whether numeric factors are seen through their square root.
    centre
        The features at which main effects are 0, shape (columns,): where the measured points are on average.
    """

    groups: Ints
    categorical: Bools
    lengthscales: Floats
    variance: float = 1.0
    constant: float = 0.0
    effects: float = 0.0
    concave: bool = False
    centre: Floats | float = 0.0

    def diagonal(self, points: Floats) -> Floats:
        """Return the prior variance at points (m, width), shape (m,)."""
        alike = np.full(len(points), self.variance + self.constant)
        return alike + self.effects * np.square(self.features(points)).sum(axis=1) if self.effects else alike

    @property
    def column_weights(self) -> Floats:
        """Return what each column of points is multiplied by before distances are taken, (width,)."""
        return np.where(self.categorical, HAMMING, 1.0) / self.lengthscales[self.groups]

    def scaled(self, points: Floats) -> Floats:
        """Return points whose plain Euclidean distances are the kernel's, (m, width)."""
        return self.seen(points) * self.column_weights

    def seen(self, points: Floats) -> Floats:
        """Return points as the kernel sees them, (m, width)."""
        if not self.concave:
            return points
        return np.where(self.categorical, points, np.sign(points) * np.sqrt(np.abs(points)))

    def features(self, points: Floats) -> Floats:
        """Return what the main effects are linear in, (m, columns)."""
        return np.asarray(main_effects(self.seen(points), self.categorical) - self.centre)

    def between(self, points: Floats, others: Floats) -> Floats:
        """Return the prior covariance between points (m, width) and others (k, width), (m, k)."""
        here, there = self.scaled(points), self.scaled(others)
        out: Floats = here @ (-2.0 * there).T
        together = self.features(points) @ self.features(others).T if self.effects else None
        squares = np.einsum("ij,ij->i", here, here)[:, None], np.einsum("ij,ij->i", there, there)
        for rows in _cached_rows(out):
            part = out[rows]
            _complete(part, squares[0][rows], squares[1])
            _correlate(part, part)
            part *= self.variance
            part += self.constant
            if together is not None:
                together[rows] *= self.effects
                part += together[rows]
        return out

    def single(self) -> Kernel:
        """Return the same kernel without its constant."""
        return replace(self, constant=0.0)


def squared_distances(a: NDArray[Precision], b: NDArray[Precision]) -> NDArray[Precision]:
    """Return |a_i - b_j|^2 by one matrix product, shape (len(a), len(b)), in the precision of `a`."""
    out: NDArray[Precision] = a @ (-2.0 * b).T
    _complete(out, np.einsum("ij,ij->i", a, a)[:, None], np.einsum("ij,ij->i", b, b))
    return out


def _complete(out: NDArray[Precision], own: NDArray[Precision], others: NDArray[Precision]) -> None:
    """Make squared distances of -2 a b, given the squares of a (m, 1) and of b (k,)."""
    out += own
    out += others
    # The product leaves rounding of either sign where two points coincide.
    np.maximum(out, 0.0, out=out)


def _cached_rows(table: NDArray[Precision]) -> Iterator[slice]:
    """Yield rows so few that all passes over them find them in the processor's cache."""
    step = max(1, _CACHED // max(table[:1].size, 1))
    for start in range(0, len(table), step):
        yield slice(start, start + step)


def matern(squares: NDArray[Precision]) -> NDArray[Precision]:
    """Return the Matern 5/2 correlation at these squared distances.

    Examples
    --------
    >>> matern(np.array([0.0, 1.0])).round(6).tolist()
    [1.0, 0.523994]
    """
    value: NDArray[Precision] = np.empty_like(squares)
    for rows in _cached_rows(squares):
        _correlate(squares[rows], value[rows])
    return value


def _correlate(squares: NDArray[Precision], value: NDArray[Precision]) -> None:
    """Write the correlation at squared distances into `value`, which may be these distances' own place."""
    root: NDArray[Precision] = np.sqrt(5.0 * squares)
    np.multiply(root, root, out=value)
    value /= 3.0
    value += root
    value += 1.0
    np.negative(root, out=root)
    np.exp(root, out=root)
    value *= root


def matern_and_slope(squares: Floats) -> tuple[Floats, Floats]:
    """Return the correlation and its derivative by the squared distance."""
    value, slope = np.empty_like(squares), np.empty_like(squares)
    for rows in _cached_rows(squares):
        root = np.sqrt(5.0 * squares[rows])
        decay = np.exp(-root)
        rise = (root + 1.0) * decay
        value[rows] = rise + root * root / 3.0 * decay
        slope[rows] = rise * (-5.0 / 6.0)
    return value, slope


def factor_traces(weighted: Floats, points: Floats, groups: Ints, count: int) -> Floats:
    """Return sum_ij weighted_ij |x_i - x_j|^2 over the columns of each factor, shape (count,).

    `weighted` is symmetric. One matrix product serves all factors, where a loop would build an
    (n, n) distance matrix for each.
    """
    own = np.einsum("ij,i->j", points * points, weighted.sum(axis=1))
    cross = np.einsum("ij,ij->j", points, weighted @ points)
    out = np.zeros(count)
    np.add.at(out, groups, 2.0 * (own - cross))
    return out
