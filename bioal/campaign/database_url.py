"""Which database a URL names, and how it is spoken to; a password is never part of it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from bioal.errors import UsageError

_FORMS = "postgresql+psycopg://USER@HOST/DATABASE, or sqlite:///FILE for a try"
_SECRETS = {"password", "sslpassword"}
_PATIENCE = 30  # seconds for a connection, and for a row that another program is just writing


def parsed_url(text: str) -> URL:
    """Return the parts of a database's URL.

    Raises
    ------
    UsageError
        Where it is none, names a kind of database that bioal does not use, or holds a password; the text
        itself is not repeated, because of the password.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise UsageError(f"This is no database's URL. Write {_FORMS}.") from error
    if url.password is not None or _SECRETS & set(url.query):
        said = "Leave the password out of the URL: it would be written down."
        raise UsageError(f"{said} It is taken from PGPASSWORD or ~/.pgpass.")
    if url.get_backend_name() not in ("postgresql", "sqlite"):
        raise UsageError(f"bioal keeps records in PostgreSQL. Write {_FORMS}.")
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise UsageError(f"This database would be gone when the program ends. Write {_FORMS}.")
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def lasting_url(text: str) -> str:
    """Return a URL that means the same database wherever a program is started."""
    url = parsed_url(text)
    if url.get_backend_name() == "sqlite":
        url = url.set(database=Path(url.database or "").absolute().as_posix())
    return url.render_as_string(hide_password=True)


def database_name(url: URL) -> str:
    """Return what people call the database: its name, or that of its file."""
    return Path(url.database or url.host or "database").name


def connect_options(url: URL) -> dict[str, object]:
    """Return how a database is spoken to: no wait without end, nothing acknowledged before it is on disk."""
    if url.get_backend_name() == "sqlite":
        return {"timeout": _PATIENCE}
    settings = {
        "synchronous_commit": "on",
        "lock_timeout": f"{_PATIENCE}s",
        "idle_in_transaction_session_timeout": f"{_PATIENCE}s",
    }
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    ours = {"connect_timeout": _PATIENCE, "application_name": "bioal", "options": options}
    # what the URL itself says goes before
    return {name: value for name, value in ours.items() if name not in url.query}
