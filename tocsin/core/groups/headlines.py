"""Headlines: the posts' own words that stand for a group of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """A post's own words, shortened, that stand for a group; ``post`` is its id.

    Once shown a headline stays as long as the group has its id and the post.
    """

    language: str
    label: str
    post: str


def headline_in(language: str, headlines: tuple[Headline, ...], otherwise: str) -> str:
    """The words of the headline in a language (a code, its region left out), or ``otherwise``."""
    base = language.split("-")[0]
    for headline in headlines:
        if headline.language.split("-")[0] == base:
            return headline.label
    return otherwise


def foreign_language(shown: str, headlines: tuple[Headline, ...], language: str) -> str:
    """The code of the language that a headline which is shown is in, where it is another than the
    reader's; empty where it is theirs, is no headline, or its language is not known.
    """
    for headline in headlines:
        if headline.label == shown:
            base = headline.language.split("-")[0]
            return "" if base in (language.split("-")[0], "und", "") else base
    return ""
