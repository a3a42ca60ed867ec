"""The Mastodon spider against a Mastodon-shaped server on loopback."""

from __future__ import annotations

from typing import Any


def test_timelines_page_by_link_and_go_on_where_they_stopped(web: Any, toots: Any, crawl: Any) -> None:
    toots.add(*range(1, 101))
    original = toots.status(50)
    toots.statuses.append(toots.status(201, acct="bob", content="<p>Post number 50</p>", reblog=original))
    toots.statuses.append(
        toots.status(202, acct="eve@elsewhere.example", content="<p>No, @ada.<br>Never &amp; nowhere</p>", in_reply_to_id="50")
    )
    toots.statuses.append(toots.status(203, visibility="private"))
    crawl.source("m", "mastodon", web.url())
    report = crawl.run()
    assert report["fates"] == {"created": 102, "duplicate": 1, "refused": 1}
    assert len(web.fetched()) == 3
    found = {d.id: d for d in crawl.documents().values()}
    boost, reply = found["mastodon:201"], found["mastodon:202"]
    assert [(link.kind, link.target) for link in boost.links if link.kind == "repost"] == [("repost", "mastodon:50")]
    assert [(link.kind, link.target) for link in reply.links if link.kind == "reply"] == [("reply", "mastodon:50")]
    assert reply.author.id == "mastodon:eve@elsewhere.example"
    assert reply.text == "No, @ada.\nNever & nowhere"
    assert found["mastodon:50"].metrics["likes"] == 50
    web.asked.clear()
    toots.add(301)
    again = crawl.run()
    assert again["fates"] == {"created": 1}
    assert web.fetched() == ["/api/v1/timelines/public?limit=40&since_id=203"]
