"""From the columns of any file to the keys of the exchange format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from crawlers.importing import cell_values as values
from crawlers.importing.column_guesses import find_clock, find_link_columns, guess_columns
from crawlers.importing.relations.typed_references import (
    REFERENCE_KEYS,
    TypedReference,
    find_typed_reference,
)
from tocsin.core.dates import parse_time, says_never, writes_day_first
from tocsin.core.documents import FOUND_KEYS, STRUCTURE_KEYS, Precision
from tocsin.core.errors import ConfigError
from tocsin.core.exchange import AUTHOR_KEYS, COUNTS, KEYS
from tocsin.core.messages import Message
from tocsin.core.text import suggest_hint

SINGLE = tuple(k for k in KEYS if k not in ("author", "metrics", "extra"))
MAPPABLE = (
    *SINGLE,
    "author",
    *(f"author.{k}" for k in AUTHOR_KEYS),
    *(f"metrics.{k}" for k in (*COUNTS, "observed_at")),
)
"""What the left side of ``--map`` may be, beside ``extra.NAME``."""

MAX_PATHS = 5_000
ENOUGH_TIMES = 50
_SHARED = frozenset({"url", "urls", "media", "repost_of", "quote_of"})
"""What a post without a text may share."""
_LISTS = frozenset({"urls", "hashtags", "mentions", "media"})
_TIMES = frozenset(
    {"published_at", "collected_at", "deleted_at", "author.created_at", "metrics.observed_at"}
)
_READERS: dict[str, Callable[[Any], Any]] = {
    "id": values.read_identifier, "author": values.read_identifier,
    "author.id": values.read_identifier, "reply_to": values.read_identifier,
    "repost_of": values.read_identifier, "quote_of": values.read_identifier,
    "title": values.read_text, "text": values.read_text, "kind": values.read_kind,
    "author.description": values.read_text, "author.followers": values.read_count,
    "author.following": values.read_count, "author.posts": values.read_count,
    **{f"metrics.{k}": values.read_count for k in COUNTS},
    **{k: values.list_reader(k) for k in ("urls", "hashtags", "mentions", "media")},
}  # fmt: skip


def parse_mapping(pairs: Iterable[str]) -> dict[str, str]:
    """Exchange key -> column of ``KEY=COLUMN`` arguments.

    Raises:
        ConfigError: no ``=``, a key that the exchange format does not have (the nearest is named),
            or one given twice.
    """
    mapping: dict[str, str] = {}
    for pair in pairs:
        key, equals, column = pair.partition("=")
        key = key.strip()
        if not equals or not key or not column:
            raise ConfigError(Message("reading.no_pair", {"pair": repr(pair)}))
        if key not in MAPPABLE and not (key.startswith("extra.") and len(key) > len("extra.")):
            hint = suggest_hint(key, MAPPABLE, 0.5)
            raise ConfigError(
                Message(
                    "reading.no_key",
                    {"pair": pair, "key": repr(key), "hint": hint, "keys": ", ".join(MAPPABLE)},
                )
            )
        if key in mapping:
            raise ConfigError(
                Message("reading.map_twice", {"key": key, "first": mapping[key], "second": column})
            )
        mapping[key] = column
    return mapping


@dataclass(frozen=True)
class ColumnMapping:
    """A mapping made for one file; call `convert` on each row.

    ``mapping`` is exchange key -> column; ``guessed`` those of it that nobody asked for; ``notes``
    sentences about what was seen in the first rows; ``late`` what `extend_columns` added last;
    ``clock`` the columns of day and hour, where those are two; ``reference`` those of the post that
    a row refers to and of how, where those are two.
    """

    mapping: Mapping[str, str]
    guessed: Mapping[str, str]
    notes: tuple[str | Message, ...]
    day_first: bool = False
    precision: Precision | None = None
    text_is_html: bool = False
    late: Mapping[str, str] = field(default_factory=dict)
    clock: tuple[str, str] | None = None
    reference: TypedReference | None = None
    _steps: list[tuple[str, str, str, tuple[str, ...], Callable[[Any], Any]]] = field(
        default_factory=list
    )
    _used: frozenset[str] = frozenset()
    _parts: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def paired(self) -> dict[str, tuple[str, str]]:
        """Key -> the two columns that it is read from together."""
        found = {"published_at": self.clock} if self.clock is not None else {}
        if self.reference is not None:
            both = self.reference.columns
            found |= {key: both for key in REFERENCE_KEYS if key not in self.mapping}
        return found

    def convert(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The exchange object of a row; what does not fit its key stands in ``extra["invalid"]``,
        unmapped columns in ``extra``.
        """
        if self.clock is not None:
            row = _with_clock(row, *self.clock)
        out: dict[str, Any] = {}
        nested: dict[str, dict[str, Any]] = {}
        invalid: dict[str, Any] = {}
        for top, sub, column, path, read in self._steps:
            value = row.get(column)
            if value is None and path:
                value = _value_at(row, path)
            if value is None:
                continue
            try:
                value = read(value)
            except ValueError:
                invalid[f"{top}.{sub}" if sub else top] = value
                continue
            if value is None:
                continue
            if sub:
                if top in nested:
                    nested[top][sub] = value
                else:
                    nested[top] = {sub: value}
            else:
                out[top] = value
        if self.reference is not None:
            try:
                if (referred := self.reference.read(row)) is not None:
                    out.setdefault(*referred)
            except ValueError:
                invalid[self.reference.id_column] = row.get(self.reference.id_column)
        if (moment := out.get("published_at")) is not None:
            out["published_at"], precision = moment
            if "published_precision" not in out:
                out["published_precision"] = self.precision or precision
        author = nested.get("author")
        if author is not None and "id" not in author and author.get("handle"):
            author["id"] = author["handle"]
        extra = nested.pop("extra", {})
        used, parts = self._used, self._parts
        for key, value in row.items():
            if key not in used and value is not None and value != "":
                extra[key] = (
                    {k: v for k, v in value.items() if k not in parts[key]}
                    if key in parts and isinstance(value, dict)
                    else value
                )
        if invalid:
            extra["invalid"] = invalid
        out |= nested
        if extra:
            out["extra"] = extra
        return out


def map_columns(
    rows: Sequence[Mapping[str, Any]],
    wanted: Mapping[str, str],
    name: str,
    *,
    day_first: bool | None = None,
) -> ColumnMapping:
    """The mapping for a file whose first rows are these.

    What ``wanted`` names is taken; the other keys are guessed by the names of the columns. Columns
    that serve no key go to ``extra``.

    Raises:
        ConfigError: a wanted column is in none of the rows (the nearest is named), or no column
            holds any text.
    """
    columns = paths_of(rows)
    known = set(columns)
    for key, column in wanted.items():
        if rows and column not in known:
            hint = suggest_hint(column, columns, 0.4)
            raise ConfigError(
                Message(
                    "reading.no_column",
                    {
                        "key": key,
                        "wanted": column,
                        "file": name,
                        "column": repr(column),
                        "hint": hint,
                        "columns": _some_names(columns),
                    },
                )
            )

    sample = _sampler(rows)
    own = {
        k: k
        for k in MAPPABLE
        if k in known and k not in wanted and k not in wanted.values() and k != "author"
    }
    guessed = own | guess_columns(columns, sample, {**own, **wanted})
    if "url" not in wanted:
        linked = find_link_columns(rows, {**guessed, **wanted}, columns)
        guessed = {key: column for key, column in linked.items() if key not in wanted}
    mapping = dict(
        sorted(
            {**guessed, **wanted}.items(),
            key=lambda item: MAPPABLE.index(item[0]) if item[0] in MAPPABLE else len(MAPPABLE),
        )
    )
    if rows and not holds_posts(mapping):
        has_times = "published_at" in mapping
        options = Message("reading.map_text" if has_times else "reading.map_text_and_time")
        raise ConfigError(
            Message(
                "reading.no_text",
                {
                    "file": name,
                    "options": options,
                    "columns": _some_names(columns),
                },
            )
        )
    clock = find_clock(columns, sample, mapping)
    if clock is not None:
        sample = _sampler([_with_clock(row, *clock) for row in rows])
    fitted = _compile(mapping, {k: c for k, c in guessed.items() if k != c}, sample, day_first)
    if clock is not None:
        fitted = replace(fitted, clock=clock, _used=fitted._used | {clock[1]})
    reference = find_typed_reference(columns, sample, mapping)
    if reference is not None:
        used = fitted._used | {*reference.columns}
        said = Message(
            "reading.reference", {"type": reference.type_column, "id": reference.id_column}
        )
        fitted = replace(fitted, reference=reference, notes=(*fitted.notes, said), _used=used)
    if known.issuperset(FOUND_KEYS):  # an export of ours: what one workspace found is no data
        return replace(fitted, _used=fitted._used | {*FOUND_KEYS, *STRUCTURE_KEYS})
    return fitted


def _with_clock(row: Mapping[str, Any], day: str, hour: str) -> Mapping[str, Any]:
    """A row whose column of the day holds the hour, too."""
    return {**row, day: f"{row[day]} {row[hour]}"} if row.get(day) and row.get(hour) else row


def holds_posts(keys: Iterable[str]) -> bool:
    """Whether these keys make posts: they have a text, or are shares (an author, a time, and an
    address, a picture or another post).
    """
    given = set(keys)
    if given & {"text", "title"}:
        return True
    has_author = any(key.partition(".")[0] == "author" for key in given)
    return has_author and "published_at" in given and not _SHARED.isdisjoint(given)


def extend_columns(
    columns: ColumnMapping,
    wanted: Mapping[str, str],
    paths: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
) -> ColumnMapping:
    """The mapping with columns that appeared later: ``paths``, first met in the first of ``rows``.

    A new column serves a key that no column had; where the row lacks the column of a key that was
    guessed, it serves the rows that lack it, and also stays in ``extra``. What `map_columns` fitted
    stays in force. Returns ``columns`` itself where no key can use a new column.
    """
    sample = _sampler(rows)
    kept = {
        key: column
        for key, column in columns.mapping.items()
        if key in wanted or _sampler(rows[:1])(column)
    }
    known = set(paths)
    own = {k: k for k in MAPPABLE if k in known and k not in kept and k != "author"}
    own = {k: c for k, c in own.items() if c not in wanted.values()}
    late = own | guess_columns(paths, sample, {**kept, **own, **wanted})
    if not late:
        return columns
    day_first = columns.day_first or None
    added = _compile(late, late, sample, day_first)
    fresh = {k: c for k, c in late.items() if k not in columns.mapping}
    fitted = _compile({**columns.mapping, **fresh}, {}, sample, day_first)
    return replace(
        columns,
        mapping=fitted.mapping,
        guessed={**columns.guessed, **{k: c for k, c in fresh.items() if k != c}},
        late=late,
        precision=added.precision if "published_at" in fresh else columns.precision,
        day_first=added.day_first if "published_at" in fresh else columns.day_first,
        text_is_html=added.text_is_html if "text" in fresh else columns.text_is_html,
        _steps=[*added._steps, *columns._steps],  # what stands later wins: the columns of before
        _used=fitted._used,
        _parts=fitted._parts,
    )


def compile_columns(
    columns: Mapping[str, Sequence[str]],
    rows: Sequence[Mapping[str, Any]],
    dropped: Iterable[str] = (),
    *,
    day_first: bool | None = None,
) -> ColumnMapping:
    """The mapping of a profile: key -> the columns that may hold it, best first; the first that is
    filled in a row serves. What is fitted to values (the order of day and month) is by ``rows``.

    Args:
        dropped: columns that serve no key and are not kept in ``extra`` either.
    """
    sample = _sampler(rows)
    best = _compile({key: names[0] for key, names in columns.items()}, {}, sample, day_first)
    steps = list(best._steps)
    for place in range(1, max(map(len, columns.values()), default=0)):
        others = {key: names[place] for key, names in columns.items() if len(names) > place}
        better = [
            (*step[:-1], _filled(step[-1])) if step[0] in _LISTS and step[0] in others else step
            for step in steps
        ]
        steps = [*_compile(others, {}, sample, day_first)._steps, *better]  # what stands later wins
    used = {column for names in columns.values() for column in names}
    return replace(best, _steps=steps, _used=frozenset(used | set(dropped)))


def _sampler(rows: Sequence[Mapping[str, Any]]) -> Callable[[str], list[Any]]:
    """A function that gives the values of a column in these rows, empty ones left out."""

    def sample(column: str) -> list[Any]:
        path = tuple(column.split("."))
        cells = (row[column] if column in row else _value_at(row, path) for row in rows)
        return [v for v in cells if v is not None and v != ""]

    return sample


def _compile(
    mapping: Mapping[str, str],
    guessed: Mapping[str, str],
    sample: Callable[[str], list[Any]],
    day_first: bool | None = None,
) -> ColumnMapping:
    notes: list[str | Message] = []
    if guessed:
        notes.append(
            Message("reading.guessed", {"columns": [f"{k}={c}" for k, c in guessed.items()]})
        )
    times = sample(mapping["published_at"]) if "published_at" in mapping else []
    if day_first is None:
        day_first = writes_day_first([v for v in times if isinstance(v, str)])
    precision = _common_precision(times, day_first)
    text_is_html = "text" in mapping and values.is_markup(sample(mapping["text"]))
    steps = []
    for key, column in mapping.items():
        top, _, sub = key.partition(".")
        if key == "author":
            top, sub = "author", "id"
        path = tuple(column.split(".")) if "." in column else ()
        steps.append((top, sub, column, path, _cell_reader(key, day_first, text_is_html)))
    parts: dict[str, set[str]] = {}
    for column in mapping.values():
        head, dot, rest = column.partition(".")
        if dot:
            parts.setdefault(head, set()).add(rest)
    used = frozenset(c for c in mapping.values())
    return ColumnMapping(
        mapping=mapping, guessed=guessed, notes=tuple(notes), day_first=day_first,
        precision=precision, text_is_html=text_is_html, _steps=steps,
        _used=used, _parts={k: frozenset(v) for k, v in parts.items()},
    )  # fmt: skip


def _cell_reader(key: str, day_first: bool, text_is_html: bool) -> Callable[[Any], Any]:
    if key == "published_at":
        return _time_reader(day_first)
    if key == "deleted_at":
        read = _moment_reader(day_first)
        return lambda value: None if says_never(value) else read(value)
    if key in _TIMES:
        return _moment_reader(day_first)
    if key == "text" and text_is_html:
        return values.html_to_text
    if key.startswith("extra."):
        return values.read_text
    return _READERS.get(key, values.read_word)


def _time_reader(day_first: bool) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if isinstance(value, str) and value.strip() in values.MISSING:
            return None
        moment = parse_time(value, day_first=day_first)
        if moment is None:
            raise ValueError("no time")
        return moment

    return read


def _filled(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A reader of lists to which an empty list is nothing: another column may have more."""
    return lambda value: read(value) or None


def _moment_reader(day_first: bool) -> Callable[[Any], Any]:
    read_time = _time_reader(day_first)

    def read(value: Any) -> Any:
        moment = read_time(value)
        return moment[0] if moment else None

    return read


def _common_precision(times: Sequence[Any], day_first: bool) -> Precision | None:
    """What all first times have in common: no hour (day) or no second (minute); None where they
    are exact or too few to tell.
    """
    moments = [moment[0] for v in times if (moment := parse_time(v, day_first=day_first))]
    if len(moments) < ENOUGH_TIMES or len(set(moments)) < 2:
        return None
    if any(m.second or m.microsecond for m in moments):
        return None
    return Precision.MINUTE if any(m.hour or m.minute for m in moments) else Precision.DAY


def paths_of(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """All columns, dotted where nested, in the order they come."""
    paths: dict[str, None] = {}

    def walk(value: Any, prefix: str, depth: int) -> None:
        if isinstance(value, dict) and depth < 6 and len(paths) < MAX_PATHS:
            for key, inner in value.items():
                path = f"{prefix}{key}"
                paths[path] = None
                walk(inner, f"{path}.", depth + 1)
        elif isinstance(value, list):
            for inner in value[:20]:
                walk(inner, prefix, depth + 1)

    for row in rows:
        walk(row, "", 0)
    return list(paths)


def _value_at(value: Any, path: Sequence[str]) -> Any:
    """The value at a dotted path; through a list it gathers, unless the part is a position."""
    for place, part in enumerate(path):
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list):
            if not part.isdigit():
                gathered = [_value_at(v, path[place:]) for v in value[:1000]]
                return [v for v in gathered if v is not None]
            value = value[int(part)] if int(part) < len(value) else None
        else:
            return None
    return value


def value_of(row: Mapping[str, Any], column: str) -> Any:
    """The value of a column, dotted where it is nested."""
    return row[column] if column in row else _value_at(row, column.split("."))


def _some_names(columns: Sequence[str]) -> str:
    return ", ".join(columns[:30]) + (", ..." if len(columns) > 30 else "")
