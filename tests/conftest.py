"""What tests of several parts share: modules beside the tests, loaded from their files, and protocols."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

HERE = Path(__file__).parent

# A busy machine is no fault: a law holds however long an example of it takes.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


def module_at(path: str) -> ModuleType:
    """Return a module beside the tests, which are no package."""
    name = "beside_the_tests_" + Path(path).stem
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, HERE / path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def protocol_at(name: str) -> str:
    return (HERE / "protocols" / name).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def beside_tests() -> Callable[[str], ModuleType]:
    return module_at


@pytest.fixture(scope="session")
def buffer_text() -> str:
    """Return a protocol with a level list, a range and a choice under a rule."""
    return protocol_at("buffer.toml")


@pytest.fixture(scope="session")
def small_buffer_text() -> str:
    """Return a protocol with two level lists and a choice, 40 conditions in all."""
    return protocol_at("small_buffer.toml")


@pytest.fixture(scope="session")
def handler() -> ModuleType:
    """Return the simulated liquid handler."""
    return module_at("plates/worklists/simulated_handler.py")
