"""Names that findings give to things, and lengths of time, as messages."""

from __future__ import annotations

from tocsin.core.findings import Explanation
from tocsin.core.language.words import ENGLISH
from tocsin.core.messages import Message, plain

MINUTE, HOUR = 60, 3_600


def reading_name(reading: Explanation) -> Message:
    """What an innocent reading is called within a sentence; that of a plug-in brings its label."""
    code = f"reading.{reading.kind}"
    if ENGLISH.has(code):
        return Message(code)
    return reading.label or plain(reading.kind.replace("_", " "))


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
