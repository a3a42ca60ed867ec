"""What of a text is compared: its words without what a sharer adds, in look-alike-proof letters.

Taken off: addresses, mentions, ``RT @name:`` and ``via @name``, hashtags after the end, emoji, punctuation.
Hashtags that stand in the sentence keep their word. A text of which too little is left (`MIN_LETTERS`) carries no
claim of its own, such as greetings, bare hashtags and single emoji; it takes part in nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from nlp.copies.lexical.confusables import latin
from tocsin.core.text import fold

MAX_CHARACTERS = 6_000
"""Characters of a text that are compared; an article's beginning tells it from others."""
MIN_LETTERS = 20
"""Letters and digits that must be left. A Chinese, Japanese or Korean character counts as `CJK_WEIGHT`."""
CJK_WEIGHT = 3
AT_ONCE = 5_000

# Expressions begin with a letter or a sign where they can, and look behind it afterwards: so they are searched for much faster.
_URL = re.compile(
    r"https?:\s*//\S+|www\.\S+|p(?<!\wp)ic\.twitter\.com/\S+|t(?<!\wt)\.co/\S+|b(?<!\wb)it\.ly/\S+|y(?<!\wy)outu\.be/\S+"
)
_MENTION = re.compile(r"@(?<![\w@]@)\w+(?:@[\w.-]+)?:?")
_VIA = ("rt", "mt", "via", "cc")
"""Words that lead to a mention, a colon after them or not."""
_RETWEET = re.compile(r"^\W*rt\b[\s:]*")
_TAG = re.compile(r"\w+[^\w#]*")
_TAIL_TAGS = re.compile(r"((?:\b\w+)?)([^\w#]*#\w+(?:[^\w#]*#\w+)*)[^\w#]*$")
_OPEN = (
    "a an the of for to by with from against on in at and or is are was be vote my our your this that not no "
    "le la les l un une des de du d pour par avec contre sur dans en et ou est sont au aux mon ma mes notre votre ce cette "
    "der die das den dem ein eine von fur mit gegen auf im am und oder ist sind zu zum zur mein unser "
    "el los las unos del por para con contra y o es son mi nuestro su que il lo gli uno di da per e sono "
    "в на за с и против для о не это к от у по из"
)
_NEEDS_OBJECT = frozenset(_OPEN.split())
"""Words that leave a sentence open: the hashtag after one of them belongs to it ("I vote for #X")."""
_REPEATED = re.compile(r"([^\W\d_])\1{2,}")
_WORD = re.compile(r"[^\W_]+")
_APART = {code: " " for code in range(128) if not chr(code).isalnum()}
"""What ends a word in ASCII: `str.translate` is much quicker there than the expression, and much slower elsewhere."""
CJK = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)
_DIGIT = re.compile(r"\d")


def skeleton(text: str) -> str:
    """Words of a text by single spaces, folded, in Latin look-alikes, without what sharers add."""
    return _REPEATED.sub(r"\1\1", _words(text))


def skeletons(texts: Sequence[str]) -> list[str]:
    """The skeleton of each text."""
    known = {text: _words(text) for text in dict.fromkeys(texts)}
    keys = list(known)
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        for at in _thrice([known[text] for text in some]):
            known[some[at]] = _REPEATED.sub(r"\1\1", known[some[at]])
    return [known[text] for text in texts]


def _thrice(words: Sequence[str]) -> list[int]:
    """Which texts hold a character three times in a row: a look at all at once, as most hold none."""
    codes = np.frombuffer("\n".join(words).encode("utf-32-le", "replace"), np.uint32)
    ends = np.cumsum(np.fromiter(map(len, words), np.int64, len(words)) + 1)
    found = np.flatnonzero((codes[2:] == codes[1:-1]) & (codes[1:-1] == codes[:-2]))
    held: list[int] = np.flatnonzero(
        np.bincount(np.searchsorted(ends, found, side="right"))
    ).tolist()
    return held


def _words(text: str) -> str:
    """The skeleton before letters that stand three times and more are made two."""
    folded = fold(
        text[:MAX_CHARACTERS].replace("’", "'")
    )  # as folding does, which is quick for what is plain ASCII then
    if "/" in folded:
        folded = _URL.sub(" | ", folded)
    if "@" in folded:
        folded = _without_mentions(folded)
    if folded[:8].lstrip()[:2] == "rt":
        folded = _RETWEET.sub("", folded)
    if "#" in folded:
        folded = _without_tail(folded)
    plain = latin(folded)
    return " ".join(plain.translate(_APART).split() if plain.isascii() else _WORD.findall(plain))


def _without_mentions(folded: str) -> str:
    """Mentions, and the words of `_VIA` right before them, become a space."""
    kept = []
    last = 0
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


def _without_tail(folded: str) -> str:
    """The text without the hashtags after its end: see `_tail`."""
    end = len(folded)
    at = folded.rfind("#")
    while at >= 0 and _TAG.fullmatch(folded, at + 1, end):
        at, end = folded.rfind("#", 0, at), at
    if end == len(folded):
        return folded
    start = end  # the word before the tags is where the expression begins to fit
    while start > at + 1 and not _in_word(folded[start - 1]):
        start -= 1
    while start > at + 1 and _in_word(folded[start - 1]):
        start -= 1
    return folded[:start] + _TAIL_TAGS.sub(_tail, folded[start:])


def _in_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _tail(match: re.Match[str]) -> str:
    word, tags = match.group(1), match.group(2)
    return (
        match.group()
        if word in _NEEDS_OBJECT and tags.lstrip(" ")[0] == "#" and tags.count("#") == 1
        else word
    )


def weight(words: str) -> int:
    """How much text a skeleton holds, in letters."""
    letters = len(words) - words.count(" ")
    if words.isascii():
        return letters
    return letters + (CJK_WEIGHT - 1) * len(CJK.findall(words))
