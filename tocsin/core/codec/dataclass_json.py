"""Dataclasses as JSON and back: one line, keys sorted, so that equal objects give equal bytes."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, ClassVar

from tocsin.core.messages import Message, plain


def encode(value: Any) -> str:
    """A dataclass as one line of JSON."""
    return _write(_plain(value))


def build(cls: type, text: str | bytes) -> Any:
    """The object of that class that `encode` wrote; fields that it does not have are left out."""
    return _build(cls, json.loads(text))


def rfc3339(moment: datetime) -> str:
    """``2026-01-31T12:00:00.000Z``: UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_write = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
_AS_IT_IS = frozenset({str, int, bool, type(None)})


@lru_cache(maxsize=64)
def _fields(cls: type) -> tuple[tuple[str, bool], ...] | None:
    """A dataclass's fields, and whether JSON takes their values as they are; else None."""
    if not dataclasses.is_dataclass(cls):
        return None
    return tuple(
        (name, hint in (str, int, str | None, int | None, tuple[str, ...]))
        for name, hint in _hints(cls).items()
    )


def _plain(value: Any) -> Any:
    kind: Any = type(value)
    if kind in _AS_IT_IS:
        return value
    if (fields := _fields(kind)) is not None:
        return {
            name: getattr(value, name) if ready else _plain(getattr(value, name))
            for name, ready in fields
        }
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        return float(f"{value:.12g}")
    return value


@lru_cache(maxsize=64)
def _hints(cls: type) -> dict[str, Any]:
    """The types of a dataclass's fields."""
    return {
        name: hint
        for name, hint in typing.get_type_hints(cls).items()
        if typing.get_origin(hint) is not ClassVar
    }


def _build(cls: type, obj: Mapping[str, Any]) -> Any:
    hints = _hints(cls)
    return cls(**{name: _value(hints[name], v) for name, v in obj.items() if name in hints})


def _value(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        return _value(next(a for a in typing.get_args(hint) if a is not type(None)), value)
    if origin is tuple:
        args = typing.get_args(hint)
        if len(args) == 2 and args[1] is Ellipsis:
            return tuple(_value(args[0], v) for v in value)
        return tuple(_value(a, v) for a, v in zip(args, value, strict=True))
    if hint is Message:
        return plain(value) if isinstance(value, str) else Message(**value)
    if hint is datetime:
        return datetime.fromisoformat(value)
    if dataclasses.is_dataclass(hint):
        return _build(typing.cast(type, hint), value)
    return value
