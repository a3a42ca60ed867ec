"""Stage ``copies``: which posts carry one text, over the whole corpus.

Whether two posts are copies depends on what else is there (rarity of words, neighbours), so it is
computed as a whole, which keeps it equal to a computation from nothing. The comparisons of meanings
and of letters, which take longest, go on from what the last run knew
(`nlp.copies.semantic.known_pairs`, `nlp.copies.lexical.known_wording`). The stage ends at once
where no text has changed since the published generation, and writes only annotations that differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from index.reading.columns import column_values
from nlp.copies.detection import find_copies
from nlp.copies.groups import CopyGroup
from nlp.copies.links import KIND_NAMES
from nlp.enrichment.base import CorpusStage
from nlp.models.embedder import key as model_key
from tocsin.core.dates import from_milliseconds
from tocsin.core.documents import Annotation
from tocsin.core.findings import Copy, Evidence, Method, rfc3339
from tocsin.core.messages import Message
from tocsin.core.runtime.garbage_collection import paused_garbage_collection
from tocsin.core.workspace import NEAR_PAIRS, WORD_PAIRS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.base import Index
    from tocsin.core.progress import Run

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
"""Annotations that are written at once."""
_READ = 1_000
"""Posts that are read at once."""
MAX_NAMED = 1_000
"""Posts that the evidence of a finding names; the finding's own list is complete."""
_IN_NO_GROUP: Mapping[str, Any] = {"group": None}


@dataclass
class _Corpus:
    """The posts that can be copies, in order of time and id: aligned lists.

    Attributes:
        ids: of the posts.
        texts: title and text.
        langs: the detected languages.
        times: epoch milliseconds.
        links: canonical addresses in each post.
        reposts: number of reposts, which are left out.
        annotated: all posts, reposts too, with the group that their annotation says.
        digest: changes when anything that the outcome rests on changes.
    """

    ids: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    langs: list[str | None] = field(default_factory=list)
    times: list[int | None] = field(default_factory=list)
    links: list[Sequence[str]] = field(default_factory=list)
    reposts: int = 0
    annotated: dict[str, str | None] = field(default_factory=dict)
    digest: str = ""

    def data_as_of(self) -> str | None:
        """When the newest post was published."""
        newest = max((time for time in self.times if time is not None), default=None)
        return None if newest is None else rfc3339(from_milliseconds(newest))


class CopiesStage(CorpusStage):
    """Groups of copies: the annotation ``copies`` of posts, and findings `Copy`."""

    name = "copies"
    version = "3"
    after = ("lang", "embed")
    kinds = ("copy",)

    def run(self, index: Index, run: Run) -> None:
        """Bring annotations and findings up to date.

        Counts posts as ``grouped``, ``alone`` or, where the annotation was right already,
        ``unchanged``.
        """
        with paused_garbage_collection():  # texts, pairs and groups make no circles
            self._bring_up_to_date(index, run)

    def _bring_up_to_date(self, index: Index, run: Run) -> None:
        run.beat(stage="copies: reading")
        corpus = _read_corpus(index)
        missing = {key for batch in index.missing(self.name, self.version) for key in batch}
        model, vectors = self._vectors(index, corpus, run)
        method = self._method(corpus, model, vectors)
        published = [finding for finding in index.findings("copy") if isinstance(finding, Copy)]
        if not missing and published and published[0].method == method:
            run.count("unchanged", len(corpus.annotated))
            return
        groups = self._find(corpus, vectors, run)
        findings = [_to_finding(group, method) for group in groups]
        outdated = _groups_to_annotate_anew(index, corpus, missing, findings, published)
        rows = self._changed_annotations(run, corpus, missing, findings, published, model, outdated)
        for batch in _batches(rows):
            index.annotate(batch, self.name)
            run.beat(stage="copies: writing")
        index.publish(findings, kinds=self.kinds, generation=run.run_id)
        run.facts["copies"] = {
            "groups": len(groups),
            "posts": sum(len(group.posts) for group in groups),
            "data_as_of": corpus.data_as_of(),
        }

    def _find(
        self, corpus: _Corpus, vectors: NDArray[np.float32] | None, run: Run
    ) -> list[CopyGroup]:
        """The groups; what is known of pairs is read before and written afterwards."""
        from nlp.copies.lexical.known_wording import WordingMemory, load_wording, save_wording
        from nlp.copies.semantic.known_file import load_known, save_known
        from nlp.copies.semantic.known_pairs import PairMemory

        path = self.context.workspace.file(NEAR_PAIRS)
        memory = PairMemory(load_known(path))
        before = memory.known
        words_path = self.context.workspace.file(WORD_PAIRS)
        wording = WordingMemory(load_wording(words_path))
        groups = find_copies(
            corpus.texts,
            corpus.langs,
            vectors,
            ids=corpus.ids,
            links=corpus.links,
            times=corpus.times,
            memory=memory,
            wording=wording,
            beat=lambda step: run.beat(stage=f"copies: {step}"),
        )
        with suppress(OSError):  # the next run compares all again, and finds the same
            save_wording(words_path, wording.known)
            if memory.known is not before:
                save_known(path, memory.known)
        return groups

    def _vectors(
        self, index: Index, corpus: _Corpus, run: Run
    ) -> tuple[str, NDArray[np.float32] | None]:
        """The embedding model and its vectors of the posts; "" and None where there are none."""
        model = model_key(self.context.settings)
        known, matrix = index.vectors(model, corpus.ids)
        if not known:
            run.warn(Message("copies.no_vectors", {"model": model}))
            return "", None
        import numpy as np

        if len(known) == len(corpus.ids):  # one matrix of all is enough for the memory
            return model, matrix
        place = {key: at for at, key in enumerate(corpus.ids)}
        vectors = np.zeros((len(corpus.ids), matrix.shape[1]), np.float32)
        vectors[[place[key] for key in known]] = matrix
        return model, vectors

    def _method(self, corpus: _Corpus, model: str, vectors: NDArray[np.float32] | None) -> Method:
        embedded = 0 if vectors is None else int((vectors.any(axis=1)).sum())
        return Method(
            name="near copies: shared passages, words, sentence vectors",
            version=self.version,
            parameters={
                "documents": len(corpus.annotated),
                "reposts_left_out": corpus.reposts,
                "model": model,
                "vectors": embedded,
                "digest": corpus.digest,
                "data_as_of": corpus.data_as_of(),
            },
        )

    def _changed_annotations(
        self,
        run: Run,
        corpus: _Corpus,
        missing: set[str],
        new: Sequence[Copy],
        old: Sequence[Copy],
        model: str,
        outdated: Set[str],
    ) -> list[tuple[str, Annotation]]:
        """The annotations to write: those that posts lack, or that say something else by now.

        ``outdated`` are groups of which all posts are annotated anew.
        """
        of_groups: dict[str, Mapping[str, Any]] = {}
        before, values = (_annotation_values(found, of_groups) for found in (old, new))
        made_at = datetime.now(UTC)
        annotations: dict[str | None, Annotation] = {}  # by group: its posts say the same
        rows = []
        unchanged = grouped = 0
        for key, annotated_group in corpus.annotated.items():
            value = values.get(key, _IN_NO_GROUP)
            group = value["group"]
            if (
                value is before.get(key, _IN_NO_GROUP)
                and annotated_group == group
                and key not in missing
                and group not in outdated
            ):
                unchanged += 1
                continue
            grouped += group is not None
            if (annotation := annotations.get(group)) is None:
                annotation = annotations[group] = Annotation(
                    version=self.version,
                    model=model or "words alone",
                    made_at=made_at,
                    values=value,
                )
            rows.append((key, annotation))
        run.count("grouped", grouped)
        run.count("alone", len(rows) - grouped)
        run.count("unchanged", unchanged)
        return rows


def _groups_to_annotate_anew(
    index: Index,
    corpus: _Corpus,
    missing: Set[str],
    new: Sequence[Copy],
    old: Sequence[Copy],
) -> set[str]:
    """Groups whose annotations say something else than what was published of them.

    A post that is deleted leaves the published group at once; the annotations of the others still
    count it.
    """
    before = old[0].method.parameters.get("documents") if old and old[0].method else None
    if before == len(corpus.annotated) - len(missing):  # posts were added, and none deleted
        return set()
    values = _annotation_values(new)
    first = {
        finding.id: next((key for key in finding.posts if key not in missing), "")
        for finding in new
    }
    wanted = [key for key in first.values() if key]
    outdated = set()
    for start in range(0, len(wanted), _READ):
        for document in index.get(wanted[start : start + _READ]):
            annotation = document and document.annotations.get(CopiesStage.name)
            if document and annotation and annotation.values != values[document.id]:
                outdated.add(str(values[document.id]["group"]))
    return outdated


def _annotation_values(
    findings: Sequence[Copy], known: dict[str, Mapping[str, Any]] | None = None
) -> dict[str, Mapping[str, Any]]:
    """The annotation of each post that is in a group.

    ``known`` has annotations of groups by their ids, and has these afterwards. One that says the
    same is taken itself, so that equal annotations of two generations are one object.
    """
    known = {} if known is None else known
    values: dict[str, Mapping[str, Any]] = {}
    for finding in findings:
        value: dict[str, Any] = {
            "group": finding.id,
            "kind": finding.copy_kind,
            "size": len(finding.posts),
        }
        if finding.caveats:
            value["share_button"] = True
        if value != known.get(finding.id):
            known[finding.id] = value
        values.update(dict.fromkeys(finding.posts, known[finding.id]))
    return values


def _to_finding(group: CopyGroup, method: Method) -> Copy:
    caveats: tuple[Message, ...] = ()
    if group.shared_link:
        caveats = (Message("copies.share_button", {"address": group.shared_link}),)
    evidence = Evidence(
        signal="copy",
        object=group.id,
        posts=group.posts[:MAX_NAMED],
        why=Message("copies.why", {"n": len(group.posts), "kind": KIND_NAMES[group.kind]}),
    )
    return Copy(
        id=group.id,
        method=method,
        evidence=(evidence,),
        caveats=caveats,
        copy_kind=group.kind,
        posts=group.posts,
        identical=group.identical,
        pairs=group.links,
    )


def _read_corpus(index: Index) -> _Corpus:
    corpus = _Corpus()
    digest = blake2b(digest_size=16)
    for batch in index.scan(_COLUMNS, order="time"):
        lines = []
        for key, at, lang, title, text, urls, repost_of, content, group in zip(
            *map(column_values, batch.columns), strict=True
        ):
            corpus.annotated[key] = group
            lines.append(f"{key}\x00{content}\x00{lang}\n")
            if repost_of:  # an attributed repost is not a copy; the network has it as a repost
                corpus.reposts += 1
                continue
            corpus.ids.append(key)
            corpus.texts.append(f"{title}\n{text}" if title and text else title or text or "")
            corpus.langs.append(lang)
            corpus.times.append(at)
            corpus.links.append(urls or ())
        digest.update("".join(lines).encode("utf-8", "surrogatepass"))
    corpus.digest = digest.hexdigest()
    return corpus


def _batches(rows: Sequence[tuple[str, Annotation]]) -> Iterator[Sequence[tuple[str, Annotation]]]:
    for start in range(0, len(rows), _BATCH):
        yield rows[start : start + _BATCH]
