"""Pairs, stars and crowds from files that people's tools write: import, enrich, analyse, clusters.

A pair that posts the same links, one that shares nearly all, two who meet in threads, a hub that
others mirror, and bots that repost the same posts, each among people who post what they like.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

START = 1_714_554_000
DAY = 86_400


class World:
    """An invented world of posts, written as X's API (v2, one page a line) and Reddit dumps do."""

    def __init__(self, seed: int, people: int = 160) -> None:
        self.rng = random.Random(seed)
        self.posts: list[dict[str, Any]] = []
        self.comments: list[dict[str, Any]] = []
        self.people = [f"person{n:03d}" for n in range(people)]

    def moment(self) -> int:
        """A second of thirty days, seldom by night."""
        hour = self.rng.choices(range(24), [1] * 7 + [4] * 5 + [6] * 9 + [3] * 3)[0]
        return START + self.rng.randrange(30) * DAY + hour * 3600 + self.rng.randrange(3600)

    def post(self, who: str, at: float, *, link: str = "", of: dict[str, Any] | None = None) -> Any:
        text = f"{who} says {self.rng.getrandbits(60):x}"
        said: dict[str, Any] = {
            "id": str(1_780_000_000_000_000_000 + len(self.posts)),
            "author_id": who,
            "created_at": datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "text": text,
            "lang": "en",
            "public_metrics": {"retweet_count": 0, "reply_count": 0, "like_count": 0},
        }
        if link:
            said["text"] += " https://t.co/x"
            said["entities"] = {
                "urls": [{"start": 0, "end": 5, "url": "https://t.co/x", "expanded_url": link}]
            }
        if of is not None:
            said["text"] = f"RT @{of['author_id']}: {of['text']}"
            said["referenced_tweets"] = [{"type": "retweeted", "id": of["id"]}]
        self.posts.append(said)
        return said

    def comment(self, who: str, at: float, thread: str) -> None:
        self.comments.append(
            {
                "id": f"k{len(self.comments):05x}", "author": who, "subreddit": "harbour",
                "link_id": f"t3_{thread}", "parent_id": f"t3_{thread}", "created_utc": int(at),
                "body": f"I think {self.rng.getrandbits(60):x}", "score": 1,
                "permalink": f"/r/harbour/comments/{thread}/_/k{len(self.comments):05x}/",
            }
        )  # fmt: skip

    def live(self) -> None:
        """People link, repost and talk: some things are popular, most are not."""
        heard = [self.post(self.rng.choice(self.people), self.moment()) for _ in range(60)]
        for who in self.people:
            for _ in range(self.rng.randint(2, 14)):
                page = int(self.rng.paretovariate(0.8))
                self.post(who, self.moment(), link=f"https://paper{page % 40}.example/{page}")
            for _ in range(self.rng.randint(0, 5)):
                self.post(who, self.moment(), of=self.rng.choice(heard))
            for _ in range(self.rng.randint(2, 10)):
                self.comment(who, self.moment(), f"1a{int(self.rng.paretovariate(0.7)) % 400:03x}")

    def write(self, folder: Path) -> list[Path]:
        users = sorted({post["author_id"] for post in self.posts})
        pages = [
            {
                "data": self.posts[at : at + 100],
                "includes": {"users": [{"id": u, "username": u, "name": u} for u in users]},
                "meta": {"result_count": len(self.posts[at : at + 100])},
            }
            for at in range(0, len(self.posts), 100)
        ]
        files = [folder / "tweets.jsonl", folder / "RC_harbour.jsonl"]
        for file, rows in zip(files, (pages, self.comments), strict=True):
            file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return files


def call(home: Path, *arguments: str) -> Any:
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith("TOCSIN_") or k == "TOCSIN_CACHE"
    }
    done = subprocess.run(
        [sys.executable, "-P", "-m", "tocsin", "--home", str(home), "--json", *arguments],
        capture_output=True, text=True, check=False,
        env=environment | {"TOCSIN_PRIVACY__PSEUDONYMISE": "false",
                           "TOCSIN_NLP__STAGES": '["lang", "copies"]'},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def clusters_of(world: World, folder: Path) -> dict[str, Any]:
    """What `tocsin clusters` says after import, enrich and analyse."""
    for file in world.write(folder):
        if file.stat().st_size:
            call(folder / "home", "import", str(file))
    call(folder / "home", "enrich")
    call(folder / "home", "analyse")
    found: dict[str, Any] = call(folder / "home", "clusters")
    return found


def flagged(entries: Iterable[dict[str, Any]]) -> list[set[str]]:
    """The accounts of each flagged entry."""
    return [
        {native(account) for account in entry["accounts"]}
        for entry in entries
        if entry["status"] == "flagged"
    ]


def native(account: dict[str, Any]) -> str:
    """The id of an account as its platform writes it."""
    return str(account["id"]).rpartition(":")[2]


def everybody(found: dict[str, Any]) -> set[str]:
    kinds = ("clusters", "pairs", "stars", "chains")
    return set().union(*(who for kind in kinds for who in flagged(found[kind])))


@pytest.mark.slow
def test_pairs_and_a_hub_with_those_who_mirror_it(tmp_path: Path) -> None:
    world = World(1)
    world.live()
    for n in range(25):  # the same links 15 seconds apart
        at, link = world.moment(), f"https://lead.example/{n}"
        world.post("lead", at, link=link)
        world.post("echo", at + 15, link=link)
    for n in range(24):  # 23 of 24 links
        at = world.moment()
        world.post("left", at, link=f"https://both.example/{n}")
        late = at + world.rng.randint(40, 400)
        world.post("right", late, link=f"https://both.example/{n if n != 7 else 99}")
    mirrors = [f"mirror{n}" for n in range(6)]
    for n in range(20):  # pages of a hub, each mirrored by three of six in nine seconds
        at, link = world.moment(), f"https://hub.example/{n}"
        world.post("hub", at, link=link)
        for k in range(3):
            world.post(mirrors[(n + 2 * k) % 6], at + 8 + k, link=link)
    for n in range(13):  # threads of one site, half an hour apart
        at, thread = world.moment(), f"1b{n:03x}"
        world.comment("early", at, thread)
        world.comment("late", at + world.rng.randint(1_500, 2_700), thread)
    found = clusters_of(world, tmp_path)
    planted = {"lead", "echo", "left", "right", "hub", *mirrors, "early", "late"}
    assert everybody(found) == planted
    pairs = flagged(found["pairs"])
    for pair in ({"lead", "echo"}, {"left", "right"}, {"early", "late"}):
        assert pair in pairs
    following = next(
        one["following"] for one in found["pairs"]
        if {native(a) for a in one["accounts"]} == {"lead", "echo"}
    )  # fmt: skip
    assert following[0]["leader"].endswith("lead")
    assert {"hub", *mirrors} in [*flagged(found["clusters"]), *flagged(found["stars"])]


@pytest.mark.slow
@pytest.mark.parametrize(("bots", "posts"), [(220, 9), (3_000, 6)])
def test_bots_that_repost_the_same_posts(tmp_path: Path, bots: int, posts: int) -> None:
    world = World(2)
    world.live()
    names = [f"bot{n:04d}" for n in range(bots)]
    for _ in range(posts):
        source = world.post("source", world.moment())
        at = datetime.fromisoformat(source["created_at"]).timestamp()
        for who in names:
            if world.rng.random() < 0.8:
                world.post(who, at + world.rng.randint(5, 1_500), of=source)
    one_hit = world.post("star", world.moment())
    at = datetime.fromisoformat(one_hit["created_at"]).timestamp()
    for n in range(400):  # one popular post says nothing of those who repost it
        world.post(f"fan{n:03d}", at + world.rng.expovariate(1 / 3_600), of=one_hit)
    found = everybody(clusters_of(world, tmp_path))
    assert len(found & set(names)) >= 0.9 * bots
    assert len(found - set(names) - {"source"}) <= 1
