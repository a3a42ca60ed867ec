"""Headlines: the posts' own words that stand for a group of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from tocsin.core.codec.dataclass_json import UNWRITTEN
from tocsin.core.language.words import LANGUAGES, Words
from tocsin.core.text import fold

_INNER_CAPITAL = re.compile(r"(?<=[^\W\d_])(?=[A-ZÀ-Þ][a-zß-ÿ])")
_WORD = re.compile(r"[^\W\d_]{5,}")
"""Words long enough to be an account's name where they are a part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """A post's own words, shortened, that stand for a group; ``post`` is its id.

    Once shown a headline stays as long as the group has its id and the post. ``speaker`` is the id
    of the author where one tells the whole group and these words do not say who or what it is
    about: the name is put before them when they are shown, and kept nowhere.
    """

    language: str
    label: str
    post: str
    speaker: str = field(default="", metadata=UNWRITTEN)

    def spoken(self, name: str) -> str:
        """The words with the name of who speaks before them, where it is not among them."""
        if not name or _is_named(name, self.label):
            return self.label
        base = self.language.split("-")[0]
        words = Words(base if base in LANGUAGES else "en")
        return words("narrative.spoken", name=name, said=self.label)


def _is_named(name: str, said: str) -> bool:
    """Whether an account's name, or a word of it that is long enough, stands in a line."""
    known = fold(name).lstrip("@")
    # words of tags count, too: #MeetingVernay names vernay_official
    words = _WORD.findall(fold(_INNER_CAPITAL.sub(" ", said)))
    return known in fold(said) or any(word in known for word in words)


def headline_in(
    language: str, headlines: tuple[Headline, ...], otherwise: str, only_alike: bool = False
) -> str:
    """The words of the headline in a language (a code, its region left out), or ``otherwise``.

    Of posts that are ``only_alike``, without a common subject, it says so, in that language, and
    quotes them.
    """
    base = language.split("-")[0]
    same = (one.label for one in headlines if one.language.split("-")[0] == base)
    said = next(same, otherwise)
    return _without_subject(said, base) if only_alike else said


def _without_subject(said: str, base: str) -> str:
    """What stands for posts that are alike and about nothing that could be said."""
    return Words(base if base in LANGUAGES else "en")("narrative.alike", said=said)


def told_languages(headlines: Iterable[Headline]) -> frozenset[str]:
    """The languages in which a story is told where there are several: those of its headlines,
    without the unknown."""
    codes = frozenset(headline.language for headline in headlines) - {"und"}
    return codes if len(codes) > 1 else frozenset()


def foreign_language(shown: str, headlines: tuple[Headline, ...], language: str) -> str:
    """The code of the language that a headline which is shown is in, where it is another than the
    reader's; empty where it is theirs, is no headline, or its language is not known.
    """
    reader = language.split("-")[0]
    for headline in headlines:
        if shown in (headline.label, _without_subject(headline.label, reader)):
            base = headline.language.split("-")[0]
            return "" if base in (reader, "und", "") else base
    return ""
