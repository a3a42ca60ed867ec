"""JSON of any shape: one object a line, arrays, objects one after another, or one object that holds
the list.

Lines are read one by one where the file has an object a line, so that a torn line costs itself
alone. Everything else is read value by value, never as a whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from crawlers.importing.formats.base import Item, RejectedRow, Row
from crawlers.importing.input_file import MAX_LINE, InputFile, has_invalid_bytes
from tocsin.core.messages import Message

MAX_VALUE = 16_000_000
MAX_SHOWN = 10_000
MAX_ENVELOPE = 4
_BLANK = re.compile(r"[\s,;\ufeff]*")
NEXT_OBJECT = re.compile(r"\}\s*,?\s*(?=\{)")
_PACKED = re.compile(r"\.(?:gz|zst|xz|bz2)$")
_STEP = 1 << 18
_LINE_ENDS = frozenset({"\n", "\r\n", ""})


def _no_number(_: str) -> None:
    """NaN and Infinity are not JSON, and not a value."""


_decoder = json.JSONDecoder(parse_constant=_no_number)
_decode = _decoder.decode
_raw_decode = _decoder.raw_decode


class JsonImporter:
    """Objects with any keys."""

    is_exchange_format = False
    records = "objects"

    def recognises(self, source: InputFile) -> float:
        if not looks_like_json(source):
            return 0.0
        return 0.95 if _has_a_value(source) else 0.8

    def read_rows(self, source: InputFile, mapping: Mapping[str, str]) -> Iterator[Item]:
        return read_json(source)


def looks_like_json(source: InputFile) -> bool:
    """By its first character, or by its name where the beginning is broken and a line is JSON."""
    begin = source.head.decode(source.encoding, "replace").lstrip("\ufeff \t\r\n")[:1]
    if begin in ("{", "["):
        return True
    name = _PACKED.sub("", source.name.lower())
    if not begin or not name.endswith((".jsonl", ".json", ".ndjson", ".js")):
        return False
    return bool(first_json_objects(source)) or begin in '\0]}"'


def _has_a_value(source: InputFile) -> bool:
    """Whether the head begins with an object or array that JSON understands, whatever the name."""
    begin = source.head.decode(source.encoding, "replace").lstrip("\ufeff \t\r\n")
    try:
        value, _ = _raw_decode(begin)
    except ValueError as error:
        return _is_incomplete(error, len(begin)) and '":' in begin[:10_000]
    except RecursionError:
        return False
    return isinstance(value, (dict, list))


def read_json(source: InputFile, *, unwrap: bool = True) -> Iterator[Item]:
    """The objects of a file.

    Args:
        unwrap: whether an object that is no more than the envelope of a list gives the list.
    """
    read = _read_lines if _is_json_lines(source) else _read_values
    yield from read(source, unwrap)


def first_json_objects(source: InputFile, limit: int = 20) -> list[dict[str, Any]]:
    """The objects that the head's first lines hold."""
    objects = []
    for line in source.head.decode(source.encoding, "replace").lstrip("\ufeff").split("\n")[:limit]:
        value = _decode_or_none(line)
        if isinstance(value, dict):
            objects.append(value)
    return objects


def _is_json_lines(source: InputFile) -> bool:
    """Whether lines are values of their own: most of the first ones are, or none begins like an
    indented value.
    """
    begin = source.head.decode(source.encoding, "replace").lstrip("\ufeff \t\r\n")
    if begin.startswith("["):
        return False
    lines = [line for line in begin.split("\n")[:20] if line.strip()]
    return 2 * len(first_json_objects(source)) >= len(lines) or not begin.startswith("{")


def json_encoding(source: InputFile) -> str:
    """JSON is UTF-8, or UTF-16 where it says so. One in another encoding is read in it where that
    is sure: several lines, and not one that is UTF-8; else what does not fit is damage.
    """
    if source.encoding.startswith("utf"):
        return source.encoding
    lines = [line for line in source.head.split(b"\n")[:-1] if not line.isascii()]
    is_sure = len(lines) > 1 and not any(map(_is_utf8, lines))
    return source.encoding if is_sure else "utf-8"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _decode_or_none(text: str) -> Any:
    try:
        return _decode(text)
    except (ValueError, RecursionError):
        return None


def _decode_line(line: str) -> Any:
    """The value of a line, without the decoder's search for blanks where there are none."""
    try:
        value, end = _raw_decode(line)
    except ValueError:
        return _decode(line)
    return value if line[end:] in _LINE_ENDS else _decode(line)


def _read_lines(source: InputFile, unwrap: bool) -> Iterator[Item]:
    number, too_long = 0, False
    for line in source.lines(encoding=json_encoding(source)):
        if too_long:
            too_long = len(line) >= MAX_LINE and not line.endswith("\n")
            continue
        number += 1
        reason: Message | None = None
        try:
            value = _decode_line(line)
            if type(value) is dict and (line.isascii() or not has_invalid_bytes(line)):
                if (
                    unwrap
                    and len(value) <= MAX_ENVELOPE
                    and (inside := _unwrap_envelope(value)) is not None
                ):
                    yield from (Row(number, row) for row in inside)
                else:
                    yield Row(number, value)
                continue
            reason = Message("reading.no_object_but", {"found": _type_name(value)})
            if has_invalid_bytes(line):
                reason = Message("reading.no_utf8")
        except RecursionError:
            reason = Message("reading.deep")
        except ValueError as error:
            if len(line) >= MAX_LINE:
                too_long = not line.endswith("\n")
                reason = Message("reading.long_line", {"n": MAX_LINE})
            elif not line.strip(" \t\r\n\ufeff"):
                continue
            elif line.startswith("\ufeff") and isinstance(
                value := _decode_or_none(line.lstrip("\ufeff")), dict
            ):
                yield Row(number, value)
                continue
            else:
                reason = _describe_error(line, error)
        assert reason is not None
        yield RejectedRow(number, reason, line[:MAX_SHOWN])
    if source.damaged:
        yield RejectedRow(number + 1, source.damaged)


def _describe_error(line: str, error: ValueError) -> Message:
    if "\0" in line:
        return Message("reading.nul")
    if has_invalid_bytes(line):
        return Message("reading.no_utf8")
    if isinstance(error, json.JSONDecodeError):
        is_cut = error.pos >= len(line.rstrip()) - 1 or "Unterminated" in error.msg
        place = {"error": error.msg.removesuffix(" at"), "column": error.colno}
        return Message("reading.cut_json" if is_cut else "reading.no_json_at", place)
    return Message("reading.no_json_for", {"error": str(error)[:100]})


def _type_name(value: Any) -> str | Message:
    names = {
        list: Message("reading.type.list"),
        str: Message("reading.type.text"),
        int: Message("reading.type.number"),
        float: Message("reading.type.number"),
        bool: Message("reading.type.truth"),
        type(None): Message("reading.type.null"),
    }
    return names.get(type(value), type(value).__name__)


def _read_values(source: InputFile, unwrap: bool) -> Iterator[Item]:
    """Values one after another, in an array or not; after a broken one reading goes on at the next
    object.
    """
    window = JsonWindow(source.lines(encoding=json_encoding(source), size=_STEP))
    inside = False  # the outer array
    while window.skip_blank():
        text, at = window.text, window.at
        if text[at] == "]" or (text[at] == "[" and not inside):
            inside = text[at] == "["
            window.move_to(at + 1)
            continue
        line = window.line
        try:
            value = window.decode()
        except (ValueError, RecursionError):
            following = NEXT_OBJECT.search(window.text, window.at + 1)
            while following is None and window.held < MAX_VALUE and window.read_more():
                following = NEXT_OBJECT.search(window.text, window.at + 1)
            text, at = window.text, window.at
            stop = following.end() if following else len(text)
            yield RejectedRow(
                line,
                Message("reading.no_json" if following else "reading.cut_file"),
                text[at : min(stop, at + MAX_SHOWN)],
            )
            window.move_to(stop)
            continue
        yield from _objects(value, line, unwrap)
    if source.damaged:
        yield RejectedRow(window.line, source.damaged)


def _is_incomplete(error: Exception, length: int) -> bool:
    """Whether more text could mend it: the value was cut by the window's end and not broken before
    it.
    """
    return isinstance(error, json.JSONDecodeError) and (
        error.msg.startswith("Unterminated") or error.pos >= length - 16
    )


class JsonWindow:
    """The part of a text that is in memory: ``text`` from ``at`` on is not read yet and begins on
    ``line``.
    """

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = pieces
        self.text, self.at, self.line = "", 0, 1

    @property
    def held(self) -> int:
        """Characters in memory that are not read yet."""
        return len(self.text) - self.at

    def move_to(self, position: int) -> None:
        """Go on to a position."""
        self.line += self.text.count("\n", self.at, position)
        self.at = position

    def skip_blank(self) -> bool:
        """Go over white space and commas to the next value; False at the end."""
        while True:
            match = _BLANK.match(self.text, self.at)
            self.move_to(match.end() if match else self.at)
            if self.at < len(self.text):
                return True
            if not self.read_more():
                return False

    def decode(self) -> Any:
        """The value that begins here; goes behind it.

        Raises:
            ValueError, RecursionError: there is none; the window stays where it is.
        """
        while True:
            try:
                value, end = _raw_decode(self.text, self.at)
            except (ValueError, RecursionError) as error:
                size = len(self.text)
                if _is_incomplete(error, size) and size - self.at < MAX_VALUE and self.read_more():
                    continue
                raise
            if end < len(self.text) or not self.read_more():  # a number could go on
                self.move_to(end)
                return value

    def read_more(self) -> bool:
        """Read at least as much again, so that a long value is tried a logarithmic number of
        times; False at the end.
        """
        rest = self.text[self.at :]
        held, size, want = [rest], 0, max(_STEP, len(rest))
        for piece in self._pieces:
            held.append(piece)
            size += len(piece)
            if size >= want:
                break
        if size:
            self.text, self.at = "".join(held), 0
        return size > 0


def _objects(value: Any, line: int, unwrap: bool) -> Iterator[Item]:
    """An object is a row, unless it is the envelope of a list of objects."""
    if isinstance(value, list):
        for inner in value:
            yield from (
                _objects(inner, line, unwrap)
                if not isinstance(inner, list)
                else [RejectedRow(line, Message("reading.list_found"), _shown(inner))]
            )
    elif not isinstance(value, dict):
        yield RejectedRow(
            line, Message("reading.no_object_but", {"found": _type_name(value)}), _shown(value)
        )
    else:
        for row in (_unwrap_envelope(value) if unwrap else None) or [value]:
            yield Row(line, row)


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:MAX_SHOWN]


def _unwrap_envelope(value: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The rows of an API's answer: the one list of objects in a small object that is not a post
    itself.
    """
    if len(value) > MAX_ENVELOPE or not {"id", "text", "content"}.isdisjoint(value):
        return None
    lists = [
        v
        for v in value.values()
        if isinstance(v, list) and len(v) > 1 and all(isinstance(o, dict) for o in v)
    ]
    return lists[0] if len(lists) == 1 else None
