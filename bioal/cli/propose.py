"""Proposing a round, and replacing one condition of it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bioal.cli import pictures
from bioal.cli.answer import DONE, NOTHING_NEW, Answer
from bioal.cli.commands import FILE, advice, command, opened
from bioal.cli.estimating import say, seconds_of_proposal
from bioal.cli.watching import watched

if TYPE_CHECKING:
    from bioal.campaign.proposals import Proposal

# Said here, because asking the models and strategies themselves would make help slow.
MODELS = (
    "auto, gp, mixture, forest, extra trees, boosting, ridge, best, quick gp, boosting 20, perceptrons, "
    "seven learners"
)
OUTCOME_MODELS = "auto, gp, logistic, svm, forest, extra trees, committee, proportional odds"
PRESETS = "metis, borkowski, art, edbo"
ACQUISITIONS = (
    "focused improvement, expected improvement, probability of improvement, upper confidence bound, "
    "thompson, variance, average variance, random, least confidence, margin, entropy, mnlp, chance of "
    "success, threshold margin, vote entropy, variation ratio, consensus entropy, mean kl, max kl, "
    "disagreement, mutual information, committee variance, query by bagging, normalised query by bagging, "
    "maximum disagreement, margin sampling, closest support vectors, expected gradient length, model "
    "change, output change, error reduction, kl maximisation, bald, batch bald, core-set, information "
    "density, ranked batch, gsy, igs, lcmd, discriminative, query synthesis, epsilon random"
)

# Options of every command that opens a round.
NEXT = click.option(
    "--next", "next_", is_flag=True, help="Another round beside the open one; its conditions count as chosen."
)
REPLACE = click.option(
    "--replace", is_flag=True, help="In the place of the open round, while nothing of it is merged."
)
PER_COST = click.option(
    "--per-cost", is_flag=True, help="Count what a condition promises per what it costs."
)
SEED = click.option("--seed", type=int, default=0, show_default=True, help="Another seed, another draw.")


@command(
    "propose",
    example="bioal propose --conditions 24\nbioal propose --wells 96 --candidates freezer.csv\n"
    'bioal propose --strategy "margin, 20 % random"',
)
@click.option("--conditions", type=int, metavar="N", help="How many different conditions.")
@click.option("--wells", type=int, metavar="N", help="How many wells, replicates and controls included.")
@click.option(
    "--candidates", type=FILE, metavar="FILE", help="Choose only from the conditions in this CSV or workbook."
)
@click.option(
    "--exactly", type=FILE, metavar="FILE", help="Lay out the conditions in this CSV or workbook as they are."
)
@NEXT
@REPLACE
@click.option(
    "--drop",
    multiple=True,
    metavar="WHAT",
    help="Take conditions out of the open round: their ids, or wells such as 'plate-1 A1:C6'.",
)
@click.option(
    "--add", type=FILE, metavar="FILE", help="Put these conditions into the open round, or a new one."
)
@click.option(
    "--checks",
    type=int,
    default=0,
    metavar="N",
    help="N of them are drawn by lot, to see how right the predictions are ('bioal skip').",
)
@click.option(
    "--at-least",
    multiple=True,
    metavar="QUOTA",
    help="'plasmid=weak:4' for four or more conditions with that level, the best of them.",
)
@PER_COST
@click.option("--go-on", is_flag=True, help="Propose though a stopping rule of the protocol says stop.")
@click.option("--repeats", is_flag=True, help="Measured conditions may be proposed again.")
@click.option(
    "--model",
    metavar="NAME",
    help=f"What learns from the results: {MODELS}; of outcomes: {OUTCOME_MODELS}. The protocol's by default.",
)
@click.option(
    "--strategy",
    metavar="NAME",
    help="How the next ones are chosen, the protocol's way or focused improvement by default. "
    f"Names, which 'bioal strategies' explains: {ACQUISITIONS}. Put together: '0.7 margin + 0.3 random', "
    "'entropy x core-set', 'margin, 20 % random'.",
)
@click.option("--acquisition", metavar="NAME", help="Another word for --strategy.")
@click.option(
    "--preset",
    metavar="NAME",
    help=f"Model and acquisition as in a published workflow: {PRESETS}.",
)
@SEED
def propose(
    folder: Path,
    conditions: int | None,
    wells: int | None,
    exactly: Path | None,
    next_: bool,
    go_on: bool,
    **asked: object,
) -> Answer:
    """Propose the next round and write its workbook.

    A full plate, unless --conditions or --wells say otherwise. The same options again give back the
    open round. What you asked for with 'bioal ask' comes first.
    """
    campaign = opened(folder)
    if not asked["drop"] and not asked["add"]:
        say(seconds_of_proposal(len(campaign.conditions)))
    with watched() as progress:
        proposal = campaign.propose(
            conditions,
            wells=wells,
            exactly=exactly,
            next_=next_,
            go_on=go_on,
            announce=partial(click.echo, err=True),
            progress=progress,
            **asked,  # type: ignore[arg-type]
        )
    # Of what was made: a budget, or a list that is short, may have cut what was asked for.
    click.echo(proposal.count.words(), err=True)
    return proposed_answer(proposal, folder)


@command("veto", example='bioal veto R02-C017 --reason "precipitates"')
@click.argument("condition")
@click.option("--reason", required=True, metavar="TEXT", help="Why; it is recorded.")
def veto(folder: Path, condition: str, reason: str) -> Answer:
    """Replace one proposed CONDITION by the next best.

    Possible while nothing of its round is merged. The condition will not be proposed again.
    """
    campaign = opened(folder)
    before = campaign.rounds
    proposal = campaign.veto(condition, reason)
    answer = proposed_answer(proposal, folder)
    taking = str(proposal.round.predictions.index.difference(before[proposal.number].predictions.index)[0])
    said = f"{condition} is vetoed; {taking} takes its wells. The workbook was written anew."
    return replace(answer, result={**answer.result, "taking": taking}, lines=(said, *answer.lines))


def proposed_answer(proposal: Proposal, folder: Path) -> Answer:
    """Return what is said of a proposal."""
    from bioal.campaign.saying import already_words, proposal_words
    from bioal.plates.remarks import in_short

    number, round_ = proposal.number, proposal.round
    lines = (
        proposal_words(proposal) + (already_words(proposal) or "."),
        *(pictures.plate_map(round_) if pictures.seen() else ()),
        f"Workbook: {proposal.workbook}",
        *_bench_lines(proposal),
        f"Fill it in, then: {advice(f'bioal merge rounds/{proposal.workbook.name}', folder)}",
    )
    result = {
        "round": number,
        "workbook": proposal.workbook,
        "conditions": list(round_.predictions.index),
        "plates": list(round_.plates),
        "wells": {"used": proposal.count.used, "available": proposal.count.available},
        "new": proposal.new,
        "rewritten": proposal.rewritten,
        "worklists": list(proposal.worklists),
        "bench": _bench_result(proposal),
    }
    # What it costs was said before it was written.
    costs = "This round costs" if proposal.new else "\0"
    notes = tuple(f"Note: {in_short(note)}" for note in proposal.notes if not note.startswith(costs))
    return Answer(result, lines, notes, exit_code=DONE if proposal.new or proposal.rewritten else NOTHING_NEW)


def _bench_lines(proposal: Proposal) -> list[str]:
    """Return what the round asks of the bench: work, worklists, and how much of each stock."""
    plan = proposal.bench.plan
    if plan is None:
        return []
    from bioal.protocol.units import volume_words

    work = f"{plan.transfers:,} transfers, {plan.tips:,} tips, about {plan.minutes:,.0f} minutes"
    needs = [
        f"    {need.stock}{f' ({need.concentration})' if need.concentration else ''}: "
        f"{volume_words(need.prepare)}"
        for need in plan.needs
    ]
    files = [f"Worklist: {path}" for path in proposal.worklists]
    return [*files, f"At the bench: {work}. To prepare, with excess and dead volumes:", *needs]


def _bench_result(proposal: Proposal) -> dict[str, object] | None:
    plan = proposal.bench.plan
    if plan is None:
        return None
    needs = [
        {
            "stock": need.stock,
            "concentration": need.concentration,
            "device": need.device,
            "used_nL": need.used,
            "prepare_nL": need.prepare,
        }
        for need in plan.needs
    ]
    return {"transfers": plan.transfers, "tips": plan.tips, "minutes": plan.minutes, "stocks": needs}


COMMANDS = (propose, veto)
