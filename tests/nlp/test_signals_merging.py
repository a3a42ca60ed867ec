"""One story, one signal: near copies are one text, the same people are one story beyond chance, two languages meet in a narrative."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nlp.signals.bursts import Rise
from nlp.signals.crowd import CHANCE, Crowd
from nlp.signals.features import Features
from nlp.signals.joining import Carriers, joined
from nlp.signals.merging import Burst, merge
from nlp.signals.replay import Alert, shown_terms
from nlp.signals.texts import near_copies


def rows(*values: int) -> Any:
    return np.array(values, np.int64)


def pairs(*texts: str) -> tuple[Any, Any, int]:
    """Codes and rows of texts whose features are letters."""
    held = [
        (ord(letter) - 97, row) for row, text in enumerate(texts) for letter in dict.fromkeys(text)
    ]
    codes, placed = zip(*held, strict=True)
    return np.array(codes, np.int32), np.array(placed, np.int32), len(texts)


def rise(code: int, p: float = 1e-6, authors: int = 5, accidents: float = 0.1) -> Rise:
    return Rise(code, authors, 0.1, p, accidents, new=False)


def test_edits_are_near_copies_and_other_texts_are_not() -> None:
    found = near_copies(
        *pairs("abcdefghij", "abcdefghik", "lmnopqrstu", "abcdefghij", "ab", "ab", "abc")
    )
    assert found.tolist() == [0, 0, 2, 0, 4, 4, 6]


def test_what_a_text_is_does_not_depend_on_later_ones() -> None:
    draw = np.random.default_rng(3)
    texts = ["".join(chr(97 + letter) for letter in draw.permutation(16)[:9]) for _ in range(120)]
    whole = near_copies(*pairs(*texts))
    assert (whole != np.arange(120)).any()
    for number in (1, 30, 77):
        assert near_copies(*pairs(*texts[:number])).tolist() == whole[:number].tolist()


@pytest.fixture
def people() -> Any:
    """Authors of 200 posts: 0 to 99 are posts of the past, two of each of fifty people; 100 to 199 are posts of today."""
    return np.concatenate([np.arange(100) % 50, np.zeros(100, np.int64)])


def test_the_same_few_people_are_one_story_and_the_talkative_are_not(people: Any) -> None:
    people[100:200] = np.arange(100) % 50
    today = np.arange(100, 200)
    people[100:110], people[110:120] = np.arange(10), np.arange(10)
    crowd = Crowd(today, np.arange(100), people)
    assert crowd.chance(today[:10], today[10:20]) <= CHANCE
    assert crowd.chance(today[:10], today[30:40]) == 1.0, "nobody in common"
    assert crowd.chance(today[:2], today[10:12]) == 1.0, "two people are nobody yet"
    # ten people who wrote nearly all of the past meet wherever something is written
    people[:100] = np.arange(100) % 10
    assert Crowd(today, np.arange(100), people).chance(today[:10], today[10:20]) > CHANCE


def test_what_flagged_accounts_carry_stays_apart(people: Any) -> None:
    of = {
        0: rows(100, 101, 102, 103),
        1: rows(110, 111, 112, 113),
        2: rows(100, 101, 110, 111, 112),
    }
    risen = [rise(0), rise(1, 1e-5), rise(2, 1e-4, accidents=9.0)]
    people[100:200] = np.arange(100)
    crowd = Crowd(np.arange(100, 200), np.arange(100), people)
    (together,) = merge(risen, of.__getitem__, 1.0, crowd)
    assert [r.code for r in together.rises] == [0, 1, 2]
    flagged = np.zeros(200, bool)
    flagged[110:114] = True
    first, second = merge(risen, of.__getitem__, 1.0, crowd, flagged)
    assert ([r.code for r in first.rises], [r.code for r in second.rises]) == ([0], [1, 2])
    assert merge(risen, of.__getitem__, 0.01, crowd) == []


def alert(code: int, tick: int, *posts: int, p: float = 1e-6) -> Alert:
    return Alert(
        tick, Burst((rise(code, p),), (rows(*posts),), rows(*posts)), rows(*posts[:1]), 0.1
    )


def carriers(people: Any, **known: Any) -> Carriers:
    nothing = np.full(200, -1, np.int64)
    held = {
        "texts": np.arange(200),
        "narratives": nothing,
        "languages": np.zeros(200, np.int64),
        "flagged": None,
        **known,
    }
    return Carriers(**held, crowd=Crowd(np.arange(100, 200), np.arange(100), people))


def test_copies_and_narratives_of_two_languages_join_alerts(people: Any) -> None:
    people[100:200] = np.arange(100)
    french, english = alert(0, 2, 100, 101, 102, 103), alert(1, 1, 110, 111, 112, p=1e-5)
    assert len(joined([french, english], carriers(people))) == 2
    texts = np.arange(200)
    texts[[110, 111]] = 100  # translations of one post
    (one,) = joined([english, french], carriers(people, texts=texts))
    assert (one.tick, [r.code for r in one.burst.rises], one.burst.rows.tolist()) == (
        1,
        [0, 1],
        [100, 101, 102, 103, 110, 111, 112],
    )
    assert one.first_rows.tolist() == [100, 110]
    narratives, languages = np.full(200, 7), (np.arange(200) >= 110).astype(np.int64)
    assert len(joined([french, english], carriers(people, narratives=narratives))) == 2, (
        "of one language they would share words"
    )
    assert (
        len(joined([french, english], carriers(people, narratives=narratives, languages=languages)))
        == 1
    )
    flagged = np.zeros(200, bool)
    flagged[110:113] = True
    assert (
        len(
            joined(
                [french, english],
                carriers(people, narratives=narratives, languages=languages, flagged=flagged),
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
    rises = (rise(4, 1e-9), rise(0, 1e-8), rise(1, 1e-7), rise(2, 1e-6), rise(3, 1e-5))
    burst = Burst(rises, (rows(1, 2, 3, 4, 5, 6), one, one, one, other), rows(1, 2, 3, 4, 5, 6))
    assert shown_terms(burst, features) == ["dam", "barrage", "break", "valley", "dam + barrage"]
    assert shown_terms(burst, features, 2) == ["dam", "barrage"]
