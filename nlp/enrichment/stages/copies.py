"""Stage ``copies``: which posts carry one text, over the whole corpus.

A corpus-level stage: whether two posts are copies depends on what else is there (rarity of words, neighbours), so
it is computed as a whole, which keeps it equal to a computation from nothing. It ends at once where no text has
changed since the published generation, and writes only annotations that differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from nlp.copies.find import find
from nlp.copies.groups import Group
from nlp.enrichment.base import CorpusStage
from nlp.models.embedder import key as model_key
from tocsin.core.documents import Annotation
from tocsin.core.findings import Copy, Evidence, Method, rfc3339
from tocsin.core.progress import Run
from tocsin.core.workspace import Workspace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.base import Index

_COLUMNS = (
    "id",
    "published_at",
    "detected_lang",
    "title",
    "text",
    "urls",
    "repost_of",
    "content_hash",
    "copy_group",
)
_BATCH = 5_000
MAX_NAMED = 1_000
"""Posts that the evidence of a finding names; the finding's own list is complete."""


@dataclass
class _Frame:
    """The posts that can be copies, in order of time and id, and a fingerprint of all that the outcome rests on."""

    ids: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    langs: list[str | None] = field(default_factory=list)
    times: list[int | None] = field(default_factory=list)
    links: list[list[str]] = field(default_factory=list)
    reposts: int = 0
    annotated: dict[str, str | None] = field(default_factory=dict)
    digest: str = ""


class CopiesStage(CorpusStage):
    """Groups of copies, as the annotation ``copies`` of each post and as published `tocsin.core.findings.Copy`."""

    name = "copies"
    version = "1"
    after = ("lang", "embed")
    kinds = ("copy",)

    def run(self, index: Index, run: Run) -> None:
        """Bring annotations and findings up to date.

        Counts the fates ``grouped``, ``alone`` and, for annotations that were right already, ``unchanged``.
        """
        run.beat(stage="copies: reading")
        frame = _read(index)
        missing = {key for batch in index.missing(self.name, self.version) for key in batch}
        model, vectors = _vectors(index, self.context.workspace, frame, run)
        method = self._method(frame, model, vectors)
        published = index.findings("copy")
        if not missing and published and published[0].method == method:
            run.count("unchanged", len(frame.annotated))
            return
        groups = find(
            frame.texts, frame.langs, vectors, ids=frame.ids, links=frame.links, times=frame.times,
            beat=lambda step: run.beat(stage=f"copies: {step}"),
        )  # fmt: skip
        findings = [_finding(group, method) for group in groups]
        self._annotate(
            index,
            run,
            frame,
            missing,
            findings,
            [f for f in published if isinstance(f, Copy)],
            model,
        )
        index.publish(findings, kinds=self.kinds, generation=run.run_id)
        run.facts["copies"] = {
            "groups": len(groups),
            "posts": sum(len(g.posts) for g in groups),
            "data_as_of": _newest(frame),
        }

    def _method(self, frame: _Frame, model: str, vectors: NDArray[np.float32] | None) -> Method:
        embedded = 0 if vectors is None else int((vectors.any(axis=1)).sum())
        return Method(
            name="near copies: shared passages, words, sentence vectors",
            version=self.version,
            parameters={
                "documents": len(frame.annotated), "reposts_left_out": frame.reposts, "model": model, "vectors": embedded,
                "digest": frame.digest, "data_as_of": _newest(frame),
            },
        )  # fmt: skip

    def _annotate(
        self,
        index: Index,
        run: Run,
        frame: _Frame,
        missing: set[str],
        new: Sequence[Copy],
        old: Sequence[Copy],
        model: str,
    ) -> None:
        values, before = _values(new), _values(old)
        made_at = datetime.now(UTC)
        alone: dict[str, Any] = {"group": None}
        rows = []
        for key, group in frame.annotated.items():
            mine = values.get(key, alone)
            if key not in missing and mine == before.get(key, alone) and group == mine["group"]:
                run.count("unchanged")
                continue
            run.count("grouped" if mine["group"] else "alone")
            rows.append(
                (
                    key,
                    Annotation(
                        version=self.version,
                        model=model or "words alone",
                        made_at=made_at,
                        values=mine,
                    ),
                )
            )
        for batch in _batches(rows):
            index.annotate(batch, self.name)
            run.beat(stage="copies: writing")


def _values(findings: Sequence[Copy]) -> dict[str, dict[str, Any]]:
    """The annotation of each post that is in a group."""
    made: dict[str, dict[str, Any]] = {}
    for finding in findings:
        value: dict[str, Any] = {
            "group": finding.id,
            "kind": finding.copy_kind,
            "size": len(finding.posts),
        }
        if finding.caveats:
            value["share_button"] = True
        made |= dict.fromkeys(finding.posts, value)
    return made


def _finding(group: Group, method: Method) -> Copy:
    size = len(group.posts)
    caveats: tuple[str, ...] = ()
    if group.shared_link:
        caveats = (
            f"share button: at least four in five of these posts carry the same address ({group.shared_link}), as a page's share "
            "button makes them; such copies alone say nothing of coordination",
        )
    why = f"{size} posts carry one text ({group.kind})"
    evidence = Evidence(signal="copy", object=group.id, posts=group.posts[:MAX_NAMED], why=why)
    return Copy(
        id=group.id, method=method, evidence=(evidence,), caveats=caveats, copy_kind=group.kind, posts=group.posts,
        identical=group.identical, pairs=group.links,
    )  # fmt: skip


def _read(index: Index) -> _Frame:
    frame = _Frame()
    digest = blake2b(digest_size=16)
    for batch in index.scan(_COLUMNS, order="time"):
        rows = batch.to_pydict()
        for key, at, lang, title, text, urls, repost_of, content, group in zip(
            *(rows[c] for c in _COLUMNS), strict=True
        ):
            frame.annotated[key] = group
            digest.update(f"{key}\x00{content}\x00{lang}\n".encode("utf-8", "surrogatepass"))
            if repost_of:  # an attributed repost is no copy; the network has it as a repost
                frame.reposts += 1
                continue
            frame.ids.append(key)
            frame.texts.append(f"{title}\n{text}" if title and text else title or text or "")
            frame.langs.append(lang)
            frame.times.append(at)
            frame.links.append(urls or [])
    frame.digest = digest.hexdigest()
    return frame


def _vectors(
    index: Index, workspace: Workspace, frame: _Frame, run: Run
) -> tuple[str, NDArray[np.float32] | None]:
    """The name of the embedding model and the vectors of the frame's posts; "" and None where there are none."""
    stored = index.stats().vectors
    model = model_key(workspace.settings.nlp)
    if not stored.get(model) or not frame.ids:
        run.warn(
            f"copies: no vectors of the model {model} are stored, so only wording is compared; run `tocsin enrich --stage embed` first"
        )
        return "", None
    import numpy as np

    known, matrix = index.vectors(model)
    place = {key: at for at, key in enumerate(known)}
    rows = np.fromiter((place.get(key, -1) for key in frame.ids), np.int64, len(frame.ids))
    vectors = np.zeros((len(frame.ids), matrix.shape[1]), np.float32)
    vectors[rows >= 0] = matrix[rows[rows >= 0]]
    return model, vectors


def _newest(frame: _Frame) -> str | None:
    newest = max((time for time in frame.times if time is not None), default=None)
    return None if newest is None else rfc3339(datetime.fromtimestamp(newest / 1000, UTC))


def _batches(rows: Sequence[tuple[str, Annotation]]) -> Iterator[Sequence[tuple[str, Annotation]]]:
    for start in range(0, len(rows), _BATCH):
        yield rows[start : start + _BATCH]
