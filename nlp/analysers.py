"""The analysers of this room: what `tocsin.app.pipeline` runs over a window and publishes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from index.analysis import Analysis
from tocsin.core.documents import Annotation
from tocsin.core.findings import Finding, Narrative

if TYPE_CHECKING:
    from nlp.signals.features import Features
    from nlp.text.corpus import Corpus

STAGE = "narratives"
_BATCH = 5_000
_TICKS_NEEDED = 16


class Narratives:
    """Stories that posts tell, over languages. Also annotates documents (stage ``narratives``, value ``narrative``)."""

    kinds: tuple[str, ...] = ("narrative",)

    def analyse(self, analysis: Analysis) -> Iterable[Finding]:
        """See `index.analysis.Analyser`."""
        from nlp.models.embedder import key, load
        from nlp.narratives.assemble import assignments, make_nodes, narratives
        from nlp.text.corpus import read

        settings = analysis.workspace.settings.nlp
        published = [n for n in analysis.index.findings("narrative") if isinstance(n, Narrative)]
        corpus = read(analysis.index, analysis.since, analysis.until)
        ids, vectors = analysis.index.vectors(key(settings), corpus.column("id"))
        found: list[Narrative] = []
        if len(ids):
            embedder = load(settings)
            nodes = make_nodes(corpus, ids, vectors, embedder)
            del ids, vectors  # what follows needs as much again
            found = narratives(
                corpus, nodes, embedder, coordinated=coordinated(analysis), min_posts=settings.min_narrative_posts,
                before={narrative.id: narrative.members for narrative in published}, since=analysis.since, until=analysis.until,
            )  # fmt: skip
        elif len(corpus):
            analysis.run.warn(
                "no narratives: no post has a vector of the model in use yet; run `tocsin enrich` first"
            )
        analysis.run.beat()
        _annotate(analysis, assignments(published), assignments(found))
        return found


class Signals:
    """What is emerging at the window's end: bursts of its last day, found by the causal engine of `nlp.signals.replay`."""

    kinds: tuple[str, ...] = ("signal",)

    def __init__(self) -> None:
        self._corpus: Corpus | None = None
        self._features: Features | None = None

    def begin(self, analysis: Analysis) -> Callable[[], None]:
        """See `index.analysis.Ahead`: the words of the posts are found while the network is made."""
        from nlp.signals.features import extract
        from nlp.text.corpus import read

        corpus = self._corpus = read(analysis.index, None, analysis.until)

        def work() -> None:
            if _tick_of(corpus) is not None:
                self._features = extract(corpus, analysis.over.is_set)

        return work

    def analyse(self, analysis: Analysis) -> Iterable[Finding]:
        """See `index.analysis.Analyser`. What was published before ``since`` is the past that the window is held against."""
        import numpy as np

        from nlp.narratives.assemble import assignments
        from nlp.signals.features import with_stories
        from nlp.signals.joining import carriers, joined
        from nlp.signals.replay import DAY, alerts
        from nlp.signals.telling import method, tell
        from nlp.text.corpus import milliseconds

        if self._corpus is None:
            self.begin(analysis)()
        corpus, extracted = self._corpus, self._features
        self._corpus = self._features = None
        assert corpus is not None  # `begin` read it
        known = corpus.dated_times
        if not len(known):
            return []
        tick = _tick_of(corpus)
        if tick is None or extracted is None:
            analysis.run.warn(
                "no weak signals: the posts span too short a time to compare with; two days or more are needed"
            )
            return []
        end = int(known[-1]) + 1
        width = round(tick / timedelta(milliseconds=1))
        start = end - -(-(end - int(known[0])) // width) * width
        quiet_until = max(end - DAY, milliseconds(analysis.since) if analysis.since else start)
        narratives = [f for f in analysis.made.get("narrative", []) if isinstance(f, Narrative)]
        features = with_stories(extracted, corpus, narratives)
        analysis.run.beat()
        minimum = analysis.workspace.settings.nlp.signal_min_authors
        how = method(tick, minimum, corpus.newest, analysis.since, analysis.until)
        flagged = coordinated(analysis)
        rows_flagged = (
            None
            if flagged is None
            else np.array([author in flagged for author in corpus.author_ids] + [False])[
                corpus.authors
            ]
        )
        told = []
        for alert in alerts(
            corpus, features, start=start, tick=tick, min_authors=minimum, quiet_until=quiet_until, flagged=rows_flagged
        ):  # fmt: skip
            told.append(alert)
            analysis.run.beat()
        carried = carriers(corpus, features, assignments(narratives), rows_flagged, end - DAY)
        found = [
            tell(alert, corpus, features, tick=tick, how=how, coordinated=flagged)
            for alert in joined(told, carried)
        ]
        return sorted(
            {finding.id: finding for finding in found}.values(),
            key=lambda f: (f.expected_false_per_day, -f.authors, f.id),
        )


def tick_for(span: int) -> timedelta | None:
    """The tick for a past of ``span`` milliseconds: 6 hours, shorter where the past is short, None where it is too short."""
    ticks = (timedelta(hours=6), timedelta(hours=2), timedelta(minutes=30))
    return next(
        (tick for tick in ticks if span / 1000 >= _TICKS_NEEDED * tick.total_seconds()), None
    )


def _tick_of(corpus: Corpus) -> timedelta | None:
    known = corpus.dated_times
    return tick_for(int(known[-1]) + 1 - int(known[0])) if len(known) else None


def coordinated(analysis: Analysis) -> frozenset[str] | None:
    """Authors of the flagged clusters; None where coordination was not analysed."""
    clusters = analysis.found("cluster")
    if (
        not clusters
        and "cluster" not in analysis.made
        and analysis.index.generation("cluster") is None
    ):
        return None
    return frozenset(
        member.id
        for cluster in clusters
        if cluster.status == "flagged"
        for member in cluster.accounts
    )


def _annotate(analysis: Analysis, before: dict[str, str], after: dict[str, str]) -> None:
    """Write the narrative of every document where it changed, so that ``narrative:ID`` finds what is published."""
    from nlp.narratives.assemble import VERSION

    index: Any = analysis.index
    shown = dict(index.facet("narrative", size=max(len(set(before.values())), 1) + 1).values)
    expected: dict[str, int] = {}
    for narrative in before.values():
        expected[narrative] = expected.get(narrative, 0) + 1
    # a run that was killed between here and publishing left other annotations: then all are written
    trusted = shown == expected
    keys = sorted({*before, *after})
    if not trusted:
        keys = sorted(
            {
                *keys,
                *(
                    key
                    for ids in index.scan(("id",), query="exists:narrative")
                    for key in ids.column("id").to_pylist()
                ),
            }
        )
    changed = [key for key in keys if not trusted or before.get(key) != after.get(key)]
    for start in range(0, len(changed), _BATCH):
        analysis.run.beat()
        rows = [
            (
                key,
                Annotation(
                    version=VERSION,
                    model="",
                    made_at=analysis.run.started_at,
                    values={"narrative": after.get(key)},
                ),
            )
            for key in changed[start : start + _BATCH]
        ]
        index.annotate(rows, STAGE)
    if changed:
        index.refresh()
