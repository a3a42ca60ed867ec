"""The parsers on real data: feeds of every dialect, recorded answers of Mastodon servers, feeds as
publishers serve them.
"""

from __future__ import annotations

import ast
import json
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crawlers.extract import feeds
from crawlers.extract import mastodon as statuses
from tocsin.core.errors import Unreadable

pytestmark = pytest.mark.shared
EXPECTED = re.compile(
    r"entries\[(\d)\]\['?(title|link|author|summary|description)'?\]\s*==\s*(u?'[^']*'|u?\"[^\"]*\")\s*$"
)
COUNTED = re.compile(r"len\(entries\) == (\d+)")


def _members(archive: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(archive) as tar:
        for member in tar:
            file = tar.extractfile(member) if member.isfile() else None
            if file is not None:
                yield member.name, file.read()


@pytest.mark.filterwarnings(
    "ignore:To avoid breaking existing software:DeprecationWarning"
)  # feedparser says it of its own fields
def test_feeds_of_every_dialect(shared: Path) -> None:
    read = checked = 0
    wrong = []
    for name, body in _members(shared / "data" / "crawl" / "feeds.tar.xz"):
        if not name.endswith((".xml", ".json")):
            continue
        try:
            found = feeds.parse(body, "http://127.0.0.1:8097/" + name.rpartition("/")[2])
        except Unreadable:
            continue  # a handful are about answers with nothing in them
        read += 1
        if found["problem"]:
            wrong.append(f"{name}: {found['problem']}")
        said = re.search(rb"Expect:\s*(.*)", body)
        if said is None or not found["entries"]:
            continue
        expect = said[1].decode("latin-1").strip()
        if counted := COUNTED.search(expect):
            checked += 1
            if len(found["entries"]) != int(counted[1]):
                wrong.append(f"{name}: {expect}")
        if (
            (one := EXPECTED.search(expect))
            and "<" not in one[3]
            and "&" not in one[3]
            and "content_location" not in name
            and "@" not in one[3]
        ):
            key = {"summary": "text", "description": "text"}.get(one[2], one[2])
            value = ast.literal_eval(one[3].removeprefix("u"))
            if (
                len(found["entries"]) > int(one[1])
                and found["entries"][int(one[1])][key] != value
                and value.strip()
            ):
                wrong.append(f"{name}: {expect}: {found['entries'][int(one[1])][key]!r}")
            checked += 1
    assert read >= 1370
    assert checked >= 100
    assert len(wrong) <= 0.02 * checked, "\n".join(wrong)


def test_feeds_as_publishers_serve_them(shared: Path) -> None:
    for name, body in _members(shared / "data" / "crawl" / "rss_fixtures.tar.xz"):
        if name.endswith(".rss"):
            found = feeds.parse(body, "http://publisher.example/feed")
            assert len(found["entries"]) >= 10, name
            assert all(e["link"] and e["title"] for e in found["entries"]), name
            assert sum(e["published"] is not None for e in found["entries"]) >= 0.7 * len(
                found["entries"]
            ), name


def _recorded(shared: Path) -> Iterator[Any]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for name, body in _members(shared / "data" / "crawl" / "mastodon_recorded.tar.xz"):
        if name.endswith(".yaml") and b"/api/v1/statuses/" in body:
            for exchange in yaml.load(body, Loader=loader)["interactions"]:
                text = exchange["response"]["body"].get("string")
                if "/api/v1/statuses/" in exchange["request"]["uri"] and text:
                    try:
                        yield json.loads(text)
                    except ValueError:
                        continue


def test_statuses_as_servers_sent_them(shared: Path) -> None:
    from tocsin.core.exchange import from_exchange

    read = 0
    for answer in _recorded(shared):
        parts = (
            answer
            if isinstance(answer, list)
            else [answer, *answer.get("ancestors", []), *answer.get("descendants", [])]
        )
        page = [part for part in parts if "account" in part and "id" in part]
        found = statuses.parse(json.dumps(page).encode(), "mastodon.social", "2026-03-03T00:00:00Z")
        assert found["broken"] == 0
        for row in found["rows"]:
            document = from_exchange(row)
            read += 1
            assert "invalid" not in document.extra, document.extra
            assert document.author is not None
            assert "@" in document.author.id
            assert document.published_at is not None
            assert "<" not in document.text
    assert read >= 5


def test_recorded_statuses_come_through_a_real_server(
    shared: Path, web: Any, toots: Any, crawl: Any
) -> None:
    seen: dict[str, Any] = {}
    for answer in _recorded(shared):
        if (
            isinstance(answer, dict)
            and "account" in answer
            and answer.get("visibility") in ("public", "unlisted")
        ):
            seen[answer["id"]] = answer
    toots.statuses = list(seen.values())
    toots.page = 1
    crawl.source("m", "mastodon", web.url())
    report = crawl.run()
    found = {document.id for document in crawl.documents().values()}
    assert {f"mastodon:{key}" for key in seen} <= found
    assert report["fates"]["created"] == len(found)
    assert crawl.run()["seen"] == 0
