"""Two languages that write numbers and dates their own way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tocsin.core.language import words as i18n
<<<<<<<< HEAD:tests/core/test_words.py
from tocsin.core.language.words import (
    Words,
    catalogue,
    choose,
    counted,
    named,
    terminal_language,
    zone,
)
========
from tocsin.core.language.words import Words, choose, zone
>>>>>>>> a4adc05 (Grid tests of charts and pages; catalogue tests; the small world in two files):tests/dashboard/test_words.py

EN, FR = Words("en", ZoneInfo("Europe/Paris")), Words("fr", ZoneInfo("Europe/Paris"))
AT = datetime(2025, 3, 1, 23, 30, 9, tzinfo=UTC)


<<<<<<<< HEAD:tests/core/test_words.py
def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_catalogues_have_the_same_keys_and_placeholders() -> None:
    en, fr = catalogue("en"), catalogue("fr")
    assert set(en) == set(fr)
    assert [k for k in en if placeholders(en[k]) != placeholders(fr[k])] == []
    assert [k for k, v in {**en, **fr}.items() if not v.strip()] == []
    assert {k.removesuffix(".one") for k in en if k.endswith(".one")} == {
        k.removesuffix(".other") for k in en if k.endswith(".other")
    }


ROOMS = ("tocsin", "index", "crawlers", "nlp", "graph", "dashboard")
COMPUTED = (
    "month.", "unit.", "language.", "metric.", "run.", "outcome.", "written.", "check.name.",
    "demo.", "today.reach.", "explore.range.", "explore.order_", "facet.", "status.", "mark.",
    "signal.", "object.", "explanation.", "refuted.", "coordination.head.", "cluster.reading.",
    "cluster.axis_", "today.narratives.", "backend.",
)  # fmt: skip
"""Beginnings of keys that the code puts together."""


def test_every_key_that_the_code_names_exists_and_none_is_left_over(root: Path) -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for room in ROOMS
        for path in sorted((root / room).rglob("*.py"))
    )
    keys = set(catalogue("en"))
    key = r"""["']([a-z_]+(?:\.[a-z_0-9]+)*)["']"""
    named = set(re.findall(rf"(?:words|self)\(\s*{key}", code))
    messages = set(re.findall(rf"Message\(\s*{key}", code))
    counted = set(re.findall(rf"words\.n\(\s*{key}", code))
    assert {k for k in named if "." in k and k not in keys} == set()
    assert {k for k in messages if k not in keys and f"{k}.one" not in keys} == set()
    assert {k for k in counted if f"{k}.one" not in keys} == set()
    literal = set(re.findall(r'"([a-z_]+(?:\.[a-z_0-9]+)+)"', code))
    used = named | literal | {f"{c}.{form}" for c in counted for form in ("one", "other")}
    left = {
        k
        for k in keys
        if k not in used and not k.startswith(COMPUTED) and k.rsplit(".", 1)[0] not in literal
    }
    views = {f"{v}.title" for v in ("today", "explore", "coordination", "source")}
    assert (
        left
        - views
        - {f"explore.{k}" for k in ("csv", "jsonl")}
        - {"coordination.all_hidden", "coordination.nothing_found"}
        == set()
    )


def test_french_words_are_never_accusing() -> None:
    for code in ("en", "fr"):
        said = " ".join(catalogue(code).values()).lower()
        assert not re.search(r"\b(bots?|inauthenti\w*|trolls?|fakes?)\b", said)


========
>>>>>>>> a4adc05 (Grid tests of charts and pages; catalogue tests; the small world in two files):tests/dashboard/test_words.py
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
    assert choose(setting, locale) == code


def test_zone_follows_the_setting_then_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert str(zone("America/Lima")) == "America/Lima"
    assert str(zone("Not/AZone")) == "Asia/Tokyo"
    monkeypatch.setenv("TZ", "")
    monkeypatch.setattr(i18n, "_machine_zone", lambda: "")
    assert str(zone("")) == "UTC"


def test_what_a_plugin_brings_without_a_translation_reads_well() -> None:
    assert EN.known("signal", "shared_shrug") == "shared shrug"
    assert FR.say(counted("outcome", "hugged", 1200)) == "1\u202f200 hugged"
    assert FR.say(counted("outcome", "already there", 1)) == "1 déjà là"
    assert FR.say(named("check.name", "Antenna")) == "Antenna"
    assert FR.say(named("check.name", "index abilities")) == "capacités de l’index"
