"""Spellings of times that files, feeds and pages bring: each with its right value, or empty."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tocsin.core.dates import parse_time, slashed_parts, time_option
from tocsin.core.documents import Precision
from tocsin.core.errors import ConfigError

E, M, D = Precision.EXACT, Precision.MINUTE, Precision.DAY


@pytest.mark.parametrize(
    ("written", "expected", "precision"),
    [
        # zones by name and by number
        ("2024-11-09 18:30:00 CET", "2024-11-09T17:30:00", E),
        ("2024-06-09 18:30:00 CEST", "2024-06-09T16:30:00", E),
        ("2024-11-09 18:30:00 Europe/Paris", "2024-11-09T17:30:00", E),
        ("2024-06-09 18:30 Europe/Paris", "2024-06-09T16:30:00", M),
        ("2024-06-09T18:30:00+02:00[Europe/Paris]", "2024-06-09T16:30:00", E),
        ("2024-06-09T18:30:00[America/Sao_Paulo]", "2024-06-09T21:30:00", E),
        ("2024-06-09 18:30:00.250 -03", "2024-06-09T21:30:00.250", E),
        ("2024-06-09 18:30:00 +0530", "2024-06-09T13:00:00", E),
        ("2024-06-09 18:30 GMT+2", "2024-06-09T16:30:00", M),
        ("09.06.2024 18:30:00 UTC+02:00", "2024-06-09T16:30:00", E),
        ("09/06/2024 18:30 (heure de Paris)", "2024-09-06T16:30:00", M),
        ("Jun 9, 2024 6:30 PM EST", "2024-06-09T23:30:00", M),
        ("6:30 PM ET, Jun 9, 2024", "2024-06-09T22:30:00", M),
        ("Sun Jun 9 18:30:00 CEST 2024", "2024-06-09T16:30:00", E),
        ("18:30 15/06/2024 UTC", "2024-06-15T18:30:00", M),
        ("18:30 15-06-2024", "2024-06-15T18:30:00", M),
        ("2024-06-09 18:30:00 AEST", "2024-06-09T08:30:00", E),
        # GDELT, Reddit, Twitter, mail, programs
        ("20240609T183000Z", "2024-06-09T18:30:00", E),
        ("20240609183000", "2024-06-09T18:30:00", E),
        ("20240609T1830+0200", "2024-06-09T16:30:00", M),
        ("20240609_183000", "2024-06-09T18:30:00", E),
        ("20240609 18:30", "2024-06-09T18:30:00", M),
        (1717957800, "2024-06-09T18:30:00", E),
        (1717957800.0, "2024-06-09T18:30:00", E),
        ("1717957800", "2024-06-09T18:30:00", E),
        ("1717957800,25", "2024-06-09T18:30:00.250", E),
        ("1717957800123", "2024-06-09T18:30:00.123", E),
        ("/Date(1717957800000)/", "2024-06-09T18:30:00", E),
        ("Wed Oct 10 20:19:24 +0000 2018", "2018-10-10T20:19:24", E),
        ("Sun, 09 Jun 2024 18:30:00 -0700", "2024-06-10T01:30:00", E),
        ("Sunday, 09-Jun-24 18:30:00 GMT", "2024-06-09T18:30:00", E),
        ("2024-W23-7", "2024-06-09T00:00:00", D),
        ("2024-06-09T23:59:60Z", "2024-06-09T23:59:59", E),
        ("2024-06-09 24:00:00", "2024-06-10T00:00:00", E),
        ("2016/6/29", "2016-06-29T00:00:00", D),
        ("Date(1717957800000)", "2024-06-09T18:30:00", E),
        ("new Date(1717957800000)", "2024-06-09T18:30:00", E),
        ("2024-06-09_18-30-05", "2024-06-09T18:30:05", E),
        ("2024-06-09 18.30.05", "2024-06-09T18:30:05", E),
        ("09.06.2024 18.30", "2024-06-09T18:30:00", M),
        ("9-JUN-24 06.30.05.000000 PM", "2024-06-09T18:30:05", E),  # Oracle
        # spreadsheets
        ("45452.7708333333", "2024-06-09T18:30:00", E),
        ("45452,7708333333", "2024-06-09T18:30:00", E),
        (45452.7708333333, "2024-06-09T18:30:00", E),
        (45452, "2024-06-09T00:00:00", D),
        ("9/6/24 18:30", "2024-09-06T18:30:00", M),
        ("9-juin-24", "2024-06-09T00:00:00", D),
        # people, in several languages
        ("9 juin 2024 à 18h30", "2024-06-09T18:30:00", M),
        ("dimanche 9 juin 2024, 18 h 30", "2024-06-09T18:30:00", M),
        ("9 juin 2024 à 18 h", "2024-06-09T18:00:00", M),
        ("2024-06-09 18h30", "2024-06-09T18:30:00", M),
        ("mar. 15 avril 2025", "2025-04-15T00:00:00", D),
        ("mar. 4 mars 2025 08:15", "2025-03-04T08:15:00", M),
        (
            "Sun Jun 09 2024 18:30:00 GMT+0200 (heure d’été d’Europe centrale)",
            "2024-06-09T16:30:00",
            E,
        ),
        ("18:30, 9 June 2024 (UTC)", "2024-06-09T18:30:00", M),
        ("Mis à jour le 9 juin 2024 à 18:30 par Lise", "2024-06-09T18:30:00", M),
        ("lun. 3 févr. 2025 08:15", "2025-02-03T08:15:00", M),
        ("9 juin 2024 18h30m05s", "2024-06-09T18:30:05", E),
        ("9 juill. 2024 18:30", "2024-07-09T18:30:00", M),
        ("1er janvier 2024", "2024-01-01T00:00:00", D),
        ("dim., 09 juin 2024 18:30:05 +0200", "2024-06-09T16:30:05", E),
        ("6/13/2024 6:30 p.m.", "2024-06-13T18:30:00", M),
        ("6/13/2024 12:05 a.m.", "2024-06-13T00:05:00", M),
        ("1er août 2024", "2024-08-01T00:00:00", D),
        ("09-Jun-2024 06:30PM", "2024-06-09T18:30:00", M),
        ("6:30 PM · Jun 9, 2024", "2024-06-09T18:30:00", M),
        ("Jun 9, 2024, 6:30:12\u202fPM", "2024-06-09T18:30:12", E),
        ("June 9th, 2024 at 7 p.m.", "2024-06-09T19:00:00", M),
        ("June 9, 2024 12:00 am", "2024-06-09T00:00:00", M),
        ("9. Juni 2024 um 18:30 Uhr", "2024-06-09T18:30:00", M),
        ("9 de junio de 2024 18:30", "2024-06-09T18:30:00", M),
        ("9 juni 2024 18:30", "2024-06-09T18:30:00", M),
        ("2024年6月9日 18:30", "2024-06-09T18:30:00", M),
        ("2024年6月9日 下午6:30", "2024-06-09T18:30:00", M),
        ("2024년 6월 9일 오후 6:30", "2024-06-09T18:30:00", M),
    ],
)
def test_a_spelling_has_its_right_value(written: Any, expected: str, precision: Precision) -> None:
    found = parse_time(written)
    assert found == (datetime.fromisoformat(expected).replace(tzinfo=UTC), precision)


@pytest.mark.parametrize(
    "written",
    [
        "0000-00-00 00:00:00",
        "2024-06-09 18:30 IST",  # India, Israel or Ireland
        "2024-06-09 18:30 Europe/Atlantis",
        "2024-06-09 18:30 XQZT",
        "2024-06-09 18:30:00 Paris",
        "Sun, 09 Jun 2024 18:30:00 XQZT",
        "9 juin 2024 18:30 heure locale",
        "Jun 9, 2024 6:30 PM Eastern Time",
        "1.71796E+09",  # what a spreadsheet left of an epoch: hours are lost
        "1,71796E+12",
        "il y a 3 h",
        "5 days ago",
        "juin 2024",
        "2024-W23",
        "2024-06",
        "31/06/2024",
        "2024-06-09 25:10",
        "09:06:2024",
    ],
)
def test_what_is_not_known_is_empty_and_never_a_wrong_time(written: str) -> None:
    assert parse_time(written) is None


@pytest.mark.parametrize(
    ("written", "parts"),
    [("09/06/2024 18:30", (9, 6)), ("25-6-24", (25, 6)), ("2024/06/09", None), ("9.6.2024", None),
     ("9 juin 2024", None), ("2024-06-09", None), ("1717957800", None)],
)  # fmt: skip
def test_only_slashes_and_dashes_leave_the_order_open(
    written: str, parts: tuple[int, int] | None
) -> None:
    assert slashed_parts(written) == parts


def test_the_day_comes_first_where_the_writer_puts_it_first() -> None:
    for written in ("9/6/24 18:30", "09-06-2024 18:30", "18:30 09/06/2024"):
        found = parse_time(written, day_first=True)
        assert found is not None
        assert found[0] == datetime(2024, 6, 9, 18, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("5 février 2022", "2022-02-05"),
        ("Feb 5, 2022", "2022-02-05"),
        ("13/02/2022", "2022-02-13"),
        ("2/13/2022", "2022-02-13"),
        ("05.02.2022", "2022-02-05"),
        ("2022-02-05", "2022-02-05"),
    ],
)
def test_an_option_takes_a_date_as_people_write_it(text: str, day: str) -> None:
    moment = time_option(text, "--since")
    assert moment is not None
    assert moment.isoformat() == f"{day}T00:00:00+00:00"


def test_a_date_that_may_be_two_days_is_asked_back_with_both() -> None:
    with pytest.raises(ConfigError) as raised:
        time_option("05/02/2022", "--since")
    assert "write 2022-02-05 or 2022-05-02" in str(raised.value)
    assert time_option("05/05/2022", "--since") is not None
    for text in ("soon", "vendredi", "yesterday", "2022x", "3 posts", "12"):
        with pytest.raises(ConfigError, match="is not a time"):
            time_option(text, "--since")
    seven = time_option("7j", "--since")
    assert seven is not None
    assert abs((datetime.now(UTC) - seven).days - 7) <= 1


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("0001-01-01", 1900), ("0001-01-01T00:00:00+12:00", 1900), ("999999999d", 1900),
        ("9" * 30 + "w", 1900), ("9999-12-31T23:59:59-12:00", 3000), ("4000-01-01", 3000),
    ],
)  # fmt: skip
def test_an_option_that_no_calendar_can_move_is_bounded(text: str, year: int) -> None:
    assert time_option(text, "--since") == datetime(year, 1, 1, tzinfo=UTC)


def test_a_length_of_odd_digits_is_no_time() -> None:
    with pytest.raises(ConfigError, match="is not a time"):
        time_option("²d", "--since")
