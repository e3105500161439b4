"""Figures for notebooks: matplotlib axes that show the numbers of the page, and refusals in words."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from bioal.campaign.campaign import Campaign
from bioal.errors import UsageError
from bioal.report.findings import Findings, findings_of
from bioal.report.plotting import NOTHING, Plots

matplotlib = pytest.importorskip("matplotlib", reason="the figures need the extra 'plots'")
matplotlib.use("Agg")


@pytest.fixture(scope="module")
def plots(material) -> Plots:
    return Plots(material, 0)


@pytest.fixture(scope="module")
def found(material) -> Findings:
    return findings_of(material, np.random.default_rng(0))


@pytest.fixture
def ax():
    from matplotlib.figure import Figure

    return Figure(figsize=(6, 4), layout="constrained").subplots()


def heights(axes, label: str) -> list[float]:
    """Return what a line of error bars shows."""
    container = next(one for one in axes.containers if one.get_label() == label)
    return container.lines[0].get_ydata().tolist()


def test_progress_shows_the_numbers_of_the_page(plots, found, ax):
    axes = plots.progress(ax=ax)
    assert axes is ax
    assert heights(axes, "best so far") == found.progress.best["mean"].tolist()
    assert heights(axes, "random search") == found.progress.random["mean"].tolist()
    assert len(axes.collections[0].get_offsets()) == len(found.progress.wells)


def test_parity_and_predictions_show_the_numbers_of_the_page(plots, found, ax):
    axes = plots.parity(ax=ax)
    shown = next(one for one in axes.containers).lines[0]
    assert shown.get_xdata().tolist() == found.parity.table["measured"].tolist()
    assert shown.get_ydata().tolist() == found.parity.table["predicted"].tolist()
    axes = plots.predictions()
    assert sum(len(one.get_offsets()) for one in axes.collections) == len(found.scoreboard.wells)


def test_importance_and_remaining_gain_show_the_numbers_of_the_page(plots, found, ax):
    axes = plots.effects(ax=ax)
    wide = [bar.get_width() for bar in axes.patches]
    assert wide == found.effects.importance["total"].dropna().tolist()[::-1]
    axes = plots.remaining()
    assert sum(bar.get_height() for bar in axes.patches) == pytest.approx(1)


def test_a_response_curve_is_drawn_for_a_factor(plots, found, ax):
    axes = plots.effects("Mg", ax=ax)
    curve = found.effects.curves[found.effects.curves["factor"] == "Mg"]
    drawn = np.concatenate([one.get_offsets() for one in axes.collections[1:3]])
    assert sorted(drawn[:, 1]) == pytest.approx(sorted(curve["mean"]))
    assert axes.get_xlabel() == "Mg [mM]"


def test_a_map_of_two_factors_is_that_of_the_posterior(plots, material, ax):
    axes = plots.contour("Mg", "K", ax=ax)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Mg [mM]", "K [mM]")
    shown = axes.images[0].get_array()
    best = material.conditions.loc[material.best]
    mg = material.protocol.factor("Mg").code(best["Mg"])
    k = material.protocol.factor("K").code(best["K"])
    assert shown[k, mg] == pytest.approx(material.belief(material.best).mean)
    unsure = plots.contour("Mg", "K", show="sd").images[0].get_array()
    assert unsure[k, mg] == pytest.approx(material.belief(material.best).reach / 1.6448536269514722)
    assert unsure.max() > unsure[k, mg]
    assert plots.contour(down="K").get_ylabel() == "K [mM]"
    assert axes.figure is ax.figure


@pytest.mark.parametrize(("show", "column"), [("readings", "reading"), ("residuals", "residual")])
def test_a_plate_is_drawn_well_by_well(plots, found, ax, show, column):
    shown = plots.plate(1, show=show, ax=ax).images[0].get_array()
    first = found.maps[0].wells
    places = shown[first["row"].to_numpy(int), first["column"].to_numpy(int)]
    assert places.tolist() == pytest.approx(first[column].tolist())
    assert shown.shape == (8, 12)


def test_every_figure_can_be_drawn_though_names_hold_signs_of_mathematics(tmp_path, ax):
    protocol = """
    [campaign]
    name = "$odd_{$"
    [readouts."$y^{"]
    unit = "\\\\$"
    [objective]
    readout = "$y^{"
    [factors."$a_{"]
    levels = [1, 2, 3, 4]
    [factors."b$"]
    options = ["$u^{", "v", "w"]
    [plate]
    size = 24
    """
    (tmp_path / "own.toml").write_text(protocol, encoding="utf-8")
    campaign = Campaign.new(tmp_path / "c", tmp_path / "own.toml")
    round_ = campaign.propose(8, model="gp").round
    made = round_.conditions.loc[round_.samples["condition"]].set_axis(round_.samples.index.rename("Sample"))
    readout = campaign.protocol.readout.heading
    campaign.merge(made.assign(**{readout: made["$a_{"] * 2.0 + 1}).reset_index())
    plot = campaign.plot
    drawn = [plot.progress(), plot.effects(), plot.effects("$a_{"), plot.contour(), plot.plate(1)]
    drawn += [plot.parity(), plot.interactions(), plot.plate(1, show="conditions")]
    for axes in drawn:
        axes.figure.canvas.draw()
    assert drawn[2].get_xlabel().replace(r"\$", "$") == "$a_{"


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda plot: plot.effects("Ca"), "no factor 'Ca'; there are: Mg, K, plasmid"),
        (lambda plot: plot.contour("Mg", "Mg"), "two different factors, not 'Mg' twice"),
        (lambda plot: plot.contour("Mg", "Zn"), "no factor 'Zn'"),
        (lambda plot: plot.contour("Mg", "K", show="median"), "no contour of 'median'"),
        (lambda plot: plot.plate(9), "no plate of round 9. Rounds: 1, 2, 3"),
        (lambda plot: plot.plate(1, "plate-7"), "Round 1 has no plate 'plate-7'; it has plate-1"),
        (lambda plot: plot.plate(1, show="yields"), "no plate map of 'yields'; there are: conditions"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(plots, ask, said):
    with pytest.raises(UsageError, match=said):
        ask(plots)


def test_before_results_there_is_only_the_plan_to_draw(tmp_path, material):
    campaign = Campaign.new(tmp_path / "fresh", material.protocol)
    campaign.propose(4)
    for ask in ("progress", "parity", "effects", "contour", "remaining", "predictions", "interactions"):
        with pytest.raises(UsageError, match=NOTHING[:20]):
            getattr(campaign.plot, ask)()
    axes = campaign.plot.plate(1, show="conditions")
    assert {text.get_text() for text in axes.texts} >= {"C001", "C004", "R"}


def test_without_matplotlib_the_extra_is_named(plots, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(UsageError, match=r"pip install 'bioal\[plots\]'"):
        plots.progress()


@pytest.fixture(autouse=True)
def closed():
    yield
    from matplotlib import pyplot

    pyplot.close("all")
