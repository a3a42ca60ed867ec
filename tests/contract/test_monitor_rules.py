"""What monitors ring for is the same on every backend, and each alert counts exactly its posts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from index.base import Window
from tocsin.app.monitors.alerts import describe
from tocsin.app.monitors.files import parse_monitor
from tocsin.app.monitors.monitored import Monitored, Scope
from tocsin.app.monitors.rules import against, find_triggers
from tocsin.core.documents import Annotation, Author, Document, Link, LinkKind, content_hash
from tocsin.core.findings import Cluster, Explanation, Member, Method, Narrative
from tocsin.core.language.words import Words
from tocsin.core.messages import plain

END = datetime(2026, 3, 31, 12, tzinfo=UTC)
BEGIN = END - timedelta(days=30)
METHOD = Method(name="test", version="1")
GANG = ("x:g1", "x:g2", "x:g3")


def post(name: str, at: datetime, author: str, **values: Any) -> Document:
    text = values.pop("text", f"water in the valley {name}")
    return Document(
        **({
            "id": f"x:{name}", "platform": "x", "source": "test", "lang": "en", "text": text,
            "published_at": at, "collected_at": at, "content_hash": content_hash(None, text),
            "author": Author(id=author, handle=author.partition(":")[2]),
        } | values)
    )  # fmt: skip


def corpus() -> list[Document]:
    """Two posts of water an hour, and one of bread; then a rush on one afternoon."""
    posts = []
    for hour in range(30 * 24):
        at = BEGIN + timedelta(hours=hour, minutes=5)
        posts += [post(f"q{hour}a", at, "x:ann"), post(f"q{hour}b", at, "x:bob")]
        posts.append(post(f"b{hour}", at, "x:cy", text=f"bread {hour}"))
    rush = END - timedelta(days=2, hours=2)
    for number in range(30):
        posts.append(
            post(
                f"r{number}",
                rush + timedelta(minutes=number),
                GANG[number % 3] if number < 21 else "x:ann",
                lang="fr" if number % 5 == 0 else "en",
                links=(Link(LinkKind.URL, "https://new.example/a"),) if number == 4 else (),
                metrics={"likes": number},
            )
        )
    return posts


def fill(index: Any) -> list[str]:
    index.put(corpus())
    story = [f"x:r{number}" for number in range(30)]
    note = Annotation(version="1", model="none", made_at=END, values={"narrative": "n1"})
    index.annotate([(one, note) for one in story], "narratives")
    narrative = Narrative(
        id="n1", method=METHOD, label="Water, they say", terms=("water",), languages={"en": 24},
        posts=30, authors=4, members=tuple(story), first_at=END - timedelta(days=2, hours=2),
    )  # fmt: skip
    index.publish([narrative], kinds=("narrative",), generation="g")
    reading = Explanation(kind="news", fits=False, because=plain("2 of 9 things"), fit=0.2)
    cluster = Cluster(
        id="c1", method=METHOD, status="flagged", signals=("copy",), q_value=0.001,
        accounts=tuple(Member(id=one) for one in GANG), posts=21,
        post_ids=tuple(story[:21]), innocent_explanations=(reading,),
    )  # fmt: skip
    index.publish([cluster], kinds=("cluster",), generation="g")
    index.refresh()
    return story


MONITOR = """
query = "water"
languages = ["en", "fr"]
platforms = ["x"]
[[rules]]
kind = "volume"
[[rules]]
kind = "new_narrative"
[[rules]]
kind = "new_group"
[[rules]]
kind = "appears"
who = ["domain:new.example", "author:g1"]
[[rules]]
kind = "crossing"
into = ["lang"]
"""


def test_each_rule_rings_once_and_opens_exactly_its_posts(index: Any) -> None:
    fill(index)
    monitor = parse_monitor(MONITOR, "water.toml", "water")
    monitored = Monitored(index.workspace, index)
    found = find_triggers(Scope(monitor, monitored), BEGIN, END)
    assert sorted(trigger.rule for trigger in found) == [
        "appears", "appears", "crossing", "new_group", "new_narrative", "volume",
    ]  # fmt: skip
    documents = {
        trigger.key: describe(monitored, monitor, trigger, Words("en")) for trigger in found
    }
    for trigger in found:
        document = documents[trigger.key]
        window = Window(trigger.since, trigger.until)
        assert document["posts"] == index.count(monitored.node(document["query"]), window=window)
    by_rule = {trigger.rule: documents[trigger.key] for trigger in found}
    volume = by_rule["volume"]
    assert (volume["posts"], volume["normal"]) == (32, 2.0)
    assert volume["share"] == pytest.approx(21 / 32)
    assert volume["origin"] == "orchestrated"
    assert "2 of 9 things" in volume["explanations"][0]
    assert volume["headline"] == "Water, they say"
    assert by_rule["new_narrative"]["posts"] == 5
    assert by_rule["new_group"]["posts"] == 3
    assert by_rule["crossing"]["posts"] == 3
    assert by_rule["appears"]["posts"] == 1


def test_a_rule_sees_the_past_alone(index: Any) -> None:
    """What comes later changes nothing of what rang: an earlier end gives the same rings."""
    fill(index)
    monitored = Monitored(index.workspace, index)
    scope = Scope(parse_monitor(MONITOR, "water.toml", "water"), monitored)
    every = find_triggers(scope, BEGIN, END)
    for trigger in every:
        until = trigger.at
        assert trigger in find_triggers(scope, BEGIN, until)
        assert trigger not in find_triggers(scope, BEGIN, until - timedelta(seconds=1))


def test_hours_in_which_nothing_was_collected_are_no_normal(index: Any) -> None:
    """A silence of the collection is not a low volume: what follows it is no rise."""
    posts: Sequence[Document] = [
        post(f"p{hour}-{n}", BEGIN + timedelta(hours=hour, minutes=n), "x:ann")
        for hour in (*range(48), *range(300, 320))
        for n in range(12)
    ]
    index.put(posts)
    index.refresh()
    monitor = parse_monitor('query = ""\n[[rules]]\nkind = "volume"', "m.toml", "m")
    assert find_triggers(Scope(monitor, Monitored(index.workspace, index)), BEGIN, END) == []


def test_an_episode_rings_once(index: Any) -> None:
    posts = [
        post(f"p{hour}-{n}", BEGIN + timedelta(hours=hour, minutes=n), "x:ann")
        for hour in range(24 * 20)
        for n in range(40 if hour in (400, 401, 405, 450) else 1)
    ]
    index.put(posts)
    index.refresh()
    monitor = parse_monitor('query = ""\n[[rules]]\nkind = "volume"', "m.toml", "m")
    found = find_triggers(Scope(monitor, Monitored(index.workspace, index)), BEGIN, END)
    assert [(trigger.at - BEGIN) / timedelta(hours=1) for trigger in found] == [401, 451]


def test_normal_is_robust_and_never_less_than_chance() -> None:
    assert against(10, [2] * 20) == (2.0, pytest.approx(8 / 2**0.5))
    normal, z = against(100, [5, 6, 5, 4, 6, 5, 200])
    assert normal == 5.0
    assert z > 10
