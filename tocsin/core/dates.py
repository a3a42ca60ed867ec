"""Times as people and platforms write them: RFC 3339, epochs, RFC 2822, slashes, month names.

A time without a zone is UTC. What is not a time gives None; only `time_option` raises.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

from tocsin.core.documents import Precision
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message
from tocsin.core.text import fold

Moment = tuple[datetime, Precision]
MAX_WRITTEN = 80

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AGO = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_MILLISECOND = timedelta(milliseconds=1)
_NUMBER = re.compile(r"[+-]?\d{1,20}(?:\.\d{0,20})?(?:[eE]\+?\d{1,2})?")
_CLOCK = re.compile(
    r"(\d{1,2})[:h](\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?:\s*([ap])\.?m\b\.?)?", re.IGNORECASE
)
_ZONE = re.compile(
    r"(?:(?<=[\s\d])|\b)(?:(?:utc|gmt)?([+-])(\d{2}):?(\d{2})\b|(utc|gmt|z|est|edt|cst|cdt|mst|mdt|pst|pdt|cet|cest|bst|msk)\b)"
)
_SLASHED = re.compile(r"(\d{1,4})([/.-])(\d{1,2})\2(\d{1,4})")
_YEAR = re.compile(r"\b(\d{4})\b")
_DAY = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th|er|\.)?(?!\d)\b")
_WORD = re.compile(r"[a-z]{3,}")
_HOURS = {
    "est": -5,
    "edt": -4,
    "cst": -6,
    "cdt": -5,
    "mst": -7,
    "mdt": -6,
    "pst": -8,
    "pdt": -7,
    "cet": 1,
    "cest": 2,
    "bst": 1,
    "msk": 3,
}
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january janv janvier januar enero ene gennaio gen janeiro",
            "feb february fev fevr fevrier februar febrero febbraio fevereiro",
            "mar march mars marz maerz marzo marco mrz",
            "apr april avr avril abril abr aprile",
            "may mai mayo mag maggio maio",
            "jun june juin juni junio giugno giu junho",
            "jul july juil juillet juli julio luglio lug julho",
            "aug august aout agosto ago",
            "sep sept september septembre septiembre settembre set setembro",
            "oct october octobre okt oktober octubre ottobre ott outubro out",
            "nov november novembre noviembre novembro",
            "dec december decembre dez dezember diciembre dic dicembre dezembro",
        ),
        start=1,
    )
    for name in names.split()
}


def to_milliseconds(moment: datetime) -> int:
    """Whole milliseconds since 1970 of an aware time: exact, rounded down."""
    return (moment - EPOCH) // _MILLISECOND


def from_milliseconds(milliseconds: int) -> datetime:
    """The UTC time of so many milliseconds since 1970. Raises OverflowError beyond year 9999."""
    return EPOCH + timedelta(milliseconds=milliseconds)


def read_moment(value: Any, *, day_first: bool = False) -> Moment | None:
    """The UTC time that a value writes, and how exactly.

    Args:
        value: a datetime, a number (epoch seconds, milli-, micro- or nanoseconds by size), or text
            in any usual form. ``03/04/2024`` has the month first, and ``13/04/2024`` the day.
        day_first: the writer puts the day first (see `writes_day_first`). With dots the day always
            comes first.
    """
    if isinstance(value, str):
        return _read_text(value.strip(), day_first)
    if isinstance(value, datetime):
        return _utc(value), Precision.EXACT
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _epoch(value)
    return None


def time_option(text: str | None, name: str) -> datetime | None:
    """The time that a person gave for an option: RFC 3339, a date, or how long ago (24h, 7d).

    Raises:
        ConfigError: it is none of these.
    """
    if not text:
        return None
    if text[:-1].isdigit() and text[-1] in _AGO:
        return datetime.now(UTC) - timedelta(**{_AGO[text[-1]]: int(text[:-1])})
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            Message("command.not_a_time", {"name": name, "text": repr(text)})
        ) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def writes_day_first(values: list[str]) -> bool:
    """Whether any of these slashed dates can only have its day first."""
    found = (_SLASHED.match(value.strip()) for value in values)
    return any(
        m is not None and m[2] != "." and len(m[1]) <= 2 and 12 < int(m[1]) <= 31 for m in found
    )


def _read_text(text: str, day_first: bool) -> Moment | None:
    if len(text) >= 10 and text[4] == "-" and text[7] == "-":
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return _written(text, day_first)
        if len(text) < 17:
            return _utc(moment), Precision.DAY if len(text) == 10 else Precision.MINUTE
        return _utc(moment), Precision.EXACT
    if not text or len(text) > MAX_WRITTEN:
        return None
    if _NUMBER.fullmatch(text):
        return _digits(text)
    return _written(text, day_first)


def _utc(moment: datetime) -> datetime:
    """In UTC, cut to milliseconds.

    A time whose zone carries it out of the calendar keeps its written digits.
    """
    zone = moment.tzinfo
    if zone is None:
        moment = moment.replace(tzinfo=UTC)
    elif zone is not UTC:
        try:
            moment = moment.astimezone(UTC)
        except OverflowError:
            moment = moment.replace(tzinfo=UTC)
    extra = moment.microsecond % 1000
    return moment.replace(microsecond=moment.microsecond - extra) if extra else moment


def _digits(text: str) -> Moment | None:
    compact = (
        {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}.get(len(text))
        if text.isdigit() and text[:2] in ("19", "20")
        else None
    )
    if compact and not (len(text) == 12 and int(text[4:6]) > 12):
        try:
            moment = datetime.strptime(text, compact).replace(tzinfo=UTC)
        except ValueError:
            return _epoch(float(text))
        return moment, {8: Precision.DAY, 12: Precision.MINUTE}.get(len(text), Precision.EXACT)
    return _epoch(int(text) if text.isdigit() else float(text))


def _epoch(number: float) -> Moment | None:
    size = abs(number)
    if not math.isfinite(size) or size >= 1e20:
        return None
    per_second = 1 if size < 1e11 else 10**3 if size < 1e14 else 10**6 if size < 1e17 else 10**9
    try:
        # whole milliseconds in integers: 1723760649.317 seconds must not lose the last digit
        milliseconds = (
            number * 1000 // per_second
            if isinstance(number, int)
            else round(number * 1000 / per_second, 3) // 1
        )
        return EPOCH + timedelta(milliseconds=int(milliseconds)), Precision.EXACT
    except OverflowError:
        return None


@lru_cache(maxsize=4096)
def _written(text: str, day_first: bool) -> Moment | None:
    if len(text) > MAX_WRITTEN:
        return None
    text = fold(text)
    clock, zone = _CLOCK.search(text), None
    if clock:
        zone = _ZONE.search(text, clock.end())
        rest = text[: clock.start()] + " " + text[zone.end() if zone else clock.end() :]
    else:
        rest = text
    date = _date(rest, day_first)
    if date is None:
        return _mail(text)
    try:
        hour, minute, second, fraction = 0, 0, 0, "0"
        if clock:
            hour, minute, second, fraction = (
                int(clock[1]),
                int(clock[2]),
                int(clock[3] or 0),
                clock[4] or "0",
            )
            if clock[5]:
                hour = hour % 12 + (12 if clock[5] == "p" else 0)
        moment = datetime(
            *date,
            hour,
            minute,
            min(second, 59),
            int(fraction[:6].ljust(6, "0")),
            tzinfo=_zone(zone),
        )
    except ValueError:
        return None
    precision = Precision.DAY if not clock else Precision.EXACT if clock[3] else Precision.MINUTE
    return _utc(moment), precision


def _mail(text: str) -> Moment | None:
    """RFC 822 with its years of two digits and its obsolete zones."""
    try:
        return _utc(parsedate_to_datetime(text)), Precision.EXACT
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _zone(found: re.Match[str] | None) -> timezone:
    if found is None:
        return UTC
    if found[1]:
        offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return timezone(-offset if found[1] == "-" else offset)
    return timezone(timedelta(hours=_HOURS.get(found[4], 0)))


def _date(text: str, day_first: bool) -> tuple[int, int, int] | None:
    if m := _SLASHED.search(text):
        first, last = m[1], m[4]
        if len(first) == 4:
            return int(first), int(m[3]), int(last)
        if len(first) > 2 or len(last) not in (2, 4):
            return None
        year = int(last) if len(last) == 4 else int(last) + (2000 if int(last) < 70 else 1900)
        one, two = int(first), int(m[3])
        return (
            (year, two, one)
            if m[2] == "." or one > 12 or (day_first and two <= 12)
            else (year, one, two)
        )
    month = next((_MONTHS[word] for word in _WORD.findall(text) if word in _MONTHS), None)
    year_found = _YEAR.search(text)
    if month is None or year_found is None:
        return None
    day = _DAY.search(text[: year_found.start()] + " " + text[year_found.end() :])
    return (int(year_found[1]), month, int(day[1])) if day else None
