"""bioal finds the best conditions for a biological yield in the fewest wells.

`bioal.propose(table)` serves notebooks; `bioal.Campaign` is a protocol and its rounds on disk. Everything
is loaded when it is first used, so that the command line answers at once.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from bioal.errors import (
    BioalError,
    DataWarning,
    Locked,
    NothingNew,
    Problem,
    ProtocolError,
    Refused,
    UsageError,
)

if TYPE_CHECKING:
    from bioal.campaign.campaign import Campaign
    from bioal.propose import propose
    from bioal.protocol.protocol import Protocol, protocol_from_file, protocol_from_toml

__version__ = "0.1.0"

__all__ = [
    "BioalError",
    "Campaign",
    "DataWarning",
    "Locked",
    "NothingNew",
    "Problem",
    "Protocol",
    "ProtocolError",
    "Refused",
    "UsageError",
    "__version__",
    "propose",
    "protocol_from_file",
    "protocol_from_toml",
]

_HOMES = {
    "Campaign": "bioal.campaign.campaign",
    "Protocol": "bioal.protocol.protocol",
    "propose": "bioal.propose",
    "protocol_from_file": "bioal.protocol.protocol",
    "protocol_from_toml": "bioal.protocol.protocol",
}


class _Package(ModuleType):
    """The package itself, in which `propose` is always the function, never the submodule of that name."""

    def __setattr__(self, name: str, value: object) -> None:
        if name == "propose" and isinstance(value, ModuleType):
            value = value.propose  # importing bioal.propose would otherwise put the module here
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'bioal' has no attribute {name!r}; it has {', '.join(sorted(__all__))}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
