"""How much of each signal is told now: the index is asked once for the posts of all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from index.base import Window
from index.connect import open_index
from index.reading.queries import among
from nlp.answers import Age, ages_of
from tocsin.core.documents import Document, content_hash
from tocsin.core.findings import Method, WeakSignal
from tocsin.core.messages import Message
from tocsin.core.workspace import Workspace

START = datetime(2026, 3, 1, tzinfo=UTC)


def post(number: int) -> Document:
    text = f"post {number}"
    at = None if number % 7 == 6 else START + timedelta(hours=number)
    return Document(
        id=f"x:{number}", platform="x", text=text, published_at=at,
        content_hash=content_hash(None, text),
    )  # fmt: skip


def signal(name: str, posts: range, until: str | None) -> WeakSignal:
    method = Method(name="weak-signals", version="1", parameters={"data_as_of": until})
    return WeakSignal(
        id=name, terms=("dam",), flagged_at=START + timedelta(hours=50), first_at=START,
        posts=len(posts), authors=1, p_value=0.01, expected_false_per_day=0.1, why=Message("posts"),
        post_ids=tuple(f"x:{number}" for number in posts), method=method,
    )  # fmt: skip


def test_the_ages_of_many_signals_are_those_of_each(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = open_index(workspace)
    index.put([replace(post(number)) for number in range(60)])
    index.refresh()
    newest = "2026-03-03T11:00:00.000Z"
    signals = [
        signal("a", range(5, 50), newest),
        signal("b", range(40, 90), newest),  # those from 60 on are not there
        signal("c", range(6, 7), None),  # undated
        signal("d", range(90, 92), None),
        signal("e", range(0, 30), None),
    ]
    expected = {}
    for one in signals:
        posts = among("id", one.post_ids)
        until = one.method.parameters["data_as_of"] if one.method else None
        since = (datetime.fromisoformat(until) if until else one.flagged_at) - timedelta(days=1)
        hits = index.search(posts, order="newest", size=1).documents
        last = hits[0].published_at if hits else None
        expected[one.id] = Age(index.count(posts, window=Window(since=since)), last)
    scans: list[Any] = []
    plain = index.scan

    def scan(*given: Any, **named: Any) -> Any:
        scans.append(given)
        return plain(*given, **named)

    monkeypatch.setattr(index, "scan", scan)
    assert ages_of(index, signals) == expected
    assert len(scans) == 1
    assert ages_of(index, []) == {}
    index.close()
