"""Documents that go from process to process come out as they went in."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta, timezone

from tocsin.core.codec.document_columns import from_columns, to_columns
from tocsin.core.documents import (
    Annotation,
    Author,
    Document,
    History,
    Kind,
    Link,
    LinkKind,
    Precision,
    Raw,
    Version,
)

AT = datetime(2026, 1, 31, 12, 0, 0, 123457, tzinfo=UTC)
PLAIN = Document(id="x:1", platform="x")
FULL = Document(
    id="web:2",
    platform="web",
    kind=Kind.ARTICLE,
    source="a\ud800\x00",
    author=Author(id="web:b", handle="", created_at=AT, followers=2**60, verified=False),
    title="",
    text="e\u0301 \U0001f600 \udfff",
    lang="fr-CA",
    published_at=AT.astimezone(timezone(timedelta(hours=-3, minutes=-30))),
    published_precision=Precision.MINUTE,
    collected_at=AT,
    deleted_at=AT.replace(year=9999),
    url="http://example.org",
    links=(
        Link(LinkKind.URL, "http://a.example"),
        Link(LinkKind.MEDIA, ""),
        Link(LinkKind.URL, "http://a.example"),
    ),
    media=({"url": "u", "n": [1, None, {"a": 1.5}]},),
    metrics={"likes": 3, "observed_at": "2026-01-31T12:00:00.000Z"},
    content_hash="h",
    revision=2,
    raw=Raw(path="p", sha256="s"),
    history=History(versions=(Version(text="before"),), gone_status=404),
    annotations={"lang": Annotation(version="1", model="m", made_at=AT, values={"a": True})},
    extra={"k": {"deep": [0, False, ""]}},
)


def test_documents_are_the_same_behind_the_way() -> None:
    parts = [[], [PLAIN], [FULL], [PLAIN, PLAIN], [FULL, PLAIN, FULL], [PLAIN, FULL] * 50]
    for documents in parts:
        sent = pickle.loads(pickle.dumps(to_columns(documents)))
        received = from_columns(sent)
        assert received == documents
        # also where values are equal, as 0 and False are
        assert list(map(repr, received)) == list(map(repr, documents))


def test_documents_share_no_dictionary_that_one_of_them_may_fill() -> None:
    first, second = from_columns(to_columns([PLAIN, PLAIN]))
    assert isinstance(first.extra, dict)
    first.extra["filled"] = 1
    assert second.extra == {}
    assert second.metrics == {}
