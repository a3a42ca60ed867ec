"""Sentences that the rooms below write in English, in the reader's language.

Each pattern names a catalogue key; its groups fill the placeholders. A sentence that no pattern
knows is shown as it came: better in English than not at all.
"""

from __future__ import annotations

import re
from functools import lru_cache

from dashboard.i18n import Words

_TIME = r"(?P<value>.+?)"
_PART = r"(?P<n>\d+) of (?P<of>\d+)"
PATTERNS: tuple[tuple[str, str], ...] = (
    (r"longer than (?P<n>\d+) characters; make it shorter", "query.long"),
    (r"this closing parenthesis has no opening one", "query.closing"),
    (r"there is no word to look for", "query.no_word"),
    (r"nested deeper than (?P<n>\d+) levels", "query.deep"),
    (r"a word or parenthesis is missing here", "query.missing"),
    (r"this parenthesis is never closed", "query.open"),
    (r"this quotation mark is never closed", "query.quote"),
    (r"a prefix is one word and a star, such as climat\*", "query.prefix"),
    (r"field (?P<name>\w+): has no value", "query.no_value"),
    (rf"{_TIME} is no time; write .*", "query.no_time"),
    (rf"{_TIME} is no whole number", "query.no_number"),
    (r"more than (?P<n>\d+) parts; split it into several queries", "query.parts"),
    (r"there is no field (?P<value>.+?); did you mean (?P<name>\w+):\?", "query.near_field"),
    (r"there is no field (?P<value>.+?); fields are (?P<names>.+?); quote it to look for the words", "query.no_field"),
    (rf"{_PART} shared things were shared by a crowd of others within the same hour", "said.news_burst"),
    (rf"{_PART} shared links came with one and the same text, from others too", "said.share_button"),
    (rf"{_PART} accounts carry the shared texts with links to a site that is theirs alone", "said.agency"),
    (
        rf"{_PART} accounts carry the shared texts with links to a site that is theirs alone; (?P<m>\d+) of (?P<posts>\d+) name an agency",
        "said.agency_credit",
    ),
    (rf"{_PART} accounts are verified or call themselves official", "said.official_accounts"),
    (r"the accounts come without profiles", "said.no_profiles"),
    (rf"{_PART} coincidences fall into hours in which many others post alike", "said.fan_hour"),
    (rf"{_PART} shared things are one post, or posts of one account that many others react to too", "said.one_popular_post"),
    (
        rf"{_PART} shared things come from one source, (?P<part>\d+)% of the accounts take part at a time, "
        r"two of them typically (?P<min>\d+) min apart",
        "said.audience",
    ),
    (r"the accounts write (?P<n>\d+)% of all other posts in these data", "said.whole_population"),
    (r"times are written by the minute or coarser, so round minutes cannot be told", "said.coarse"),
    (rf"{_PART} posts came in the first two seconds of a minute", "said.scheduled_tool"),
    (rf"{_PART} posts came in the first two seconds of a minute; but the accounts share content too", "said.scheduled_content"),
    (r"coordinated beyond chance does not say by whom, nor whether it is wrong", "said.by_whom"),
    (r"the null model knows activity, crowds and bursts, not shared taste inside a small circle", "said.null_model"),
    (r"times are too coarse for every window: nothing was tested", "said.too_coarse"),
    (r"windows finer than the times are written were left out", "said.finer"),
)


@lru_cache(maxsize=1)
def _compiled() -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(pattern, re.DOTALL), key) for pattern, key in PATTERNS]


def translated(sentence: str, words: Words) -> str:
    """The sentence in the reader's language, or as it came where no pattern knows it."""
    if words.code == "en":
        return sentence
    for pattern, key in _compiled():
        if found := pattern.fullmatch(sentence):
            return words(key, **found.groupdict())
    return sentence


def known(sentence: str) -> bool:
    """Whether a pattern knows this sentence."""
    return any(pattern.fullmatch(sentence) for pattern, _ in _compiled())
