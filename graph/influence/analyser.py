"""The room's analyser of influence: who is heard, with and without the coordinated accounts."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl

from graph.influence.amplification import (
    COLUMNS,
    WEIGHTS,
    Amplifications,
    find_amplifications,
    without_accounts,
)
from graph.influence.reasons import caveats_of, reasons_of
from graph.influence.scores import DRAWS, SHRINKAGE, AccountScore, score_accounts
from index.analysis import Analysis
from index.base import EVERYTHING, Window
from index.current import flagged_accounts
from tocsin.core.documents import native_id
from tocsin.core.findings import Evidence, Finding, Influence, Method, rfc3339
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from index.base import Index

ALL, WITHOUT = "all", "without-coordinated"
SCOPES = (ALL, WITHOUT)
MAX_AMPLIFIERS = 5
"""Amplifiers of a post that are kept as evidence."""


class Influencers:
    """Influence of the accounts of a window, in both scopes."""

    kinds: tuple[str, ...] = ("influence",)

    def analyse(self, analysis: Analysis) -> Iterable[Finding]:
        """The most influential accounts by falling score: of all, then without the flagged ones."""
        window = Window(analysis.since, analysis.until)
        seed = analysis.workspace.settings.graph.seed
        flagged = flagged_accounts(analysis.index, analysis.found)
        frame = _read_posts(analysis.index, window)
        influencers = list(_measure(frame, flagged, window=window, seed=seed))
        if not influencers:
            unresolved = find_amplifications(frame).unresolved
            analysis.run.warn(
                Message("influence.nothing_resolved", {"n": unresolved})
                if unresolved
                else Message("influence.nothing_taken_up")
            )
        return influencers


def measure_influence(
    index: Index,
    flagged: Collection[str],
    *,
    window: Window = EVERYTHING,
    seed: int = 1,
    topic: str | None = None,
    roots: Collection[str] | None = None,
    scopes: Collection[str] = SCOPES,
) -> Iterator[Influence]:
    """Influence findings of an index.

    Args:
        index: where the posts are.
        flagged: coordinated accounts, left out in the second scope.
        window: of ``published_at``.
        seed: of the bootstrap.
        topic: id of a narrative whose posts are ``roots``.
        roots: ids of the only posts whose amplification counts; all where None.
        scopes: of `SCOPES`.
    """
    frame = _read_posts(index, window)
    yield from _measure(
        frame, flagged, window=window, seed=seed, topic=topic, roots=roots, scopes=scopes
    )


def _measure(
    frame: pl.DataFrame,
    flagged: Collection[str],
    *,
    window: Window,
    seed: int,
    topic: str | None = None,
    roots: Collection[str] | None = None,
    scopes: Collection[str] = SCOPES,
) -> Iterator[Influence]:
    """`measure_influence` of posts that were read."""
    everything = find_amplifications(frame, roots)
    handles, followers = _profiles(frame)
    from_flagged = _share_from_flagged(everything, flagged)
    newest: int | None = frame["published_at"].max()  # type: ignore[assignment]
    for scope in (scope for scope in SCOPES if scope in scopes):
        amplifications = everything if scope == ALL else without_accounts(everything, flagged)
        method = Method(
            name="expected-spread",
            version="1",
            parameters={
                "weights": WEIGHTS,
                "shrinkage": SHRINKAGE,
                "draws": DRAWS,
                "seed": seed,
                "scope": scope,
                "topic": topic,
                "since": rfc3339(window.since) if window.since else None,
                "until": rfc3339(window.until) if window.until else None,
                "data_as_of": _rfc3339_of(newest),
                "left_out": len(flagged) if scope == WITHOUT else 0,
            },
        )
        scores = score_accounts(amplifications, followers or None, seed=seed)
        evidence = _evidence(scores, amplifications)
        for one in scores:
            share = from_flagged.get(one.account, 0.0)
            yield Influence(
                id=_finding_id(scope, topic, one.account),
                method=method,
                account=one.account,
                handle=handles.get(one.account),
                scope=scope,
                topic=topic,
                score=one.score,
                interval=one.interval,
                reach=one.reach,
                h_index=one.h_index,
                amplified=one.amplified,
                sustained=one.sustained,
                reasons=tuple(reasons_of(one, share, one.account in flagged)),
                evidence=tuple(evidence[root] for root in one.top),
                caveats=tuple(caveats_of(one, amplifications.unresolved)),
            )


def _finding_id(scope: str, topic: str | None, account: str) -> str:
    content = "\x00".join((scope, topic or "", account)).encode("utf-8", "surrogatepass")
    return f"influence-{hashlib.blake2b(content, digest_size=8).hexdigest()}"


def _read_posts(index: Index, window: Window) -> pl.DataFrame:
    frames = [
        frame.with_columns(pl.col(pl.Categorical).cast(pl.String))
        for batch in index.scan(COLUMNS, window=window, order="none")
        if isinstance(frame := pl.from_arrow(batch), pl.DataFrame)
    ]
    if frames:
        return pl.concat(frames)
    numbers = ("published_at", "followers")
    return pl.DataFrame(schema={c: pl.Int64 if c in numbers else pl.String for c in COLUMNS})


def _profiles(frame: pl.DataFrame) -> tuple[dict[str, str | None], dict[str, int]]:
    """The newest handle of each account, and its newest count of followers where one is known."""
    posts = frame.filter(pl.col("author").is_not_null()).sort(
        "published_at", "id", nulls_last=False
    )
    newest = posts.group_by("author").agg(
        pl.col("handle").drop_nulls().last(), pl.col("followers").drop_nulls().last()
    )
    counted = newest.filter(pl.col("followers").is_not_null())
    return (
        dict(newest.select("author", "handle").rows()),
        dict(counted.select("author", "followers").rows()),
    )


def _rfc3339_of(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    return rfc3339(datetime.fromtimestamp(milliseconds / 1000, UTC))


def _share_from_flagged(
    amplifications: Amplifications, flagged: Collection[str]
) -> dict[str, float]:
    """Which part of each account's amplification comes from coordinated accounts."""
    accounts = pl.Series(sorted(flagged), dtype=pl.String).implode()
    share = pl.col("amplifier").is_in(accounts).mean()
    return dict(amplifications.rows.group_by("author").agg(share).rows())


def _evidence(
    scores: Collection[AccountScore], amplifications: Amplifications
) -> dict[str, Evidence]:
    """For each of the accounts' top posts, its first amplifiers."""
    top = pl.Series(sorted({root for one in scores for root in one.top}), dtype=pl.String)
    rows = amplifications.rows.filter(pl.col("root").is_in(top.implode())).sort(
        "root", "time", "post", nulls_last=True
    )
    evidence = {}
    for (root,), taken_up in rows.group_by("root", maintain_order=True):
        post, first = str(root), taken_up.head(MAX_AMPLIFIERS)
        evidence[post] = Evidence(
            signal="amplified",
            object=post,
            posts=(post, *first["post"].to_list()),
            accounts=(str(taken_up["author"][0]), *first["amplifier"].to_list()),
            why=Message("influence.post_taken_up", {"post": native_id(post), "n": taken_up.height}),
        )
    return evidence
