"""Ten accounts that act together are found in each layout of X and of the research tools."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.planted_layouts import Event, Layout, World, assert_found, lines, table

TYPES = {"repost": "retweeted", "quote": "quoted", "reply": "replied_to"}


def iso(event: Event) -> str:
    return event.at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def spoken(event: Event) -> str:
    """Its text as X shows it: a repost says whom it repeats."""
    return f"RT @{event.of.handle}: {event.text}" if is_repost(event) and event.of else event.text


def is_repost(event: Event) -> bool:
    return event.kind == "repost"


def related(event: Event, kind: str) -> str:
    """The id of the event that it repeats, quotes or answers (``kind``); else nothing."""
    return event.of.snowflake if event.of and event.kind == kind else ""


def api_v2(world: World) -> str:
    return lines(tweet_v2(event) for event in world.events)


def tweet_v2(event: Event) -> dict[str, Any]:
    tweet: dict[str, Any] = {
        "id": event.snowflake, "author_id": event.author_id, "text": spoken(event)[:140],
        "created_at": iso(event), "public_metrics": {"like_count": 1},
    }  # fmt: skip
    if event.of:
        tweet["referenced_tweets"] = [{"type": TYPES[event.kind], "id": event.of.snowflake}]
    if event.url:
        tweet["entities"] = {"urls": [{"url": "https://t.co/a", "expanded_url": event.url}]}
    return tweet


def twarc_csv(world: World) -> str:
    return table(
        {
            "id": e.snowflake, "conversation_id": (e.of or e).snowflake,
            "referenced_tweets.replied_to.id": related(e, "reply"),
            "referenced_tweets.retweeted.id": related(e, "repost"),
            "referenced_tweets.quoted.id": related(e, "quote"), "author_id": e.author_id,
            "created_at": iso(e), "text": spoken(e), "author.username": e.handle,
            "public_metrics.like_count": 1,
        }
        for e in world.events
    )  # fmt: skip


LAYOUTS = {
    "x-api-v2": Layout("tweets.jsonl", api_v2, "x-api-v2", "x"),
    "twarc-csv": Layout("tweets.csv", twarc_csv, "twarc-csv", "x"),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_ten_are_one_group(name: str, tmp_path: Path) -> None:
    assert_found(LAYOUTS[name], tmp_path)


@pytest.mark.slow
def test_with_all_of_enrichment(tmp_path: Path) -> None:
    assert_found(LAYOUTS["x-api-v2"], tmp_path, whole=True)
