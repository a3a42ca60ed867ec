"""Sentences that the rooms below write in English, in the reader's language.

Each pattern names a catalogue key; its groups fill the placeholders. A sentence that no pattern
knows is shown as it came: better in English than not at all.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tocsin.core.language.words import Words

_TIME = r"(?P<value>.+?)"
_PART = r"(?P<n>\d+) of (?P<of>\d+)"
_WHO = r"(?P<n>[\d,]+) of the (?P<of>[\d,]+) accounts"
_IN = r"are in groups coordinated beyond chance(?P<groups>(?: \(.*\))?)"
_OF = r"(?P<part>\d+)%"
_ALSO = "(?P<also>.*)"
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+")
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
    (
        r"there is no field (?P<value>.+?); fields are (?P<fields>.+?); quote it to look for the words",
        "query.no_field",
    ),
    (
        rf"{_PART} shared things were shared by a crowd of others within the same hour",
        "said.news_burst",
    ),
    (
        rf"{_PART} shared links came with one and the same text, from others too",
        "said.share_button",
    ),
    (
        rf"{_PART} accounts carry the shared texts with links to a site that is theirs alone",
        "said.agency",
    ),
    (
        rf"{_PART} accounts carry the shared texts with links to a site that is theirs alone; (?P<m>\d+) of (?P<posts>\d+) name an agency",
        "said.agency_credit",
    ),
    (rf"{_PART} accounts are verified or call themselves official", "said.official_accounts"),
    (r"the accounts come without profiles", "said.no_profiles"),
    (rf"{_PART} coincidences fall into hours in which many others post alike", "said.fan_hour"),
    (
        rf"{_PART} shared things are one post, or posts of one account that many others react to too",
        "said.one_popular_post",
    ),
    (
        rf"{_PART} shared things come from one source, (?P<part>\d+)% of the accounts take part at a time, "
        r"two of them typically (?P<min>\d+) min apart",
        "said.audience",
    ),
    (r"the accounts write (?P<n>\d+)% of all other posts in these data", "said.whole_population"),
    (r"times are written by the minute or coarser, so round minutes cannot be told", "said.coarse"),
    (rf"{_PART} posts came in the first two seconds of a minute", "said.scheduled_tool"),
    (
        rf"{_PART} posts came in the first two seconds of a minute; but the accounts share content too",
        "said.scheduled_content",
    ),
    (r"coordinated beyond chance does not say by whom, nor whether it is wrong", "said.by_whom"),
    (
        r"the null model knows activity, crowds and bursts, not shared taste inside a small circle",
        "said.null_model",
    ),
    (r"times are too coarse for every window: nothing was tested", "said.too_coarse"),
    (r"windows finer than the times are written were left out", "said.finer"),
    (r"links to (?P<site>[^,\s]+\.[^,\s]+)", "dossier.links"),
    (r"pages of (?P<site>[^,\s]+\.[^,\s]+)", "dossier.pages"),
    (r"first to link", "dossier.first"),
    (r"coordinated accounts", "dossier.accounts"),
    (r"coordinated group", "dossier.group"),
    (r"explained group", "dossier.explained"),
    (r"few hands", "dossier.hands"),
    (r"same minute", "dossier.minute"),
    (r"copied pages", "dossier.copied_pages"),
    (r"copied texts", "dossier.copied_texts"),
    (r"shortener", "dossier.shortener"),
    (r"posts", "dossier.posts"),
    (r"links to", "dossier.links_to"),
    (r"reposts of it", "dossier.reposts"),
    (
        r"(?P<n>[\d,]+) by (?P<m>[\d,]+) accounts, (?P<a>\S+|an unknown time) to (?P<b>\S+|an unknown time)",
        "dossier.told_by",
    ),
    (r"(?P<n>[\d,]+), (?P<a>\d\S+|an unknown time) to (?P<b>\S+|an unknown time)", "dossier.told"),
    (
        rf"{_WHO} that link to it {_IN}; of all (?P<all>[\d,]+) that link to anything it is (?P<m>[\d,]+)",
        "dossier.who_links",
    ),
    (
        rf"{_WHO} that repost it {_IN}; of all (?P<all>[\d,]+) that repost anything it is (?P<m>[\d,]+)",
        "dossier.who_reposts",
    ),
    (
        rf"{_OF} of the posts that link to it come from its (?P<n>\d+) busiest accounts{_ALSO}",
        "dossier.few",
    ),
    (
        rf"{_OF} of the posts that link to it follow within a minute on another account's link to the same page{_ALSO}",
        "dossier.follow_site",
    ),
    (
        rf"{_OF} of its posts with a link follow within a minute on another account's link to the same page{_ALSO}",
        "dossier.follow",
    ),
    (
        rf"{_OF} of its pages are near copies of a page that another site had first{_ALSO}",
        "dossier.later_pages",
    ),
    (
        rf"{_OF} of its own posts are near copies of a text that another account had first{_ALSO}",
        "dossier.later_posts",
    ),
    (r" \(too few of its size to compare it with\)", "dossier.too_few"),
    (r"; the median of (?P<n>\d+) others of its size is (?P<part>\d+)%", "dossier.median"),
    (
        r"its addresses stand for pages of many sites; ask for the site behind one of them",
        "dossier.stands",
    ),
    (
        r"one of (?P<n>\d+) accounts of (?P<name>[\w-]+): .+\. Explained: (?P<also>.+)",
        "dossier.one_explained",
    ),
    (r"(?P<also>.+) \(q (?P<q>\S+)\)\. Innocent reading: (?P<said>.+)\.", "dossier.reason"),
    (r"one of (?P<n>\d+) accounts of (?P<name>[\w-]+): .+", "dossier.member"),
    (
        r"(?P<value>.+) may be (?P<fields>.+); name one as platform:id or pseudonym",
        "dossier.several",
    ),
    (
        r"a domain or a handle has 1 to (?P<n>\d+) printable characters; give one such as example\.org or @name",
        "dossier.no_name",
    ),
    (r"nothing here links to it, and no page or account here is named so", "dossier.nothing"),
    (
        r"at least (?P<n>\d+) posts by (?P<m>\d+) accounts, or (?P<p>\d+) of its own pages, are needed to say more; here there are fewer",
        "dossier.least",
    ),
    (
        r"at least (?P<n>\d+) posts are needed to say more; here there are fewer",
        "dossier.least_posts",
    ),
    (r"nothing here could be tested \(false discovery rate (?P<rate>\S+)\)", "dossier.untested"),
    (
        r"the one test that could be made does not pass \(false discovery rate (?P<rate>\S+)\)",
        "dossier.one_test",
    ),
    (r"none of (?P<n>\d+) tests passes \(false discovery rate (?P<rate>\S+)\)", "dossier.no_test"),
    (
        r"no analysis has looked for coordinated groups yet; run `tocsin analyse` and ask again",
        "dossier.not_analysed",
    ),
    (r"people of one mind share the same pages", "dossier.one_mind"),
    (r"supporters pass on what they agree with", "dossier.supporters"),
    (r"a newsroom's own accounts, or a few devoted readers", "dossier.newsroom"),
    (
        r"breaking news, or a service that posts each new page for several accounts",
        "dossier.breaking",
    ),
    (r"an agency's text, or a syndication contract", "dossier.syndication"),
    (r"share buttons, slogans and quotations", "dossier.slogans"),
    (r"shared taste within a small circle looks the same", "dossier.taste"),
    (r"none of those tried fits \((?P<names>.+)\)", "dossier.tried"),
)


_SENTENCES = {"also", "said"}
"""Groups that are sentences themselves."""


@lru_cache(maxsize=1)
def _compiled() -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(pattern, re.DOTALL), key) for pattern, key in PATTERNS]


def translated(sentence: str, words: Words) -> str:
    """The sentence in the reader's language, or as it came where no pattern knows it."""
    if words.code == "en":
        return sentence
    for pattern, key in _compiled():
        if found := pattern.fullmatch(sentence):
            return words(
                key,
                **{name: _part(name, value, words) for name, value in found.groupdict().items()},
            )
    return sentence


def _part(name: str, value: str, words: Words) -> str:
    if name in _SENTENCES:
        return translated(value, words)
    if name == "names":
        kinds = [words.known("explanation", one.replace(" ", "_")) for one in value.split(", ")]
        return ", ".join(kind[:1].lower() + kind[1:] for kind in kinds)
    if name == "q":
        return words.tiny(float(value))
    return words.number(int(value.replace(",", ""))) if _NUMBER.fullmatch(value) else value


def known(sentence: str) -> bool:
    """Whether a pattern knows this sentence."""
    return any(pattern.fullmatch(sentence) for pattern, _ in _compiled())
