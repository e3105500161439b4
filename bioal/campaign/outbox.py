"""An outbox folder: where the workbooks of proposed rounds go, each once, for a person to take away.

A person may move a workbook out of it at once, so what was delivered is written down: a round's key is the
record that planned it last, and a round that was changed since is delivered again under another name.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bioal.campaign.files import publish, replace, writing

DELIVERED = ".delivered.json"


@dataclass(frozen=True)
class Outbox:
    """A folder that people take workbooks from."""

    folder: Path

    def deliver(self, key: str, workbook: Path) -> Path | None:
        """Copy a workbook, and the worklists beside it, into the folder; None where it was done before.

        Parameters
        ----------
        key
            Of the round as it is planned now.
        """
        known = self._delivered()
        if key in known:
            return None
        with writing(self.folder):
            target = _published(self.folder / workbook.name, workbook.read_bytes())
            lists = workbook.with_suffix("")
            for path in sorted(lists.iterdir()) if lists.is_dir() else ():
                target.with_suffix("").mkdir(exist_ok=True)
                _published(target.with_suffix("") / path.name, path.read_bytes())
            # Stopped before this line, the same bytes are delivered under the same name once more.
            self._write_down({**known, key: target.name})
        return target

    def say(self, name: str, text: str) -> Path:
        """Write a text for people into the folder and return where."""
        with writing(self.folder):
            replace(self.folder / name, f"{text}\n".encode())
        return self.folder / name

    def unsay(self, *names: str) -> None:
        """Remove texts that are no longer true."""
        for name in names:
            with writing(self.folder):
                (self.folder / name).unlink(missing_ok=True)

    def _delivered(self) -> dict[str, str]:
        with suppress(FileNotFoundError):
            found = json.loads((self.folder / DELIVERED).read_text("utf-8"))
            return {str(key): str(name) for key, name in found.items()}
        return {}

    def _write_down(self, known: dict[str, str]) -> None:
        text = json.dumps(known, ensure_ascii=False, indent=1)
        replace(self.folder / DELIVERED, f"{text}\n".encode())


def _published(path: Path, content: bytes) -> Path:
    """Return where the content lies now: under its name, or numbered where another file has it."""
    for at in range(1, 10_000):
        target = path if at == 1 else path.with_name(f"{path.stem}-{at}{path.suffix}")
        with suppress(FileExistsError):
            publish(target, content)
            return target
        if target.read_bytes() == content:
            return target
    raise FileExistsError(str(path))
