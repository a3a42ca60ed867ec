"""Large JSON documents whose records lie in lists within: read record by record, whatever their
size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from crawlers.importing.formats.base import Item, RejectedRow, Row
from crawlers.importing.formats.json_rows import (
    MAX_SHOWN,
    NEXT_OBJECT,
    JsonWindow,
    json_encoding,
)
from crawlers.importing.input_file import InputFile
from tocsin.core.messages import Message

CUT_OFF = Message("reading.cut_file")


def read_nested(source: InputFile, lists: Sequence[str]) -> Iterator[Item]:
    """The objects of the lists at these dotted paths, with the plain values of the objects around
    them. Objects at other places are passed over.
    """
    reader = _Descent(JsonWindow(source.lines(encoding=json_encoding(source))), lists)
    try:
        while reader.window.skip_blank():
            yield from reader.read((), {})
    except _Broken:
        yield RejectedRow(reader.window.line, source.damaged or CUT_OFF, reader.rest())
        return
    if source.damaged:
        yield RejectedRow(reader.window.line, source.damaged)


class _Broken(Exception):
    """The document cannot be followed any further."""


class _Descent:
    def __init__(self, window: JsonWindow, lists: Sequence[str]) -> None:
        self.window = window
        self._lists = {tuple(path.split(".")) for path in lists}
        self._ways = {path[:n] for path in self._lists for n in range(len(path) + 1)}

    def rest(self) -> str:
        """What stands where reading stopped."""
        return self.window.text[self.window.at : self.window.at + MAX_SHOWN]

    def read(self, path: tuple[str, ...], around: dict[str, Any]) -> Iterator[Item]:
        """The records of the value that begins here; plain values are added to ``around``."""
        sign = self._peek()
        if sign == "{" and path in self._ways and path not in self._lists:
            yield from self._read_object(path, dict(around))
        elif sign == "[" and path in self._ways:
            yield from self._read_list(path, around)
        else:
            value = self._value()
            if path and not isinstance(value, (dict, list)):
                around[path[-1]] = value

    def _read_object(self, path: tuple[str, ...], around: dict[str, Any]) -> Iterator[Item]:
        self._step("{")
        while (sign := self._peek()) != "}":
            if sign != '"':
                raise _Broken
            key = self._value()
            self._step(":")
            inner = (*path, str(key))
            if inner in self._ways:
                yield from self.read(inner, around)
                continue
            value = self._value()
            if not isinstance(value, (dict, list)):
                around[inner[-1]] = value
        self._step("}")

    def _read_list(self, path: tuple[str, ...], around: dict[str, Any]) -> Iterator[Item]:
        self._step("[")
        while (sign := self._peek()) != "]":
            if path not in self._lists:
                yield from self.read(path, dict(around))
                continue
            line = self.window.line
            try:
                value = self._value()
            except _Broken:
                window = self.window
                following = NEXT_OBJECT.search(window.text, window.at + 1)
                if following is None:
                    raise
                yield RejectedRow(
                    line, Message("reading.no_json"), window.text[window.at : following.end()]
                )
                window.move_to(following.end())
                continue
            if sign == "{":
                yield Row(line, value, around)
            else:
                yield RejectedRow(line, Message("reading.object_expected"), str(value)[:MAX_SHOWN])
        self._step("]")

    def _peek(self) -> str:
        if not self.window.skip_blank():
            raise _Broken
        return self.window.text[self.window.at]

    def _step(self, sign: str) -> None:
        if self._peek() != sign:
            raise _Broken
        self.window.move_to(self.window.at + 1)

    def _value(self) -> Any:
        self._peek()
        try:
            return self.window.decode()
        except (ValueError, RecursionError):
            raise _Broken from None
