"""Reddit's dumps and answers. All content is invented."""

from __future__ import annotations

from typing import Any

from tests.crawlers.profiles.conftest import Exports


def submission(id_: str, title: str = "Coupure d'eau à Nantes 🐟", **more: Any) -> dict[str, Any]:
    base = {
        "id": id_, "author": "alice", "author_fullname": "t2_aaa", "created_utc": 1646463600,
        "title": title, "selftext": "Quelqu&#39;un sait ? &gt; non", "subreddit": "france",
        "subreddit_id": "t5_2qhjz", "score": 12, "num_comments": 3, "num_crossposts": 1,
        "permalink": f"/r/france/comments/{id_}/x/", "is_self": True,
        "url": f"https://www.reddit.com/r/france/comments/{id_}/x/", "domain": "self.france",
    }  # fmt: skip
    return base | more


def comment(id_: str, body: str, parent: str, **more: Any) -> dict[str, Any]:
    base = {
        "id": id_, "author": "bob", "created_utc": "1646463660", "body": body, "link_id": "t3_a1",
        "parent_id": parent, "subreddit": "france", "score": -2, "edited": False,
    }  # fmt: skip
    return base | more


def test_posts(exports: Exports) -> None:
    link = {"is_self": False, "selftext": "", "domain": "paper.example"}
    made = exports.json_lines(
        "RS_2022-03.ndjson",
        [
            submission("a1"),
            submission("a2", url="https://paper.example/a?x=1&amp;y=2", **link),
            submission("a3", crosspost_parent="t3_a1", url="/r/france/comments/a1/x/", **link),
            submission("a4", url="https://old.reddit.com/r/france/comments/a1/x/", **link),
            submission("a5", author="[deleted]", selftext="[removed]"),
            '{"id": "a6", "author"',
        ],
    )
    assert made.format == "reddit"
    assert len(made.rejected) == 1
    post, linking, cross, quote, gone = made.rows.values()
    assert (post["id"], post["platform"], post["source"]) == ("t3_a1", "reddit", "r/france")
    assert (post["author"]["id"], post["author"]["handle"]) == ("alice", "alice")
    assert post["title"] == "Coupure d'eau à Nantes 🐟"
    assert post["text"] == "Quelqu'un sait ? > non"
    assert post["published_at"] == "2022-03-05T07:00:00.000Z"
    assert post["url"] == "https://www.reddit.com/r/france/comments/a1/x/"
    counts = post["metrics"]
    assert [counts[k] for k in ("likes", "replies", "reposts")] == [12, 3, 1]
    assert not post.get("urls")
    assert linking["urls"] == ["https://paper.example/a?x=1&y=2"]
    assert cross["repost_of"] == "t3_a1"
    assert quote["quote_of"] == "t3_a1"
    assert "author" not in gone
    assert not gone.get("text")


def test_comments(exports: Exports) -> None:
    made = exports.json_lines(
        "RC_2022-03.ndjson",
        [
            comment("c1", "D&#39;accord 🐟 https://paper.example/a", "t3_a1"),
            comment("c2", "[removed]", "t1_c1"),
            comment("c3", "Oui", "t1_c1", author="[deleted]"),
        ],
    )
    first, removed, deleted = made.rows.values()
    assert (first["id"], first["reply_to"], first["text"][:8]) == ("t1_c1", "t3_a1", "D'accord")
    assert first["urls"] == ["https://paper.example/a"]
    assert first["published_at"] == "2022-03-05T07:01:00.000Z"
    assert removed["reply_to"] == "t1_c1"
    assert not removed.get("text")
    assert removed["author"]["handle"] == "bob"
    assert "author" not in deleted


def test_answers_of_apis_and_written_prefixes_are_the_same_posts(exports: Exports) -> None:
    things = [
        {"kind": "t3", "data": submission("a1", name="t3_a1")},
        {"kind": "t1", "data": comment("c1", "Oui", "t3_a1")},
    ]
    listing = exports.json("new.json", {"kind": "Listing", "data": {"children": things}})
    search = exports.json("s.json", {"data": [submission("t3_a1"), comment("c1", "Oui", "t3_a1")]})
    assert (listing.format, search.format) == ("reddit-listing", "reddit-search")
    assert list(listing.rows) == list(search.rows) == ["t3_a1", "t1_c1"]
