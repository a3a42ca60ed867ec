"""A page of the dashboard is one request, on a client that has only just been opened, and says what
the embedded index says."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from index.base import EVERYTHING, Page, Window
from index.connect import open_index
from tocsin.core.documents import Document
from tocsin.core.exchange import from_exchange
from tocsin.core.workspace import Workspace

pytestmark = [pytest.mark.elasticsearch, pytest.mark.xdist_group("elasticsearch")]
YEARS = [datetime(year, 6, 1, tzinfo=UTC) for year in range(2016, 2026)]
EVENING = datetime(2024, 3, 30, 20, tzinfo=UTC)


def posts() -> list[Document]:
    """A post a year, and three hundred within four hours of one evening."""
    times = YEARS + [EVENING + timedelta(seconds=48 * n) for n in range(300)]
    return [
        from_exchange(
            {
                "id": str(n),
                "platform": "x",
                "text": "storm" if at > EVENING and at.year == 2024 and at.month == 3 else "calm",
                "lang": "en",
                "published_at": at.isoformat(),
                "author": {
                    "id": f"a{n % 40}",
                    "handle": f"h{n % 40}",
                    "name": "Éa",
                    "followers": n % 40,
                    "verified": True,
                },
            }
        )
        for n, at in enumerate(times)
    ]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, elastic: str) -> Iterator[tuple[Any, Any]]:
    server = {"backend": "elasticsearch", "url": elastic, "prefix": f"p{uuid.uuid4().hex[:10]}"}
    opened: list[Any] = [
        open_index(Workspace(tmp_path_factory.mktemp("home"), {"index": given}))
        for given in (server, {})
    ]
    for index in opened:
        index.put(posts())
        index.refresh()
    yield opened[0], opened[1]
    for index in opened:
        index.close()


def requests_of(index: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that the client asks from now on."""
    transport, asked = index.connection.client.transport, []
    ask = transport.perform_request

    def perform(method: str, target: str, **options: Any) -> Any:
        asked.append(target.partition("?")[0])
        return ask(method, target, **options)

    monkeypatch.setattr(transport, "perform_request", perform)
    return asked


@pytest.mark.parametrize(
    "window",
    [EVERYTHING, Window(datetime(2020, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC))],
)
def test_a_page_is_one_request(
    both: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch, window: Window
) -> None:
    elastic, embedded = both
    fresh: Any = open_index(Workspace(elastic.home, {"index": elastic.settings.model_dump()}))
    asked = requests_of(fresh, monkeypatch)
    for query, interval in [
        ("", "auto"),
        ("storm", "auto"),
        ("storm", "1m"),
        ("storm", "1d"),
        ("nothing", "auto"),
    ]:
        for timezone in (
            "UTC",
            "Europe/Paris",
            "Asia/Kolkata",
            "Asia/Kathmandu",
            "America/St_Johns",
        ):
            page: Page = fresh.page(query, window=window, interval=interval, timezone=timezone)
            assert [path.rsplit("/", 1)[-1] for path in asked] == ["_search"], (
                query,
                interval,
                timezone,
            )
            assert page == embedded.page(
                query, window=window, interval=interval, timezone=timezone
            ), (query, interval, timezone)
            asked.clear()
    fresh.close()


def test_a_profile_on_a_page_is_the_newest_one(both: tuple[Any, Any]) -> None:
    elastic, _ = both
    later = {
        "id": "new",
        "platform": "x",
        "text": "later",
        "published_at": "2025-12-01T00:00:00Z",
        "author": {"id": "a7", "handle": "h7", "followers": 9_999},
    }
    elastic.put([from_exchange(later)])
    elastic.refresh()
    found = [
        d.author
        for d in elastic.page("storm", size=200).documents
        if d.author and d.author.id == "x:a7"
    ]
    assert found
    assert all(author.followers == 9_999 and author.name == "Éa" for author in found)
    elastic.delete(["x:new"])


def test_an_index_whose_profiles_were_not_mapped_is_asked_by_id(
    both: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    elastic, _ = both
    wanted = elastic.search("storm", size=5).documents
    monkeypatch.setattr(elastic.authors, "lookup_request", lambda _: {})
    elastic.authors._cached.clear()
    assert elastic.search("storm", size=5).documents == wanted
