"""How many conditions there are, all of them in blocks, and uniform draws: by the best diagram there is.

An exact diagram answers everything. A relaxed one is drawn from and filtered, and the share that
passes estimates the count. A space whose share is too small to draw from is solved for and walked.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bioal.protocol.arrays import Codes
from bioal.protocol.diagram import COARSER, Diagram, diagram_of
from bioal.protocol.feasibility import cheapest
from bioal.protocol.sums import Sums

ESTIMATE_DRAWS = 50_000
MOST_ROUNDS = 100
ROUND_DRAWS = 20_000
MOST_SOLVED = 16
FEW = 2_000_000
MOST_PLACES = 2**53  # whole numbers beyond are not exact in floating point


@dataclass(frozen=True)
class Count:
    """A number of conditions; where it is an estimate, the ends of its 95 % interval."""

    value: int
    exact: bool
    low: int
    high: int

    def __str__(self) -> str:
        """Return the count in words.

        >>> str(Count(4194304, True, 4194304, 4194304)), str(Count(52000, False, 51000, 53000))
        ('4,194,304', 'about 52,000 (51,000 to 53,000)')
        """
        return f"{self.value:,}" if self.exact else f"about {self.value:,} ({self.low:,} to {self.high:,})"


@dataclass(frozen=True)
class Plan:
    """The sums of a space and the diagram that lists their conditions, and perhaps a few too many."""

    sums: Sums
    diagram: Diagram

    @cached_property
    def count(self) -> Count:
        """Return the count, or an estimate from a fixed number of draws with a fixed seed."""
        most = self.diagram.count
        if self.diagram.exact:
            return Count(most, True, most, most)
        passed = self.sums.feasible(self.diagram.draw(ESTIMATE_DRAWS, np.random.default_rng(0)))
        low, middle, high = wilson(int(passed.sum()), ESTIMATE_DRAWS)
        return Count(round(middle * most), False, math.floor(low * most), math.ceil(high * most))

    def block(self, start: int, stop: int) -> Codes:
        """Return the conditions at these places of the diagram's list, fewer where it is relaxed."""
        if self.diagram.count >= MOST_PLACES:
            raise ValueError(f"{self.diagram.count:,} ways cannot be told apart by number; draw or search")
        block = self.diagram.block(start, stop)
        return block if self.diagram.exact else block[self.sums.feasible(block)]

    def blocks(self, rows: int) -> Iterator[Codes]:
        """Stream every condition once, in blocks of at most `rows`."""
        for start in range(0, self.diagram.count, rows):
            block = self.block(start, start + rows)
            if len(block):
                yield block

    def sample(self, count: int, rng: np.random.Generator) -> Codes:
        """Draw up to `count` distinct conditions, in random order."""
        if self.diagram.count <= min(4 * count, FEW):
            everything = [*self.blocks(100_000), np.empty((0, len(self.sums.tables)), np.int16)]
            return rng.permutation(np.concatenate(everything))[:count]
        found: Codes = np.empty((0, len(self.sums.tables)), np.int16)
        # An exact diagram needs few draws; a relaxed one may pass one in thousands.
        fewest = 1_000 if self.diagram.exact else ROUND_DRAWS
        for _ in range(MOST_ROUNDS):
            draws = self.diagram.draw(max(2 * (count - len(found)), fewest), rng)
            found = distinct(np.concatenate([found, draws[self.sums.feasible(draws)]]))
            if len(found) >= count:
                break
        return found[:count] if len(found) else self._solved(count, rng)

    def _solved(self, count: int, rng: np.random.Generator) -> Codes:
        """Return conditions found by the solver, each the cheapest at random costs of the levels."""
        levels = sum(len(domain) for domain in self.sums.domains)
        found = [cheapest(self.sums, rng.random(levels))]
        while len(found[-1]) and len(found) < min(count, MOST_SOLVED):
            found.append(cheapest(self.sums, rng.random(levels)))
        return distinct(np.concatenate(found))


def planned(sums: Sums) -> Plan:
    """Return the plan with the sharpest diagram that is small enough."""
    for cells in (0, *COARSER):
        diagram = diagram_of(sums, cells)
        if diagram is not None:
            return Plan(sums, diagram)
    free = diagram_of(sums.only(()))
    if free is None:
        raise ValueError("a space without constraints always has a diagram")
    return Plan(sums, Diagram(free.steps, free.domains, exact=False))


def wilson(passed: int, draws: int) -> tuple[float, float, float]:
    """Return a share with the ends of its 95 % interval (Wilson 1927, doi 10.1080/01621459.1927.10502953)."""
    z = 1.959963984540054
    share, denominator = passed / draws, 1 + z * z / draws
    centre = (share + z * z / (2 * draws)) / denominator
    half = z / denominator * math.sqrt(share * (1 - share) / draws + z * z / (4 * draws * draws))
    return max(centre - half, 0.0), share, min(centre + half, 1.0)


def distinct(codes: Codes) -> Codes:
    """Return the distinct rows of codes, each where it first came.

    >>> distinct(np.array([[1, 2], [0, 1], [1, 2]], np.int16)).tolist()
    [[1, 2], [0, 1]]
    """
    if not len(codes):
        return codes
    rows = np.ascontiguousarray(codes)
    _, first = np.unique(rows.view(f"V{rows.itemsize * rows.shape[1]}")[:, 0], return_index=True)
    return codes[np.sort(first)]
