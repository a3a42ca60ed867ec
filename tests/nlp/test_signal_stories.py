"""What alarms is a story: one thing told in several wordings, also where it grows slowly."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.base import Index
from nlp.signals.burst_merging import MergedBurst
from nlp.signals.bursts import Burst, BurstDetector
from nlp.signals.calibration import RESERVE, AlertBudget, calibrate, measured_rate
from nlp.signals.engine import ALLOWED_FALSE_PER_DAY, DAY, Alert, _Memory, detect_alerts
from nlp.signals.features import Features, extract_features, time_slots
from nlp.signals.naming.terms import rank_terms
from nlp.signals.stories import Story, is_sentence_tag
from nlp.signals.windows import (
    Occurrences,
    Scale,
    Scales,
    SlidingCounts,
    count_once_per_window,
    find_slots_with_few_accounts,
    scales_for,
)
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
    naming = [a for a in alerts if word in str(rank_terms(a.burst, features, 100)).lower()]
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
    quiet, busy = AlertBudget(), AlertBudget()
    for day in range(40):
        at = day * DAY
        quiet.see(at, 2.0)
        for n in range(20):
            busy.see(at, 1.0 + 0.2 * n)
            busy.see(at, 0.5)  # too weak to count
        asked = [one.min_strength(at) for one in (quiet, busy)]
    assert asked[0] == 1.0
    assert 4.2 <= asked[1] <= 4.6  # of twenty a day about three are stronger, however clear all are


def test_more_is_told_in_a_week_in_which_much_happens() -> None:
    held = AlertBudget()
    assert held.min_strength(0) == 1.0
    for day in range(28):
        for n in range(2 if day < 21 else 8):
            held.see(day * DAY, 1.0 + 0.2 * n)
    assert held.min_strength(28 * DAY - 1) < 1.4


def test_of_any_four_weeks_at_most_five_a_day_are_told() -> None:
    held, told = AlertBudget(), []
    for tick in range(4 * 120):  # ten stories a tick, without an end
        told.append(sum(held.spend(DAY + tick * DAY // 4) for _ in range(10)))
    assert sum(told[:2]) >= 20  # a day on which much happens is told
    assert max(sum(told[at : at + 4 * 28]) for at in range(len(told))) <= 5 * 28
    assert min(sum(told[at : at + 4 * 7]) for at in range(4 * 100)) >= 4 * 7 - 1


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 6)), min_size=1, max_size=300))
def test_a_story_about_one_thing_finds_budget_in_a_busy_week(ticks: list[tuple[int, int]]) -> None:
    held, told = AlertBudget(), []
    for tick, (others, coherent) in enumerate(ticks):
        at = DAY + tick * DAY // 4
        told.append(sum(held.spend(at) for _ in range(others)))
        # whatever the others spend, what is kept for it is there, unless its like have spent it
        spent = sum(held.spend(at, coherent=True) for _ in range(coherent))
        recent = sum(count for _, count in ticks[max(tick - 27, 0) : tick])
        assert spent == coherent or recent + coherent > RESERVE
        told[-1] += spent
    assert max(sum(told[at : at + 4 * 28]) for at in range(len(told))) <= 5 * 28


def test_few_accounts_count_once_a_tick_and_are_three_all_the_same(stream: Any, index: Any) -> None:
    authors = np.array([0, 1, 0, 2, 0, -1, 1])
    slots = np.array([0, 8, 9, 9, 9, 9, -1])
    few = find_slots_with_few_accounts(authors, slots, 10, ticks_a_day=1.0)
    assert few.tolist() == [False] * 7 + [True] * 3  # a week is needed to know a stream
    counted = count_once_per_window(authors, slots, few)
    assert counted[[0, 5, 6]].tolist() == [0, -1, 1]
    assert counted[2] == counted[4]
    assert len(set(counted.tolist())) == 6
    for posts, expected in ((5, False), (4, True)):  # sixty that go on, or pass by
        many = np.repeat(np.arange(60), posts)
        assert (
            find_slots_with_few_accounts(many, np.full(60 * posts, 3), 10, ticks_a_day=1.0)[9]
            == expected
        )
    # however often two accounts write of one thing, three are needed
    made = stream(days=8, authors=10)
    index.put(made.documents())
    corpus = read_corpus(index)
    slots = time_slots(corpus.times, int(corpus.times[0]), DAY)
    few = find_slots_with_few_accounts(corpus.authors, slots, 8, ticks_a_day=1.0)
    features = extract_features(corpus)
    for known, least in ((few, 3), (None, 1)):  # where each counts once, their number was tested
        scales = Scales(features, slots, corpus.authors, 8, 24.0, 3, few=known)
        for number in (1, 2, 3):
            rows = np.flatnonzero(corpus.authors < number)
            assert scales.has_authors(rows) == (number >= least)


def test_one_odd_false_alert_does_not_decide_what_is_asked_for() -> None:
    few = measured_rate([0.6, 0.7, 0.9, 1.1], 46.0)
    odd = measured_rate([0.6, 0.7, 0.9, 1.1, 4.3], 46.0)
    more = measured_rate([0.6, 0.7, 0.9, 1.1, 1.3, 2.0, 2.9, 4.3, 3.3, 2.5], 46.0)
    asked = [one.min_strength(ALLOWED_FALSE_PER_DAY) for one in (few, odd, more)]
    assert asked[0] < asked[1] < 2.2
    assert asked[2] > asked[1] + 0.5
    for one, least in zip((few, odd, more), asked, strict=True):
        if least > 1.0:
            assert one.false_per_day(least) == pytest.approx(ALLOWED_FALSE_PER_DAY)
    assert few.false_per_day(0.0) == few.rate
    assert measured_rate([], 60.0).min_strength(ALLOWED_FALSE_PER_DAY) == 1.0


def test_what_has_grown_tenfold_since_it_was_told_is_told_again(stream: Any, index: Any) -> None:
    made = stream()
    for n in range(3):
        made.say(START + timedelta(days=9, hours=1, minutes=n), f"x:b{n}",
                 f"{ordinary(made)} zorvex runs tomorrow a{n}b")  # fmt: skip
    for n in range(60):
        made.say(START + timedelta(days=9, hours=20, minutes=n), f"x:r{n}",
                 f"{ordinary(made)} zorvex wins gold a{n}c")  # fmt: skip
    sizes = told(index, made, "zorvex")[2]
    assert len(sizes) == 2


def merged(posts_of: dict[int, range]) -> MergedBurst:
    """A merged burst of terms with these posts, the first the clearest."""
    rows = [np.array(posts) for posts in posts_of.values()]
    bursts = [Burst(code, 3, 0.1, 1e-6, 0.01, is_new=False) for code in posts_of]
    return MergedBurst(tuple(bursts), tuple(rows), np.unique(np.concatenate(rows)))


def test_posts_that_a_reader_has_had_are_told_once_by_whatever_term_they_come() -> None:
    memory = _Memory(40)
    # three terms, none of which half of the posts have
    memory.keep(merged({1: range(8), 2: range(6, 14), 3: range(12, 20)}), at=DAY, known=False)
    assert memory.knows(merged({4: range(6, 22)}), 9 * DAY)  # 14 of 16
    assert not memory.knows(merged({4: range(12, 28)}), 9 * DAY)  # 8 of 16
    assert not memory.knows(merged({4: range(20, 30)}), 9 * DAY)


def test_a_few_posts_of_one_thing_in_a_week_are_not_as_sure_as_many() -> None:
    rising = tuple(Burst(code, 4, 0.1, 1e-4, 2.0, is_new=False, hours=168.0) for code in range(2))
    rows = np.arange(4)
    burst = MergedBurst(rising, (rows, rows), rows)
    few, many = Story(4, 1.0, 4.0), Story(12, 1.0, 4.0)
    assert few.strength(burst) < 2.0 < many.strength(burst)


def test_what_few_wrote_and_many_pass_on_is_weaker_where_it_is_of_many_things() -> None:
    burst = MergedBurst((Burst(0, 9, 0.1, 1e-6, 0.01, is_new=False, hours=24.0),), (), np.arange(9))
    own, passed = Story(8, 0.4, 2.0), Story(8, 0.4, 2.0, posts_per_text=2.5)
    assert passed.strength(burst) < own.strength(burst) - 0.7
    one_thing = Story(8, 1.0, 2.0, posts_per_text=2.5)
    assert one_thing.strength(burst) == own.strength(burst)


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


def test_nothing_is_tested_against_a_past_of_hardly_a_window() -> None:
    codes, usual = np.arange(20), np.ones(20, np.int64)
    rising = np.append(40, usual[1:])

    def bursts_after(slots: int) -> int:
        day = BurstDetector(20, 6.0, min_authors=3, window=4, delay=12)
        for slot in range(slots):
            assert not day.step(slot, codes, usual, testing=True)
        return len(day.step(slots, codes, rising, testing=True))

    assert not bursts_after(
        18
    )  # less than two days are known of before the three that are left out
    assert bursts_after(22) == 1
