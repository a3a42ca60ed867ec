"""The room's analyser of influence: who is heard, with and without the coordinated accounts."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import polars as pl

from graph.influence.amplification import COLUMNS, WEIGHTS, Amplifications, amplifications, without
from graph.influence.scores import DRAWS, SHRINKAGE, Scored, score
from index.analysis import Analysis
from index.base import EVERYTHING, Window
from tocsin.core.documents import native_id
from tocsin.core.findings import Evidence, Finding, Influence, Method, rfc3339

if TYPE_CHECKING:
    from index.base import Index

ALL, WITHOUT = "all", "without-coordinated"
SCOPES = (ALL, WITHOUT)
_WORDS = {"repost": "reposts", "quote": "quotes", "reply": "replies", "copy": "copies"}


class Influencers:
    """Influence of the accounts of a window, in both scopes."""

    kinds: tuple[str, ...] = ("influence",)

    def analyse(self, analysis: Analysis) -> Iterable[Finding]:
        """The most influential accounts, by falling score, first of all accounts, then without the flagged ones."""
        flagged = coordinated(analysis.found("cluster"))
        window = Window(analysis.since, analysis.until)
        seed = analysis.workspace.settings.graph.seed
        found = list(influence(analysis.index, flagged, window=window, seed=seed))
        if not found:
            analysis.run.warn(
                "no post of this window takes up another, so nobody's influence can be measured"
            )
        return found


def coordinated(clusters: Iterable[Any]) -> frozenset[str]:
    """Accounts of the clusters that are flagged: explained and cleared ones are not coordinated accounts."""
    return frozenset(
        member.id
        for cluster in clusters
        if cluster.status == "flagged"
        for member in cluster.accounts
    )


def influence(
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
    frame = _frame(index, window)
    found = amplifications(frame, roots)
    people = frame.filter(pl.col("author").is_not_null()).sort(
        "published_at", "id", nulls_last=False
    )
    people = people.group_by("author").agg(
        pl.col("handle").drop_nulls().last(), pl.col("followers").drop_nulls().last()
    )
    handles: dict[str, str | None] = dict(people.select("author", "handle").rows())
    followers: dict[str, int] = dict(
        people.filter(pl.col("followers").is_not_null()).select("author", "followers").rows()
    )
    newest: int | None = frame["published_at"].max()  # type: ignore[assignment]
    shares = _from_flagged(found, flagged)
    for scope in (s for s in SCOPES if s in scopes):
        seen = found if scope == ALL else without(found, flagged)
        method = Method(
            name="expected-spread",
            version="1",
            parameters={
                "weights": WEIGHTS, "shrinkage": SHRINKAGE, "draws": DRAWS, "seed": seed, "scope": scope, "topic": topic,
                "since": rfc3339(window.since) if window.since else None, "until": rfc3339(window.until) if window.until else None,
                "data_as_of": _rfc3339(newest), "left_out": len(flagged) if scope == WITHOUT else 0,
            },
        )  # fmt: skip
        scored = score(seen, followers or None, seed=seed)
        evidence = _evidence(scored, seen)
        for one in scored:
            name = hashlib.blake2b(
                "\x00".join((scope, topic or "", one.account)).encode("utf-8", "surrogatepass"),
                digest_size=8,
            ).hexdigest()
            yield Influence(
                id=f"influence-{name}", method=method, account=one.account, handle=handles.get(one.account), scope=scope, topic=topic,
                score=one.score, interval=one.interval, reach=one.reach, h_index=one.h_index, amplified=one.amplified,
                sustained=one.sustained, reasons=tuple(_reasons(one, shares.get(one.account, 0.0), one.account in flagged)),
                evidence=tuple(evidence[root] for root in one.top), caveats=tuple(_caveats(one, seen)),
            )  # fmt: skip


def _frame(index: Index, window: Window) -> pl.DataFrame:
    batches = [pl.from_arrow(batch) for batch in index.scan(COLUMNS, window=window, order="none")]
    frames = [
        f.with_columns(pl.col(pl.Categorical).cast(pl.String))
        for f in batches
        if isinstance(f, pl.DataFrame)
    ]
    if frames:
        return pl.concat(frames)
    return pl.DataFrame(
        schema={c: pl.Int64 if c in ("published_at", "followers") else pl.String for c in COLUMNS}
    )


def _rfc3339(milliseconds: int | None) -> str | None:
    from datetime import UTC, datetime

    return (
        None if milliseconds is None else rfc3339(datetime.fromtimestamp(milliseconds / 1000, UTC))
    )


def _from_flagged(found: Amplifications, flagged: Collection[str]) -> dict[str, float]:
    """Which part of each account's amplification comes from coordinated accounts."""
    theirs = pl.col("amplifier").is_in(pl.Series(sorted(flagged), dtype=pl.String).implode())
    return dict(found.rows.group_by("author").agg(theirs.mean()).rows())


def _reasons(one: Scored, from_flagged: float, is_flagged: bool) -> Iterator[str]:
    ways = ", ".join(
        f"{number:,} {_WORDS[kind]}"
        for kind, number in sorted(one.kinds.items(), key=lambda item: (-item[1], item[0]))
    )
    accounts = "account" if one.reach == 1 else "accounts"
    posts = "post" if one.posts == 1 else "posts"
    yield f"{one.reach:,} {accounts} took up its {one.posts:,} {posts}: {ways}."
    yield f"One more post of this account would reach {one.spread:.3g} accounts, those further down the chain included."
    if one.h_index >= 3:
        yield f"{one.h_index} of its posts were each taken up by at least {one.h_index} accounts: repeated success, not one lucky post."
    elif one.amplified >= 10 and one.h_index == 1:
        yield "Its success rests on single posts: no two of them were each taken up by two accounts."
    if one.reach >= 10 and one.half <= one.reach // 10:
        yield f"Half of its amplification comes from {one.half} {'account' if one.half == 1 else 'accounts'}."
    if from_flagged >= 0.005:
        yield f"{from_flagged:.0%} of its amplification came from accounts that acted together beyond chance."
    if is_flagged:
        yield "It is itself one of the accounts that acted together beyond chance."


def _evidence(scored: Collection[Scored], seen: Amplifications) -> dict[str, Evidence]:
    """For each post that is shown, its first five amplifiers."""
    shown = pl.Series(sorted({root for one in scored for root in one.top}), dtype=pl.String)
    rows = seen.rows.filter(pl.col("root").is_in(shown.implode())).sort(
        "root", "time", "post", nulls_last=True
    )
    made = {}
    for (root,), some in rows.group_by("root", maintain_order=True):
        first = some.head(5)
        made[str(root)] = Evidence(
            signal="amplified", object=str(root), posts=(str(root), *first["post"].to_list()),
            accounts=(str(some["author"][0]), *first["amplifier"].to_list()),
            why=f"post {native_id(str(root))} was taken up by {some.height:,} {'account' if some.height == 1 else 'accounts'}",
        )  # fmt: skip
    return made


def _caveats(one: Scored, seen: Amplifications) -> Iterator[str]:
    if one.kinds.get("copy", 0) * 2 > one.amplified:
        yield "Most of it are copies of its texts; the first known poster of a text need not be its source."
    if one.kinds.get("reply", 0) * 2 > one.amplified:
        yield "Most of it are replies, which may object."
    if seen.unresolved:
        yield f"{seen.unresolved:,} reposts, quotes and replies point to posts that are not in the index; they count for nobody."
