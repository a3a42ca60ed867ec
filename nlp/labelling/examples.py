"""Labels as examples: one a post, with vector, text and language; what coders disagree on decided.

Equal posts count once. Where coders differ the majority decides, and a tie leaves the post out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nlp.enrichment.base import StageContext
from nlp.enrichment.stages.lang import LangStage, language
from nlp.models.embedder import key as model_key
from nlp.models.embedder import load
from nlp.models.vector_memory import VectorMemory
from nlp.tags.experts import Inputs
from nlp.tags.labels import LabelRow
from nlp.tags.metrics import agreement
from nlp.text.cleaning import body, embedding_text, for_embedding
from tocsin.core.documents import Document, native_id
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message
from tocsin.core.text import collapse_whitespace

if TYPE_CHECKING:
    from index.base import Index
    from tocsin.core.workspace import Workspace

NO_CODER = ""


@dataclass(frozen=True, slots=True)
class Examples:
    """Labelled posts.

    Attributes:
        inputs: what heads read of them.
        labels: the classes of each, sorted.
        keys: short hashes of the posts.
        lost: why rows are no examples -> how many.
        coded: agreement of the coders; empty where fewer than two coded.
    """

    inputs: Inputs
    labels: list[tuple[str, ...]]
    keys: NDArray[np.uint32]
    lost: dict[str, int]
    coded: dict[str, Any]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: NDArray[np.int64]) -> Examples:
        """Some of the rows."""
        labels = [self.labels[row] for row in rows]
        return Examples(self.inputs.take(rows), labels, self.keys[rows], self.lost, self.coded)

    def truth(self, classes: Sequence[str]) -> NDArray[np.bool_]:
        """(n, k): which classes each post has."""
        mask = np.zeros((len(self), len(classes)), dtype=bool)
        place = {name: number for number, name in enumerate(classes)}
        for row, labels in enumerate(self.labels):
            for label in labels:
                if label in place:
                    mask[row, place[label]] = True
        return mask


@dataclass(frozen=True, slots=True)
class _Post:
    """What is labelled: a text, or a document of the index."""

    text: str
    embedded: str
    language: str
    id: str


def read_examples(
    workspace: Workspace, index: Index | None, rows: Sequence[LabelRow], several: bool
) -> Examples:
    """The examples that rows of labels give.

    Raises:
        ConfigError: rows name posts, and there is no index; no row could be used; no model.
    """
    lost: Counter[str] = Counter()
    posts = _posts(workspace, index, rows, lost)
    votes: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    coded: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        key = _key(row)
        if key not in posts:
            continue
        coder = row.coder or NO_CODER
        said = tuple(sorted(row.labels))
        if coder in votes[key] or (coder == NO_CODER and votes[key]):
            lost["repeated"] += 1
            coder = f"{coder}#{row.number}" if votes[key].get(coder) != said else coder
        votes[key][coder] = said
        if row.coder:
            coded[key][row.coder] = "|".join(said)
    kept: list[str] = []
    labels: list[tuple[str, ...]] = []
    for key, given in votes.items():
        decided = _majority(list(given.values()), several)
        if decided is None:
            lost["tied"] += 1
            continue
        kept.append(key)
        labels.append(decided)
    if not kept:
        code = "tags.no_examples" if rows else "tags.no_labels"
        raise ConfigError(Message(code, {"n": len(rows)}))
    chosen = [posts[key] for key in kept]
    inputs = Inputs(
        _vectors(workspace, index, chosen),
        [post.text for post in chosen],
        [post.language for post in chosen],
    )
    hashes = [blake2b(key.encode(), digest_size=4).digest() for key in kept]
    keys = np.frombuffer(b"".join(hashes), dtype="<u4").astype(np.uint32)
    agreed = agreement(coded)
    return Examples(inputs, labels, keys, dict(lost), agreed if agreed["coders"] > 1 else {})


def _majority(said: Sequence[tuple[str, ...]], several: bool) -> tuple[str, ...] | None:
    """What most coders said; None for a tie. Of several labels each is voted on alone."""
    if several:
        counts = Counter(label for labels in said for label in labels)
        return tuple(sorted(label for label, n in counts.items() if 2 * n > len(said)))
    (first, most), *others = Counter(said).most_common(2)
    return None if others and others[0][1] == most else first


def _key(row: LabelRow) -> str:
    return f"text {collapse_whitespace(row.text)}" if row.text else f"id {native_or_id(row.id)}"


def native_or_id(written: str) -> str:
    """An id as it is written, without blanks."""
    return written.strip()


def _posts(
    workspace: Workspace, index: Index | None, rows: Sequence[LabelRow], lost: Counter[str]
) -> dict[str, _Post]:
    """Key of a row -> its post; what has no words is left out."""
    posts: dict[str, _Post] = {}
    by_id = {row.id for row in rows if not row.text}
    documents = find_documents(index, by_id) if by_id else {}
    texts = [row.text for row in rows if row.text and not row.language]
    detected = detect_languages(workspace, texts)
    for row in rows:
        key = _key(row)
        if row.text:
            plain = embedding_text(None, row.text)
            spoken = row.language or detected.get(row.text, "und")
            post = _Post(body(None, row.text), plain, spoken, "")
        elif row.id not in documents:
            lost["unknown"] += 1
            continue
        else:
            found = documents[row.id]
            spoken = row.language or language(found)
            post = _Post(body(found.title, found.text), for_embedding(found), spoken, found.id)
        if not post.embedded:
            lost["wordless"] += 1
            continue
        posts.setdefault(key, post)
    return posts


def find_documents(index: Index | None, ids: set[str]) -> dict[str, Document]:
    """Id as written (the platform's own, or with the platform before it) -> the document.

    Raises:
        ConfigError: there is no index.
    """
    if index is None:
        raise ConfigError(Message("tags.no_index"))
    wanted = sorted(ids)
    found = {
        key: document
        for key, document in zip(wanted, index.get(wanted), strict=True)
        if document is not None
    }
    rest = ids - found.keys()
    if rest:
        full: dict[str, str] = {}
        for batch in index.scan(["id"], order="none"):
            for key in batch.column("id").to_pylist():
                if (native := native_id(key)) in rest:
                    full.setdefault(native, key)
        natives = sorted(full)
        documents = index.get([full[native] for native in natives])
        pairs = zip(natives, documents, strict=True)
        found |= {native: document for native, document in pairs if document is not None}
    return found


def detect_languages(workspace: Workspace, texts: Sequence[str]) -> dict[str, str]:
    """Text -> ISO 639 code, as the stage ``lang`` finds it."""
    if not texts:
        return {}
    stage = LangStage(StageContext(workspace.settings.nlp, workspace))
    unique = list(dict.fromkeys(texts))
    documents = [Document(id=f"x:{n}", platform="x", text=text) for n, text in enumerate(unique)]
    values = stage.annotate(documents).values
    return {text: str(value["lang"]) for text, value in zip(unique, values, strict=True)}


def _vectors(
    workspace: Workspace, index: Index | None, posts: Sequence[_Post]
) -> NDArray[np.float32]:
    """The stored vectors of posts, computed where there is none."""
    settings = workspace.settings.nlp
    ids = [post.id for post in posts if post.id]
    row_of: dict[str, int] = {}
    matrix: NDArray[np.float32] | None = None
    if ids and index is not None:
        known, matrix = index.vectors(model_key(settings), ids)
        row_of = {key: row for row, key in enumerate(known)}
    waiting = [number for number, post in enumerate(posts) if post.id not in row_of]
    computed: NDArray[np.float32] | None = None
    if waiting:
        memory = VectorMemory(load(settings))
        parts = [
            memory.encode([posts[number].embedded for number in waiting[start : start + 1_024]])
            for start in range(0, len(waiting), 1_024)
        ]
        computed = np.concatenate(parts)
    width = computed.shape[1] if computed is not None else matrix.shape[1]  # type: ignore[union-attr]
    vectors = np.empty((len(posts), width), np.float32)
    if computed is not None:
        vectors[waiting] = computed
    for number, post in enumerate(posts):
        if post.id in row_of and matrix is not None:
            vectors[number] = matrix[row_of[post.id]]
    return vectors
