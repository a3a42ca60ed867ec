"""Groups: what joins, what stays apart, and that nothing depends on the order of the posts."""

from __future__ import annotations

import random
from itertools import combinations

import numpy as np
import pytest

from nlp.copies import CopyGroup, all_pairs, find_copies
from tocsin.core.findings import CopyPair

CLAIMS = [
    "The harbour office closed the northern pier after the storm",
    "Teachers of the valley schools begin a strike on Monday morning",
    "A new bridge over the river will cost nineteen million crowns",
]


def edits(text: str, count: int, seed: int = 1) -> list[str]:
    rng = random.Random(seed)
    made = []
    for _ in range(count):
        words = text.split()
        at = rng.randrange(len(words))
        words[at] = words[at][:-1] if len(words[at]) > 4 else words[at]
        made.append(
            rng.choice(["", "Look: ", "BREAKING: "])
            + " ".join(words)
            + rng.choice(["", " !!", " 🔥", " #now", " https://t.co/x1"])
        )
    return made


def members(groups: list[CopyGroup]) -> list[set[str]]:
    return [set(group.posts) for group in groups]


def test_edits_of_three_claims_are_three_groups() -> None:
    texts = [text for claim in CLAIMS for text in [claim, *edits(claim, 9)]]
    texts += [
        "Nothing else is known about the matter at this hour",
        "We had soup and bread for lunch in the garden today",
    ]
    groups = find_copies(texts)
    assert members(groups) == [{str(i) for i in range(start, start + 10)} for start in (0, 10, 20)]
    assert {group.kind for group in groups} == {"copy"}


def test_other_figures_are_other_texts() -> None:
    texts = [
        f"Claim {i}ab12: they hid the ballots in the county depot, nobody reports on it, ask why"
        for i in range(6)
        for _ in range(3)
    ]
    assert [len(group.posts) for group in find_copies(texts)] == [3] * 6


def test_clauses_in_another_order_are_one_rewording() -> None:
    parts = [
        "They hid the ballots in the old mill",
        "officials refuse to answer about the old mill",
        "ask why! Claim 77b",
    ]
    texts = [f"{a}. {b}, {c}" for a, b, c in (parts, [parts[1], parts[0], parts[2]])]
    (group,) = find_copies([*texts, *CLAIMS])
    assert (group.kind, group.posts) == ("reworded", ("0", "1"))


def test_half_of_a_text_is_no_copy() -> None:
    heads = "The mayor of the northern town said in the council that nobody knew about"
    texts = [
        f"{heads} the missing letters of his deputy in spring",
        f"{heads} fish"[: len(heads) // 2] + " while singers rehearsed the anthem in rain",
    ]
    assert find_copies(texts) == []


def test_short_texts_and_tags_join_nothing() -> None:
    assert find_copies(["Good morning"] * 50 + ["#one #two"] * 20 + ["🔥🔥"] * 5) == []


def test_a_hashtag_game_is_no_copy() -> None:
    endings = [
        "couch potato",
        "speed shaving",
        "trying to be on time",
        "cat juggling",
        "losing my keys",
    ]
    assert find_copies([f"#MyOlympicSportWouldBe {ending}" for ending in endings]) == []


def test_the_page_that_a_share_button_spreads_is_named() -> None:
    page = "https://news.example/pier"
    texts = [f"{CLAIMS[0]} {page}"] * 9 + [CLAIMS[0], *[CLAIMS[1]] * 4]
    groups = find_copies(
        texts,
        links=[[page]] * 9 + [[]] + [["https://a.example/1"], ["https://b.example/2"], [], []],
    )
    assert [group.shared_link for group in groups] == [page, ""]


@pytest.fixture(scope="module")
def spread() -> tuple[list[str], list[str], np.ndarray]:
    """Texts with made-up vectors: each claim in two languages, among unrelated posts."""
    rng = np.random.default_rng(5)
    foreign = [
        "Le bureau du port a fermé la jetée nord après la tempête",
        "Les enseignants de la vallée commencent une grève lundi matin",
        "Un nouveau pont sur la rivière coûtera dix-neuf millions de couronnes",
    ]
    fill = ["".join(rng.choice(list("bdfgklmnprstaeiou"), 8)) for _ in range(900)]
    others = [" ".join(fill[i : i + 9]) for i in range(0, 900, 9)]
    texts = [*CLAIMS, *foreign, *others]
    langs = ["en"] * 3 + ["fr"] * 3 + ["en", "fr"] * 50
    base = rng.normal(size=64) * 3
    topics = rng.normal(size=(3, 64))
    vectors = (
        np.vstack([topics, topics + 0.3 * rng.normal(size=(3, 64)), rng.normal(size=(100, 64))])
        + base
    )
    return (
        texts,
        langs,
        (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32),
    )


def test_vectors_join_translations(spread: tuple[list[str], list[str], np.ndarray]) -> None:
    texts, langs, vectors = spread
    groups = find_copies(texts, langs, vectors)
    assert members(groups) == [{"0", "3"}, {"1", "4"}, {"2", "5"}]
    assert {group.kind for group in groups} == {"translation"}
    assert find_copies(texts, langs) == []


def test_a_figure_or_a_negation_keeps_translations_apart(
    spread: tuple[list[str], list[str], np.ndarray],
) -> None:
    texts, langs, vectors = spread
    texts = list(texts)
    texts[0], texts[3] = (
        "The storm of Friday hurt 12 people in the port",
        "La tempête de vendredi a blessé 19 personnes au port",
    )
    texts[1], texts[4] = (
        "The teachers of the valley will strike on Monday",
        "Les enseignants de la vallée ne feront pas grève lundi",
    )
    assert members(find_copies(texts, langs, vectors)) == [{"2", "5"}]


def test_a_missing_vector_leaves_the_wording(
    spread: tuple[list[str], list[str], np.ndarray],
) -> None:
    texts, langs, vectors = spread
    texts, langs = [*texts, CLAIMS[0] + "!!", "Look: " + CLAIMS[1]], [*langs, "en", "en"]
    groups = find_copies(texts, langs, np.vstack([vectors, np.zeros((2, 64), np.float32)]))
    assert {"0", "3", "106"} in members(groups)
    assert {"1", "4", "107"} in members(groups)


def test_no_order_changes_anything(spread: tuple[list[str], list[str], np.ndarray]) -> None:
    texts, langs, vectors = spread
    texts = [*texts, *edits(CLAIMS[0], 8), *edits(CLAIMS[2], 5)]
    langs = [*langs, *["en"] * 13]
    vectors = np.vstack([vectors, vectors[[0] * 8 + [2] * 5]])
    ids = [f"x:{i:04d}" for i in range(len(texts))]
    times = [1_000 * (i % 7) for i in range(len(texts))]
    order = list(range(len(texts)))
    whole = find_copies(texts, langs, vectors, ids=ids, times=times)
    for seed in (1, 2):
        random.Random(seed).shuffle(order)
        again = find_copies(
            [texts[i] for i in order],
            [langs[i] for i in order],
            vectors[order],
            ids=[ids[i] for i in order],
            times=[times[i] for i in order],
        )
        assert again == whole


def test_ids_stay_when_later_posts_join() -> None:
    before = find_copies(edits(CLAIMS[0], 4), ids=list("abcd"), times=[5, 6, 7, 8])
    after = find_copies(
        edits(CLAIMS[0], 9), ids=list("abcdefghi"), times=[5, 6, 7, 8, 9, 10, 11, None, None]
    )
    assert before[0].id == after[0].id
    assert after[0].posts[:4] == before[0].posts


def test_every_pair_of_a_group_is_spelled_out() -> None:
    posts = ("a", "b", "c", "d", "e")
    links = (
        CopyPair(a="a", b="c", kind="copy", score=0.9),
        CopyPair(a="a", b="d", kind="translation", score=0.8),
        CopyPair(a="d", b="e", kind="copy", score=0.95),
    )
    pairs = list(all_pairs(posts, (("a", "b"),), links))
    assert {(pair.a, pair.b) for pair in pairs} == set(combinations(posts, 2))
    kinds = {(pair.a, pair.b): (pair.kind, pair.score) for pair in pairs}
    assert kinds["a", "b"] == ("copy", 1.0)
    assert kinds["b", "c"] == ("copy", 0.9)
    assert kinds["c", "e"] == ("translation", 0.8)
    assert kinds["d", "e"] == ("copy", 0.95)


def test_a_giant_group_gives_its_links_only() -> None:
    posts = tuple(f"{i:04d}" for i in range(3_000))
    pairs = list(all_pairs(posts, (posts,), ()))
    assert len(pairs) == 2_999
    assert {pair.a for pair in pairs} == {"0000"}


def test_nothing_to_compare() -> None:
    assert find_copies([]) == []
    assert find_copies(["", " ", "ok"], vectors=np.zeros((3, 8), np.float32)) == []
    assert len(find_copies([CLAIMS[0]] * 2, vectors=np.zeros((2, 8), np.float32))) == 1
    assert len(find_copies([CLAIMS[0]] * 2, vectors=np.ones((2, 8), np.float32))) == 1
    assert (
        find_copies(["Bonjour le monde", "Hello"], ["fr", "en"], np.eye(2, 4, dtype=np.float32))
        == []
    )  # too short, though they have vectors
