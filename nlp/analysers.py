"""The analysers of this room: what `tocsin.app.pipeline` runs over a window and publishes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from index.analysis import Analysis
from index.base import Window
from index.current import flagged_accounts
from index.narratives.annotating import annotate_posts, assignments, declare_theme
from index.narratives.publishing import (
    KINDS,
    findings_of,
    grouped_narratives,
    published_narratives,
    published_themes,
    under_edits,
)
from index.privacy import pseudonyms
from tocsin.core.findings import Finding, Headline, Narrative, Theme, WeakSignal
from tocsin.core.messages import Message

if TYPE_CHECKING:
    import numpy as np

    from index.base import Index
    from nlp.signals.features import Features
    from nlp.text.corpus import Corpus

_MIN_TICKS = 16
_TICKS = (timedelta(hours=6), timedelta(hours=2), timedelta(minutes=30))


class Narratives:
    """Stories that posts tell, over languages, and themes above them.

    Also annotates documents (stage ``narratives``, values ``narrative`` and ``theme``). What
    analysts did to narratives is done to those that are found.
    """

    kinds: tuple[str, ...] = KINDS

    def analyse(self, analysis: Analysis) -> Iterable[Finding]:
        """See `index.analysis.Analyser`."""
        from nlp.models.embedder import key, load
        from nlp.narratives.building import VERSION, Request, build_narratives
        from nlp.narratives.nodes import build_nodes

        index, settings = analysis.index, analysis.workspace.settings.nlp
        published, above = published_narratives(index), published_themes(index)
        found = _posts_with_vectors(analysis, key(settings))
        narratives: list[Narrative] = []
        themes: list[Theme] = []
        if found is not None:
            embedder, (corpus, ids, vectors) = load(settings), found
            nodes = build_nodes(corpus, ids, vectors, embedder)
            del found, ids, vectors  # what follows needs as much again
            request = Request(
                coordinated=coordinated_authors(analysis),
                min_posts=settings.min_narrative_posts,
                since=analysis.since,
                until=analysis.until,
            )
            narratives, themes = build_narratives(
                corpus, nodes, embedder, request, grouped_narratives(index), above
            )
        elif index.count(window=Window(analysis.since, analysis.until)):
            embedded = _is_embedded(index, key(settings))
            code = "narrative.warning.no_words" if embedded else "narrative.warning.no_vectors"
            analysis.run.warn(Message(code))
        analysis.run.beat()
        applied = under_edits(
            index, pseudonyms(analysis.workspace, index), narratives, analysis.found
        )
        if applied.lost:
            analysis.run.warn(Message("narrative.edit.lost", {"n": len(applied.lost)}))
        if not declare_theme(index):
            analysis.run.warn(Message("narrative.warning.no_theme_field"))
        annotate_posts(
            index,
            (assignments(published), assignments(above)),
            (assignments(applied.narratives), assignments(themes)),
            version=VERSION,
            made_at=analysis.run.started_at,
            beat=analysis.run.beat,
        )
        return findings_of(applied, narratives, themes)


def _posts_with_vectors(
    analysis: Analysis, model: str
) -> tuple[Corpus, list[str], np.ndarray] | None:
    """The posts of the window, the ids of those with a vector, and these; None where none has one.

    Where no post has one, none is read.
    """
    from nlp.text.corpus import read_corpus

    index = analysis.index
    if not index.stats().vectors.get(model):
        return None
    corpus = read_corpus(index, analysis.since, analysis.until)
    ids, vectors = index.vectors(model, corpus.column("id"))
    return (corpus, ids, vectors) if len(ids) else None


class Signals:
    """What is emerging at the window's end: bursts of its last day.

    They are found by the causal engine, `nlp.signals.engine`.
    """

    kinds: tuple[str, ...] = ("signal",)

    def __init__(self) -> None:
        self._corpus: Corpus | None = None
        self._features: Features | None = None

    def begin(self, analysis: Analysis) -> Callable[[], None]:
        """See `index.analysis.Ahead`: words of posts are extracted while the network is made."""
        from nlp.signals.features import extract_features
        from nlp.text.corpus import read_corpus

        corpus = self._corpus = read_corpus(analysis.index, None, analysis.until)

        def work() -> None:
            if _tick(corpus) is not None:
                since = _past_start(analysis, corpus)
                self._features = extract_features(corpus, analysis.over.is_set, since)

        return work

    def analyse(self, analysis: Analysis) -> Iterable[Finding]:
        """See `index.analysis.Analyser`.

        What was published before ``since`` is the past that the window is compared with.
        """
        from tocsin.core.calibration.weight import signal_weight

        if self._corpus is None:
            self.begin(analysis)()
        corpus, features = self._corpus, self._features
        self._corpus = self._features = None
        assert corpus is not None  # `begin` read it
        if not len(corpus.dated_times):
            return []
        tick = _tick(corpus)
        if tick is None or features is None:
            analysis.run.warn(Message("weak_signal.warning.short_past"))
            return []
        signals = _signals(analysis, corpus, features, tick)
        unique = {signal.id: signal for signal in signals}
        return sorted(
            unique.values(),
            key=lambda signal: (-signal_weight(signal), signal.id),
        )


def _signals(
    analysis: Analysis, corpus: Corpus, features: Features, tick: timedelta
) -> list[WeakSignal]:
    """The signals of the last day of a corpus, those of one story merged."""
    import numpy as np

    from nlp.answers import PUSHED, QUIET, pushed_warning, quiet_warning
    from nlp.signals.alert_merging import merge_alerts, post_attributes
    from nlp.signals.description import describe_alert, describe_method
    from nlp.signals.engine import DAY, detect_alerts
    from nlp.signals.features import add_narratives

    end = int(corpus.dated_times[-1]) + 1
    width = round(tick / timedelta(milliseconds=1))
    # rounded up: the last slot ends with the last post
    slots = -(-(end - _past_start(analysis, corpus)) // width)
    start = end - slots * width
    narratives = [f for f in analysis.found("narrative") if isinstance(f, Narrative)]
    told = [one for one in narratives if not one.binned]
    features = add_narratives(features, corpus, told)
    analysis.run.beat()
    min_authors = analysis.workspace.settings.nlp.signal_min_authors
    coordinated = coordinated_authors(analysis)
    flagged_rows = None
    if coordinated is not None:
        # by author code, and one more at the end for code -1: posts without an author
        flagged = [author in coordinated for author in corpus.author_ids]
        flagged_rows = np.array([*flagged, False])[corpus.authors]
    _warn_of_gaps(analysis, corpus, start, tick, slots)
    _warn_of_days(analysis, corpus)
    alerts, pushed = [], 0
    for alert in detect_alerts(
        corpus,
        features,
        start=start,
        tick=tick,
        min_authors=min_authors,
        quiet_until=_quiet_until(analysis, end),
        flagged=flagged_rows,
        with_pushed=True,
    ):
        if alert.story.is_pushed:
            pushed += alert.authors(corpus) >= min_authors
        else:
            alerts.append(alert)
        analysis.run.beat()
    if pushed:
        analysis.run.facts[PUSHED] = pushed
        analysis.run.warn(pushed_warning(pushed))
    posts = post_attributes(corpus, features, assignments(narratives), flagged_rows, end - DAY)
    merged = merge_alerts(alerts, posts)
    # a window of a week may still burst when its story has long been told out
    told_now = [one for one in merged if int(corpus.times[one.burst.rows].max()) >= end - DAY]
    if quiet := len(merged) - len(told_now):
        analysis.run.facts[QUIET] = quiet
        analysis.run.warn(quiet_warning(quiet))
    method = describe_method(tick, min_authors, corpus.newest, analysis.since, analysis.until)
    titles = _Titles(analysis, narratives)
    return [
        describe_alert(
            alert,
            corpus,
            features,
            tick=tick,
            method=method,
            coordinated=coordinated,
            shown=titles.of([str(corpus.cell("id", int(row))) for row in alert.burst.rows]),
            texts=posts.texts,
        )
        for alert in told_now
    ]


_TIMES_LARGER = 4
"""Times as many posts as a signal's that a narrative may have to lend it its headline."""


class _Titles:
    """What an alert was called before, or is its narrative called."""

    def __init__(self, analysis: Analysis, narratives: Sequence[Narrative]) -> None:
        self._before = [
            one for one in analysis.index.findings("signal") if isinstance(one, WeakSignal)
        ]
        self._narrative_of = assignments(narratives)
        self._narratives = {one.id: one for one in narratives}

    def of(self, posts: Sequence[str]) -> tuple[Headline, ...]:
        """The headlines for an alert's posts; none of a language that must be found among them.

        A signal that has half of the posts, or of whose posts half are here, is the same story. So
        is a narrative that has half of the posts, unless it is far larger: its headline is not
        about them then.
        """
        here = set(posts)
        kept = next(filter(None, (self._kept(held, here) for held in self._before)), ())
        named = {one.language for one in kept}
        return *kept, *(one for one in self._lent(posts) if one.language not in named)

    def _kept(self, held: WeakSignal, here: set[str]) -> tuple[Headline, ...]:
        """The headlines of a signal known before, where it is the same story."""
        common = len(here.intersection(held.post_ids))
        if 2 * common < min(len(here), len(held.post_ids)):
            return ()
        return tuple(one for one in held.headlines if one.post in here)

    def _lent(self, posts: Sequence[str]) -> tuple[Headline, ...]:
        """The headlines of the narrative of most of the posts."""
        told = Counter(self._narrative_of[key] for key in posts if key in self._narrative_of)
        for narrative, number in told.most_common(1):
            found = self._narratives[narrative]
            if 2 * number >= len(posts) and _TIMES_LARGER * number >= found.posts:
                return found.headlines
        return ()


def _quiet_until(analysis: Analysis, end: int) -> int:
    """Signals are those of the last day of the window; ``end`` in milliseconds."""
    from nlp.signals.engine import DAY
    from tocsin.core.dates import to_milliseconds

    return max(end - DAY, to_milliseconds(analysis.since) if analysis.since else end - DAY)


def _past_start(analysis: Analysis, corpus: Corpus) -> int:
    """When the past begins that the last day is compared with, in milliseconds."""
    from nlp.signals.engine import past_start

    known = corpus.dated_times
    return past_start(int(known[0]), _quiet_until(analysis, int(known[-1]) + 1))


def _warn_of_gaps(
    analysis: Analysis, corpus: Corpus, start: int, tick: timedelta, number: int
) -> None:
    """Say, and keep for `nlp.answers.untested`, how much of the last day was not tested."""
    from nlp.answers import UNTESTED_HOURS, untested_warning
    from nlp.signals.features import time_slots
    from nlp.signals.gaps import gap_slots, untested_slots

    ticks_a_day = timedelta(days=1) / tick
    slots = time_slots(corpus.times, start, round(tick / timedelta(milliseconds=1)))
    untested = untested_slots(gap_slots(slots, number, ticks_a_day), ticks_a_day)
    if untested:
        hours = untested * tick / timedelta(hours=1)
        analysis.run.facts[UNTESTED_HOURS] = hours
        analysis.run.warn(untested_warning(hours))


def _warn_of_days(analysis: Analysis, corpus: Corpus) -> None:
    """Say, and keep for `nlp.answers.untested`, how many posts have a day for a time."""
    from nlp.answers import DAY_ONLY, day_only_warning

    if days := int(corpus.day_only.sum()):
        analysis.run.facts[DAY_ONLY] = [days, len(corpus)]
        analysis.run.warn(day_only_warning(days, len(corpus)))


def tick_for(span: int) -> timedelta | None:
    """The tick for a past of ``span`` milliseconds.

    6 hours, shorter where the past is short, None where it is too short.
    """
    fitting = (tick for tick in _TICKS if span / 1000 >= _MIN_TICKS * tick.total_seconds())
    return next(fitting, None)


def _tick(corpus: Corpus) -> timedelta | None:
    known = corpus.dated_times
    return tick_for(int(known[-1]) + 1 - int(known[0])) if len(known) else None


def coordinated_authors(analysis: Analysis) -> frozenset[str] | None:
    """The accounts that count as coordinated; None where coordination was not analysed."""
    if "cluster" not in analysis.made and analysis.index.generation("cluster") is None:
        return None
    return frozenset(flagged_accounts(analysis.index, analysis.found))


def _is_embedded(index: Index, model: str) -> bool:
    """Whether stage ``embed`` has been over all documents."""
    from nlp.enrichment.stages.embed import annotation_version

    return not any(index.missing("embed", annotation_version(model), batch_size=1))
