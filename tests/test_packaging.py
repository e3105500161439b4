"""What ships: the metadata, the ready protocols in the wheel and in a source tree, the version everywhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

import bioal
from bioal.cli.main import run
from bioal.lab import CellFreeLab
from bioal.protocol import templates

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SHIPPED = {
    "carbon_source_phaffii",
    "cdm_bacterai",
    "cell_free_borkowski",
    "cell_free_icfree",
    "cetch_metis",
    "enzyme_variants_metis",
    "flaviolin_putida",
    "hela_medium_hashizume",
    "laci_circuit_metis",
    "pure_metis",
    "transcription_cftx",
    "ttu_metis",
    "txtl_metis",
}


@pytest.mark.smoke
def test_one_version_is_said_everywhere(capsys):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.strip() == f"bioal {bioal.__version__}"
    assert PROJECT["version"] == version("bioal") == bioal.__version__


def test_the_changelog_describes_this_version_and_keeps_its_order():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## \[(.*?)\]", text, flags=re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert bioal.__version__ in headings
    kinds = re.findall(r"^### (\w+)", text, flags=re.MULTILINE)
    assert set(kinds) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


@pytest.mark.smoke
def test_the_ready_protocols_are_found_here():
    assert {one.name for one in templates.templates()} >= SHIPPED


@pytest.mark.smoke
def test_the_virtual_laboratory_brings_its_protocol():
    assert len(CellFreeLab().protocol.factors) == 7


@pytest.mark.smoke
def test_every_export_is_there_and_unknown_ones_are_named():
    for name in bioal.__all__:
        assert getattr(bioal, name) is not None
    assert set(bioal.__all__) == set(dir(bioal))
    with pytest.raises(AttributeError, match=r"no attribute 'Campain'; it has .*Campaign"):
        _ = bioal.Campain


def test_propose_is_the_function_however_it_is_imported():
    lines = ("import bioal.propose", "from bioal import propose", "assert callable(propose)")
    code = "\n".join((*lines, "assert bioal.propose is propose"))
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_command_line_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "bioal", "nonsense"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


def test_a_wheel_holds_the_package_its_types_and_the_protocols(tmp_path):
    hatchling = shutil.which("hatchling", path=Path(sys.executable).parent)
    if hatchling is None or not (ROOT / "bioal").is_dir():
        pytest.skip("needs hatchling and the source tree")
    subprocess.run(
        [hatchling, "build", "-t", "wheel", "-d", str(tmp_path)], cwd=ROOT, check=True, capture_output=True
    )
    (wheel,) = tmp_path.glob("bioal-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"bioal/_protocols/{name}.toml" for name in SHIPPED} <= names
    assert {"bioal/py.typed", "bioal/lab/cell_free.toml", "bioal/cli/main.py"} <= names
    assert not [name for name in names if name.startswith("tests/")]


def test_protocols_are_found_inside_an_installed_package_too(tmp_path, monkeypatch):
    inside = tmp_path / "bioal" / "_protocols"
    shutil.copytree(ROOT / "protocols", inside) if (ROOT / "protocols").is_dir() else pytest.skip(
        "no source tree"
    )
    monkeypatch.setattr(templates, "FOLDERS", (inside, tmp_path / "protocols"))
    assert {one.name for one in templates.templates()} >= SHIPPED
    assert all(one.path.is_relative_to(inside) for one in templates.templates())
