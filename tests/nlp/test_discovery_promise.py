"""Where a list ends, and what is promised of it."""

from __future__ import annotations

import numpy as np
import pytest

from nlp.discovery.promise import MISFIT, choose_end, longest, make_promise


def lines(chances: np.ndarray, spread: np.ndarray, seed: int = 1) -> list[np.ndarray]:
    """Draws of a line of chances, which is uncertain by ``spread`` at each post."""
    draw = np.random.default_rng(seed)
    return [np.clip(chances + spread * shift, 0, 1) for shift in draw.normal(size=200)]


def test_the_longest_list_still_reaches_the_precision() -> None:
    chances = np.array([1.0, 0.6, 0.8, 0.2])
    assert [longest(chances, least) for least in (0.9, 0.8, 0.65, 0.6)] == [1, 3, 4, 4]
    assert longest(chances[1:], 0.9) == 0
    assert longest(chances[:0], 0.5) == 0


def test_a_list_ends_before_what_nobody_knows() -> None:
    chances = np.repeat([0.95, 0.3], [200, 50])
    known = np.zeros(250, bool)
    texts = np.arange(250)
    certain = lines(chances, np.zeros(250))
    assert longest(chances, 0.8) == choose_end(chances, known, texts, certain, 0.8) == 250
    # a little is uncertain at the end: an eighth of the list, which holds 15 of 205 relevant posts
    vague = lines(chances, np.repeat([0.0, 0.3], [200, 50]))
    end = choose_end(chances, known, texts, vague, 0.8)
    assert 200 <= end < 250
    # what was judged is certain, whatever the line says
    judged = np.where(np.arange(250) < 40, 1.0, 0.79)
    assert choose_end(judged, judged == 1, texts, lines(judged, 0 * judged), 0.8) == 250


def test_no_list_is_promised_below_what_was_asked() -> None:
    for seed in range(20):
        draw = np.random.default_rng(seed)
        chances = -np.sort(-draw.random(100))
        spread = draw.random(100) * 0.3
        known = chances > 0.95
        end = choose_end(chances, known, np.arange(100), lines(chances, spread), 0.7)
        assert end <= longest(chances, 0.7)
        assert not end or chances[:end].mean() >= 0.7
    assert choose_end(chances * 0.5, known, np.arange(100), lines(chances, spread), 0.7) == 0


def test_copies_of_a_text_are_right_or_wrong_together() -> None:
    chances, known = np.full(120, 0.8), np.zeros(120, bool)
    drawn = lines(chances, np.zeros(120))
    widths = []
    for texts in (np.arange(120), np.arange(120) // 30):
        made = make_promise(chances, known, texts, drawn, np.random.default_rng(1))
        assert made.precision == pytest.approx(0.8)
        widths.append(made.high - made.low)
    assert widths[0] == pytest.approx(4 * 0.4 / np.sqrt(120), rel=0.2)
    assert widths[1] > 3 * widths[0]  # of four texts
    everything = make_promise(
        np.ones(5), np.ones(5, bool), np.arange(5), lines(np.ones(5), np.ones(5)),
        np.random.default_rng(1), MISFIT,
    )  # fmt: skip
    assert everything == (1.0, 1.0, 1.0)


def test_many_copies_at_the_end_are_left_out() -> None:
    """One text, posted twenty times, of which nobody knows: all or nothing."""
    chances = np.repeat([0.95, 0.5], [60, 20])
    known = np.zeros(80, bool)
    texts = np.concatenate([np.arange(60), np.full(20, 60)])
    drawn = lines(chances, np.zeros(80))
    assert longest(chances, 0.8) == 80
    assert choose_end(chances, known, texts, drawn, 0.8) < 70
