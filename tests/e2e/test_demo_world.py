"""The demo's world and its server: deterministic, invented, and shaped like the real thing."""

from __future__ import annotations

import json
import re
import urllib.request
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser
import pytest

from tocsin.app.demo.world.builder import build_world
from tocsin.app.demo.world.model import World
from tocsin.app.demo.world.server import Server
from tocsin.app.demo.world.templates import (
    LANGUAGES,
    TOPICS,
    expand_template,
    load_texts,
    slot_words,
)

END = datetime(2026, 3, 12, 10, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(END)


@pytest.fixture(scope="module")
def server(world: World) -> Iterator[Server]:
    with Server(world) as served:
        yield served


def get(
    server: Server, host: str, path: str, headers: dict[str, str] | None = None
) -> tuple[int, Any, bytes]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}{path}",
        headers={"Host": f"{host}.localhost:{server.port}", **(headers or {})},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def posted(world: World) -> list[tuple[Any, ...]]:
    return [
        (
            s.id,
            s.account.name,
            s.at,
            s.text,
            s.links,
            s.boost_of and s.boost_of.id,
            s.reply_to and s.reply_to.id,
        )
        for s in world.statuses
    ]


def test_the_same_end_gives_the_same_world(world: World) -> None:
    again = build_world(END)
    assert posted(again) == posted(world)
    assert again.truth == world.truth
    assert again.pages == world.pages
    assert posted(build_world(END, seed=8)) != posted(world)


@pytest.mark.parametrize("hour", [0, 7, 23])
def test_what_happens_does_not_hang_on_the_hour_at_which_somebody_looks(
    world: World, hour: int
) -> None:
    other = build_world(END.replace(hour=hour))
    assert [(world.end - s.at, s.text) for s in world.statuses] == [
        (other.end - s.at, s.text) for s in other.statuses
    ]


@pytest.mark.parametrize("hour", [0, 7, 23])
def test_it_is_as_large_as_promised_at_any_hour(hour: int) -> None:
    world = build_world(END.replace(hour=hour) + timedelta(days=200))
    assert 2_000 <= len(world.statuses) <= 3_000
    assert len({s.account.name for s in world.statuses}) >= 400
    assert len(world.pages) >= 100
    assert all(world.start <= s.at < world.end for s in world.statuses)
    assert world.end - world.start == timedelta(days=14)
    langs = Counter(s.lang for s in world.statuses)
    assert min(langs["fr"], langs["en"]) > 0.4 * len(world.statuses)


def test_the_truth_names_who_is_planted(world: World) -> None:
    (members,) = world.truth["campaigns"].values()
    assert len(members) >= 12
    innocent = {account for accounts in world.truth["innocent"].values() for account in accounts}
    assert innocent
    assert not innocent & set(members)
    assert {
        s.account.id for s in world.statuses if any("la-source-libre" in link for link in s.links)
    } <= set(members)


def test_boosts_and_answers_point_back_in_time(world: World) -> None:
    known = {s.id: s for s in world.statuses}
    assert len(known) == len(world.statuses)
    assert [s.id for s in world.statuses] == sorted(known, key=int)
    for status in world.statuses:
        for target in (status.boost_of, status.reply_to):
            assert target is None or (target.id in known and target.at < status.at)


def test_people_rarely_say_the_same(world: World) -> None:
    own = [
        s
        for s in world.statuses
        if s.account.role == "ordinary"
        and s.boost_of is None
        and not s.links
        and s.topic != "concert"
    ]
    assert len({s.text for s in own}) > 0.95 * len(own)


def test_french_prepositions_are_contracted(world: World) -> None:
    said = [one.text for one in world.statuses if one.lang == "fr"]
    assert any("aux Vergers" in text for text in said)
    assert not [text for text in said if re.search(r"\b([àÀ]|[dD]e) (les|le) [A-Z]", text)]


def test_every_text_is_complete() -> None:
    from random import Random

    rng = Random(1)
    for lang in LANGUAGES:
        for topic in (*TOPICS, "crisis", "replies"):
            for part, templates in load_texts(topic)[lang].items():
                for template in templates if part not in ("tags", "slots") else ():
                    for _ in range(4):
                        text = expand_template(template, slot_words(lang, topic), rng)
                        assert not re.search(r"[\[\]{}|]|  | ,", text), text
    for topic in TOPICS:
        assert len(load_texts(topic)["fr"]["statements"]) == len(
            load_texts(topic)["en"]["statements"]
        )


def test_no_address_leads_to_a_real_place(world: World) -> None:
    for status in world.statuses:
        for link in status.links:
            assert link.startswith(("page:", "https://la-source-libre.example/"))
        assert "://" not in status.text


def test_the_timeline_pages_to_its_end_by_link_headers(server: Server, world: World) -> None:
    path: str | None = "/api/v1/timelines/public?limit=40"
    ids: list[str] = []
    while path:
        status, headers, body = get(server, "agora", path)
        assert status == 200
        page = json.loads(body)
        ids += [row["id"] for row in page]
        link = re.search(
            r'<http://agora\.localhost:\d+([^>]+)>; rel="next"', headers.get("Link") or ""
        )
        path = link[1] if link and page else None
    assert ids == [s.id for s in reversed(world.statuses)]
    _, _, body = get(server, "agora", f"/api/v1/timelines/public?since_id={ids[3]}")
    assert [row["id"] for row in json.loads(body)] == ids[:3]


def test_statuses_are_shaped_like_mastodons(server: Server, world: World) -> None:
    boost = next(s for s in world.statuses if s.boost_of)
    reply = next(s for s in world.statuses if s.reply_to)
    tagged = next(s for s in world.statuses if "#LampionsDeSel" in s.text)
    assert boost.boost_of is not None
    assert reply.reply_to is not None
    row = json.loads(get(server, "agora", f"/api/v1/statuses/{boost.id}")[2])
    assert row["reblog"]["id"] == boost.boost_of.id
    row = json.loads(get(server, "agora", f"/api/v1/statuses/{reply.id}")[2])
    assert row["in_reply_to_id"] == reply.reply_to.id
    assert [m["acct"] for m in row["mentions"]] == [reply.reply_to.account.name]
    assert 'class="u-url mention"' in row["content"]
    rows = json.loads(get(server, "agora", "/api/v1/timelines/tag/lampionsdesel?limit=40")[2])
    assert tagged.id in {r["id"] for r in rows} or len(rows) == 40
    assert all(any(t["name"] == "LampionsDeSel" for t in r["tags"]) for r in rows)
    account = json.loads(
        get(server, "agora", f"/api/v1/accounts/lookup?acct={tagged.account.name}")[2]
    )
    assert account["followers_count"] == tagged.account.followers
    statuses = json.loads(get(server, "agora", f"/api/v1/accounts/{account['id']}/statuses")[2])
    assert {r["account"]["acct"] for r in statuses} == {tagged.account.name}


def test_every_outlet_can_be_read(server: Server, world: World) -> None:
    assert {o.feed for o in world.outlets} == {"rss", "atom", "json", "sitemap"}
    for outlet in world.outlets:
        pages = [p for p in world.pages if p.outlet == outlet]
        site = server.sites[f"{outlet.host}.localhost"]
        for path in ("/feed.xml", "/atom.xml"):
            feed = feedparser.parse(get(server, outlet.host, path)[2])
            assert not feed.bozo
            assert {entry.link for entry in feed.entries} == {site.base + p.path for p in pages}
        assert len(json.loads(get(server, outlet.host, "/feed.json")[2])["items"]) == len(pages)
        assert get(server, outlet.host, "/sitemap.xml")[2].count(b"<loc>") == len(pages)
        assert b"Sitemap:" in get(server, outlet.host, "/robots.txt")[2]
        status, headers, body = get(server, outlet.host, pages[0].path)
        assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert pages[0].title.replace("'", "&#x27;").encode() in body
        assert get(server, outlet.host, pages[0].path, {"If-None-Match": headers["ETag"]})[0] == 304


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/api/v1/nothing",
        "/api/v1/statuses/1",
        "/api/v1/accounts/x/statuses",
        "/@nobody/1",
        "/../../etc/passwd",
    ],
)
def test_what_is_not_there_is_not_there(server: Server, path: str) -> None:
    assert get(server, "agora", path)[0] == 404
    assert get(server, "quay-post", path)[0] == 404


def test_source_files_are_valid(server: Server) -> None:
    import tomllib

    for name, text in server.sources().items():
        source = tomllib.loads(text)
        assert source["name"] == name
        assert source["allow_private"] is True
        assert source["start"][0].startswith("http://")
