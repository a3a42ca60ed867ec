"""Ids that a spreadsheet or a data frame rounded: ``1.52E+18``, ``1,52E+18``,
``1520000000000000000``.

A spreadsheet keeps 15 digits of a number, JavaScript and data frames that hold ids as floats 15 to
17. What looks like an id then stands for thousands of posts. The column is judged as a whole, by
the first rows: where it is damaged none of its ids is trusted. A value in scientific notation is
never trusted, wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from crawlers.importing.damage.damage_report import DamageReport
from crawlers.importing.damage.generated_ids import make_id

POINTERS = ("reply_to", "repost_of", "quote_of")
EXACT = 2**53
"""Below this a float holds every whole number."""
FEW = 0.01
"""Share of values in scientific notation from which on the other ids of the column, which may have
been rounded before, are not trusted either."""
NEARLY_ALL = 0.9
ENOUGH_ZEROS = 4
"""Zeros at the ends of all ids together from which on they are no chance."""
MANY_ZEROS = 8
"""The same where rounding alone does not explain them."""
MANY_REPEATED = 0.2
_LOSSY = re.compile(r"[+-]?\d{1,3}(?:[.,]\d+[eE]\+?|[eE]\+)(?:9|[12]\d|3[0-6])|\d{16,}[.,]0+")
_ZEROS = {16: 1, 17: 2, 18: 1, 19: 2, 20: 3}
"""Digits of an id -> zeros at its end that 15 digits (16, 17) or a float (18 to 20) leave."""


def is_lossy(value: Any) -> bool:
    """Whether this id was written by something that takes it for a large number with a fraction."""
    if type(value) is str:
        # asked of every id, and nearly none has one of these
        has_sign = "." in value or "," in value or "+" in value
        return has_sign and _LOSSY.fullmatch(value) is not None
    return type(value) is float and abs(value) >= EXACT


def is_rounded(native: str) -> bool:
    """Whether a whole number of 16 to 20 digits is one that rounding leaves."""
    zeros = _ZEROS.get(len(native))
    if zeros is None or not native.isdigit() or not native.endswith("0" * zeros):
        return False
    number = int(native)
    digits = len(native.rstrip("0"))
    return digits <= 15 or _shortest(number) == number


def zeros_of(native: str) -> int:
    """How many zeros rounding leaves at least at the end of an id of this length, 0 where none."""
    return _ZEROS.get(len(native), 0) if native.isdigit() else 0


def judge_ids(values: Iterable[Any], *, by_company: bool = False) -> tuple[str, str] | None:
    """What is wrong with the ids of a column (``scientific`` or ``rounded``), and an example.

    Args:
        by_company: another column of the file was rounded, so that little evidence is enough.
    """
    written = [_text(v) for v in values if v not in (None, "") and type(v) is not bool]
    lossy = [v for v in written if is_lossy(v)]
    if lossy and len(lossy) >= FEW * len(written):
        return "scientific", lossy[0]
    long = {v for v in written if len(v) in _ZEROS and v.isdigit()}
    rounded = sorted(v for v in long if is_rounded(v))
    if not rounded or len(rounded) < NEARLY_ALL * len(long):
        # 17 digits kept, and no float of today's: all ids end alike all the same
        rounded = sorted(v for v in long if v.endswith("0" * _ZEROS[len(v)]))
        if len(rounded) < NEARLY_ALL * len(long) or sum(map(_trailing, rounded)) < MANY_ZEROS:
            return None
    zeros = sum(map(_trailing, rounded))
    return ("rounded", rounded[0]) if by_company or zeros >= ENOUGH_ZEROS else None


class DamagedIds:
    """Takes ids and pointers that cannot be trusted out of rows, and counts them in ``found``.

    What stood there is kept in ``extra.damaged``.

    Args:
        rows: the first rows as exchange objects.
        ids_repeat: whether one id may be of different posts; not asked where the format's ids are
            known.
    """

    def __init__(
        self, rows: Iterable[Mapping[str, Any]], found: DamageReport, *, ids_repeat: bool
    ) -> None:
        self._found = found
        rows = list(rows)
        values: dict[str, list[Any]] = {
            key: [row.get(key) for row in rows] for key in ("id", *POINTERS)
        }
        values["author"] = [id_of_author(row) for row in rows]
        self._kinds: dict[str, str] = {}
        self._late: dict[str, bool] = {}
        for company in (False, True):
            for key, cells in values.items():
                if key not in self._kinds and (
                    verdict := judge_ids(cells, by_company=company and bool(self._kinds))
                ):
                    self._kinds[key] = verdict[0]
        if ids_repeat and "id" not in self._kinds and _are_repeated(rows):
            self._kinds["id"] = "repeated"

    def trusts(self, key: str) -> bool:
        """Whether the first rows gave no reason against the ids of a key."""
        return key not in self._kinds

    def distrust(self, key: str, *, strictly: bool) -> None:
        """From now on ids of this key that end as rounded ones do are not trusted; ``strictly``
        those that a float or 15 digits leave.
        """
        self._late[key] = strictly

    def _kind(self, key: str, value: Any) -> str:
        """What is wrong with this id; empty where nothing is."""
        if kind := self._kinds.get(key):
            return kind
        if is_lossy(value):
            return "scientific"
        if key in self._late:
            native = _text(value)
            if is_rounded(native) or (not self._late[key] and _ends_in_zeros(native)):
                return "rounded"
        return ""

    def mend(self, row: dict[str, Any]) -> None:
        """Change the row: a damaged id is made anew from what the row says, pointers go."""
        if not self._kinds and not self._late and _is_sound(row):
            return
        native = row.get("id")
        kind = self._kind("id", native)
        damaged: dict[str, Any] = {}
        if kind and native not in (None, ""):
            damaged["id"] = native
            row["id"] = None
            self._found.add("id", kind, native)
            _forget_address(row, str(native))
        for key in POINTERS:
            target = row.get(key)
            if target is None or target == "":
                continue
            kind = self._kind(key, target)
            if kind:
                damaged[key] = row.pop(key)
                self._found.add(key, kind, target)
        author = id_of_author(row)
        if author is not None:
            kind = self._kind("author", author)
            if kind:
                if "id" in damaged:  # what is left of the author still tells posts apart
                    row["id"] = make_id(row)
                damaged["author"] = author
                self._found.add("author", kind, author)
                _forget_author(row)
        if damaged:
            row["extra"] = {**(row.get("extra") or {}), "damaged": damaged}


def _is_sound(row: Mapping[str, Any]) -> bool:
    """Whether none of its ids is lossy: asked of every row, and quick."""
    get = row.get
    author = get("author")
    if type(author) is dict:
        author = author.get("id")
    for value in (get("id"), author, get("reply_to"), get("repost_of"), get("quote_of")):
        if value is None or type(value) is int:
            continue
        if not (type(value) is str and value.isdigit()) and is_lossy(value):
            return False
    return True


def _trailing(native: str) -> int:
    return len(native) - len(native.rstrip("0"))


def _ends_in_zeros(native: str) -> bool:
    zeros = zeros_of(native)
    return zeros > 0 and native.endswith("0" * zeros)


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else str(value)


def _shortest(number: int) -> int:
    """The whole number as JavaScript writes it: the shortest that gives the same float."""
    mantissa, _, exponent = repr(float(number)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = whole + fraction.rstrip("0") if exponent else whole
    return int(digits.ljust(int(exponent) + 1, "0")) if exponent else int(digits)


def id_of_author(row: Mapping[str, Any]) -> Any:
    """The id of a row's author as it is written."""
    author = row.get("author")
    native = author.get("id") if isinstance(author, Mapping) else author
    return None if native == "" or isinstance(native, (bool, list)) else native


def _forget_author(row: dict[str, Any]) -> None:
    """The handle stands for the id; without one the author is not known."""
    author = row.get("author")
    author = dict(author) if isinstance(author, Mapping) else {}
    handle = author.get("handle")
    if handle and not is_lossy(handle):
        row["author"] = {**author, "id": handle}
        return
    row.pop("author", None)
    if name := author.get("name"):
        row["extra"] = {**(row.get("extra") or {}), "author_name": name}


def _forget_address(row: dict[str, Any], native: str) -> None:
    """An address that was made from the damaged id is none."""
    url = row.get("url")
    if isinstance(url, str) and url.rstrip("/").endswith(f"/{native}"):
        row["url"] = None


def _are_repeated(rows: list[Mapping[str, Any]]) -> bool:
    """Whether many of these rows share their id with a row of another text."""
    first: dict[str, Any] = {}
    repeated = seen = 0
    for row in rows:
        native, text = row.get("id"), row.get("text") or row.get("title")
        if native in (None, "") or not text or not isinstance(native, (str, int)):
            continue
        seen += 1
        repeated += first.setdefault(f"{row.get('platform')}:{native}", text) != text
    return repeated >= 2 and repeated >= MANY_REPEATED * seen
