"""The outer form of a protocol workbook: its sheets, their fields, and where each stands in the protocol.

The side that writes and the side that reads meet here. A table has a row for each entry, a form a row for
each setting. Headings are found wherever they were moved; rows that begin with `Example:` are not read.
"""

from __future__ import annotations

from dataclasses import dataclass

from bioal.protocol.plate import PLATE_SIZES
from bioal.sheets import protocol_cells as cells
from bioal.sheets.protocol_cells import NO, YES, Kind

HEADER_ROW = 4
EXAMPLE = "Example:"
MEANING, VALUE, SHOWN = "What it means", "Value", "For example"

CAMPAIGN, READOUTS, FACTORS, FIXED = "Campaign", "Readouts", "Factors", "Fixed parts"
CONSTRAINTS, PLATE, CONTROLS = "Constraints", "Plate", "Controls"
LIQUIDS, STOCKS, DEVICES, SOURCES = "Liquids", "Stocks", "Devices", "Source plates"
STOPPING, COSTS, PRICES = "Stopping", "Costs", "Prices"
NOTES = "Notes"  # the comments at the head of a TOML text


@dataclass(frozen=True)
class Field:
    """A column of a table, or a row of a form.

    Parameters
    ----------
    path
        Where its value stands within the entry (table) or the protocol (form).
    words
        Of its drop-down.
    names_of
        The sheet whose first column is its drop-down.
    """

    heading: str
    path: tuple[str, ...]
    kind: Kind = cells.TEXT
    width: float = 11
    words: tuple[str, ...] = ()
    names_of: str = ""
    means: str = ""
    example: str = ""


@dataclass(frozen=True)
class Sheet:
    """A sheet: the table of the protocol that it holds, its fields, and what a person should know.

    `blank` is how many empty rows wait below what is written.
    """

    title: str
    table: str
    fields: tuple[Field, ...]
    hint: str
    key: str  # heading of the first column
    examples: tuple[tuple[str, ...], ...] = ()
    blank: int = 0

    def field(self, heading: str) -> Field:
        """Return the field under a heading."""
        return next(field for field in self.fields if field.heading == heading)


YES_NO = (YES, NO)
KINDS = ("sum", "product", "ratio", "at most nonzero", "forbid", "only with")
ROLES = ("reference", "negative", "blank")
_DIRECTIONS = ("maximize", "minimize", "target")
_SIZES = (*map(str, PLATE_SIZES), "none")

CAMPAIGN_FORM = Sheet(
    CAMPAIGN,
    "campaign",
    (
        Field("Name", ("campaign", "name"), means="What this work is called.", example="My first campaign"),
        Field("Readout wanted", ("objective", "readout"), names_of=READOUTS, example="GFP",
              means="The readout, of the sheet 'Readouts', that this is about."),
        Field("Or a formula", ("objective", "formula"), example="GFP / OD600",
              means="Instead of one readout: a formula of readouts and numeric factors."),
        Field("Called", ("objective", "name"), example="GFP yield",
              means="What people call the number wanted; empty: as the readout."),
        Field("Direction", ("objective", "direction"), words=_DIRECTIONS, example="maximize",
              means="The highest, the lowest, or as near as possible to a target."),
        Field("Target", ("objective", "target"), cells.NUMBER_CELL, example="7",
              means="Only with the direction 'target': the value to hit."),
        Field("Outcomes", ("objective", "outcomes"), cells.TEXTS, example="none; weak; strong",
              means="Where the readout is a word: the words that it can be, worst first."),
        Field("Outcomes in order", ("objective", "ordered"), cells.FLAG, words=YES_NO, example="yes",
              means="yes: each outcome is better than the one before it. Empty: yes."),
        Field("Outcomes wanted", ("objective", "wanted"), cells.TEXTS, example="strong",
              means="Where the readout has outcomes: the good ones; empty: the last of them."),
        Field("May fail", ("objective", "may_fail"), cells.FLAG, words=YES_NO, example="no",
              means="yes: a well with status 'no product' failed; the chance of that is learnt."),
        Field("Strategy", ("proposal", "strategy"), example="margin",
              means="How conditions are chosen, a name of 'bioal strategies'; empty: the usual way."),
        Field("Model", ("proposal", "model"), example="gp",
              means="What learns from numbers, or from the outcomes wanted; empty: the usual one."),
        Field("Model of outcomes", ("proposal", "outcome_model"), example="gp",
              means="What learns whether a condition works; empty: the usual one."),
    ),
    "What is this work called, and what is wanted?",
    "Campaign setting",
)  # fmt: skip
PLATE_FORM = Sheet(
    PLATE,
    "plate",
    (
        Field("Wells", ("plate", "size"), cells.VALUE, words=_SIZES, example="96",
              means="Wells of a plate; none: flasks, tubes or reactors."),
        Field("Replicates", ("plate", "replicates"), cells.NUMBER_CELL, example="2",
              means="Separately prepared wells of each condition."),
        Field("Layout", ("plate", "layout"), words=("spread", "by hand"), example="spread",
              means="spread: replicates far apart. by hand: readable blocks."),
        Field("Well order", ("plate", "order"), words=("columns", "rows"), example="columns",
              means="Which wells are filled first."),
        Field("Edge wells", ("plate", "edge"), words=("use", "empty"), example="use",
              means="empty: the outer wells stay empty."),
        Field("Empty wells", ("plate", "skip"), cells.TEXTS, example="A1; P24:P20",
              means="Wells and areas that stay empty."),
        Field("Every how many rows", ("plate", "every", "rows"), cells.NUMBER_CELL, example="1",
              means="2: every second row (an 8-channel pipette in a 384-well plate)."),
        Field("Every how many columns", ("plate", "every", "columns"), cells.NUMBER_CELL, example="1",
              means="2: every second column."),
        Field("Vessels", ("plate", "vessels"), cells.TEXTS, example="flask 1; flask 2",
              means="Names of the vessels, where there is no plate."),
        Field("Operators", ("plate", "operators"), cells.TEXTS, example="Ana; Ben",
              means="Replicates are balanced over them."),
        Field("Premix", ("plate", "premix"), cells.FLAG, words=YES_NO, example="no",
              means="yes: each condition is mixed once and spread over its wells."),
        Field("Carry over", ("plate", "carry_over"), cells.NUMBER_CELL, example="1",
              means="How many of the best so far are measured again, to tie rounds together."),
    ),
    "What are the samples made in?",
    "Plate setting",
)  # fmt: skip
LIQUID_FORM = Sheet(
    LIQUIDS,
    "liquids",
    (
        Field("Reaction volume", ("liquids", "volume"), cells.QUANTITY, example="20 uL",
              means="Of every well. Leave all of this sheet empty to work without volumes."),
        Field("Device", ("liquids", "device"), example="echo 525",
              means="What dispenses, unless 'Stocks' says otherwise: hand, echo 525, opentrons ..."),
        Field("Filler", ("liquids", "filler", "name"), example="water",
              means="What fills up to the volume."),
        Field("Filler device", ("liquids", "filler", "device"), example="hand",
              means="What dispenses the filler, where it is another one."),
        Field("Filler source", ("liquids", "filler", "source"), example="384PP_AQ_BP",
              means="The source plate type of the filler, where it is another one."),
        Field("Filler addition", ("liquids", "filler", "addition"), cells.NUMBER_CELL, example="1",
              means="The step in which the filler is added."),
        Field("Tolerance", ("liquids", "tolerance"), cells.SHARE, example="0.02",
              means="How far a level may lie from a dose that can be dispensed, as a share."),
        Field("Volumes per stock", ("liquids", "volumes_per_stock"), cells.NUMBER_CELL, example="4",
              means="By hand: at most so many different volumes of a stock."),
        Field("Excess", ("liquids", "excess"), cells.SHARE, example="0.1",
              means="Prepared beyond what is needed, as a share."),
    ),
    "How much is in a well, and what dispenses it? Empty: bioal plans without volumes.",
    "Liquid setting",
)  # fmt: skip
STOPPING_FORM = Sheet(
    STOPPING,
    "stopping",
    (
        Field("Wells in all", ("stopping", "wells"), cells.NUMBER_CELL, example="480",
              means="No more wells than this, controls included. Leave empty what is no limit."),
        Field("Rounds in all", ("stopping", "rounds"), cells.NUMBER_CELL, example="5",
              means="No more rounds than this."),
        Field("Cost in all", ("stopping", "cost"), cells.NUMBER_CELL, example="2000",
              means="No more money than this; what things cost stands under 'Costs' and 'Prices'."),
        Field("Good enough", ("stopping", "target"), cells.NUMBER_CELL, example="12",
              means="Stop when the best condition is this good, with its whole 90 % interval."),
        Field("Near enough", ("stopping", "within"), cells.NUMBER_CELL, example="0.1",
              means="The same for a target to hit: no further from it than this."),
        Field("Expected gain", ("stopping", "gain"), words=("below noise",), example="below noise",
              means="Stop when another plate would hardly show an improvement."),
        Field("Stable rounds", ("stopping", "stable"), cells.NUMBER_CELL, example="2",
              means="Stop when so many rounds in a row hardly moved what is predicted."),
    ),
    "When is the work done? Empty: you decide.",
    "Stopping rule",
)  # fmt: skip
COST_FORM = Sheet(
    COSTS,
    "costs",
    (
        Field("Currency", ("costs", "currency"), example="EUR", means="Written behind each amount."),
        Field("Per condition", ("costs", "condition"), cells.NUMBER_CELL, example="1.50",
              means="Labour for each different condition."),
        Field("Per well", ("costs", "well"), cells.NUMBER_CELL, example="0.20",
              means="Tips, assay and labour for each well, controls included."),
        Field("Per plate", ("costs", "plate"), cells.NUMBER_CELL, example="14",
              means="Plate, reader and labour for each plate."),
        Field("Budget per round", ("costs", "budget"), cells.NUMBER_CELL, example="400",
              means="A round never costs more: fewer conditions are proposed instead."),
    ),
    "What does a round cost? Stocks have their prices on the sheet 'Prices'.",
    "Cost",
)  # fmt: skip
# Controls stand side by side, a column each, because every factor has a value in them.
CONTROL_KEY = "In each control"
CONTROL_ROWS = ("Role", "Wells on each plate", "Name")
CONTROL_EXAMPLE = ("reference", "3", "the usual buffer", "8", "2")
CONTROL_COLUMNS = 4

FORMS = (CAMPAIGN_FORM, PLATE_FORM, LIQUID_FORM, STOPPING_FORM, COST_FORM)
ORDER = (
    *(CAMPAIGN, READOUTS, FACTORS, FIXED, CONSTRAINTS, PLATE, CONTROLS),
    *(LIQUIDS, STOCKS, DEVICES, SOURCES, STOPPING, COSTS, PRICES, NOTES),
)
