"""Wells, as the plates know them; they are defined where a protocol file can name them."""

from bioal.protocol.wells import (
    SHAPES,
    Shape,
    ij_from_well,
    row_name,
    shape_of_plate,
    well_from_ij,
    well_on_plate,
    wells_in,
    wells_of_plate,
)

__all__ = [
    "SHAPES",
    "Shape",
    "ij_from_well",
    "row_name",
    "shape_of_plate",
    "well_from_ij",
    "well_on_plate",
    "wells_in",
    "wells_of_plate",
]
