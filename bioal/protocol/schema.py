"""The form of a protocol file as a JSON schema, for editors that complete keys and underline mistakes.

It is made from the models that read the file (`bioal.protocol.document`), and says what each table may hold.
What entries mean together (is low below high?) no schema says: `bioal protocols check` does.
"""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from bioal.protocol import document
from bioal.protocol.document import TABLES, Entry
from bioal.protocol.document_rules import CONSTRAINTS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]

_OF_TABLES: dict[str, type[Entry]] = {
    "campaign": document.CampaignEntry,
    "objective": document.ObjectiveEntry,
    "liquids": document.LiquidsEntry,
    "plate": document.PlateEntry,
    "stopping": document.StoppingEntry,
    "costs": document.CostsEntry,
    "proposal": document.ProposalEntry,
}
_OF_NAMED: dict[str, type[Entry]] = {
    "readouts": document.ReadoutEntry,
    "devices": document.DeviceEntry,
    "source_plates": document.SourcePlateEntry,
    "prices": document.PriceEntry,
}
_OTHERS: tuple[type[Entry], ...] = (
    document.ControlEntry,
    document.NumericEntry,
    document.ChoiceEntry,
    document.FixedEntry,
    document.MadeEntry,
)
_PLAIN: Schema = {"type": ["number", "string"]}


def protocol_schema() -> Schema:
    """Return the JSON schema (draft 2020-12) of a protocol file.

    Returns
    -------
    dict
        Plain values, ready for `json.dumps`.
    """
    models: list[type[Entry]] = [*_OF_TABLES.values(), *_OF_NAMED.values(), *CONSTRAINTS.values(), *_OTHERS]
    _, found = models_json_schema([(model, "validation") for model in models])
    definitions: Schema = found["$defs"]
    _let_made_be_said(definitions)
    _let_short_forms_be_said(definitions)
    return {
        "$schema": DIALECT,
        "title": "A protocol of bioal",
        "type": "object",
        "additionalProperties": False,
        "required": ["campaign", "readouts", "objective", "factors"],
        "properties": {name: _table(name) for name in TABLES},
        "$defs": definitions,
    }


def _of(model: type[Entry]) -> Schema:
    return {"$ref": f"#/$defs/{model.__name__}"}


def _table(name: str) -> Schema:
    """Return the schema of a table of the file."""
    if name in _OF_TABLES:
        return _of(_OF_TABLES[name])
    if name in _OF_NAMED:
        return {"type": "object", "additionalProperties": _of(_OF_NAMED[name])}
    if name == "controls":
        return {"type": "array", "items": _of(document.ControlEntry)}
    if name == "constraints":
        return {"type": "array", "items": {"oneOf": [_of(model) for model in CONSTRAINTS.values()]}}
    if name == "fixed":
        return {"type": "object", "additionalProperties": {"anyOf": [_PLAIN, _of(document.FixedEntry)]}}
    if name == "factors":
        return {"type": "object", "additionalProperties": _factor()}
    raise KeyError(name)


def _factor() -> Schema:
    """Return the schema of a factor: with options it is a choice, else it is numeric."""
    return {
        "type": "object",
        "if": {"required": ["options"]},
        "then": _of(document.ChoiceEntry),
        "else": _of(document.NumericEntry),
    }


def _let_made_be_said(definitions: Schema) -> None:
    """Add `made` to what has it; it is read apart from the rest of its entry."""
    for model in (document.NumericEntry, document.ChoiceEntry, document.FixedEntry):
        made = {"anyOf": [{"const": "setting"}, _of(document.MadeEntry)]}
        definitions[model.__name__]["properties"]["made"] = made


def _let_short_forms_be_said(definitions: Schema) -> None:
    """Add the short forms that a reader turns into tables: a filler's name, one number for two."""
    filler = definitions["LiquidsEntry"]["properties"]
    filler["filler"] = {"anyOf": [{"type": "string"}, filler["filler"]]}
    plate = definitions["PlateEntry"]["properties"]
    plate["every"] = {"anyOf": [{"type": "integer", "minimum": 1}, plate["every"]]}
