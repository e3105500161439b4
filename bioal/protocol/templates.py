"""Ready protocols that come with bioal, and a commented text to start one's own from.

They lie beside the package in the repository and inside it once installed; both are found.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from bioal.errors import UsageError
from bioal.protocol.spelling import suggestion

_PACKAGE = Path(__file__).resolve().parents[1]
FOLDERS = (_PACKAGE / "_protocols", _PACKAGE.parent / "protocols")


@dataclass(frozen=True)
class Template:
    """A ready protocol: the name to ask for, what it is, where its numbers come from.

    `volumes` is False where its source has no stocks to pipette from; its comment says why.
    """

    name: str
    title: str
    source: str
    path: Path
    volumes: bool


def templates() -> tuple[Template, ...]:
    """Return the ready protocols, by name; the first comment line of each is its title."""
    folder = next((folder for folder in FOLDERS if folder.is_dir()), None)
    return () if folder is None else tuple(_template(path) for path in sorted(folder.glob("*.toml")))


def template_text(name: str) -> str:
    """Return the text of a ready protocol.

    Raises
    ------
    UsageError
        Where there is none of this name; the message names those there are.
    """
    found = {template.name: template for template in templates()}
    if name not in found:
        known = tuple(found)
        raise UsageError(
            f"There is no protocol {name!r}. There are: {', '.join(known)}. {suggestion(name, known)}".strip()
        )
    return _text(found[name].path)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _template(path: Path) -> Template:
    text = _text(path)
    head = re.match(r"(?:#[^\n]*\n)*", text)
    lines = [line.lstrip("#") for line in head[0].splitlines()] if head else []
    source = re.search(r"^ Source:\s*(.*(?:\n {3}.*)*)", "\n".join(lines), re.MULTILINE)
    volumes = re.search(r"^\[liquids\]", text, re.MULTILINE) is not None
    return Template(path.stem, lines[0].strip(), " ".join(source[1].split()) if source else "", path, volumes)


def starting_text(name: str = "My first campaign") -> str:
    """Return a small, sound protocol of this name in which every line says what to write there instead."""
    return STARTING_TEXT.replace('"My first campaign"', json.dumps(name, ensure_ascii=False), 1)


STARTING_TEXT = """\
# What may vary, how it is measured, and what is wanted.
# Lines that start with # are explanations: change what stands below them, take out what you do not need.
# Names are your own words; text stands in quotes, numbers do not, and decimals have a point.

[campaign]
name = "My first campaign"

# What you measure and type in. Give each its unit; there may be several.
[readouts.GFP]
unit = "RFU"
normalise = "none"             # "blank": less the blank wells; "reference": divided by the reference wells;
                               # "controls": 0 at the negative and 1 at the reference wells, plates together
# no_product = 0               # what a well without any product counts as
# require = ">= 80"            # a condition that misses it is worth nothing
# low = 0                      # values outside low ... high are questioned
# high = 100000                # an instrument's word such as OVRFLW stands for high, <LOD for low
# read = "at 6 h"              # of a series over time: last, first, max, at 6 h, slope 1 h to 3 h,
                               # area 0 h to 12 h, growth, growth over 2 h, or growth 1 h to 3 h

# What you want: "maximize", "minimize", or "target" with a line target = 7.0.
[objective]
readout = "GFP"                # or, instead, formula = "GFP / OD600" of readouts and numeric factors
name = "GFP"
direction = "maximize"

# Where a result is a word and no number, list the words, worst first. Where that is what you want, write
# readout = "growth" and wanted = ["weak", "strong"] under [objective] instead of the lines above.
# [readouts.growth]
# outcomes = ["none", "weak", "strong"]
# works = ["weak", "strong"]     # beside a number that is wanted: with which of them a condition works

# Each thing that varies has its own [factors.NAME]. First form: the levels that you can pipette.
[factors."Mg-glutamate"]
unit = "mM"
levels = [2, 4, 6, 8, 10, 12]
# made = { stock = "500 mM" }  # how it gets into the well, with [liquids] below

# Second form: from low to high in steps.
[factors."PEG-8000"]
unit = "%"
low = 0
high = 4
step = 0.5

# On a log scale equal ratios are equally far apart: for ranges over tenfold. Without a step, count sets
# the number of levels.
[factors.DNA]
unit = "nM"
low = 0.5
high = 50
scale = "log"
count = 9

# Third form: a choice between named options. With ordered = true they are low, medium, high, for instance.
[factors.plasmid]
options = ["pA", "pB", "pC"]

# A factor that can only be set for a whole plate:
# [factors.temperature]
# unit = "C"
# levels = [25, 30, 37]
# per = "plate"

# Parts of the recipe that never vary.
[fixed]
# with [liquids] besides: made = { stock = "2 M" }, made = { fraction = 0.33 } or made = { volume = "5 uL" }
HEPES = { value = 50, unit = "mM" }

# With these lines bioal proposes only what can be pipetted, and writes volumes and worklists for the bench.
# Every factor and fixed part then says how it is made: from a stock, or as a "setting" without volume.
# Devices: echo 525, echo 550, echo 650, opentrons, tecan, hamilton, biomek, epmotion, hand.
# [liquids]
# volume = "20 uL"
# device = "hand"
# filler = "water"

# Rules that every condition must keep. Forms, each in a [[constraints]] of its own:
#   sum = { A = 1, B = 0.5 }        with at_most, at_least, both, or equals
#   product = ["A", "B"]            likewise
#   ratio = { of = "A", to = "B" }  likewise
#   at_most_nonzero = 2             with factors = ["A", "B", "C"]
#   forbid = { plasmid = "pA", temperature = 37 }
#   factor = "inducer"              with only_with = { plasmid = ["pA", "pB"] }
[[constraints]]
sum = { "Mg-glutamate" = 1, "PEG-8000" = 0.5 }
at_most = 13

# Wells of a plate, and how many separately prepared wells each condition gets. More can be said:
# edge = "empty"                 the outer wells stay empty; so do skip = ["A1", "H10:H12"]
# order = "rows"                 wells are filled and numbered along the rows, not down the columns
# every = 2                      only every second row and column, for a multichannel pipette
# operators = ["Ana", "Ben"]     replicates are spread over people
# layout = "by hand"             replicates side by side, not spread at random
# premix = true                  each condition is mixed once and spread over its wells
# carry_over = 1                 the best so far is measured again in each round, to tie its plates to others
# size = "none"                  no plates but vessels, named by vessels = ["flask 1", "flask 2"]
[plate]
size = 96
replicates = 2

# Wells on every plate that stay the same: role "reference", "negative" or "blank".
# A factor that is set for the whole plate is left out; a blank needs no condition.
[[controls]]
role = "reference"
wells = 3
condition = { "Mg-glutamate" = 8, "PEG-8000" = 2, DNA = 5, plasmid = "pA" }

# When to stop: any of these rules ends the campaign. Without them you decide.
# [stopping]
# wells = 480                    # of all rounds together; so too rounds = 5, and cost = 2000 with [costs]
# target = 12000                 # the best condition is surely this good
# gain = true                    # another plate would hardly show an improvement

# What a round costs, beside the stocks ([prices.NAME]); budget is the most that one may cost.
# [costs]
# currency = "EUR"
# condition = 1.50
# well = 0.20
# plate = 14
# budget = 400

# How the next conditions are chosen, a name that bioal strategies lists. Without it, the usual way.
# [proposal]
# strategy = "expected improvement"

# Every table and key of this file, with examples: docs/protocol.md.
"""
