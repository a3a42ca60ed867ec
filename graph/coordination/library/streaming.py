"""Coordination over a growing stream: each post is read once, the result is that of one pass.

    stream = CoordinationStream()
    stream.add(batch)               # posts, in any order and any batches
    stream.result().clusters        # as `graph.find_coordination` gives over everything added

Kept in memory are the posts' columns and their acts (a few integers and a name each). `add` reads
the new posts only; `result` sorts and joins the acts, which costs what the join costs and reads no
post again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from graph.coordination.assemble import Marks
from graph.coordination.coactions.acts import collect_acts
from graph.coordination.engine import CoordinationResult, find_groups
from graph.coordination.pair_tests import object_families, run_pair_tests_on_acts
from graph.coordination.posts import COLUMNS, LEFT_OUT, Source, prepare
from graph.coordination.signals import load_signals, signal_names
from graph.coordination.signals.shared_link import with_pages
from tocsin.core.settings import GraphSettings

_POSTS = {"id": pl.String, "author": pl.String, "published_at": pl.Int64}
_ACTS = {"signal": pl.UInt8, "object": pl.String, "id": pl.String}


class CoordinationStream:
    """Posts and acts given so far.

    Args:
        settings: as for `graph.find_coordination`.
        signals: names of registered signals; None stands for all.

    Raises:
        ConfigError: a signal is unknown.
    """

    def __init__(
        self, settings: GraphSettings | None = None, *, signals: Sequence[str] | None = None
    ) -> None:
        self._names = tuple(signal_names() if signals is None else signals)
        self._signals = load_signals(self._names)
        self._families = object_families(self._signals)
        self._settings = settings or GraphSettings()
        self._posts = pl.DataFrame(schema=_POSTS)
        self._left_out = pl.DataFrame(schema=LEFT_OUT)
        self._acts = {family: pl.DataFrame(schema=_ACTS) for family in self._families}
        self._result: CoordinationResult | None = None

    def __len__(self) -> int:
        return self._posts.height

    def add(self, source: Source) -> int:
        """Take new posts; the number taken. A post whose id is known already is left as it was.

        Raises:
            ConfigError: a required column is missing.
        """
        prepared = prepare(source, all_of_them=False)
        batch = prepared.frame
        if prepared.incomplete:
            self._left_out = pl.concat([self._left_out, prepared.left_out])
            self._result = None
        if len(self):
            new = batch.join(self._posts.select("id"), on="id", how="anti", maintain_order="left")
            batch = prepare(new.select(COLUMNS), all_of_them=False).frame
        if not batch.height:
            return 0
        ids = batch.select("post", "id")
        linked = with_pages(batch)
        for family, members in self._families.items():
            acts = collect_acts(linked, members).join(ids, on="post", how="inner")
            self._acts[family] = pl.concat([self._acts[family], acts.select(*_ACTS)])
        kept = batch.select(COLUMNS)
        self._posts = pl.concat([self._posts, kept]) if len(self) else kept
        self._result = None
        return batch.height

    def forget(self, before_ms: int) -> int:
        """Drop posts published before a time (epoch milliseconds); the number dropped."""
        is_old = pl.col("published_at") < before_ms
        old = self._posts.filter(is_old).select("id")
        self._posts = self._posts.filter(~is_old)
        self._acts = {
            family: acts.join(old, on="id", how="anti") for family, acts in self._acts.items()
        }
        self._result = None
        return old.height

    def result(
        self, before: Mapping[str, Sequence[str]] | None = None, marks: Marks | None = None
    ) -> CoordinationResult:
        """What `graph.find_coordination` gives over all posts added and not forgotten."""
        if self._result is not None and not before and not marks:
            return self._result
        left_out = (
            self._left_out.join(self._posts, on="id", how="anti")
            .sort("id", "no_author", "no_time")
            .unique("id", keep="first", maintain_order=True)
        )
        posts = prepare(self._posts)
        posts = replace(posts, left_out=pl.concat([left_out, posts.left_out]))
        rows = posts.frame.select("id", "post", "account", time="published_at")
        acts = {
            family: known.join(rows, on="id", how="inner").drop("id")
            for family, known in self._acts.items()
        }
        tests = run_pair_tests_on_acts(posts, acts, self._settings, self._signals)
        result = find_groups(tests, self._settings, self._names, before or {}, marks or {})
        if not before and not marks:
            self._result = result
        return result
