"""Read files in processes of their own, and say of each what came of it, in which time and memory.

Run as a script: lines of JSON `{"reader": ..., "path": ...}` come in, lines `{"said": ..., "kind": ...,
"seconds": ..., "megabytes": ...}` go out. The libraries are loaded once; each file is read in a fork.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bioal.campaign.campaign import Campaign
from bioal.campaign.records import decoded
from bioal.errors import BioalError, Refused
from bioal.plates.worklists.echo_report import read_transfer_report
from bioal.protocol.protocol import protocol_from_file
from bioal.sheets.protocol_returned import protocol_from_path
from bioal.sheets.returned import text_of
from bioal.sheets.tables import read_conditions

ROOM = 1 << 30  # bytes of address space beyond what is taken already: a bomb ends itself, not the machine


def checked(path: Path) -> object:
    found = Campaign.open(path.parent / "campaign").check(path)
    if found.problems:
        raise Refused(found.problems)
    return found


def conditions(path: Path) -> object:
    return read_conditions(path, protocol_from_file(path.parent / "campaign" / "protocol.toml"))


READERS: dict[str, Callable[[Path], object]] = {
    "check": checked,
    "conditions": conditions,
    "protocol": protocol_from_path,
    "report": lambda path: read_transfer_report(text_of(path), path.name),
    "record": lambda path: decoded(path.read_bytes(), path.name),
}


def status(name: str) -> float:
    """Return a size in this process's own account, in megabytes."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) / 1024


def outcome(reader: str, path: Path) -> tuple[str, str]:
    """Return the kind of the end, and what was said."""
    try:
        READERS[reader](path)
    except BioalError as error:
        return "refused", str(error)
    except BaseException as error:  # noqa: BLE001  what it is, is the answer
        return "fault", f"{type(error).__name__}: {error}"
    return "read", ""


def read_in_a_fork(reader: str, path: Path, out: int) -> None:
    # what the parent took already is not this file's
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
    before, start = status("VmRSS"), time.process_time()
    taken = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + ROOM, taken + ROOM))
    resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
    kind, said = outcome(reader, path)
    found = {
        "kind": kind,
        "said": said[:2000],
        "lines": said.count("\n") + 1,
        "seconds": time.process_time() - start,
        "megabytes": status("VmHWM") - before,
    }
    os.write(out, (json.dumps(found) + "\n").encode())


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            read_in_a_fork(asked["reader"], Path(asked["path"]), 1)
            os._exit(0)
        _, code = os.waitpid(child, 0)
        if code:
            ended = {"kind": "killed", "said": f"ended with {code}", "lines": 1}
            os.write(1, (json.dumps(ended | {"seconds": 99, "megabytes": 999}) + "\n").encode())


if __name__ == "__main__":
    main()
