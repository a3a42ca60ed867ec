"""Folding of text: the same function before every index, match and comparison.

NFKD, marks dropped, case folded, ligatures and stroked letters spelled out, zero-width and control
characters removed, spaces put around CJK characters and emoji so that each is a word of its own.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from tocsin.core.codec.dataclass_json import rfc3339
from tocsin.core.messages import Message

ANALYSER_VERSION = "1"
MAX_TEXT = 1_000_000
MAX_SHORT = 10_000
"""Characters of a title, a name, an address."""
MAX_DEPTH = 20
"""Levels of a JSON value from outside."""

_MAP = str.maketrans(
    {
        "œ": "oe",
        "Œ": "oe",
        "æ": "ae",
        "Æ": "ae",
        "ø": "o",
        "Ø": "o",
        "ł": "l",
        "Ł": "l",
        "đ": "d",
        "Đ": "d",
        "ß": "ss",
        "ı": "i",
        "’": "'",
    }
)
_MAPPED = re.compile(f"[{''.join(map(chr, _MAP))}]")
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef]"
)
_MARKS = re.compile(
    r"[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_ALONE = re.compile(
    "([\u2600-\u27bf\u2b00-\u2bff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U0001f000-\U0001faff\U00020000-\U0003ffff])"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
LEADING_MENTIONS = re.compile(r"^(?:[.\s]*@\w+[\s,:]*)+")
"""Names of accounts that a text begins with."""
ADDRESS = re.compile(r"https?://\S+")
"""An address in a text, with whatever signs stand at its end."""
_WORD = re.compile(r"[#@]?\w+|[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")


def fold(text: str) -> str:
    """The folded form of a text; ASCII goes the short way."""
    if text.isascii():
        return _CONTROL.sub(" ", text.lower())
    text = _INVISIBLE.sub("", _spelled(text))
    text = _MARKS.sub("", unicodedata.normalize("NFKD", text)).casefold()
    if text.isascii():
        return _CONTROL.sub(" ", text)
    text = _CONTROL.sub(" ", _spelled(text))
    # split at the signs and joined again: many times quicker than to replace each by a template
    return text if text.isascii() else " ".join(_ALONE.split(text))


def _spelled(text: str) -> str:
    """Ligatures and stroked letters spelled out; `str.translate` is slow: only these go there."""
    return text.translate(_MAP) if _MAPPED.search(text) else text


def tokens(text: str) -> list[str]:
    """Words of the folded text, hashtags and mentions with their sign: what both backends match."""
    return _WORD.findall(fold(text))


def clean(text: str, limit: int | None = None) -> str:
    """Text from outside without control characters and lone surrogates, cut at ``limit``."""
    if not text.isprintable():  # one pass in C; most short fields end here
        text = _CONTROL.sub("", text)
    return text if limit is None or len(text) <= limit else text[:limit]


def show_control(text: str, around: int = 20) -> str:
    """The place of the first character that `clean` takes out, written as an escape with what
    stands around it; empty where there is none.
    """
    found = _CONTROL.search(text)
    if found is None:
        return ""
    near = text[max(0, found.start() - around) : found.start() + around]
    return " ".join(_CONTROL.sub(lambda sign: f"\\x{ord(sign[0]):02x}", near).split())


def json_size(value: Any, depth: int = 20) -> int:
    """About how many characters a JSON value has: those of its texts, and one for all else."""
    if isinstance(value, str):
        return len(value)
    if depth and isinstance(value, Mapping):
        return sum(json_size(k, 0) + json_size(v, depth - 1) for k, v in value.items())
    if depth and isinstance(value, (list, tuple)):
        return sum(json_size(v, depth - 1) for v in value) + len(value)
    return 1


def cut_json(value: Any, room: int) -> Any:
    """A JSON value cut to ``room`` characters in the sense of `json_size`: its first part."""
    return _cut_json(value, [room])


def _cut_json(value: Any, room: list[int]) -> Any:
    """``room`` is what is left, counted down."""
    if isinstance(value, str):
        value = value[: max(0, room[0])]
        room[0] -= len(value)
        return value
    if isinstance(value, Mapping):
        kept = {}
        for key, inner in value.items():
            room[0] -= len(key)
            if room[0] <= 0:
                break
            kept[key] = _cut_json(inner, room)
        return kept
    if isinstance(value, (list, tuple)):
        items = []
        for inner in value:
            room[0] -= 1
            if room[0] <= 0:
                break
            items.append(_cut_json(inner, room))
        return items
    room[0] -= 1
    return value


def sanitize_json(value: Any, depth: int = MAX_DEPTH) -> Any:
    """A JSON value from outside, made safe to store.

    Depth and texts are bounded, control characters removed, numbers that are not finite are null.
    """
    if isinstance(value, str):
        return clean(value, MAX_TEXT)
    if isinstance(value, (Mapping, list, tuple)) and not depth:
        return "..."
    if isinstance(value, Mapping):
        return {clean(str(k), MAX_SHORT): sanitize_json(v, depth - 1) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [sanitize_json(v, depth - 1) for v in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**63 else clean(number_text(value), MAX_SHORT)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return rfc3339(value) if isinstance(value, datetime) else clean(str(value), MAX_SHORT)


def number_text(value: int) -> str:
    """A whole number as text; Python refuses to write very long ones."""
    return str(value) if abs(value) < 10**4000 else "a number of over 4000 digits"


def collapse_whitespace(text: str) -> str:
    """Runs of white space become one space; the ends are trimmed."""
    return " ".join(text.split())


def cut_at_word(line: str, limit: int) -> str:
    """A line of at most ``limit`` characters, cut where a word ends if that leaves half of it."""
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > limit // 2 else cut).rstrip(" ,;:-–—") + "…"


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known name that a mistyped one most likely means ("did you mean"), or None."""
    import difflib

    return next(iter(difflib.get_close_matches(name, list(known), 1, cutoff)), None)


def suggest_hint(name: str, known: Iterable[str], cutoff: float = 0.6) -> Message | str:
    """ "Did you mean", as part of a sentence about a name that is not known; empty without one."""
    near = nearest(name, known, cutoff)
    return Message("reading.near", {"name": near}) if near else ""
