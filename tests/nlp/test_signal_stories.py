"""What alarms is a story: one thing told in several wordings, also where it grows slowly."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from index.base import Index
from nlp.signals.calibration import Attention, calibrate
from nlp.signals.engine import ALLOWED_FALSE_PER_DAY, DAY, Alert, detect_alerts, ranked_terms
from nlp.signals.features import Features, extract_features, time_slots
from nlp.signals.stories import Story, is_sentence_tag
from nlp.signals.windows import Occurrences, Scale, SlidingCounts, scales_for
from nlp.text.corpus import Corpus, read_corpus
from tocsin.core.documents import Link, LinkKind

START = datetime(2024, 1, 1, tzinfo=UTC)


def hashtags(text: str) -> tuple[Link, ...]:
    return tuple(Link(LinkKind.HASHTAG, tag) for tag in re.findall(r"#(\w+)", text))


def told(index: Index, made: Any, word: str) -> tuple[Corpus, Features, list[Alert]]:
    """The alerts that name a word."""
    index.put([replace(one, links=hashtags(one.text)) for one in made.documents()])
    corpus = read_corpus(index)
    features = extract_features(corpus)
    start = int(corpus.times[0]) // DAY * DAY
    alerts = detect_alerts(corpus, features, start=start, tick=timedelta(hours=6), min_authors=3)
    naming = [a for a in alerts if word in str(ranked_terms(a.burst, features, 100)).lower()]
    return corpus, features, naming


def ordinary(made: Any) -> str:
    """Words that everybody uses."""
    return " ".join(f"w{made.random.randrange(60):04d}x" for _ in range(6))


def test_a_word_in_fashion_is_no_story(stream: Any, index: Any) -> None:
    made = stream()
    for n in range(14):  # everybody uses the word, of whatever they write
        made.say(START + timedelta(days=9, hours=7, minutes=n), f"x:b{n}",
                 f"{ordinary(made)} voulu a{n}b c{n}d")  # fmt: skip
    assert not told(index, made, "voulu")[2]


def test_a_story_that_grows_for_weeks_is_told_early(stream: Any, index: Any) -> None:
    made = stream(days=26, authors=120)
    volume, doubling = 160, timedelta(days=2)
    end = START + timedelta(days=25)
    times = [end - np.log2(volume / n) * doubling for n in range(1, volume + 1)]
    said = ("closed since {}", "{} has no answer", "{} is behind it", "ask {} why", "said {} to me")
    for n, at in enumerate(times):
        words = said[n % 5].format("Vernay")
        made.say(at, f"x:s{n % 90}", f"a{n}b {ordinary(made)} dambreak {words} c{n}d")
    corpus, _, alerts = told(index, made, "dambreak")
    assert alerts
    known = sum(author >= 0 and corpus.author_ids[author].startswith("x:s")
                for author in corpus.authors[corpus.times < alerts[0].tick])  # fmt: skip
    assert known <= 25
    assert known <= 0.16 * volume


def test_a_hashtag_game_is_no_story(stream: Any, index: Any) -> None:
    made = stream()
    for n in range(30):  # everybody plays with words of their own, some with the same ones
        own = f"{ordinary(made)} {'purr meow' * (n % 2)} a{n}b c{n}d"
        at = START + timedelta(days=9, hours=7, minutes=n)
        made.say(at, f"x:b{n}", f"#ThingsCatsNeverSay {own}")
    assert not told(index, made, "thingscatsneversay")[2]


def test_a_sentence_in_one_tag_is_three_words_or_more() -> None:
    for form in ("ThingsYouSay", "#MatrimonyIn3Words", "HillarysBodyDouble"):
        assert is_sentence_tag(form)
    for form in ("NoDAPL", "#DNCLeak", "iPhone7", "McDonald", "dambreak", "New York Times"):
        assert not is_sentence_tag(form)
    assert Story(9, 0.5, 1.5).is_story
    assert not Story(9, 0.5, 1.5, game=True).is_story


def test_the_tags_of_a_camp_under_anything_are_no_story(stream: Any, index: Any) -> None:
    made = stream()
    for n in range(14):
        made.say(START + timedelta(days=9, hours=7, minutes=n), f"x:b{n}",
                 f"{ordinary(made)} a{n}b c{n}d #redwave #bluewall #oldflag")  # fmt: skip
    assert not told(index, made, "redwave")[2]


def test_a_story_under_a_tag_is_told(stream: Any, index: Any) -> None:
    made = stream()
    for n in range(14):
        made.say(START + timedelta(days=9, hours=7, minutes=n), f"x:b{n}",
                 f"{ordinary(made)} a{n}b flooded valley c{n}d #dambreak")  # fmt: skip
    assert told(index, made, "dambreak")[2]


def test_texts_of_many_subjects_passed_on_by_the_same_are_no_story(stream: Any, index: Any) -> None:
    made = stream()
    shared = ("quaint brisk", "quaint", "quaint brisk", "quaint brisk", "")
    texts = [f"{ordinary(made)} a{n}b vexing {shared[n]} c{n}d e{n}f" for n in range(5)]
    for n, text in enumerate(texts):  # what one popular writer wrote, passed on by readers
        for reader in range(6):
            at = START + timedelta(days=9, hours=7, minutes=10 * n + reader)
            made.say(at, f"x:b{reader + n}", text)
    assert not told(index, made, "vexing")[2]
    passed_on = Story(7, 0.7, 2.0, posts_per_text=3.0)
    assert not passed_on.is_story
    assert replace(passed_on, posts_per_text=2.0).is_story
    assert replace(passed_on, shared=1.0, features=3.0).is_story


def test_of_many_stories_the_strongest_are_told() -> None:
    quiet, busy, loud = Attention(), Attention(), Attention()
    for day in range(20):
        at = day * DAY
        quiet.see(at, 2.0)
        for n in range(8):
            busy.see(at, 1.0 + 0.2 * n)
            busy.see(at, 0.5)  # too weak to count
            loud.see(at, 4.0)
        asked = [one.min_strength(at) for one in (quiet, busy, loud)]
    assert asked[0] == 1.0
    assert 1.8 <= asked[1] <= 2.2  # of eight a day about two and a half are stronger
    assert asked[2] == 3.0  # what is clear enough is told, however many there are


def test_a_young_stream_is_not_asked_for_more_than_an_old_one(stream: Any, index: Any) -> None:
    index.put(stream(days=5).documents())
    corpus = read_corpus(index)
    features = extract_features(corpus)
    slots = time_slots(corpus.times, int(corpus.times[0]) // DAY * DAY, DAY // 4)
    found = calibrate(features, slots, corpus.authors, 16, 6.0, 3)
    assert found.min_strength(ALLOWED_FALSE_PER_DAY) < 2.0


def test_windows_count_each_author_once_and_forget() -> None:
    codes = np.array([0, 0, 0, 0, 1], np.int64)
    authors = np.array([5, 5, 6, 5, 5], np.int64)
    slots = np.array([0, 1, 1, 4, 2], np.int64)
    of_authors = Occurrences(codes, authors, slots, 2)
    of_texts = Occurrences(codes, np.arange(5), slots, 2)
    counts = SlidingCounts(of_authors, of_texts, 6, Scale(1, 2, 0, 5.0))
    found = []
    for step in range(6):
        held, numbers = counts.of_step(step)
        found.append(dict(zip(held.tolist(), numbers.tolist(), strict=True)))
    assert found == [{0: 1}, {0: 2}, {0: 2, 1: 1}, {1: 1}, {0: 1}, {0: 1}]


def test_the_windows_fit_the_tick() -> None:
    assert [(s.ticks, s.window, s.delay) for s in scales_for(4.0)] == [
        (1, 1, 0), (1, 4, 12), (4, 7, 7),
    ]  # fmt: skip
    assert [(s.ticks, s.window) for s in scales_for(48.0)] == [(1, 1), (12, 4), (48, 7)]
    assert [(s.ticks, s.window) for s in scales_for(1.0)] == [(1, 1), (1, 7)]
    assert [(s.ticks, s.window) for s in scales_for(24 / 5)] == [(1, 1)]
