"""One story, one signal: near copies, the same authors, and two languages in one narrative."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nlp.signals.alert_merging import PostAttributes, merge_alerts
from nlp.signals.author_overlap import MAX_P_VALUE, AuthorOverlap
from nlp.signals.burst_merging import MergedBurst, merge_bursts
from nlp.signals.bursts import Burst
from nlp.signals.engine import Alert
from nlp.signals.features import Features
from nlp.signals.naming.terms import rank_terms
from nlp.signals.near_duplicates import find_near_duplicates


def rows(*values: int) -> Any:
    return np.array(values, np.int64)


def pairs(*texts: str) -> tuple[Any, Any, int]:
    """Codes and rows of texts whose features are letters."""
    held = [
        (ord(letter) - 97, row) for row, text in enumerate(texts) for letter in dict.fromkeys(text)
    ]
    codes, placed = zip(*held, strict=True)
    return np.array(codes, np.int32), np.array(placed, np.int32), len(texts)


def burst_of(code: int, p: float = 1e-6, authors: int = 5, nominal_rate: float = 0.1) -> Burst:
    return Burst(code, authors, 0.1, p, nominal_rate, is_new=False)


def test_edits_are_near_duplicates_and_other_texts_are_not() -> None:
    found = find_near_duplicates(
        *pairs("abcdefghij", "abcdefghik", "lmnopqrstu", "abcdefghij", "ab", "ab", "abc")
    )
    assert found.tolist() == [0, 0, 2, 0, 4, 4, 6]


def test_what_a_text_is_does_not_depend_on_later_ones() -> None:
    draw = np.random.default_rng(3)
    texts = ["".join(chr(97 + letter) for letter in draw.permutation(16)[:9]) for _ in range(120)]
    whole = find_near_duplicates(*pairs(*texts))
    assert (whole != np.arange(120)).any()
    for number in (1, 30, 77):
        assert find_near_duplicates(*pairs(*texts[:number])).tolist() == whole[:number].tolist()


@pytest.fixture
def people() -> Any:
    """Authors of 200 posts: 100 of the past, two of each of fifty people; 100 of today."""
    return np.concatenate([np.arange(100) % 50, np.zeros(100, np.int64)])


def test_the_same_few_people_are_one_story_and_the_talkative_are_not(people: Any) -> None:
    people[100:200] = np.arange(100) % 50
    today = np.arange(100, 200)
    people[100:110], people[110:120] = np.arange(10), np.arange(10)
    overlap = AuthorOverlap(today, np.arange(100), people)
    assert overlap.p_value(today[:10], today[10:20]) <= MAX_P_VALUE
    assert overlap.p_value(today[:10], today[30:40]) == 1.0, "nobody in common"
    assert overlap.p_value(today[:2], today[10:12]) == 1.0, "two people are nobody yet"
    # ten people who wrote nearly all of the past meet wherever something is written
    people[:100] = np.arange(100) % 10
    assert (
        AuthorOverlap(today, np.arange(100), people).p_value(today[:10], today[10:20]) > MAX_P_VALUE
    )


def test_what_flagged_accounts_carry_stays_apart(people: Any) -> None:
    of = {
        0: rows(100, 101, 102, 103),
        1: rows(110, 111, 112, 113),
        2: rows(100, 101, 110, 111, 112),
    }
    risen = [burst_of(0), burst_of(1, 1e-5), burst_of(2, 1e-4, nominal_rate=0.9)]
    people[100:200] = np.arange(100)
    overlap = AuthorOverlap(np.arange(100, 200), np.arange(100), people)

    def rows_of(burst: Burst) -> Any:
        return of[burst.code]

    (together,) = merge_bursts(risen, rows_of, 1.0, overlap)
    assert [r.code for r in together.bursts] == [0, 1, 2]
    flagged = np.zeros(200, bool)
    flagged[110:114] = True
    first, second = merge_bursts(risen, rows_of, 1.0, overlap, flagged)
    assert ([r.code for r in first.bursts], [r.code for r in second.bursts]) == ([0], [1, 2])
    assert merge_bursts(risen, rows_of, 0.01, overlap) == []


def test_a_word_of_every_day_ties_no_two_stories(people: Any) -> None:
    of = {0: rows(100, 101, 102), 1: rows(110, 111, 112), 2: rows(100, 101, 110, 111, 120, 121)}
    people[100:200] = np.arange(100)
    overlap = AuthorOverlap(np.arange(100, 200), np.arange(100), people)
    risen = [burst_of(0), burst_of(1, 1e-5), burst_of(2, 1e-4, nominal_rate=9.0)]
    found = merge_bursts(risen, lambda burst: of[burst.code], 1.0, overlap)
    assert [[burst.code for burst in merged.bursts] for merged in found] == [[0], [1]]


def alert(code: int, tick: int, *posts: int, p: float = 1e-6) -> Alert:
    return Alert(
        tick,
        MergedBurst((burst_of(code, p),), (rows(*posts),), rows(*posts)),
        rows(*posts[:1]),
        0.1,
    )


def attributes(people: Any, **known: Any) -> PostAttributes:
    nothing = np.full(200, -1, np.int64)
    held = {
        "texts": np.arange(200),
        "narratives": nothing,
        "languages": np.zeros(200, np.int64),
        "flagged": None,
        **known,
    }
    return PostAttributes(
        **held, overlap=AuthorOverlap(np.arange(100, 200), np.arange(100), people)
    )


def test_copies_and_narratives_of_two_languages_join_alerts(people: Any) -> None:
    people[100:200] = np.arange(100)
    french, english = alert(0, 2, 100, 101, 102, 103), alert(1, 1, 110, 111, 112, p=1e-5)
    assert len(merge_alerts([french, english], attributes(people))) == 2
    texts = np.arange(200)
    texts[[110, 111]] = 100  # translations of one post
    (one,) = merge_alerts([english, french], attributes(people, texts=texts))
    assert (one.tick, [r.code for r in one.burst.bursts], one.burst.rows.tolist()) == (
        1,
        [0, 1],
        [100, 101, 102, 103, 110, 111, 112],
    )
    assert one.first_rows.tolist() == [100, 110]
    narratives, languages = np.full(200, 7), (np.arange(200) >= 110).astype(np.int64)
    assert len(merge_alerts([french, english], attributes(people, narratives=narratives))) == 2, (
        "of one language they would share words"
    )
    assert (
        len(
            merge_alerts(
                [french, english], attributes(people, narratives=narratives, languages=languages)
            )
        )
        == 1
    )
    flagged = np.zeros(200, bool)
    flagged[110:113] = True
    assert (
        len(
            merge_alerts(
                [french, english],
                attributes(people, narratives=narratives, languages=languages, flagged=flagged),
            )
        )
        == 2
    )


def test_terms_of_all_parts_come_before_more_words_of_one() -> None:
    names = ["dam", "break", "valley", "barrage", "story:n1"]
    features = Features(
        np.zeros(0, np.int32), np.zeros(0, np.int32), rows(), names, [*names[:4], "dam + barrage"]
    )
    one, other = rows(1, 2, 3), rows(4, 5, 6)
    rises = (
        burst_of(4, 1e-9),
        burst_of(0, 1e-8),
        burst_of(1, 1e-7),
        burst_of(2, 1e-6),
        burst_of(3, 1e-5),
    )
    burst = MergedBurst(
        rises, (rows(1, 2, 3, 4, 5, 6), one, one, one, other), rows(1, 2, 3, 4, 5, 6)
    )
    assert rank_terms(burst, features) == ["dam", "barrage", "break", "valley", "dam + barrage"]
    assert rank_terms(burst, features, 2) == ["dam", "barrage"]


@pytest.mark.parametrize("seed", range(20))
def test_groups_by_posts_are_those_that_sets_give(seed: int) -> None:
    draw = np.random.default_rng(seed)
    posts = [{int(one) for one in draw.integers(0, 40, draw.integers(1, 12))} for _ in range(60)]
    rates = draw.random(60).tolist()
    bursts = [burst_of(number, nominal_rate=rate) for number, rate in enumerate(rates)]
    groups: list[tuple[list[int], set[int]]] = []
    for at, own in enumerate(posts):
        alarming = rates[at] <= 0.5
        touching = [
            group
            for group in groups
            if 2 * len(own & group[1]) >= (min(len(own), len(group[1])) if alarming else len(own))
        ]
        touching = touching if alarming else touching[:1]
        if not touching and alarming:
            groups.append(([at], own))
        elif touching:
            held = own.union(*(group[1] for group in touching))
            numbers = sorted([at, *(one for group in touching for one in group[0])])
            place = groups.index(touching[0])
            groups = [group for group in groups if group not in touching[1:]]
            groups[place] = (numbers, held)
    nobody = np.full(40, -1)  # posts without authors: only posts tell
    overlap = AuthorOverlap(np.arange(40), rows(), nobody)
    found = merge_bursts(bursts, lambda burst: rows(*sorted(posts[burst.code])), 0.5, overlap)
    assert [[burst.code for burst in one.bursts] for one in found] == [g[0] for g in groups]
