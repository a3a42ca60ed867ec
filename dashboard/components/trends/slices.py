"""What the conversation is divided by: the most frequent values of a field, or typed queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.base import ViewContext
from dashboard.collection_gaps import Bucket
from dashboard.components import facets, query_nodes, volume
from dashboard.components.account_names import quote_value
from dashboard.components.frame import Frame
from dashboard.components.trends.estimates import Difference, difference, share_of
from dashboard.counts import count_posts, count_reposts, count_values, share_of_flagged
from index.base import Window
from index.query import Exists, Node, Not, Or, QueryError, Term
from index.reading.queries import resolve
from tocsin.core.errors import ConfigError
from tocsin.core.findings import Theme
from tocsin.core.language.words import Words

FIELDS = ("narrative", "theme", "author", "domain", "lang", "platform", "source")
QUERIES = "query"
SHOWN = 7
MAX_QUERIES = 8


@dataclass(frozen=True)
class Slice:
    """A part of the conversation.

    ``text`` is the query that opens its posts, where it has one; ``lang`` the language of the
    label, where it is another than the page's.
    """

    label: str
    node: Node
    text: str = ""
    lang: str = ""


@dataclass(frozen=True)
class Count:
    """A slice in a frame, and in what the frame is compared with. ``flagged`` is None where the
    posts of flagged accounts are left out."""

    slice: Slice
    buckets: Sequence[int]
    posts: int
    flagged: int | None
    reposts: int
    share: float
    before: float | None
    moved: Difference | None

    @property
    def flagged_share(self) -> float | None:
        """Of its posts that of flagged accounts: see `share_of_flagged`."""
        return share_of_flagged(self.flagged, self.posts)


@dataclass(frozen=True)
class Division:
    """A conversation divided into slices.

    Attributes:
        counts: the slices, those of most posts first.
        starts: where each interval of time begins.
        total: posts per interval, of all.
        posts: posts of all times in the frame, dated or not.
        others: posts with a value beyond the slices; None where slices are queries.
        unknown: posts without a value (of queries: that none of them finds).
        mistakes: lines that are no query: (line, sentence).
    """

    counts: Sequence[Count]
    starts: Sequence[datetime]
    total: Sequence[int]
    posts: int
    others: int | None
    unknown: int
    mistakes: Sequence[tuple[str, str]] = ()

    def beyond(self) -> list[int]:
        """Posts per interval outside of all slices, where no post is in two of them."""
        inside = [sum(values) for values in zip(*(c.buckets for c in self.counts), strict=True)]
        if not inside:
            return list(self.total)
        return [max(0, whole - part) for whole, part in zip(self.total, inside, strict=True)]


def divide(context: ViewContext, asked: Frame, by: str, lines: str) -> Division:
    """Divide the conversation of a frame.

    Args:
        by: one of `FIELDS`, a declared field, or `QUERIES`.
        lines: queries, one a line, perhaps with a name: ``Name = query``.
    """
    mistakes: list[tuple[str, str]] = []
    if by == QUERIES:
        slices = _typed(context, lines, mistakes)
    elif by == "theme":
        slices = _themes(context, asked)
    else:
        slices = _values(context, asked, by)
    queries, window = context.queries, asked.window
    total = queries.histogram(asked.of(), window, _interval(asked))
    interval = volume.askable_interval(total.interval)
    starts = [start for start, _ in total.buckets]
    whole = [count for _, count in total.buckets]
    posts = count_posts(queries, asked.of(), window)
    earlier = _earlier(context, asked, interval)
    counts = [
        _count(context, asked, one, (starts, whole, posts, interval), earlier) for one in slices
    ]
    counts.sort(key=lambda one: (-one.posts, one.slice.label))
    others, unknown = _beyond(context, asked, by, slices)
    return Division(counts, starts, whole, posts, others, unknown, mistakes)


def _interval(asked: Frame) -> str:
    return asked.choice.interval if asked.choice is not None else "auto"


def _earlier(
    context: ViewContext, asked: Frame, interval: str
) -> tuple[Window, list[Bucket]] | None:
    if asked.compare is None:
        return None
    buckets = context.queries.histogram(asked.of(), asked.compare, interval).buckets
    return asked.compare, buckets


def _aligned(starts: Sequence[datetime], buckets: Sequence[Bucket]) -> list[int]:
    """Counts in these intervals; finer ones count for the interval that they begin in."""
    rows = volume.merge_counts([(start, 1 << 62) for start in starts], buckets)
    return [row.flagged for row in rows]


def _count(
    context: ViewContext,
    asked: Frame,
    one: Slice,
    whole: tuple[Sequence[datetime], Sequence[int], int, str],
    earlier: tuple[Window, list[Bucket]] | None,
) -> Count:
    queries, window = context.queries, asked.window
    starts, total, all_posts, interval = whole
    found = asked.of(one.node)
    buckets = _aligned(starts, queries.histogram(found, window, interval).buckets)
    posts = count_posts(queries, found, window)
    flagged = asked.flagged_of(one.node)
    by_flagged = count_posts(queries, flagged, window) if flagged is not None else 0
    before, moved = None, None
    if earlier is not None:
        then, all_then = earlier
        first = [start for start, _ in all_then]
        past = _aligned(first, queries.histogram(found, then, interval).buckets)
        share_then = share_of(past, [count for _, count in all_then])
        before = share_then.share if share_then else None
        moved = difference(share_of(buckets, total), share_then)
    return Count(
        one,
        buckets,
        posts,
        None if asked.leaves_out_flagged else by_flagged,
        count_reposts(queries, found, window),
        posts / all_posts if all_posts else 0.0,
        before,
        moved,
    )


def _beyond(
    context: ViewContext, asked: Frame, by: str, slices: Sequence[Slice]
) -> tuple[int | None, int]:
    queries, window = context.queries, asked.window
    inside = Or(tuple(one.node for one in slices)) if slices else None
    outside = asked.of(Not(inside)) if inside is not None else asked.of()
    left = count_posts(queries, outside, window)
    if by == QUERIES:
        return None, left
    of_narratives = by == "theme" and not facets.has_themes(queries)
    field = "narrative" if of_narratives else by
    unknown = count_posts(queries, asked.of(Not(Exists(field))), window)
    return max(0, left - unknown), unknown


def _values(context: ViewContext, asked: Frame, field: str) -> list[Slice]:
    """Unknown is not a value: it is counted beside."""
    found = count_values(
        context.queries, field, asked.of(Exists(field)), asked.window, size=SHOWN + 1
    )
    kept = [(value, n) for value, n in found.values if value not in ("und", "")][:SHOWN]
    nodes: Mapping[str, Node] = {value: Term(field, value) for value, _ in kept}
    told = facets.labelled(field, kept, context)
    return [
        Slice(choice.label, nodes[value], choice.query, choice.lang)
        for (value, _), choice in zip(kept, told, strict=True)
    ]


def _themes(context: ViewContext, asked: Frame) -> list[Slice]:
    """The posts of each theme; of an analysis that gave posts none, those of its narratives."""
    if facets.has_themes(context.queries):
        return _values(context, asked, "theme")
    counted = dict(
        count_values(context.queries, "narrative", asked.of(), asked.window, size=10_000).values
    )
    themes = [theme for theme in context.queries.themes() if theme.narratives]

    def posts(theme: Theme) -> int:
        return sum(counted.get(name, 0) for name in theme.narratives)

    themes = [theme for theme in themes if posts(theme)]
    themes.sort(key=lambda theme: (-posts(theme), theme.id))
    return [
        Slice(
            theme.headline(context.words.code),
            query_nodes.with_any("narrative", theme.narratives),
            " OR ".join(f"narrative:{quote_value(name)}" for name in theme.narratives),
        )
        for theme in themes[:SHOWN]
    ]


def _typed(context: ViewContext, lines: str, mistakes: list[tuple[str, str]]) -> list[Slice]:
    names, queries = context.account_names, context.queries
    slices = []
    for line in [line.strip() for line in lines.splitlines() if line.strip()][:MAX_QUERIES]:
        label, text = named_query(line)
        try:
            node = resolve(
                names.resolve_pseudonyms(queries.parse(text)), queries.index, names.pseudonyms
            )
        except (QueryError, ConfigError) as error:
            mistakes.append((line, _said(error, context.words)))
            continue
        slices.append(Slice(label, node, text))
    return slices


def _said(error: QueryError | ConfigError, words: Words) -> str:
    return words.say(error.message or str(error))


def named_query(line: str) -> tuple[str, str]:
    """The name of a line and its query; without a name the query is its own.

    A name has no colon before its equals sign, so that ``likes:>=5`` is a query.
    """
    label, sign, text = line.partition("=")
    if sign and label.strip() and text.strip() and ":" not in label and '"' not in label:
        return label.strip(), text.strip()
    return line, line
