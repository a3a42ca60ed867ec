"""Mastodon's statuses and outbox.json. All content is invented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from crawlers.extract import mastodon
from tests.crawlers.profiles.conftest import Exports

LONG = "112345678901234567"


def status(
    id_: str, content: str, acct: str = "zoe", server: str = "m.example", **more: Any
) -> dict[str, Any]:
    name = acct.partition("@")[0]
    account = {
        "id": "9", "acct": acct, "username": name, "display_name": "Zoé 🐟",
        "url": f"https://{acct.partition('@')[2] or server}/@{name}",
        "followers_count": 3, "following_count": 4, "statuses_count": 5,
    }  # fmt: skip
    base = {
        "id": id_, "created_at": "2024-09-09T19:46:02.102Z", "content": content,
        "uri": f"https://{server}/users/{name}/statuses/{id_}", "language": "fr",
        "url": f"https://{server}/@{name}/{id_}", "visibility": "public", "account": account,
        "mentions": [], "tags": [], "media_attachments": [], "reblog": None,
        "in_reply_to_id": None, "reblogs_count": 1, "favourites_count": 2, "replies_count": 0,
    }  # fmt: skip
    return base | more


MARKED = (
    '<p>Lire <a href="https://paper.example/long/a.html"><span class="invisible">https://'
    '</span><span class="ellipsis">paper.example/lo</span></a> 🐟 été '
    '<a href="https://m.example/tags/eau" class="mention hashtag">#<span>eau</span></a> '
    '<a href="https://o.example/@max" class="u-url mention">@<span>max</span></a></p>'
)


def test_statuses(exports: Exports) -> None:
    original = status("77", "<p>original</p>", "max@o.example")
    made = exports.json_lines(
        "statuses.jsonl",
        [
            status(
                LONG, MARKED, tags=[{"name": "eau", "url": "https://m.example/tags/eau"}],
                mentions=[{"acct": "max@o.example", "url": "https://o.example/@max"}],
            ),
            status("2", "", reblog=original),
            status("3", "<p>un<br>deux &amp; trois</p>", in_reply_to_id=LONG),
            status("4", "<p>voyez</p>", quote={"state": "accepted", "quoted_status": original}),
            status("5", "<p>secret</p>", visibility="direct"),
            '{"id": "6", "content"',
        ],
    )  # fmt: skip
    assert made.format == "mastodon"
    assert made.left_out == ["messages to persons alone"]
    assert len(made.rejected) == 1
    post, boost, own, reply, quote = made.rows.values()
    assert post["id"] == LONG
    assert post["author"]["id"] == "zoe@m.example"
    assert (post["author"]["handle"], post["author"]["name"]) == ("zoe", "Zoé 🐟")
    assert post["author"]["followers"] == 3
    assert post["platform"] == "mastodon"
    assert "🐟 été #eau" in post["text"]
    assert post["urls"] == ["https://paper.example/long/a.html"]
    assert (post["hashtags"], post["mentions"]) == (["eau"], ["max@o.example"])
    assert (post["metrics"]["likes"], post["metrics"]["reposts"]) == (2, 1)
    assert post["published_at"] == "2024-09-09T19:46:02.102Z"
    assert post["lang"] == "fr"
    assert (boost["id"], boost["repost_of"]) == ("2@m.example", "77@m.example")
    assert boost["text"] == "original"
    assert (own["id"], own["author"]["id"]) == ("77@m.example", "max@o.example")
    assert (reply["text"], reply["reply_to"]) == ("un\ndeux & trois", LONG)
    assert quote["quote_of"] == "77@m.example"


def test_the_same_numbers_on_two_servers(exports: Exports) -> None:
    one = exports.json_lines("m1.jsonl", [status("101", "<p>a</p>")])
    two = exports.json_lines("m2.jsonl", [status("101", "<p>b</p>", "max", "o.example")])
    assert not one.rows.keys() & two.rows.keys()
    (first,), (second,) = one.rows.values(), two.rows.values()
    assert (first["author"]["id"], second["author"]["id"]) == ("zoe@m.example", "max@o.example")


ZOE = "https://m.example/users/zoe"
EVERYBODY = "https://www.w3.org/ns/activitystreams#Public"


def activity(number: int, kind: str, thing: Any, to: str = EVERYBODY) -> dict[str, Any]:
    return {
        "id": f"{ZOE}/statuses/{number}/activity", "type": kind, "actor": ZOE,
        "published": "2022-11-05T07:00:00Z", "to": [to], "cc": [], "object": thing,
    }  # fmt: skip


def note(number: int, content: str, to: str = EVERYBODY, **more: Any) -> dict[str, Any]:
    base = {
        "id": f"{ZOE}/statuses/{number}", "type": "Note", "summary": None, "inReplyTo": None,
        "published": "2022-11-05T07:00:00Z", "url": f"https://m.example/@zoe/{number}",
        "attributedTo": ZOE, "to": [to], "cc": [], "sensitive": False, "content": content,
        "contentMap": {"fr": content}, "attachment": [], "tag": [],
    }  # fmt: skip
    return activity(number, "Create", base | more, to)


def test_outbox(exports: Exports) -> None:
    tag = {"type": "Hashtag", "href": "https://m.example/tags/eau", "name": "#eau"}
    mention = {"type": "Mention", "href": "https://o.example/users/max", "name": "@max@o.example"}
    picture = {"type": "Document", "mediaType": "image/png", "url": "/media/a.png", "name": "mer"}
    max_55 = "https://o.example/users/max/statuses/55"
    items = [
        note(101, MARKED, tag=[tag, mention], attachment=[picture], likes={"totalItems": 4}),
        activity(102, "Announce", max_55),
        note(103, "<p>D'accord</p>", f"{ZOE}/followers", inReplyTo=max_55),
        note(104, "<p>voyez</p>", quote=f"https://o.example/users/max/statuses/{LONG}"),
        note(105, "<p>secret</p>", "https://o.example/users/max"),
        activity(106, "Like", max_55),
        "broken",
    ]
    box = {
        "@context": "https://www.w3.org/ns/activitystreams", "id": "outbox.json",
        "type": "OrderedCollection", "totalItems": 7, "orderedItems": items,
    }  # fmt: skip
    made = exports.json("outbox.json", box)
    assert made.format == "mastodon-outbox"
    assert made.left_out == ["messages to persons alone", "activities that are no posts"]
    assert len(made.rejected) == 1
    post, boost, reply, quote = made.rows.values()
    assert post["id"] == "101@m.example"
    assert post["author"] == {"id": "zoe@m.example", "handle": "zoe"}
    assert "🐟 été" in post["text"]
    assert post["published_at"] == "2022-11-05T07:00:00.000Z"
    assert post["urls"] == ["https://paper.example/long/a.html"]
    assert (post["hashtags"], post["mentions"]) == (["eau"], ["max@o.example"])
    assert post["media"][0]["url"] == "https://m.example/media/a.png"
    assert (post["lang"], post["metrics"]["likes"]) == ("fr", 4)
    assert (boost["id"], boost["repost_of"]) == ("102@m.example", "55@o.example")
    assert (reply["reply_to"], reply["extra"]["visibility"]) == ("55@o.example", "private")
    assert quote["quote_of"] == LONG


def test_a_status_by_spider_and_by_import_is_one_document(exports: Exports) -> None:
    shown = [
        status("12", "<p>court</p>", in_reply_to_id="11"),
        status(LONG, "<p>long</p>", in_reply_to_id=LONG[::-1]),
        status("13", "", reblog=status("7", "<p>là 🐟</p>", "max@o.example")),
        status("14", "<p>voyez</p>", quote={"quoted_status": status("8", "<p>cité</p>")}),
    ]
    crawled = mastodon.parse(json.dumps(shown).encode(), "m.example", "2026-03-03T00:00:00Z")
    by_spider = {row["id"]: row for row in crawled["rows"]}
    made = exports.json("statuses.json", shown)
    assert list(by_spider) == list(made.rows)
    assert list(made.rows)[:2] == ["12@m.example", LONG]
    for own, row in made.rows.items():
        other = by_spider[own]
        assert row["author"]["id"] == other["author"]["id"]
        for key in ("reply_to", "repost_of", "quote_of"):
            assert row.get(key) == other.get(key)
    # how far the timeline is read is counted in the server's own numbers
    assert crawled["ids"] == ["12", LONG, "13", "14"]
    answers = {"accounts": [], "statuses": shown, "hashtags": []}
    thread = {"ancestors": shown[:1], "descendants": shown[1:]}
    for document in (answers, thread):
        found = exports.json("answer.json", document)
        assert (found.format, list(found.rows)) == ("mastodon-answers", list(made.rows))


def test_actors_that_are_numbers(exports: Exports, tmp_path: Path) -> None:
    actor = "https://m.example/ap/users/1234"
    public = ["https://www.w3.org/ns/activitystreams#Public"]
    note = {
        "id": f"{actor}/statuses/{LONG}", "type": "Note", "published": "2024-05-03T09:00:00Z",
        "url": f"https://m.example/@zoe/{LONG}", "attributedTo": actor, "to": public, "cc": [],
        "content": "<p>Là 🐟</p>",
    }  # fmt: skip
    create = {"type": "Create", "actor": actor, "published": note["published"], "to": public,
        "object": note}  # fmt: skip
    document = {"type": "OrderedCollection", "orderedItems": [create]}
    (alone,) = exports.json("outbox.json", document).rows.values()
    assert alone["author"] == {"id": "zoe@m.example", "handle": "zoe"}
    about = {"id": actor, "type": "Person", "preferredUsername": "zoe", "name": "Zoé 🐟"}
    (tmp_path / "actor.json").write_text(json.dumps(about), encoding="utf-8")
    (beside,) = exports.json("outbox.json", document).rows.values()
    assert beside["author"] == {"id": "zoe@m.example", "handle": "zoe", "name": "Zoé 🐟"}
    assert beside["id"] == LONG
