"""Headlines: the posts' own words that stand for a group of them."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.core.language.words import LANGUAGES, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """A post's own words, shortened, that stand for a group; ``post`` is its id.

    Once shown a headline stays as long as the group has its id and the post.
    """

    language: str
    label: str
    post: str


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
