from __future__ import annotations

from itertools import product
from math import comb

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioal.errors import ProtocolError
from bioal.protocol.constraints import AtMostNonzero, Forbidden, Limits, Linear, OnlyWith, Product, Ratio
from bioal.protocol.counting import wilson
from bioal.protocol.diagram import diagram_of
from bioal.protocol.factors import Choice, Numeric
from bioal.protocol.space import Space

A = Numeric("A", "mM", (0, 1, 2, 4))
B = Numeric("B", "mM", (0, 0.5, 1.5))
C = Numeric("C", "mM", (1, 10, 100), "log")
P = Choice("P", ("x", "y", "z"))
I = Numeric("I", "mM", (0.1, 1), "log")  # noqa: E741
T = Numeric("T", "C", (30, 37), per="plate")

RULES = {
    "sum": Linear({"A": 1, "B": 2}, Limits(None, 4)),
    "equal": Linear({"A": 1, "B": 2}, Limits(4, 4)),
    "negative": Linear({"A": 1, "B": -1}, Limits(0.5, None)),
    "product": Product({"A": 1, "C": 1}, Limits(1, 40)),
    "zero": Product({"A": 1, "B": 1}, Limits(None, 0)),
    "power": Product({"A": 1, "C": -0.5}, Limits(None, 1)),
    "ratio": Ratio("A", "B", Limits(1, 3)),
    "few": AtMostNonzero(1, ("A", "B")),
    "forbidden": Forbidden({"A": (2.0, 4.0), "P": ("x", "y")}),
    "only": OnlyWith("I", {"P": ("x",)}),
}


def allowed(row: dict, name: str) -> bool:
    """State each rule again, in plain Python."""
    a, b, c = row["A"], row["B"], row["C"]
    return {
        "sum": a + 2 * b <= 4,
        "equal": a + 2 * b == 4,
        "negative": a - b >= 0.5,
        "product": 1 <= a * c <= 40,
        "zero": a * b == 0,
        "power": a <= c**0.5,
        "ratio": b <= a <= 3 * b,
        "few": a == 0 or b == 0,
        "forbidden": not (a >= 2 and row["P"] != "z"),
        "only": (row["P"] == "x") == (row["I"] is not None),
    }[name]


def by_hand(names: set[str]) -> set[tuple]:
    inducer = (*I.levels, None) if "only" in names else I.levels
    rows = product(A.levels, B.levels, C.levels, P.options, inducer, T.levels)
    dicts = (dict(zip("ABCPIT", row, strict=True)) for row in rows)
    return {tuple(row.values()) for row in dicts if all(allowed(row, name) for name in names)}


def listed(space: Space, rows: int = 7) -> list[tuple]:
    blocks = [space.conditions(codes) for codes in space.blocks(rows)]
    table = pd.concat(blocks) if blocks else pd.DataFrame(columns=list(space.names))
    return [tuple(None if pd.isna(v) else v for v in row) for row in table.itertuples(index=False)]


def space_of(names: set[str]) -> Space:
    return Space((A, B, C, P, I, T), tuple(RULES[name] for name in sorted(names)))


EVERYTHING = space_of(set())
some_rules = st.sets(st.sampled_from(sorted(RULES)), max_size=4)


@pytest.mark.smoke
def test_the_borkowski_space_has_exactly_4_194_304_conditions():
    space = Space(tuple(Numeric(f"f{i}", "mM", (0.1, 0.3, 0.5, 1)) for i in range(11)))
    assert (space.count().value, space.count().exact) == (4_194_304, True)
    assert space.size == 4_194_304.0


@given(some_rules)
@settings(max_examples=60, deadline=None)
def test_a_space_lists_and_counts_exactly_what_the_rules_allow(names):
    space, expected = space_of(names), by_hand(names)
    found = listed(space)
    assert set(found) == expected
    assert len(found) == len(expected)
    assert (space.count().value, space.count().exact) == (len(expected), True)


@pytest.mark.parametrize("name", sorted(RULES))
def test_a_rule_judges_conditions_as_plain_arithmetic_does(name):
    codes = np.concatenate(list(space_of({"only"} & {name}).blocks(1000)))
    table = EVERYTHING.conditions(codes)
    rows = [
        {key: None if pd.isna(value) else value for key, value in row.items()}
        for row in table.to_dict("records")
    ]
    assert RULES[name].holds(table).tolist() == [allowed(row, name) for row in rows]


def test_blocks_are_no_larger_than_asked_and_always_in_the_same_order():
    space = space_of({"sum", "only"})
    sizes = [len(block) for block in space.blocks(50)]
    assert max(sizes) <= 50
    assert np.array_equal(np.concatenate(list(space.blocks(50))), np.concatenate(list(space.blocks(1))))


def test_a_mixture_is_counted_as_the_binomial_coefficient():
    parts = tuple(Numeric(f"m{i}", "%", tuple(np.linspace(0, 100, 21))) for i in range(8))
    space = Space(parts, (Linear({part.name: 1 for part in parts}, Limits(100, 100)),))
    assert space.count().value == comb(27, 7)
    drawn = space.conditions(space.sample(500, np.random.default_rng(0)))
    np.testing.assert_allclose(drawn.sum(axis=1), 100)
    near = space.neighbours(space.codes(drawn.iloc[:3]))
    assert len(near) > 20
    np.testing.assert_allclose(space.conditions(near).sum(axis=1), 100)


@pytest.mark.parametrize(("start", "stop"), [(0, 7), (5, 6), (40, 90), (100, 10**6), (3, 3)])
def test_a_block_is_a_slice_of_the_whole_list(start, stop):
    space = space_of({"sum", "only"})
    everything = [tuple(codes) for codes in product(*space._sums.domains)]
    listed = [codes for codes in everything if space.feasible(np.array([codes]))[0]]
    assert space.places == len(listed)
    assert [tuple(row) for row in space.block(start, stop)] == listed[start:stop]


def test_places_that_floating_point_cannot_number_are_refused():
    space = Space(tuple(Numeric(f"f{i}", "mM", tuple(range(1, 11))) for i in range(40)))
    with pytest.raises(ValueError, match="cannot be told apart by number"):
        space.block(0, 10)


def test_a_count_beyond_floating_point_is_still_exact():
    space = Space(tuple(Numeric(f"f{i}", "mM", tuple(range(1, 11))) for i in range(40)))
    assert space.count().value == 10**40


def test_a_relaxed_diagram_holds_every_condition():
    space = space_of({"sum", "product"})
    relaxed = diagram_of(space._sums, cells=4)
    assert relaxed is not None
    rows = relaxed.block(0, relaxed.count)
    assert {tuple(row) for row in np.concatenate(list(space.blocks(1000)))} <= {tuple(row) for row in rows}


def test_an_estimated_count_has_an_interval_that_holds_the_exact_one():
    weights = dict(zip("abcdefgh", np.sqrt([2, 3, 5, 7, 11, 13, 17, 19]).tolist(), strict=True))
    factors = tuple(Numeric(name, "mM", tuple(np.linspace(0, 1, 6))) for name in weights)
    space = Space(factors, (Linear(weights, Limits(None, 6)),))
    count = space.count()
    levels = np.linspace(0, 1, 6)
    sums = np.zeros(1)
    for weight in weights.values():
        sums = (sums[:, None] + weight * levels).ravel()
    assert not count.exact
    assert count.low <= (sums <= 6).sum() <= count.high
    assert str(count).startswith("about ")


def test_wilson_intervals_agree_with_the_published_formula_of_scipy():
    from scipy.stats import binomtest

    interval = binomtest(37, 1000).proportion_ci(0.95, method="wilson")
    low, share, high = wilson(37, 1000)
    np.testing.assert_allclose((low, share, high), (interval.low, 0.037, interval.high), rtol=1e-9)


@given(some_rules, st.integers(0, 400), st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_a_sample_is_distinct_allowed_and_complete_where_there_are_no_more(names, count, seed):
    space = space_of(names)
    codes = space.sample(count, np.random.default_rng(seed))
    assert len({tuple(row) for row in codes}) == len(codes) == min(count, space.count().value)
    assert space.feasible(codes).all()


def test_samples_are_uniform_over_the_conditions():
    space = Space((A, B, C, P), (RULES["sum"],))
    diagram = diagram_of(space._sums)
    assert diagram is not None
    _, counts = np.unique(diagram.draw(60_000, np.random.default_rng(1)), axis=0, return_counts=True)
    from scipy.stats import chisquare

    assert len(counts) == space.count().value
    assert chisquare(counts).pvalue > 1e-4


def test_a_tight_rule_is_drawn_from_without_trying_for_ever():
    factors = tuple(Numeric(f"f{i}", "mM", tuple(np.geomspace(0.1, 10, 25))) for i in range(13))
    space = Space(factors, (Linear({factor.name: 1 for factor in factors}, Limits(None, 1.5)),))
    codes = space.sample(300, np.random.default_rng(0))
    assert len(codes) == 300
    assert (space.conditions(codes).sum(axis=1) <= 1.5 * (1 + 1e-9)).all()


@given(some_rules, st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_decoding_encoded_conditions_gives_them_back(names, seed):
    space = space_of(names)
    codes = space.sample(50, np.random.default_rng(seed))
    conditions = space.conditions(codes)
    pd.testing.assert_frame_equal(space.decode(space.encode(conditions)), conditions)
    assert np.array_equal(space.codes(conditions), codes)
    np.testing.assert_allclose(space.points(codes), space.encode(conditions))


@given(
    st.lists(
        st.tuples(st.floats(-1, 6), st.floats(-1, 3), st.floats(1, 300), st.sampled_from("xyz")), max_size=20
    )
)
@settings(max_examples=40, deadline=None)
def test_snapping_twice_changes_nothing_more(rows):
    space = Space((A, B, C, P, I), (RULES["only"],))
    table = pd.DataFrame(rows, columns=list("ABCP")).assign(I=0.3)
    once = space.snap(table)
    pd.testing.assert_frame_equal(space.snap(once), once)
    assert space.contains(once).all()


@given(st.permutations(range(30)))
@settings(max_examples=20, deadline=None)
def test_the_order_of_rows_does_not_matter(order):
    space = space_of({"only"})
    conditions = space.conditions(space.sample(30, np.random.default_rng(0)))
    shuffled = conditions.iloc[list(order)]
    np.testing.assert_array_equal(space.encode(shuffled), space.encode(conditions)[list(order)])
    np.testing.assert_array_equal(space.codes(shuffled), space.codes(conditions)[list(order)])
    assert list(space.snap(shuffled).index) == list(shuffled.index)


def test_an_inactive_factor_is_blank_and_has_one_encoding():
    space = space_of({"only"})
    row = {"A": 1.0, "B": 0.5, "C": 10.0, "P": "y", "T": 37.0}
    blank = pd.DataFrame([row | {"I": value} for value in (None, 0.1, 1.0)])[list("ABCPIT")]
    snapped = space.snap(blank)
    assert snapped["I"].isna().all()
    assert len(np.unique(space.encode(snapped), axis=0)) == 1
    assert space.contains(blank).tolist() == [True, False, False]
    assert space.contains(snapped).all()


def test_a_blank_where_a_value_belongs_is_outside_and_stays_blank():
    table = pd.DataFrame({"A": [np.nan, 1.0], "B": [0.5, 0.7]})
    space = Space((A, B))
    assert space.contains(table).tolist() == [False, False]
    assert space.codes(table).tolist() == [[-1, 1], [1, -2]]
    assert space.snap(table)["A"].isna().tolist() == [True, False]


def test_crosses_are_distinct_and_allowed_and_each_has_two_parents():
    factors = tuple(Numeric(name, "mM", (1, 2, 3, 4)) for name in "abc")
    space = Space(factors, (Linear({"a": 1.0, "b": 1.0}, Limits(None, 5.0)),))
    parents = space.sample(6, np.random.default_rng(0))
    crosses = space.crosses(parents, 200, np.random.default_rng(1))
    assert len({tuple(row) for row in crosses.tolist()}) == len(crosses) > 6
    assert space.feasible(crosses).all()
    for row in crosses:
        shares = parents == row
        assert any((one | other).all() for one in shares for other in shares)
    assert len(space.crosses(parents[:0], 10, np.random.default_rng(1))) == 0


def test_a_cross_takes_a_conditional_factor_from_the_parent_that_has_it():
    dose, acidity = Numeric("dose", "mM", tuple(range(1, 8))), Numeric("pH", "", (6, 7, 8))
    factors = (Choice("salt", ("none", "Mg")), dose, acidity)
    space = Space(factors, (OnlyWith("dose", {"salt": ("Mg",)}),))
    parents = np.array([[1, 6, 0], [0, -1, 2]], np.int16)
    crosses = space.crosses(parents, 100, np.random.default_rng(0))
    assert {tuple(row) for row in crosses.tolist()} == {(1, 6, 0), (1, 6, 2), (0, -1, 0), (0, -1, 2)}


def test_neighbours_are_distinct_allowed_and_one_step_away():
    space = space_of({"sum", "forbidden"})
    codes = space.sample(20, np.random.default_rng(3))
    near = space.neighbours(codes)
    assert space.feasible(near).all()
    assert len({tuple(row) for row in near}) == len(near)
    changed = (near[:, None, :] != codes[None]).sum(axis=2)
    assert (changed == 1).any(axis=1).all()


def test_choosing_the_option_brings_its_factor_in_and_leaving_it_takes_it_out():
    space = Space((P, I), (RULES["only"],))
    near = space.conditions(space.neighbours(space.codes(pd.DataFrame({"P": ["x", "y"], "I": [0.1, None]}))))
    found = {(p, None if pd.isna(i) else i) for p, i in zip(near["P"], near["I"], strict=True)}
    assert found == {("x", 1.0), ("y", None), ("z", None), ("x", 1.0)}


def test_each_plate_setting_has_its_number():
    space = space_of(set())
    codes = space.sample(40, np.random.default_rng(0))
    numbers = pd.Series(space.settings(codes)).groupby(space.conditions(codes)["T"]).nunique()
    assert numbers.tolist() == [1, 1]
    assert space.plate_factors == ("T",)
    assert (Space((A, B)).settings(np.zeros((3, 2), np.int16)) == 0).all()


def test_columns_know_their_factor_and_whether_they_are_options():
    assert EVERYTHING.width == 8
    assert EVERYTHING.groups.tolist() == [0, 1, 2, 3, 3, 3, 4, 5]
    assert EVERYTHING.categorical.tolist() == [False, False, False, True, True, True, False, False]


def test_past_conditions_widen_the_encoding_and_not_the_space():
    past = pd.DataFrame({"A": [8.0], "P": ["old"]})
    space = Space((A, P)).spanning(past)
    assert space.encode(past).tolist() == [[1, 0, 0, 0, 1]]
    assert space.count() == Space((A, P)).count()
    assert not space.contains(past).any()


def test_a_list_of_conditions_stands_for_the_whole_space():
    space = space_of(set())
    codes = space.sample(10, np.random.default_rng(0))
    few = space.restricted(np.concatenate([codes, codes[:3]]))
    assert few.size == 10
    assert len(few.sample(99, np.random.default_rng(0))) == 10
    np.testing.assert_array_equal(np.concatenate(list(few.blocks(4))), codes)
    assert len(few.neighbours(codes)) == 0
    with pytest.raises(ValueError, match="on no level"):
        space.restricted(codes * 0 - 2)


def test_an_impossible_space_names_what_clashes_and_leaves_out_what_does_not():
    rules = (
        Linear({"A": 1, "B": 1}, Limits(None, 0.4)),
        Linear({"C": 1}, Limits(None, 50)),
        Product({"A": 1, "C": 1}, Limits(1, None)),
    )
    with pytest.raises(ProtocolError, match=r"A \+ B is at most 0\.4'; and 'A x C is at least 1") as caught:
        Space((A, B, C), rules).require_feasible()
    assert "C is at most 50" not in str(caught.value)
    assert caught.value.problems["place"].tolist() == ["constraints[1], constraints[3]"]


def test_a_single_impossible_rule_is_named_alone():
    with pytest.raises(ProtocolError, match="no condition at all keeps the constraint 'A is at least 5'"):
        Space((A, B), (Linear({"A": 1}, Limits(5, None)), RULES["sum"])).require_feasible()


def test_a_space_too_large_for_a_diagram_is_refuted_by_the_solver(monkeypatch):
    from bioal.protocol import feasibility

    monkeypatch.setattr(feasibility, "diagram_of", lambda sums: None)
    assert feasibility.possible(EVERYTHING._sums)
    assert feasibility.possible(space_of({"only", "ratio", "product"})._sums)
    impossible = Space((A, B, C), (Linear({"A": 1}, Limits(5, None)), RULES["product"]))
    assert not feasibility.possible(impossible._sums)


def test_the_solver_finds_the_cheapest_condition():
    from bioal.protocol.feasibility import cheapest

    space = Space((A, B), (RULES["equal"],))
    costs = np.array([0, 0, 0, 1, 5, 0, 0], float)  # dear: A 4, B 0
    found = space.conditions(cheapest(space._sums, costs))
    assert found.to_dict("records") == [{"A": 1.0, "B": 1.5}]


def test_a_missing_column_is_named():
    with pytest.raises(ValueError, match="no column 'B'"):
        Space((A, B)).encode(pd.DataFrame({"A": [1.0]}))


def test_no_rows_give_no_rows():
    empty = pd.DataFrame({"A": [], "B": [], "P": []})
    space = Space((A, B, P))
    assert space.encode(empty).shape == (0, 5)
    assert space.codes(empty).shape == (0, 3)
    assert len(space.snap(empty)) == 0
    assert len(space.neighbours(space.codes(empty))) == 0


def test_where_draws_never_pass_the_solver_finds_conditions(monkeypatch):
    from bioal.protocol import counting

    monkeypatch.setattr(counting, "MOST_ROUNDS", 0)
    plan = counting.Plan(space_of({"sum", "ratio"})._sums, diagram_of(EVERYTHING._sums))
    codes = plan.sample(5, np.random.default_rng(0))
    assert 1 <= len(codes) <= 5
    assert space_of({"sum", "ratio"}).feasible(codes).all()


def test_a_relaxed_plan_streams_only_what_is_allowed():
    from bioal.protocol.counting import Plan

    space = space_of({"sum", "ratio"})
    relaxed = diagram_of(space._sums, cells=4)
    assert relaxed is not None
    blocks = np.concatenate(list(Plan(space._sums, relaxed).blocks(100)))
    assert np.array_equal(blocks, np.concatenate(list(space.blocks(100))))


def test_a_space_too_tangled_for_any_diagram_falls_back_on_none_of_its_rules(monkeypatch):
    from bioal.protocol import counting

    free = diagram_of(EVERYTHING._sums)
    monkeypatch.setattr(counting, "diagram_of", lambda sums, cells=0: None if len(sums.low) else free)
    space = space_of({"sum"})
    count = space.count()
    exact = len(by_hand({"sum"}))
    assert not count.exact
    assert count.low <= exact <= count.high


def test_an_empty_diagram_has_no_conditions():
    space = Space((A, B), (Linear({"A": 1}, Limits(5, None)),))
    assert space.count().value == 0
    assert list(space.blocks(10)) == []
    assert space.sample(3, np.random.default_rng(0)).shape == (0, 2)


@pytest.mark.parametrize(
    ("factors", "rules"), [((), ()), ((A, A), ()), ((A,), (RULES["sum"],))], ids=["none", "twice", "unknown"]
)
def test_a_space_of_unsound_factors_cannot_be_built(factors, rules):
    with pytest.raises(ValueError, match="factors of different names"):
        Space(factors, rules)


@pytest.mark.parametrize(("bounds", "words"), [((None, None), "needs at_least"), ((2, 1), "lies above")])
def test_limits_that_bound_nothing_cannot_be_built(bounds, words):
    with pytest.raises(ValueError, match=words):
        Limits(*bounds)
