"""Two languages that say the same, and write numbers and dates their own way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tocsin.core.language import words as i18n
from tocsin.core.language.words import (
    Words,
    choose_language,
    counted,
    named,
    terminal_language,
    time_zone,
)
from tocsin.core.messages import Message

EN, FR = Words("en", ZoneInfo("Europe/Paris")), Words("fr", ZoneInfo("Europe/Paris"))
AT = datetime(2025, 3, 1, 23, 30, 9, tzinfo=UTC)


def test_numbers() -> None:
    assert EN.number(1234567) == "1,234,567"
    assert FR.number(1234567) == "1\u202f234\u202f567"
    assert (EN.decimal(1.50), FR.decimal(1.55, 2)) == ("1.5", "1,55")
    assert (EN.percent(0.382), FR.percent(0.0382), EN.percent(0), FR.percent(0.0001)) == (
        "38%",
        "3,8\u202f%",
        "0%",
        "<\u202f0,1\u202f%",
    )
    assert (EN.times(3.24), FR.times(22.4)) == ("3.2×", "22\u202f×")
    assert (EN.small(0.0213), FR.small(2.1e-6), EN.small(0), EN.small(None), EN.small(1234.0)) == (
        "0.021",
        "2,1·10⁻⁶",
        "0",
        "–",
        "1,234",
    )
    assert EN.probability("p", 0.0) == "p < 10⁻¹²"
    assert FR.probability("q", 0.02) == "q = 0,02"
    assert (EN.tiny(0.0), EN.tiny(0.5)) == ("< 10⁻¹²", "0.5")
    assert EN.number(-5) == "−5"
    assert [EN.expected(v) for v in (0.0, 0.003, 0.23)] == ["<\u202f0.01", "<\u202f0.01", "0.23"]
    assert FR.expected(0) == "<\u202f0,01"


def test_plurals() -> None:
    assert [EN.n("posts", n) for n in (0, 1, 2)] == ["0 posts", "1 post", "2 posts"]
    assert [FR.n("posts", n) for n in (0, 1, 1.5, 2)] == [
        "0 message",
        "1 message",
        "1,5 message",
        "2 messages",
    ]


def test_dates_are_of_the_readers_zone() -> None:
    assert EN.moment(AT) == "2 Mar 2025, 00:30"
    assert FR.moment(AT, seconds=True) == "2 mars 2025, 00:30:09"
    assert FR.day(AT - timedelta(days=1)) == "1er mars 2025"
    assert EN.day(None) == "no date"
    assert EN.span(AT, AT + timedelta(hours=2)) == "2 Mar 2025, 00:30–02:30"
    assert FR.span(AT, AT + timedelta(days=40)) == "2 mars – 11 avr. 2025"
    assert EN.span(AT - timedelta(days=90), AT) == "2 Dec 2024 – 2 Mar 2025"
    assert EN.zone_name() == "Europe/Paris"


@pytest.mark.parametrize(
    ("seconds", "en", "fr"),
    [
        (0.2, "less than a second", "moins d’une seconde"),
        (0.8, "0.8 s", "0,8 s"),
        (41, "41 s", "41 s"),
        (60, "1 min", "1 min"),
        (5_400, "1.5 h", "1,5 h"),
        (3 * 86_400, "3 days", "3 jours"),
    ],
)
def test_durations(seconds: float, en: str, fr: str) -> None:
    assert EN.duration(seconds) == en
    assert FR.duration(seconds) == fr


@pytest.mark.parametrize("code", ["en", "fr"])
def test_months_are_those_of_babel(code: str) -> None:
    """The charts of the dashboard take them from the catalogue."""
    words = Words(code)
    for month in range(1, 13):
        written = words.day(datetime(2025, month, 15, tzinfo=UTC))
        assert written == f"15 {words(f'month.{month}')} 2025"


def test_numbers_are_rounded_in_binary_and_written_in_full() -> None:
    assert EN.decimal(2.675, 2) == f"{2.675:.2f}" == "2.67"
    assert EN.small(9.96) == "10"
    assert FR.number(12_345_678_901) == "12\u202f345\u202f678\u202f901"
    assert EN.decimal(float("nan")) == "nan"
    assert FR.small(2e-6) == "2,0·10⁻⁶"


@pytest.mark.parametrize(
    ("setting", "environ", "code"),
    [
        ("auto", {"LANG": "fr_FR.UTF-8"}, "fr"),
        ("auto", {"LANG": "fr_FR.UTF-8", "LC_ALL": "C"}, "en"),
        ("auto", {"LANG": "en_GB", "LC_MESSAGES": "fr_CA"}, "fr"),
        ("auto", {"LANG": ""}, "en"),
        ("auto", {}, "en"),
        ("en", {"LANG": "fr_FR"}, "en"),
        ("fr", {}, "fr"),
    ],
)
def test_the_command_line_follows_the_setting_then_the_locale(
    setting: str, environ: dict[str, str], code: str
) -> None:
    assert terminal_language(setting, environ) == code


def test_ago() -> None:
    assert EN.ago(AT, AT + timedelta(seconds=20)) == "just now"
    assert FR.ago(AT, AT + timedelta(minutes=12)) == "il y a 12 min"
    assert EN.ago(AT, AT + timedelta(minutes=9, seconds=12)) == "9 min ago"


@pytest.mark.parametrize(
    ("setting", "locale", "code"),
    [
        ("auto", "fr-CA", "fr"),
        ("auto", "de", "en"),
        ("auto", None, "en"),
        ("fr", "en-GB", "fr"),
        ("en", "fr", "en"),
        ("auto", "fr_FR", "fr"),
    ],
)
def test_language_follows_the_setting_then_the_browser(
    setting: str, locale: str | None, code: str
) -> None:
    assert choose_language(setting, locale) == code


def test_zone_follows_the_setting_then_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert str(time_zone("America/Lima")) == "America/Lima"
    assert str(time_zone("Not/AZone")) == "Asia/Tokyo"
    monkeypatch.setenv("TZ", "")
    monkeypatch.setattr(i18n, "_machine_zone", lambda: "")
    assert str(time_zone("")) == "UTC"


def test_what_a_plugin_brings_without_a_translation_reads_well() -> None:
    assert EN.known("signal", "shared_shrug") == "shared shrug"
    assert FR.say(counted("outcome", "hugged", 1200)) == "1\u202f200 hugged"
    assert FR.say(counted("outcome", "already there", 1)) == "1 déjà là"
    assert FR.say(named("check.name", "Antenna")) == "Antenna"
    assert FR.say(named("check.name", "index abilities")) == "capacités de l’index"


def test_every_language_has_a_name_and_no_code_is_shown_to_people() -> None:
    assert (EN.known("language", "gl"), FR.known("language", "gl")) == ("Galician", "galicien")
    assert (EN.known("language", "ceb"), FR.known("language", "hu")) == ("Cebuano", "hongrois")
    assert EN.known("language", "pt-BR").startswith("Brazilian")
    assert EN.known("language", "x-klingon") == "x klingon"
    assert FR.known("language", "und") != "und"


def test_one_that_agrees_with_itself_is_no_agreement() -> None:
    told = {"n": 1, "of": 18, "others": 88, "share": 0.011, "value": 0.0}
    for kind in ("day", "month", "name_begin", "name_end", "name_shape", "bio"):
        message = Message(f"trait.because.{kind}", told)
        assert Words("en").say(message).startswith("no two of 18")
        assert "pas deux" in Words("fr").say(message)
