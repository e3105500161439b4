"""The tables of a protocol workbook: columns of readouts, factors, fixed parts, rules, stocks and devices."""

from __future__ import annotations

from bioal.sheets import protocol_cells as cells
from bioal.sheets.protocol_forms import (
    CONSTRAINTS,
    DEVICES,
    FACTORS,
    FIXED,
    KINDS,
    NOTES,
    PRICES,
    READOUTS,
    SOURCES,
    STOCKS,
    YES_NO,
    Field,
    Sheet,
)

_NAME: tuple[str, ...] = ()
_PER, _SCALES = ("well", "plate"), ("linear", "log")
_NORMALISE = ("none", "blank", "reference", "controls")
_FORMATS = ("echo", "opentrons", "tecan", "hamilton", "biomek", "epmotion", "hand")

READOUT_TABLE = Sheet(
    READOUTS,
    "readouts",
    (
        Field("Readout", _NAME, width=24, means="What is measured, in your own words."),
        Field("Unit", ("unit",), width=10),
        Field("Normalise", ("normalise",), width=13, words=_NORMALISE,
              means="blank: less the blank wells; reference: divided by the reference wells; controls: 0 at "
              "the negative and 1 at the reference wells of the plate."),
        Field("No product", ("no_product",), cells.NUMBER_CELL,
              means="What a well without any product counts as."),
        Field("Low", ("low",), cells.NUMBER_CELL, means="Values below are questioned."),
        Field("High", ("high",), cells.NUMBER_CELL, means="Values above are questioned."),
        Field("Pool", ("pool",), cells.FLAG, 8, YES_NO,
              means="yes: plates are corrected together; no: each by its own controls alone."),
        Field("Reference", ("reference",), width=13, means="Which control, where several are references."),
        Field("Negative", ("negative",), width=13, means="Which control, where several are negative."),
        Field("Blank", ("blank",), width=13, means="Which control, where several are blanks."),
        Field("Formula", ("formula",), width=20, means="Computed instead of typed: GFP / OD600."),
        Field("Require", ("require",), width=11, means="What a condition must reach: >= 80."),
        Field("Read", ("read",), width=14, means="How a series becomes one value: last, max, at 6 h."),
        Field("Signal", ("standard", "signal"), width=13,
              means="With a standard curve: the instrument's own column, Peak area."),
        Field("Curve", ("standard", "curve"), width=9, words=("linear", "4pl"), means="The standard curve."),
        Field("Weights", ("standard", "weights"), width=9, words=("none", "1/x", "1/x2"),
              means="Of the standards, by their concentration x."),
        Field("Outcomes", ("outcomes",), cells.TEXTS, 24,
              means="Words instead of numbers, from worst to best, semicolons between: none; weak; strong."),
        Field("Ordered", ("ordered",), cells.FLAG, 9, YES_NO,
              means="no: the outcomes have no order. Empty means yes."),
        Field("Works", ("works",), cells.TEXTS, 14,
              means="Beside another readout that is wanted: the outcomes with which a condition works."),
    ),
    "What do you measure? One row for each readout.",
    "Readout",
    (("GFP", "RFU", "none", "0", "", "100000", "", "", "", ""),),
    8,
)  # fmt: skip
FACTOR_TABLE = Sheet(
    FACTORS,
    "factors",
    (
        Field("Factor", _NAME, width=26, means="What varies, in your own words."),
        Field("Unit", ("unit",), width=9),
        Field("Levels", ("levels",), cells.NUMBERS, 30,
              means="The levels that you can make, semicolons between: 0.4; 1.2; 2."),
        Field("Low", ("low",), cells.NUMBER_CELL, 9),
        Field("High", ("high",), cells.NUMBER_CELL, 9),
        Field("Step", ("step",), cells.NUMBER_CELL, 9, means="From Low to High in such steps."),
        Field("Count", ("count",), cells.NUMBER_CELL, 8, means="Or so many levels from Low to High."),
        Field("Scale", ("scale",), width=9, words=_SCALES,
              means="log: equal ratios are equally far apart, for ranges over tenfold."),
        Field("Options", ("options",), cells.TEXTS, 30,
              means="For a choice instead of numbers: its names, semicolons between: pA; pB."),
        Field("Ordered", ("ordered",), cells.FLAG, 9, YES_NO, means="yes: low, medium, high."),
        Field("Per", ("per",), width=8, words=_PER, means="plate: can only be set for a whole plate."),
        Field("Past", ("past",), cells.VALUE, 9,
              means="Only for a factor added between rounds: its value in the rounds before."),
        Field("Renamed from", ("renamed_from",), width=13, means="Only if renamed: its former name."),
    ),
    "What varies? One row for each factor: Levels, or Low and High, or Options.",
    "Factor",
    (
        ("Mg-glutamate", "mM", "2; 4; 6; 8; 10"),
        ("PEG-8000", "%", "", "0", "4", "0.5"),
        ("DNA", "nM", "", "0.5", "50", "", "9", "log"),
        ("plasmid", "", "", "", "", "", "", "", "pA; pB; pC"),
    ),
    24,
)  # fmt: skip
FIXED_TABLE = Sheet(
    FIXED,
    "fixed",
    (
        Field("Fixed part", _NAME, width=34, means="A part of the recipe that never varies."),
        Field("Amount", ("value",), cells.VALUE, 20, means="A number, or a word."),
        Field("Unit", ("unit",), width=14),
    ),
    "What is the same in every condition? One row for each part of the recipe.",
    "Fixed part",
    (("HEPES", "50", "mM"), ("lysate", "33", "%")),
    16,
)
STOCK_TABLE = Sheet(
    STOCKS,
    "made",
    (
        Field("Component", _NAME, width=22, names_of=FACTORS, means="A factor or fixed part."),
        Field("Setting", ("setting",), cells.FLAG, 9, YES_NO,
              means="yes: set, not dispensed, and without volume: temperature, time, pH by probe."),
        Field("Stock", ("stock",), cells.STOCKS, 30,
              means="Its concentration with unit: 156 mM. Several: 0.12 mM; 2.4 mM. One for each option: "
              "pTAC = 1000 nM; pTHS = 1000 nM."),
        Field("Options of", ("by",), width=13, names_of=FACTORS,
              means="The choice that decides which stock is taken, where that is another factor."),
        Field("Amount", ("amount",), cells.QUANTITY, 10, means="The same of each option: 10 nM."),
        Field("Volume", ("volume",), cells.QUANTITY, 10, means="The same volume always: 200 nL."),
        Field("Fraction", ("fraction",), cells.SHARE, 9, means="A share of the well's volume: 0.33."),
        Field("Without", ("without",), cells.TEXTS, 13, means="Options that add nothing."),
        Field("Contains", ("contains",), cells.CONTENTS, 20,
              means="What of a factor the stock holds besides: Mg-glutamate = 12 mM."),
        Field("Dilutions", ("dilutions",), cells.NUMBERS, 12,
              means="Of the stock, made beforehand: 10; 100 for tenfold and hundredfold."),
        Field("Solubility", ("solubility",), cells.QUANTITY, 14),
        Field("Molar mass", ("molar_mass",), cells.NUMBER_CELL, 9, means="g/mol: for weights in recipes."),
        Field("Device", ("device",), width=12, means="Where it is another one than for the rest."),
        Field("Source", ("source",), width=10, means="Source plate type, where it is another one."),
        Field("Addition", ("addition",), cells.NUMBER_CELL, 9, means="The step in which it is added."),
        Field("Viscous", ("viscous",), cells.FLAG, 9, YES_NO, means="yes: dispensed apart from the others."),
    ),
    "What is each factor and fixed part made from? Only where the sheet 'Liquids' is filled in.",
    "Component",
    (
        ("NTP", "", "156 mM"),
        ("plasmid", "", "pA = 1000 nM; pB = 500 nM", "", "10 nM"),
        ("lysate", "", "", "", "", "", "0.33", "", "Mg-glutamate = 12 mM", "", "", "", "hand", "",
         "9"),
        ("temperature", "yes"),
    ),
    24,
)  # fmt: skip
DEVICE_TABLE = Sheet(
    DEVICES,
    "devices",
    (
        Field("Device", _NAME, width=22, means="One known to bioal, to change it, or one of your own."),
        Field("Step", ("step",), cells.QUANTITY, 12, means="The smallest increment."),
        Field("Least", ("least",), cells.QUANTITY, 12, means="The smallest transfer."),
        Field("Most", ("most",), cells.QUANTITY, 12, means="The largest single transfer."),
        Field("Format", ("format",), width=12, words=_FORMATS, means="Which worklist it reads."),
        Field("Source", ("source",), width=16, means="Its source plates, by name."),
        Field("Seconds", ("seconds",), cells.NUMBER_CELL, 10, means="Per transfer, roughly."),
    ),
    "Only where a device of yours differs from what bioal knows of it.",
    "Device",
    (("echo 525", "25 nL", "25 nL", "500 nL", "echo", "384PP_AQ_BP", "0.5"),),
    6,
)
SOURCE_TABLE = Sheet(
    SOURCES,
    "source_plates",
    (
        Field("Source plate", _NAME, width=22, means="One known to bioal, to change it, or one of your own."),
        Field("Wells", ("wells",), cells.NUMBER_CELL, 10, means="0: single tubes or troughs."),
        Field("Dead volume", ("dead",), cells.QUANTITY, 14, means="What cannot be taken out of a well."),
        Field("Full", ("full",), cells.QUANTITY, 12, means="The most that may be filled into a well."),
    ),
    "Only where your source plates differ from what bioal knows of them.",
    "Source plate",
    (("384PP_AQ_BP", "384", "20 uL", "65 uL"),),
    6,
)
RULE_TABLE = Sheet(
    CONSTRAINTS,
    "constraints",
    (
        Field("Rule", _NAME, width=26, means="Rows of one rule have the same number."),
        Field("Kind", (), width=20, words=KINDS, means="In the first row of the rule is enough."),
        Field("Factor", (), width=22, names_of=FACTORS),
        Field("Value", (), cells.VALUES, 22,
              means="sum: its weight; product: its power (1 where empty). ratio: 'of' and 'to'. forbid, only "
              "with: the level or option; several with semicolons between."),
        Field("At least", ("at_least",), cells.NUMBER_CELL),
        Field("At most", ("at_most",), cells.NUMBER_CELL),
        Field("Equals", ("equals",), cells.NUMBER_CELL),
    ),
    "What must every condition keep? A rule has a row for each factor; its limits stand in one of them.",
    "Rule",
    (
        ("A + 0.5 B", "sum", "A", "1", "", "13"),
        ("A + 0.5 B", "", "B", "0.5"),
        ("A per B", "ratio", "A", "of", "", "2"),
        ("A per B", "", "B", "to"),
        ("at most one", "at most nonzero", "A", "", "", "1"),
        ("at most one", "", "B"),
        ("never both", "forbid", "plasmid", "pA; pB"),
        ("never both", "", "temperature", "37"),
        ("C needs pA", "only with", "C"),
        ("C needs pA", "", "plasmid", "pA"),
    ),
    40,
)  # fmt: skip

NOTE_TABLE = Sheet(
    NOTES,
    "notes",
    (Field("Notes of the protocol", _NAME, width=120, means="Kept with it, line by line."),),
    "Anything that should stay with the protocol: source, purpose, people. A line per row.",
    "Notes of the protocol",
    (),
    12,
)

PRICE_TABLE = Sheet(
    PRICES,
    "prices",
    (
        Field("Priced stock", _NAME, width=26, names_of=FACTORS,
              means="A factor, fixed part, filler, or one of their stocks by its name."),
        Field("Price", ("price",), cells.NUMBER_CELL, 12, means="As prepared, with all that is in it."),
        Field("For", ("per",), cells.QUANTITY, 14, means="This much of it: 1 mL."),
    ),
    "What does each stock cost? Only where the sheet 'Liquids' is filled in.",
    "Priced stock",
    (("NTP", "35", "1 mL"),),
    12,
)
TABLES = (READOUT_TABLE, FACTOR_TABLE, FIXED_TABLE, DEVICE_TABLE, SOURCE_TABLE, PRICE_TABLE)
