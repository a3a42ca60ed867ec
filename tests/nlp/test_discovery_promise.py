"""Where a list ends, what is promised of it, and what chances and nearness are made of."""

from __future__ import annotations

import numpy as np
import pytest

from nlp.discovery.chances import AFTER_JUDGING, fit_to_judgements
from nlp.discovery.promise import MISFIT, choose_end, longest, make_promise
from nlp.discovery.ranking import HUB_WEIGHT, _nearest
from nlp.narratives.vectors.debiasing import l2_normalised


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
    assert longest(chances, 0.8) == choose_end(chances, known, texts, certain, 0.8, 50.0) == 250
    # a little is uncertain at the end: an eighth of the list, which holds 15 of 205 relevant posts
    vague = lines(chances, np.repeat([0.0, 0.3], [200, 50]))
    end = choose_end(chances, known, texts, vague, 0.8, 200.0)
    assert 200 <= end < 250
    # what was judged is certain, whatever the line says
    judged = np.where(np.arange(250) < 40, 1.0, 0.79)
    assert choose_end(judged, judged == 1, texts, lines(judged, 0 * judged), 0.8, 50.0) == 250


def test_a_list_is_longer_where_words_find_less() -> None:
    """What the end of a list adds is counted in what the words find."""
    chances = np.linspace(0.98, 0.6, 200)
    drawn = lines(chances, np.linspace(0.0, 0.3, 200))
    known, texts = np.zeros(200, bool), np.arange(200)
    ends = [
        choose_end(chances, known, texts, drawn, 0.7, typed) for typed in (20.0, 80.0, 400.0, 1e9)
    ]
    assert ends == sorted(ends, reverse=True)
    assert ends[0] == 200
    assert ends[2] < 120
    # half of what can be found is given, however much the words find
    assert chances[: ends[3]].sum() >= chances.sum() / 2 > chances[: ends[3] - 1].sum()
    # no words that find anything: as if they found one post
    assert choose_end(chances, known, texts, drawn, 0.7, 0.0) == 200


def test_no_list_is_promised_below_what_was_asked() -> None:
    for seed in range(20):
        draw = np.random.default_rng(seed)
        chances = -np.sort(-draw.random(100))
        spread = draw.random(100) * 0.3
        known = chances > 0.95
        end = choose_end(chances, known, np.arange(100), lines(chances, spread), 0.7, 30.0)
        assert end <= longest(chances, 0.7)
        assert not end or chances[:end].mean() >= 0.7
    assert choose_end(chances * 0.5, known, np.arange(100), lines(chances, spread), 0.7, 30.0) == 0


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
    assert choose_end(chances, known, texts, drawn, 0.8, 60.0) < 70


def test_judgements_move_the_chances_of_other_subjects_and_keep_their_order() -> None:
    evidence = np.random.default_rng(1).normal(size=(500, 3)) * (1.0, 1.0, 2.0)
    shared = AFTER_JUDGING[0] + evidence @ AFTER_JUDGING[1:]
    order = np.argsort(shared)
    means = []
    for relevant in (True, False):
        model, draws = fit_to_judgements(
            evidence, dict.fromkeys(order[200::30].tolist(), relevant), np.random.default_rng(1)
        )
        chances = model(evidence)
        assert (np.diff(chances[order]) >= -1e-9).mean() > 0.99
        assert np.mean([draw(evidence).mean() for draw in draws]) == pytest.approx(chances.mean())
        means.append(chances.mean())
    assert means[0] > means[1] + 0.2


def test_a_text_that_is_near_to_everything_is_no_neighbour() -> None:
    """A crowd in the middle, and a text with its own neighbour, which is hardly further away."""
    draw = np.random.default_rng(1)
    axes = np.eye(40)
    crowd = axes[0] + 0.02 * draw.normal(size=(20, 40))
    text = axes[0] + 1.5 * axes[1]
    neighbour = 0.5 * text / np.linalg.norm(text) + axes[2]
    alone = draw.normal(size=(30, 40))
    vectors = l2_normalised(np.vstack([text, neighbour, crowd, alone]).astype(np.float32))
    texts = np.arange(len(vectors))
    for hub_weight, expected in ((0.0, False), (HUB_WEIGHT, True)):
        closest, nearness = _nearest(vectors, texts, len(texts), 30, hub_weight)
        assert (np.diff(nearness, axis=1) <= 0).all()
        assert (nearness > 0).all()
        assert bool(closest[0, 0] == 1) is expected
