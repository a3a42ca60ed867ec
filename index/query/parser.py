"""The parser of the query language, by recursive descent. The language stands in `index.query`."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Mapping
from typing import NoReturn, TypeAlias

from index.fields import (
    FINDING_FIELDS,
    KEYWORDS,
    RANGE_FIELDS,
    TERM_FIELDS,
    TIME_FIELDS,
    DeclaredField,
    normalise,
)
from index.query.inflections import inflect
from index.query.nodes import (
    And,
    Everything,
    Exists,
    FieldPrefix,
    Node,
    Not,
    OfFinding,
    Or,
    Phrase,
    Prefix,
    Range,
    Term,
    Word,
)
from tocsin.core.dates import time_option, to_milliseconds
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message
from tocsin.core.text import nearest, tokens
from tocsin.core.urls import canonical_url

MAX_LENGTH = 20_000
MAX_NODES = 1_000
MAX_DEPTH = 50
MAX_PHRASES = 256
"""Of the forms of the words of one phrase."""
UNKNOWN_FIELD = frozenset({"query.near_field", "query.no_field"})
"""Codes of the sentences about a field that is not known."""

Inflected: TypeAlias = dict[str, tuple[str, ...]]
"""Folded word -> its forms, itself first."""

_TIME_KEYWORDS = ("after", "before")
_CALLED_OTHERWISE = {
    "auteur": "author", "compte": "author", "account": "author", "user": "author",
    "langue": "lang", "language": "lang", "plateforme": "platform", "site": "domain",
    "apres": "after", "après": "after", "depuis": "after", "since": "after", "avant": "before",
    "until": "before", "groupe": "cluster", "group": "cluster", "recit": "narrative",
    "récit": "narrative", "story": "narrative", "mot-dièse": "hashtag", "tag": "hashtag",
}  # fmt: skip
"""What people call a field in French, or in other tools."""
_NO_FIELDS: Mapping[str, DeclaredField] = {}


class QueryError(ConfigError):
    """The query cannot be read; ``column`` counts from 1.

    ``message`` is the sentence alone, to be said in the reader's language; ``str(error)`` is
    English and begins with the column.
    """

    message: Message

    def __init__(self, message: Message, column: int) -> None:
        super().__init__(f"query, column {column}: {message}")
        self.message = message
        self.column = column

    @property
    def located(self) -> Message:
        """The sentence with its column: for a command line, which cannot point at the place."""
        return Message("query.located", {"column": self.column, "sentence": self.message})


def inflected(query: str, declared: Mapping[str, DeclaredField] = _NO_FIELDS) -> Inflected:
    """The words that a query asks for in all their forms, and these forms.

    Raises:
        QueryError: as `parse`.
    """
    parser = _Parser(query, declared)
    if query.strip():
        parser.parse()
    return parser.inflected


def parse(query: str | Node, declared: Mapping[str, DeclaredField] = _NO_FIELDS) -> Node:
    """The tree of a query; a tree comes back as it is, and an empty query is `Everything`.

    Args:
        query: text, or a tree.
        declared: the fields that stages have declared in the index, searched like built-in ones
            (see `index.base.Index.declared_fields`).

    Raises:
        QueryError: wrong syntax, an unknown field, or too long, large or deep; the column is said.
    """
    if not isinstance(query, str):
        return query
    if len(query) > MAX_LENGTH:
        raise QueryError(Message("query.long", {"n": MAX_LENGTH}), MAX_LENGTH)
    return _Parser(query, declared).parse() if query.strip() else Everything()


_OPERATORS = ("AND", "OR", "NOT")
_NAME = re.compile(r"([A-Za-z_]+):")
_DECLARED_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]*):")
_RUN = re.compile(r'[^\s()"]+')
_FORM = re.compile(r'["\w]')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_BRACKET = re.compile(r"([\[{])\s*(\S+)\s+TO\s+([^\s\]}]+)\s*([\]}])")
_COMPARE = re.compile(r"(>=|<=|>|<)([^\s()\"]+)")
_DECIMAL = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][-+]?[0-9]{1,3})?")
_SPACE = re.compile(r"\s*")


class _Parser:
    """Recursive descent over the text, bounded in depth and in nodes."""

    def __init__(self, text: str, declared: Mapping[str, DeclaredField]) -> None:
        self.text = text
        self.declared = declared
        self.at = 0
        self.nodes = 0
        self.depth = 0
        self.inflected: Inflected = {}

    def parse(self) -> Node:
        tree = self.alternatives()
        if self.at < len(self.text):
            self.fail("query.closing")
        if tree is None:
            self.fail("query.no_word", at=0)
        return tree

    def alternatives(self) -> Node | None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail("query.deep", n=MAX_DEPTH)
        parts = [self.sequence()]
        while self.operator("OR"):
            parts.append(self.sequence())
        self.depth -= 1
        operands = [part for part in parts if part is not None]
        if len(operands) < 2:
            return operands[0] if operands else None
        return self.count_node(Or(tuple(operands)))

    def sequence(self) -> Node | None:
        """Parts joined by AND or by nothing; None where all of them were signs without a word."""
        operands: list[Node] = []
        count = 0
        while True:
            self.skip()
            after_and = count > 0 and self.operator("AND")
            if self.at >= len(self.text) or self.text[self.at] == ")" or self.peek("OR"):
                if after_and or not count:
                    self.fail("query.missing")
                break
            part = self.part()
            count += 1
            if part is not None:
                operands.append(part)
        if len(operands) < 2:
            return operands[0] if operands else None
        return self.count_node(And(tuple(operands)))

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
            self.fail("query.missing")
        operand = self.operand()
        return operand if operand is None or not negative else self.count_node(Not(operand))

    def operand(self) -> Node | None:
        start = self.at
        if self.text[start] == "(":
            self.at += 1
            group = self.alternatives()
            if self.text[self.at : self.at + 1] != ")":
                self.fail("query.open", at=start)
            self.at += 1
            return group
        if self.text[start] == "~" and _FORM.match(self.text, start + 1):
            self.at += 1
            quoted = self.text[self.at] == '"'
            return self.forms(self.quoted() if quoted else self.run(), start)
        if self.text[start] == '"':
            return self.words(self.quoted(), start)
        if name := self.field_name(start):
            if name[1].lower() in ("http", "https"):
                return self.count_node(Term("url", canonical_url(self.run())))
            return self.field(name[1].lower(), name.end(), start)
        run = self.run()
        if run.endswith("*"):
            return self.prefix(run.rstrip("*"), start)
        return self.words(run, start)

    def words(self, text: str, start: int) -> Node | None:
        words = tuple(tokens(text))
        if not words:
            return None
        return self.count_node(Word(words[0]) if len(words) == 1 else Phrase(words))

    def forms(self, text: str, start: int) -> Node | None:
        """Words of which any inflected form will do."""
        words = tuple(tokens(text))
        choices = [self.inflected.setdefault(word, inflect(word)) for word in words]
        number = math.prod(map(len, choices))
        if number > MAX_PHRASES:
            self.fail("query.forms", at=start, n=number, most=MAX_PHRASES)
        found = [
            self.count_node(Word(forms[0]) if len(forms) == 1 else Phrase(forms))
            for forms in itertools.product(*choices)
            if forms
        ]
        if len(found) < 2:
            return found[0] if found else None
        return self.count_node(Or(tuple(found)))

    def prefix(self, text: str, start: int) -> Node:
        words = tokens(text)
        if len(words) != 1:
            self.fail("query.prefix", at=start)
        return self.count_node(Prefix(words[0]))

    def field_name(self, start: int) -> re.Match[str] | None:
        """The field's name and colon that begin here.

        Names with digits are those of declared fields alone.
        """
        name = _DECLARED_NAME.match(self.text, start)
        if name and name[1].lower() in self.declared:
            return name
        return _NAME.match(self.text, start)

    def field(self, name: str, value_at: int, start: int) -> Node:
        self.at = value_at
        if name in self.declared:
            return self.declared_field(name, start)
        if name in _TIME_KEYWORDS:
            moment = self.moment(self.value(name, start), value_at)
            return self.count_node(
                Range("published", moment, None)
                if name == "after"
                else Range("published", None, moment)
            )
        if name == "exists":
            of = self.value(name, start).lower()
            if of not in TERM_FIELDS + RANGE_FIELDS and of not in self.declared:
                self.unknown(of, value_at)
            return self.count_node(Exists(of))
        if name in RANGE_FIELDS:
            return self.range(name, start)
        if name in FINDING_FIELDS:
            return self.count_node(OfFinding(name, self.value(name, start)))
        if name not in TERM_FIELDS:
            self.unknown(name, start)
        quoted = self.text[value_at : value_at + 1] == '"'
        value = self.value(name, start)
        if not quoted and value == "*":
            return self.count_node(Exists(name))
        if not quoted and value.endswith("*"):
            prefix = value[:-1] if name in ("url", "domain") else normalise(name, value[:-1])
            return self.count_node(
                FieldPrefix(name, prefix.lower() if name == "domain" else prefix)
            )
        return self.count_node(Term(name, normalise(name, value)))

    def declared_field(self, name: str, start: int) -> Node:
        """A term or range of a field that a stage declared, by its type."""
        kind = self.declared[name].type
        if kind in ("integer", "number"):
            return self.range(name, start)
        value_at = self.at
        quoted = self.text[value_at : value_at + 1] == '"'
        value = self.value(name, start)
        if not quoted and value == "*":
            return self.count_node(Exists(name))
        if kind == "bool":
            if value.lower() not in ("true", "false"):
                self.fail("query.no_bool", at=value_at, name=name, value=_escaped(value[:40]))
            return self.count_node(Term(name, value.lower()))
        if not quoted and value.endswith("*"):
            return self.count_node(FieldPrefix(name, value[:-1]))
        return self.count_node(Term(name, value))

    def range(self, name: str, start: int) -> Node:
        """Bounds in brackets, a comparison, or one value: the half-open range that they mean."""
        at = self.at
        read, after = self.bounds(name)
        low: int | float | None = None
        high: int | float | None = None
        if match := _BRACKET.match(self.text, at):
            opening, first, last, closing = match.groups()
            if first != "*":
                low = after(read(first, at)) if opening == "{" else read(first, at)
            if last != "*":
                high = self.upper(name, last, at) if closing == "]" else read(last, at)
            self.at = match.end()
        elif match := _COMPARE.match(self.text, at):
            sign, text = match.groups()
            if sign in (">", ">="):
                low = after(read(text, at)) if sign == ">" else read(text, at)
            else:
                high = self.upper(name, text, at) if sign == "<=" else read(text, at)
            self.at = match.end()
        else:
            value = self.value(name, start)
            if value == "*":
                return self.count_node(Exists(name))
            low = read(value, at)
            high = self.upper(name, value, at)
        return self.count_node(Range(name, low, high))

    def bounds(
        self, name: str
    ) -> tuple[Callable[[str, int], int | float], Callable[[int | float], int | float]]:
        """How a bound of this field is read, and the least value greater than one."""
        if name in TIME_FIELDS:
            return self.moment, _next_integer
        if name not in self.declared:
            return self.count, _next_integer
        if self.declared[name].type == "integer":
            return self.integer, _next_integer
        return self.number, _next_float

    def upper(self, name: str, text: str, at: int) -> int | float:
        """The least value beyond an inclusive upper bound: a day ends with its last millisecond."""
        if name in TIME_FIELDS:
            return self.moment(text, at, end=True)
        read, after = self.bounds(name)
        return after(read(text, at))

    def value(self, name: str, start: int) -> str:
        """The value after a field's colon: quoted, or up to the next space or parenthesis."""
        if self.text[self.at : self.at + 1] == '"':
            value = self.quoted().strip()
        else:
            match = _RUN.match(self.text, self.at)
            value = match[0] if match else ""
            self.at += len(value)
        if not value:
            self.fail("query.no_value", at=start, name=name)
        return value

    def quoted(self) -> str:
        match = _QUOTED.match(self.text, self.at)
        if not match:
            self.fail("query.quote")
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
        """Epoch milliseconds of a written time; ``end`` gives the first one after the named day or
        instant."""
        try:
            moment = time_option(text, "time")
            assert moment is not None
            milliseconds = to_milliseconds(moment)
        except (ConfigError, OverflowError):
            self.fail("query.no_time", at=at, value=_escaped(text))
        if not end:
            return milliseconds
        return milliseconds + (86_400_000 if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else 1)

    def count(self, text: str, at: int) -> int:
        """A whole number from 0 on: what metrics are."""
        if not re.fullmatch(r"[0-9]{1,15}", text):
            self.fail("query.no_number", at=at, value=_escaped(text[:40]))
        return int(text)

    def integer(self, text: str, at: int) -> int:
        if not re.fullmatch(r"-?[0-9]{1,18}", text):
            self.fail("query.no_number", at=at, value=_escaped(text[:40]))
        return int(text)

    def number(self, text: str, at: int) -> float:
        number = float(text) if _DECIMAL.fullmatch(text) else math.inf
        if not math.isfinite(number):
            self.fail("query.no_decimal", at=at, value=_escaped(text[:40]))
        return number

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

    def count_node(self, node: Node) -> Node:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self.fail("query.parts", n=MAX_NODES)
        return node

    def unknown(self, name: str, at: int) -> NoReturn:
        keywords = [name for name in KEYWORDS if not name.startswith("http")]
        known = [*TERM_FIELDS, *FINDING_FIELDS, *keywords, *RANGE_FIELDS, *self.declared]
        value = _escaped(name[:40])
        called = _CALLED_OTHERWISE.get(name.lower())
        if near := called if called in known else nearest(name, known):
            self.fail("query.near_field", at=at, value=value, name=near)
        self.fail("query.no_field", at=at, value=value, fields=", ".join(known))

    def fail(self, code: str, *, at: int | None = None, **parameters: str | int) -> NoReturn:
        column = (self.at if at is None else at) + 1
        raise QueryError(Message(code, parameters), column)


def _next_integer(value: int | float) -> int | float:
    return value + 1


def _next_float(value: int | float) -> int | float:
    return math.nextafter(value, math.inf)


def _escaped(text: str) -> str:
    """Text without line breaks and control characters, to be quoted in a sentence."""
    return repr(text)[1:-1]
