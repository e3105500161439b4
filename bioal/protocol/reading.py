"""From a TOML text to a protocol, or to the list of everything that is wrong with it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence

from bioal.errors import Problem, ProtocolError
from bioal.protocol.build_controls import build_controls, build_fixed, build_plate, check_references
from bioal.protocol.build_factors import build_factors, build_objective, build_readouts, check_headings_differ
from bioal.protocol.build_rules import RuleBuilder
from bioal.protocol.definition import Protocol
from bioal.protocol.document import TABLES, CampaignEntry
from bioal.protocol.findings import Findings, as_found, checked

_NEEDED = {
    "campaign": 'Add [campaign] with name = "...".',
    "readouts": 'Add [readouts.NAME] with unit = "..." for what is measured.',
    "objective": 'Add [objective] with readout = "..." and direction = "maximize".',
    "factors": "Add [factors.NAME] with levels, low and high, or options.",
}


def read_protocol(text: str, source: str) -> Protocol:
    """Return the protocol that a TOML text describes; raise `ProtocolError` with every problem."""
    findings = Findings(source)
    raw = _parsed(text, source)
    _check_tables(raw, findings)
    campaign = checked(CampaignEntry, raw.get("campaign", {"name": "-"}), ("campaign",), findings)
    built = build_factors(_table(raw, "factors", findings), findings)
    readouts = build_readouts(_table(raw, "readouts", findings), findings)
    fixed = build_fixed(_table(raw, "fixed", findings), built.mentioned, findings)
    check_headings_differ(
        [("factors", name) for name in built.mentioned] + [("readouts", each.name) for each in readouts], findings
    )
    names = tuple(_table(raw, "readouts", Findings(source)))
    objective = build_objective(raw["objective"], names, findings) if "objective" in raw else None
    factors = {factor.name: factor for factor in built.factors}
    rules = RuleBuilder(factors, built.mentioned, findings).build(_list(raw, "constraints", findings))
    plate = build_plate(raw, findings, built.notes)
    controls = build_controls(_list(raw, "controls", findings), built, rules, fixed, findings)
    check_references(readouts, built.factors, controls, plate, findings)
    if findings.problems or campaign is None or objective is None or plate is None:
        raise ProtocolError(findings.problems)
    protocol = Protocol(
        name=campaign.name,
        factors=tuple(built.factors),
        constraints=tuple(rules),
        readouts=tuple(readouts),
        objective=objective,
        plate=plate,
        controls=tuple(controls),
        fixed=fixed,
        text=text,
        notes=tuple(built.notes),
        past=built.past,
        renamed=built.renamed,
    )
    protocol.space.require_feasible(source)
    return protocol


def _parsed(text: str, source: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        remedy = "Text stands in quotes, numbers do not; every [ and { is closed; no name is given twice."
        problem = Problem("not-toml", str(error), "a TOML text", remedy, file=source)
        raise ProtocolError(problem) from error


def _check_tables(raw: Mapping[str, object], findings: Findings) -> None:
    for name in raw:
        if name not in TABLES:
            findings.unknown(name, name, TABLES, "table")
    for name, remedy in _NEEDED.items():
        if not raw.get(name):
            findings.add("missing-table", name, found="nothing", expected=f"the table [{name}]", remedy=remedy)


def _table(raw: Mapping[str, object], name: str, findings: Findings) -> Mapping[str, object]:
    table = raw.get(name, {})
    if isinstance(table, Mapping):
        return table
    remedy = f"Write [{name}] or [{name}.NAME] on a line of its own."
    findings.add("wrong-value", name, found=as_found(table), expected="a table", remedy=remedy)
    return {}


def _list(raw: Mapping[str, object], name: str, findings: Findings) -> Sequence[object]:
    entries = raw.get(name, [])
    if isinstance(entries, list):
        return entries
    remedy = f"Write [[{name}]] with two brackets before each."
    findings.add("wrong-value", name, found=as_found(entries), expected="a list of tables", remedy=remedy)
    return []
