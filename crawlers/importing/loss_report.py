"""The loss report: which key of the exchange format was filled, from which column, in how many
rows; what was left aside; what looks damaged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any

from crawlers.importing.column_guesses import normalise_name
from crawlers.importing.file_reader import FileReader
from crawlers.importing.fill_counts import FillCounts
from tocsin.core.documents import Document, Link, LinkKind
from tocsin.core.exchange import AUTHOR_KEYS
from tocsin.core.findings import rfc3339
from tocsin.core.messages import Message
from tocsin.core.text import clean, collapse_whitespace

EXAMPLES = 3
EXAMPLE_CHARACTERS = 60
SAMPLE_ROWS = 1_000
ENOUGH_ROWS = 20
ENOUGH_TARGETS = 10
MAX_TARGETS = 500
MAX_IDS = 500_000
MAX_COLUMNS = 100
FEW_KNOWN = 0.02
"""Share of known targets below which a relation is said to point nowhere."""
_LINKS = {
    LinkKind.URL: "urls", LinkKind.HASHTAG: "hashtags", LinkKind.MENTION: "mentions",
    LinkKind.REPLY: "reply_to", LinkKind.REPOST: "repost_of", LinkKind.QUOTE: "quote_of",
    LinkKind.MEDIA: "media",
}  # fmt: skip
RELATIONS = {LinkKind.REPLY: "reply_to", LinkKind.REPOST: "repost_of", LinkKind.QUOTE: "quote_of"}
_PLAIN = ("title", "text", "published_at", "url", "source", "deleted_at")
_ORDER = (
    "id", "platform", "kind", *(f"author.{key}" for key in AUTHOR_KEYS), "title", "text", "lang",
    "published_at", "url", "urls", "hashtags", "mentions", "reply_to", "repost_of",
    "repost_of_handle", "quote_of", "media", "metrics", "source", "deleted_at",
)  # fmt: skip
_IMPERSONAL = frozenset({"platform", "kind", "lang", "published_at", "deleted_at", "metrics"})
"""Keys whose values name nobody: a run keeps examples of these alone."""
_YES = frozenset({"true", "yes", "1", "oui", "vrai"})
_TRUTHS = _YES | {"false", "no", "0", "non", "faux"}
_REPOST_FLAGS = frozenset({"retweet", "isretweet", "isrt", "repost", "isrepost"})
"""Columns that say whether a row repeats a post, as `normalise_name` has their names."""


class LossReport:
    """What became of the keys of one file. Feed it with `add`.

    ``fates`` says what became of its rows, where they were stored.
    """

    def __init__(self, reader: FileReader, counts: FillCounts) -> None:
        self.reader = reader
        self._counts = counts
        self._filled: Counter[str] = Counter()
        self._platforms: Counter[str] = Counter()
        self._sample: list[Document] = []
        names = (name for name in reader.left_aside() if normalise_name(name) in _REPOST_FLAGS)
        self._repost_flag = next(names, None)
        self._unnamed_reposts = 0
        self.fates: Counter[str] = Counter()

    @property
    def file(self) -> str:
        """The file's name."""
        return self.reader.input.name

    @property
    def rows(self) -> int:
        """Rows that became posts."""
        return self._counts.rows

    def add(self, documents: Sequence[Document]) -> None:
        """Count documents of the file."""
        filled = self._filled
        for key, take in _TAKEN:
            filled[key] += sum(map(bool, map(take, documents)))
        authors = [d.author for d in documents if d.author is not None]
        filled["author.id"] += len(authors)
        for key, take in _OF_AUTHOR:
            filled[f"author.{key}"] += len(authors) - list(map(take, authors)).count(None)
        filled["lang"] += sum(1 for d in documents if d.lang != "und")
        filled["repost_of_handle"] += sum(1 for d in documents if "repost_of_handle" in d.extra)
        kinds = Counter(chain.from_iterable(_kinds_of(d.links) for d in documents if d.links))
        for kind, number in kinds.items():
            filled[_LINKS[LinkKind(kind)]] += number
        numbers = Counter(chain.from_iterable(d.metrics for d in documents if d.metrics))
        for name, number in numbers.items():
            filled[f"metrics.{name}"] += number
        self._platforms.update(d.platform for d in documents)
        if self._repost_flag is not None:
            self._count_unnamed_reposts(self._repost_flag, documents)
        if (missing := SAMPLE_ROWS - len(self._sample)) > 0:
            self._sample += documents[:missing]

    def _count_unnamed_reposts(self, flag: str, documents: Sequence[Document]) -> None:
        """Rows that a column calls reposts and that do not say of which post or account."""
        said = [str(d.extra.get(flag, "")).strip().lower() for d in documents]
        if not _TRUTHS.issuperset(filter(None, said)):
            self._repost_flag, self._unnamed_reposts = None, 0  # another thing, such as a count
            return
        self._unnamed_reposts += sum(
            value in _YES
            and "repost_of_handle" not in document.extra
            and not any(link.kind is LinkKind.REPOST for link in document.links)
            for value, document in zip(said, documents, strict=True)
        )

    def show_as(self, shown: Callable[[Document], Document]) -> None:
        """Take examples of posts as they may be shown."""
        self._sample = list(map(shown, self._sample))

    def keys(self) -> list[dict[str, Any]]:
        """The table: ``key``, ``column`` (None where a profile makes it of several), ``by``
        (``map``, ``guess``, ``name``, ``profile``, ``format``, ``text``), ``filled`` (share of the
        rows, 0 to 1) and ``examples``.

        A key that a column was found for stands there also where it was filled in no row.
        """
        sources = self.reader.key_sources()
        found = {key for key, number in self._filled.items() if number} | set(sources)
        found |= {"id", "platform"}
        table = []
        for key in sorted(found, key=_place):
            if key.startswith("extra.") or key in ("author", "published_precision"):
                continue
            column, by = sources.get(key, self._source_of(key))
            number = self.rows if key in ("id", "platform", "kind") else self._filled[key]
            table.append({
                "key": key, "column": column, "by": by,
                "filled": round(number / self.rows, 4) if self.rows else 0.0,
                "examples": self._examples(key),
            })  # fmt: skip
        return table

    def document(self, *, with_examples: bool) -> dict[str, Any]:
        """As JSON. A run that is kept has no examples of what names or quotes people."""
        keys = self.keys()
        if not with_examples:
            for row in keys:
                if row["key"].partition(".")[0] not in _IMPERSONAL:
                    row["examples"] = []
        return {
            "file": self.file, "source": self.reader.source, "format": self.reader.format,
            "rows": self.rows, "fates": dict(sorted(self.fates.items())),
            "filled": self._counts.shares(), "rejected": self._counts.rejected,
            "platforms": dict(self._platforms.most_common(20)),
            "damage": self._damage(with_examples), "keys": keys,
            "left_aside": self.reader.left_aside()[:MAX_COLUMNS],
        }  # fmt: skip

    def _damage(self, with_examples: bool) -> list[dict[str, Any]]:
        found = self.reader.damage.document()
        return found if with_examples else [{**row, "example": None} for row in found]

    def warnings(self) -> Iterator[Message]:
        """Columns that are constant, or true and false, where texts and times are expected; and
        reposts of nobody knows what."""
        if self._unnamed_reposts:
            told = {"file": self.file, "n": self._unnamed_reposts, "of": self.rows}
            yield Message("intake.unnamed_reposts", told | {"column": self._repost_flag})
        if len(self._sample) < ENOUGH_ROWS:
            return
        sources = self.reader.key_sources()
        for key in ("text", "title", "published_at"):
            values = [v for d in self._sample if (v := getattr(d, key))]
            distinct = set(values)
            if len(values) < ENOUGH_ROWS:
                continue
            column = sources.get(key, (None, ""))[0] or key
            parameters = {"file": self.file, "key": key, "column": column}
            if key != "published_at" and {v.strip().lower() for v in distinct} <= _TRUTHS:
                yield Message("intake.truth_column", parameters)
            elif len(distinct) == 1:
                value = _shown(distinct.pop())
                yield Message("intake.constant_column", {**parameters, "value": value})

    def _source_of(self, key: str) -> tuple[str | None, str]:
        if key in ("urls", "hashtags", "mentions", "repost_of_handle") and (
            self.reader.columns is not None or self.reader.converter is not None
        ):
            return None, "profile" if self.reader.converter is not None else "text"
        if self.reader.converter is not None:
            return None, "profile"
        return None, "format" if self.reader.columns is None else "made"

    def _examples(self, key: str) -> list[str]:
        found: dict[str, None] = {}
        for document in self._sample:
            for value in _values(document, key):
                found.setdefault(_shown(value))
                if len(found) == EXAMPLES:
                    return list(found)
        return list(found)


class RelationCheck:
    """Whether relations point at posts that are known: in the files, or in the index.

    A part of the targets is looked up, the first 500 of each kind.
    """

    def __init__(self) -> None:
        self._targets: dict[str, set[str]] = {key: set() for key in RELATIONS.values()}

    def add(self, documents: Iterable[Document]) -> None:
        """Take note of the relations of these documents."""
        for document in documents:
            for link in document.links:
                key = RELATIONS.get(link.kind)
                if key is not None and len(self._targets[key]) < MAX_TARGETS:
                    self._targets[key].add(link.target)

    def result(self, known: Callable[[Sequence[str]], Iterable[bool]]) -> dict[str, dict[str, int]]:
        """Key -> ``checked`` targets, and how many of them are ``known``."""
        return {
            key: {"checked": len(ids), "known": sum(known(sorted(ids)))}
            for key, ids in self._targets.items()
            if ids
        }


def warn_unresolved(result: dict[str, dict[str, int]]) -> Iterator[Message]:
    """Relations of which next to none points at a known post."""
    for key, counts in result.items():
        checked, known = counts["checked"], counts["known"]
        if checked >= ENOUGH_TARGETS and known < FEW_KNOWN * checked:
            yield Message("intake.points_nowhere", {"key": key, "n": checked, "known": known})


def _kinds_of(links: Sequence[Link]) -> Iterable[str]:
    """Each kind once, as its text: hashing members of an enum is slow, and most posts have one."""
    if len(links) == 1:
        return (links[0].kind._value_,)
    return {link.kind._value_ for link in links}


def _place(key: str) -> tuple[int, str]:
    name = key if key in _ORDER else key.partition(".")[0]
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER), key)


def _shown(value: Any) -> str:
    text = rfc3339(value) if hasattr(value, "astimezone") else str(value)
    text = collapse_whitespace(clean(text, 4 * EXAMPLE_CHARACTERS))
    return text if len(text) <= EXAMPLE_CHARACTERS else text[: EXAMPLE_CHARACTERS - 1] + "…"


def _values(document: Document, key: str) -> list[Any]:
    prefix = f"{document.platform}:"
    top, _, sub = key.partition(".")
    if top == "author" and sub:
        value = getattr(document.author, sub, None)
        found = [value.removeprefix(prefix) if sub == "id" and value else value]
    elif top == "metrics":
        found = [document.metrics.get(sub)]
    elif key == "repost_of_handle":
        found = [document.extra.get(key)]
    elif key in _KIND_OF:
        found = [target.removeprefix(prefix) for target in document.targets(_KIND_OF[key])]
    elif key == "id":
        found = [document.id.removeprefix(prefix)]
    elif key == "lang":
        found = [None if document.lang == "und" else document.lang]
    else:
        found = [getattr(document, key, None)]
    return [value for value in found if value is not None and value != ""]


_KIND_OF = {key: kind for kind, key in _LINKS.items()}
_TAKEN = tuple((key, attrgetter(key)) for key in _PLAIN)
_OF_AUTHOR = tuple((key, attrgetter(key)) for key in AUTHOR_KEYS if key != "id")
