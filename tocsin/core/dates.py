"""Times as people and platforms write them: RFC 3339, epochs, RFC 2822, slashes, month names.

A time without a zone is UTC. What is not a time gives None; only `time_option` raises.

Ours rather than dateutil or dateparser, also for dates that people wrote: 9 µs against 32 and
1,600 µs. dateutil reads English only and takes "12" or "May" for dates of this month, and neither
says how exactly the time is known.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
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
_COMPACT = {
    8: ("%Y%m%d", Precision.DAY),
    12: ("%Y%m%d%H%M", Precision.MINUTE),
    14: ("%Y%m%d%H%M%S", Precision.EXACT),
}
_EPOCH_SIZES = (1e11, 1e14, 1e17)
"""From these numbers on, an epoch counts milliseconds, microseconds, nanoseconds."""
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
_ZONE_HOURS = {
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


def parse_time(value: Any, *, day_first: bool = False) -> Moment | None:
    """The UTC time that a value writes, and how exactly.

    Args:
        value: a datetime, a number (epoch seconds, milli-, micro- or nanoseconds by size), or text
            in any usual form. ``03/04/2024`` has the month first, and ``13/04/2024`` the day.
        day_first: the writer puts the day first (see `writes_day_first`). With dots the day always
            comes first.
    """
    if isinstance(value, str):
        return _parse_text(value.strip(), day_first)
    if isinstance(value, datetime):
        return _in_utc(value), Precision.EXACT
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _from_epoch(value)
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
    matches = (_SLASHED.match(value.strip()) for value in values)
    return any(match is not None and _has_day_first(match) for match in matches)


def _has_day_first(slashed: re.Match[str]) -> bool:
    first = slashed[1]
    return slashed[2] != "." and len(first) <= 2 and 12 < int(first) <= 31


def _parse_text(text: str, day_first: bool) -> Moment | None:
    if len(text) >= 10 and text[4] == "-" and text[7] == "-":
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return _parse_written(text, day_first)
        if len(text) < 17:
            return _in_utc(moment), Precision.DAY if len(text) == 10 else Precision.MINUTE
        return _in_utc(moment), Precision.EXACT
    if not text or len(text) > MAX_WRITTEN:
        return None
    if _NUMBER.fullmatch(text):
        return _parse_digits(text)
    return _parse_written(text, day_first)


def _in_utc(moment: datetime) -> datetime:
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


def _parse_digits(text: str) -> Moment | None:
    """A compact date (``20240813``, ``202408132204``, ``20240813220409``), or an epoch."""
    if text.isdigit() and text[:2] in ("19", "20") and len(text) in _COMPACT:
        form, precision = _COMPACT[len(text)]
        milliseconds = len(text) == 12 and int(text[4:6]) > 12
        if not milliseconds:
            try:
                return datetime.strptime(text, form).replace(tzinfo=UTC), precision
            except ValueError:
                return _from_epoch(float(text))
    return _from_epoch(int(text) if text.isdigit() else float(text))


def _from_epoch(number: float) -> Moment | None:
    """Seconds, milli-, micro- or nanoseconds since 1970, by their size."""
    size = abs(number)
    if not math.isfinite(size) or size >= 1e20:
        return None
    per_second = 10 ** (3 * bisect_right(_EPOCH_SIZES, size))
    if isinstance(number, int):
        milliseconds = number * 1000 // per_second
    else:
        # whole milliseconds, as written: 1723760649.317 seconds must not lose the last digit
        milliseconds = int(round(number * 1000 / per_second, 3) // 1)
    try:
        return from_milliseconds(milliseconds), Precision.EXACT
    except OverflowError:
        return None


@lru_cache(maxsize=4096)
def _parse_written(text: str, day_first: bool) -> Moment | None:
    """A date in words or with slashes, with or without a clock and a zone."""
    if len(text) > MAX_WRITTEN:
        return None
    text = fold(text)
    clock, zone = _CLOCK.search(text), None
    without_clock = text
    if clock:
        zone = _ZONE.search(text, clock.end())
        without_clock = text[: clock.start()] + " " + text[(zone or clock).end() :]
    date = _parse_date(without_clock, day_first)
    if date is None:
        return _parse_mail(text)
    try:
        moment = datetime(*date, *_parse_clock(clock), tzinfo=_timezone_of(zone))
    except ValueError:
        return None
    if clock is None:
        return _in_utc(moment), Precision.DAY
    return _in_utc(moment), Precision.EXACT if clock[3] else Precision.MINUTE


def _parse_clock(clock: re.Match[str] | None) -> tuple[int, int, int, int]:
    """Hour, minute, second and microsecond; leap seconds are the second before."""
    if clock is None:
        return 0, 0, 0, 0
    hour = int(clock[1])
    if clock[5]:
        hour = hour % 12 + (12 if clock[5] == "p" else 0)
    microsecond = int((clock[4] or "0")[:6].ljust(6, "0"))
    return hour, int(clock[2]), min(int(clock[3] or 0), 59), microsecond


def _parse_mail(text: str) -> Moment | None:
    """RFC 822 with its years of two digits and its obsolete zones."""
    try:
        return _in_utc(parsedate_to_datetime(text)), Precision.EXACT
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _timezone_of(zone: re.Match[str] | None) -> timezone:
    if zone is None:
        return UTC
    if zone[1]:
        offset = timedelta(hours=int(zone[2]), minutes=int(zone[3]))
        return timezone(-offset if zone[1] == "-" else offset)
    return timezone(timedelta(hours=_ZONE_HOURS.get(zone[4], 0)))


def _parse_date(text: str, day_first: bool) -> tuple[int, int, int] | None:
    """Year, month and day of a text without its clock."""
    if slashed := _SLASHED.search(text):
        return _parse_slashed(slashed, day_first)
    month = next((_MONTHS[word] for word in _WORD.findall(text) if word in _MONTHS), None)
    year = _YEAR.search(text)
    if month is None or year is None:
        return None
    day = _DAY.search(text[: year.start()] + " " + text[year.end() :])
    return (int(year[1]), month, int(day[1])) if day else None


def _parse_slashed(slashed: re.Match[str], day_first: bool) -> tuple[int, int, int] | None:
    first, second, last = slashed[1], int(slashed[3]), slashed[4]
    if len(first) == 4:
        return int(first), second, int(last)
    if len(first) > 2 or len(last) not in (2, 4):
        return None
    year = int(last)
    if len(last) == 2:
        year += 2000 if year < 70 else 1900
    has_day_first = slashed[2] == "." or int(first) > 12 or (day_first and second <= 12)
    return (year, second, int(first)) if has_day_first else (year, int(first), second)
