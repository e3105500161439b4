"""A campaign as a notebook shows it: where it stands, its rounds, the best so far."""

from __future__ import annotations

from bioal.campaign.standing import Status
from bioal.cards import Grid, card
from bioal.report.words import between, on_scale, shown


def status_card(status: Status) -> str:
    """Return where a campaign stands, as HTML of less than 100 kB."""
    rows = [
        (
            str(one.number),
            str(one.conditions),
            f"{one.returned} of {one.samples}",
            str(one.outstanding),
            one.workbook,
        )
        for one in status.rounds
    ]
    head = ("Round", "Conditions", "Wells measured", "Outstanding", "Workbook")
    rounds = [Grid("Rounds", head, rows)] if rows else []
    lines = [f"Wanted: {status.objective}. {status.conditions_measured} conditions measured."]
    grids = list(rounds)
    if status.best is not None:
        best = status.best
        mean = on_scale(shown(best.mean, (best.high - best.low) / 2), best.unit)
        lines.append(
            f"Best so far: {best.condition}, {best.readout} {mean}"
            f" (90 % interval {between(best.low, best.high)}; {best.samples} wells)."
        )
        factors = list(best.factors.items())
        grids.append(Grid(f"What {best.condition} is", ("Factor", "Value"), factors))
    else:
        lines.append("Nothing was measured yet.")
    lines += [f"Note: {note}" for note in status.notes]
    return card(status.name, [*lines, f"Next: {status.next}"], *grids)
