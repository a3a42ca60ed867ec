"""A weak signal as a story: headline, posts, drivers, and how much of it is orchestrated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dashboard import sanitize
from dashboard.base import ViewContext
from dashboard.components.frame import Frame
from dashboard.counts import count_values, find_ids
from index.base import EVERYTHING, Window
from index.reading.queries import among
from tocsin.core.calibration.weight import weight_within
from tocsin.core.documents import Document
from tocsin.core.findings import Cluster, Narrative, WeakSignal
from tocsin.core.groups.headlines import foreign_language
from tocsin.core.groups.origin import classify_origin
from tocsin.core.language.words import Words
from tocsin.core.text import ADDRESS

MIN_NARRATIVE_SHARE = 0.3
"""Share of a story's posts in one narrative from which the narrative's headline names it."""
MIN_HELD = 0.5
"""Of the most terms of a story that a post of it holds, the share that a post on its card has."""
MAX_READ = 500
"""Posts of a story that are read for those that fared best."""
POSTS, DRIVERS = 3, 3
HEADLINE = 90
_SAME = 60


@dataclass(frozen=True)
class Driver:
    """An account, its posts of the story, and their share of it."""

    account: str
    posts: int
    share: float


@dataclass(frozen=True)
class Story:
    """What a card of Today shows. ``group`` is the flagged group with most of its authors,
    ``lang`` the language of the headline where that is known.
    """

    signal: WeakSignal
    headline: str
    lang: str
    posts: Sequence[Document]
    drivers: Sequence[Driver]
    kind: str
    group: Cluster | None


def posts_within(
    context: ViewContext, signals: Sequence[WeakSignal], asked: Frame, window: Window = EVERYTHING
) -> frozenset[str]:
    """The ids of the posts of signals that the frame lets through: one question for all of them."""
    told = among("id", (key for signal in signals for key in signal.post_ids))
    return find_ids(context.queries, asked.of(told), window) if told.values else frozenset()


def rank(context: ViewContext, signals: Sequence[WeakSignal], asked: Frame) -> list[WeakSignal]:
    """By the one weight that the command line ranks by, too (size, growth, breadth and stake), of
    the posts that the frame lets through: what is told now comes before what was told.
    """
    inside = posts_within(context, signals, asked, asked.window)
    weights = {
        one.id: weight_within(one, sum(key in inside for key in set(one.post_ids)))
        for one in signals
    }
    return sorted(signals, key=lambda one: (-weights[one.id], one.id))


def kind_of(signal: WeakSignal) -> str:
    """``organic``, ``mixed``, ``orchestrated``; ``untested`` where coordination was not tested."""
    share = signal.coordinated_share
    return "untested" if share is None else classify_origin(share)


def tell(context: ViewContext, signal: WeakSignal, asked: Frame) -> Story:
    """Read what a card shows of a signal, within the languages and platforms of the frame."""
    queries = context.queries
    inside = asked.of(among("id", signal.post_ids))
    documents = queries.documents(signal.post_ids[:MAX_READ])
    found = count_values(queries, "author", inside, size=DRIVERS)
    drivers = [
        Driver(account, posts, posts / max(1, signal.posts)) for account, posts in found.values
    ]
    kind = kind_of(signal)
    group = _group(context, signal) if kind in ("mixed", "orchestrated") else None
    best = best_posts(documents, signal.terms, context.words)
    headline, lang = _headline(context, signal, best)
    return Story(signal, headline, lang, best[:POSTS], drivers, kind, group)


def best_posts(documents: Sequence[Document], terms: Sequence[str], words: Words) -> list[Document]:
    """Those that tell a story and fared best, each text once.

    A post may be in a story for one common word: where others have more of its terms, those with
    less than half of the most come last. Then engagement counts, then how often the same text was
    posted (most archives know no engagement), then terms, then the reader's language.
    """
    wanted = [[part.strip().casefold() for part in term.split(" + ")] for term in terms]
    held: dict[str, int] = {}
    text_of: dict[str, str] = {}
    for one in documents:
        said = f"{one.title or ''} {one.text or ''}".casefold()
        held[one.id] = sum(all(part in said for part in parts) for parts in wanted)
        text_of[one.id] = sanitize.single_line(one.text or one.title or "", _SAME).casefold()
    enough = max(held.values(), default=0) * MIN_HELD
    copies = Counter(text_of.values())

    def rank_of(one: Document) -> tuple[object, ...]:
        fared = (-one.engagement, -copies[text_of[one.id]])
        return (held[one.id] < enough, *fared, -held[one.id], one.lang != words.code, one.id)

    kept: dict[str, Document] = {}
    for one in sorted(documents, key=rank_of):
        if text := text_of[one.id]:
            kept.setdefault(text, one)
    return list(kept.values())


def _headline(
    context: ViewContext, signal: WeakSignal, best: Sequence[Document]
) -> tuple[str, str]:
    """Its own headline; of one published without, that of its narrative, else its best post. With
    the code of its language where that is not the page's.
    """
    code, queries = context.words.code, context.queries
    told: WeakSignal | Narrative | None = signal if signal.name or signal.headlines else None
    if told is None:
        inside = count_values(queries, "narrative", among("id", signal.post_ids), size=1).values
        if inside and inside[0][1] >= MIN_NARRATIVE_SHARE * signal.posts:
            told = next((one for one in queries.narratives() if one.id == inside[0][0]), None)
    if told is not None:
        shown = told.headline(code)
        lang = foreign_language(shown, told.headlines, code)
        return sanitize.single_line(shown, HEADLINE), lang
    for document in [one for one in best if one.lang == code] or best:
        said = ADDRESS.sub("", document.title or document.text or "")
        if text := sanitize.single_line(said, HEADLINE):
            return text, document.lang
    return sanitize.single_line(", ".join(signal.terms[:4]), HEADLINE), ""


def _group(context: ViewContext, signal: WeakSignal) -> Cluster | None:
    """The flagged group, pair, star or chain that made most of its posts."""
    posts = set(signal.post_ids)
    shared: Counter[str] = Counter()
    groups = [*context.queries.clusters(), *context.queries.structures()]
    for group in groups:
        if group.status == "flagged":
            shared[group.id] = len(posts.intersection(group.post_ids))
    for name, number in shared.most_common(1):
        if number:
            return next(group for group in groups if group.id == name)
    return None
