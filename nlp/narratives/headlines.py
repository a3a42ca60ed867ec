"""Headlines: a group's most central posts in their own words, one a language.

Nothing is written by a model. A headline is the title of an article or sentences of a post that
follow each other, without addresses, greetings and trailing tags, cut where a sentence, a clause or
a word ends. Those of two languages are chosen together, so that they say the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from nlp.narratives.headline_lines import (
    MIN_LENGTH,
    MIN_SUBJECTS,
    MIN_WORDS,
    NAMES,
    Term,
    cleaned,
    count_subjects,
    greets,
    has_any,
    lines_of,
)
from nlp.narratives.vectors.debiasing import Vectors
from nlp.narratives.word_kinds import is_announcing
from tocsin.core.text import fold

MIN_SHARE, MIN_POSTS = 0.1, 2
"""Posts of a language from which it has a headline: a tenth of the group, and two."""
CANDIDATES = 24
_NAMING, _NAMED = 3, 0.08
"""How many terms a line should have, and what the first of them is worth as a cosine."""
_KNOWN_BY, _KNOWN, _NAMELESS = 8, 0.02, 0.1
"""Terms of which a line should have one at least, what each further is worth, and what it costs
if it has none."""
_BARE, _GOES_ON = 0.06, 0.1
"""What each word of a subject costs that is missing; what it costs to go on from what was before,
or to greet."""
_ALIKE = 0.6
"""What it is worth that the lines of two languages say the same: times the cosine of their posts"""
_FEW_TERMS, _TAGGED, _BARE_SHARE, _NAMED_SHARE = 4, 0.25, 0.5, 0.6
"""Of posts that are about nothing: terms they have at most in common; the share of them with one
tag from which it is their subject; the share with few words of a subject; and the share that has
one of their terms, below which the terms are not theirs."""
_ANSWER = re.compile(
    r"(?:oui|non|si|mais|donc|voilà|alors|puis|car|et|yes|no|yeah|well|so|but|and|then|cuz|coz"
    r"|because|parce que|il|elle|ils|elles|ce|cela|ça|celui|celle|ceux|he|she|it|they|this|that"
    r"|these|those|him|her|his|their|son|sa|ses|leur|leurs|tout (?:cela|ça)"
    r"|comme|en revanche|par contre|d['’]ailleurs|en effet|ainsi|however|also|besides|instead)"
    r"\b['’]?[\s,:!.]"
    r"|c['’]|it['’]s|he['’]s|she['’]s|they['’]re|that['’]s",
    re.IGNORECASE,
)
"""Beginnings that answer, go on or stand for a name: who reads the line alone lacks what was
before it."""
_PARTING = re.compile(
    r"[àa] (?:ce (?:soir|matin|midi)|demain|bient[ôo]t|tout de suite|tout à l['’]heure|plus tard"
    r"|(?:lun|mar|mercre|jeu|vendre|same)di|dimanche)\b|see you\b"
    r"|(?!assez|chez|rez\b)(?:n['’])?[^\W\d_]+ez\b(?!\s+(?:vous|pas\s+vous))"
    r"|(?:join|follow|watch|listen|click|check|share|register|sign up|subscribe|tune in|retweet"
    r"|vote|don['’]t (?:miss|forget))\b(?! (?:live:|out:))",
    re.IGNORECASE,
)
"""Beginnings that say when one meets again, or call others to come and look, and not for what."""
_PERSONALLY = 0.06
_PERSONAL = re.compile(
    r"(?:je|j['’]|i|i['’]\w+|we|we['’]\w+|you|my|our|mon|ma|mes|nous|notre|nos|on|tu|vous|votre"
    r"|vos|your|me|moi|merci)\b",
    re.IGNORECASE,
)
"""Beginnings of somebody who speaks of themselves or to others: a story is told in names."""
_SPEAKS = re.compile(
    r"\b(?:[Jj]e|[Jj]['’]|[MmTt]e|[MmTt]['’]|[Mm]oi|[MmTt]on|[MmTt]a|[MmTt]es|[Nn]ous|[Nn]otre|[Nn]os"
    r"|[Tt]u|[Vv]ous|[Vv]otre|[Vv]os|I|[Mm]y|[Ww]e|[Oo]ur|us|[Yy]ou|[Yy]our)\b"
)
"""The first or second person anywhere in a line; ``US`` and ``ME`` are places."""
_NAMELESS_LINE = 0.06
"""What it costs a line to have none."""
_EXCLAIMED = 0.03
"""What each exclamation mark costs after the first: slogans have many."""
_VOICES, _TOLD_BY = 3, 2 / 3
"""Authors who tell a group, at most, and the share of its posts that is theirs."""
_CUT_OFF = re.compile(r"(?:…|\.\.\.)\s*$")
_WITHOUT_SPACES = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Letters of scripts in which words cannot be counted by spaces."""
_WORD = re.compile(r"(?<![\w#@])[^\W\d_]+")
"""A word that is no tag, name of an account or number."""
_SIGN = re.compile(r"[#@]\w|[\U0001f000-\U0001faff\u2600-\u27bf]")


class Candidate(NamedTuple):
    """A text that could be a headline.

    ``central``: cosine with the middle of its group; ``posts``: how many carry the text;
    ``vector``: float32 (d,) at length 1, the same over languages; None where it has none;
    ``author``: the id of who wrote it, as far as known.
    """

    language: str
    title: str | None
    text: str
    key: str
    central: float
    posts: int
    vector: Vectors | None = None
    author: str = ""


class _Line(NamedTuple):
    """A line that a headline could be."""

    score: float
    line: str
    candidate: Candidate


def choose_headlines(
    candidates: Sequence[Candidate],
    languages: Mapping[str, int],
    terms: Sequence[str] = (),
    voices: Sequence[str] = (),
) -> dict[str, tuple[str, str]]:
    """Language -> (headline, id of the post whose words it is), the most told language first.

    Args:
        candidates: texts of a group, the most central first.
        languages: language -> posts of the group.
        terms: words that name the group, best first: a line that has the first of them is better.
        voices: the authors who tell the group (`find_voices`): the words are theirs where they can,
            and may speak in the first person, since it is said who speaks.
    """
    total = sum(languages.values())
    terms = _naming(terms)
    known = [Term(term) for term in terms[:_KNOWN_BY]]
    lines: dict[str, list[_Line]] = {}
    told = sorted(languages.items(), key=lambda pair: (pair[0] == "und", -pair[1], pair[0]))
    least = max(MIN_POSTS, MIN_SHARE * total)
    several = sum(posts >= least for _, posts in told) > 1
    for language, posts in told:
        if posts < least or (language == "und" and lines):
            continue
        own = [one for one in candidates if one.language == language]
        own = ([one for one in own if one.author in voices] or own)[:CANDIDATES]
        if found := _lines_worth_a_look(own, terms, known, voices, all_of_them=several):
            lines[language] = found
    return {language: (best.line, best.candidate.key) for language, best in _agree(lines).items()}


def find_voices(authors: Sequence[str | None]) -> tuple[str, ...]:
    """The ids of the fewest authors who wrote two thirds of a group's posts, those of most first;
    none where that takes more than three.
    """
    voices: list[str] = []
    told = 0
    for author, posts in sorted(
        Counter(authors).items(), key=lambda told: (-told[1], told[0] or "")
    ):
        if not author or len(voices) == _VOICES:
            break
        voices.append(author)
        told += posts
        if told >= _TOLD_BY * len(authors):
            return tuple(voices)
    return ()


def needs_speaker(line: str, voices: Sequence[str]) -> bool:
    """Whether it must be said whose words a line is.

    What one author alone tells is their word. Of a few it is said where the line does not say of
    whom or what it tells: it speaks in the first person or to others, goes on from what was
    before, has too few words of a subject, or no name.
    """
    bare = NAMES.search(line) is None or _SPEAKS.search(line) is not None
    bare = bare or count_subjects(line) < MIN_SUBJECTS or _goes_on(line)
    return len(voices) == 1 or (len(voices) > 1 and bare)


def lacks_subject(
    candidates: Sequence[Candidate], terms: Sequence[str] = (), voices: Sequence[str] = ()
) -> bool:
    """Whether posts are alike and still about nothing that could be said: replies, wishes, slogans,
    announcements of many people.

    Most of them have too few words of a subject, and hardly a term is common to them. A tag that
    many of them bear is a subject, and so is the one author (``voices``) of posts that have more
    in common than a slogan.
    """
    terms = _naming(terms)
    if not candidates or (len(voices) == 1 and len(terms) > _FEW_TERMS):
        return False
    if len(terms) > _FEW_TERMS and not _mostly_bare(candidates):
        return False
    texts = [cleaned(one.title, one.text) for one in candidates]
    if any(_WITHOUT_SPACES.search(text) for text in texts):
        return False
    known = [Term(term) for term in terms[:_KNOWN_BY]]
    if terms:
        tag = Term("#" + terms[0].split()[0])
        if sum(tag.is_in(text.lower()) for text in texts) >= _TAGGED * len(texts):
            return False
    counts = [count_subjects(text, 2 * MIN_SUBJECTS) for text in texts]
    mean = sum(counts) / len(counts)
    named = sum(has_any(text, known) for text in texts) / len(texts)
    if len(terms) <= _FEW_TERMS:
        return mean < MIN_SUBJECTS
    return named < _NAMED_SHARE or mean < MIN_SUBJECTS - 0.5


def _mostly_bare(candidates: Sequence[Candidate]) -> bool:
    """Whether enough texts have too few words of a subject; few are read where they do not."""
    left = (1 - _BARE_SHARE) * len(candidates)
    for one in candidates:
        left -= count_subjects(cleaned(one.title, one.text)) >= MIN_SUBJECTS
        if left < 0:
            return False
    return True


def _naming(terms: Sequence[str]) -> list[str]:
    """Terms but for those that only say where and when somebody is to be heard."""
    return [term for term in terms if not all(map(is_announcing, fold(term).split()))]


def make_headline(title: str | None, text: str, terms: Sequence[str] = ()) -> str:
    """The words of a post as a line of at most `MAX_LENGTH` characters; empty where it has none.

    Tags at its end are left out, but for those that are ``terms``.
    """
    known = [Term(term) for term in terms]
    return next((told.tagged for told in lines_of(title, text, terms, known)), "")


def _agree(lines: dict[str, list[_Line]]) -> dict[str, _Line]:
    """The best line of each language: the first two together, so that they say the same, and
    each further one beside the first.
    """
    chosen: dict[str, _Line] = {}
    first: list[_Line] = []
    for language, found in lines.items():
        if not first:
            first, chosen[language] = found, max(found, key=lambda line: line.score)
            main = language
            continue
        if len(chosen) > 1:
            first = [chosen[main]]
        pairs = product(first, found)
        one, other = max(pairs, key=lambda pair: pair[0].score + pair[1].score + _likeness(*pair))
        chosen[main], chosen[language] = one, other
    return chosen


def _likeness(one: _Line, other: _Line) -> float:
    """What it is worth how much the posts of two lines say the same."""
    if one.candidate.vector is None or other.candidate.vector is None:
        return 0.0
    return 2 * _ALIKE * float(np.dot(one.candidate.vector, other.candidate.vector))


def _lines_worth_a_look(
    candidates: Sequence[Candidate],
    terms: Sequence[str],
    known: Sequence[Term],
    voices: Sequence[str],
    *,
    all_of_them: bool,
) -> list[_Line]:
    """The best line of each candidate; unless all are wanted, not of those that cannot win."""
    found: list[_Line] = []
    best = -np.inf
    for one in candidates:
        if not all_of_them and _at_most(one, known) <= best:
            continue
        if line := _best_line(one, terms, known, named=one.author in voices):
            found.append(line)
            best = max(best, line.score)
    return found


def _best_line(
    candidate: Candidate,
    terms: Sequence[str],
    known: Sequence[Term],
    *,
    named: bool = False,
) -> _Line | None:
    """The line that a text is best told by; ``named`` says that its author is named before it."""
    best: _Line | None = None
    for line, tagged, cost in lines_of(candidate.title, candidate.text, terms[:_NAMING], known):
        score = _score(candidate, line, known) - _says_little(line, known, named=named) - cost
        if best is None or score > best.score:
            best = _Line(score, tagged, candidate)
    return best


# -- what a line is worth


def _at_most(candidate: Candidate, known: Sequence[Term]) -> float:
    """What no line of a candidate can be worth more than."""
    text = candidate.title if candidate.title and candidate.title.strip() else candidate.text
    lowered = text.lower()
    named = sum(
        _NAMED / (place + 1) if place < _NAMING else _KNOWN
        for place, term in enumerate(known)
        if "&" in text or term.may_be_in(lowered)
    )
    return candidate.central + _repeated(candidate) + named


def _repeated(candidate: Candidate) -> float:
    """What it is worth that many posts carry a text."""
    return 0.02 * min(candidate.posts.bit_length() - 1, 5)


def _score(candidate: Candidate, headline: str, known: Sequence[Term]) -> float:
    """How well a line stands for the group: how central it is, less what makes it hard to read."""
    score = candidate.central + _repeated(candidate)
    if len(headline) < MIN_LENGTH or len(_WORD.findall(headline)) < MIN_WORDS:
        score -= 0.25
    if _CUT_OFF.search(headline):
        score -= 0.12
    if "!!" in headline or "??" in headline:
        score -= 0.03
    score -= 0.02 * min(len(_SIGN.findall(headline)), 4) + 0.04 * headline.count("@")
    if headline.isupper() or headline[:1].islower():
        score -= 0.12
        if candidate.text.lstrip(" .").startswith("@"):
            score -= 0.2  # the name that was left out was the subject
    if headline.endswith("?"):
        score -= 0.04
    score -= _EXCLAIMED * max(headline.count("!") - 1, 0)
    lowered = headline.lower()
    for place, term in enumerate(known):
        if term.is_in(lowered):
            score += _NAMED / (place + 1) if place < _NAMING else _KNOWN
    return score


def _goes_on(line: str) -> bool:
    """Whether a line begins as what goes on from before, greets, or calls others to come."""
    return bool(_ANSWER.match(line) or _PARTING.match(line)) or greets(line)


def _says_little(headline: str, known: Sequence[Term], *, named: bool) -> float:
    """What it costs a line that the group's subject is not in it, or that it is not understood
    alone.
    """
    cost = _BARE * (MIN_SUBJECTS - count_subjects(headline))
    if known and not has_any(headline, known[:_NAMING]):
        cost += _NAMELESS if not has_any(headline, known) else _NAMELESS / 2
    if _goes_on(headline):
        cost += _GOES_ON
    elif _PERSONAL.match(headline):
        cost += _PERSONALLY / 2 if named else _PERSONALLY
    if not NAMES.search(headline):
        cost += _NAMELESS_LINE
    return cost
