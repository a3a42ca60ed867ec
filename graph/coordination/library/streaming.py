"""Coordination over a growing stream: each post is read once, and the answer is that of one pass over all.

    stream = CoordinationStream()
    stream.add(batch)              # posts, in any order and any batches
    stream.found().clusters        # as `graph.find_coordination` gives over everything added

Kept in memory are the posts' columns and their acts (a few integers and a name each). `add` reads the
new posts only; `found` sorts and joins the acts, which costs what the join costs and reads no post again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from graph.coordination.acts import named_acts, signal
from graph.coordination.engine import Found, decide
from graph.coordination.pair_tests import compare_acts, used_families
from graph.coordination.posts import COLUMNS, Source, prepare
from graph.coordination.signals import SIGNALS
from tocsin.core.settings import GraphSettings


class CoordinationStream:
    """Posts and acts seen so far.

    Args:
        settings: as for `graph.find_coordination`.
        signals: names of `graph.coordination.signals.SIGNALS`.

    Raises:
        ConfigError: a signal is unknown.
    """

    def __init__(
        self, settings: GraphSettings | None = None, *, signals: Sequence[str] = tuple(SIGNALS)
    ) -> None:
        for name in signals:
            signal(name)
        self._settings = settings or GraphSettings()
        self._signals = tuple(signals)
        self._posts: pl.DataFrame | None = None
        self._acts: dict[str, pl.DataFrame] = {}
        self._found: Found | None = None

    def __len__(self) -> int:
        return 0 if self._posts is None else self._posts.height

    def add(self, source: Source) -> int:
        """Take new posts; the number taken. A post whose id is known already is left as it was.

        Raises:
            ConfigError: a required column is missing.
        """
        batch = prepare(source).frame
        if self._posts is not None:
            known = batch.join(self._posts.select("id"), on="id", how="anti", maintain_order="left")
            batch = prepare(known.select(COLUMNS)).frame
        if not batch.height:
            return 0
        names = batch.select("post", "id")
        for family, used in used_families(self._signals).items():
            new = (
                named_acts(batch, used)
                .join(names, on="post", how="inner")
                .select("signal", "object", "id")
            )
            self._acts[family] = (
                pl.concat([self._acts[family], new]) if family in self._acts else new
            )
        kept = batch.select(COLUMNS)
        self._posts = kept if self._posts is None else pl.concat([self._posts, kept])
        self._found = None
        return batch.height

    def forget(self, before_ms: int) -> int:
        """Drop posts published before a time (epoch milliseconds); the number dropped."""
        if self._posts is None:
            return 0
        old = self._posts.filter(pl.col("published_at") < before_ms).select("id")
        self._posts = self._posts.filter(pl.col("published_at") >= before_ms)
        self._acts = {
            family: acts.join(old, on="id", how="anti") for family, acts in self._acts.items()
        }
        self._found = None
        return old.height

    def found(
        self,
        before: Mapping[str, Sequence[str]] | None = None,
        marks: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Found:
        """What `graph.find_coordination` gives over all posts added and not forgotten."""
        if self._found is None or before or marks:
            empty = pl.DataFrame(
                schema={"id": pl.String, "author": pl.String, "published_at": pl.Int64}
            )
            posts = prepare(empty if self._posts is None else self._posts)
            rows = posts.frame.select("id", "post", "account", time="published_at")
            blank = pl.DataFrame(schema={"signal": pl.UInt8, "object": pl.String, "id": pl.String})
            named = {
                f: self._acts.get(f, blank).join(rows, on="id", how="inner").drop("id")
                for f in used_families(self._signals)
            }
            compared = compare_acts(posts, named, self._settings, self._signals)
            made = decide(compared, self._settings, self._signals, before or {}, marks or {})
            if before or marks:
                return made
            self._found = made
        return self._found
