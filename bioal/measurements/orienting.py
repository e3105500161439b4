"""How a person says that a plate was read, and its values put back into the wells that they are of.

The cells of a returned file are moved, with their addresses and their words, before anything judges them;
what is checked, marked and recorded afterwards is the plate as it should have been read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bioal.errors import Problem, UsageError
from bioal.measurements.cells import Cell, Returned, ReturnedGrid, ReturnedTable
from bioal.measurements.checking_columns import Columns, columns_of
from bioal.measurements.checking_round import id_text
from bioal.measurements.numbers import plain
from bioal.measurements.statuses import status_in
from bioal.plates.columns import SAMPLE, STATUS
from bioal.plates.orientation import AS_IS, OUTSIDE, SHORT_NAMES, Ints, reading_named, readings_of_plate
from bioal.plates.rounds import Round
from bioal.plates.wells import ij_from_well, shape_of_plate, wells_of_plate
from bioal.protocol.headings import normalised
from bioal.protocol.objective import Readout

Place = tuple[str, str]  # plate and readout, by their names
OF_VALUES = ("", "ok", "below limit", "over range")  # statuses that go where the value goes


@dataclass(frozen=True)
class Oriented:
    """A file with its values in the wells that they are of.

    Parameters
    ----------
    ways
        Plate and readout -> how a person said that it was read; what is not named was not spoken of.
    """

    returned: Returned
    ways: Mapping[Place, str]
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()


def oriented(
    returned: Returned, said: Sequence[str], round_: Round, readouts: Sequence[Readout]
) -> Oriented:
    """Return a file with the values of each plate put back as a person said that it was read.

    Parameters
    ----------
    said
        `WAY`, `PLATE=WAY`, `READOUT=WAY` or `PLATE/READOUT=WAY`; ways are those of `reading_named`.

    Raises
    ------
    UsageError
        For a way, plate or readout that is not there, and where it is not clear which plate is meant.
    """
    ways = _stated(said, returned, round_, readouts) if said else {}
    turned = {place: way for place, way in ways.items() if way != AS_IS}
    found = Oriented(returned, ways)
    for plate in dict.fromkeys(plate for plate, _ in turned):
        moves = {name: way for (where, name), way in turned.items() if where == plate}
        found = _put_back(found, plate, moves, round_, readouts)
    return found


def cells_on(round_: Round, plate: str) -> dict[str, int]:
    """Return the cell, in reading order, of each planned sample of a plate, as the run list has them."""
    columns = shape_of_plate(round_.size).columns
    samples = round_.samples[round_.samples["plate"] == plate]
    places = {str(sample): ij_from_well(str(well)) for sample, well in samples["well"].items()}
    return {sample: i * columns + j for sample, (i, j) in places.items()}


def ways_of(round_: Round, plate: str) -> Mapping[str, Ints]:
    """Return every way in which a plate of a round may have been read."""
    return readings_of_plate(round_.size, list(cells_on(round_, plate).values()))


def _stated(
    said: Sequence[str], returned: Returned, round_: Round, readouts: Sequence[Readout]
) -> dict[Place, str]:
    if round_.in_vessels:
        raise UsageError("An orientation is that of a plate; this round stands in vessels.")
    ways: dict[Place, str] = {}
    for text in said:
        where, _, named = text.rpartition("=")
        way = reading_named(named)
        if way is None:
            raise UsageError(f"'{named}' is no way to read a plate; they are: {', '.join(SHORT_NAMES)}.")
        plates, names = _meant(where.strip(), round_, readouts)
        filled = [plate for plate in plates if plate in _filled(returned, round_)]
        if way != AS_IS and len(filled) > 1:
            raise UsageError(f"Which plate? For example --orientation {filled[0]}={named.strip()}.")
        for plate in filled:
            if way not in ways_of(round_, plate):
                raise UsageError(f"On {plate}, '{way}' is another of the ways; name that one.")
            ways |= {(plate, name): way for name in names}
    return ways


def _meant(where: str, round_: Round, readouts: Sequence[Readout]) -> tuple[Sequence[str], Sequence[str]]:
    """Return the plates and readouts that are named, all where none is."""
    names = {normalised(text): one.name for one in readouts for text in (one.name, one.heading)}
    plates = {normalised(plate): plate for plate in round_.plates}
    text = normalised(where)
    plate, _, rest = text.partition("/")
    if not text:
        return round_.plates, [one.name for one in readouts]
    if text in plates:
        return [plates[text]], [one.name for one in readouts]
    if text in names:
        return round_.plates, [names[text]]
    if plate in plates and rest in names:
        return [plates[plate]], [names[rest]]
    known = ", ".join((*round_.plates, *(one.name for one in readouts)))
    raise UsageError(f"'{where}' is no plate or readout of round {round_.number}; they are: {known}.")


def _filled(returned: Returned, round_: Round) -> set[str]:
    """Return the plates of which a file says something."""
    grids = {
        grid.plate for grid in returned.grids if any(cell.kind != "blank" for cell in grid.wells.values())
    }
    plates = {str(sample): str(plate) for sample, plate in round_.samples["plate"].items()}
    rows = returned.runs.rows if returned.runs is not None else ()
    named = (id_text(cell) for row in rows for heading, cell in row.items() if _is(heading, SAMPLE))
    return grids | {plates[sample] for sample in named if sample in plates}


def _is(heading: str, word: str) -> bool:
    return normalised(heading) == normalised(word)


def _put_back(
    found: Oriented, plate: str, moves: Mapping[str, str], round_: Round, readouts: Sequence[Readout]
) -> Oriented:
    """Return a file after the values of some readouts of a plate went where they are of."""
    ways, returned = ways_of(round_, plate), found.returned
    own = {one.name: one for one in readouts}
    named = {normalised(text): one.name for one in readouts for text in (one.name, one.heading)}
    about = [named.get(normalised(str(grid.readout.value)), "") for grid in returned.grids]
    grids = [
        _moved_grid(grid, ways[moves[name]], round_.size) if grid.plate == plate and name in moves else grid
        for grid, name in zip(returned.grids, about, strict=True)
    ]
    table, lost = returned.runs, 0
    problems: tuple[Problem, ...] = ()
    if table is not None:
        columns = columns_of(table, (), readouts)[0]
        for name, way in moves.items():
            listed = _List(table, columns, cells_on(round_, plate), only=len(readouts) == 1)
            table, wrong, left = listed.moved(own[name], ways[way])
            problems, lost = (*problems, *wrong), lost + left
    return Oriented(
        replace(returned, grids=tuple(grids), runs=table),
        found.ways,
        tuple(dict.fromkeys((*found.problems, *problems))),
        (*found.warnings, *_said(plate, moves, lost)),
    )


def _said(plate: str, moves: Mapping[str, str], lost: int) -> list[str]:
    ways = ", ".join(f"{name} {way}" for name, way in moves.items())
    left = f"; {lost} values are of no sample and were left out" if lost else ""
    return [f"{plate} was put back as read so: {ways}{left}."]


def _moved_grid(grid: ReturnedGrid, source: Ints, size: int) -> ReturnedGrid:
    names = wells_of_plate(size)
    targets = {names[at]: names[to] for at, to in enumerate(source.tolist()) if to != OUTSIDE}
    moved = {targets[well]: cell for well, cell in grid.wells.items() if well in targets}
    return replace(grid, wells=moved)


@dataclass(frozen=True)
class _List:
    """A run list whose values move between the rows of one plate; `only` where it has one readout."""

    table: ReturnedTable
    columns: Columns
    cells: Mapping[str, int]
    only: bool

    def moved(self, readout: Readout, source: Ints) -> tuple[ReturnedTable, tuple[Problem, ...], int]:
        """Return the table with a readout's values moved, problems, and how many values are of no sample."""
        rows = {self.cells[sample]: at for at, sample in self._samples() if sample in self.cells}
        headings = self._headings(readout)
        problems = [*self._statuses(rows, readout)]
        new = [dict(row) for row in self.table.rows]
        for at in rows.values():
            new[at] |= {heading: _blank(self.table.rows[at][heading]) for heading in headings}
        samples, lost = set(self.cells.values()), 0
        for cell, at in rows.items():
            filled = {name: one for name in headings if (one := self.table.rows[at][name]).kind != "blank"}
            target = int(source[cell])
            if filled and target in rows:
                new[rows[target]] |= filled
            elif filled and target in samples:
                problems.append(_rowless(next(iter(filled.values()))))
            else:
                lost += bool(filled)
        return replace(self.table, rows=tuple(new)), tuple(problems), lost

    def _samples(self) -> list[tuple[int, str]]:
        heading = self.columns.own.get(SAMPLE)
        rows = enumerate(self.table.rows)
        return [(at, id_text(row[heading])) for at, row in rows] if heading is not None else []

    def _headings(self, readout: Readout) -> list[str]:
        own = [self.columns.readouts.get(readout.name), self.columns.statuses.get(readout.name)]
        general = [self.columns.own.get(STATUS)] if self.only else []
        return [heading for heading in (*own, *general) if heading is not None]

    def _statuses(self, rows: Mapping[int, int], readout: Readout) -> list[Problem]:
        """Return a problem for each status that may be the value's as well as the well's."""
        general, own = self.columns.own.get(STATUS), self.columns.statuses.get(readout.name)
        headings = [heading for heading in (general, own) if heading]
        said = [(self.table.rows[at][heading], heading) for heading in headings for at in rows.values()]
        allowed = {heading: OF_VALUES if self.only or heading == own else ("", "ok") for _, heading in said}
        typed = [(cell, heading) for cell, heading in said if cell.kind != "blank"]
        remedy = "Clear it here, and exclude the well after merging ('bioal exclude')."
        return [
            cell.problem("status-misread", "a status that goes with its value to another well", remedy)
            for cell, heading in typed
            if status_in(plain(str(cell.value))) not in allowed[heading]
        ]


def _blank(cell: Cell) -> Cell:
    return replace(cell, value=None, kind="blank")


def _rowless(cell: Cell) -> Problem:
    remedy = "Return the run list with every row of the plate, also those without a value."
    return cell.problem("row-needed", "a row for the sample that this value is of", remedy)
