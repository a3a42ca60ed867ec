"""Repositories of Bluesky accounts as CAR files, real bytes made from the specification."""

from __future__ import annotations

import gzip
import io
import zipfile
from typing import Any

import pytest

from tests.crawlers.conftest import Crawl
from tests.crawlers.profiles.conftest import Exports
from tests.crawlers.repositories import DID, Link, Repository, encoded, tid, varint
from tocsin.core.errors import ConfigError

POST, REPOST, LIKE = "app.bsky.feed.post", "app.bsky.feed.repost", "app.bsky.feed.like"
OTHER = "did:plc:otherotherotherotherothe"
AT = 1_750_000_000_000_000
"""2025-06-15T15:06:40Z, in microseconds."""
NOW = "2025-06-15T15:06:40.000Z"
PICTURE = Link(b"\x01\x55\x12\x20" + b"\x07" * 32)


def strong(address: str) -> dict[str, Any]:
    return {"uri": address, "cid": "bafyreib2rxk3rh6kzwq"}


def key(number: int, collection: str = POST) -> str:
    return f"{collection}/{tid(AT + number * 1_000_000)}"


def post(text: str, **more: Any) -> dict[str, Any]:
    return {"$type": POST, "text": text, "createdAt": NOW, "langs": ["fr"], **more}


def records() -> dict[str, Any]:
    first = f"at://{DID}/{key(0)}"
    return {
        "app.bsky.actor.profile/self": {
            "$type": "app.bsky.actor.profile", "displayName": "Zoé Durand 🌊",
            "description": "Quais et marées", "createdAt": "2024-01-02T03:04:05Z",
        },
        key(0): post(
            "Été au port 🚢 #quai @lea.example https://port.exa…",
            facets=[
                {
                    "index": {"byteStart": 19, "byteEnd": 24},
                    "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "quai"}],
                },
                {
                    "index": {"byteStart": 25, "byteEnd": 37},
                    "features": [{"$type": "app.bsky.richtext.facet#mention", "did": OTHER}],
                },
                {
                    "index": {"byteStart": 38, "byteEnd": 59},
                    "features": [
                        {
                            "$type": "app.bsky.richtext.facet#link",
                            "uri": "https://port.example/horaires",
                        }
                    ],
                },
            ],
            embed={
                "$type": "app.bsky.embed.images",
                "images": [
                    {
                        "alt": "le quai",
                        "image": {
                            "$type": "blob", "ref": PICTURE, "mimeType": "image/jpeg", "size": 9,
                        },
                    }
                ],
            },
        ),
        key(1): post(
            "Oui",
            reply={
                "root": strong(f"at://{OTHER}/{POST}/3l2a"),
                "parent": strong(f"at://{OTHER}/{POST}/3l2b"),
            },
        ),
        key(2): post(
            "À lire",
            embed={"$type": "app.bsky.embed.record", "record": strong(first)},
        ),
        key(3, REPOST): {
            "$type": REPOST, "subject": strong(f"at://{OTHER}/{POST}/3l2c"), "createdAt": NOW,
        },
        key(4, REPOST): {"$type": REPOST, "createdAt": NOW},
        key(5, LIKE): {"$type": LIKE, "subject": strong(first), "createdAt": NOW},
        key(6, LIKE): {"$type": LIKE, "subject": strong(first), "createdAt": NOW},
        key(7, "app.bsky.graph.follow"): {
            "$type": "app.bsky.graph.follow", "subject": OTHER, "createdAt": NOW,
        },
    }  # fmt: skip


@pytest.mark.parametrize("packed", ["plain", "gzip", "zip", "reversed", "second version"])
def test_a_repository_is_read_without_options(exports: Exports, packed: str) -> None:
    repository = Repository(records())
    data = repository.car()
    if packed == "gzip":
        data = gzip.compress(data)
    elif packed == "reversed":
        data = repository.car(reversed(list(repository.blocks)))
    elif packed == "second version":
        head = b"\x0a\xa1gversion\x02" + bytes(16)
        head += (51).to_bytes(8, "little") + len(data).to_bytes(8, "little") + bytes(8)
        data = head + data + b"an index follows"
    elif packed == "zip":
        whole = io.BytesIO()
        with zipfile.ZipFile(whole, "w") as archive:
            archive.writestr("repo.car", data)
        (exports.folder / "r.zip").write_bytes(whole.getvalue())
    made = exports.open("r.zip!repo.car") if packed == "zip" else exports.read("repo", data)
    assert made.format == "bluesky-repository"
    first = made.rows[f"at://{DID}/{key(0)}"]
    assert first["platform"] == "bluesky"
    assert first["text"].startswith("Été au port 🚢")
    assert first["author"] == {
        "id": DID, "name": "Zoé Durand 🌊", "description": "Quais et marées",
    }  # fmt: skip
    assert first["published_at"] == NOW
    assert first["lang"] == "fr"
    assert first["hashtags"] == ["quai"]
    assert first["mentions"] == ["lea.example"]
    assert first["urls"] == ["https://port.example/horaires"]
    assert first["url"] == f"https://bsky.app/profile/{DID}/post/{tid(AT)}"
    assert first["media"][0]["url"].startswith(
        f"https://cdn.bsky.app/img/feed_fullsize/plain/{DID}/bafkrei"
    )
    assert made.rows[f"at://{DID}/{key(1)}"]["reply_to"] == f"at://{OTHER}/{POST}/3l2b"
    assert made.rows[f"at://{DID}/{key(2)}"]["quote_of"] == f"at://{DID}/{key(0)}"
    assert made.rows[f"at://{DID}/{key(3, REPOST)}"]["repost_of"] == f"at://{OTHER}/{POST}/3l2c"
    assert len(made.rows) == 4
    assert [str(row.reason) for row in made.rejected] == ["a repost that does not say of what"]
    assert sorted(made.left_out) == [
        "likes", "likes", "records that are no posts", "records that are no posts",
    ]  # fmt: skip


def test_a_time_that_cannot_be_is_that_of_the_key(exports: Exports) -> None:
    late = {key(0): {**post("demain"), "createdAt": "2031-01-01T00:00:00Z"}}
    row = next(iter(exports.read("r.car", Repository(late).car()).rows.values()))
    assert row["published_at"] == NOW
    assert row["published_precision"] == "minute"
    assert row["extra"]["created_at"] == "2031-01-01T00:00:00Z"


def many(number: int = 400) -> dict[str, Any]:
    return {key(n): post(f"message {n}") for n in range(number)}


def test_keys_are_right_in_a_tree_of_many_layers(exports: Exports) -> None:
    repository = Repository(many())
    assert len(repository.nodes) > 20
    made = exports.read("r.car", repository.car())
    assert {i.rpartition("/")[2]: r["text"] for i, r in made.rows.items()} == {
        tid(AT + n * 1_000_000): f"message {n}" for n in range(400)
    }
    assert not made.rejected


def test_a_file_that_breaks_off_keeps_what_it_holds(exports: Exports) -> None:
    data = Repository(many()).car()
    made = exports.read("r.car", data[: len(data) * 3 // 4])
    assert 100 < len(made.rows) < 350
    assert all(i.startswith(f"at://{DID}/{POST}/3") for i in made.rows)
    (said,) = made.rejected
    assert "cut off" in str(said.reason)
    assert f"records read before: {len(made.rows)}," in str(said.reason)
    packed = exports.read("r.car.gz", gzip.compress(data)[:-5000])
    assert len(packed.rows) > 100
    assert len(packed.rejected) == 1


def test_a_part_of_a_repository_is_read_and_said(exports: Exports) -> None:
    repository = Repository(many())
    without = repository.nodes[-2]  # one below the root
    chosen = [cid for cid in repository.blocks if cid not in (without, repository.nodes[-1])]
    made = exports.read("r.car", repository.car(chosen))
    own = [row for i, row in made.rows.items() if i.startswith(f"at://{DID}/{POST}/")]
    assert len(own) > 350
    lost = [row for i, row in made.rows.items() if not i.startswith("at://")]
    assert len(lost) + len(own) == 400  # posts whose key is lost have ids made
    assert lost
    assert {row["author"]["id"] for row in lost} == {DID}
    assert not made.rejected
    assert "intake.repository_part" in made.notes


def test_without_its_commit_posts_are_nobodys(exports: Exports) -> None:
    repository = Repository(many(5))
    rest = [cid for cid in repository.blocks if cid != repository.commit]
    made = exports.read("r.car", repository.car(rest))
    assert sorted(row["text"] for row in made.rows.values()) == [f"message {n}" for n in range(5)]
    assert not any(row.get("author") for row in made.rows.values())


def test_bytes_that_do_not_match_their_address_are_rejected(exports: Exports) -> None:
    data = Repository(many(20)).car().replace(b"message 7", b"message 8")
    made = exports.read("r.car", data)
    assert len(made.rows) == 19
    assert "damaged" in str(made.rejected[0].reason)


def test_a_node_that_lies_costs_no_more_than_itself(exports: Exports) -> None:
    repository = Repository(many(3))
    wrong = repository.add({
        "l": None,
        "e": [{"p": 99, "k": b"x", "v": Link(repository.records[key(0)]), "t": None}],
    })  # fmt: skip
    commit = {"did": DID, "version": 3, "data": wrong, "prev": None, "rev": "x", "sig": b""}
    repository.commit = repository.add(commit)
    made = exports.read("r.car", repository.car())
    assert len(made.rows) == 3


@pytest.mark.parametrize("rest", [b"", b"\xff" * 40, varint(70) + b"\x01\x71\x12\x20" + b"a" * 66])
def test_a_damaged_beginning_is_a_sentence_or_nothing(exports: Exports, rest: bytes) -> None:
    header = encoded({"roots": [], "version": 1})
    made = exports.read("r.car", varint(len(header)) + header + rest)
    assert not made.rows
    with pytest.raises(ConfigError, match="get a complete copy"):
        exports.read("r.car", b"\x3a\xa2eroots" + b"\xff" * 100)


def test_a_command_imports_it_and_erasure_reaches_the_kept_copy(crawl: Crawl) -> None:
    path = crawl.home.parent / "zoe.car"
    path.write_bytes(Repository(records()).car())
    report = crawl.run(str(path), command="import")
    assert report["fates"] == {"created": 4, "left_out": 4, "rejected": 1}
    assert report["left_out"] == {"likes": 2, "records that are no posts": 2}
    assert crawl.run(str(path), command="import")["fates"]["duplicate"] == 4
    assert len(list(crawl.home.glob("runs/*/kept/*.bin"))) == 2
    crawl.run(DID, "--yes", command="erase")
    assert not list(crawl.home.glob("runs/*/kept/*.bin"))
    assert not crawl.documents_by_id()
