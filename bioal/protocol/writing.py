"""From what a protocol says, as nested tables, to the TOML text that is its record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import tomlkit


def toml_text(raw: Mapping[str, object], notes: Iterable[str] = ()) -> str:
    """Return tables as TOML text, with notes as comment lines at its head.

    >>> print(toml_text({"factors": {"NTP": {"unit": "mM", "levels": [0.5, 2.0]}}}, ["Buffer"]))
    # Buffer
    <BLANKLINE>
    [factors.NTP]
    unit = "mM"
    levels = [0.5, 2]
    <BLANKLINE>
    """
    head = "".join(f"# {_printable(line)}".rstrip() + "\n" for line in notes)
    body = tomlkit.dumps({name: _plain(table) for name, table in raw.items()})
    return f"{head}\n{body}" if head else body


def head_notes(text: str) -> tuple[str, ...]:
    r"""Return the comment lines at the head of a TOML text.

    >>> head_notes("# Buffer\n#\n# Source: ours\n\n[campaign]\n# not this")
    ('Buffer', '', 'Source: ours')
    """
    notes: list[str] = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        notes.append(line[1:].removeprefix(" ").rstrip())
    return tuple(notes)


def _printable(line: str) -> str:
    # A comment may hold no control characters.
    return "".join(sign if sign.isprintable() else " " for sign in line)


def _plain(value: object) -> object:
    """Return a value with whole numbers written as people write them, 4 for 4.0."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value
