"""Cells to values: what stands in a column, read as what its key needs.

A value that does not fit raises ValueError.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Callable
from typing import Any

MISSING = frozenset(
    {"", "nan", "NaN", "None", "none", "null", "NULL", "\\N", "NA", "N/A", "NaT", "<NA>"}
)
MAX_LITERAL = 200_000
MAX_NESTING = 30
_WHOLE = re.compile(r"(-?\d+)\.0+")
_NUMBER = re.compile(r"(\d[\d,. \u00a0\u202f']*)([kKmM]?)")
_GROUPED = re.compile(r"([1-9]\d{0,2}(?:([,. \u00a0\u202f'’])\d{3})(?:\2\d{3})*)(?:(?!\2)[.,]\d+)?")
_GUARDED = re.compile(r"=?\"(.+)\"|['\u2019](\d.*)")
"""How a spreadsheet is kept from taking an id for a number: ``="123"``, ``'123``."""
_PARTED = re.compile(r"\d{1,3}(?:([,. \u00a0\u202f'\u2019])\d{3})(?:\1\d{3}){3,}")
"""An id that was written as a large number: ``1,500,005,982,337,130,922``."""
_BETWEEN = re.compile(r"[\s,;|]+")
_BETWEEN_URLS = re.compile(r"[\s|;]+|,(?=\s*https?://)")
_KINDS = {
    "tweet": "post", "toot": "post", "status": "post", "retweet": "post", "quote": "post",
    "reply": "post", "message": "post",
    "original": "post", "news": "article", "page": "article", "story": "article", "blog": "article",
}  # fmt: skip
_NAMES = {
    "urls": ("expanded_url", "unwound_url", "url", "href", "value"),
    "hashtags": ("text", "tag", "name"),
    "mentions": ("screen_name", "acct", "username", "handle", "name"),
}


def read_identifier(value: Any) -> Any:
    """An id: spreadsheets make ``123.0`` of it, and it is ``123``; what keeps them from it
    (``="123"``) is taken off. One that is too large for the
    float that it was stays as it is written: its last digits are lost.
    """
    if isinstance(value, str):
        value = value.strip()
        if value in MISSING:
            return None
        if not value.isalnum():
            if guarded := _GUARDED.fullmatch(value):
                value = (guarded[1] or guarded[2]).strip()
            elif _PARTED.fullmatch(value):
                value = re.sub(r"\D", "", value)
        whole = _WHOLE.fullmatch(value)
        return whole[1] if whole and int(whole[1]) < 2**53 else value
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    raise ValueError("no id")


def read_count(value: Any) -> Any:
    """A count: ``1,234``, ``1.234``, ``1.234,00``, ``1.2K``, ``22.0``.

    Counts are whole: three digits behind a point or comma are thousands. ``-1`` says unknown.
    """
    if not isinstance(value, str):
        return None if value == -1 else value
    value = value.strip()
    if value in MISSING or value in ("-1", "-1.0"):
        return None
    if value.isdecimal():
        return int(value) if len(value) <= 20 else value
    if (grouped := _GROUPED.fullmatch(value)) is not None:
        return int(re.sub(r"\D", "", grouped[1]))
    try:
        return float(value)
    except ValueError:
        pass
    match = _NUMBER.fullmatch(value)
    if match is None:
        raise ValueError("no number")
    digits, scale = match[1], {"": 1, "k": 1_000, "m": 1_000_000}[match[2].lower()]
    return round(float(digits.replace(",", ".").replace(" ", "")) * scale)


def read_text(value: Any) -> Any:
    """Text as it stands; numbers are written out by the exchange format."""
    return None if value == "" else value


def read_word(value: Any) -> Any:
    """A word or name."""
    if isinstance(value, str):
        value = value.strip()
        return None if value in MISSING else value
    return value


def read_kind(value: Any) -> Any:
    """``tweet``, ``status``, ``retweet``... are posts, ``news`` and ``page`` articles."""
    value = read_word(value)
    return _KINDS.get(value.lower(), value.lower()) if isinstance(value, str) else value


def list_reader(name: str) -> Callable[[Any], Any]:
    """A reader of ``urls``, ``hashtags``, ``mentions`` or ``media``: a list, JSON, a Python
    literal, or separated text.

    An empty cell is an empty list: the column is there and says that there is none.
    """

    def read(value: Any) -> Any:
        if isinstance(value, str):
            value = _split_list(value.strip(), name)
        if isinstance(value, dict):
            value = [value]
        if value is None:
            return []
        if not isinstance(value, (list, tuple, set)):
            raise ValueError("no list")
        if name == "media":
            return [m if isinstance(m, dict) else {"url": str(m)} for m in value if m]
        return [v for v in (_item_text(item, name) for item in value) if v]

    return read


def _item_text(item: Any, name: str) -> Any:
    """The entry's text: of an object (an entity as platforms give it) its best address or name."""
    if isinstance(item, dict):
        return next(
            (item[k] for k in _NAMES[name] if isinstance(item.get(k), str) and item[k]), None
        )
    return None if isinstance(item, str) and item in MISSING else item


def _split_list(value: str, name: str) -> Any:
    if value in MISSING or value in ("[]", "{}", "()"):
        return []
    if value[0] in "[{(" and value[-1] in "]})":
        # Without double quotes and backslashes a Python literal of lists, objects and strings
        # differs from JSON in its quotes alone.
        for text in (
            (value, value.replace("'", '"')) if '"' not in value and "\\" not in value else (value,)
        ):
            try:
                return json.loads(text)
            except (ValueError, RecursionError):
                pass
        if (read := _read_literal(value)) is not None:
            return read
        value = value[1:-1]
    parts = (_BETWEEN_URLS if name in ("urls", "media") else _BETWEEN).split(value)
    return [part.strip("'\" ") for part in parts if part.strip("'\" ")]


def _read_literal(value: str) -> Any:
    """A Python list as data frames write it; never evaluated, and bounded because the parser
    recurses.
    """
    if len(value) > MAX_LITERAL or _nesting_depth(value) > MAX_NESTING:
        return None
    try:
        if "\\" not in value:
            return ast.literal_eval(value)
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # an odd backslash in somebody's text is not worth a word
            return ast.literal_eval(value)
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return None


def _nesting_depth(value: str) -> int:
    """An upper bound of its depth; long runs of unary signs nest, too."""
    depth = deepest = 0
    for sign in re.findall(r"[\[{(\])}]|(?:[-+~]\s*){5,}", value):
        if sign in "[{(":
            depth += 1
        elif sign in "]})":
            depth -= 1
        else:
            return MAX_NESTING + 1
        deepest = max(deepest, depth)
    return deepest


_MARKUP = re.compile(r"\s*<(?:p|div|span|a)\b[^>]*>", re.IGNORECASE)


def is_markup(sample: list[Any]) -> bool:
    """Whether most of these texts are HTML, as Mastodon and feeds give it."""
    texts = [v for v in sample if isinstance(v, str) and v]
    return bool(texts) and 2 * sum(_MARKUP.match(v) is not None for v in texts) > len(texts)


def html_to_text(value: Any) -> Any:
    """The plain text of HTML."""
    if not isinstance(value, str):
        return value
    from crawlers.extract.html_text import plain_text

    return plain_text(value) or None
