"""Formulas of readouts: the arithmetic against Python's own, bounds against points within, hostile text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioal.errors import ProtocolError
from bioal.protocol.formulas import FormulaError, Interval, formula_of
from bioal.protocol.protocol import protocol_from_toml

NAMES = ("GFP", "OD600", "cost")
START = """
[campaign]
name = "Formulas"
[readouts.GFP]
[readouts."OD 600"]
[factors.Mg]
unit = "mM"
levels = [1, 2, 3]
[factors.plasmid]
options = ["a", "b"]
"""


def point(value):
    return Interval(np.array([value]), np.array([value]))


@st.composite
def formulas(draw, depth=0):
    kinds = ["name", "number"] if depth > 3 else ["name", "number", "sum", "sum", "negative"]
    kind = draw(st.sampled_from(kinds))
    if kind == "name":
        return draw(st.sampled_from(NAMES))
    if kind == "number":
        return f"{draw(st.floats(0.1, 50)):.3f}"
    if kind == "negative":
        return f"-({draw(formulas(depth + 1))})"
    first, second = draw(formulas(depth + 1)), draw(formulas(depth + 1))
    return f"({first} {draw(st.sampled_from('+-*/'))} {second})"


@settings(max_examples=200, deadline=None)
@given(text=formulas(), values=st.lists(st.floats(0.1, 100), min_size=3, max_size=3))
def test_a_formula_gives_what_python_gives(text, values):
    known = dict(zip(NAMES, values, strict=True))
    try:
        expected = eval(text, {"__builtins__": {}}, known)
    except ZeroDivisionError:
        return
    try:
        found = formula_of(text).of({name: point(value) for name, value in known.items()})
    except FormulaError:
        return  # numbers alone, or a text too long
    if np.isfinite(np.ravel(found.low)[0]) and abs(expected) < 1e12:
        assert np.ravel(found.low)[0] == pytest.approx(expected, rel=1e-6, abs=1e-6)


@settings(max_examples=200, deadline=None)
@given(
    text=formulas(),
    ends=st.lists(st.tuples(st.floats(0.1, 9), st.floats(0.1, 9)), min_size=3, max_size=3),
    inside=st.lists(st.floats(0, 1), min_size=3, max_size=3),
    endless=st.sampled_from([None, *NAMES]),
)
def test_what_is_known_of_the_parts_bounds_the_whole(text, ends, inside, endless):
    """Whatever the true values within their intervals are, the formula lies in the interval it gives."""
    known, true = {}, {}
    for name, (one, two), share in zip(NAMES, ends, inside, strict=True):
        low, high = sorted((one, two))
        true[name] = point(low + share * (high - low))
        known[name] = Interval(np.array([-np.inf if name == endless else low]), np.array([high]))
    try:
        formula = formula_of(text)
    except FormulaError:
        return
    value = float(np.ravel(formula.of(true).low)[0])
    found = formula.of(known)
    low, high = float(np.ravel(found.low)[0]), float(np.ravel(found.high)[0])
    if np.isfinite(value) and not np.isnan(low + high):
        slack = 1e-9 * (1 + abs(value))
        assert low - slack <= value <= high + slack


@pytest.mark.smoke
@pytest.mark.parametrize(
    "text",
    [
        "",
        "GFP GFP",
        "GFP / (OD",
        "__import__('os').system('ls')",
        "GFP ** 9",
        "GFP; 1",
        "open('x')",
        "lambda: 1",
        "[1]",
        "3 + 4",
        "(" * 90 + "GFP" + ")" * 90,
        "GFP + " * 300 + "GFP",
    ],
)
def test_what_is_no_formula_is_refused_in_words(text):
    with pytest.raises(FormulaError, match="expected"):
        formula_of(text)


def test_products_come_before_sums_and_from_the_left():
    values = {"a": point(12.0), "b": point(3.0)}
    for text, expected in (
        ("a - b - 2", 7),
        ("a / b / 2", 2),
        ("2 + a * b", 38),
        ("-a + b", -9),
        ("a*-b", -36),
    ):
        assert formula_of(text).of(values).low[0] == expected


def test_an_objective_may_be_a_formula_of_readouts_and_numeric_factors():
    protocol = protocol_from_toml(
        START + '[objective]\nformula = "GFP / \'OD 600\' / (1 + Mg)"\nname = "worth"'
    )
    assert protocol.readout.name == protocol.objective.name == "worth"
    assert protocol.readout.measured == ("GFP", "OD 600", "Mg")
    assert [one.name for one in protocol.readouts] == ["GFP", "OD 600"]


@pytest.mark.parametrize(
    ("objective", "said"),
    [
        ('formula = "GFP / OD"', "found the readout 'OD'; expected one of GFP, OD 600, Mg"),
        ('formula = "GFP / plasmid"', "found the readout 'plasmid'"),
        ('formula = "GFP /"', "found the end; expected a readout, a number or a bracket"),
        ('formula = "GFP"\nreadout = "GFP"', "found both a readout and a formula"),
        ('direction = "maximize"', "found neither"),
        ('formula = "GFP / 2"\nname = "OD 600"', "found 'OD 600'"),
    ],
)
def test_a_formula_that_makes_no_sense_is_refused_with_its_place(objective, said):
    with pytest.raises(ProtocolError) as refused:
        protocol_from_toml(f"{START}[objective]\n{objective}")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("require", "words"), [(">= 80", ">= 80"), ("<=5.5 %", "<= 5.5"), ("about 3", None), (">= 80 mM", None)]
)
def test_a_requirement_is_a_limit_in_the_readouts_unit(require, words):
    text = f'{START}[readouts.viability]\nunit = "%"\nrequire = "{require}"\n[objective]\nreadout = "GFP"'
    if words is None:
        with pytest.raises(ProtocolError, match="at least or at most a number"):
            protocol_from_toml(text)
    else:
        (required,) = protocol_from_toml(text).required
        assert required.require.words == words
