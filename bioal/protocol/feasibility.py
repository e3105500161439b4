"""Whether any condition keeps all constraints, and if none does, which constraints clash, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from bioal.errors import Problem
from bioal.protocol.arrays import Codes, Floats
from bioal.protocol.constraints import Constraint
from bioal.protocol.sums import Sums

_INFEASIBLE = 2
TIME_LIMIT = 20.0


def one_condition(sums: Sums, costs: Floats | None = None) -> Codes | None:
    """Return the codes, shape (1, factors), of a condition that keeps all sums; None where there is none.

    Each level is a 0/1 variable and each factor has exactly one, so that every constraint is linear.
    `costs`, one per level in the order of the domains, picks among conditions.
    """
    sizes = [len(domain) for domain in sums.domains]
    terms = np.concatenate([table[domain] for table, domain in zip(sums.tables, sums.domains, strict=True)])
    rows = np.repeat(np.arange(len(sizes)), sizes)
    one_each = csr_array((np.ones(len(rows)), (rows, np.arange(len(rows)))))
    rules = [LinearConstraint(one_each, 1, 1)]
    if len(sums.low):
        scale = np.maximum(np.abs(terms).max(axis=0), 1e-300)
        rules.append(LinearConstraint(csr_array((terms / scale).T), sums.low / scale, sums.high / scale))
    found = milp(
        np.zeros(len(rows)) if costs is None else costs,
        constraints=rules,
        integrality=np.ones(len(rows)),
        bounds=Bounds(0, 1),
        options={"time_limit": TIME_LIMIT},
    )
    if found.status == _INFEASIBLE or found.x is None:
        return None
    parts = np.split(found.x, np.cumsum(sizes)[:-1])
    chosen = [domain[part.argmax()] for domain, part in zip(sums.domains, parts, strict=True)]
    return np.array([chosen], np.int16)


def clashing(sums: Sums, constraints: Sequence[Constraint]) -> tuple[int, ...]:
    """Return a smallest set of constraints that cannot hold together: without any one of them they can.

    A deletion filter: each constraint in turn is left out for good if the rest still clash.
    """
    clash = list(range(len(constraints)))
    for number in range(len(constraints)):
        rest = [other for other in clash if other != number]
        if one_condition(sums.only(rest)) is None:
            clash = rest
    return tuple(clash)


def infeasible_problem(sums: Sums, constraints: Sequence[Constraint]) -> Problem | None:
    """Return the problem of a space without conditions, naming what clashes; None for a sound space."""
    if one_condition(sums) is not None:
        return None
    clash = clashing(sums, constraints)
    said = "; and ".join(f"'{constraints[number].words()}'" for number in clash)
    if len(clash) == 1:
        found = f"no condition at all keeps the constraint {said}"
    else:
        found = f"no condition keeps these {len(clash)} constraints together: {said}"
    place = ", ".join(f"constraints[{number + 1}]" for number in clash)
    remedy = "Loosen one of these limits, or widen the levels of the factors they name."
    return Problem("no-condition-allowed", found, "at least one condition that keeps all constraints", remedy, place=place)
