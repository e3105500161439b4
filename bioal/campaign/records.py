"""What a campaign remembers: immutable records, each naming its parent by digest.

A record is one thing that happened: a campaign was begun, a protocol amended, a round proposed, results came
back, wells were excluded, a condition was vetoed, a record was undone. On disk it is canonical JSON (sorted
keys, no spare blanks, no NaN), so that every changed byte shows, and a lab can read it without bioal.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NoReturn

from pydantic import Field, TypeAdapter, ValidationError

from bioal.campaign.bodies import BODIES, KINDS, Body
from bioal.errors import Problem, Refused

SCHEMA = 1
LARGEST = 256 * 2**20  # bytes; the largest honest record, with 100,000 listed candidates, stays far below

Json = Any  # what json.loads returns, before pydantic has looked at it


class _Head(Body):
    """The fields around a body."""

    schema_: Annotated[Literal[1], Field(alias="schema")]
    kind: str
    number: Annotated[int, Field(ge=1)]
    parent: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
    time: str
    version: str
    body: dict[str, Json]
    sha256: str


@dataclass(frozen=True)
class Record:
    """One thing that happened, with its place in the chain.

    `parent` is the digest of the record before, "" for the first; `sha256` covers everything else, the
    parent included. The digest is kept as it was written, never computed anew: a later version may know more
    fields.
    """

    number: int
    parent: str
    time: str
    version: str
    body: Body
    sha256: str

    @property
    def kind(self) -> str:
        """Return the kind of record, as it stands in the file."""
        return KINDS[type(self.body)]


def encoded(body: Body, *, number: int, parent: str, time: str, version: str) -> tuple[Record, bytes]:
    """Return a new record and the bytes of its file."""
    fields: dict[str, Json] = {
        "schema": SCHEMA,
        "kind": KINDS[type(body)],
        "number": number,
        "parent": parent,
        "time": time,
        "version": version,
        "body": body.model_dump(mode="json"),
    }
    digest = hashlib.sha256(canonical(fields)).hexdigest()
    return Record(number, parent, time, version, body, digest), canonical(fields | {"sha256": digest})


def canonical(value: Json) -> bytes:
    r"""Return the one JSON text of a value, in UTF-8 with a final newline.

    >>> canonical({"b": 1.0, "a": "µ"}).decode()
    '{"a":"µ","b":1.0}\n'
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode("utf-8")


def decoded(content: bytes, file: str) -> Record:
    """Return the record that these bytes hold, or raise Refused saying what is wrong with them."""
    fields, written = _parsed(content, file)
    _require_known(fields, file)
    try:
        head = _Head.model_validate(fields)
        body = TypeAdapter(BODIES[head.kind]).validate_python(head.body)
    except ValidationError as error:
        _refuse(file, "record-damaged", "; ".join(_worded(error)), "the fields of a record", _RESTORE)
    claimed = {name: value for name, value in fields.items() if name != "sha256"}
    if hashlib.sha256(canonical(claimed)).hexdigest() != head.sha256:
        _refuse(
            file,
            "record-changed",
            "content that does not match its SHA-256",
            "the bytes bioal wrote",
            _RESTORE,
        )
    if written != content:
        _refuse(file, "record-changed", "JSON that was written anew", "the bytes bioal wrote", _RESTORE)
    return Record(head.number, head.parent, head.time, head.version, body, head.sha256)


_RESTORE = "Put this file back from a backup."


def _refuse(file: str, code: str, found: str, expected: str, remedy: str) -> NoReturn:
    raise Refused(Problem(code, found, expected, remedy, file=file))


def _parsed(content: bytes, file: str) -> tuple[dict[str, Json], bytes]:
    """Return the fields of a record, and the bytes that bioal would write for them."""
    if len(content) > LARGEST:
        _refuse(file, "record-damaged", f"{len(content)} bytes", f"at most {LARGEST} bytes", _RESTORE)
    try:
        fields = json.loads(
            content.decode("utf-8"), object_pairs_hook=_without_twins, parse_constant=_no_constant
        )
        written = canonical(fields)  # refuses infinities written as 1e999 and lone surrogates
    except RecursionError:
        _refuse(file, "record-damaged", "nesting without end", "a record of bioal", _RESTORE)
    except ValueError as error:
        _refuse(file, "record-damaged", f"unreadable JSON ({_brief(error)})", "a record of bioal", _RESTORE)
    if not isinstance(fields, dict):
        _refuse(file, "record-damaged", "JSON that is no object", "a record of bioal", _RESTORE)
    return fields, written


def _require_known(fields: Mapping[str, Json], file: str) -> None:
    schema, kind = fields.get("schema"), fields.get("kind")
    newer = f"written by bioal {fields.get('version', '?')}"
    if isinstance(schema, int) and not isinstance(schema, bool) and schema > SCHEMA:
        _refuse(
            file, "record-newer", f"schema {schema}, {newer}", f"schema {SCHEMA}", "Update bioal to read it."
        )
    if not isinstance(kind, str) or kind not in BODIES:
        _refuse(
            file, "record-unknown", f"kind {kind!r}, {newer}", ", ".join(BODIES), "Update bioal to read it."
        )


def _without_twins(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return fields


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _brief(error: ValueError) -> str:
    return str(error).splitlines()[0][:120]


def _worded(error: ValidationError) -> list[str]:
    found = error.errors(include_url=False, include_input=False)
    return [f"{'.'.join(map(str, item['loc'])) or 'record'}: {item['msg']}" for item in found[:5]]
