"""Several things in one cell: `0.4; 1.2; 2`, `pA; pB`, `pTAC = 1000 nM; pTHS = 500 nM`.

Semicolons stand between the parts, because a comma may be a decimal comma and a space part of a name. A part
that holds a semicolon, an equals sign or quotes itself stands in quotes, doubled inside, as in CSV.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_PART = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^;\n"]*))\s*(?:[;\n]|$)')
_SIDE = r'\s*(?:"((?:[^"]|"")*)"|([^;="\n]*?))\s*'
_PAIR = re.compile(rf"{_SIDE}={_SIDE}(?:[;\n]|$)")
_SPECIAL = re.compile(r'[;="\n]')
_LIKE_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?", re.ASCII)
# Commas with a space behind each never are decimal commas.
_SPACED_COMMAS = re.compile(r",\s+")

Text = tuple[str, bool]  # what is written, and whether it stood in quotes


def parts_of(text: str) -> list[Text] | None:
    """Return the parts of a list, blank ones left out; None where quotes are not closed.

    >>> parts_of('pA; "p;B" ; '), parts_of('"open')
    ([('pA', False), ('p;B', True)], None)
    """
    found: list[Text] = []
    at = 0
    while at < len(text):
        match = _PART.match(text, at)
        if match is None or match.end() == at:
            return None
        at = match.end()
        if match[1] is not None:
            found.append((match[1].replace('""', '"'), True))
        elif match[2].strip():
            found.append((match[2].strip(), False))
    return found


def pairs_of(text: str) -> list[tuple[str, str]] | None:
    """Return names and values of a list of `name = value`; None where a part is none.

    >>> pairs_of('pTAC = 1000 nM; "a=b" = 5 nM'), pairs_of("156 mM")
    ([('pTAC', '1000 nM'), ('a=b', '5 nM')], None)
    """
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text.rstrip()):
        match = _PAIR.match(text, at)
        if match is None:
            return None
        at = match.end()
        name, value = (_unquoted(match[1], match[2]), _unquoted(match[3], match[4]))
        if not name or not value:
            return None
        found.append((name, value))
    return found


def _unquoted(quoted: str | None, bare: str | None) -> str:
    return quoted.replace('""', '"') if quoted is not None else (bare or "").strip()


def number_parts(text: str) -> list[str]:
    """Return the parts of a list of numbers, which may also have commas with spaces between them.

    >>> number_parts("0,4; 1,2"), number_parts("2, 4, 6"), number_parts("2,4,6")
    (['0,4', '1,2'], ['2', '4', '6'], ['2,4,6'])
    """
    parts = re.split(r"[;\n]", text)
    if len(parts) == 1:
        parts = _SPACED_COMMAS.split(text)
    return [part.strip() for part in parts if part.strip()]


def listed(texts: Iterable[str]) -> str:
    """Return texts as one cell.

    >>> listed(["pA", "p;B"]), listed(["glucose, high"])
    ('pA; "p;B"', '"glucose, high"')
    """
    parts = list(texts)
    if len(parts) == 1 and _SPACED_COMMAS.search(parts[0]):
        return _in_quotes(parts[0])
    return "; ".join(map(quoted, parts))


def paired(pairs: Iterable[tuple[str, str]]) -> str:
    """Return names and values as one cell."""
    return "; ".join(f"{quoted(name)} = {quoted(value)}" for name, value in pairs)


def quoted(text: str) -> str:
    """Return text as a part of a list, in quotes where it would be read as something else."""
    return _in_quotes(text) if _SPECIAL.search(text) or text != text.strip() or not text else text


def quoted_unless_word(text: str) -> str:
    """Return text where numbers may stand too: what looks like a number stands in quotes.

    >>> quoted_unless_word("pA"), quoted_unless_word("1.10")
    ('pA', '"1.10"')
    """
    return _in_quotes(text) if _LIKE_NUMBER.fullmatch(text.strip()) else quoted(text)


def _in_quotes(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
