"""A query, and a chart of one, as evidence: how many posts it found then, and when they were."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from graph.exports.escaping import one_line
from index.cases.record import CHARTS, Frozen
from index.current import flagged_accounts
from index.maintenance.records import document_record
from index.query import And, Node
from index.reading.queries import among, read_query
from tocsin.core.errors import ConfigError
from tocsin.core.findings import rfc3339
from tocsin.core.groups.origin import classify_origin
from tocsin.core.messages import Message, plain

if TYPE_CHECKING:
    from index.base import Index
    from index.privacy import Pseudonyms
    from tocsin.core.documents import Document

TIME = "time"
VALUES = 20
"""Bars of a chart of values; of time there are as many as an automatic interval gives."""
MAX_TITLE = 140
ENDS: tuple[Literal["oldest", "newest"], ...] = ("oldest", "newest")


@dataclass(frozen=True)
class Counted:
    """What a query finds in an index now."""

    index: Index
    text: str
    node: Node
    flagged: Node

    @classmethod
    def of(cls, index: Index, people: Pseudonyms, text: str) -> Counted:
        """Raises ConfigError where the query means nothing here."""
        by_flagged = among("author", flagged_accounts(index))
        return cls(index, text, read_query(text, index, people), by_flagged)

    @cached_property
    def posts(self) -> int:
        """How many posts it finds."""
        return self.index.count(self.node)

    def said(self) -> tuple[Message, ...]:
        """Posts and accounts, from when to when, how many by flagged accounts."""
        posts = self.posts
        counts = {"n": posts, "authors": self.index.cardinality("author", self.node)}
        said = [Message("case.said.narrative", counts)]
        ends = [self.index.search(self.node, order=order, size=1).documents for order in ENDS]
        first, last = (found[0].published_at if found else None for found in ends)
        if first is not None and last is not None:
            said.append(Message("case.said.period", {"at": first, "until": last}))
        if posts and self.index.generation("cluster") is not None:
            share = self.index.count(And((self.node, self.flagged))) / posts
            said.append(Message(f"case.said.{classify_origin(share)}", {"share": share}))
        return tuple(said)

    def bars(self, by: str, timezone: str) -> list[list[Any]]:
        """Start (RFC 3339) or value, posts, and those by flagged accounts, of each bar."""
        both = And((self.node, self.flagged))
        if by == TIME:
            whole = self.index.histogram(self.node, timezone=timezone)
            if not whole.buckets:
                return []
            inside = self.index.histogram(both, interval=whole.interval, timezone=timezone)
            marked = dict(inside.buckets)
            return [[rfc3339(at), n, marked.get(at, 0)] for at, n in whole.buckets]
        values = self.index.facet(by, self.node, size=VALUES).values
        of_flagged = dict(self.index.facet(by, both, size=1_000).values)
        return [[value, n, of_flagged.get(value, 0)] for value, n in values]


def freeze_query(
    counted: Counted, brief: bool, copies: Callable[[Node], Sequence[Document]]
) -> Frozen:
    """What a query finds now; ``copies`` gives the posts that are kept."""
    return _frozen(counted, brief, plain(_line(counted.text)), copies, {})


def freeze_chart(
    counted: Counted,
    by: str,
    timezone: str,
    brief: bool,
    copies: Callable[[Node], Sequence[Document]],
) -> Frozen:
    """The figures of a chart as they are now; exports draw it again from them."""
    of = plain(_line(counted.text)) if counted.text else Message("case.chart.everything")
    title = Message("case.chart.title", {"by": Message(f"case.chart.{by}"), "query": of})
    bars = [] if brief else counted.bars(by, timezone)
    return _frozen(counted, brief, title, copies, {"chart": {"by": by, "bars": bars}})


def split_chart(subject: str) -> tuple[str, str]:
    """What the bars of ``BY:QUERY`` stand for, and the query. Raises ConfigError."""
    by, colon, text = subject.partition(":")
    if not colon or by not in CHARTS:
        raise ConfigError(Message("case.error.chart", {"given": subject[:60], "known": CHARTS}))
    return by, text.strip()


def chart_rows(chart: Any) -> list[tuple[str | datetime, int, int]]:
    """The bars that `freeze_chart` kept, times as times."""
    is_time = chart["by"] == TIME
    return [
        (datetime.fromisoformat(of) if is_time else str(of), int(n), int(flagged))
        for of, n, flagged in chart["bars"]
    ]


def _frozen(
    counted: Counted,
    brief: bool,
    title: Message,
    copies: Callable[[Node], Sequence[Document]],
    more: dict[str, Any],
) -> Frozen:
    return Frozen(
        title=title,
        said=() if brief else counted.said(),
        posts=tuple(document_record(one) for one in copies(counted.node)),
        total=counted.posts,
        query=counted.text,
        state={"posts": counted.posts, **more},
    )


def _line(text: str) -> str:
    return one_line(text, MAX_TITLE)
