"""Times and languages as files write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.dates import from_milliseconds, parse_time, to_milliseconds, writes_day_first
from tocsin.core.documents import Precision
from tocsin.core.language.codes import language_tag

E, M, D = Precision.EXACT, Precision.MINUTE, Precision.DAY


@pytest.mark.parametrize(
    ("written", "expected", "precision"),
    [
        ("2016-09-01 00:00:00", "2016-09-01T00:00:00", E),
        ("2013-05-30T14:34:18Z", "2013-05-30T14:34:18", E),
        ("2022-02-15 22:27:57+00:00", "2022-02-15T22:27:57", E),
        ("2024-08-15T14:04:01+02:00", "2024-08-15T12:04:01", E),
        ("2024-08-15T14:04:01.123456789Z", "2024-08-15T14:04:01.123", E),
        ("2024-08-15 14:04 UTC", "2024-08-15T14:04:00", M),
        ("2024-08-15 14:04", "2024-08-15T14:04:00", M),
        ("2024-08-15", "2024-08-15T00:00:00", D),
        ("Mon Sep 26 02:50:16 +0000 2022", "2022-09-26T02:50:16", E),
        ("Thu, 15 Aug 2024 14:04:09 GMT", "2024-08-15T14:04:09", E),
        ("Thu, 15 Aug 2024 14:04:09 -0700", "2024-08-15T21:04:09", E),
        ("Tue, 06 Apr 93 16:31:23 EDT", "1993-04-06T20:31:23", E),
        ("8/15/2024 14:04", "2024-08-15T14:04:00", M),
        ("8/15/2024 2:04 PM", "2024-08-15T14:04:00", M),
        ("8/15/2024 12:04 am", "2024-08-15T00:04:00", M),
        ("15/08/2024", "2024-08-15T00:00:00", D),
        ("03/04/2024", "2024-03-04T00:00:00", D),
        ("03.04.2024 10:11:12", "2024-04-03T10:11:12", E),
        ("2024/08/15 14:04", "2024-08-15T14:04:00", M),
        ("Aug 15, 2024 · 2:04 PM UTC", "2024-08-15T14:04:00", M),
        ("26-FEB-1987 15:01:01.79", "1987-02-26T15:01:01.790", E),
        ("15 août 2024 à 14h05", "2024-08-15T14:05:00", M),
        ("1er janvier 2024", "2024-01-01T00:00:00", D),
        ("3. März 2024 08:00", "2024-03-03T08:00:00", M),
        ("1723760649", "2024-08-15T22:24:09", E),
        ("1723760649.0", "2024-08-15T22:24:09", E),
        ("1723760649.317", "2024-08-15T22:24:09.317", E),
        ("1723760649317", "2024-08-15T22:24:09.317", E),
        (1723760649317, "2024-08-15T22:24:09.317", E),
        (1723760649.317, "2024-08-15T22:24:09.317", E),
        (1723760649317123, "2024-08-15T22:24:09.317", E),
        (1723760649317123456, "2024-08-15T22:24:09.317", E),
        ("1.723760649e9", "2024-08-15T22:24:09", E),
        ("20240815", "2024-08-15T00:00:00", D),
        ("20240815140409", "2024-08-15T14:04:09", E),
        (datetime(2024, 8, 15, 14, tzinfo=timezone(timedelta(hours=2))), "2024-08-15T12:00:00", E),
    ],
)
def test_written_times(written: Any, expected: str, precision: Precision) -> None:
    found = parse_time(written)
    assert found == (datetime.fromisoformat(expected).replace(tzinfo=UTC), precision)


@pytest.mark.parametrize(
    "written",
    ["", " ", "hello", "May", "yesterday", "31/31/2024", "99/99/9999", "2024-13-01", "2024-02-30",
     "Feb 30, 2024", "nan", "Infinity", "1e400", "12", "1/2",
     "9" * 400, "- - 2024", None, True, [], {}, "25:99 Jan 3 2024", "٣" * 30],
)  # fmt: skip
def test_what_is_no_time(written: Any) -> None:
    found = parse_time(written)
    assert found is None or found[0].year < 1990


@given(st.text(max_size=100) | st.integers() | st.floats())
def test_nothing_raises(value: Any) -> None:
    found = parse_time(value)
    assert found is None or found[0].tzinfo is UTC


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)))
def test_every_second_is_read_from_every_form(moment: datetime) -> None:
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    epoch = int(moment.timestamp())
    forms = [
        moment.isoformat(),
        f"{moment:%Y-%m-%d %H:%M:%S}",
        f"{moment:%a %b %d %H:%M:%S +0000 %Y}",
        f"{moment:%a, %d %b %Y %H:%M:%S GMT}",
        epoch,
    ]
    forms += [
        epoch * 1000,
        f"{epoch}.0",
        f"{moment:%d.%m.%Y %H:%M:%S}",
        f"{moment:%Y/%m/%d %H:%M:%S}",
    ]
    for form in forms:
        found = parse_time(form)
        assert found is not None, form
        assert found[0] == moment, form


def test_a_column_with_the_day_first_is_recognised() -> None:
    assert writes_day_first(["03/04/2024", "25/04/2024"])
    assert not writes_day_first(["03/04/2024", "04/25/2024", "2024-01-31", "25.01.2024"])
    found = parse_time("03/04/2024", day_first=True)
    assert found is not None
    assert found[0].month == 4


@pytest.mark.parametrize(
    ("written", "tag"),
    [("English", "en"), ("french", "fr"), ("français", "fr"), ("en", "en"), ("EN", "en"),
     ("en_us", "en-US"), ("pt-br", "pt-BR"), ("zh-hant", "zh-Hant"),
     ("eng", "en"), ("fre", "fr"), ("iw", "he"), ("in", "id"), ("LANGUAGE UNDEFINED", "und"),
     ("", "und"), ("zxx", "und"), ("Farsi (Persian)", "fa"),
     ("Tagalog (Filipino)", "tl"), ("not a language at all", None), ("<script>", None),
     ("x" * 200, None), ("\ud800", None)],
)  # fmt: skip
def test_languages(written: str, tag: str | None) -> None:
    assert language_tag(written) == tag


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_milliseconds_come_back_exactly(milliseconds: int) -> None:
    assert to_milliseconds(from_milliseconds(milliseconds)) == milliseconds


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("Zulu", "zu"),
        ("swahili", "sw"),
        ("日本語", "ja"),
        ("English (US)", "en-US"),
        ("aar", "aa"),
        ("cnr", "cnr"),
        ("post", None),
        ("e", None),
        ("en-", None),
        ("x" * 64, None),
    ],
)
def test_languages_beyond_the_usual_ones(written: str, tag: str | None) -> None:
    assert language_tag(written) == tag
