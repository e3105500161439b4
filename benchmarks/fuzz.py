"""Look for files that make a reader of bioal end in anything but an answer or a refusal in words.

    pip install atheris                     # Linux, Python 3.11 to 3.13
    python -m benchmarks.fuzz [--seconds 60] [--reader NAME] [--data FOLDER] [--keep FOLDER]

Each reader is fed changed files for so many seconds, guided by the code that they reach (atheris, which is
libFuzzer for Python); without atheris the changes are blind. FOLDER/reader_exports holds files of instruments
to begin with; by default it is $BIOAL_DATA. What ends in a traceback or takes longer than 5 s is said and
kept; then the exit code is 1.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import importlib.util
import io
import math
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.fuzz_readers import Reader

LONGEST_FILE = 20_000
LONGEST = 5  # seconds for one file
SIGNS = b"\f\t\n=;,'\"<"
PIECES = (b"", b"\0", b"\xff\xfe", b"1e999", b"nan", b"9" * 400, b"\n\n", *(bytes([one]) for one in SIGNS))


class Fed:
    """Feeds one reader, and keeps the first file of each kind of fault."""

    def __init__(self, name: str, reader: Reader, place: Path, keep: Path) -> None:
        # What is imported before atheris watches would not be guided.
        self.refusal = importlib.import_module("bioal.errors").BioalError
        self.name, self.reader, self.keep = name, reader, keep
        self.path = place / "fed" / reader.file
        self.path.parent.mkdir()
        self.place, self.until = place, math.inf
        self.count, self.answered, self.faults = 0, 0, set[str]()

    def __call__(self, given: bytes) -> None:
        """Read a file; whatever leaves the reader but an answer or a refusal is noted."""
        self.count += 1
        start = time.process_time()
        try:
            content = self.reader.content(given)
            self.path.write_bytes(content)
            self.reader.read(self.path)
            self.answered += 1
        except self.refusal as error:
            if not str(error).strip():
                self.note("a refusal without words", given)
        except Exception as error:  # noqa: BLE001  what it is, is what is looked for
            places = [one for one in traceback.extract_tb(error.__traceback__) if "bioal" in one.filename]
            last = f"{Path(places[-1].filename).name}:{places[-1].lineno}" if places else "?"
            self.note(f"{type(error).__name__} at {last}: {error}"[:300], given, f"{type(error)} {last}")
        if time.process_time() - start > LONGEST:
            self.note(f"more than {LONGEST} s", given)
        if time.monotonic() > self.until:
            self.end()

    def end(self) -> None:
        """Say what came of it and end the process, from which libFuzzer would not return."""
        counts = f"{self.count} files, {self.answered} answered, {self.count - self.answered} not"
        print(f"{self.name}: {counts}, {len(self.faults)} kinds of fault", flush=True)
        shutil.rmtree(self.place)
        os._exit(bool(self.faults))

    def note(self, said: str, given: bytes, kind: str = "") -> None:
        """Say a fault once and keep its file."""
        if (kind or said) in self.faults:
            return
        self.faults.add(kind or said)
        kept = self.keep / f"{self.name.replace(' ', '-')}-{len(self.faults)}"
        kept.write_bytes(given)
        print(f"  FAULT {self.name}: {said} ({kept})", flush=True)


def blind(fed: Fed, seeds: tuple[bytes, ...], rng: random.Random) -> None:
    """Feed changed files for ever, whatever code they reach."""
    while True:
        content = bytearray(rng.choice(seeds)[:LONGEST_FILE])
        for _ in range(rng.randint(1, 6)):
            at, length = rng.randrange(len(content) + 1), rng.choice((0, 1, 1, 2, 8, 40))
            content[at : at + length] = rng.choice((*PIECES, rng.randbytes(2), bytes(content[at : at + 30])))
        fed(bytes(content))


def one(name: str, seconds: int, exports: Path, keep: Path) -> None:
    """Fuzz one reader in this process, which ends with it."""
    atheris = importlib.import_module("atheris") if importlib.util.find_spec("atheris") else None
    quiet = contextlib.redirect_stderr(io.StringIO())  # atheris names every module
    with quiet, atheris.instrument_imports(include=["bioal"]) if atheris else contextlib.nullcontext():
        found = importlib.import_module("benchmarks.fuzz_readers")
    warnings.simplefilter("error")
    place = Path(tempfile.mkdtemp())
    reader = found.readers(place, exports)[name]
    fed = Fed(name, reader, place, keep)
    (place / "corpus").mkdir()
    for at, seed in enumerate(reader.seeds):
        (place / "corpus" / str(at)).write_bytes(seed[:LONGEST_FILE])
        fed(seed)
    fed.until = time.monotonic() + seconds
    if atheris is None:
        blind(fed, reader.seeds, random.Random(0))
    options = (f"-max_len={LONGEST_FILE}", "-timeout=60", "-verbosity=0", f"-artifact_prefix={keep}/")
    atheris.Setup([sys.argv[0], *options, str(place / "corpus")], fed)
    atheris.Fuzz()


def main() -> None:
    """Fuzz each reader in a process of its own."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=60, help="for each reader")
    parser.add_argument("--reader", action="append", help="may be given several times")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIOAL_DATA", "data")))
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "bioal-fuzz")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    asked.keep.mkdir(parents=True, exist_ok=True)
    if asked.one:
        one(asked.one, asked.seconds, asked.data / "reader_exports", asked.keep)
    names = asked.reader or NAMES
    again = [sys.executable, "-m", "benchmarks.fuzz", "--data", str(asked.data), "--keep", str(asked.keep)]
    ends = [
        subprocess.run([*again, "--seconds", str(asked.seconds), "--one", name], check=False).returncode
        for name in names
    ]
    sys.exit(any(ends))


NAMES = (
    "run list",
    "round's workbook",
    "plate",
    "plate in a workbook",
    "named cells",
    "protocol",
    "protocol's workbook",
    "old table",
    "mapping sheet",
    "conditions",
    "transfer report",
    "record",
    "pointer",
    "worklists",
)


if __name__ == "__main__":
    main()
