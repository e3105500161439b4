"""Reading a protocol from its TOML text or file."""

from __future__ import annotations

from pathlib import Path

from bioal.errors import Problem, ProtocolError
from bioal.protocol.definition import Control, ControlRole, Fixed, Protocol
from bioal.protocol.plate import PlateSetup
from bioal.protocol.reading import LONGEST, read_protocol

__all__ = [
    "Control",
    "ControlRole",
    "Fixed",
    "PlateSetup",
    "Protocol",
    "protocol_from_file",
    "protocol_from_toml",
]


def protocol_from_toml(text: str, source: str = "protocol.toml") -> Protocol:
    """Return the protocol that a TOML text describes.

    Raises
    ------
    ProtocolError
        With every problem and its place in the text, where there is any.
    """
    return read_protocol(text, source)


def protocol_from_file(path: str | Path) -> Protocol:
    """Return the protocol in a file.

    Raises
    ------
    ProtocolError
        Where the file cannot be read, is no UTF-8 text, or describes no sound protocol.
    """
    path = Path(path)
    try:
        with path.open("rb") as stream:
            # a character is at most four bytes; what is longer is refused, and need not be read
            text = stream.read(4 * LONGEST + 4).decode("utf-8-sig", "strict")
    except OSError as error:
        remedy = "Check the name, or write a starting file with 'bioal new'."
        problem = Problem(
            "protocol-unreadable", error.strerror or "no file", "a protocol file", remedy, file=path.name
        )
        raise ProtocolError(problem) from error
    except UnicodeDecodeError as error:
        remedy = "Save it as plain text in UTF-8; the name of a protocol in a workbook ends in .xlsx."
        problem = Problem(
            "protocol-not-text", "bytes that are no UTF-8 text", "a TOML text file", remedy, file=path.name
        )
        raise ProtocolError(problem) from error
    return protocol_from_toml(text.replace("\r\n", "\n"), path.name)
