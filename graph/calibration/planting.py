"""Campaigns planted into the posts of a workspace: what would the engine find, had it been there?

Planted accounts are new. Each posts as often as some account of the data set does, at times at
which others posted, with links and reposts that others had; and beside that it takes part in the
acts of its campaign.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import polars as pl

from graph.coordination.posts import COLUMNS, Posts

KINDS = ("links", "reposts", "copies", "media", "replies", "star")
"""What a campaign does together; in a star one account posts and the others repost it."""
SIZES = (2, 3, 5, 10, 30)
PACES = (60, 1_200, 21_600)
"""Seconds within which the accounts act on one object."""
OBJECTS = 10
TAKES_PART = 0.7
"""Chance that an account acts on an object of its campaign; of two accounts, `PAIR_TAKES_PART`."""
PAIR_TAKES_PART = 0.9
MOST_POSTS = 200
SHARE, LEAST = 0.03, 40
"""Planted accounts of one draw: at most this share of the accounts, or so many if that is more."""
CARRIED = {"links": "urls", "reposts": "repost_of", "media": "media", "replies": "reply_to"}
"""Kind -> the column that a data set must fill for the kind to be planted into it."""
COMMON = 20
"""Posts that make a column filled."""


@dataclass(frozen=True)
class Campaign:
    """One planted campaign; ``accounts`` are author ids."""

    kind: str
    size: int
    pace: int
    accounts: tuple[str, ...]


@dataclass(frozen=True)
class Planted:
    """A data set with campaigns in it."""

    frame: pl.DataFrame
    campaigns: tuple[Campaign, ...]


Cell = tuple[str, int, int]
"""Kind, size and pace."""


def list_cells(posts: Posts) -> list[Cell]:
    """The campaigns that fit a data set: a kind is left out where no post carries such a thing."""
    filled = {
        "urls": int((posts.frame["urls"].list.len() > 0).sum()),
        "media": int((posts.frame["media"].list.len() > 0).sum()),
        **{n: posts.frame.height - posts.frame[n].null_count() for n in ("repost_of", "reply_to")},
    }
    kinds = [k for k in KINDS if k not in CARRIED or filled[CARRIED[k]] >= COMMON]
    if "reposts" not in kinds:
        kinds = [k for k in kinds if k != "star"]
    step = posts.resolution_ms // 1000
    paces = [pace for pace in PACES if pace >= step]
    return list(product(kinds, SIZES, paces))


def assign_cells(posts: Posts, draws: int, seed: int) -> Iterator[list[Cell]]:
    """Which campaigns each draw plants: all equally often, each draw no more than the data set
    bears.
    """
    cells = list_cells(posts)
    if not cells:
        return
    rng = np.random.default_rng(seed)
    room = max(LEAST, int(SHARE * len(posts.accounts)))
    deck: list[Cell] = []
    for _ in range(draws):
        chosen: list[Cell] = []
        while True:
            if not deck:
                deck = [cells[int(i)] for i in rng.permutation(len(cells))]
            if chosen and sum(size for _, size, _ in chosen) + deck[-1][1] > room:
                break
            chosen.append(deck.pop())
            if len(chosen) >= len(cells):
                break
        yield chosen


def plant(posts: Posts, cells: list[Cell], seed: int) -> Planted:
    """Plant campaigns into posts. The same seed gives the same posts."""
    planter = _Planter(posts, seed)
    campaigns = tuple(planter.campaign(cell) for cell in cells)
    return Planted(pl.concat([posts.frame.select(COLUMNS), planter.frame()]), campaigns)


class _Planter:
    def __init__(self, posts: Posts, seed: int) -> None:
        self.posts = posts
        self.rng = np.random.default_rng([seed, 1])
        self.mark = f"planted:{seed}"
        self.rows: list[dict[str, object]] = []
        per_account = np.bincount(posts.account, minlength=len(posts.accounts))
        self.activity = np.minimum(per_account[per_account > 0], MOST_POSTS)
        self.step = posts.resolution_ms
        self.first, self.last = int(posts.times[0]), int(posts.times[-1])
        self.number = 0

    def campaign(self, cell: Cell) -> Campaign:
        kind, size, pace = cell
        self.number += 1
        who = tuple(f"{self.mark}:{self.number}:{n}" for n in range(size))
        for account in who:
            self._ordinary_posts(account)
        part = PAIR_TAKES_PART if size == 2 else TAKES_PART
        spread = pace * 1000
        latest = max(self.first + 1, self.last - spread)
        for number in range(OBJECTS):
            begin = int(self.rng.integers(self.first, latest))
            thing, begin = self._thing(kind, f"{self.number}-{number}", begin, who)
            for account in who[1:] if kind == "star" else who:
                if self.rng.random() < part:
                    self._post(account, begin + int(self.rng.integers(0, spread + 1)), **thing)
        return Campaign(kind, size, pace, who)

    def _thing(
        self, kind: str, name: str, begin: int, who: tuple[str, ...]
    ) -> tuple[dict[str, object], int]:
        """What the accounts do together, and when it begins."""
        if kind == "links":
            return {"urls": [f"https://planted.invalid/{name}"]}, begin
        if kind == "media":
            return {"media": [f"{self.mark}:{name}"]}, begin
        if kind == "copies":
            return {"copy_group": f"{self.mark}:{name}", "text": f"planted text {name}"}, begin
        if kind == "star":
            return {"repost_of": self._post(who[0], begin)}, begin
        row = int(self.rng.integers(0, len(self.posts)))
        key = "repost_of" if kind == "reposts" else "reply_to"
        return {key: self.posts.ids[row]}, max(begin, int(self.posts.times[row]))

    def _ordinary_posts(self, account: str) -> None:
        number = int(self.rng.choice(self.activity))
        frame = self.posts.frame
        for row in self.rng.integers(0, len(self.posts), number).tolist():
            at = int(self.posts.times[row]) + int(self.rng.normal(0, 1_800_000))
            self._post(
                account, at, urls=frame["urls"][row].to_list(), repost_of=frame["repost_of"][row]
            )

    def _post(self, account: str, at: int, **said: object) -> str:
        at = min(max(at, self.first), self.last) // self.step * self.step
        name = f"{self.mark}:post:{len(self.rows)}"
        text = f"{name} of {account}"
        row = {"id": name, "author": account, "published_at": at, "text": text, "kind": "post"}
        self.rows.append(row | said)
        return name

    def frame(self) -> pl.DataFrame:
        schema = {name: self.posts.frame.schema[name] for name in COLUMNS}
        empty = dict.fromkeys(COLUMNS) | {
            name: [] for name in ("urls", "hashtags", "mentions", "media")
        }
        return pl.DataFrame([empty | row for row in self.rows], schema=schema)
