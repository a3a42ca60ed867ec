"""A sealed study is repeated to the byte in another workspace, and what differs is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from index.connect import open_index
from tests.graph.test_clusters_command import documents
from tocsin.app.cli import cli
from tocsin.core.documents import Annotation, Author, Document
from tocsin.core.errors import ConfigError
from tocsin.core.workspace import Workspace

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Homes:
    """Workspaces of one test, each with its own key."""

    def __init__(self, root: Path, pseudonyms: bool) -> None:
        self.root, self.pseudonyms = root, pseudonyms

    def fill(self, name: str, posts: list[Document]) -> Path:
        home = self.root / name
        with closing(open_index(Workspace(home, {}))) as index:
            index.ensure_schema()
            index.put(posts)
            index.refresh()
        return home

    def __call__(self, home: Path, *arguments: str, code: int = 0, json_: bool = True) -> Any:
        done = CliRunner().invoke(
            cli,
            ["--home", str(home), *(["--json"] if json_ else []), *arguments],
            env={"TOCSIN_PRIVACY__PSEUDONYMISE": str(self.pseudonyms).lower()},
            standalone_mode=False,
        )
        if isinstance(done.exception, ConfigError):
            assert code == 2, done.exception
            return str(done.exception)
        if done.exception is not None:
            raise done.exception
        assert done.return_value in (code, None if code == 0 else code), done.output
        return json.loads(done.stdout) if json_ else done.stdout


@pytest.fixture(params=[True, False], ids=["pseudonyms", "names"])
def homes(tmp_path: Path, request: pytest.FixtureRequest) -> Homes:
    return Homes(tmp_path, request.param)


@pytest.fixture
def posts(world: Any) -> list[Document]:
    world.group("k", 7, 14, lambda i: {"urls": [f"https://push.example/{i}"]})
    world.group("m", 5, 12, lambda i: {"urls": [f"https://other.example/{i}"]})
    return documents(world.rows)


def test_another_workspace_repeats_it_to_the_byte(homes: Homes, posts: list[Document]) -> None:
    home = homes.fill("a", posts)
    homes(home, "analyse")
    sealed = homes(home, "study", "seal", str(homes.root / "s.json"))
    assert sealed["groups"] >= 2
    assert sealed["pairs"] > 10
    other = homes.fill("b", posts[::-1])
    before = [path.read_bytes() for path in sorted(other.glob("index.sqlite"))]
    found = homes(other, "study", "verify", sealed["manifest"])
    assert found["equal"]
    assert found["results"]["sha256"]["here"] == sealed["results_sha256"]
    assert not found["versions"]
    assert [path.read_bytes() for path in sorted(other.glob("index.sqlite"))] == before
    assert not (other / "runs").exists()
    with closing(open_index(Workspace(other, {}))) as index:
        assert not index.findings("tested")
    said = homes(other, "study", "verify", sealed["manifest"], json_=False)
    assert "Equal to the byte" in said
    again = homes(home, "study", "seal", str(homes.root / "s.json"))
    assert not again["written"]


def test_no_account_can_be_read_or_tried_out_of_a_manifest(tmp_path: Path, world: Any) -> None:
    homes = Homes(tmp_path, pseudonyms=True)
    who = world.group("secret", 7, 14, lambda i: {"urls": [f"https://push.example/{i}"]})
    # the id of a post may name its author
    posts = documents(world.rows)
    posts += [replace(posts[0], id=f"x:at://{who[0][2:]}/post/{n}",
                      author=Author(id=who[0], handle=who[0][2:]),
                      published_at=posts[0].published_at) for n in range(3)]  # fmt: skip
    home = homes.fill("a", posts)
    homes(home, "analyse")
    homes(home, "mark", who[1], "unsure")
    path = tmp_path / "s.json"
    homes(home, "study", "seal", str(path))
    text = path.read_text(encoding="utf-8")
    for account in who:
        assert account[2:] not in text
    import hashlib

    for account in who:
        for name in (account, account[2:]):
            assert hashlib.sha256(name.encode()).hexdigest()[:20] not in text
    assert homes(homes.fill("b", posts), "study", "verify", str(path))["equal"]


def change_text(post: Document) -> Document:
    return replace(post, text=post.text + " (edited)")


def change_time(post: Document) -> Document:
    assert post.published_at is not None
    return replace(post, published_at=post.published_at + timedelta(seconds=1))


def change_link(post: Document) -> Document:
    return replace(post, links=(*post.links, *post.links[:0]), lang="fr", title="A title")


@pytest.mark.parametrize("change", [change_text, change_time, change_link])
def test_the_one_post_that_changed_is_named(
    homes: Homes, posts: list[Document], change: Callable[[Document], Document]
) -> None:
    home = homes.fill("a", posts)
    homes(home, "analyse")
    homes(home, "study", "seal", "first")
    place = len(posts) - 40
    changed = [*posts[:place], change(posts[place]), *posts[place + 1 :]]
    other = homes.fill("b", changed)
    manifest = str(home / "studies" / "first.json")
    found = homes(other, "study", "verify", manifest, code=1)
    assert found["inputs"]["changed"] == [posts[place].id]
    counts = found["inputs"]["counts"]
    assert counts == counts | {"missing": 0, "added": 0, "other_author": 0}
    said = homes(other, "study", "verify", manifest, code=1, json_=False)
    assert posts[place].id in said.replace("\n", "")


def test_posts_that_went_came_or_changed_hands_are_named(
    homes: Homes, posts: list[Document]
) -> None:
    home = homes.fill("a", posts)
    homes(home, "analyse")
    homes(home, "study", "seal", "first")
    manifest = str(home / "studies" / "first.json")
    gone, handed = posts[3], posts[-1]
    new = replace(posts[5], id="x:brandnew")
    other_hand = replace(handed, author=posts[0].author)
    other = homes.fill("b", [p for p in posts[:-1] if p.id != gone.id] + [new, other_hand])
    inputs = homes(other, "study", "verify", manifest, code=1)["inputs"]
    assert inputs["missing"] == [gone.id]
    assert inputs["added"] == [new.id]
    by_author = "other_author" if homes.pseudonyms else "changed"
    assert inputs[by_author] == [handed.id]
    renamed = [
        replace(post, author=Author(id="x:renamed", handle="renamed"))
        if post.author and posts[0].author and post.author.id == posts[0].author.id else post
        for post in posts
    ]  # fmt: skip
    found = homes(homes.fill("c", renamed), "study", "verify", manifest, code=1)
    assert not found["equal"]
    assert found["inputs"]["names_differ"] == homes.pseudonyms


def test_an_account_that_changed_its_profile_costs_no_post(
    homes: Homes, posts: list[Document]
) -> None:
    home = homes.fill("a", posts)
    homes(home, "analyse")
    homes(home, "study", "seal", "first")
    place = next(n for n, post in enumerate(posts) if post.author and post.author.id == "x:k3")
    author = posts[place].author
    assert author is not None
    told = replace(posts[place], author=replace(author, description="new words", verified=True))
    other = homes.fill("b", [*posts[:place], told, *posts[place + 1 :]])
    found = homes(other, "study", "verify", str(home / "studies" / "first.json"), code=1)
    assert found["inputs"]["names_differ"]
    assert not any(found["inputs"]["counts"].values())
    assert found["inputs"]["other_profiles"] == ([] if homes.pseudonyms else ["x:k3"])


def test_compare_says_who_left_and_why(homes: Homes, posts: list[Document], world: Any) -> None:
    home = homes.fill("a", posts)
    homes(home, "analyse")
    homes(home, "study", "seal", "first")
    leaver = "x:k0"
    less = [post for post in posts if post.author is None or post.author.id != leaver]
    other = homes.fill("b", less)
    homes(other, "analyse")
    homes(other, "study", "seal", "second")
    pair = (str(home / "studies" / "first.json"), str(other / "studies" / "second.json"))
    found = homes(home, "study", "compare", *pair, code=1)
    (left,) = found["results"]["left"]
    assert not found["results"]["entered"]
    assert not found["results"]["changed_group"]
    (cause,) = left["why"]
    assert cause["cause"] == "data"
    assert cause["own_posts"] == len(posts) - len(less)
    back = homes(home, "study", "compare", *pair[::-1], code=1)
    assert len(back["results"]["entered"]) == 1
    assert "Left" in homes(home, "study", "compare", *pair, code=1, json_=False)
    assert homes(home, "study", "compare", pair[0], pair[0])["results"]["equal"]

    (home / "tocsin.toml").write_text("[graph]\nmin_objects = 6\n", encoding="utf-8")
    homes(home, "analyse")
    homes(home, "study", "seal", "third")
    strict = homes(home, "study", "compare", "first", "third", code=1)
    assert [d["name"] for d in strict["settings"]] == ["graph.min_objects"]
    assert strict["results"]["groups"]
    (home / "tocsin.toml").unlink()
    homes(home, "mark", leaver, "benign")
    homes(home, "analyse")
    homes(home, "study", "seal", "fourth")
    cleared = homes(home, "study", "compare", "first", "fourth", code=1)
    assert [move["why"] for move in cleared["results"]["left"]] == [[{"cause": "label"}]]
    assert cleared["data"]["equal"]


def test_marks_and_window_are_those_of_the_study(homes: Homes, posts: list[Document]) -> None:
    home = homes.fill("a", posts)
    middle = sorted(post.published_at for post in posts if post.published_at)[len(posts) // 3]
    since = ("--since", middle.isoformat())
    homes(home, "analyse", *since)
    clusters = homes(home, "clusters")["clusters"]
    homes(home, "mark", clusters[0]["accounts"][0]["id"], "benign")
    homes(home, "mark", clusters[1]["name"], "benign", "--note", "a private note")
    said = homes(home, "study", "seal", "first", code=2)
    assert "marks" in said
    homes(home, "analyse", *since)
    homes(home, "study", "seal", "first")
    path = home / "studies" / "first.json"
    text = path.read_text(encoding="utf-8")
    assert "private note" not in text
    sealed = json.loads(text)
    assert len(sealed["labels"]["marks"]) == 2
    assert sealed["window"]["since"]
    assert sealed["inputs"]["posts"] < len(posts)
    assert homes(homes.fill("b", posts), "study", "verify", str(path))["equal"]


def test_what_is_published_must_be_what_is_here(homes: Homes, posts: list[Document]) -> None:
    home = homes.fill("a", posts)
    assert "analyse" in homes(home, "study", "seal", code=2)
    homes(home, "analyse")
    homes.fill("a", [replace(posts[0], id="x:late")])
    assert "posts have" in homes(home, "study", "seal", code=2)
    homes(home, "analyse")
    homes(home, "study", "seal")
    (home / "tocsin.toml").write_text("[graph]\nseed = 5\n", encoding="utf-8")
    homes(home, "analyse")
    assert "--replace" in homes(home, "study", "seal", code=2)
    homes(home, "study", "seal", "--replace")


def test_a_changed_manifest_is_told(homes: Homes, posts: list[Document]) -> None:
    home = homes.fill("a", posts)
    homes(home, "analyse")
    path = homes.root / "s.json.gz"
    homes(home, "study", "seal", str(path))
    assert homes(home, "study", "verify", str(path))["manifest_whole"]
    import gzip

    data = json.loads(gzip.decompress(path.read_bytes()))
    data["results"]["groups"][0]["q_value"] = 0.5
    path.write_bytes(gzip.compress(json.dumps(data).encode()))
    found = homes(home, "study", "verify", str(path), code=1)
    assert not found["manifest_whole"]
    for text in ("{}", "no json", '{"format": "tocsin-study-9"}', '{"format": "tocsin-study-1"}'):
        path.write_bytes(text.encode())
        assert str(path) in homes(home, "study", "verify", str(path), code=2)
    assert "nothing" in homes(home, "study", "verify", "nothing", code=2)


def test_who_is_erased_is_erased_from_the_studies(homes: Homes, posts: list[Document]) -> None:
    home = homes.fill("a", posts)
    homes(home, "analyse")
    homes(home, "study", "seal", "first")
    homes(home, "study", "seal", str(home / "studies" / "packed.json.gz"))
    (home / "studies" / "other.json").write_text('{"accounts": ["x:k33"]}', encoding="utf-8")
    done = homes(home, "erase", "x:k3")
    assert done["studies"] == 2
    assert [path.name for path in (home / "studies").iterdir()] == ["other.json"]


def test_near_copies_of_the_study_stand_in_where_none_were_looked_for(
    homes: Homes, world: Any
) -> None:
    group = {}

    def copied(number: int) -> dict[str, Any]:
        return {"text": f"the same words {number}", "copy_group": f"copy{number}"}

    world.group("t", 6, 12, copied)
    posts = documents(world.rows)
    for row in world.rows:
        if row["copy_group"]:
            group[row["id"]] = row["copy_group"]
    home = homes.fill("a", posts)
    with closing(open_index(Workspace(home, {}))) as index:
        index.annotate(
            [
                (
                    post.id,
                    Annotation(
                        model="copies",
                        version="1",
                        made_at=NOW,
                        values={"group": group.get(post.id)},
                    ),
                )
                for post in posts
            ],
            "copies",
        )
        index.refresh()
    homes(home, "analyse")
    sealed = homes(home, "study", "seal", str(homes.root / "s.json"))
    assert sealed["groups"] == 1
    found = homes(homes.fill("b", posts), "study", "verify", sealed["manifest"])
    assert found["equal"]
    assert found["inputs"]["copies"] == "sealed"
