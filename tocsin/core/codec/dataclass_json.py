"""Dataclasses as JSON and back: one line, keys sorted, so that equal objects give equal bytes.

How a class is written and read is worked out once, from its fields' types: an analysis writes tens
of thousands of findings.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, ClassVar

from tocsin.core.messages import Message, plain

_Convert = Callable[[Any], Any]


def encode(value: Any) -> str:
    """A dataclass as one line of JSON."""
    return _write(_plain(value))


def encode_each(values: Iterable[Any]) -> Iterator[str]:
    """`encode` of each; dataclasses that one after the other has as a field are converted once.

    Findings of one analysis have one method. Nothing of it may change while they are written.
    """
    last: dict[str, tuple[Any, Any]] = {}
    for value in values:
        kind: Any = type(value)
        shared = _shared_fields(kind)
        if not shared:
            yield encode(value)
            continue
        for name in shared:
            held = getattr(value, name)
            if name not in last or last[name][0] is not held:
                last[name] = held, _plain(held)
        yield _write(_plain_dataclass(value, {name: last[name][1] for name in shared}))


def build(cls: type, text: str | bytes) -> Any:
    """The object of that class that `encode` wrote; fields that it does not have are left out."""
    return _decoder(cls)(json.loads(text))


def rfc3339(moment: datetime) -> str:
    """``2026-01-31T12:00:00.000Z``: UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_write = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
_AS_IT_IS = frozenset({str, int, bool, type(None)})


UNWRITTEN = types.MappingProxyType({"unwritten": True})
"""Metadata of a field that came later: its default is not written, so that what was written
before it keeps its bytes, and its hash."""


@dataclasses.dataclass(frozen=True)
class _Fields:
    """A dataclass's fields: all, those that JSON does not take as they are, how to get all, and
    those that are not written where they are their default."""

    names: tuple[str, ...]
    unready: tuple[str, ...]
    get: _Convert
    defaults: Mapping[str, Any]


@lru_cache(maxsize=128)
def _fields(cls: type) -> _Fields:
    hints = _hints(cls)
    ready = (str, int, str | None, int | None, tuple[str, ...])
    unready = tuple(name for name, hint in hints.items() if hint not in ready)
    names = tuple(hints)
    get = attrgetter(*names) if len(names) > 1 else lambda value: [getattr(value, n) for n in names]
    later = {
        one.name: one.default for one in dataclasses.fields(cls) if "unwritten" in one.metadata
    }
    return _Fields(names, unready, get, later)


@lru_cache(maxsize=128)
def _shared_fields(cls: type) -> tuple[str, ...]:
    """The fields that hold another dataclass, and not a text."""
    if not dataclasses.is_dataclass(cls):
        return ()
    hints = _hints(cls).items()
    return tuple(n for n, hint in hints if dataclasses.is_dataclass(hint) and hint is not Message)


def _plain(value: Any) -> Any:
    kind: Any = type(value)
    return value if kind in _AS_IT_IS else _encoder(kind)(value)


def _plain_dataclass(value: Any, known: Mapping[str, Any] = types.MappingProxyType({})) -> Any:
    """``known``: fields whose plain form is known already."""
    kind: Any = type(value)
    fields = _fields(kind)
    converted = dict(zip(fields.names, fields.get(value), strict=True))
    for name in fields.unready:
        converted[name] = known[name] if name in known else _plain(converted[name])
    for name, default in fields.defaults.items():
        if converted[name] == default:
            del converted[name]
    return converted


@lru_cache(maxsize=256)
def _encoder(kind: type) -> _Convert:
    """How values of a class become what JSON knows."""
    if dataclasses.is_dataclass(kind):
        return _plain_dataclass
    if issubclass(kind, datetime):
        return rfc3339
    if issubclass(kind, Mapping):
        return lambda value: {str(k): _plain(v) for k, v in value.items()}
    if issubclass(kind, (tuple, list)):
        return lambda value: [_plain(v) for v in value]
    if issubclass(kind, float):
        return lambda value: float(f"{value:.12g}")
    return _as_it_is


def _as_it_is(value: Any) -> Any:
    return value


@lru_cache(maxsize=128)
def _hints(cls: type) -> dict[str, Any]:
    """The types of a dataclass's fields."""
    return {
        name: hint
        for name, hint in typing.get_type_hints(cls).items()
        if typing.get_origin(hint) is not ClassVar
    }


@lru_cache(maxsize=256)
def _decoder(hint: Any) -> _Convert:
    """How what JSON gave becomes a value of that type; nothing (null) stays nothing."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return _decoder(next(a for a in args if a is not type(None)))
    if origin is tuple:
        return _tuple_decoder(args)
    if hint is Message:
        return lambda value: plain(value) if isinstance(value, str) else Message(**value)
    if hint is datetime:
        return datetime.fromisoformat
    if dataclasses.is_dataclass(hint):
        return _dataclass_decoder(typing.cast(type, hint))
    return _as_it_is


def _tuple_decoder(args: tuple[Any, ...]) -> _Convert:
    if len(args) == 2 and args[1] is Ellipsis:
        of_each = _decoder(args[0])
        if of_each is _as_it_is:
            return tuple
        return lambda value: tuple(None if v is None else of_each(v) for v in value)
    several = [_decoder(a) for a in args]
    return lambda value: tuple(
        None if v is None else convert(v) for convert, v in zip(several, value, strict=True)
    )


def _dataclass_decoder(cls: type) -> _Convert:
    def convert(value: Mapping[str, Any]) -> Any:
        decoders = _field_decoders(cls)
        given = {
            name: None if v is None else decoders[name](v)
            for name, v in value.items()
            if name in decoders
        }
        return cls(**given)

    return convert


@lru_cache(maxsize=128)
def _field_decoders(cls: type) -> dict[str, _Convert]:
    """Worked out when the first one is read, since a class may hold others of its own."""
    return {name: _decoder(hint) for name, hint in _hints(cls).items()}
