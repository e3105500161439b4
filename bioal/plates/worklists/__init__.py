"""Transfers as files for robots, in the formats that they read, and those files as transfers again."""

from bioal.plates.worklists.echo import echo_csv, read_echo
from bioal.plates.worklists.echo_report import EchoReport, Reported, read_transfer_report
from bioal.plates.worklists.epmotion import epmotion_csv, read_epmotion
from bioal.plates.worklists.files import BenchFile, bench_files
from bioal.plates.worklists.hamilton_biomek import biomek_csv, hamilton_csv, read_biomek, read_hamilton
from bioal.plates.worklists.moved import Moved, moved
from bioal.plates.worklists.opentrons import opentrons_csv, plates_on_deck, read_opentrons
from bioal.plates.worklists.opentrons_protocol import opentrons_protocol
from bioal.plates.worklists.racks import on_racks
from bioal.plates.worklists.tecan import read_tecan, tecan_gwl, tecan_sizes

__all__ = [
    "BenchFile",
    "EchoReport",
    "Moved",
    "Reported",
    "bench_files",
    "biomek_csv",
    "echo_csv",
    "epmotion_csv",
    "hamilton_csv",
    "moved",
    "on_racks",
    "opentrons_csv",
    "opentrons_protocol",
    "plates_on_deck",
    "read_biomek",
    "read_echo",
    "read_epmotion",
    "read_hamilton",
    "read_opentrons",
    "read_tecan",
    "read_transfer_report",
    "tecan_gwl",
    "tecan_sizes",
]
