"""A story that grows for weeks, none of whose words stands out alone, is told early."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from nlp.signals.bursts import Burst
from nlp.signals.engine import DAY, detect_alerts
from nlp.signals.features import Features, extract_features
from nlp.signals.slow_stories.joint_bursts import find_joint_bursts
from nlp.text.corpus import read_corpus

START = datetime(2024, 1, 1, tzinfo=UTC)
TICK = timedelta(hours=6)
DAYS, VOLUME, FADS = 26, 80, 800


def with_fads(made: Any) -> Any:
    """Words that come up for a week in posts of all kinds: alone, each rises as a story does."""
    for fad in range(FADS):
        week = made.random.uniform(7, DAYS - 7)
        for n in range(24):
            day = made.random.uniform(0, week) if n < 5 else week + made.random.uniform(0, 7)
            near = START + timedelta(days=day)
            place = min(
                made.random.sample(range(len(made.rows)), 60),
                key=lambda at: abs(made.rows[at][0] - near),
            )
            at, author, text = made.rows[place]
            made.rows[place] = at, author, f"{text} fad{fad}x"
    return made


def slow_story(made: Any, *, authors: int) -> Any:
    """A story in words of their own that doubles every 72 hours until the end of the stream."""
    with_fads(made)
    said = ("{} closed the {}", "the {1} is shut, says {0}", "{0} hides what is in the {1}",
            "who lied about the {1}? {0}", "the {1} and {0}")  # fmt: skip
    end = START + timedelta(days=DAYS, hours=-2)
    for n in range(VOLUME):
        at = end - timedelta(hours=72 * float(np.log2(VOLUME / (n + 1))))
        core = said[n % 5].format("Tadami Bosavo", "reservoir")
        made.say(at, f"x:slow{n % authors}", f"w{n * 37 % 4000:04d}x {core} w{n * 91 % 4000:04d}x")
    return made


def first_alert(index: Any, made: Any) -> int | None:
    """How many posts the story had when it was told."""
    index.put(made.documents())
    corpus = read_corpus(index)
    features = extract_features(corpus)
    start = int(corpus.times[0]) // DAY * DAY
    for alert in detect_alerts(corpus, features, start=start, tick=TICK, min_authors=3):
        if "reservoir" in {features.names[burst.code] for burst in alert.burst.bursts}:
            own = corpus.author_ids
            slow = np.array([own[code].startswith("x:slow") for code in corpus.authors])
            return int((corpus.times[slow] <= alert.tick).sum())
    return None


def test_a_slow_story_is_told_at_a_few_posts(stream: Any, index: Any) -> None:
    posts = first_alert(index, slow_story(stream(days=DAYS, authors=90), authors=60))
    assert posts is not None
    assert posts <= 16, "25 where each word is tested alone"


def test_a_few_accounts_do_not_make_one(stream: Any, index: Any) -> None:
    assert first_alert(index, slow_story(stream(days=DAYS, authors=90), authors=2)) is None


def test_features_rise_together_only_in_the_same_posts_of_different_texts() -> None:
    def burst(code: int, rate: float = 100.0) -> Burst:
        return Burst(code, 9, 2.0, 0.005, rate, is_new=False, hours=168.0)

    names = ["tadami", "reservoir", "bosavo reservoir", "elsewhere", "weather"]
    same, other = np.arange(12), np.arange(20, 32)
    rows = {0: same, 1: same[1:], 2: same, 3: other, 4: same}
    features = Features(np.zeros(0, np.int32), np.zeros(0, np.int32), np.arange(40), names, names)

    def found(*bursts: Burst, texts: Any = None) -> list[tuple[int, ...]]:
        if texts is not None:
            features.texts = texts
        merged = find_joint_bursts(bursts, lambda one: rows[one.code], features)
        assert all(one.joint for one in merged)
        return [tuple(one.code for one in group.bursts) for group in merged]

    assert found(burst(0), burst(1), burst(2), burst(3)) == [(0, 1)], "one word is one feature"
    assert found(burst(0), burst(3)) == []
    assert found(burst(0), burst(1, rate=900.0)) == [], "that is everywhere"
    assert found(burst(0), burst(1), burst(4), texts=np.zeros(40, np.int64)) == [], "one text"
