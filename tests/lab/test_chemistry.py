"""The virtual cell-free mix behaves as the text beside its equations says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from bioal.lab.chemistry import LYSATE_MG, MG_NTP_KD, MG_PGA_KD, Mix, free_magnesium, product

BEST = {"magnesium": 8, "potassium": 90, "ntp": 2.25, "amino_acids": 2, "pga": 24, "peg": 1, "strength": 2.6}


def mix(**changes: object) -> Mix:
    wanted = {**BEST, **changes}
    arrays = np.broadcast_arrays(*(np.asarray(value, float) for value in wanted.values()))
    return Mix(**{name: np.atleast_1d(array) for name, array in zip(wanted, arrays, strict=True)})


@given(st.floats(0, 16), st.floats(0.1, 6), st.floats(0, 32))
def test_free_magnesium_balances_what_is_bound(total: float, ntp: float, pga: float):
    def left_over(free: float) -> float:
        return free + ntp * free / (MG_NTP_KD + free) + pga * free / (MG_PGA_KD + free) - total - LYSATE_MG

    expected = brentq(left_over, 0, 20, xtol=1e-12)
    found = free_magnesium(mix(magnesium=total, ntp=ntp, pga=pga))
    assert found == pytest.approx([expected], abs=1e-9)


def test_every_dose_has_an_optimum_inside_its_range():
    ranges = {
        "magnesium": np.arange(0, 17, 1.0),
        "potassium": np.arange(30, 151, 5.0),
        "ntp": np.arange(0.75, 6.1, 0.25),
        "amino_acids": np.arange(0.25, 3.1, 0.25),
        "pga": np.arange(4, 33, 1.0),
        "peg": np.arange(0, 4.1, 0.25),
    }
    for part, levels in ranges.items():
        best = int(np.argmax(product(mix(**{part: levels}))))
        assert 0 < best < len(levels) - 1, part


def test_more_ntp_asks_for_more_magnesium():
    doses = np.arange(0, 16.1, 0.1)
    best = [doses[np.argmax(product(mix(magnesium=doses, ntp=ntp)))] for ntp in (0.75, 3.0, 6.0)]
    assert best[0] < best[1] < best[2]


def test_a_strong_plasmid_is_a_burden_where_energy_is_short():
    medium, strong = (product(mix(strength=strength, pga=4.0)) for strength in (1.0, 2.6))
    assert medium > 1.1 * strong
    medium, strong = (product(mix(strength=strength)) for strength in (1.0, 2.6))
    assert strong > 1.1 * medium


def test_without_plasmid_or_magnesium_nothing_is_made():
    assert product(mix(strength=0.0)) == pytest.approx([0.0])
    assert product(mix(magnesium=0.0)) < 0.05 * product(mix())
