"""French and English: the catalogues, and how each language writes numbers, dates and shares.

Babel knows separators and names of months. Ours are the shares (CLDR has a wide space before the
French percent sign, and would write 0% for what is more than nothing), powers of ten, durations
(Babel's have no decimals: 1.5 h) and spans.

A catalogue is the TOML files of ``catalogues/LANGUAGE``; their tables become dotted keys. A key
that ends in ``.one`` or ``.other`` is a plural form, chosen by `Words.n`. Both catalogues have the
same keys and the same placeholders; a test holds that.
"""

from __future__ import annotations

import math
import os
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tocsin.core.messages import LOCAL, Message, plain

LANGUAGES = {"en": "English", "fr": "Français"}
_CATALOGUES = Path(__file__).with_name("catalogues")
_NARROW = "\u202f"  # narrow no-break space: French groups digits and spaces percent signs with it
_SIGNIFICANT_FROM = 0.001


@lru_cache(maxsize=8)
def catalogue(code: str) -> dict[str, str]:
    """The flat catalogue of a language: dotted key -> text, over all its files.

    Raises:
        ValueError: two files have the same key.
    """
    texts: dict[str, str] = {}
    for path in sorted((_CATALOGUES / code).glob("*.toml")):
        part = _flat(tomllib.loads(path.read_text(encoding="utf-8")))
        if twice := sorted(texts.keys() & part.keys()):
            raise ValueError(f"{path.name} has keys of another catalogue file again: {twice}")
        texts |= part
    return texts


def counted(prefix: str, name: str, number: int) -> Message:
    """So many things: ``prefix.name`` in its plural form; the name where a plug-in brings it."""
    code = f"{prefix}.{_key(name)}"
    if f"{code}.other" in catalogue("en"):
        return Message(code, {"n": number})
    return Message("text.counted", {"n": number, "name": name})


def named(prefix: str, name: str) -> Message:
    """What a thing is called: ``prefix.name``, or the name where a plug-in brings it."""
    code = f"{prefix}.{_key(name)}"
    return Message(code) if code in catalogue("en") else plain(name)


def _key(name: str) -> str:
    return name.lower().replace(" ", "_")


def choose_language(setting: str, locale: str | None) -> str:
    """The language of a reader: the setting, or with ``auto`` that of the locale, else English."""
    wanted = setting if setting != "auto" else (locale or "en")
    code = wanted.lower().replace("_", "-").split("-")[0]
    return code if code in LANGUAGES else "en"


def terminal_language(setting: str, environ: Mapping[str, str]) -> str:
    """The language of the command line: `choose_language` with the environment's locale."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set counts, as POSIX says
    return choose_language(
        setting, next((environ[name] for name in names if environ.get(name)), None)
    )


def time_zone(setting: str) -> ZoneInfo:
    """The time zone of the screens: the setting, else the machine's, else UTC."""
    for name in (setting, os.environ.get("TZ", "").lstrip(":"), _machine_zone()):
        if name:
            try:
                return ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                continue
    return ZoneInfo("UTC")


def _machine_zone() -> str:
    target = os.path.realpath("/etc/localtime")
    return target.partition("zoneinfo/")[2]


def _flat(table: dict[str, Any], prefix: str = "") -> dict[str, str]:
    texts: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            texts |= _flat(value, f"{prefix}{key}.")
        else:
            texts[prefix + key] = str(value)
    return texts


@dataclass(frozen=True)
class Words:
    """The words of one language and its ways of writing numbers and times, in one time zone."""

    code: str
    zone: tzinfo = field(default=UTC)

    def __call__(self, key: str, **values: Any) -> str:
        """The text of a key with its placeholders filled. Raises KeyError where there is none."""
        text = catalogue(self.code)[key]
        return text.format(**values) if values else text

    def has(self, key: str) -> bool:
        """Whether the catalogue has this key."""
        return key in catalogue(self.code)

    def known(self, prefix: str, name: str) -> str:
        """The text of ``prefix.name``, or the name made readable, where a plug-in brings it."""
        key = f"{prefix}.{name}"
        if self.has(key):
            return self(key)
        named = _language_name(name, self.code) if prefix == "language" else None
        return named or name.replace("_", " ").replace("-", " ")

    def say(self, message: Message | str) -> str:
        """A message in this language; text that is not a message comes back as it is.

        Placeholders take a format: ``{share:percent}``, ``{at:moment}``, ``{n:digits}``... (see
        `_Sentence`); without one, numbers are grouped, times written out and sequences joined.

        Raises:
            KeyError: the catalogue lacks the code, or the message a parameter.
        """
        if isinstance(message, str):
            return message
        return _Sentence(self).vformat(self._template(message), (), message.parameters)

    def _template(self, message: Message) -> str:
        """The text of a message with its placeholders, in the plural form that fits: ``one``,
        ``other``, or ``sole`` where there is one for one of one (``n`` of ``of``)."""
        parameters = message.parameters
        if message.code == LOCAL:
            text = parameters.get(self.code, parameters["en"])
            if isinstance(text, str):
                return text
            return str(text[0] if self._singular(parameters["n"]) else text[1])
        texts = catalogue(self.code)
        if message.code in texts:
            return texts[message.code]
        if parameters["n"] == parameters.get("of") == 1 and f"{message.code}.sole" in texts:
            return texts[f"{message.code}.sole"]
        form = "one" if self._singular(parameters["n"]) else "other"
        return texts[f"{message.code}.{form}"]

    def _singular(self, number: float) -> bool:
        return abs(number) < 2 if self.code == "fr" else number == 1

    def n(self, key: str, number: float, **values: Any) -> str:
        """A counted thing, ``3 posts``: French has the singular below 2, English at 1 alone."""
        one = self._singular(number)
        shown = self.number(number) if float(number).is_integer() else self.decimal(number)
        return self(f"{key}.{'one' if one else 'other'}", n=shown, **values)

    # -- numbers
    def number(self, value: float) -> str:
        """A whole number with grouped digits."""
        return _localised(f"{value:.0f}", self.code)

    def decimal(self, value: float, places: int = 1) -> str:
        """A number with at most this many decimals, trailing zeros dropped."""
        text = f"{value:.{places}f}"
        return _localised(text.rstrip("0").rstrip(".") if "." in text else text, self.code)

    def percent(self, share: float) -> str:
        """A share of 0 to 1; small ones keep a decimal, and what is not nothing never reads 0 %."""
        percent = share * 100
        if 0 < percent < 0.1:
            text = "<" + (_NARROW if self.code == "fr" else "") + self.decimal(0.1)
        else:
            text = self.decimal(percent, 1 if percent < 10 else 0)
        return f"{text}{_NARROW}%" if self.code == "fr" else f"{text}%"

    def small(self, value: float | None) -> str:
        """A probability or a rate: two significant digits, powers of ten below a thousandth."""
        if value is None or math.isnan(value):
            return "–"
        if value == 0:
            return "0"
        if value < _SIGNIFICANT_FROM:
            return self._power(value)
        return _localised(f"{value:.2g}" if value < 10 else f"{value:.0f}", self.code)

    def tiny(self, value: float | None) -> str:
        """A p- or q-value without its name, for the cell of a table."""
        return self.probability("", value).removeprefix(" = ").strip()

    def expected(self, value: float) -> str:
        """An expected number; less than a hundredth reads so, and never as nothing."""
        return f"<{_NARROW}{self.decimal(0.01, 2)}" if value < 0.01 else self.small(value)

    def probability(self, name: str, value: float | None) -> str:
        """``p = 0.02``; findings keep twelve decimals, so what is smaller reads ``p < 10⁻¹²``."""
        if value is not None and 0 <= value < 1e-12:
            return self("probability.below", name=name, value="10⁻¹²")
        return self("probability.equals", name=name, value=self.small(value))

    def times(self, ratio: float) -> str:
        """A multiple: ``3.2×``."""
        number = self.decimal(ratio, 1 if ratio < 10 else 0)
        return f"{number}{_NARROW}×" if self.code == "fr" else f"{number}×"

    def _power(self, value: float) -> str:
        mantissa, exponent = f"{value:.1e}".split("e")
        raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return f"{_localised(mantissa, self.code)}·10{raised}"

    # -- times
    def day(self, moment: datetime | None) -> str:
        """A date: ``14 Nov 2025``, ``14 nov. 2025``."""
        if moment is None:
            return self("time.unknown")
        return _written_day(moment.astimezone(self.zone).date(), self.code)

    def clock(self, moment: datetime | None, *, seconds: bool = False) -> str:
        """A time of day: ``14:05``, or with seconds ``14:05:09``."""
        if moment is None:
            return self("time.unknown")
        return f"{moment.astimezone(self.zone):{'%H:%M:%S' if seconds else '%H:%M'}}"

    def moment(self, moment: datetime | None, *, seconds: bool = False) -> str:
        """A date and a time."""
        if moment is None:
            return self("time.unknown")
        return f"{self.day(moment)}, {self.clock(moment, seconds=seconds)}"

    def span(self, first: datetime | None, last: datetime | None) -> str:
        """From a date to a date, what they share said once."""
        if first is None or last is None:
            return self.day(first or last)
        a, b = first.astimezone(self.zone), last.astimezone(self.zone)
        if a.date() == b.date():
            return f"{self.day(a)}, {self.clock(a)}–{self.clock(b)}"
        if a.year == b.year:
            start = self.day(a).rsplit(" ", 1)[0]
            return f"{start} – {self.day(b)}"
        return f"{self.day(a)} – {self.day(b)}"

    def duration(self, seconds: float) -> str:
        """How long: ``8 s``, ``3 min``, ``2 h``, ``5 d``."""
        for unit, size in (("d", 86_400.0), ("h", 3_600.0), ("min", 60.0)):
            if seconds >= 2 * size or (unit != "d" and seconds >= size):
                number = self.decimal(seconds / size, 0 if seconds / size >= 10 else 1)
                return f"{number} {self(f'unit.{unit}')}"
        if seconds < 0.5:
            return self("time.same_second")
        return f"{self.decimal(seconds, 0 if seconds >= 1 else 1)} {self('unit.s')}"

    @staticmethod
    def _round(seconds: float) -> float:
        """Whole minutes, hours or days: nobody asks how long ago to the tenth."""
        unit = next((size for size in (86_400.0, 3_600.0, 60.0) if seconds >= size), 1.0)
        return seconds // unit * unit

    def ago(self, moment: datetime, now: datetime | None = None) -> str:
        """How long ago: ``12 min ago``, ``il y a 12 min``."""
        passed = (now or datetime.now(UTC)) - moment
        if passed < timedelta(minutes=1):
            return self("time.now")
        return self("time.ago", span=self.duration(self._round(passed.total_seconds())))

    def zone_name(self, moment: datetime | None = None) -> str:
        """The name of the time zone, as an IANA name."""
        return str(getattr(self.zone, "key", "")).removeprefix("Etc/") or str(
            (moment or datetime.now(UTC)).astimezone(self.zone).tzname()
        )


@lru_cache(maxsize=1_024)
def _language_name(tag: str, code: str) -> str | None:
    """What a language calls another one of the two hundred that few posts are written in."""
    from babel import Locale

    name = Locale(code).languages.get(tag.replace("-", "_"))
    return None if name is None else str(name)


@lru_cache(maxsize=8_192)
def _written_day(day: date, code: str) -> str:
    """A date as a language writes it."""
    from babel.dates import format_date

    written = format_date(day, "d MMM y", locale=code)
    # CLDR lacks the French ordinal of the first of a month
    return f"1er {written[2:]}" if code == "fr" and written.startswith("1 ") else written


@lru_cache(maxsize=8_192)
def _localised(text: str, code: str) -> str:
    """A number with the separators of a language and a real minus sign; its digits stay as written.

    Rounding is done before, in binary like everywhere else; Babel would round the decimal text.
    """
    from babel.numbers import format_decimal

    number = Decimal(text)
    if not number.is_finite():
        return text.replace("-", "−")
    places = len(text.partition(".")[2]) if "e" not in text else 0
    pattern = "#,##0" + ("." + "0" * places if places else "")
    return format_decimal(number, format=pattern, locale=code).replace("-", "−")


class _Sentence(string.Formatter):
    """Fills the placeholders of a message, each by its kind or by the format that it names.

    Formats are methods of `Words` (``number``, ``decimal``, ``percent``, ``small``, ``tiny``,
    ``expected``, ``times``, ``day``, ``clock``, ``moment``, ``duration``), ``digits`` (a whole
    number without grouping), ``lower`` (first letter small), or one of Python's own.
    """

    FORMATS = frozenset(
        ["number", "decimal", "percent", "small", "tiny", "expected", "times", "duration"]
    )
    DATES = frozenset({"day", "clock", "moment"})

    def __init__(self, words: Words) -> None:
        self._words = words

    def get_value(self, key: int | str, args: Any, kwargs: Any) -> Any:
        return kwargs[key]

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        """Names alone: attributes and items of parameters are never looked up."""
        return kwargs[field_name], field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, (tuple, list)):
            return ", ".join(self.format_field(part, format_spec) for part in value)
        if isinstance(value, Message):
            value = self._words.say(value)
        if format_spec in self.DATES and isinstance(value, str):
            value = datetime.fromisoformat(value)
        if format_spec in self.FORMATS | self.DATES:
            return str(getattr(self._words, format_spec)(value))
        if format_spec == "digits":
            return str(value)
        if format_spec == "lower":
            return str(value)[:1].lower() + str(value)[1:]
        return str(format(value, format_spec)) if format_spec else self._plain(value)

    def _plain(self, value: Any) -> str:
        if isinstance(value, bool) or value is None:
            return str(value)
        if isinstance(value, int):
            return self._words.number(value)
        if isinstance(value, float):
            return self._words.decimal(value)
        return self._words.moment(value) if isinstance(value, datetime) else str(value)


def finish_sentence(text: str, end: str = ".") -> str:
    """With ``end`` behind it, where it does not end like a sentence."""
    return text if text.endswith((".", "!", "?")) else text + end


def capitalise(text: str) -> str:
    """With a capital letter, but for names of sites and accounts, which stay as they are."""
    first_word = text.split(" ")[0].replace("’", "")
    return text[:1].upper() + text[1:] if first_word.isalpha() else text


def as_sentence(clause: str, end: str = ".") -> str:
    """A clause with a capital letter, and ``end`` behind it."""
    return capitalise(finish_sentence(clause, end))


def unmarked(said: str) -> str:
    """A sentence without the backticks about a command, for pages and documents: only the terminal
    and Markdown have them."""
    return said.replace("`", "")


ENGLISH = Words("en")
"""English in UTC: what JSON documents and logs are written in."""
