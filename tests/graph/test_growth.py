"""What chance gives an account is the same however it is asked for, and little of it is kept."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from graph.coordination.membership_tests import FamilyTests
from graph.coordination.pair_tests import run_pair_tests
from graph.coordination.posts import prepare
from graph.coordination.signals import load_signals
from graph.coordination.weighted import weights
from graph.coordination.weighted.weights import THETAS, Growth, views_of, weigh, weigh_joins
from tocsin.core.settings import GraphSettings


@pytest.fixture(scope="module")
def family() -> FamilyTests:
    draw = np.random.default_rng(5)
    number = 600
    frame = pl.DataFrame(
        {
            "id": [f"p{k}" for k in range(number)],
            "author": [f"a{k}" for k in draw.integers(0, 30, number)],
            "published_at": draw.integers(0, 40_000, number) * 1_000,
            "repost_of": [f"r{k}" for k in draw.integers(0, 60, number)],
            "hashtags": [["x", f"t{k}"] for k in draw.integers(0, 9, number)],
        }
    )
    tests = run_pair_tests(
        prepare(frame), GraphSettings(), load_signals(("repost", "hashtags", "reply"))
    )
    return tests.families[0]


def test_rounds_give_what_one_look_gives(family: FamilyTests) -> None:
    asked = [np.array(accounts) for accounts in ([3, 7, 8], [1, 7, 20, 29], [7], list(range(30)))]
    for view in views_of(family.acts, family.model, of_groups=True):
        kept = Growth(family.acts, family.model)
        for accounts in (*asked, *asked):
            alone = Growth(family.acts, family.model).at(view, accounts, THETAS)
            assert alone.any()
            assert np.array_equal(kept.of(view, accounts), alone)


def test_it_is_the_sum_over_acts_of_the_docstring(family: FamilyTests) -> None:
    acts, model = family.acts, family.model
    (view, *_) = views_of(acts, model, of_groups=True)
    expected = np.zeros((len(acts.signals), 30))
    by_chance = (model.gap * model.unseen[:, None])[:, : view.windows]
    engaged = dict(zip(acts.engagement.tolist(), range(len(acts)), strict=True))
    for engagement, row in engaged.items():
        before = 0.0
        for k in range(view.windows):
            rate = model.rate[engagement, k]
            weight = weigh(model.rate[engagement, : k + 1])[-1]
            more = max(rate - before, 0.0) * np.expm1(0.5 * weight)
            before = rate
            expected[acts.signal[row], acts.account[row]] += more * model.informative[engagement, k]
    for signal, rates in enumerate(by_chance):
        rises = np.maximum(np.diff(rates, prepend=0.0), 0.0)
        of_act = (rises * np.expm1(0.5 * weigh(rates))).sum()
        expected[signal] += model.alone[signal] * of_act
    grown = Growth(acts, model).at(view, np.arange(30), (0.5,))
    assert np.allclose(grown[0], expected, rtol=1e-12)


def test_what_would_be_too_much_is_not_kept(
    family: FamilyTests, monkeypatch: pytest.MonkeyPatch
) -> None:
    (view, *_) = views_of(family.acts, family.model, of_groups=True)
    growth, few, more = Growth(family.acts, family.model), np.arange(3), np.arange(20)
    monkeypatch.setattr(weights, "MOST_KEPT", len(THETAS) * len(family.acts.signals) * 5)
    expected = growth.at(view, more, THETAS)
    assert np.array_equal(growth.of(view, few), expected[:, :, :3])
    assert np.array_equal(growth.of(view, more), expected)
    assert [table.shape[2] for _, table in growth._kept.values()] == [3]


def test_a_join_weighs_by_the_least_likely_window_up_to_its_own(family: FamilyTests) -> None:
    model = family.model
    (view, *_) = views_of(family.acts, model, of_groups=True)
    engagement = np.repeat(np.arange(len(model.rate)), view.windows)
    window = np.tile(np.arange(view.windows), len(model.rate))
    expected = weigh(model.rate[:, : view.windows]).ravel()
    assert np.array_equal(weigh_joins(model, view, engagement, window), expected)
