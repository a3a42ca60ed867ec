"""Normalised text, which is what is compared: words without what sharers add, look-alikes undone.

Taken off are addresses, mentions, ``RT @name:`` and ``via @name``, trailing hashtags, emoji
and punctuation. Hashtags inside the sentence keep their word. A text of which too little is left
(`MIN_LETTERS`), such as a greeting, bare hashtags or an emoji, makes no claim of its own: it is
left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from nlp.copies.lexical.confusables import skeleton
from nlp.text.cleaning import unescaped
from tocsin.core.text import fold

MAX_CHARACTERS = 6_000
"""Characters of a text that are compared; an article's beginning tells it from others."""
MIN_LETTERS = 20
"""Letters and digits that must be left. A Chinese, Japanese or Korean one is `CJK_LETTERS`."""
CJK_LETTERS = 3
BATCH = 5_000
"""Texts that are searched for repeated letters at once."""

# Expressions begin with a letter or a sign where they can, and look behind it afterwards: that
# makes the search for them much faster.
_URL = re.compile(
    r"https?:\s*//\S+|www\.\S+|p(?<!\wp)ic\.twitter\.com/\S+"
    r"|t(?<!\wt)\.co/\S+|b(?<!\wb)it\.ly/\S+|y(?<!\wy)outu\.be/\S+"
)
_MENTION = re.compile(r"@(?<![\w@]@)\w+(?:@[\w.-]+)?:?")
_VIA = ("rt", "mt", "via", "cc")
"""Words that lead to a mention, a colon after them or not."""
_RETWEET = re.compile(r"^\W*rt\b[\s:]*")
_TAG = re.compile(r"\w+[^\w#]*")
_TAIL_TAGS = re.compile(r"((?:\b\w+)?)([^\w#]*#\w+(?:[^\w#]*#\w+)*)[^\w#]*$")
_OPEN_WORDS = (
    "a an the of for to by with from against on in at and or is are was be vote my our your "
    "this that not no le la les l un une des de du d pour par avec contre sur dans en et ou "
    "est sont au aux mon ma mes notre votre ce cette der die das den dem ein eine von fur mit "
    "gegen auf im am und oder ist sind zu zum zur mein unser el los las unos del por para con "
    "contra y o es son mi nuestro su que il lo gli uno di da per e sono в на за с и против "
    "для о не это к от у по из "
)
_NEEDS_OBJECT = frozenset(_OPEN_WORDS.split())
"""Words that leave a sentence open: a hashtag after one belongs to it, "I vote for #X"."""
_REPEATED = re.compile(r"([^\W\d_])\1{2,}")
_WORD = re.compile(r"[^\W_]+")
_ASCII_SEPARATORS = {code: " " for code in range(128) if not chr(code).isalnum()}
"""What ends a word in ASCII, where `str.translate` is much quicker than the expression."""
_BETWEEN = "Z"
"""Stands between folded texts that are split as one: a capital letter, which none of them has."""
_CJK = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)


def normalise(text: str) -> str:
    """The words of a text by single spaces: folded, in Latin look-alikes, without additions."""
    return normalise_all([text])[0]


def normalise_all(texts: Sequence[str]) -> list[str]:
    """Each text normalised; equal ones are looked at once."""
    known = dict.fromkeys(texts, "")
    distinct = list(known)
    for start in range(0, len(distinct), BATCH):
        batch = distinct[start : start + BATCH]
        words = _split_all([_without_additions(text) for text in batch])
        for at in _with_repeated_letters(words):
            words[at] = _REPEATED.sub(r"\1\1", words[at])
        known.update(zip(batch, words, strict=True))
    return [known[text] for text in texts]


def _split_all(plain: Sequence[str]) -> list[str]:
    """The words of each of some texts by single spaces; those in ASCII are split as one text."""
    ascii_texts = [text for text in plain if text.isascii()]
    # the texts are folded, so that none has the capital letter between two of them
    words = f" {_BETWEEN} ".join(ascii_texts).translate(_ASCII_SEPARATORS).split()
    split = iter(" ".join(words).split(_BETWEEN))
    return [
        next(split).strip() if text.isascii() else " ".join(_WORD.findall(text)) for text in plain
    ]


def _with_repeated_letters(texts: Sequence[str]) -> list[int]:
    """Which texts have a character three times in a row: all are asked at once."""
    # (n,) the characters of all texts, a line feed between two; ends are where each text's end is
    codes = np.frombuffer("\n".join(texts).encode("utf-32-le", "replace"), np.uint32)
    ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)) + 1)
    repeated = (codes[2:] == codes[1:-1]) & (codes[1:-1] == codes[:-2])
    texts_with = np.searchsorted(ends, np.flatnonzero(repeated), side="right")
    numbers: list[int] = np.flatnonzero(np.bincount(texts_with)).tolist()
    return numbers


def _without_additions(text: str) -> str:
    """The folded text without what sharers add, its letters in Latin where they look alike."""
    # folding replaces the apostrophe too; done first, what is left is often ASCII, which folds
    # quickly
    folded = fold(unescaped(text[:MAX_CHARACTERS]).replace("’", "'"))
    if "/" in folded:
        folded = _URL.sub(" | ", folded)
    if "@" in folded:
        folded = _without_mentions(folded)
    if folded[:8].lstrip()[:2] == "rt":
        folded = _RETWEET.sub("", folded)
    if "#" in folded:
        folded = _without_trailing_hashtags(folded)
    return skeleton(folded)


def _without_mentions(folded: str) -> str:
    """Mentions, and the words of `_VIA` right before them, become a space."""
    kept = []
    last = 0  # where the text after the mention before begins
    for mention in _MENTION.finditer(folded):
        start = mention.start()
        if start > last and (folded[start - 1] == ":" or folded[start - 1].isspace()):
            before = folded[last:start].rstrip()
            if before.endswith(":"):
                before = before[:-1].rstrip()
            if before.endswith(_VIA):
                at = last + len(before) - (3 if before.endswith("via") else 2)
                if not at or not _in_word(folded[at - 1]):
                    start = at
        kept.append(folded[last:start])
        last = mention.end()
    kept.append(folded[last:])
    return " ".join(kept)


def _without_trailing_hashtags(folded: str) -> str:
    """The text without the hashtags after its end: see `_keep_open_sentence`."""
    end = len(folded)
    at = folded.rfind("#")
    while at >= 0 and _TAG.fullmatch(folded, at + 1, end):
        at, end = folded.rfind("#", 0, at), at
    if end == len(folded):
        return folded
    start = end  # the word before the hashtags is where the expression begins to fit
    while start > at + 1 and not _in_word(folded[start - 1]):
        start -= 1
    while start > at + 1 and _in_word(folded[start - 1]):
        start -= 1
    return folded[:start] + _TAIL_TAGS.sub(_keep_open_sentence, folded[start:])


def _in_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _keep_open_sentence(match: re.Match[str]) -> str:
    """The last word alone, or with the single hashtag that its sentence needs."""
    word, tags = match.group(1), match.group(2)
    follows_directly = tags.lstrip(" ")[0] == "#" and tags.count("#") == 1
    return match.group() if word in _NEEDS_OBJECT and follows_directly else word


def letter_count(normalised: str) -> int:
    """How many letters a normalised text has, ideographs counted as `CJK_LETTERS`."""
    letters = len(normalised) - normalised.count(" ")
    if normalised.isascii():
        return letters
    return letters + (CJK_LETTERS - 1) * len(_CJK.findall(normalised))
