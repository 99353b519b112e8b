"""The numbers of a plan against closed forms and against campaigns that are drawn by lot."""

from math import ceil, log

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from domain.recruitment import Proportion, chance_of_finds, trials_needed

CAMPAIGNS = 20_000
UPTAKE = 27 / 334


@pytest.mark.parametrize("prevalence", [0.025, 0.04, 0.07, 0.003])
def test_contacts_are_the_closed_form(prevalence):
    assert trials_needed(prevalence * UPTAKE, 0.95) == ceil(log(0.05) / log(1 - prevalence * UPTAKE))


@pytest.mark.parametrize(("prevalence", "finds"), [(0.04, 1), (0.07, 2), (0.025, 3)])
def test_drawn_campaigns_find_as_often_as_planned(prevalence, finds):
    """Each contact comes by lot, each who came has the phenotype by lot; ± 4 standard errors of 20,000 campaigns."""
    contacts = trials_needed(prevalence * UPTAKE, 0.95, finds)
    lots = np.random.default_rng(2026)
    came = lots.binomial(contacts, UPTAKE, CAMPAIGNS)
    found = lots.binomial(came, prevalence)
    share = float(np.mean(found >= finds))
    assert abs(share - chance_of_finds(prevalence * UPTAKE, contacts, finds)) < 4 * (0.05 * 0.95 / CAMPAIGNS) ** 0.5
    assert chance_of_finds(prevalence * UPTAKE, contacts - 1, finds) < 0.95 <= share + 0.01


@pytest.mark.parametrize(("found", "of"), [(27, 334), (1, 27), (0, 5), (5, 5)])
def test_intervals_and_chances_are_scipys(found, of):
    ends = binomtest(found, of).proportion_ci(confidence_level=0.95, method="exact")
    assert Proportion(found, of).interval(0.95) == (ends.low, ends.high)
    assert chance_of_finds(0.04, of, 1) == pytest.approx(float(binom.sf(0, of, 0.04)))
