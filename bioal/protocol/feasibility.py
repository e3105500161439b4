"""Whether any condition keeps all constraints, and if none does, which constraints clash, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp
from scipy.sparse import csr_array

from bioal.errors import Problem
from bioal.protocol.arrays import Codes, Floats
from bioal.protocol.constraints import Constraint
from bioal.protocol.diagram import diagram_of
from bioal.protocol.sums import Sums
from bioal.protocol.volume_limit import VolumeLimit

_INFEASIBLE = 2
TIME_LIMIT = 10.0


def possible(sums: Sums) -> bool:
    """Return whether any condition keeps all sums; True too where that cannot be told in time.

    A small diagram tells exactly; else a mixed-integer program has a 0/1 variable per level, of which
    each factor has exactly one, so that every constraint is linear.
    """
    if sums.gapped:
        return any(possible(branch) for branch in sums.branches())
    diagram = diagram_of(sums)
    if diagram is not None:
        return diagram.count > 0
    return bool(_solved(sums, np.zeros(sum(map(len, sums.domains)))).status != _INFEASIBLE)


def cheapest(sums: Sums, costs: Floats) -> Codes:
    """Return the condition of least cost as codes, shape (1, factors), or no rows where none was found.

    `costs` holds one number per level, in the order of the domains.
    """
    if sums.gapped:
        found = [cheapest(branch, costs) for branch in sums.branches()]
        return next((codes for codes in found if len(codes)), found[0])
    return _cheapest(sums, costs)


def _cheapest(sums: Sums, costs: Floats) -> Codes:
    found = _solved(sums, costs)
    if found.x is None:
        return np.empty((0, len(sums.domains)), np.int16)
    parts = np.split(found.x, np.cumsum([len(domain) for domain in sums.domains])[:-1])
    chosen = [domain[part.argmax()] for domain, part in zip(sums.domains, parts, strict=True)]
    codes = np.array([chosen], np.int16)
    return codes[sums.feasible(codes)]


def _solved(sums: Sums, costs: Floats) -> OptimizeResult:
    sizes = [len(domain) for domain in sums.domains]
    # 32-bit indices: the solver of scipy before 1.15 takes no others.
    rows = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    one_each = csr_array((np.ones(len(rows)), (rows, np.arange(len(rows), dtype=np.int32))))
    rules = [LinearConstraint(one_each, 1, 1)]
    if len(sums.low):
        tables = zip(sums.tables, sums.domains, strict=True)
        terms = np.concatenate([table[domain] for table, domain in tables])
        scale = np.maximum(np.abs(terms).max(axis=0), 1e-300)
        rules.append(LinearConstraint((terms / scale).T, sums.low / scale, sums.high / scale))
    integral = np.ones(len(rows), np.int64)
    return milp(
        costs,
        constraints=rules,
        integrality=integral,
        bounds=Bounds(0, 1),
        options={"time_limit": TIME_LIMIT},
    )


def clashing(sums: Sums, constraints: Sequence[Constraint]) -> tuple[int, ...]:
    """Return a smallest set of constraints that cannot hold together: without any one of them they can.

    A deletion filter: each constraint in turn is left out for good if the rest still clash.
    """
    clash = list(range(len(constraints)))
    for number in range(len(constraints)):
        rest = [other for other in clash if other != number]
        if not possible(sums.only(rest)):
            clash = rest
    return tuple(clash)


def _place(rule: Constraint, number: int) -> str:
    return "liquids.volume" if isinstance(rule, VolumeLimit) else f"constraints[{number + 1}]"


def infeasible_problem(sums: Sums, constraints: Sequence[Constraint]) -> Problem | None:
    """Return the problem of a space without conditions, naming what clashes; None for a sound space."""
    if possible(sums):
        return None
    clash = clashing(sums, constraints)
    said = "; and ".join(f"'{constraints[number].words()}'" for number in clash)
    if len(clash) == 1:
        found = f"no condition at all keeps the constraint {said}"
    else:
        found = f"no condition keeps these {len(clash)} constraints together: {said}"
    place = ", ".join(_place(constraints[number], number) for number in clash)
    remedy = "Loosen one of these limits, or widen the levels of the factors they name."
    return Problem(
        "no-condition-allowed",
        found,
        "at least one condition that keeps all constraints",
        remedy,
        place=place,
    )
