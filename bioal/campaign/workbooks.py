"""The files of a campaign that people touch: the protocol, and for each round a workbook and worklists.

All are derived from the records and can be made again. A workbook is filled in where it lies, so it is never
overwritten: one that no longer belongs to its round is set aside.
"""

from __future__ import annotations

import warnings
from pathlib import Path

from bioal.campaign.benchwork import Benchwork, benchwork, write_worklists
from bioal.campaign.bodies import Body, ProposalBody, ProtocolBody, VetoBody
from bioal.campaign.files import replace, sweep, writing
from bioal.campaign.state import State
from bioal.errors import DataWarning, Problem, Refused
from bioal.sheets.names import KEY_CAMPAIGN, KEY_HEAD, KEY_NAME
from bioal.sheets.outgoing import write_round

PROTOCOL = "protocol.toml"
ROUNDS = "rounds"
SET_ASIDE = "set aside"
_STRAY = 60.0  # seconds; under the lock nobody needs that long between a hidden file and its name


def path_of_workbook(folder: Path, number: int) -> Path:
    """Return where the workbook of a round lies.

    >>> path_of_workbook(Path("c"), 3).as_posix()
    'c/rounds/round-03.xlsx'
    """
    return folder / ROUNDS / f"round-{number:02d}.xlsx"


def folder_of_worklists(folder: Path, number: int) -> Path:
    """Return where the worklists of a round lie: beside its workbook, in a folder of its name.

    >>> folder_of_worklists(Path("c"), 3).as_posix()
    'c/rounds/round-03'
    """
    return path_of_workbook(folder, number).with_suffix("")


def ensure_workbook(folder: Path, state: State, number: int) -> Path:
    """Return the workbook of a round; it and its worklists are written from the record where missing."""
    path, lists = path_of_workbook(folder, number), folder_of_worklists(folder, number)
    proposed = state.rounds[number]
    protocol = state.protocol_of(number)
    if path.exists() and (protocol.liquids is None or lists.exists()):
        return path
    work = benchwork(protocol, proposed.round)
    write_worklists(lists, work)
    if not path.exists():
        _write(path, state, number, work)
    return path


def lost_workbook(folder: Path, state: State) -> int | None:
    """Return the first round that waits for results though its workbook is not there, None where all are."""
    waiting = (number for number in sorted(state.rounds) if state.pending(number))
    return next((number for number in waiting if not path_of_workbook(folder, number).exists()), None)


def lost_words(number: int) -> str:
    """Return what is said about a workbook that is not there."""
    path = path_of_workbook(Path(), number).as_posix()
    return f"{path} is not there. 'bioal propose' writes it again; a copy that lies elsewhere can be merged."


def tidy(folder: Path, state: State) -> None:
    """Write the protocol file again where it is missing or behind; remove what a killed program left."""
    found = _found_protocol(folder)
    if found is None:
        write_protocol(folder, state.versions[-1].text)
    elif edited_protocol(folder, state) is None and found != _plain(state.versions[-1].text):
        write_protocol(folder, state.versions[-1].text)
        said = f"{PROTOCOL} was another recorded version; now it is the one in force ('bioal undo --list')."
        warnings.warn(said, DataWarning, stacklevel=2)
    sweep(folder / ROUNDS, _STRAY)


def renew_workbook(folder: Path, state: State, number: int) -> Path:
    """Write the workbook of a round anew; the one that lies there is set aside."""
    set_workbook_aside(folder, number)
    return ensure_workbook(folder, state, number)


def set_workbook_aside(folder: Path, number: int) -> None:
    """Move the workbook and worklists of a round, if they are there, out of the way and out of danger."""
    path, lists = path_of_workbook(folder, number), folder_of_worklists(folder, number)
    there = [one for one in (path, lists) if one.exists()]
    if not there:
        return
    aside = folder / ROUNDS / SET_ASIDE
    with writing(aside):
        aside.mkdir(exist_ok=True)
        taken = {one.stem for one in aside.iterdir()}
        free = next(at for at in range(1, len(taken) + 2) if f"{path.stem}-{at}" not in taken)
        for one in there:
            one.rename(aside / f"{path.stem}-{free}{one.suffix}")


def follow_undo(folder: Path, state: State, undone: Body) -> None:
    """Bring the files in line after a record was undone."""
    if isinstance(undone, ProtocolBody):
        write_protocol(folder, state.versions[-1].text)
    if isinstance(undone, ProposalBody | VetoBody):
        set_workbook_aside(folder, undone.round)
    if isinstance(undone, ProposalBody | VetoBody) and undone.round in state.rounds:
        ensure_workbook(folder, state, undone.round)


def _write(path: Path, state: State, number: int, work: Benchwork) -> None:
    proposed = state.rounds[number]
    manifest = {KEY_CAMPAIGN: state.id, KEY_NAME: state.name, KEY_HEAD: proposed.head}
    with writing(path.parent):
        path.parent.mkdir(exist_ok=True)
    protocol = state.laid_out(number)
    files = [f"{path.stem}/{file.name}" for file in work.files]
    write_round(
        path, protocol, proposed.round, manifest, plan=work.plan, files=files, notes=proposed.notes
    )


def write_protocol(folder: Path, text: str) -> None:
    """Write the protocol file as the records have it."""
    with writing(folder):
        replace(folder / PROTOCOL, text.encode("utf-8"))


def edited_protocol(folder: Path, state: State) -> str | None:
    """Return the text of the protocol file where a person has changed it by hand, else None.

    A version that was recorded, even if it was undone, was not: it lags behind what was done in another
    folder of a shared database, or by a program that was stopped before it wrote the file.
    """
    found = _found_protocol(folder)
    return None if found in {_plain(text) for text in state.protocol_texts} else found


def _found_protocol(folder: Path) -> str | None:
    try:
        return _plain((folder / PROTOCOL).read_bytes().decode("utf-8-sig", "replace"))
    except FileNotFoundError:
        return None


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n")


def require_room_for_protocol(folder: Path, text: str) -> None:
    """Raise Refused where another protocol file lies in a folder that is to become a campaign."""
    found = _found_protocol(folder)
    if found is not None and found != _plain(text):
        remedy = "Begin the campaign with this file, or in another folder."
        problem = Problem(
            "protocol-exists", "another protocol", "none, or the same", remedy, file=str(folder / PROTOCOL)
        )
        raise Refused(problem)


def require_unedited(folder: Path, state: State) -> None:
    """Raise Refused where the protocol file was changed by hand."""
    if edited_protocol(folder, state) is not None:
        raise Refused(edited_problem(folder))


def protocol_problem(folder: Path, state: State) -> Problem | None:
    """Return what is wrong with the protocol file: it is missing, or was changed by hand; None if nothing."""
    if (folder / PROTOCOL).exists():
        return edited_problem(folder) if edited_protocol(folder, state) is not None else None
    remedy = "The next command that records something writes it again, as it is in force."
    file = str(folder / PROTOCOL)
    return Problem("protocol-missing", "no file", "the protocol that is in force", remedy, file=file)


def edited_problem(folder: Path) -> Problem:
    """Return what is said about a protocol file that was changed by hand."""
    remedy = f"Make the changes part of the campaign with 'bioal amend {PROTOCOL}', or undo them in the file."
    return Problem(
        "protocol-edited",
        "changes made by hand",
        "the protocol that is in force",
        remedy,
        file=str(folder / PROTOCOL),
    )
