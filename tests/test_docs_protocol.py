"""The page of the protocol file names every table and key that there is, and no other; its examples load."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from bioal.protocol import document, document_rules
from bioal.protocol.document import Entry
from bioal.protocol.protocol import protocol_from_toml
from bioal.protocol.templates import starting_text

PAGE = Path(__file__).parent.parent / "docs" / "protocol.md"
MADE = {document.NumericEntry, document.ChoiceEntry, document.FixedEntry}  # `made` is read apart from them
BASES = {Entry, document_rules.LimitedEntry}

pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="the docs are not here")


def entries() -> dict[str, type[Entry]]:
    """Return the models of the file by their names."""
    named = [*vars(document).values(), *vars(document_rules).values()]
    found = [each for each in named if isinstance(each, type) and issubclass(each, Entry)]
    return {each.__name__: each for each in found if each not in BASES}


def listed() -> list[tuple[list[type[Entry]], dict[str, list[str]]]]:
    """Return each table of the page: the models that it is of, and its rows by their keys."""
    text = PAGE.read_text(encoding="utf-8")
    found = re.findall(r"<!-- keys of ([\w, ]+) -->\n\|.*\n\|[-|]+\n((?:\|.*\n)+)", text)
    tables = []
    for names, rows in found:
        cells = [re.split(r" \| ", row.strip("| ")) for row in rows.splitlines()]
        models = [entries()[name] for name in names.split(", ")]
        tables.append((models, {row[0].strip("`"): row for row in cells}))
    return tables


def test_every_key_of_every_table_is_listed_once_and_none_is_invented():
    assert sorted(each.__name__ for models, _ in listed() for each in models) == sorted(entries())
    for models, rows in listed():
        known = set().union(*(each.model_fields for each in models))
        assert set(rows) == known | ({"made"} if MADE & set(models) else set()), models


def test_every_table_of_the_file_has_a_heading():
    heads = set(re.findall(r"^## \[+(\w+)", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert heads == set(document.TABLES)


def faults(model: type[Entry], key: str, value: object) -> list[str]:
    """Return what a model says against one key's value."""
    try:
        model.model_validate({key: value})
    except ValidationError as error:
        return [str(each) for each in error.errors() if each["loc"][:1] == (key,)]
    return []


def test_every_row_has_a_line_a_unit_and_an_example_that_is_taken():
    for models, rows in listed():
        for key, row in rows.items():
            assert len(row) == 4, row
            assert all(cell.strip() for cell in row), row
            ((said, value),) = tomllib.loads(row[3].strip("` ")).items()
            assert said == key
            takers = [each for each in models if key in each.model_fields]
            takers = takers or ([document.MadeEntry] if key == "made" else [])
            for model in takers:
                wrong = (
                    [fault for part, inner in value.items() for fault in faults(model, part, inner)]
                    if key == "made"
                    else faults(model, key, value)
                )
                assert not wrong, (row, wrong)


def test_the_complete_example_has_every_table_and_both_examples_load():
    text = PAGE.read_text(encoding="utf-8")
    whole, words = re.findall(r"^```toml\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    assert set(tomllib.loads(whole)) == set(document.TABLES)
    protocol = protocol_from_toml(whole)
    assert protocol.stopping is not None
    assert protocol.stopping.gain
    assert protocol.liquids is not None
    outcomes = protocol_from_toml(words).readout.outcomes
    assert outcomes is not None
    assert outcomes.names[-1] == "crystals"


def test_the_starting_text_loads_with_each_of_its_commented_blocks():
    tables = r"# \[(?:stopping|costs|proposal|readouts\.growth)\]\n"
    blocks = re.findall(rf"^({tables}(?:# .*\n)+)", starting_text(), re.MULTILINE)
    assert len(blocks) == 4
    for block in blocks:
        added = "".join(line.removeprefix("# ") for line in block.splitlines(keepends=True))
        protocol_from_toml(f"{starting_text()}\n{added}")
