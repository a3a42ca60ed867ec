"""Numbers, times and lists in exports, as messages: each language writes them its own way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from tocsin.core.findings import Method
from tocsin.core.messages import Message, plain

SMALL_EXPECTATION = 0.01
"""Fewer expected accounts than that are said to be fewer, with the number in brackets."""
MINUTE, HOUR = 60, 3_600


def probability(value: float | None) -> Message:
    """A probability or a rate, to two digits."""
    if value is None:
        return Message("phrase.not_known")
    return Message("phrase.probability", {"value": value})


def expectation(value: float) -> Message:
    """An expected number of accounts: ``0.12``, ``fewer than 0.01 (1.1e-40)``."""
    small = 0 < value < SMALL_EXPECTATION
    return Message("phrase.fewer_than" if small else "phrase.probability", {"value": value})


def share(value: float | None) -> Message:
    """A share in percent."""
    if value is None:
        return Message("phrase.not_known")
    return Message("phrase.share", {"value": value})


def duration(seconds: float | None) -> Message:
    """A length of time: ``8.1 s``, ``1 min 48 s``, ``3 h 20 min``."""
    if seconds is None:
        return Message("phrase.unknown_duration")
    if seconds < MINUTE:
        return Message("phrase.seconds", {"value": seconds})
    whole = round(seconds)
    if whole < HOUR:
        return _two_units(
            _unit("phrase.minutes", whole // MINUTE), _unit("phrase.whole_seconds", whole % MINUTE)
        )
    return _two_units(
        _unit("phrase.hours", whole // HOUR), _unit("phrase.minutes", whole % HOUR // MINUTE)
    )


def _unit(code: str, count: int) -> Message | None:
    return Message(code, {"value": count}) if count else None


def _two_units(large: Message | None, small: Message | None) -> Message:
    if large is None or small is None:
        return large or small or Message("phrase.seconds", {"value": 0})
    return Message("phrase.two_units", {"large": large, "small": small})


def moment(at: datetime | None) -> Message:
    """A time to the minute, in UTC."""
    if at is None:
        return Message("phrase.unknown")
    return Message("phrase.moment", {"at": at})


def day(at: date | None) -> Message:
    """A day, in UTC."""
    if at is None:
        return Message("phrase.unknown")
    return Message("phrase.day", {"at": at})


def listed(names: Sequence[str | Message]) -> Message:
    """``a, b and c``."""
    if not names:
        return Message("phrase.none")
    if len(names) == 1:
        return plain(names[0])
    return Message("phrase.list", {"first": names[:-1], "last": names[-1]})


def parameters(method: Method) -> str:
    """The parameters of a method in one line, without the time of the data."""
    shown = {
        key.replace("_", " "): value
        for key, value in sorted(method.parameters.items())
        if key != "data_as_of" and value is not None
    }
    return "; ".join(f"{key} {_parameter(value)}" for key, value in shown.items())


def _parameter(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {part}" for key, part in sorted(value.items()))
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(value)


def as_sentence(text: str) -> str:
    """With a capital in front and a full stop behind."""
    if not text:
        return ""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "…")) else ".")
