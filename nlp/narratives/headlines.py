"""Headlines: a group's most central posts in their own words, one a language.

Nothing is written by a model. A headline is the title of an article or the beginning of a post,
without addresses, leading mentions and trailing tags, cut at the end of a sentence or word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from nlp.narratives.word_kinds import is_greeting, unnaming_words
from nlp.text.cleaning import body
from nlp.text.terms import iterate_tokens, stop_words
from tocsin.core.text import LEADING_MENTIONS, collapse_whitespace, cut_at_word, fold

MAX_LENGTH = 90
MIN_SHARE, MIN_POSTS = 0.1, 2
"""Posts of a language from which it has a headline: a tenth of the group, and two."""
CANDIDATES = 12
_MIN_LENGTH, _MIN_WORDS = 25, 4
_NAMING, _NAMED = 3, 0.08
"""How many terms a line should have, and what the first of them is worth as a cosine."""
_KNOWN_BY, _NAMELESS = 8, 0.1
"""Terms of which a line should have one at least, and what it costs if it has none."""
_MIN_SUBJECTS, _BARE = 3, 0.06
"""Words of a subject below which a line is a slogan or an answer, and what each missing costs."""
_ANSWER = re.compile(
    r"(?:oui|non|si|mais|donc|voilà|alors|puis|car|et|yes|no|yeah|well|so|but|and|then|cuz|coz"
    r"|because|parce que)\b[\s,:!.]",
    re.IGNORECASE,
)
"""Beginnings that answer or go on: who reads the line alone lacks what was before it."""
_TRAILING = re.compile(r"\s*(?:#(?P<tag>\w[\w-]*)|\bvia\s+@\w+|\bvia|[|–—-])\s*$", re.IGNORECASE)
_SITE = re.compile(r"\s+\\?\|\s+[^|]{2,40}$")
"""The name of a site behind a bar, as pages write it behind their title."""
_END_SIGNS = re.compile(
    r"[\s\ufe0f\u200d\u2190-\u21ff\u2600-\u27bf\u2900-\u297f\u2b00-\u2bff"
    r"\U0001f000-\U0001faff]+$"
)
"""Emoji, and arrows that point at what is not there."""
_SENTENCE = re.compile(r"[.!?…](?=\s)")
_ABBREVIATED = re.compile(
    r"\b(?:dr|mr|mrs|ms|mm|mme|mlle|pr|prof|gen|gén|sen|sén|rep|gov|gouv|sgt|lt|col|cap|st|ste"
    r"|vs|jr|sr|art|av|bd|dép|[^\W\d_])\.$",
    re.IGNORECASE,
)
"""A full stop that ends no sentence: of a title, or of an initial."""
_CUT_OFF = re.compile(r"(?:…|\.\.\.)\s*$")
_SIGN = re.compile(r"[#@]\w|[\U0001f000-\U0001faff\u2600-\u27bf]")


class Candidate(NamedTuple):
    """A text that could be a headline.

    ``central``: cosine with the middle of its group; ``posts``: how many carry the text.
    """

    language: str
    title: str | None
    text: str
    key: str
    central: float
    posts: int


def choose_headlines(
    candidates: Sequence[Candidate], languages: Mapping[str, int], terms: Sequence[str] = ()
) -> dict[str, tuple[str, str]]:
    """Language -> (headline, id of the post whose words it is), the most told language first.

    Args:
        candidates: texts of a group, the most central first.
        languages: language -> posts of the group.
        terms: words that name the group, best first: a line that has the first of them is better.
    """
    total = sum(languages.values())
    found: dict[str, tuple[str, str]] = {}
    told = sorted(languages.items(), key=lambda pair: (pair[0] == "und", -pair[1], pair[0]))
    for language, posts in told:
        if posts < max(MIN_POSTS, MIN_SHARE * total):
            continue
        best: tuple[float, str, str] | None = None
        own = [one for one in candidates if one.language == language][:CANDIDATES]
        for candidate in own:
            headline = make_headline(candidate.title, candidate.text, terms[:_NAMING])
            if not headline:
                continue
            score = _score(candidate, headline, terms) - _says_little(headline, terms)
            if best is None or score > best[0]:
                best = (score, headline, candidate.key)
        if best is not None and (language != "und" or not found):
            found[language] = best[1:]
    return found


def make_headline(title: str | None, text: str, terms: Sequence[str] = ()) -> str:
    """The words of a post as a line of at most `MAX_LENGTH` characters; empty where it has none.

    Tags at its end are left out, but for those that are ``terms``.
    """
    line = body(title, "") if title and title.strip() else body(None, text)
    line = LEADING_MENTIONS.sub("", line.replace("\ufffd", " "))
    if (named := _SITE.search(line)) and named.start() >= _MIN_LENGTH:
        line = line[: named.start()]
    wanted = {term.casefold() for term in terms}
    while match := _TRAILING.search(line):
        if (match["tag"] or "").casefold() in wanted or match.start() < _MIN_LENGTH:
            break
        line = line[: match.start()]
    line = collapse_whitespace(_END_SIGNS.sub("", line)).strip(" -–—|:,")
    if len(line) <= MAX_LENGTH:
        return line
    ends = [match.end() for match in _SENTENCE.finditer(line, _MIN_LENGTH, MAX_LENGTH)]
    ends = [end for end in ends if not _ABBREVIATED.search(line, 0, end)]
    if ends:
        return line[: ends[-1]].strip()
    return _without_last_stop_words(cut_at_word(line, MAX_LENGTH))


def _without_last_stop_words(cut: str) -> str:
    """A line that was cut (``…``), without articles and the like that lead to what is cut off."""
    words, stops = cut.removesuffix("…").split(), stop_words()
    while len(words) > _MIN_WORDS and fold(words[-1]) in stops:
        del words[-1]
    return " ".join(words).rstrip(" ,;:–—-(") + "…" if cut.endswith("…") else cut


def _score(candidate: Candidate, headline: str, terms: Sequence[str]) -> float:
    """How well a line stands for the group: how central it is, less what makes it hard to read."""
    score = candidate.central + 0.02 * min(candidate.posts.bit_length() - 1, 5)
    if len(headline) < _MIN_LENGTH or len(headline.split()) < _MIN_WORDS:
        score -= 0.25
    if _CUT_OFF.search(headline):
        score -= 0.12
    if "!!" in headline or "??" in headline:
        score -= 0.03
    score -= 0.02 * min(len(_SIGN.findall(headline)), 4)
    if headline.isupper() or headline[:1].islower():
        score -= 0.08
    if headline.endswith("?"):
        score -= 0.04
    folded = headline.casefold()
    for place, term in enumerate(terms[:_NAMING]):
        if term.casefold() in folded:
            score += _NAMED / (place + 1)
    return score


def _says_little(headline: str, terms: Sequence[str]) -> float:
    """What it costs a line that the group's subject is not in it."""
    folded = headline.casefold()
    names_nothing = unnaming_words(())
    subjects: set[str] = set()
    for token in iterate_tokens(None, headline):
        if token is not None and not names_nothing(token[0]):
            subjects.add(token[0])
            if len(subjects) >= _MIN_SUBJECTS:
                break
    cost = _BARE * (_MIN_SUBJECTS - len(subjects))
    if terms and not any(term.casefold() in folded for term in terms[:_KNOWN_BY]):
        cost += _NAMELESS
    first = headline.split(maxsplit=1)[0].strip(",.!:") if headline else ""
    answers = _ANSWER.match(headline) is not None or is_greeting(fold(first))
    return cost + (_BARE if answers else 0.0)
