"""Ids that a spreadsheet or a data frame has damaged: ``1,47743E+18``, or rounded to end in zeros.

Such ids are the same for different posts, and point at other posts than they did.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

ENOUGH = 3
_LONG = 17
_EXACT = 2**53
_SCIENTIFIC = re.compile(r"-?\d+(?:[.,]\d+)?[eE]\+?\d{1,3}")
_ROUNDED_SHARE = 0.9
"""Of whole ids of 17 digits and more, one in a hundred ends in two zeros."""
POINTERS = ("reply_to", "repost_of", "quote_of")


def is_broken(value: Any) -> bool:
    """Whether an id is written in scientific notation, or a number too large to be exact."""
    if isinstance(value, float):
        return abs(value) >= _EXACT
    return isinstance(value, str) and _SCIENTIFIC.fullmatch(value.strip()) is not None


def is_rounded(value: Any) -> bool:
    """Whether a long id ends in two zeros."""
    digits = str(value).strip().removesuffix(".0") if isinstance(value, (int, str)) else ""
    return len(digits) >= _LONG and digits.isdigit() and digits.endswith("00")


def are_damaged(values: Iterable[Any]) -> bool:
    """Whether these ids of one column were damaged: one is broken, or nearly all long ones are
    rounded.
    """
    long_ones: list[Any] = []
    for value in values:
        if is_broken(value):
            return True
        digits = str(value).strip().removesuffix(".0")
        if len(digits) >= _LONG and digits.isdigit():
            long_ones.append(value)
    round_ones = sum(str(v).strip().removesuffix(".0").endswith("0000") for v in long_ones)
    if round_ones > 1 and round_ones >= _ROUNDED_SHARE * len(long_ones):
        return True  # by chance one in ten thousand, each
    rounded = len({str(v) for v in long_ones if is_rounded(v)})
    return len(long_ones) >= ENOUGH and rounded >= _ROUNDED_SHARE * len({*map(str, long_ones)})


def drop_damaged(row: dict[str, Any]) -> None:
    """Take damaged ids out of an exchange object of a damaged file: the post's own (one is made
    from author, time and text), pointers, and the author's where a handle or name stands for it.
    """
    if is_broken(row.get("id")) or is_rounded(row.get("id")):
        del row["id"]
    for key in POINTERS:
        value = row.get(key)
        if is_broken(value) or is_rounded(value):
            del row[key]
    author = row.get("author")
    if isinstance(author, dict) and (is_broken(author.get("id")) or is_rounded(author.get("id"))):
        other = author.get("handle") or author.get("name")
        if other:
            row["author"] = {**author, "id": other}
        elif isinstance(author["id"], float):
            row["author"] = {**author, "id": repr(author["id"])}
