"""What a cell-free mix makes: free magnesium, transcription, translation, energy, in a few closed forms.

A mix is a table of concentrations (mM; PEG in %) and the plasmid's strength; the answer is GFP in uM. The
structure is textbook: saturation, Hill terms, chelation, an energy store that transcription and translation
share. Of the numbers, those with a source are marked; all others are invented so that the optimum lies
inside the ranges, factors interact, and the lean reference mix makes less than a quarter of what is possible.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Dissociation of MgATP near pH 7 is of the order of 0.1 mM (Storer, Cornish-Bowden 1976, 10.1042/bj1590001).
MG_NTP_KD = 0.1  # mM
MG_PGA_KD = 6.0  # mM, invented: 3-PGA binds magnesium weakly
LYSATE_MG = 1.5  # mM that the lysate brings along, invented

PLASMID_STRENGTH = {"weak": 0.35, "medium": 1.0, "strong": 2.6}  # relative mRNA made, invented

TRANSLATION_VMAX = 14.0  # uM GFP per hour with everything in plenty, invented
LONGEST_RUN = 8.0  # hours before the lysate is worn out, invented
ATP_PER_GFP = 0.6  # mM ATP-equivalents for 1 uM of a 238-residue protein: about 4 per residue and overhead
ATP_PER_TRANSCRIPTION = 5.0  # mM ATP-equivalents per hour at strength 1, invented


@dataclass(frozen=True)
class Mix:
    """Concentrations in each well, every array of shape (n,).

    `strength` is the plasmid's, relative to "medium"; the rest is in mM, PEG-8000 in %.
    """

    magnesium: Floats
    potassium: Floats
    ntp: Floats
    amino_acids: Floats
    pga: Floats
    peg: Floats
    strength: Floats

    def concentrated(self, factor: Floats) -> Mix:
        """Return the mixes with every concentration so many times higher; the plasmid acts as before."""
        doses = {field.name: getattr(self, field.name) * factor for field in fields(self)}
        return Mix(**(doses | {"strength": self.strength}))


def saturation(amount: Floats, half: float, power: float = 1.0) -> Floats:
    """Return a Hill term: 0 without any, 1/2 at `half`, 1 in plenty.

    >>> saturation(np.array([0.0, 2.0]), 2.0).tolist()
    [0.0, 0.5]
    """
    raised = amount**power
    occupied: Floats = raised / (half**power + raised)
    return occupied


def inhibition(amount: Floats, half: float, power: float) -> Floats:
    """Return what is left of an activity: 1 without inhibitor, 1/2 at `half`.

    >>> inhibition(np.array([0.0, 2.0]), 2.0, 3.0).tolist()
    [1.0, 0.5]
    """
    left: Floats = 1.0 / (1.0 + (amount / half) ** power)
    return left


def free_magnesium(mix: Mix) -> Floats:
    """Return the magnesium (mM) that neither NTP nor 3-PGA has bound, by bisection of the mass balance."""
    total = mix.magnesium + LYSATE_MG
    low, high = np.zeros_like(total), total.copy()
    for _ in range(40):  # 2^-40 of 18 mM: far below any pipette
        middle = (low + high) / 2
        bound = mix.ntp * saturation(middle, MG_NTP_KD) + mix.pga * saturation(middle, MG_PGA_KD)
        too_much = middle + bound > total
        high = np.where(too_much, middle, high)
        low = np.where(too_much, low, middle)
    return (low + high) / 2


def transcription(mix: Mix, free: Floats) -> Floats:
    """Return mRNA made, relative to a medium plasmid in plenty: made of MgNTP, hindered by salt."""
    substrate = saturation(mix.ntp * saturation(free, MG_NTP_KD), 2.0, 1.5)
    return mix.strength * substrate * saturation(free, 0.3) * inhibition(mix.potassium, 170.0, 3.0)


def translation(mix: Mix, free: Floats, messenger: Floats) -> Floats:
    """Return the rate of translation (uM/h): ribosomes need magnesium and salt, and stall on too much."""
    ribosomes = saturation(free, 1.1, 2.0) * inhibition(free, 3.0, 3.0)
    salt = saturation(mix.potassium, 55.0, 2.0) * inhibition(mix.potassium, 135.0, 4.0)
    # Crowding speeds up binding; then diffusion slows down.
    crowding = (1.0 + 1.6 * saturation(mix.peg, 1.5)) * np.exp(-((mix.peg / 3.4) ** 2))
    building_blocks = saturation(mix.amino_acids, 0.6) * inhibition(mix.amino_acids, 6.0, 2.0)
    return TRANSLATION_VMAX * saturation(messenger, 0.8) * ribosomes * salt * crowding * building_blocks


def product(mix: Mix) -> Floats:
    """Return the GFP made (uM) until the lysate is worn out or the energy is spent, shape (n,).

    A strong plasmid burdens the mix: it spends energy and NTP on messenger that ribosomes cannot use,
    unless NTP and 3-PGA are raised with it. Spent 3-PGA leaves phosphate, which poisons at the high end.
    """
    free = free_magnesium(mix)
    messenger = transcription(mix, free)
    rate = translation(mix, free, messenger) * inhibition(mix.pga, 38.0, 4.0) * inhibition(mix.ntp, 6.5, 4.0)
    store = 2.0 * mix.ntp + 2.0 * mix.pga * saturation(free, 0.5)  # mM ATP-equivalents
    demand = ATP_PER_GFP * rate + ATP_PER_TRANSCRIPTION * messenger  # mM per hour
    hours = 1.0 / (1.0 / LONGEST_RUN + demand / store)
    return rate * hours
