"""The Mastodon spider against a Mastodon-shaped server on loopback."""

from __future__ import annotations

import json
from typing import Any


def test_timelines_page_by_link_and_go_on_where_they_stopped(
    web: Any, toots: Any, crawl: Any
) -> None:
    toots.add(*range(1, 101))
    original = toots.status(50)
    toots.statuses.append(
        toots.status(201, acct="bob", content="<p>Post number 50</p>", reblog=original)
    )
    toots.statuses.append(
        toots.status(
            202,
            acct="eve@elsewhere.example",
            content="<p>No, @ada.<br>Never &amp; nowhere</p>",
            in_reply_to_id="50",
        )
    )
    toots.statuses.append(toots.status(203, visibility="private"))
    crawl.source("m", "mastodon", web.url())
    report = crawl.run()
    assert report["fates"] == {"created": 102, "duplicate": 1, "refused": 1}
    assert len(web.fetched()) == 3
    found = {d.id: d for d in crawl.documents().values()}
    boost, reply = found["mastodon:201"], found["mastodon:202"]
    assert [(link.kind, link.target) for link in boost.links if link.kind == "repost"] == [
        ("repost", "mastodon:50")
    ]
    assert [(link.kind, link.target) for link in reply.links if link.kind == "reply"] == [
        ("reply", "mastodon:50")
    ]
    assert reply.author.id == "mastodon:eve@elsewhere.example"
    assert reply.text == "No, @ada.\nNever & nowhere"
    assert found["mastodon:50"].metrics["likes"] == 50
    web.asked.clear()
    toots.add(301)
    again = crawl.run()
    assert again["fates"] == {"created": 1}
    assert web.fetched() == ["/api/v1/timelines/public?limit=40&since_id=203"]


def test_hashtags_and_accounts(web: Any, toots: Any, crawl: Any) -> None:
    toots.add(1, 2, tags=[{"name": "Bridge"}])
    toots.add(3, 4, acct="mayor@town.example")
    toots.add(5)
    crawl.source(
        "m", "mastodon", web.url(), hashtags=["#bridge"], accounts=["@mayor@town.example", "nobody"]
    )
    report = crawl.run()
    assert report["fates"] == {"created": 4, "failed": 1}
    assert any("acct=nobody answered 404" in w for w in report["warnings"])
    assert set(crawl.documents_by_id()) == {f"mastodon:{n}" for n in range(1, 5)}


def test_a_way_down_that_broke_off_is_taken_up_again(web: Any, toots: Any, crawl: Any) -> None:
    toots.page = 10
    toots.add(*range(1, 11))
    crawl.source("m", "mastodon", web.url())
    assert crawl.run()["fates"] == {"created": 10}
    toots.add(*range(101, 141))
    serve = web.pages["/api/v1/timelines/public"]
    web.pages["/api/v1/timelines/public"] = lambda request: (
        (404, {}, b"{}") if "max_id=121" in request.path else serve(request)
    )
    broken = crawl.run()
    assert broken["fates"] == {"created": 20, "failed": 1}
    web.pages["/api/v1/timelines/public"] = serve
    toots.add(*range(201, 206))
    web.asked.clear()
    assert crawl.run()["fates"] == {"created": 25}
    assert len(crawl.documents_by_id()) == 55
    asked = [path.partition("?")[2] for path in web.fetched()]
    assert asked[0].endswith("since_id=140")
    assert all("since_id=10" in path for path in asked[1:])
    assert crawl.run()["seen"] == 0


def test_max_pages_ends_the_way_into_the_past_for_good(web: Any, toots: Any, crawl: Any) -> None:
    toots.page = 10
    toots.add(*range(1, 101))
    crawl.source("m", "mastodon", web.url(), max_pages=3)
    assert crawl.run()["fates"] == {"created": 30}
    toots.add(101)
    assert crawl.run()["fates"] == {"created": 1}
    toots.add(*range(201, 251))
    assert crawl.run()["fates"] == {"created": 30}
    assert crawl.run()["fates"] == {"created": 20}, (
        "what came since the last crawl is never left out"
    )


def test_servers_that_refuse_slow_down_or_turn_in_circles(web: Any, toots: Any, crawl: Any) -> None:
    web.pages["/api/v1/timelines/public"] = lambda _: (
        401,
        {},
        b'{"error":"This method requires an authenticated user"}',
    )
    crawl.source("closed", "mastodon", web.url())
    report = crawl.run("closed")
    assert report["fates"] == {"failed": 1}
    assert any("only to those logged in" in w and "token_env" in w for w in report["warnings"])

    toots.add(1, tags=[{"name": "busy"}])
    serve = toots.other
    tries: list[int] = []

    def busy(request: Any) -> Any:
        tries.append(1)
        return (429, {"Retry-After": "1"}, b"{}") if len(tries) == 1 else serve(request)

    web.pages["*"] = busy
    crawl.source("busy", "mastodon", web.url(), hashtags=["busy"], respect_robots=False)
    assert crawl.run("busy")["fates"] == {"created": 1}
    assert len(tries) == 2

    page = [toots.status(9), toots.status(8)]
    link = {
        "Link": f'<{web.url("/api/v1/timelines/public")}?max_id=9>; rel="next"',
        "Content-Type": "application/json",
    }
    web.pages["/api/v1/timelines/public"] = lambda _: (200, link, json.dumps(page).encode())
    crawl.source("circle", "mastodon", web.url(), max_pages=50)
    assert crawl.run("circle")["seen"] <= 4
