"""Weak signals: bursts are found, habits are not, nothing looks ahead, false alarms are few."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from index.analysis import Analysis
from nlp.analysers import Signals, _Titles, tick_for
from nlp.answers import untested
from nlp.signals.engine import DAY, Alert, detect_alerts
from nlp.signals.features import Features, extract_features
from nlp.signals.gaps import gap_slots
from nlp.signals.naming.terms import rank_terms
from nlp.signals.replay_command import parse_tick, replay_signals
from nlp.signals.stories import words_of
from nlp.text.corpus import Corpus, read_corpus
from tocsin.core.dates import to_milliseconds
from tocsin.core.documents import Author, Precision
from tocsin.core.errors import ConfigError
from tocsin.core.findings import Headline, Method, Narrative, WeakSignal, to_json
from tocsin.core.messages import plain
from tocsin.core.progress import Run
from tocsin.core.settings import NlpSettings
from tocsin.core.workspace import Workspace

START = datetime(2024, 1, 1, tzinfo=UTC)
TICK = timedelta(hours=6)


def run(corpus: Corpus, features: Features, **options: Any) -> list[Alert]:
    start = int(corpus.times[0]) // DAY * DAY
    return list(detect_alerts(corpus, features, start=start, tick=TICK, min_authors=3, **options))


def burst(
    stream: Any,
    at: datetime,
    people: int,
    word: str,
    *,
    one_text: bool = False,
    author: str | None = None,
) -> None:
    filler = ["look", "really", "today", "again", "wow", "city", "people", "now"]
    for n in range(people):
        tail = (
            "the same for all of us"
            if one_text
            else " ".join(stream.random.choices(filler, k=3)) + f" z{n}q"
        )
        stream.say(at + timedelta(minutes=3 * n), author or f"x:b{n}", f"{word} {tail}")


@pytest.fixture
def world(stream: Any, index: Any) -> Any:
    """A stream with a burst of the word dambreak on the tenth day."""
    made = stream()
    burst(made, START + timedelta(days=9, hours=7), 14, "dambreak")
    index.put(made.documents())
    return read_corpus(index)


def test_a_burst_is_found_in_its_tick(world: Corpus) -> None:
    features = extract_features(world)
    found = [
        alert for alert in run(world, features) if "dambreak" in rank_terms(alert.burst, features)
    ]
    (alert,) = found
    assert alert.tick == to_milliseconds(START + timedelta(days=9, hours=12))
    assert alert.false_per_day < 0.5
    assert len(alert.burst.rows) == 14
    assert world.times[alert.first_rows[0]] == to_milliseconds(START + timedelta(days=9, hours=7))


def test_one_author_is_no_burst_and_copies_are_damped(stream: Any, index: Any) -> None:
    made = stream()
    burst(made, START + timedelta(days=9, hours=7), 40, "spamword", author="x:loud")
    burst(made, START + timedelta(days=10, hours=7), 3, "chainword", one_text=True)
    burst(made, START + timedelta(days=11, hours=7), 60, "floodword", one_text=True)
    index.put(made.documents())
    corpus = read_corpus(index)
    features = extract_features(corpus)
    terms = {
        term for alert in run(corpus, features) for term in rank_terms(alert.burst, features, 100)
    }
    assert not any(
        word in term for word in ("spamword", "chainword", "floodword") for term in terms
    )
    pushed = [alert for alert in run(corpus, features, with_pushed=True) if alert.story.is_pushed]
    assert [
        word
        for alert in pushed
        for word in ("spamword", "chainword", "floodword")
        if any(word in term for term in rank_terms(alert.burst, features, 100))
    ] == ["floodword"], "sixty accounts with one text are no story, and are not forgotten"


def test_days_among_hours_are_no_burst_at_midnight(stream: Any, index: Any) -> None:
    """Posts of a whole day that are dated to it stand at 00:00: they did not come at once."""
    made = stream()
    documents = list(made.documents())
    for number in range(14):
        documents.append(
            replace(
                documents[0],
                id=f"x:day{number}",
                author=Author(id=f"x:d{number}"),
                text=f"dambreak z{number}q of the city",
                content_hash=f"day{number}",
                published_at=START + timedelta(days=9),
                published_precision=Precision.DAY,
            )
        )
    index.put(documents)
    corpus = read_corpus(index)
    assert corpus.day_only.sum() == 14
    features = extract_features(corpus)
    assert not any("dambreak" in rank_terms(a.burst, features) for a in run(corpus, features))


def test_a_daily_habit_is_no_burst(stream: Any, index: Any) -> None:
    made = stream(days=20)
    for day in range(20):
        burst(made, START + timedelta(days=day, hours=7), 10, "goodmorning")
    index.put(made.documents())
    corpus = read_corpus(index)
    features = extract_features(corpus)
    late = [
        alert
        for alert in run(corpus, features)
        if alert.tick > to_milliseconds(START + timedelta(days=8))
    ]
    assert not [alert for alert in late if "goodmorning" in rank_terms(alert.burst, features, 100)]


def test_what_began_in_a_gap_of_the_collection_is_no_rise(stream: Any, index: Any) -> None:
    made = stream(days=20)
    for day in range(9, 16):  # begins while nothing is collected, and goes on after it
        for tick in range(4):
            burst(made, START + timedelta(days=day, hours=6 * tick + 1), 12, "dambreak")
    burst(made, START + timedelta(days=17, hours=7), 14, "wildfire")
    first, last = START + timedelta(days=8), START + timedelta(days=13)
    kept = [
        document
        for document in made.documents()
        if not first <= (document.published_at or first) < last
    ]
    index.put(kept)
    corpus = read_corpus(index)
    features = extract_features(corpus)
    alerts = run(corpus, features)
    terms = {term for alert in alerts for term in rank_terms(alert.burst, features)}
    assert "wildfire" in terms
    assert "dambreak" not in terms
    first_day = to_milliseconds(last), to_milliseconds(last + timedelta(days=1))
    assert not [alert for alert in alerts if first_day[0] < alert.tick <= first_day[1]]


def test_gaps_are_runs_of_empty_slots_where_there_usually_are_posts() -> None:
    day = [40, 50, 45, 0]
    posts = day * 5 + [0] * 12 + day * 2
    slots = np.repeat(np.arange(len(posts)), posts)
    assert np.flatnonzero(gap_slots(slots, len(posts), 4.0)).tolist() == list(range(19, 32))
    nights = ([30] * 16 + [0] * 8) * 5
    assert not gap_slots(np.repeat(np.arange(120), nights), 120, 24.0).any()
    few = [3, 0, 0, 0, 2, 3, 0, 0, 0, 1] * 3
    assert not gap_slots(np.repeat(np.arange(30), few), 30, 4.0).any()


def test_what_goes_on_is_told_once(stream: Any, index: Any) -> None:
    made = stream()
    for tick in range(6):
        burst(made, START + timedelta(days=9, hours=6 * tick + 1), 14 + tick, "dambreak")
    index.put(made.documents())
    corpus = read_corpus(index)
    features = extract_features(corpus)
    assert (
        len(
            [
                alert
                for alert in run(corpus, features)
                if "dambreak" in rank_terms(alert.burst, features, 100)
            ]
        )
        == 1
    )


def test_nothing_looks_ahead(world: Corpus, index: Any) -> None:
    features = extract_features(world)
    cut = START + timedelta(days=10)
    early = read_corpus(index, None, cut)
    whole = [
        (a.tick, rank_terms(a.burst, features), a.false_per_day)
        for a in run(world, features)
        if a.tick <= to_milliseconds(cut)
    ]
    early_features = extract_features(early)
    assert [
        (a.tick, rank_terms(a.burst, early_features), a.false_per_day)
        for a in run(early, early_features)
    ] == whole


def test_false_alarms_are_no_more_than_stated(stream: Any, index: Any) -> None:
    made = stream(days=24, authors=120, seed=4)
    index.put(made.documents())
    corpus = read_corpus(index)
    found = run(corpus, extract_features(corpus), allowed=2.0)
    assert len(found) <= 2.0 * 22 * 1.5


def test_signals_are_those_of_the_last_day(stream: Any, index: Any, workspace: Workspace) -> None:
    made = stream()
    burst(made, START + timedelta(days=6, hours=7), 14, "oldnews")
    burst(made, START + timedelta(days=13, hours=15), 14, "freshnews")
    index.put(made.documents())
    with Run(workspace, "analyse") as record:
        found = [
            f
            for f in Signals().analyse(Analysis(index=index, workspace=workspace, run=record))
            if isinstance(f, WeakSignal)
        ]
        again = list(Signals().analyse(Analysis(index=index, workspace=workspace, run=record)))
    assert [to_json(finding) for finding in found] == [to_json(finding) for finding in again]
    terms = [term for finding in found for term in finding.terms]
    assert any("freshnews" in term for term in terms)
    assert not any("oldnews" in term for term in terms)
    (fresh,) = [finding for finding in found if any("freshnews" in term for term in finding.terms)]
    assert fresh.authors == 14
    assert fresh.posts == 14
    assert fresh.first_at == START + timedelta(days=13, hours=15)
    assert fresh.flagged_at > fresh.first_at
    assert fresh.first_authors[0] == "x:b0"
    assert "freshnews" in str(fresh.why)
    assert "nobody had before" in str(fresh.why)
    assert fresh.coordinated_share is None
    assert 0 <= fresh.expected_false_per_day <= 0.5
    assert len(set(fresh.post_ids)) == 14


def test_a_story_without_a_post_in_the_last_day_is_no_signal(
    stream: Any, index: Any, workspace: Workspace
) -> None:
    made = stream()
    burst(made, START + timedelta(days=8, hours=12), 20, "oldnews")  # windows of a week hold it
    index.put(made.documents())
    with Run(workspace, "analyse") as record:
        assert not list(Signals().analyse(Analysis(index=index, workspace=workspace, run=record)))
    (said,) = [str(one) for one in record.warnings]
    assert said.startswith("1 story of the week before rose above its past")
    index.publish([], kinds=["signal"], generation=record.run_id)
    assert said in map(str, untested(workspace, record.run_id))


def test_a_short_past_is_said(index: Any, workspace: Workspace, document: Any) -> None:
    index.put([document(n, "a few posts") for n in range(20)])
    with Run(workspace, "analyse") as record:
        assert not list(Signals().analyse(Analysis(index=index, workspace=workspace, run=record)))
    assert any("too short a time" in str(warning) for warning in record.warnings)


def test_an_empty_index_has_no_signals(index: Any, workspace: Workspace) -> None:
    with Run(workspace, "analyse") as record:
        assert not list(Signals().analyse(Analysis(index=index, workspace=workspace, run=record)))
    assert not list(replay_signals(index, NlpSettings(), TICK, None, None))


@pytest.mark.parametrize(("days", "hours"), [(10, 6), (4, 6), (3, 2), (1, 0.5), (0.2, None)])
def test_the_tick_fits_the_past(days: float, hours: float | None) -> None:
    assert tick_for(round(days * DAY)) == (timedelta(hours=hours) if hours else None)


@pytest.mark.parametrize("text", ["", "6", "h", "0h", "6x", "1m", "8d", "-6h", "999999999h"])
def test_a_tick_that_is_none_is_said(text: str) -> None:
    with pytest.raises(ConfigError, match="is not a tick; write 30m, 6h or 1d"):
        parse_tick(text)


def test_replay_bounds(world: Corpus, index: Any) -> None:
    def ticks(**bounds: datetime | None) -> Iterator[datetime]:
        return (
            finding.flagged_at
            for finding in replay_signals(
                index, NlpSettings(), TICK, bounds.get("since"), bounds.get("until")
            )
        )

    everything = list(ticks())
    assert everything == sorted(everything)
    flagged = START + timedelta(days=9, hours=12)
    assert flagged in everything
    assert flagged in list(ticks(since=flagged))
    assert flagged in list(ticks(until=flagged))
    assert flagged not in list(ticks(since=flagged + timedelta(hours=1)))
    assert flagged not in list(ticks(until=flagged - timedelta(hours=1)))


def test_features_of_a_document(features_of_document: Any) -> None:
    found = features_of_document(
        "Title words",
        "Text #Tag words https://t.co/1",
        ("Tag",),
        ("https://www.example.org/a?x=1", "https://t.co/1"),
    )
    assert {"#tag", "tag", "site:example.org", "title words"} <= set(found)
    assert not any("t.co" in name for name in found)


def test_forms_of_a_russian_word_are_one_feature(stream: Any, index: Any) -> None:
    """Shown as they are first written; words in Latin letters stay apart."""
    made = stream(days=1, authors=0)
    made.say(START, "x:a", "Выставка Стерджеса, protests")
    made.say(START, "x:b", "о выставке Стерджеса: protest")
    index.put(made.documents())
    features = extract_features(read_corpus(index))
    shown = dict(zip(features.names, features.forms, strict=True))
    assert shown.pop("выставк стерджес") == "Выставка Стерджеса"
    assert shown == {
        "выставк": "Выставка",
        "стерджес": "Стерджеса",
        "protests": "protests",
        "protest": "protest",
    }
    assert words_of("#выставки") == words_of("выставк") == {"выставк"}


def test_counts_are_by_author_not_by_post(world: Corpus) -> None:
    from nlp.signals.features import time_slots
    from nlp.signals.windows import Scales

    features = extract_features(world)
    slots = time_slots(world.times, int(world.times[0]) // DAY * DAY, 6 * 3_600_000)
    number = int(slots.max()) + 1
    scales = Scales(features, slots, world.authors, number, 6.0, 3)
    code = features.names.index("dambreak")
    burst_slot = int(slots[scales.rows(code)[0]])
    found = [(slot, b) for slot in range(number) for b in scales.step(slot, testing=slot >= 8)]
    (first,) = [b for slot, b in found if b.code == code and slot == burst_slot]
    assert first.authors == 14
    assert len(scales.rows_of_burst(burst_slot, first)) == 14


def test_a_title_stays_once_shown(stream: Any, index: Any, tmp_path: Any) -> None:
    made = stream()
    burst(made, START + timedelta(days=13, hours=14), 14, "dambreak")
    documents = list(made.documents())
    index.put(documents)
    workspace = Workspace(tmp_path / "home")

    def analysed(name: str) -> list[WeakSignal]:
        with Run(workspace, "analyse") as run_:
            made_of = Analysis(index=index, workspace=workspace, run=run_)
            found = list(Signals().analyse(made_of))
        index.publish(found, kinds=["signal"], generation=name)
        return [f for f in found if isinstance(f, WeakSignal) and "dambreak" in f.headline("en")]

    (first,) = analysed("one")
    (line,) = first.headlines
    assert line.post in first.post_ids
    assert line.label == first.headline("de"), "the first where there is none of a language"
    at = START + timedelta(days=13, hours=15)
    more = [
        replace(d, id=f"x:more{n}", text=f"The dambreak came at night, say {n}q of city and people",
                content_hash=f"more{n}", published_at=at, author=Author(id=f"x:more{n}"))
        for n, d in enumerate(documents[:12])
    ]  # fmt: skip
    index.put(more)
    (second,) = analysed("two")
    assert second.posts > first.posts
    assert second.headlines == first.headlines


def found_before(index: Any, posts: tuple[str, ...], headline: Headline) -> None:
    """Publish a signal of an earlier analysis."""
    signal = WeakSignal(
        id="s1", method=Method(name="weak-signals", version="1"), terms=(), flagged_at=START,
        first_at=START, posts=len(posts), authors=2, p_value=0.1, expected_false_per_day=0.1,
        why=plain("before"), post_ids=posts, headlines=(headline,),
    )  # fmt: skip
    index.publish([signal], kinds=["signal"], generation="before")


@pytest.mark.parametrize(("size", "lends"), [(10, True), (12, True), (40, False)])
def test_a_far_larger_narrative_lends_no_title(
    index: Any, workspace: Workspace, size: int, lends: bool
) -> None:
    members = tuple(f"x:{n}" for n in range(size))
    line = Headline(language="ru", label="The games, two days on", post="x:39")
    narrative = Narrative(
        id="n1", method=Method(name="test", version="1"), label=line.label, terms=(),
        languages={}, posts=size, authors=size, members=members, headlines=(line,),
    )  # fmt: skip
    with Run(workspace, "analyse") as record:
        titles = _Titles(Analysis(index=index, workspace=workspace, run=record), [narrative])
        lent = (line,) if lends else ()
        assert titles.of(["x:0", "x:1", "x:2"]) == lent
        known = Headline(language="en", label="Two days of games", post="x:1")
        found_before(index, ("x:0", "x:1"), known)
        titles = _Titles(Analysis(index=index, workspace=workspace, run=record), [narrative])
        assert titles.of(["x:0", "x:1", "x:2"]) == (known, *lent), "what was shown stays first"
        assert titles.of(["x:0", "x:2", "x:3"]) == (lent if size < 40 else ())
