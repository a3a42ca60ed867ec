"""Text that was read in the wrong encoding once and saved so: ``Ã©tÃ©``, ``lâ€™eau``, Meta's
``\\u00c3\\u00a9``, ``√©t√©`` from a Mac.

Whether a file is damaged so is seen in its first rows; where it is, all texts are looked at, and
those are repaired of which it is sure (ftfy; a text whose every byte fits is sure by itself).
Reference: ftfy 6 (Speer), https://ftfy.readthedocs.io
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from crawlers.importing.damage.damage_report import DamageReport
from crawlers.importing.formats.base import Item, Row

ENOUGH = 0.05
"""Share of texts with letters beyond ASCII from which on doubly encoded ones are no quotation."""
MAX_DEPTH = 40
MAX_LOOKED_AT = 20_000
_NEXT = (
    "\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013\u2014"
    "\u2018-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122"
)
_SIGNS = re.compile(
    "\u00c3 "
    f"|[\u00c2-\u00db][{_NEXT}]"
    f"|\u00e2[\u0080\u20ac\u201a][{_NEXT}]?"
    "|\u00f0[\u009f\u0178]|\u221a[\u00a9\u00ae\u2122\u00df\u2020\u00b4\u00aa\u00e2\u00f6\u00a5\u03c0]"
    "|\u201a\u00c4"
    f"|[\u00e0-\u00ef](?!\u00a0)[{_NEXT}][{_NEXT}]"
)
"""Beginnings of UTF-8 read as Latin-1, Windows-1252 or MacRoman."""


def may_be_suspicious(text: str) -> bool:
    """A quick look: no text is encoded twice that has none of these signs."""
    return (
        "\u00c3" in text
        or "\u00e2\u20ac" in text
        or "\u221a" in text
        or "\u00f0" in text
        or "\u00d0" in text
        or "\u00d8" in text
        or "\u00d7" in text
        or "\u00ce" in text
        or "\u00e0\u00a4" in text
        or "\u00e3\u0081" in text
        or "\u00e4\u00ba" in text
    )  # fmt: skip - written out: asked of every text


def is_sure(text: str) -> bool:
    """Whether a text was encoded twice and does not quote one that was: no letter beyond ASCII in
    it is sound, and the signs stand within words.
    """
    text = text[:MAX_LOOKED_AT]
    if not is_suspicious(text) or repair(text) == text:
        return False
    found = list(_SIGNS.finditer(text))
    if all(m[0][0] >= "\u00e3" and m[0][0] < "\u00f0" for m in found) and len(found) < 2:
        return False  # "é»…" is a Chinese sign, too
    follow = any(a.end() == b.start() for a, b in pairwise(found))
    return follow or any(_is_within_word(text, m) for m in found)


def _is_within_word(text: str, found: re.Match[str]) -> bool:
    start, end = found.span()
    if found[0] == "\u00c3\u00a0" or found[0][0] == "\u00f0":  # "à" and emoji stand alone
        return True
    return text[start - 1 : start].isalpha() or text[end : end + 1].isalpha()


def is_suspicious(text: str) -> bool:
    """Whether it holds what doubly encoded text does; other text may, too."""
    return not text.isascii() and _SIGNS.search(text) is not None


def repair(text: str) -> str:
    """The text as it was before it was encoded twice; itself where nothing is sure."""
    for encoding in ("latin-1", "cp1252", "mac_roman"):
        try:
            found = text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
        return repair(found) if is_sure(found) else found
    from ftfy import fix_encoding

    fixed: str = fix_encoding(text)
    letters = {c for c in text if c > "\x7f" and c.isalpha()}
    return fixed if letters.isdisjoint(fixed) else text  # sound letters: it quotes what was not


def find_double_encoding(rows: Iterator[Mapping[str, Any]]) -> bool:
    """Whether the texts of these rows show that the file was encoded twice."""
    beyond_ascii = repaired = 0
    for row in rows:
        for text in _texts(row, 0):
            if text.isascii():
                continue
            beyond_ascii += 1
            repaired += is_sure(text)
    return repaired > 0 and repaired >= ENOUGH * beyond_ascii


class EncodingRepair:
    """Repairs the texts of records, names of columns too; counts the records in ``found``.

    Args:
        kept: names of columns that a person wrote as they stand in the file.
    """

    def __init__(self, found: DamageReport, kept: frozenset[str]) -> None:
        self._found = found
        self._kept = kept
        self._names: dict[str, str] = {}
        self._before = self._after = ""

    def items(self, items: Iterator[Item]) -> Iterator[Item]:
        """The items, repaired."""
        return map(self.item, items)

    def item(self, item: Item) -> Item:
        """One item, repaired."""
        if type(item) is not Row:
            return item
        self._before = ""
        values = self._value(item.values, 0)
        around = self._value(item.around, 0) if item.around else item.around
        if not self._before:
            return Row(item.line, values, around)
        self._found.add("text", "double_encoding", f"{self._before} → {self._after}")
        return Row(item.line, values, around)

    def row(self, row: dict[str, Any]) -> dict[str, Any]:
        """An exchange object, repaired."""
        self._before = ""
        made = {key: self._value(value, 0) for key, value in row.items()}
        if self._before:
            self._found.add("text", "double_encoding", f"{self._before} → {self._after}")
        return made

    def _value(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            if not is_suspicious(value):
                return value
            fixed = repair(value)
            if fixed != value and not self._before:
                self._before, self._after = _difference(value, fixed)
            return fixed
        if depth > MAX_DEPTH:
            return value
        if isinstance(value, dict):
            return {self._name(k): self._value(v, depth + 1) for k, v in value.items()}
        return [self._value(v, depth + 1) for v in value] if isinstance(value, list) else value

    def _name(self, name: str) -> str:
        if name.isascii() or name in self._kept:
            return name
        if name not in self._names and len(self._names) < MAX_LOOKED_AT:
            self._names[name] = repair(name) if is_suspicious(name) else name
        return self._names.get(name, name)


def _texts(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth <= MAX_DEPTH and isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner, depth + 1)
    elif depth <= MAX_DEPTH and isinstance(value, list):
        for inner in value:
            yield from _texts(inner, depth + 1)


def _difference(before: str, after: str) -> tuple[str, str]:
    """The first word that differs, before and after."""
    for old, new in zip(before.split(" "), after.split(" "), strict=False):
        if old != new:
            return old[:30], new[:30]
    return before[:30], after[:30]
