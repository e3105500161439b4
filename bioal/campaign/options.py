"""What a person asks of a proposal, as an object and as it is recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches

import pandas as pd

from bioal.acquisition.candidates import Codes
from bioal.campaign.bodies import Request, Table
from bioal.campaign.tables import conditions_from, table_of
from bioal.engine import PER_COST
from bioal.errors import UsageError
from bioal.evidence import Bools
from bioal.models.fitting import MODELS
from bioal.protocol.protocol import Protocol
from bioal.strategies.registry import strategy


@dataclass(frozen=True)
class Options:
    """What a person asks of a proposal.

    `conditions` counts different conditions and `wells` physical wells with controls: one of them, or
    neither for a full plate. `candidates`, `exactly` and `added` are tables of conditions: to choose from, to
    lay out as they are, to put first. `per_cost` counts what a condition promises per what it costs.
    `beside` are conditions that the round holds already, and `keep` says of codes which may be chosen; both
    are bioal's own.
    """

    conditions: int | None = None
    wells: int | None = None
    seed: int = 0
    candidates: pd.DataFrame | None = None
    exactly: pd.DataFrame | None = None
    model: object = "auto"
    acquisition: str = "focused improvement"
    repeats: bool = False
    added: pd.DataFrame | None = None
    per_cost: bool = False
    beside: pd.DataFrame | None = None
    keep: Callable[[Codes], Bools] | None = None

    def __post_init__(self) -> None:
        asked = {
            name: value for name in ("conditions", "wells") if (value := getattr(self, name)) is not None
        }
        if len(asked) == 2:
            raise UsageError("Say either how many conditions or how many wells, not both.")
        others = (self.candidates, self.added)
        if self.exactly is not None and (asked or any(one is not None for one in others)):
            raise UsageError("A design of your own says itself how many conditions it has: give it alone.")
        for name, value in asked.items():
            if value < 1:
                raise UsageError(f"The number of {name} must be 1 or more, not {value}.")
        strategy(self.acquisition)
        if self.per_cost and self.acquisition not in PER_COST:
            raise UsageError(f"Per cost is possible with {', '.join(PER_COST)}; not with {self.acquisition}.")
        require_model(self.model)
        if self.seed < 0:
            raise UsageError(f"The seed must be 0 or more, not {self.seed}.")


def require_costs(protocol: Protocol, options: Options) -> None:
    """Raise UsageError where something is to count per cost and nothing says what it costs."""
    if options.per_cost and protocol.costs is None:
        raise UsageError("Per cost needs to know what things cost: add [costs] or [prices] to the protocol.")


def require_model(model: object) -> None:
    """Raise UsageError unless this is the name of a model or a regressor; a start design would not ask."""
    regressor = all(callable(getattr(model, name, None)) for name in ("fit", "predict", "get_params"))
    if regressor or (isinstance(model, str) and model in MODELS):
        return
    near = get_close_matches(str(model), MODELS, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise UsageError(
        f"There is no model {model!r}.{hint} Models: {', '.join(MODELS)}; or any scikit-learn regressor."
    )


def request_of(options: Options, conditions: int) -> Request:
    """Return the options as they are recorded, with the number of conditions they came to."""
    return Request(
        conditions=conditions,
        seed=options.seed,
        model=options.model if isinstance(options.model, str) else repr(options.model),
        acquisition=options.acquisition,
        repeats=options.repeats,
        candidates=_listed(options.candidates),
        exactly=_listed(options.exactly),
        added=_listed(options.added),
        per_cost=options.per_cost,
    )


def options_of(request: Request, protocol: Protocol) -> Options:
    """Return recorded options; a regressor of the user's own, which no record can hold, becomes "auto"."""
    candidates = None if request.candidates is None else conditions_from(request.candidates, protocol)
    return Options(
        conditions=request.conditions,
        seed=request.seed,
        candidates=candidates,
        model=request.model if request.model in MODELS else "auto",
        acquisition=request.acquisition,
        repeats=request.repeats,
        per_cost=request.per_cost,
    )


def _listed(conditions: pd.DataFrame | None) -> Table | None:
    return None if conditions is None else table_of(conditions.reset_index(drop=True), "row")
