"""What makes alerts cheap changes no answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from nlp.signals import engine, rare_features
from nlp.signals import features as features_module
from nlp.signals.engine import DAY, PAST_DAYS, QUIET_DAYS, past_start
from nlp.signals.features import Features, extract_features
from nlp.signals.rare_features import Pairs, classify
from nlp.signals.windows import Scales
from nlp.text.corpus import Corpus, read_corpus
from tests.nlp.test_signals import START, burst, run
from tocsin.core.documents import Author, Document, Link, LinkKind


@pytest.fixture
def world(stream: Any, index: Any) -> Corpus:
    made = stream()
    for day, word in ((9, "dambreak"), (10, "marmot"), (12, "refinery")):
        burst(made, START + timedelta(days=day, hours=7), 14, word)
    index.put(made.documents())
    return read_corpus(index)


def bursts(corpus: Corpus, features: Features, tested_from: int = 0) -> list[list[Any]]:
    """What bursts in each slot, as codes and p-values."""
    slots = (corpus.times - int(corpus.times[0]) // DAY * DAY) // (DAY // 4)
    number = int(slots.max()) + 1
    scales = Scales(features, slots, corpus.authors, number, 6.0, 3, tested_from=tested_from)
    return [
        [(b.code, b.authors, round(b.p_value, 9)) for b in scales.step(slot, testing=slot >= 8)]
        for slot in range(number)
    ]


def test_rare_features_are_counted_together(world: Corpus, monkeypatch: Any) -> None:
    features = extract_features(world)
    found = bursts(world, features)
    assert sum(map(len, found)) > 5
    sizes = np.bincount(features.codes)
    slots = (world.times - int(world.times[0])) // (DAY // 4)
    pairs = Pairs(
        features.codes.astype(np.int64), slots[features.rows], world.authors[features.rows],
        features.texts[features.rows],
    )  # fmt: skip
    _, classes = classify(pairs, sizes, int(slots.max()) + 1, 3, sizes >= 3)
    assert classes.multiplicity.sum() == len(sizes)
    assert len(classes.codes) < 0.8 * len(sizes)
    # followed one by one, the same is found
    monkeypatch.setattr(rare_features, "MAX_RARE", 0)
    assert bursts(world, features) == found


def test_the_end_is_tested_as_if_all_was(world: Corpus) -> None:
    features = extract_features(world)
    assert bursts(world, features, 40)[40:] == bursts(world, features)[40:]


def test_a_sample_stands_for_what_is_rare_at_the_end(world: Corpus, monkeypatch: Any) -> None:
    features = extract_features(world)
    number = len(features.names)
    multiplicity = np.ones(number, np.int64)
    monkeypatch.setattr(rare_features, "_SAMPLE", number // 9)
    sampled = rare_features._sampled(multiplicity, np.arange(100, number))
    assert (sampled[:100] == 1).all()
    assert np.count_nonzero(sampled[100:]) < number / 7
    assert abs(sampled.sum() - number) < 0.02 * number


def test_a_long_past_is_bounded() -> None:
    day = 86_400_000
    assert past_start(5 * day, 30 * day) == 5 * day
    assert past_start(5 * day, 400 * day) == (400 - PAST_DAYS - QUIET_DAYS) * day


def test_what_is_before_the_past_is_not_read(world: Corpus) -> None:
    since = int(world.times[len(world) // 2])
    features = extract_features(world, since=since)
    assert (world.times[features.rows] >= since).all()
    assert len(np.unique(features.rows)) == (world.times >= since).sum()


def test_what_is_passed_on_is_read_once(index: Any, monkeypatch: Any) -> None:
    """Posts that differ in a title, a tag or a link alone are different posts."""
    texts = ["the dam broke near the old bridge tonight", "", "a marmot on the roof of the school"]
    link, tag = Link(LinkKind.URL, "https://example.org/a"), Link(LinkKind.HASHTAG, "dam")
    index.put(
        [
            Document(
                id=f"x:{n}",
                platform="x",
                title=(None, None, None, "News")[n % 4],
                text=texts[n % 3],
                links=((), (tag,), (link,), (tag, link))[n % 7 % 4],
                author=Author(id=f"x:a{n % 9}"),
                published_at=START + timedelta(hours=n),
            )
            for n in range(400)
        ]
    )
    corpus = read_corpus(index)
    read: list[int] = []
    bodies = features_module.bodies
    monkeypatch.setattr(
        features_module, "bodies", lambda *cells: (read.append(len(cells[1])), bodies(*cells))[1]
    )
    monkeypatch.setattr(features_module, "_CHUNK", 7)
    found = extract_features(corpus)
    assert sum(read) <= 2 * 3 * 4
    # read one by one, the same is found
    monkeypatch.setattr(features_module, "_first_equal", lambda _, rows: rows)
    alone = extract_features(corpus)
    assert sum(read) > 400
    for name in ("codes", "rows", "texts"):
        one, other = getattr(found, name), getattr(alone, name)
        assert one.dtype == other.dtype
        assert one.tolist() == other.tolist()
    assert list(found.names) == list(alone.names)
    assert list(found.forms) == list(alone.forms)


def test_false_alerts_are_not_measured_where_nothing_asks(
    stream: Any, index: Any, monkeypatch: Any
) -> None:
    index.put(stream().documents())
    monkeypatch.setattr(engine, "calibrate", lambda *_, **__: pytest.fail("nothing rose"))
    corpus = read_corpus(index)
    assert not run(corpus, extract_features(corpus))
