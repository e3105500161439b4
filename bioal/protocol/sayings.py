"""What each problem of a protocol expects, and its remedy: all the words in one place.

Keys are the stable codes of `bioal.errors.Problem`; braces are filled by the finder.
"""

from __future__ import annotations

SAYINGS: dict[str, tuple[str, str]] = {
    # names
    "name-refused": ("a name of its own", "Choose another name."),
    "name-twice": (
        "names that differ in more than spaces and capitals",
        "Rename one of the two, or take it out.",
    ),
    "factor-twice": ("one factor or more, each once", "Correct the list."),
    # numeric factors
    "no-levels": ("levels = [...], or low and high, or options = [...]", "Add {what}."),
    "levels-and-range": ("either levels, or low and high", "Take out {what} or levels."),
    "level-twice": ("levels that differ", "Take one of the two out."),
    "too-many-levels": ("at most {most} levels", "Take a larger step."),
    "log-below-zero": ("{what} on a log scale", 'Correct it, or write scale = "linear".'),
    "low-above-high": ("{what}", "{remedy}"),
    "step-and-count": ("one of the two", "Take out step or count."),
    "count-refused": ("a number of levels from 2 to {most}", "Correct the number."),
    "step-refused": ("a step above zero that makes at most {most} levels", "Correct the step."),
    "step-misses-high": (
        "low plus whole steps of {step}: {below} or {above}",
        "Write high = {below} or {above}.",
    ),
    # choices
    "no-options": ("one value or more", "Name what is meant."),
    "option-refused": (
        "text of at most 250 characters without spaces at its ends or line breaks",
        "Correct the option.",
    ),
    "too-many-options": ("at most {most} options", "Group them into fewer, or split the factor in two."),
    "option-twice": ("options that differ in more than spaces and capitals", "Take one of the two out."),
    # the past
    "renamed-and-new": ("a renamed factor or an added one", "Keep renamed_from, or keep past."),
    "renamed-but-there": ("a name that is gone", "Take out one of the two factors, or renamed_from."),
    # objective
    "target-missing": ("the value to hit", "Add a line target = ..."),
    "target-unused": (
        'no target with direction "{direction}"',
        'Write direction = "target", or take target out.',
    ),
    "objective-readout": (
        'readout = "...", or formula = "..."',
        "Write which readout is wanted, or a formula of readouts.",
    ),
    "formula-refused": ("{what}", 'Write it as in formula = "GFP / OD600".'),
    "formula-typed": ("none with a formula: nothing is typed there", "Take {what} out."),
    "require-refused": (
        "at least or at most a number: {what}",
        'Write require = ">= 80" or require = "<= 5".',
    ),
    # outcomes
    "outcomes-count": (
        "from 2 to {most} outcomes",
        'List what can come of a condition: outcomes = ["none", "weak", "strong"].',
    ),
    "outcome-refused": (
        "a word or a few, at most {most} characters, without spaces at the ends or line breaks",
        "Correct the outcome.",
    ),
    "outcome-twice": (
        "outcomes that differ in more than spaces and capitals",
        "Take one of the two out.",
    ),
    "outcomes-twice": ("outcomes in one place", "Keep them in [objective] or in the readout."),
    "outcomes-missing": (
        "outcomes = [...] beside {what}",
        "List the outcomes, or take {what} out.",
    ),
    "outcomes-with": ("none with outcomes: they are words, and no numbers", "Take {what} out."),
    "wanted-missing": ("which outcomes are wanted", "Add a line wanted = {what}, for example."),
    "wanted-all": ("some of the outcomes, not all and not none", "Name only those that are good."),
    "works-and-wanted": (
        "wanted in [objective]; works is for readouts beside the objective",
        "Take works out of the readout.",
    ),
    "may-fail-value": (
        "none with may_fail = true: there, a well without product is a failure and no low number",
        "Take no_product out, or take may_fail out.",
    ),
    "may-fail-formula": (
        "a readout that is typed: a status stands beside its value",
        'Take may_fail out, or add a readout with outcomes and works = "...".',
    ),
    # constraints
    "constraint-kind": ("exactly one of {what}", "Write one rule per [[constraints]]."),
    "limits-missing": (
        "at_most, at_least or both, or equals",
        "Write how large it may be, at_most = 6 for example.",
    ),
    "limit-below-zero": ("zero or more, as products and ratios are", "Correct the limit."),
    "not-numeric": ("numeric factors", "Use forbid or only_with for options."),
    "sign-refused": ("levels {what}", "Use a sum instead, or change the levels."),
    "only-with-twice": ("one only_with per factor", "Join the two."),
    "only-with-circle": ("no circle of factors that need each other", "Take one of them out."),
    # plate and controls
    "plate-size": ("one of {what}", 'Write the number of wells of the plate, or "none" for vessels.'),
    "plate-full": ("at most {room}", "Take fewer control wells or {larger}."),
    "plate-empty": ("one well or more that is not skipped", "Skip fewer wells."),
    "standard-twice": ("one concentration for each well of standards", "Name each well once."),
    "skip-unknown": ("a well or area of the plate, as A1 or A1:A12", "Correct it."),
    "every-too-wide": ("at most {most} {what} of a plate of {size}", "Write a smaller number."),
    "only-for-plates": ('none with size = "none": vessels have no grid', "Take it out."),
    "only-for-vessels": ("none with plates; it names vessels", 'Take it out, or write size = "none".'),
    "name-of-place": ("names that differ, without spaces at their ends", "Rename one of the two."),
    "premix-in-vessels": ("premix = false with vessels", "Take premix out."),
    "plate-factor-in-vessels": (
        'no per = "plate" with size = "none": each vessel has a setting of its own',
        "Take it out.",
    ),
    "name-of-column": ("another name: this column is written by bioal itself", "Rename it."),
    "control-sets-plate": ("a control that follows its plate", "Take {what} out of the control."),
    "control-incomplete": ("a value of every factor", "Add {what} to the condition."),
    "control-inactive": ("none: {what}", "Take it out of the condition."),
    "no-reference": (
        "reference wells on each plate",
        'Add [[controls]] with role = "reference", or write normalise = "none".',
    ),
    "no-control": (
        "{what} wells on each plate",
        'Add [[controls]] with role = "{what}", or normalise otherwise.',
    ),
    "which-control": (
        'one of them, named: {what} = "..."',
        "Give these controls names, and write in the readout which one is meant.",
    ),
    "signal-taken": (
        "a column of the instrument's own, no readout and none of bioal's",
        "Write the heading of the column that holds the signals, such as Peak area.",
    ),
    "read-unknown": ("one of: {what}", "Say how a series over time becomes one value."),
    "reference-hides-factor": (
        "no factor that is divided away by the reference of its own plate",
        'Write normalise = "none", or keep the factor at one level.',
    ),
    # liquids
    "profile-incomplete": ("a whole profile", "Add {what}, or use the name of a known one."),
    "profile-empty": ("full above dead", "Correct one of the two."),
    "profile-limits": (
        "a step and a smallest transfer above zero, at most the largest transfer",
        "Correct the limits of the device.",
    ),
    "profile-unsplittable": (
        "a smallest transfer of at most half the largest, so that larger volumes can be split",
        "Lower least, or raise most.",
    ),
    "made-without-liquids": (
        "the table [liquids] with volume, device and filler",
        'Add [liquids], for example volume = "20 uL", device = "hand", filler = "water"; or take made out.',
    ),
    "not-made": (
        'made = {{ stock = "..." }}, or made = "setting" for what takes no volume',
        "Say how {what} gets into the well.",
    ),
    "made-how": ("one of: {what}", "Say it in one of these ways."),
    "choice-made": (
        'volume = "200 nL", or amount = "10 nM" with stocks = {{ {what} = "1 uM" }}',
        "Say how much of each option's stock goes in.",
    ),
    "stocks-by": (
        "by = the name of a factor with options, and stocks with a concentration for each option",
        "Say which factor chooses the stock of {what}.",
    ),
    "option-without-stock": (
        "a stock for each option of {what} with which {name} can come",
        "Add a stock, or a constraint only_with that says with which options {name} comes.",
    ),
    "unit-refused": ("a concentration in {what} or a unit that becomes it", "{why}."),
    "amount-refused": ("a concentration above zero", "Correct the number."),
    "stock-insoluble": ("a stock that dissolves: at most {what}", "Use a weaker stock and a larger volume."),
    "level-undispensable": ("a dose that can be dispensed, within {within}: {what}", "{remedy}"),
    "stock-too-weak": (
        "a stock that is strong enough: it would take {what}, and a well holds {volume}",
        "Use a stronger stock (look at its unit), or a lower level.",
    ),
    "fraction-differs": ("the share that `made` says: {what} %", "Take value out, or make the two agree."),
    "levels-same-dose": ("levels that are different doses", "Take one of the two out, or weaken the stock."),
    "nothing-dispensable": ("a dose that can be dispensed between low and high", "{remedy}"),
    "volume-undispensable": ("whole steps of {device}: {what}", "Write one of these."),
    "filler-coarse": (
        "a filler whose device can make up every remainder: steps of at most {what}",
        'Let a finer device add the filler, with filler = {{ name = "...", device = "..." }}.',
    ),
    "volume-overfull": ("at most {what}", "Use stronger stocks, fewer fixed parts, or a larger volume."),
    "control-fixed": ("{what}", "Correct the value, or take it out of the control."),
    "control-overfull": ("a well of {what}", "Lower its levels, or use stronger stocks."),
    "too-many-stocks": ("at most {most} ways to choose stocks", "Let fewer factors choose others' stocks."),
    "volumes-per-stock": (
        "at most {most} levels above zero (liquids.volumes_per_stock)",
        "Write fewer levels, or low and high: as many doses are then chosen between them.",
    ),
    "stock-twice": ("stocks of different names", "Rename one of the two factors or fixed parts."),
    "fixed-no-value": ("a value", 'Add value = ..., with unit = "..." where it has one.'),
    "contains-unmade": ("a factor that is dispensed", "Take it out, or give {what} a stock."),
    # stopping and costs
    "stopping-target": (
        'within = ..., how near the target is near enough, with direction = "target"',
        "Write within instead.",
    ),
    "stopping-within": ('target = ..., unless direction = "target"', "Write target instead."),
    "cost-unknown": ("the tables [costs] or [prices]", "Say what things cost, or take cost out."),
    "price-without-liquids": (
        "the table [liquids], which says how much of each stock a well takes",
        "Add [liquids], or put what a condition costs under [costs].",
    ),
    "price-unknown": ("a stock, factor, fixed part or filler: {what}", "{remedy}"),
    "price-tiers": ("amounts above zero that rise from tier to tier", "Put the tiers in order."),
    # tables
    "missing-table": ("the table [{what}]", "{remedy}"),
    "not-a-table": ("a table", "Write [{what}] or [{what}.NAME] on a line of its own."),
    "not-a-list": ("a list of tables", "Write [[{what}]] with two brackets before each."),
    # amendments
    "added-factor": ("its value in the past rounds", "Add a line past = ... {remedy}"),
    "dropped-factor": ("its value from now on", "Add {what} = ... under [fixed]."),
    "kind-changed": ("the same kind of factor: {what}", "Give it a new name, with past."),
    "unit-changed": ("{what}, as in the past rounds", "{remedy}"),
    "outcomes-changed": (
        "{what}, which more may join",
        "Keep them, or give the readout a new name; wanted may name others.",
    ),
    "readout-dropped": ("the readout of the past rounds", "Keep it; the objective may speak of another."),
}
