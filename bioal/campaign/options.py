"""What a person asks of a proposal, as an object and as it is recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial

import pandas as pd

from bioal.acquisition.candidates import Codes
from bioal.acquisition.streaming import Progress, silent
from bioal.campaign.bodies import Request, Table
from bioal.campaign.tables import conditions_from, table_of
from bioal.errors import Problem, ProtocolError, UsageError
from bioal.evidence import Bools
from bioal.models.fitting import MODELS
from bioal.models.outcome_fitting import OUTCOME_MODELS
from bioal.protocol.definition import Protocol
from bioal.strategies.choosing import Named, strategy_of
from bioal.strategies.presets import played, require_choice
from bioal.strategies.wording import USUAL

USUAL_MODEL = "auto"


@dataclass(frozen=True)
class Options:
    """What a person asks of a proposal.

    `conditions` counts different conditions and `wells` physical wells with controls: one of them, or
    neither for a full plate. `candidates`, `exactly` and `added` are tables of conditions: to choose from, to
    lay out as they are, to put first. `per_cost` counts what a condition promises per what it costs; `checks`
    of the conditions are drawn by lot from all that are allowed; `at_least` are quotas in words. `beside` are
    conditions that the round holds already, and `keep` says of codes which may be chosen; both are bioal's
    own. Model and acquisition that are None are the protocol's, or the usual ones. `confirm` is how many
    wells each condition of a confirmation gets, None in any other round.
    """

    conditions: int | None = None
    wells: int | None = None
    seed: int = 0
    candidates: pd.DataFrame | None = None
    exactly: pd.DataFrame | None = None
    model: object = None
    acquisition: Named | None = None
    repeats: bool = False
    added: pd.DataFrame | None = None
    per_cost: bool = False
    checks: int = 0
    at_least: tuple[str, ...] = ()
    beside: pd.DataFrame | None = None
    keep: Callable[[Codes], Bools] | None = None
    confirm: int | None = None

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
        if self.acquisition is not None:
            require_choice(self.acquisition)
        if self.model is not None:
            require_model(self.model)
        if self.seed < 0:
            raise UsageError(f"The seed must be 0 or more, not {self.seed}.")
        self._require_shares()

    def _require_shares(self) -> None:
        if self.checks < 0:
            raise UsageError(f"The number of checks must be 0 or more, not {self.checks}.")
        if self.checks and (self.candidates is not None or self.exactly is not None):
            raise UsageError("Checks are drawn from all conditions that are allowed: give no list with them.")
        if self.at_least and self.exactly is not None:
            raise UsageError("A design of your own keeps no quotas: give one of the two.")

    def at(self, round_: int) -> Options:
        """Return the options with what a preset says of this round in its place."""
        model, acquisition = played(self.model, self.acquisition, round_)
        return replace(self, model=model, acquisition=acquisition)


def require_costs(protocol: Protocol, options: Options) -> None:
    """Raise UsageError where something is to count per cost and nothing says what it costs, or cannot."""
    if not options.per_cost:
        return
    chosen = strategy_of(played(options.model, options.acquisition or USUAL)[1])
    if not chosen.counts_cost(repeats=options.repeats):
        again = " where conditions may be repeated" if options.repeats else ""
        known = f"{USUAL}, and strategies that score candidates one by one, such as margin or entropy"
        raise UsageError(f"{chosen.name} does not count per cost{again}. Take {known}.")
    if protocol.costs is None:
        raise UsageError("Per cost needs to know what things cost: add [costs] or [prices] to the protocol.")


def unheard(_words: str) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Manner:
    """How a round is opened.

    Parameters
    ----------
    next_, replace
        Beside the open round, or in its place.
    go_on
        Whether to go on though a stopping rule has fired.
    announce
        Told what the round costs before it is recorded.
    progress
        Told, as it goes, what is being done.
    """

    next_: bool = False
    replace: bool = False
    go_on: bool = False
    announce: Callable[[str], None] = unheard
    progress: Progress = silent


def resolved(options: Options, protocol: Protocol) -> Options:
    """Return the options with what the protocol says in the place of what was left open.

    Raises
    ------
    UsageError
        When the model does not learn from what the protocol measures.
    """
    outcomes = protocol.readout.outcomes is not None
    model = options.model if options.model is not None else protocol.proposal.model or USUAL_MODEL
    require_model(model, outcomes=outcomes)
    wanted = options.acquisition or protocol.proposal.strategy or USUAL
    strategy_of(played(model, wanted)[1]).require("outcomes" if outcomes else "yields")
    return replace(options, model=model, acquisition=wanted)


def require_wishes(protocol: Protocol) -> None:
    """Raise ProtocolError where a protocol names a strategy that there is not, or a model of another kind."""
    wishes, outcomes = protocol.proposal, protocol.readout.outcomes is not None
    asked: dict[str, tuple[str, Callable[[str], object]]] = {
        "strategy": (wishes.strategy, strategy_of),
        "model": (wishes.model, partial(require_model, outcomes=outcomes)),
        "outcome_model": (wishes.outcome_model, partial(require_model, outcomes=True)),
    }
    problems = []
    for key, (name, look_up) in asked.items():
        try:
            look_up(name) if name else None
        except UsageError as error:
            what = key.replace("_", " ")
            found = (f"{key}-unknown", f"{name!r}", f"a {what} that bioal knows", str(error))
            problems.append(Problem(*found, file="protocol.toml", place=f"proposal.{key}"))
    if problems:
        raise ProtocolError(problems)


def models_for(protocol: Protocol) -> tuple[str, ...]:
    """Return the names of the models that learn from what a protocol wants."""
    return tuple(MODELS if protocol.readout.outcomes is None else OUTCOME_MODELS)


def require_model(model: object, *, outcomes: bool | None = None) -> None:
    """Raise UsageError unless this is the name of a model, or an estimator of scikit-learn.

    Parameters
    ----------
    outcomes
        Whether it is to learn from outcomes, or from numbers; None where that is not known yet.
    """
    known = {True: tuple(OUTCOME_MODELS), False: tuple(MODELS), None: (*MODELS, *OUTCOME_MODELS)}[outcomes]
    if model in known if isinstance(model, str) else _fits(model, outcomes=outcomes):
        return
    near = get_close_matches(str(model), known, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    of = "" if outcomes is None else " of outcomes" if outcomes else " of numbers"
    kind = "classifier" if outcomes else "regressor"
    listed = ", ".join(dict.fromkeys(known))
    raise UsageError(
        f"There is no model{of} {model!r}.{hint} Models{of}: {listed}; or any scikit-learn {kind}."
    )


def _fits(model: object, *, outcomes: bool | None) -> bool:
    needed = ("fit", "predict_proba" if outcomes else "predict", "get_params")
    return all(callable(getattr(model, name, None)) for name in needed)


def request_of(options: Options, conditions: int) -> Request:
    """Return the options as they are recorded, with the number of conditions they came to."""
    return Request(
        conditions=conditions,
        seed=options.seed,
        model=options.model if isinstance(options.model, str) else repr(options.model or USUAL_MODEL),
        acquisition=strategy_of(options.acquisition or USUAL).name,
        repeats=options.repeats,
        candidates=_listed(options.candidates),
        exactly=_listed(options.exactly),
        added=_listed(options.added),
        per_cost=options.per_cost,
        checks=options.checks,
        at_least=list(options.at_least),
        confirm=options.confirm,
    )


def options_of(request: Request, protocol: Protocol) -> Options:
    """Return recorded options; what no record can hold, a model or rule of one's own, is the usual one."""
    candidates = None if request.candidates is None else conditions_from(request.candidates, protocol)
    return Options(
        conditions=request.conditions,
        seed=request.seed,
        candidates=candidates,
        model=request.model if request.model in models_for(protocol) else USUAL_MODEL,
        acquisition=request.acquisition if _is_known(request.acquisition) else USUAL,
        repeats=request.repeats,
        per_cost=request.per_cost,
    )


def _is_known(acquisition: str) -> bool:
    try:
        strategy_of(acquisition)
    except UsageError:
        return False
    return True


def _listed(conditions: pd.DataFrame | None) -> Table | None:
    return None if conditions is None else table_of(conditions.reset_index(drop=True), "row")
