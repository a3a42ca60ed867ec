"""Damage that begins behind the first rows, where a file was put behind another or edited by hand.

Rows are watched for ids with the zeros that rounding leaves, and for texts that were encoded twice.
A few of them are chance or a quotation; many close together are not (a cumulative sum of log
likelihood ratios, Page 1954). Rows wait from the first suspicious one until it is known, so that
none of a damaged part goes through: a handful, as a rule, and never more than `MAX_WAITING`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from crawlers.importing.damage.damage_report import DamageReport
from crawlers.importing.damage.double_encoding import EncodingRepair, is_sure, may_be_suspicious
from crawlers.importing.damage.ids import POINTERS, DamagedIds, is_lossy, is_rounded, zeros_of

MAX_WAITING = 2_000
_SMALL = 10**15
_ONE_ZERO = (16, 18)
"""Lengths of ids of which rounding leaves one zero; of the others it leaves more."""
_CERTAIN = 27.0
"""Evidence (a logarithm) that chance gives once in 10^11 rows."""
_SOUND = math.log(0.5)
"""What an id without zeros says: half of the ids of a damaged part may be sound."""
_LOST = "\ufffd"
"""What programs write for a letter that they could not read."""
_CERTAIN_TEXT, _DOUBLE, _SINGLE = 9, 3, -1
"""Three texts encoded twice among few that were not."""


class _Column:
    """The evidence that ids of one key are rounded; each id counts once."""

    __slots__ = ("are_all_rounded", "key", "met", "score")

    def __init__(self, key: str) -> None:
        self.key = key
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.score = 0.0
        self.met: set[str] = set()
        self.are_all_rounded = True

    def see(self, native: str) -> None:
        """Weigh an id of 16 to 20 digits."""
        if native in self.met:
            return  # a post that many repeat, an author of many posts
        self.met.add(native)
        zeros = zeros_of(native)
        if not zeros:
            return
        if native.endswith("0" * zeros):
            chance = 0.1**zeros
            self.score += math.log((0.5 + 0.5 * chance) / chance)
            self.are_all_rounded = self.are_all_rounded and is_rounded(native)
        else:
            self.score += _SOUND
        if self.score <= 0:
            self.forget()


class LateDamage:
    """Says of each row, as an exchange object, whether it has to wait; ``waiting`` are those that
    do, to be filled and emptied by the reader. ``is_sound``: nothing is damaged in the row that was
    asked about last, so that it needs no mending.

    Args:
        encoding: repairs texts; None where the first rows showed already that it is needed.
    """

    def __init__(
        self, ids: DamagedIds, encoding: EncodingRepair | None, found: DamageReport
    ) -> None:
        self._ids = ids
        self._found = found
        self._encoding = encoding
        self._columns = [_Column(key) for key in ("id", "author", *POINTERS) if ids.trusts(key)]
        self._texts = 0
        self._are_double = False
        self._is_watching = False
        self.is_sound = False
        self._are_all_sound = all(map(ids.trusts, ("id", "author", *POINTERS)))
        self.waiting: list[tuple[int, dict[str, Any], Any]] = []

    def must_wait(self, row: Mapping[str, Any]) -> bool:
        """Whether it is not known yet if this row is damaged."""
        get = row.get
        author = get("author")
        if type(author) is dict:
            author = author.get("id")
        is_sound = self._are_all_sound and not self._is_watching
        for native in (get("id"), author, get("reply_to"), get("repost_of"), get("quote_of")):
            # nearly all ids are sound, and this is asked of every row
            if native is None or (type(native) is int and 0 <= native < _SMALL):
                continue
            if type(native) is str:
                if not native.isdigit():  # rounding leaves digits, or a number with a fraction
                    if native[:1].isalpha() or not is_lossy(native):
                        continue
                elif native[-1] != "0" or (native[-2:] != "00" and len(native) not in _ONE_ZERO):
                    continue
            is_sound = False
        text = get("text")
        if type(text) is str and not text.isascii():
            is_sound = is_sound and not (_LOST in text or may_be_suspicious(text))
        self.is_sound = is_sound
        if is_sound:
            return False
        self._weigh(row, author, text)
        return self._is_watching and len(self.waiting) < MAX_WAITING

    def _weigh(self, row: Mapping[str, Any], author: Any, text: Any) -> None:
        for column in self._columns:
            native = author if column.key == "author" else row.get(column.key)
            if type(native) is int:
                native = str(native)
            if type(native) is not str or not 16 <= len(native) <= 20:
                continue
            if native[-1] == "0" or column.score:
                column.see(native)
            if column.score >= _CERTAIN:
                self._ids.distrust(column.key, strictly=column.are_all_rounded)
                self._columns = [c for c in self._columns if c is not column]
                self._are_all_sound = False
        is_seen = type(text) is str and not text.isascii() and self._encoding is not None
        if is_seen and not self._are_double and (self._texts or may_be_suspicious(text)):
            self._texts = max(0, self._texts + (_DOUBLE if is_sure(text) else _SINGLE))
            if self._texts >= _CERTAIN_TEXT:
                self._are_double, self._are_all_sound = True, False
        self._is_watching = any(column.score > 0 for column in self._columns) or (
            0 < self._texts < _CERTAIN_TEXT
        )

    def mend(self, row: dict[str, Any]) -> dict[str, Any]:
        """The row without what is damaged in it."""
        if self._are_double and self._encoding is not None:
            row = self._encoding.row(row)
        text = row.get("text")
        if type(text) is str and _LOST in text:
            at = text.index(_LOST)
            self._found.add("text", "lost", text[max(0, at - 15) : at + 15])
        self._ids.mend(row)
        return row
