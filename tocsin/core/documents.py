"""The data model: what crawlers write and every later stage reads.

All classes are frozen, slotted and keyword only. Times are aware UTC datetimes. Identifiers are
``platform:native``, where *native* is the platform's own id (``id`` of the exchange format) or, for
pages without one, a hash of the canonical URL.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")
ENGAGEMENT = ("likes", "reposts", "replies", "quotes")
"""What people do about a post; their sum is its engagement. Views are none: nobody did a thing."""
FOUND_KEYS = (
    "detected_lang", "narrative", "narrative_label", "copy_group", "cluster", "cluster_name",
    "cluster_status", "sha256", "versions", "gone_since",
)  # fmt: skip
"""What exports say beside, of what Tocsin found and saw. A row that has all of them is an export
of Tocsin: an importer leaves them, since each workspace finds its own."""
STRUCTURE_KEYS = ("structure", "structure_name", "structure_status", "shape")
"""Behind `FOUND_KEYS`: the pair, star or chain of a post's author. Older exports lack them."""
SEEN_KEYS = ("first_seen", "last_seen")
"""When a post was seen: beside `FOUND_KEYS` in JSON. Not in tables, which are the same bytes
whenever the same data was imported."""


class Kind(StrEnum):
    """What a document is."""

    POST = "post"
    ARTICLE = "article"
    COMMENT = "comment"


class LinkKind(StrEnum):
    """What a document points to."""

    REPOST = "repost"
    REPLY = "reply"
    QUOTE = "quote"
    MENTION = "mention"
    URL = "url"
    HASHTAG = "hashtag"
    MEDIA = "media"


class Precision(StrEnum):
    """How exactly ``published_at`` is known."""

    EXACT = "exact"
    MINUTE = "minute"
    DAY = "day"
    GUESSED = "guessed"


DAY_ONLY = (Precision.DAY.value, Precision.GUESSED.value)
"""Precisions of times that say nothing of the time of day."""


class Link(NamedTuple):
    """One pointer of a document.

    ``target`` is a document id (``platform:native``) for REPOST, REPLY and QUOTE, a handle for
    MENTION, a case-folded tag for HASHTAG, the address as posted for URL, and the perceptual hash
    (else the address) for MEDIA.
    """

    kind: LinkKind
    target: str


def _quickly_pickled(cls: type[T]) -> type[T]:
    """Pickle the fields as one tuple, taken and put by slots.

    Documents go from process to process by the hundred thousand.
    """
    names = [f.name for f in fields(cls)]  # type: ignore[arg-type]
    take, puts = attrgetter(*names), [getattr(cls, name).__set__ for name in names]

    def put(self: T, state: tuple[Any, ...]) -> None:
        for setter, value in zip(puts, state, strict=True):
            setter(self, value)

    cls.__getstate__ = lambda self: take(self)  # type: ignore[method-assign]
    cls.__setstate__ = put  # type: ignore[attr-defined]
    return cls


@_quickly_pickled
@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """An account (or byline) as the platform showed it. ``id`` is ``platform:native``."""

    id: str
    handle: str | None = None
    name: str | None = None
    created_at: datetime | None = None
    followers: int | None = None
    following: int | None = None
    posts: int | None = None
    description: str | None = None
    verified: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """Where the original bytes are kept, relative to the workspace, with their SHA-256 in hex."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A text that a document had before.

    ``first_seen`` and ``last_seen`` are when we saw it, not what the page says. ``previous`` is
    `chained_sha256` of the version before it, empty for the first: who changes an old version has
    to change all that follow.
    """

    title: str | None = None
    text: str = ""
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    previous: str = ""
    raw: Raw | None = None

    @property
    def sha256(self) -> str:
        """SHA-256 of title and text, see `text_sha256`."""
        return text_sha256(self.title, self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """When a document was seen, and what it was before.

    ``versions`` are the earlier ones, oldest first. ``first_seen`` and ``last_seen`` are of the
    text that it has now; where they are absent it was seen once, at ``collected_at``.
    ``gone_since`` is when its page was first found to be gone (``gone_status``: 404 or 410), and
    absent while it is there.
    """

    versions: tuple[Version, ...] = ()
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    gone_since: datetime | None = None
    gone_status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """What one stage says of one document. Each stage owns its key and nobody else's."""

    version: str
    model: str
    made_at: datetime
    values: Mapping[str, Any]


@_quickly_pickled
@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One post, article or comment.

    ``metrics`` holds likes, reposts, replies, quotes, views (integers) and ``observed_at`` (text in
    RFC 3339). ``extra`` holds what the source gave and the model has no name for. ``media`` holds
    the exchange format's media objects; their hashes (or addresses) also stand in ``links``.
    ``revision`` counts the replacements of this id, from 0; ``history`` holds what was replaced.
    ``deleted_at`` is when its author or the platform removed it, as the source says; what we saw
    ourselves is ``history.gone_since``.
    """

    id: str
    platform: str
    kind: Kind = Kind.POST
    source: str | None = None
    author: Author | None = None
    title: str | None = None
    text: str = ""
    lang: str = "und"
    published_at: datetime | None = None
    published_precision: Precision = Precision.EXACT
    collected_at: datetime | None = None
    deleted_at: datetime | None = None
    url: str | None = None
    links: tuple[Link, ...] = ()
    media: tuple[Mapping[str, Any], ...] = ()
    metrics: Mapping[str, Any] = field(default_factory=dict)
    content_hash: str = ""
    revision: int = 0
    raw: Raw | None = None
    history: History | None = None
    annotations: Mapping[str, Annotation] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def engagement(self) -> int:
        """How often people acted on it, see `ENGAGEMENT`."""
        return engagement(self.metrics.get(name) for name in ENGAGEMENT)

    @property
    def sha256(self) -> str:
        """SHA-256 of title and text as they were collected, see `text_sha256`."""
        return text_sha256(self.title, self.text)

    def all_versions(self) -> tuple[Version, ...]:
        """Every text that this document had, oldest first; the last is the one it has now."""
        history = self.history or History()
        last = history.versions[-1] if history.versions else None
        return (
            *history.versions,
            Version(
                title=self.title,
                text=self.text,
                first_seen=history.first_seen or self.collected_at,
                last_seen=history.last_seen or self.collected_at,
                previous=chained_sha256(last) if last else "",
                raw=self.raw,
            ),
        )

    def targets(self, kind: LinkKind) -> tuple[str, ...]:
        """The targets of this document's links of one kind, in the order they were posted."""
        return tuple(link.target for link in self.links if link.kind is kind)

    def target(self, kind: LinkKind) -> str | None:
        """The first target of one kind, or None."""
        return next((link.target for link in self.links if link.kind is kind), None)


def engagement(counts: Iterable[Any]) -> int:
    """The sum of the counts of `ENGAGEMENT` of a post; one that is unknown adds nothing."""
    return sum(count for count in counts if isinstance(count, int))


def document_id(platform: str, native: str) -> str:
    """``platform:native``."""
    return f"{platform}:{native}"


def native_id(key: str) -> str:
    """The platform's own id of a document or author key: what outside readers see."""
    return key.partition(":")[2] or key


def bare_id(key: str, prefix: str) -> str:
    """A key without its platform, as importers read it back; they take a platform away once, so
    that an id which would still begin with it keeps it."""
    native = key.removeprefix(prefix)
    return key if native.startswith(prefix) else native


def url_id(canonical_url: str) -> str:
    """A native id for a page that has none: 24 hex digits of the SHA-256 of its canonical URL."""
    return hashlib.sha256(canonical_url.encode()).hexdigest()[:24]


def content_hash(title: str | None, text: str) -> str:
    """32 hex digits that change when title or text change (BLAKE2b)."""
    return hashlib.blake2b(
        f"{title or ''}\x00{text}".encode("utf-8", "surrogatepass"), digest_size=16
    ).hexdigest()


def text_sha256(title: str | None, text: str) -> str:
    """SHA-256 in hex of title and text: ``title``, a NUL, ``text``, in UTF-8."""
    return hashlib.sha256(f"{title or ''}\x00{text}".encode("utf-8", "surrogatepass")).hexdigest()


def chained_sha256(version: Version) -> str:
    """SHA-256 in hex of a version and all before it.

    Of four lines: ``previous``, ``sha256``, the SHA-256 of the original bytes (or nothing), and
    ``first_seen`` in epoch milliseconds (or nothing).
    """
    seen = "" if version.first_seen is None else str(round(version.first_seen.timestamp() * 1000))
    lines = (version.previous, version.sha256, version.raw.sha256 if version.raw else "", seen)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
