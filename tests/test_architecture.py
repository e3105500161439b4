"""Imports run one way, start-up stays light, nothing executes data: read from whole files, held here."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "bioal"

ARRAYS = {"errors", "evidence"}
# Who may know whom: a part and the parts that its files may import, besides its own.
DIRECTIONS: dict[str, set[str]] = {
    "errors": set(),
    "refusals": {"errors"},
    "markup": set(),
    "cards": {"markup"},
    "evidence": {"errors"},
    "protocol": {"cards", "errors"},
    "plates": {"protocol", "cards", "errors"},
    "measurements": {"plates", "protocol", *ARRAYS},
    "sheets": {"measurements", "plates", "protocol", "errors"},
    "models": ARRAYS,
    "acquisition": {"models", *ARRAYS},
    "strategies": {"acquisition", "models", *ARRAYS},
    "batch": {"strategies", "acquisition", "models", *ARRAYS},
    "engine": {"batch", "strategies", "acquisition", "models", *ARRAYS},
    "report": {
        "measurements",
        "plates",
        "protocol",
        "acquisition",
        "models",
        "cards",
        "markup",
        *ARRAYS,
    },
    "campaign": {
        "sheets",
        "report",
        "measurements",
        "plates",
        "protocol",
        "engine",
        "strategies",
        "acquisition",
        "models",
        "cards",
        *ARRAYS,
    },
    "lab": {"protocol", "plates", "errors"},
    # A door with a house behind it: it may use what the command line uses, but is not built on it.
    "web": {
        "campaign",
        "sheets",
        "report",
        "measurements",
        "plates",
        "protocol",
        "acquisition",
        "errors",
    },
}
DOORS = {"__init__", "__main__", "cli", "propose", "backtest"}

# Libraries with one user: a library and the start of the only files that may import it.
KEEPERS: dict[str, str | tuple[str, ...]] = {
    "openpyxl": "sheets/",
    "defusedxml": "sheets/",
    "optuna": "models/selection.py",
    "allotropy": "sheets/readers/allotrope.py",
    "tomlkit": "protocol/writing.py",
    "click": "cli/",
    "rich": "cli/",
    "matplotlib": ("backtest/plot.py", "report/plot", "report/pictures.py"),
    "sqlalchemy": "campaign/database_",
    "flask": "web/",
    "werkzeug": "web/",
    "waitress": "web/",
}
HEAVY = ("numpy", "pandas", "scipy", "sklearn", "optuna", "openpyxl")
# Libraries that run code hidden in data.
UNSAFE = {"pickle", "dill", "cloudpickle", "shelve", "marshal", "yaml"}
DISTRIBUTIONS = {"scikit-learn": "sklearn"}
# pydantic's own compiled half, which it depends on; flask speaks werkzeug, and its errors are werkzeug's
PART_OF = {"pydantic_core": "pydantic", "werkzeug": "flask"}
# openpyxl parses through defusedxml where it is installed; SQLAlchemy speaks to PostgreSQL through psycopg.
USED_BY_OTHERS = {"defusedxml", "psycopg"}

FILES = sorted(path for path in PACKAGE.rglob("*.py"))
from_source = pytest.mark.skipif(not FILES, reason="the source tree is not here: a wheel is under test")


def imported_names(tree: ast.AST) -> set[str]:
    """Return every module that is imported anywhere in a file, in functions and type checks too."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute, so that their direction can be read"
            names.add(str(node.module))
            names |= {f"{node.module}.{alias.name}" for alias in node.names if node.module == "bioal"}
    return names


def imports_of(path: Path) -> set[str]:
    return imported_names(ast.parse(path.read_text(encoding="utf-8")))


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def relative(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


each_file = pytest.mark.parametrize("path", [pytest.param(path, id=relative(path)) for path in FILES])


def test_the_reader_of_imports_sees_lazy_typed_and_indirect_ones():
    text = (
        "from typing import TYPE_CHECKING\n"
        "from bioal import sheets\n"
        "if TYPE_CHECKING:\n    import pandas as pd\n"
        "def f():\n    from bioal.campaign.records import Record\n    import scipy.stats\n"
    )
    found = imported_names(ast.parse(text))
    assert {"bioal.sheets", "pandas", "bioal.campaign.records", "scipy.stats"} <= found


@pytest.mark.smoke
@each_file
def test_imports_run_down_only(path: Path):
    part = part_of(path)
    if part in DOORS:
        return
    assert part in DIRECTIONS, f"bioal/{part} has no place in the table of directions"
    known = {name.split(".")[1] for name in imports_of(path) if name.startswith("bioal.")} - {"__version__"}
    upward = known - DIRECTIONS[part] - {part}
    assert not upward, (
        f"{relative(path)} imports {sorted(upward)}; {part} may know only {sorted(DIRECTIONS[part])}"
    )


def test_the_table_of_directions_has_no_circle():
    remaining = dict(DIRECTIONS)
    while remaining:
        free = {part for part, below in remaining.items() if not below & set(remaining)}
        assert free, f"these know each other: {sorted(remaining)}"
        remaining = {part: below for part, below in remaining.items() if part not in free}


@each_file
def test_a_library_is_imported_by_its_keeper_alone(path: Path):
    for library in {name.split(".")[0] for name in imports_of(path)} & set(KEEPERS):
        assert relative(path).startswith(KEEPERS[library]), f"only {KEEPERS[library]} knows {library}"


@each_file
def test_no_file_can_run_code_that_came_as_data(path: Path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not {name.split(".")[0] for name in imported_names(tree)} & UNSAFE
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not calls & {"eval", "exec", "compile", "__import__", "joblib.load"}, (
        f"{relative(path)} evaluates text"
    )


def declared() -> dict[str, list[str]]:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    name = re.compile(r"[A-Za-z0-9_-]+")
    extras = project["optional-dependencies"]
    found = {"core": project["dependencies"], **extras}
    return {group: [name.match(line).group() for line in lines] for group, lines in found.items()}  # type: ignore[union-attr]


def outside(paths: list[Path]) -> set[str]:
    tops = {name.split(".")[0] for path in paths for name in imports_of(path)}
    return {PART_OF.get(top, top) for top in tops} - set(sys.stdlib_module_names) - {"bioal"}


@from_source
def test_what_is_imported_is_declared_and_what_is_declared_is_imported():
    core = {DISTRIBUTIONS.get(name, name) for name in declared()["core"]}
    extras = [name for extra in ("plots", "database", "readers", "web") for name in declared()[extra]]
    assert outside(FILES) | USED_BY_OTHERS == core | set(extras)


def test_openpyxl_parses_through_defusedxml():
    from openpyxl.xml import DEFUSEDXML

    assert DEFUSEDXML


def test_what_the_tests_import_is_declared():
    tests = [path for path in (ROOT / "tests").rglob("*.py") if "strategies" not in path.parts]
    groups = declared()
    allowed = {DISTRIBUTIONS.get(name, name) for name in groups["core"] + groups["test"]}
    assert outside(tests) <= allowed | {"matplotlib", "sqlalchemy", "allotropy", "flask", "selenium"}


@from_source
def test_every_dependency_names_its_user():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = text.split("dependencies = [", 1)[1].split("\n]", 1)[0]
    lines = [line for line in block.splitlines() if line.strip().startswith('"')]
    assert lines
    assert all("#" in line for line in lines)


def modules_after(*arguments: str) -> set[str]:
    """Return the modules that a fresh interpreter has loaded after doing this."""
    code = "import json, sys\n" + "\n".join(arguments) + "\nprint(json.dumps(sorted(sys.modules)))"
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.smoke
def test_import_bioal_loads_no_library():
    assert not modules_after("import bioal") & set(HEAVY)


@pytest.mark.smoke
@pytest.mark.parametrize("asked", [["--help"], ["--version"], ["propose", "--help"], ["merge"], ["nonsense"]])
def test_help_and_usage_errors_load_no_library(asked: list[str]):
    ask = f"from bioal.cli.main import run\nrun({asked!r})"
    assert not modules_after(ask) & set(HEAVY)


# What a proposal from a table of one's own does without, whatever has been measured.
FOR_OTHERS = {"openpyxl", "pydantic", "tomlkit", "matplotlib", "optuna", "sqlalchemy", "click"}
FOR_OTHERS |= {"bioal.sheets", "bioal.report", "bioal.campaign.options", "bioal.protocol.reading"}
LEARNERS = {"sklearn.ensemble", "sklearn.neural_network", "sklearn.kernel_ridge", "scipy.cluster"}
A_TABLE = (
    "import numpy as np, pandas as pd, bioal\n"
    "table = pd.DataFrame({'Mg': np.arange(40.0) % 8, 'K': np.arange(40.0) // 8})\n"
    "table['yield'] = np.where(table.index < COUNT, table['Mg'] - table['K'], np.nan)\n"
    "bioal.propose(table, conditions=4)"
)


@pytest.mark.smoke
def test_a_first_proposal_from_a_table_loads_no_learner():
    loaded = modules_after(A_TABLE.replace("COUNT", "0"))
    assert not loaded & (FOR_OTHERS | {"sklearn", "scipy.stats", "joblib", "bioal.strategies.catalogue"})


@pytest.mark.smoke
def test_a_proposal_that_learns_from_a_table_loads_no_other_learner():
    loaded = modules_after(A_TABLE.replace("COUNT", "20"))
    assert not loaded & (FOR_OTHERS | {"sklearn", "scipy.stats", "joblib"})


@pytest.mark.smoke
def test_a_mixture_loads_the_trees_and_no_other_learner():
    asked = A_TABLE.replace("COUNT", "20").replace("conditions=4", "conditions=4, model='mixture'")
    loaded = modules_after(asked)
    assert "sklearn.tree" in loaded
    assert not loaded & (FOR_OTHERS | LEARNERS)


@pytest.mark.smoke
def test_a_campaign_loads_neither_learners_nor_the_library_of_statistics():
    loaded = modules_after("import bioal", "bioal.Campaign")
    assert not loaded & {"sklearn", "scipy.stats", "matplotlib", "optuna", "sqlalchemy"}
