"""Runs stages over what still lacks them: in batches, on any executor.

It can be stopped and resumed at any time. A batch is written when it is done: a killed run leaves
whole batches, and the next one takes the rest. What a stage says of a document depends on the
document alone, so every executor and every way of being interrupted gives the same annotations.

A stage that fails does not stop the others, except those that need it; the report and the exit
status of the run say so.
"""

from __future__ import annotations

import dataclasses
import itertools
import logging
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from nlp.enrichment.base import CorpusStage, DocumentStage, StageContext
from nlp.enrichment.batches import BatchResult, StageError, annotate_batch, error_text
from nlp.enrichment.planning import PlannedStage, default_stages, plan
from tocsin.core.documents import Annotation, Document
from tocsin.core.errors import Abort, ConfigError, TocsinError
from tocsin.core.messages import Message
from tocsin.core.retry import retry
from tocsin.core.runtime.executors import make_executor

if TYPE_CHECKING:
    from index.base import Index
    from tocsin.core.progress import Run
    from tocsin.core.workspace import Workspace

ROUND = 40_000
"""Ids that are read before any of them is written, so that no cursor meets its own writes."""
AHEAD = 8
"""Batches that are worked on ahead of their writing."""
AHEAD_ALONE = 2
"""The same with a single worker: one that it works on, one that is ready for it."""

_log = logging.getLogger(__name__)


def enrich(
    index: Index, workspace: Workspace, run: Run, names: Iterable[str] | None = None
) -> None:
    """Run stages, each after those that it needs.

    What became of documents is counted in ``run``, per stage in ``run.facts["stages"]``. A needed
    stage that was not asked for runs first where documents lack its annotation.

    Args:
        index: the open index.
        workspace: whose settings count.
        run: an entered run.
        names: stages; those of ``nlp.stages`` where None.

    Raises:
        ConfigError: no such stage, a circle of needs, or a missing model.
        StageError: at least one stage failed; the others ran.
        Abort: stopped on request, or workers died; the same call resumes.
    """
    settings = workspace.settings
    context = StageContext(settings.nlp, workspace)
    stages = plan(default_stages(workspace) if names is None else names, context)
    facts: dict[str, dict[str, int]] = run.facts.setdefault("stages", {})
    failures: dict[str, Exception] = {}
    versions = {planned.name: planned.version for planned in stages}
    for planned in stages:
        run.beat(stage=planned.name)
        if planned.needed_by is not None and planned.error is None:
            if not _is_missing(index, planned):
                continue
            added = {"stage": planned.name, "needed_by": planned.needed_by}
            run.warn(Message("enrichment.ran_first", added))
        before = Counter(run.fates)
        try:
            _run_stage(_Job(index, run, context, planned, versions), failures)
        except Abort:
            raise
        except Exception as error:  # the other stages go on; this one is named
            _log.debug("stage %s failed", planned.name, exc_info=error)
            failures[planned.name] = error
            run.warn(_sentence(planned.name, error))
        finally:
            facts[planned.name] = dict(sorted((run.fates - before).items()))
    if failures:
        _raise(failures)


@dataclass(frozen=True, slots=True)
class _Job:
    """A stage on an index, within a run. ``versions`` has the version of every planned stage."""

    index: Index
    run: Run
    context: StageContext
    planned: PlannedStage
    versions: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.planned.name

    @property
    def needs(self) -> tuple[str, ...]:
        return self.planned.stage.needs if self.planned.stage else ()


@dataclass(frozen=True, slots=True)
class _Batch:
    """The ids asked for, the documents that could be given, and what the stage says of them.

    ``waiting`` is the number of documents that lack what the stage needs.
    """

    ids: list[str]
    documents: list[Document]
    waiting: int
    result: BatchResult


def _run_stage(job: _Job, failures: Mapping[str, Exception]) -> None:
    stage = job.planned.stage
    if stage is None:
        raise job.planned.error or AssertionError("a stage that was not made has an error")
    if broken := [need for need in stage.needs if need in failures]:
        raise StageError(Message("enrichment.need_failed", {"need": broken[0]}))
    if stage.fields:
        job.index.declare_fields(job.name, stage.fields)
    if isinstance(stage, CorpusStage):
        stage.run(job.index, job.run)
    elif isinstance(stage, DocumentStage):
        _run_document_stage(job, stage.batch_size)


def _run_document_stage(job: _Job, size: int) -> None:
    before = Counter(job.run.fates)
    left: set[str] = set()
    with _workers(job.context.workspace.settings.executor) as pool:
        while ids := _missing_ids(job, left):
            batches = [ids[start : start + size] for start in range(0, len(ids), size)]
            done = _in_order(pool, job, batches)
            for batch in job.run.track(done, total=len(batches), what=job.name):
                left |= _write(job, batch)
            retry(job.index.refresh)
    fates = job.run.fates - before
    if waiting := fates["waiting"]:
        lacking = {"stage": job.name, "n": waiting, "needs": job.needs}
        job.run.warn(Message("enrichment.waiting", lacking))
    # posts on which a model breaks are set aside, but a stage that never worked is broken itself
    if set(fates) == {"quarantined"} and not _has_annotations(job):
        raise StageError(Message("enrichment.nothing_read", {"n": fates["quarantined"]}))


def _workers(executor: str) -> Executor:
    """The executor of the settings.

    ``serial`` is one worker beside the thread that reads and writes, so that neither waits for the
    other: models leave Python free while they compute.
    """
    return ThreadPoolExecutor(1) if executor == "serial" else make_executor(executor)


def _is_missing(index: Index, planned: PlannedStage) -> bool:
    """Whether some document lacks the annotation of a stage."""
    return any(index.missing(planned.name, planned.version, batch_size=1))


def _has_annotations(job: _Job) -> bool:
    return bool(job.index.stats().stages.get(job.name, {}).get(job.planned.version))


def _missing_ids(job: _Job, left: set[str]) -> list[str]:
    """The next ids to annotate."""
    batches = job.index.missing(job.name, job.planned.version, batch_size=5_000)
    ids = (key for batch in batches for key in batch if key not in left)
    return list(itertools.islice(ids, ROUND))


def _in_order(pool: Executor, job: _Job, batches: list[list[str]]) -> Iterator[_Batch]:
    """Batches worked on ahead of their writing, given back in their order."""
    pending: deque[tuple[_Batch, Future[BatchResult]]] = deque()
    ahead = AHEAD_ALONE if job.context.workspace.settings.executor == "serial" else AHEAD
    try:
        for ids in batches:
            stored = retry(partial(job.index.get, ids))
            documents = [document for document in stored if document is not None]
            ready = [document for document in documents if _is_ready(job, document)]
            batch = _Batch(ids, ready, len(documents) - len(ready), BatchResult())
            pending.append((batch, pool.submit(annotate_batch, job.name, job.context, ready)))
            while len(pending) >= ahead or (pending and pending[0][1].done()):
                yield _finished(*pending.popleft())
        while pending:
            yield _finished(*pending.popleft())
    except BrokenExecutor:
        raise Abort(Message("fault.stages.worker")) from None
    finally:
        for _, future in pending:
            future.cancel()


def _finished(batch: _Batch, future: Future[BatchResult]) -> _Batch:
    return dataclasses.replace(batch, result=future.result())


def _is_ready(job: _Job, document: Document) -> bool:
    """Whether a document has the annotations that the stage needs, of the version of now."""
    return all(
        need in document.annotations and document.annotations[need].version == job.versions[need]
        for need in job.needs
    )


def _write(job: _Job, batch: _Batch) -> set[str]:
    """Write what a batch brought and count it; the ids that stay without annotation in this run."""
    index, run, result = job.index, job.run, batch.result
    left = set(batch.ids)
    for reason in result.reasons:
        run.warn(reason)
    run.count("quarantined", len(result.reasons))
    run.count("waiting", batch.waiting)
    annotated = result.annotations
    if annotated is None:
        return left
    ids = [batch.documents[row].id for row in result.rows]
    if annotated.vectors is not None and len(annotated.vector_rows):
        # vectors before annotations: what is annotated has its vector, also after kill -9
        keys = [ids[row] for row in annotated.vector_rows]
        retry(partial(index.put_vectors, annotated.vector_model, keys, annotated.vectors))
    version, made_at = job.planned.version, run.started_at
    annotations = [
        (key, Annotation(version=version, model=annotated.model, made_at=made_at, values=values))
        for key, values in zip(ids, annotated.values, strict=True)
    ]
    verdicts = retry(partial(index.annotate, annotations, job.name))
    for verdict, skipped in zip(verdicts, annotated.skipped or [False] * len(ids), strict=True):
        is_annotated = str(verdict.outcome) == "annotated"
        run.count("skipped" if skipped and is_annotated else str(verdict.outcome))
        if is_annotated:
            left.discard(verdict.id)
    return left


def _sentence(name: str, error: Exception) -> Message:
    if isinstance(error, TocsinError):
        return Message("enrichment.failed", {"stage": name, "error": error.message})
    return Message("enrichment.broken", {"stage": name, "error": error_text(error)})


def _raise(failures: Mapping[str, Exception]) -> None:
    """End a run of which stages failed.

    The exit status is 2 where the configuration is all that is wrong.
    """
    sentences = [_sentence(name, error) for name, error in failures.items()]
    causes = [error for error in failures.values() if not isinstance(error, StageError)] or list(
        failures.values()
    )
    wrong_setup = all(isinstance(error, ConfigError) for error in causes)
    kind: type[TocsinError] = ConfigError if wrong_setup else StageError
    raise kind(Message("enrichment.failures", {"sentences": sentences})) from causes[0]
