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


def test_answers_within_a_page_of_a_thread(exports: Exports) -> None:
    def listing(*children: Any) -> dict[str, Any]:
        return {"kind": "Listing", "data": {"children": list(children)}}

    def said(id_: str, parent: str, *answers: Any) -> dict[str, Any]:
        inner = comment(id_, f"Été {id_} 🐟", parent, replies=listing(*answers) if answers else "")
        return {"kind": "t1", "data": inner}

    more = {"kind": "more", "data": {"id": "_", "children": ["c9"]}}
    broken = {"kind": "t1", "data": {"body": "sans id"}}
    deep = said("c1", "t3_a1", said("c2", "t1_c1", said("c3", "t1_c2"), more), broken)
    page = [listing({"kind": "t3", "data": submission("a1")}), listing(deep, said("c4", "t3_a1"))]
    made = exports.json("thread.json", page)
    assert made.format == "reddit-listing"
    assert list(made.rows) == ["t3_a1", "t1_c1", "t1_c2", "t1_c3", "t1_c4"]
    assert [row.get("reply_to") for row in made.rows.values()] == [
        None, "t3_a1", "t1_c1", "t1_c2", "t3_a1",
    ]  # fmt: skip
    assert made.left_out == ["pointers to further comments", "answers without an id"]
    assert {row["kind"] for row in made.rows.values()} == {"post", "comment"}


def test_parents_as_numbers_galleries_and_links_to_comments(exports: Exports) -> None:
    picture = {"s": {"u": "https://preview.redd.it/m1.jpg?width=1&amp;s=2"}}
    link = {"is_self": False, "selftext": ""}
    place = "http://www.reddit.com/r/france/comments/a1/x/c0a1"
    made = exports.json_lines(
        "RS_RC.ndjson",
        [
            comment("c1", "un", int("a1", 36)),  # type: ignore[arg-type]
            comment("c2", "deux", int("c1", 36)),  # type: ignore[arg-type]
            submission("a2", url="https://www.reddit.com/gallery/a2", **link,
                media_metadata={"m1": picture}),
            submission("a3", url=place, **link),
        ],
    )  # fmt: skip
    of_post, of_comment, gallery, linking = made.rows.values()
    assert (of_post["reply_to"], of_comment["reply_to"]) == ("t3_a1", "t1_c1")
    assert gallery["media"][0]["url"] == "https://preview.redd.it/m1.jpg?width=1&s=2"
    assert linking["quote_of"] == "t1_c0a1"


def test_tables_made_of_dumps(exports: Exports) -> None:
    place = "https://www.reddit.com/r/france/comments/a1/x/"
    post = {"author": "u/alice", "title": "Été 🐟", "score": "12", "created": "2022-03-05 07:00",
        "link": place, "text": "été &gt; hiver", "url": place}  # fmt: skip
    linking = post | {
        "link": place.replace("a1", "a2"),
        "text": "",
        "url": "https://paper.example/a",
    }
    quoting = linking | {"link": place.replace("a1", "a3"), "url": place}
    header = "author,title,score,created,link,text,url"
    made = exports.table("posts.csv", header, [post, linking, quoting, post | {"link": "x"}])
    assert (made.format, len(made.rejected)) == ("reddit-table", 1)
    first, second, third = made.rows.values()
    assert (first["id"], first["platform"], first["source"]) == ("t3_a1", "reddit", "r/france")
    assert (first["author"]["id"], first["text"]) == ("alice", "été > hiver")
    assert first["published_at"] == "2022-03-05T07:00:00.000Z"
    assert second["urls"] == ["https://paper.example/a"]
    assert third["quote_of"] == "t3_a1"
    said = {"author": "u/bob", "score": "2", "created": "2022-03-05 07:01", "body": "Oui 🐟",
        "link": f"{place}c1/"}  # fmt: skip
    gone = said | {"author": "u/[deleted]", "body": "[removed]", "link": f"{place}c2/"}
    made = exports.table("comments.csv", "author,score,created,link,body", [said, gone])
    first, second = made.rows.values()
    assert (first["id"], first["kind"], first["reply_to"]) == ("t1_c1", "comment", "t3_a1")
    assert (first["author"]["id"], first["text"]) == ("bob", "Oui 🐟")
    assert "author" not in second
    assert not second["text"]


def test_tables_of_scripts_with_fewer_columns(exports: Exports) -> None:
    header = "title,score,id,subreddit,url,num_comments,body,created"
    place = "https://www.reddit.com/r/france/comments/a1/x/"
    post = {"title": "Été 🐟", "score": "3", "id": "a1", "subreddit": "france", "url": place,
        "num_comments": "2", "body": "Là", "created": "1646463600.0"}  # fmt: skip
    made = exports.table("posts.csv", header, [post, "1,2"])
    assert (made.format, len(made.rejected)) == ("reddit", 1)
    (row,) = made.rows.values()
    assert (row["id"], row["kind"], row["title"], row["text"]) == ("t3_a1", "post", "Été 🐟", "Là")
    assert row["published_at"] == "2022-03-05T07:00:00.000Z"
    assert (row["metrics"]["likes"], row["metrics"]["replies"]) == (3, 2)
