"""Runs stages over what still lacks them: in batches, on any executor, to be stopped and resumed at any time.

A batch is written when it is done: a killed run leaves whole batches, and the next one takes the rest.
What a stage says of a document depends on the document alone, so every executor and every way of being
interrupted ends in the same annotations.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from nlp.enrichment.base import STAGES, Annotated, Stage
from tocsin.core.documents import Annotation, Document
from tocsin.core.errors import Abort, Retry, TocsinError
from tocsin.core.plugins import choose
from tocsin.core.runtime.executors import executor
from tocsin.core.settings import NlpSettings

if TYPE_CHECKING:
    from tocsin.core.progress import Run
    from tocsin.core.workspace import Workspace

T = TypeVar("T")
Result = tuple[Annotated | None, list[int], list[str]]
"""What a stage says of a batch, of which rows of it, and why other rows are missing."""

BATCH = 512
_ROUND = 40_000
_AHEAD = 8
_TRIES = 5

_made: dict[tuple[str, str], Stage] = {}
_making = threading.Lock()


def enrich(index: Any, workspace: Workspace, run: Run, names: Iterable[str] | None = None) -> None:
    """Run stages in order; fates are counted in ``run``, per stage in ``run.facts["stages"]``.

    Args:
        index: an open `index.base.Index`.
        workspace: for its settings, and for stages that need the whole corpus.
        run: an entered run.
        names: stages; those of ``nlp.stages`` where None.

    Raises:
        ConfigError: no such stage, or its model is missing.
        Abort: stopped on request, or workers died; the same call resumes.
    """
    settings = workspace.settings.nlp
    chosen = [
        (name, choose("stage", name, STAGES))
        for name in (settings.stages if names is None else names)
    ]
    facts: dict[str, dict[str, int]] = run.facts.setdefault("stages", {})
    for name, made in chosen:
        run.beat(stage=name)
        before = Counter(run.fates)
        try:
            if hasattr(made, "annotate"):
                _run_stage(index, workspace, run, name)
            else:
                made().run(index, workspace, run)
        finally:
            facts[name] = dict(sorted((run.fates - before).items()))


def annotate_batch(name: str, settings: NlpSettings, documents: Sequence[Document]) -> Result:
    """One batch of one stage, in whichever process: what it says, of which rows, and why rows are missing.

    A document on which the stage breaks is left out, with the reason; the others are annotated.
    """
    if not documents:
        return None, [], []
    stage = _stage(name, settings)
    try:
        return stage.annotate(documents), list(range(len(documents))), []
    except TocsinError:
        raise
    except Exception as error:  # a model may break on one odd text: find it, keep the others
        if len(documents) == 1:
            return (
                None,
                [],
                [
                    f"stage {name} cannot read {documents[0].id} ({type(error).__name__}: {error}); it is tried again next time"
                ],
            )
    rows: list[int] = []
    reasons: list[str] = []
    for row, document in enumerate(documents):
        found, _, why = annotate_batch(name, settings, [document])
        rows += [row] if found else []
        reasons += why
    kept = [documents[row] for row in rows]
    return (stage.annotate(kept) if kept else None), rows, reasons


def _stage(name: str, settings: NlpSettings) -> Stage:
    wanted = (name, settings.model_dump_json())
    with _making:
        if wanted not in _made:
            _made[wanted] = choose("stage", name, STAGES)(settings)
            _made[wanted].prepare()
        return _made[wanted]


def _run_stage(index: Any, workspace: Workspace, run: Run, name: str) -> None:
    settings = workspace.settings.nlp
    version = choose("stage", name, STAGES)(settings).version
    left: set[str] = set()
    with executor(workspace.settings.executor) as pool:
        while ids := _round(index, name, version, left):
            batches = [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]
            for work in run.track(
                _ordered(pool, index, name, settings, batches), total=len(batches), what=name
            ):
                left |= _write(index, run, name, version, work)
            _patiently(index.refresh)


def _round(index: Any, name: str, version: str, left: set[str]) -> list[str]:
    """The next ids to annotate: read before any of them is written, so that no cursor meets its own writes."""
    found = itertools.chain.from_iterable(index.missing(name, version, batch_size=5_000))
    return list(itertools.islice((key for key in found if key not in left), _ROUND))


@dataclass(frozen=True, slots=True)
class _Work:
    """A batch: the ids asked, the documents that were there, and what the stage says of them."""

    ids: list[str]
    documents: list[Document]
    result: Result


def _ordered(
    pool: Executor, index: Any, name: str, settings: NlpSettings, batches: list[list[str]]
) -> Iterator[_Work]:
    """Batches worked on ahead of their writing, given back in their order."""
    waiting: deque[tuple[list[str], list[Document], Future[Result]]] = deque()
    try:
        for ids in batches:
            documents = [
                document for document in _patiently(partial(index.get, ids)) if document is not None
            ]
            waiting.append((ids, documents, pool.submit(annotate_batch, name, settings, documents)))
            while len(waiting) >= _AHEAD or (waiting and waiting[0][2].done()):
                asked, had, future = waiting.popleft()
                yield _Work(asked, had, future.result())
        while waiting:
            asked, had, future = waiting.popleft()
            yield _Work(asked, had, future.result())
    except BrokenExecutor:
        raise Abort(
            "a worker process ended (out of memory, or killed); the same command goes on from here"
        ) from None
    finally:
        for _, _, future in waiting:
            future.cancel()


def _write(index: Any, run: Run, name: str, version: str, work: _Work) -> set[str]:
    """Write what a batch brought and count it; the ids that stay without annotation in this run."""
    found, rows, reasons = work.result
    left = set(work.ids)
    for reason in reasons:
        run.warn(reason)
    run.count("quarantined", len(reasons))
    if found is None:
        return left
    ids = [work.documents[row].id for row in rows]
    if found.vectors is not None and len(found.vector_rows):
        # vectors before annotations: what is annotated has its vector, also after kill -9
        _patiently(
            partial(
                index.put_vectors,
                found.vector_model,
                [ids[row] for row in found.vector_rows],
                found.vectors,
            )
        )
    annotations = [
        (key, Annotation(version=version, model=found.model, made_at=run.started_at, values=values))
        for key, values in zip(ids, found.values, strict=True)
    ]
    for verdict, skipped in zip(
        _patiently(partial(index.annotate, annotations, name)), found.skipped, strict=True
    ):
        annotated = str(verdict.outcome) == "annotated"
        run.count("skipped" if skipped and annotated else str(verdict.outcome))
        if annotated:
            left.discard(verdict.id)
    return left


def _patiently(call: Callable[[], T]) -> T:
    """The call, again where the store is busy, a bounded number of times."""
    for attempt in itertools.count(1):
        try:
            return call()
        except Retry as error:
            if attempt == _TRIES:
                raise Abort(f"{error}; the same command goes on from here") from None
            time.sleep(min(error.after * attempt, 30))
    raise AssertionError("unreachable")
