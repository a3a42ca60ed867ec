"""Posts for the tests of the graph room: a quiet world, and groups put into it."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

START = 1_700_000_000_000
DAY = 86_400_000
Row = dict[str, Any]


class World:
    """Posts of ordinary accounts over ten days, and whatever a test adds."""

    def __init__(self, seed: int = 1, people: int = 120, each: int = 8) -> None:
        self.rng = random.Random(seed)
        self.rows: list[Row] = []
        for a in range(people):
            for _ in range(self.rng.randint(1, 2 * each)):
                self.say(
                    f"x:o{a:03d}",
                    self.moment(),
                    urls=[f"https://news.example/{self.rng.randint(1, 400)}"]
                    if self.rng.random() < 0.4
                    else [],
                )

    def moment(self) -> int:
        return START + self.rng.randint(0, 10 * DAY)

    def say(self, author: str, at: float, **more: Any) -> str:
        name = f"x:p{len(self.rows):06d}"
        if (age := more.pop("age", None)) is not None:
            more["deleted_at"] = int(at) + age + 1
        blank: Row = {
            "urls": [],
            "hashtags": [],
            "media": [],
            "mentions": [],
            "repost_of": None,
            "reply_to": None,
            "quote_of": None,
            "copy_group": None,
            "deleted_at": None,
        }
        self.rows.append(
            blank
            | {
                "id": name,
                "author": author,
                "handle": author[2:],
                "published_at": int(at),
                "text": f"text {name}",
            }
            | more
        )
        return name

    def group(
        self,
        name: str,
        size: int,
        acts: int,
        content: Callable[[int], Row],
        *,
        part: float = 0.7,
        spread: int = 40_000,
    ) -> list[str]:
        """A group whose members take part in each act with chance ``part``, in ``spread`` ms."""
        who = [f"x:{name}{i}" for i in range(size)]
        for number in range(acts):
            at, row = self.moment(), content(number)
            for author in who:
                if self.rng.random() < part:
                    self.say(author, at + self.rng.randint(0, spread), **row)
        for author in who:
            for _ in range(self.rng.randint(2, 8)):
                self.say(author, self.moment())
        return who

    def frame(self) -> pl.DataFrame:
        lists = dict.fromkeys(("urls", "hashtags", "media", "mentions"), pl.List(pl.String))
        texts = dict.fromkeys(
            ("repost_of", "reply_to", "quote_of", "copy_group", "id", "author", "handle", "text"),
            pl.String,
        )
        return pl.DataFrame(self.rows, schema_overrides=lists | texts, infer_schema_length=None)


@pytest.fixture
def world() -> World:
    """A quiet world of its own for each test."""
    return World()


@pytest.fixture
def make_world() -> type[World]:
    """For tests that need several worlds."""
    return World
