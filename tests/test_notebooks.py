"""The notebooks in examples/: small, without outputs, and they run from the first cell to the last."""

from __future__ import annotations

import ast
import json
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))
LONGEST = 300  # seconds that one cell may take

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
pytestmark = pytest.mark.skipif(
    not NOTEBOOKS, reason="the examples are not here: an installed wheel is under test"
)


@each
def test_a_notebook_is_committed_small_and_without_outputs(path: Path):
    text = path.read_text(encoding="utf-8")
    assert len(text) < 20_000
    for cell in json.loads(text)["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
            ast.parse("".join(cell["source"]))


@each
def test_a_notebook_runs_to_its_end_and_shows_figures_and_tables(path: Path, monkeypatch):
    said = "runs where the extra 'notebooks' is installed"
    nbformat = pytest.importorskip("nbformat", reason=said)
    nbclient = pytest.importorskip("nbclient", reason=said)
    pytest.importorskip("ipykernel", reason=said)
    # the kernel is a process of its own, and is to find the bioal that is under test
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(notebook, timeout=LONGEST, kernel_name="python3").execute(cwd=str(ROOT))
    outputs = [one for cell in notebook.cells for one in cell.get("outputs", ())]
    assert {"image/png", "text/html"} <= {kind for one in outputs for kind in one.get("data", ())}
    assert [one for one in outputs if one.output_type == "stream"] == [], "something was warned of"
