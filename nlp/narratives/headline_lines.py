"""The lines that a post could be told by: its title, or sentences that follow each other."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from nlp.narratives.word_kinds import is_announcing, is_greeting, unnaming_words
from nlp.text.cleaning import body
from nlp.text.terms import iterate_words, known_token, stop_words
from tocsin.core.text import LEADING_MENTIONS, collapse_whitespace, cut_at_word, fold

MAX_LENGTH = 90
MIN_LENGTH, MIN_WORDS = 25, 4
MIN_SUBJECTS = 3
"""Words of a subject below which a line is a slogan or an answer."""
_MIN_CLAUSE = 55
"""Characters from which a line is cut before a clause that does not fit, not within it."""
_STARTS, _LATER, _SKIPPED, _PREAMBLE = 4, 0.03, 0.06, 0.05
"""Sentences of a post at which a line may begin; what each costs that is left out, if it has none
of the words that name the group, and if it has; what a first sentence without them costs."""
NAMES = re.compile(r"(?<=[^\W\d_])[ '’][A-ZÀ-Þ]|[,;:)»”] ?[A-ZÀ-Þ]|[#@]\w|[A-Z]{2}|\d")
"""A name: a capital within a sentence, a tag, an account, an acronym; or a number."""
_REFERRED = 0.08
_REFERS = re.compile(
    r"(?<![\w-])(?:son|sa|ses|leurs?|his|her|their|ils|elles|eux|lui|celui-ci|celle-ci|ceux-ci|elle|he|she|him|them|they"
    r"|il(?!\s+(?:n['’]|ne\s+)?(?:y|faut|faudra|faudrait|est|était|sera|s['’]agit|suffit|reste|existe"
    r"|semble|paraît|convient|vaut)))(?![\w-])",
    re.IGNORECASE,
)
"""A word for somebody who was named in a sentence before; *il faut*, *il y a* are none."""
_OPENING = re.compile(
    r"(?:(?:well|so|right(?:\s+then)?|ok(?:ay)?|hey|hi|hello|look|listen|anyway|bonjour|bonsoir|salut"
    r"|coucou|dites|dis|bon|bref|alors|eh bien|voilà|allez|ah|oh|tiens|cher(?:e?s)? ami(?:e?s)?)"
    r"(?:\s+(?:all|everyone|everybody|folks|friends|à tous|à toutes|tout le monde))?"
    r"\s*[,:!.…]+\s+)+(?=\S)",
    re.IGNORECASE,
)
"""What somebody says before they say something."""
_TRAILING = re.compile(
    r"\s*(?:#(?P<tag>\w[\w-]*)|\bvia\s+@\w+|(?P<name>@\w+)|\bvia|[|–—-])\s*$", re.IGNORECASE
)
_TAG = re.compile(r"(?<!\w)#(\w[\w-]*)")
_SITE = re.compile(r"\s+\\?\|\s+[^|]{2,40}$")
"""The name of a site behind a bar, as pages write it behind their title."""
_EMOJI = (  # and arrows, which point at what is not there
    r"\ufe0f\u200d\u20e3\u2190-\u21ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\U0001f000-\U0001faff"
)
_END_SIGNS = re.compile(rf"[\s{_EMOJI}]+$")
"""Emoji, and arrows that point at what is not there."""
_LAST_LETTER = re.compile(r"[A-Za-z0-9.!?)]")
"""What most lines end with: no such sign is behind it."""
_ENDED = re.compile(rf"[.!?…{_EMOJI}]$|#\w+$")
"""After this a name at the end of a line is whom it was sent to."""
_ADDRESSED = re.compile(r"(?:[#@]\w+\s+){2,}")
"""Tags and names of accounts before a sentence."""
_PAIRS = (('"', '"'), ("“", "”"), ("«", "»"), ("(", ")"))
_PAIRED = re.compile(r"[\"“”«»()]")
_NUMBERED = re.compile(
    r"^(?:(?:\[\d{1,2}\]|\(?\d{1,2}(?:/\d{1,2})?\)|\d{1,2}/(?=\s))[\s.-]*)+(?=\D)"
)
"""The place of a post in a row of posts: ``1/``, ``(2/5)``, ``[3]``."""
_PRETTY = re.compile(r"[\U0001d400-\U0001d7ff]+")
"""Letters of mathematics, with which people write bold."""
_START_SIGNS = re.compile(rf"^[\s{_EMOJI}.,:;!?'’|/\\)*•·>–—-]+")
_BREAK = "\u2424"
"""Stands for the end of a line, which is the end of a sentence where no other sign is."""
_TO_ADDRESS = re.compile(
    r"\s+(?:sur|via|ici|à|de|on|at|here|from|to)(?:\s*:)?\s+(?=https?://)", re.IGNORECASE
)
"""A word that leads to an address: without the address the line would end in it."""
_AFTER_ADDRESS = re.compile(r"(?<=\s)https?://\S+\s+(?=[A-ZÀ-Þ])")
"""An address between two sentences, which would run together without it."""
_PARAGRAPH = re.compile(rf"\n(?:[^\S\n]*\n)+|\n[^\S\n]*(?=[{_EMOJI}#•·-])")
_READ = 4_000
"""Characters of a post that a headline is looked for in."""
_SENTENCE = re.compile(
    rf"[.!?…]+[\"”»’')]*(?=\s+[^\sa-zà-ÿ])|(?<=[\w)])\s*[{_EMOJI}]+(?=\s+[^\W_a-zà-ÿ]|[^\W_a-zà-ÿ])|\s*{_BREAK}"
)
_CLAUSE = re.compile(r"\s[–—-]\s|[,;:]\s|\s[:;]\s|\s(?=\()")
_ABBREVIATED = re.compile(
    r"\b(?:dr|mr|mrs|ms|mm|mme|mlle|pr|prof|gen|gén|sen|sén|rep|gov|gouv|sgt|lt|col|cap|st|ste"
    r"|vs|jr|sr|art|av|bd|dép|[^\W\d_])\.$",
    re.IGNORECASE,
)
"""A full stop that ends no sentence: of a title, or of an initial."""
_LEADS_ON = re.compile(
    r"(?:^|\s)(?:avec|de|du|des|d['’]|à|a|au|aux|le|la|les|l['’]|un|une|en|sur|pour|par|dans|chez|et|ou"
    r"|contre|the|an|of|in|on|at|to|for|with|from|by|and|or|against|as|is|are|\w+['’]s|\w+s['’])$",
    re.IGNORECASE,
)
"""Words after which a tag is a word of the sentence."""
_PLURAL = re.compile(r"(?:e?s|x)?(?!\w)")
"""What may follow a term, and then the end of a word."""


class Told(NamedTuple):
    """A line of a post, the same with the tag that names the group, and what speaks against it."""

    line: str
    tagged: str
    cost: float


def lines_of(
    title: str | None, text: str, terms: Sequence[str], known: Sequence[Term]
) -> Iterator[Told]:
    """The lines that a post could be told by, and what each costs: from its beginning, and from
    each of its next sentences that has a word of the group's.
    """
    said, tags = cleaned(title, text), []
    if "#" in said and (wanted := [word.casefold() for term in terms for word in term.split()]):
        found = {tag.casefold(): tag for tag in reversed(_TAG.findall(said))}
        tags = [found[word] for word in wanted if word in found]
    sentences = _sentences(_without_end(said))
    cost = 0.0
    for place in range(min(len(sentences), _STARTS)):
        here = sentences[place]
        names_it = has_any(here, known)
        if (place == 0 or names_it) and (line := _line(sentences[place:], known)):
            tagged = _tagged(line, tags, terms, known)
            lacking = (_REFERRED if place and _refers(line) else 0.0) + (not names_it) * _PREAMBLE
            yield Told(line, tagged, cost + lacking)
        cost += _SKIPPED if names_it else _LATER


def _refers(line: str) -> bool:
    """Whether a sentence has a word for somebody whom it has not named before."""
    found = _REFERS.search(line)
    return found is not None and NAMES.search(line, 0, found.start()) is None


def cleaned(title: str | None, text: str) -> str:
    """The title, else the text, in one line with signs where lines ended; without addresses, the
    mentions that lead it and the site that ends it.
    """
    if title and title.strip():
        line = body(title, "")
    else:
        text = text[:_READ].strip()
        if "http" in text:
            text = _AFTER_ADDRESS.sub(f" {_BREAK} ", _TO_ADDRESS.sub(" ", text))
        line = body(None, _PARAGRAPH.sub(f" {_BREAK} ", text))
    line = line.replace("\ufffd", " ")
    if _PRETTY.search(line):
        plain = _PRETTY.sub(lambda found: unicodedata.normalize("NFKC", found.group()), line)
        line = unicodedata.normalize("NFC", plain)
    named = LEADING_MENTIONS.match(line)
    if named and not (named.group().count("@") == 1 and line[named.end() :][:1].islower()):
        line = line[named.end() :]
    if (named := _SITE.search(line)) and named.start() >= MIN_LENGTH:
        line = line[: named.start()]
    return line


def _without_end(line: str) -> str:
    """A line without the tags, signs, emoji and names of accounts at its end that are no part of
    its sentence.
    """
    line = line.rstrip(f" {_BREAK}")
    while _may_trail(line) and (match := _TRAILING.search(line)):
        if match.start() < MIN_LENGTH // 2:
            break
        left = line[: match.start()].rstrip(f" {_BREAK}")
        if match["tag"] and _LEADS_ON.search(left):
            break
        if match["name"] and not _ENDED.search(left):
            break
        line = left
    if not _LAST_LETTER.match(line[-1:]):
        line = _END_SIGNS.sub("", line)
    return collapse_whitespace(line).strip(" -–—|\\:,")


def _may_trail(line: str) -> bool:
    """Whether `_TRAILING` may be found: it looks at every character of a line."""
    last = line[line.rfind(" ") + 1 :]
    return "#" in last or "@" in last or last[-1:] in "|–—-" or last[-3:].lower() == "via"


def _balanced(line: str) -> str:
    """A line without quotation marks and brackets whose other half is not in it."""
    if not _PAIRED.search(line):
        return collapse_whitespace(line)
    for opening, closing in _PAIRS:
        opened, closed = line.count(opening), line.count(closing)
        odd = opened % 2 if opening == closing else opened != closed
        if odd and not (opening == "“" and "„" in line):
            line = line.replace(opening, "").replace(closing, "")
    return collapse_whitespace(line)


def _sentences(line: str) -> list[str]:
    """A line in its sentences, each with the sign that ends it."""
    line = _START_SIGNS.sub("", line)
    found, start = [], 0
    for match in _SENTENCE.finditer(line):
        sign = match.group().lstrip()[:1]
        if sign == "." and _ABBREVIATED.search(line, 0, match.start() + 1):
            continue
        if (said := line[start : match.end()].replace(_BREAK, " ").strip()) and said[0] not in "…":
            found.append(said)
        start = match.end()
    if last := line[start:].replace(_BREAK, " ").strip():
        found.append(last)
    return found


def _line(sentences: Sequence[str], known: Sequence[Term]) -> str:
    """The first sentences that fit into a line; without those at its end that say nothing more."""
    opening = _OPENING.match(sentences[0])
    first = sentences[0][opening.end() :] if opening else sentences[0]
    if opening:
        first = first[:1].upper() + first[1:]
    taken = [_ADDRESSED.sub("", _START_SIGNS.sub("", _NUMBERED.sub("", first)))]
    for sentence in sentences[1:]:
        if sum(map(len, taken)) + len(taken) + len(sentence) > MAX_LENGTH:
            break
        taken.append(sentence)
    while len(taken) > 1 and not has_any(taken[-1], known):
        if not (_is_enough(taken[:-1], known) or greets(taken[-1])):
            break
        del taken[-1]
    line = _without_end(" ".join(taken))
    return _balanced(line if len(line) <= MAX_LENGTH else _cut(line))


def _tagged(line: str, tags: Sequence[str], terms: Sequence[str], known: Sequence[Term]) -> str:
    """A line with the tag of its post that names the group: its first term, or where nothing else
    does.
    """
    if not tags or f"#{tags[0]}".casefold() in line.casefold():
        return line
    first = tags[0].casefold() in terms[0].casefold().split()
    fits = len(line) + len(tags[0]) + 2 <= MAX_LENGTH
    return f"{line} #{tags[0]}" if fits and (first or not has_any(line, known)) else line


def _is_enough(taken: Sequence[str], known: Sequence[Term]) -> bool:
    line = " ".join(taken)
    if len(line) < MIN_LENGTH or len(line.split()) < MIN_WORDS:
        return False
    return has_any(line, known) or count_subjects(line) >= MIN_SUBJECTS


def _cut(line: str) -> str:
    """A sentence that is too long, cut where its last clause that fits ends, else after a word."""
    ends = [match.start() for match in _CLAUSE.finditer(line, _MIN_CLAUSE, MAX_LENGTH - 1)]
    if ends:
        return line[: ends[-1]].rstrip(" ,;:–—-(") + "…"
    return _without_last_stop_words(cut_at_word(line, MAX_LENGTH))


def _without_last_stop_words(cut: str) -> str:
    """A line that was cut (``…``), without articles and the like that lead to what is cut off."""
    words, stops = cut.removesuffix("…").split(), stop_words()
    while len(words) > MIN_WORDS and fold(words[-1]) in stops:
        del words[-1]
    return " ".join(words).rstrip(" ,;:–—-(") + "…" if cut.endswith("…") else cut


class Term:
    """A term that is looked for in lines that were cleaned, as whole words, in the plural, too.

    Not a regular expression: thousands of them, each for a few lines, take longer to compile than
    to look for.
    """

    __slots__ = ("_forms", "_words")

    def __init__(self, term: str) -> None:
        self._words = words = term.lower().split()
        later = product(*((f" {word}", f" #{word}") for word in words[1:]))
        self._forms = ["".join((*words[:1], *others)) for others in later] if words else []

    def may_be_in(self, lowered: str) -> bool:
        """Whether a text that was not cleaned, in small letters, has all of its words."""
        return all(word in lowered for word in self._words)

    def is_in(self, lowered: str) -> bool:
        """Whether a line, in small letters, has it."""
        for form in self._forms:
            at = lowered.find(form)
            while at >= 0:
                before = lowered[at - 1] if at else " "
                if not (before.isalnum() or before == "_") and _PLURAL.match(
                    lowered, at + len(form)
                ):
                    return True
                at = lowered.find(form, at + 1)
        return False


def has_any(line: str, known: Sequence[Term]) -> bool:
    """Whether a line has one of the terms."""
    lowered = line.lower()
    return any(term.is_in(lowered) for term in known)


def greets(line: str) -> bool:
    """Whether a line begins with thanks or a greeting."""
    return is_greeting(fold(line.split(maxsplit=1)[0].strip(",.!:"))) if line.strip() else False


def count_subjects(line: str, enough: int = MIN_SUBJECTS) -> int:
    """How many different words of a subject a line has; counted up to ``enough``.

    Where and when somebody is to be heard is no subject.
    """
    subjects: set[str] = set()
    for word in iterate_words(line):
        if subject := _subject(word):
            subjects.add(subject)
            if len(subjects) >= enough:
                break
    return len(subjects)


@lru_cache(maxsize=100_000)
def _subject(word: str) -> str | None:
    """The folded form of a word of a subject; None of any other."""
    token = known_token(word)
    if token is None or unnaming_words(())(token[0]) or is_announcing(token[0]):
        return None
    return token[0]
