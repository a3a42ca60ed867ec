"""The numbers behind the screens: pure functions of what the index gave, no drawing."""

from __future__ import annotations

import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from dashboard.components.account_names import quoted
from index.base import Window
from index.query import And, Node, Not, Or, Term, Word, normalise
from tocsin.core.findings import Cluster, Edge, Evidence
from tocsin.core.text import tokens

Bucket = tuple[datetime, int]
_SITE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}")
MAX_ACCOUNTS_IN_QUERY = 2_000


@dataclass(frozen=True)
class Reach:
    """A length of window that Today offers: how long, in which intervals, and how many earlier windows make its normal."""

    name: str
    length: timedelta
    interval: str
    step: timedelta
    earlier: int


REACHES = {
    reach.name: reach
    for reach in (
        Reach("24h", timedelta(days=1), "1h", timedelta(hours=1), 13),
        Reach("3d", timedelta(days=3), "6h", timedelta(hours=6), 9),
        Reach("7d", timedelta(days=7), "1d", timedelta(days=1), 8),
    )
}


@dataclass(frozen=True)
class Pace:
    """Posts in a window, and the median of ``windows`` earlier ones of the same length (None with fewer than 3)."""

    posts: int
    normal: float | None
    windows: int

    @property
    def ratio(self) -> float | None:
        """How many times normal; None where normal is unknown or nothing."""
        return self.posts / self.normal if self.normal else None


def end_of(newest: datetime, reach: Reach, zone: tzinfo) -> datetime:
    """The first interval boundary after the newest post, on the reader's clock."""
    midnight = newest.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    passed = newest.astimezone(zone).replace(tzinfo=None) - midnight.replace(tzinfo=None)
    steps = passed // reach.step + 1
    return (midnight.replace(tzinfo=None) + steps * reach.step).replace(tzinfo=zone)


def span_of(newest: datetime, reach: Reach, zone: tzinfo) -> tuple[Window, Window]:
    """The window that Today speaks of, and the longer one with the past it is compared to."""
    until = end_of(newest, reach, zone)
    return Window(_back(until, reach.length), until), Window(
        _back(until, reach.length * (reach.earlier + 1)), until
    )


def _back(moment: datetime, length: timedelta) -> datetime:
    return (moment.replace(tzinfo=None) - length).replace(tzinfo=moment.tzinfo)


def pace(buckets: Sequence[Bucket], window: Window, reach: Reach, oldest: datetime | None) -> Pace:
    """The window's posts against its own past; windows that begin before the oldest post do not count."""
    assert window.until is not None
    sums: list[int] = []
    until = window.until
    for _ in range(reach.earlier + 1):
        since = _back(until, reach.length)
        if sums and oldest is not None and since < oldest:
            break
        sums.append(sum(count for at, count in buckets if since <= at < until))
        until = since
    earlier = sums[1:]
    return Pace(sums[0], statistics.median(earlier) if len(earlier) >= 3 else None, len(earlier))


def filled(buckets: Sequence[Bucket], window: Window, step: timedelta) -> list[Bucket]:
    """A histogram over the whole of a bounded window: intervals before the first and after the last hit are empty ones."""
    assert window.since is not None
    assert window.until is not None
    counts = _summed(buckets)
    found: list[Bucket] = []
    at = window.since
    while at < window.until:
        found.append((at, counts.pop(at, 0)))
        at = _back(at, -step)
    return sorted([*found, *counts.items()]) if counts else found


def _summed(buckets: Sequence[Bucket]) -> dict[datetime, int]:
    """Counts by wall-clock start: where clocks go back, an hour comes twice and is one."""
    counts: dict[datetime, int] = {}
    for at, count in buckets:
        counts[at] = counts.get(at, 0) + count
    return counts


def beside(total: Sequence[Bucket], hot: Sequence[Bucket]) -> list[tuple[datetime, int, int]]:
    """Two histograms of one window as rows of (start, all, of flagged accounts)."""
    part = _summed(hot)
    return [(at, count, min(count, part.get(at, 0))) for at, count in total]


def coarser(
    rows: Sequence[tuple[datetime, int, int]], most: int
) -> list[tuple[datetime, int, int]]:
    """The same rows summed into at most ``most`` intervals, for small curves."""
    size = -(-len(rows) // most) if rows else 1
    return [
        (part[0][0], sum(r[1] for r in part), sum(r[2] for r in part))
        for i in range(0, len(rows), size)
        if (part := rows[i : i + size])
    ]


def by_authors(authors: frozenset[str]) -> Node | None:
    """The query for posts of these accounts; None for none of them."""
    chosen = sorted(authors)[:MAX_ACCOUNTS_IN_QUERY]
    return Or(tuple(Term("author", author) for author in chosen)) if chosen else None


def by_terms(terms: Sequence[str]) -> Node | None:
    """The query for posts with at least one of these terms; None where no term has a word.

    A term is a word, words that go together (all must occur: short words between them are left out of
    terms), a hashtag, or the site of a link.
    """
    parts = [node for term in terms if (node := _by_term(term)) is not None]
    return Or(tuple(parts)) if len(parts) > 1 else parts[0] if parts else None


def _by_term(term: str) -> Node | None:
    if term.startswith("#") and (tag := normalise("hashtag", term)):
        return Term("hashtag", tag)
    if _SITE.fullmatch(term):
        return Term("domain", normalise("domain", term))
    if " + " in term:  # a story, named by words of which a post need not have all
        return by_terms(term.split(" + "))
    words = tuple(Word(word) for word in tokens(term))
    return And(words) if len(words) > 1 else words[0] if words else None


def terms_text(terms: Sequence[str]) -> str:
    """The same as text in the query language."""
    return " OR ".join(_text(node) for term in terms if (node := _by_term(term)) is not None)


def _text(node: Node) -> str:
    if isinstance(node, Term):
        return f"{node.field}:{quoted(node.value)}"
    if isinstance(node, Or):
        return f"({' OR '.join(_text(part) for part in node.parts)})"
    if isinstance(node, And):
        return f"({' '.join(_text(part) for part in node.parts)})"
    assert isinstance(node, Word)
    return node.text if node.text.isalnum() else f'"{node.text}"'


def both(a: Node, b: Node) -> Node:
    """Posts that match both."""
    return And((a, b))


def without(a: Node, b: Node | None) -> Node:
    """Posts that match ``a`` and not ``b``."""
    return a if b is None else And((a, Not(b)))


def above(cluster: Cluster, degree: float) -> Cluster:
    """The cluster with only the accounts whose degree of coordination reaches a threshold."""
    return replace(cluster, accounts=tuple(m for m in cluster.accounts if m.degree >= degree))


def shown(
    clusters: Sequence[Cluster], *, q_value: float, degree: float, statuses: Sequence[str]
) -> list[Cluster]:
    """The clusters that pass a reader's thresholds with at least two accounts left: flagged first, then larger, then surer."""
    rank = {"flagged": 0, "explained": 1, "cleared": 2}
    kept = [above(c, degree) for c in clusters if c.q_value <= q_value and c.status in statuses]
    kept = [c for c in kept if len(c.accounts) >= 2]
    return sorted(kept, key=lambda c: (rank.get(c.status, 3), -len(c.accounts), c.q_value, c.id))


def evidence_of(cluster: Cluster, edges: Sequence[Edge]) -> list[Evidence]:
    """Every shared object of a cluster once, those that join most accounts first: its own evidence and its edges'.

    Evidence of one object from several edges is united; ``seconds_apart`` is then the smallest that was seen.
    """
    found: dict[tuple[str, str], Evidence] = {}
    for item in (*cluster.evidence, *(e for edge in edges for e in _with_accounts(edge))):
        key = (item.signal, item.object)
        if (old := found.get(key)) is None:
            found[key] = item
            continue
        apart = [s for s in (old.seconds_apart, item.seconds_apart) if s is not None]
        found[key] = replace(
            old, posts=tuple(dict.fromkeys(old.posts + item.posts)), accounts=tuple(dict.fromkeys(old.accounts + item.accounts)),
            seconds_apart=min(apart) if apart else None, why=old.why or item.why,
        )  # fmt: skip
    return sorted(
        found.values(), key=lambda e: (-len(e.accounts), -len(e.posts), e.signal, e.object)
    )


def _with_accounts(edge: Edge) -> list[Evidence]:
    return [
        item if item.accounts else replace(item, accounts=(edge.a, edge.b))
        for item in edge.evidence
    ]


def signal_counts(evidence: Sequence[Evidence]) -> dict[str, int]:
    """Signal -> number of distinct objects shared by it, most first."""
    counts: dict[str, int] = {}
    for item in evidence:
        counts[item.signal] = counts.get(item.signal, 0) + 1
    return dict(sorted(counts.items(), key=lambda kv: (-kv[1], kv[0])))


LEAST_SHARE = 0.01


def majority(languages: Mapping[str, int], most: int = 4) -> list[tuple[str, float]]:
    """The languages of a narrative with their share, most first; below one in a hundred it is rather the guess that is wrong."""
    total = sum(languages.values())
    shares = (
        [
            (code, n / total)
            for code, n in sorted(languages.items(), key=lambda kv: (-kv[1], kv[0]))[:most]
        ]
        if total
        else []
    )
    return [(code, share) for code, share in shares if share >= LEAST_SHARE]
