"""Outcomes in a protocol: words in an order or without, which are wanted, what contradicts them."""

from __future__ import annotations

import pytest

from bioal.errors import ProtocolError
from bioal.protocol.amend import amendment
from bioal.protocol.protocol import protocol_from_toml

GROWTH = """
[campaign]
name = "Growth"
[readouts.growth]
[readouts.titre]
unit = "g/L"
[objective]
readout = "growth"
outcomes = ["none", "weak", "strong"]
[factors.glucose]
unit = "g/L"
levels = [0, 5, 10, 20]
[plate]
size = 24
"""
MIXED = GROWTH.replace('outcomes = ["none", "weak", "strong"]', "").replace(
    'readout = "growth"', 'readout = "titre"'
)


def changed(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.mark.smoke
def test_the_last_of_ordered_outcomes_is_wanted_unless_the_protocol_says_otherwise():
    readout = protocol_from_toml(GROWTH).readout
    assert readout.outcomes.ordered
    assert readout.outcomes.wanted == ("strong",)
    both = changed(GROWTH, ('"strong"]', '"strong"]\nwanted = ["STRONG", "weak"]'))
    assert protocol_from_toml(both).readout.outcomes.codes == (1, 2)


def test_outcomes_may_stand_beside_their_readout_and_say_when_a_condition_works():
    text = changed(MIXED, ("[readouts.growth]", '[readouts.growth]\noutcomes = ["no", "yes"]\nworks = "yes"'))
    protocol = protocol_from_toml(text)
    assert [one.name for one in protocol.working] == ["growth"]
    assert protocol.readout.name == "titre"


@pytest.mark.parametrize(
    ("text", "pairs", "said"),
    [
        (GROWTH, [('"weak"', '"None"')], 'outcomes\\[2\\]: found "None" a second time'),
        (GROWTH, [('["none", "weak", "strong"]', '["grows"]')], "expected from 2 to 12 outcomes"),
        (GROWTH, [('"weak"', '" weak"')], "without spaces at the ends"),
        (GROWTH, [('"strong"]', '"strong"]\nordered = false')], 'Add a line wanted = "strong"'),
        (GROWTH, [('"strong"]', '"strong"]\nwanted = "strng"')], "Did you mean 'strong'"),
        (GROWTH, [('"strong"]', '"strong"]\nwanted = ["none", "weak", "strong"]')], "not all and not none"),
        (GROWTH, [('"strong"]', '"strong"]\ndirection = "minimize"')], "objective.direction: found minimize"),
        (GROWTH, [("[readouts.growth]", "[readouts.growth]\nlow = 3")], "growth.low: found low"),
        (GROWTH, [("[readouts.growth]", '[readouts.growth]\noutcomes = ["a", "b"]')], "in one place"),
        (GROWTH, [("[readouts.growth]", "[readouts.growth]\nordered = true")], "outcomes = \\[...\\] beside"),
        (MIXED, [('"titre"', '"titre"\nwanted = "high"')], "outcomes = \\[...\\] beside wanted"),
        (MIXED, [("[readouts.titre]", "[readouts.titre]\nno_product = 0"),
                 ('"titre"', '"titre"\nmay_fail=true')],
         "a failure and no low number"),
        (MIXED, [("[objective]", '[readouts.x]\nformula = "growth / titre"\n[objective]'),
                 ("[readouts.growth]", '[readouts.growth]\noutcomes = ["a", "b"]')], "the readout 'growth'"),
        (GROWTH, [("[plate]", "[proposal]\nstrategy = { smu = 3 }\n[plate]")], "a strategy in quotes"),
    ],
)  # fmt: skip
def test_what_contradicts_outcomes_is_refused_where_it_stands(text, pairs, said):
    with pytest.raises(ProtocolError, match=said):
        protocol_from_toml(changed(text, *pairs))


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ('"margin"', "margin"),
        ("{ sum = { margin = 0.7, random = 0.3 } }", "0.7 margin + 0.3 random"),
        ('{ product = { entropy = 1, "core-set" = 2 } }', "entropy^1 x core-set^2"),
        ('{ name = "margin", random = 0.2 }', "margin, 20 % random"),
    ],
)
def test_a_strategy_has_one_text_whichever_way_it_is_written(written, text):
    protocol = protocol_from_toml(changed(GROWTH, ("[plate]", f"[proposal]\nstrategy = {written}\n[plate]")))
    assert protocol.proposal.strategy == text


def test_an_amendment_may_add_outcomes_and_may_not_drop_those_of_the_past():
    old = protocol_from_toml(GROWTH)
    more = protocol_from_toml(changed(GROWTH, ('"strong"]', '"strong", "huge"]')))
    assert any("none < weak < strong < huge" in change for change in amendment(old, more).changes)
    with pytest.raises(ProtocolError, match="found no outcome huge; expected the outcomes of the past"):
        amendment(more, old)
    with pytest.raises(ProtocolError, match="found growth of another kind"):
        amendment(old, protocol_from_toml(MIXED))
