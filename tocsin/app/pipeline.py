"""Runs analysers in order over one window, and publishes one generation of each family at once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from typing import Any

from index.analysis import Ahead, Analyser, Analysis
from tocsin.core.errors import Abort, ConfigError, TocsinError
from tocsin.core.messages import Message
from tocsin.core.plugins import registered, resolve
from tocsin.core.runtime.garbage_collection import paused_garbage_collection

_log = logging.getLogger(__name__)

ANALYSERS: dict[str, str] = {
    "coordination": "graph.coordination.analyser:Coordination",
    "influence": "graph.influence.analyser:Influencers",
    "narratives": "nlp.analysers:Narratives",
    "signals": "nlp.analysers:Signals",
}
"""Name -> where it is, in the order they run: the clusters come first, since the others take the
coordinated share of what they find from them."""


@dataclass(frozen=True)
class Outcome:
    """What became of an analysis.

    Attributes:
        published: how many findings of each kind were published.
        failed: analyser -> why it failed; its findings of earlier runs stay published.
    """

    published: Mapping[str, int]
    failed: Mapping[str, str]


def analyse(analysis: Analysis, names: Iterable[str] | None = None) -> Outcome:
    """Run analysers, and publish what they find when the last of them is done.

    An analyser that fails costs its own findings only: those of the others are published, the
    report of the run names it and says why, and whoever needs its findings gets the published ones.
    Nobody looks for cyclic garbage meanwhile: with half a million posts that took a fifth of the
    time and freed nothing.

    Args:
        analysis: window, index and run. Its findings so far are there for every analyser to read.
        names: of `ANALYSERS` or of installed packages, in order; all where None.

    Raises:
        Abort: the run was interrupted, or the index is away. Nothing is published.
        ConfigError: a setting is wrong, an analyser cannot be loaded, or two of them publish the
            same kind of finding. Nothing is published.
    """
    places = registered("analyser", ANALYSERS)
    analysers: list[tuple[str, Analyser]] = [
        (name, resolve(places[name])()) for name in (places if names is None else names)
    ]
    _check_owners(analysers)
    with paused_garbage_collection(), ThreadPoolExecutor(1) as thread:
        supervised = _Supervised(**{f.name: getattr(analysis, f.name) for f in fields(Analysis)})
        try:
            for name, analyser in analysers:
                supervised.begin(name, analyser, thread)
            for name, analyser in analysers:
                supervised.run_analyser(name, analyser)
        finally:
            analysis.over.set()
        published: dict[str, int] = {}
        for name, analyser in analysers:
            if name not in supervised.failed:
                published |= _publish(supervised, analyser)
    return Outcome(published, supervised.failed)


def _check_owners(analysers: Iterable[tuple[str, Analyser]]) -> None:
    """One analyser would replace what another published, if both had a kind."""
    owners: dict[str, str] = {}
    for name, analyser in analysers:
        for kind in analyser.kinds:
            if kind in owners:
                raise ConfigError(
                    Message(
                        "fault.pipeline.same_kind",
                        {"owners": owners[kind], "name": name, "kind": repr(kind)},
                    )
                )
            owners[kind] = name


def _publish(analysis: Analysis, analyser: Analyser) -> dict[str, int]:
    """Publish the findings of an analyser as one generation; their number by kind."""
    findings = [finding for kind in analyser.kinds for finding in analysis.made[kind]]
    analysis.index.publish(findings, kinds=tuple(analyser.kinds), generation=analysis.run.run_id)
    return {kind: len(analysis.made[kind]) for kind in analyser.kinds}


@dataclass
class _Supervised(Analysis):
    """The analysis as analysers see it; it notes which of them failed and who needed those."""

    failed: dict[str, str] = field(default_factory=dict)
    _missing: dict[str, str] = field(default_factory=dict)
    _ahead: dict[str, Future[None]] = field(default_factory=dict)
    _running: str = ""

    def found(self, kind: str) -> list[Any]:
        """See `Analysis.found`; the report says where findings of an earlier run stand in."""
        if kind in self._missing and self._running:
            self.run.warn(
                Message(
                    "analysis.earlier_findings",
                    {"analyser": self._running, "failed": self._missing[kind]},
                )
            )
        return super().found(kind)

    def begin(self, name: str, analyser: Analyser, thread: ThreadPoolExecutor) -> None:
        """Start the work of an analyser that needs nothing of those before it."""
        if isinstance(analyser, Ahead):
            begin = analyser.begin

            def start() -> None:
                self._ahead[name] = thread.submit(begin(self))

            self._attempt(name, analyser, start)

    def run_analyser(self, name: str, analyser: Analyser) -> None:
        """Run one analyser to its end, and keep its findings where it does not fail."""
        self.run.beat(stage=name)
        if name in self.failed:
            return

        def run() -> None:
            if name in self._ahead:
                self._ahead.pop(name).result()
            for kind in analyser.kinds:
                self.made[kind] = []
            for finding in analyser.analyse(self):
                self.made[finding.kind].append(finding)

        self._running = name
        self._attempt(name, analyser, run)
        self._running = ""

    def _attempt(self, name: str, analyser: Analyser, call: Callable[[], None]) -> None:
        try:
            call()
        except (Abort, ConfigError, MemoryError):
            raise
        except Exception as error:  # a plug-in may raise anything; the others go on
            why = str(error) if isinstance(error, TocsinError) else _described(error)
            _log.debug("the analyser %s failed", name, exc_info=True)
            self.failed[name] = why
            self.run.warn(Message("analysis.failed", {"analyser": name, "why": why}))
            for kind in analyser.kinds:
                self.made.pop(kind, None)
                self._missing[kind] = name


def _described(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
