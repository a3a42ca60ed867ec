"""The query language: a strict Lucene subset, parsed into our own tree. No engine ever sees raw query text.

::

    climate protest           both words (adjacent means AND)
    "climate protest"         the phrase
    climat*                   words that begin so
    a OR b, a AND NOT b, -b, +a, (a OR b) c
    #cop28  @handle           hashtags and mentions are words with their sign
    author:x:123  handle:ana  lang:fr  hashtag:cop28  domain:example.org  platform:x  source:NAME  kind:post
    narrative:ID  copy:ID  mention:ana  url:"https://..."  id:123     one value, or a prefix: domain:exam*
    after:2024-01-31  before:2024-02-01T12:00:00Z  after:7d           half-open in time
    published:[2024-01-01 TO 2024-01-31]  likes:>=10  followers:[100 TO *]
    exists:narrative          has a value

Words are folded as the index folds text (`tocsin.core.text`), so case and accents do not matter.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NoReturn, TypeAlias

from index.command_context import when
from tocsin.core.errors import ConfigError
from tocsin.core.text import tokens
from tocsin.core.urls import canonical_url, domain

MAX_LENGTH = 20_000
MAX_NODES = 1_000
MAX_DEPTH = 50

TERM_FIELDS = (
    "author", "handle", "lang", "hashtag", "domain", "platform", "source", "kind", "narrative", "copy", "mention", "url", "id",
)  # fmt: skip
"""Fields that hold values: ``field:value`` and ``field:prefix*``."""

RANGE_FIELDS = ("published", "likes", "reposts", "replies", "quotes", "views", "followers")
"""Fields that hold numbers (``published``: epoch milliseconds)."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class QueryError(ConfigError):
    """The query cannot be read; ``column`` counts from 1."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(f"query, column {column}: {message}")
        self.column = column


@dataclass(frozen=True, slots=True)
class Everything:
    """All documents."""


@dataclass(frozen=True, slots=True)
class Word:
    """A folded word of title or text."""

    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Folded words that follow each other."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prefix:
    """Words of title or text that begin with a folded text."""

    text: str


@dataclass(frozen=True, slots=True)
class Term:
    """A field has exactly this (normalised) value."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Starts:
    """A field has a value that begins so."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Range:
    """``low <= field < high``, integers; None is unbounded. A document without the number does not match."""

    field: str
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Exists:
    """A field has a value (``lang``: other than und)."""

    field: str


@dataclass(frozen=True, slots=True)
class And:
    """All parts match."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part matches."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not match."""

    part: Node


Node: TypeAlias = (
    Everything | Word | Phrase | Prefix | Term | Starts | Range | Exists | And | Or | Not
)


def parse(query: str | Node) -> Node:
    """The tree of a query; a tree comes back as it is, and an empty query is `Everything`.

    Raises:
        QueryError: wrong syntax, an unknown field, or too long, large or deep; the column is said.
    """
    if not isinstance(query, str):
        return query
    if len(query) > MAX_LENGTH:
        raise QueryError(f"longer than {MAX_LENGTH} characters; make it shorter", MAX_LENGTH)
    return _Parser(query).parse() if query.strip() else Everything()


def normalise(field: str, value: str) -> str:
    """A value as the index keeps it: tags, handles and mentions case-folded without sign, addresses canonical."""
    return _NORMALISE.get(field, str)(value.strip())


_NORMALISE: dict[str, Callable[[str], str]] = {
    "hashtag": lambda v: v.lstrip("#").casefold(),
    "handle": lambda v: v.lstrip("@").casefold(),
    "mention": lambda v: v.lstrip("@").casefold(),
    "platform": str.lower,
    "kind": str.lower,
    "domain": domain,
    "url": canonical_url,
}
_OPERATORS = ("AND", "OR", "NOT")
_NAME = re.compile(r"([A-Za-z_]+):")
_RUN = re.compile(r'[^\s()"]+')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_BRACKET = re.compile(r"([\[{])\s*(\S+)\s+TO\s+([^\s\]}]+)\s*([\]}])")
_COMPARE = re.compile(r"(>=|<=|>|<)([^\s()\"]+)")
_SPACE = re.compile(r"\s*")


class _Parser:
    """Recursive descent over the text, bounded in depth and in nodes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.nodes = 0
        self.depth = 0

    def parse(self) -> Node:
        found = self.alternatives()
        if self.at < len(self.text):
            self.fail("this closing parenthesis has no opening one")
        if found is None:
            self.fail("there is no word to look for", 0)
        return found

    def alternatives(self) -> Node | None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail(f"nested deeper than {MAX_DEPTH} levels")
        parts = [self.sequence()]
        while self.operator("OR"):
            parts.append(self.sequence())
        self.depth -= 1
        found = [part for part in parts if part is not None]
        return None if not found else found[0] if len(found) == 1 else self.made(Or(tuple(found)))

    def sequence(self) -> Node | None:
        """Parts joined by AND or by nothing; None where all of them were signs without a word."""
        found: list[Node] = []
        count = 0
        while True:
            self.skip()
            joined = count > 0 and self.operator("AND")
            if self.at >= len(self.text) or self.text[self.at] == ")" or self.peek("OR"):
                if joined or not count:
                    self.fail("a word or parenthesis is missing here")
                break
            part = self.part()
            count += 1
            if part is not None:
                found.append(part)
        return None if not found else found[0] if len(found) == 1 else self.made(And(tuple(found)))

    def part(self) -> Node | None:
        """One operand with its signs."""
        negative = False
        while True:
            self.skip()
            follower = self.text[self.at + 1 : self.at + 2]
            if self.operator("NOT"):
                negative = not negative
            elif (
                self.text[self.at : self.at + 1] in ("-", "+")
                and follower
                and not follower.isspace()
            ):
                negative ^= self.text[self.at] == "-"
                self.at += 1
            else:
                break
        if (
            self.at >= len(self.text)
            or self.text[self.at] == ")"
            or any(self.peek(word) for word in _OPERATORS)
        ):
            self.fail("a word or parenthesis is missing here")
        found = self.operand()
        return found if found is None or not negative else self.made(Not(found))

    def operand(self) -> Node | None:
        start = self.at
        if self.text[start] == "(":
            self.at += 1
            found = self.alternatives()
            if self.text[self.at : self.at + 1] != ")":
                self.fail("this parenthesis is never closed", start)
            self.at += 1
            return found
        if self.text[start] == '"':
            return self.words(self.quoted(), start)
        if name := _NAME.match(self.text, start):
            if name[1].lower() in ("http", "https"):
                return self.made(Term("url", canonical_url(self.run())))
            return self.field(name[1].lower(), name.end(), start)
        run = self.run()
        if run.endswith("*"):
            return self.prefix(run.rstrip("*"), start)
        return self.words(run, start)

    def words(self, text: str, start: int) -> Node | None:
        found = tuple(tokens(text))
        if not found:
            return None
        return self.made(Word(found[0]) if len(found) == 1 else Phrase(found))

    def prefix(self, text: str, start: int) -> Node:
        found = tokens(text)
        if len(found) != 1:
            self.fail("a prefix is one word and a star, such as climat*", start)
        return self.made(Prefix(found[0]))

    def field(self, name: str, value_at: int, start: int) -> Node:
        self.at = value_at
        if name in ("after", "before"):
            moment = self.moment(self.value(name, start), value_at)
            return self.made(
                Range("published", moment, None)
                if name == "after"
                else Range("published", None, moment)
            )
        if name == "exists":
            of = self.value(name, start).lower()
            if of not in TERM_FIELDS + RANGE_FIELDS:
                self.unknown(of, value_at)
            return self.made(Exists(of))
        if name in RANGE_FIELDS:
            return self.range(name, start)
        if name not in TERM_FIELDS:
            self.unknown(name, start)
        quoted = self.text[value_at : value_at + 1] == '"'
        value = self.value(name, start)
        if not quoted and value == "*":
            return self.made(Exists(name))
        if not quoted and value.endswith("*"):
            made = value[:-1] if name in ("url", "domain") else normalise(name, value[:-1])
            return self.made(Starts(name, made.lower() if name == "domain" else made))
        return self.made(Term(name, normalise(name, value)))

    def range(self, name: str, start: int) -> Node:
        at = self.at
        number = self.moment if name == "published" else self.number
        low: int | None = None
        high: int | None = None
        if found := _BRACKET.match(self.text, at):
            opening, first, last, closing = found.groups()
            low = None if first == "*" else number(first, at) + (opening == "{")
            if last != "*":
                high = number(last, at, end=closing == "]") + (
                    closing == "]" and name != "published"
                )
            self.at = found.end()
        elif found := _COMPARE.match(self.text, at):
            sign, text = found.groups()
            if sign in (">", ">="):
                low = number(text, at) + (sign == ">")
            else:
                high = number(text, at, end=sign == "<=") + (sign == "<=" and name != "published")
            self.at = found.end()
        else:
            value = self.value(name, start)
            if value == "*":
                return self.made(Exists(name))
            low = number(value, at)
            high = number(value, at, end=True) + (name != "published")
        return self.made(Range(name, low, high))

    def value(self, name: str, start: int) -> str:
        """The value after a field's colon: quoted, or up to the next space or parenthesis."""
        if self.text[self.at : self.at + 1] == '"':
            found = self.quoted().strip()
        else:
            match = _RUN.match(self.text, self.at)
            found = match[0] if match else ""
            self.at += len(found)
        if not found:
            self.fail(f"field {name}: has no value", start)
        return found

    def quoted(self) -> str:
        match = _QUOTED.match(self.text, self.at)
        if not match:
            self.fail("this quotation mark is never closed")
        self.at = match.end()
        return re.sub(r"\\(.)", r"\1", match[1], flags=re.DOTALL)

    def run(self) -> str:
        match = _RUN.match(self.text, self.at)
        assert (
            match is not None
        )  # the caller saw a character that is neither space, quote nor parenthesis
        self.at = match.end()
        return match[0]

    def moment(self, text: str, at: int, *, end: bool = False) -> int:
        """Epoch milliseconds of a written time; ``end`` gives the first one after the named day or instant."""
        try:
            moment = when(text, "time")
            assert moment is not None
            milliseconds = (moment - _EPOCH) // timedelta(milliseconds=1)
        except (ConfigError, OverflowError):
            self.fail(f"{text!r} is no time; write 2026-01-31, 2026-01-31T12:00:00Z or 24h, 7d", at)
        if not end:
            return milliseconds
        return milliseconds + (86_400_000 if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else 1)

    def number(self, text: str, at: int, *, end: bool = False) -> int:
        if not re.fullmatch(r"[0-9]{1,15}", text):
            self.fail(f"{text[:40]!r} is no whole number", at)
        return int(text)

    def peek(self, word: str) -> bool:
        end = self.at + len(word)
        return self.text.startswith(word, self.at) and (
            end >= len(self.text) or self.text[end].isspace() or self.text[end] in '()"'
        )

    def operator(self, word: str) -> bool:
        self.skip()
        if not self.peek(word):
            return False
        self.at += len(word)
        return True

    def skip(self) -> None:
        match = _SPACE.match(self.text, self.at)
        assert match is not None  # it matches the empty text
        self.at = match.end()

    def made(self, node: Node) -> Node:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self.fail(f"more than {MAX_NODES} parts; split it into several queries")
        return node

    def unknown(self, name: str, at: int) -> NoReturn:
        known = [*TERM_FIELDS, "after", "before", "exists", *RANGE_FIELDS]
        near = difflib.get_close_matches(name, known, 1)
        hint = (
            f"did you mean {near[0]}:?"
            if near
            else f"fields are {', '.join(known)}; quote it to look for the words"
        )
        self.fail(f"there is no field {name[:40]!r}; {hint}", at)

    def fail(self, message: str, at: int | None = None) -> NoReturn:
        raise QueryError(message, (self.at if at is None else at) + 1)
