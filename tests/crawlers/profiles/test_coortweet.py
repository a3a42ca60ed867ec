"""Shares as CooRTweet reads them. All content is invented."""

from __future__ import annotations

from typing import Any

from tests.crawlers.profiles.conftest import Exports

HEADER = "object_id,account_id,content_id,timestamp_share"


def share(number: int, shared: str, **more: Any) -> dict[str, Any]:
    return {
        "object_id": shared, "account_id": f"compte-é{number}", "content_id": f"c{number}",
        "timestamp_share": 1714726800,
    } | more  # fmt: skip


def test_shares_have_an_account_a_time_and_an_object(exports: Exports) -> None:
    made = exports.table(
        "shares.csv",
        HEADER,
        [
            share(1, "https://paper.example/a"),
            share(2, "1780000000000000001"),
            share(3, "mer"),
            share(4, "Écoute 🐟 les bancs passent"),
            share(5, "f0e1d2c3b4a59687"),
            share(6, "paper.example/b"),
            share(7, ""),
            "1,2",
        ],
    )
    assert made.format == "coortweet"
    assert len(made.rejected) == 1
    assert made.left_out == ["shares without an object"]
    url, repost, tag, text, picture, bare = made.rows.values()
    assert {row["published_at"] for row in made.rows.values()} == {"2024-05-03T09:00:00.000Z"}
    assert url["author"]["id"].endswith("/compte-é1")
    assert url["id"].endswith("/c1")
    assert url["urls"] == ["https://paper.example/a"]
    assert repost["repost_of"].endswith("/1780000000000000001")
    assert tag["hashtags"] == ["mer"]
    assert text["text"] == "Écoute 🐟 les bancs passent"
    assert picture["media"] == [{"url": "f0e1d2c3b4a59687", "kind": "unknown"}]
    assert bare["urls"] == ["https://paper.example/b"]
