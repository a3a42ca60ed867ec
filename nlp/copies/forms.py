"""What of a text is compared: its words without what a sharer adds, in look-alike-proof letters.

Taken off: addresses, mentions, ``RT @name:`` and ``via @name``, hashtags after the end, emoji, punctuation.
Hashtags that stand in the sentence keep their word. A text of which too little is left (`MIN_LETTERS`) carries no
claim of its own, such as greetings, bare hashtags and single emoji; it takes part in nothing.
"""

from __future__ import annotations

import re

from nlp.copies.confusables import latin
from tocsin.text import fold

MAX_CHARACTERS = 6_000
"""Characters of a text that are compared; an article's beginning tells it from others."""
MIN_LETTERS = 20
"""Letters and digits that must be left. A Chinese, Japanese or Korean character counts as `CJK_WEIGHT`."""
CJK_WEIGHT = 3

_URL = re.compile(r"(?:https?:\s*//|www\.)\S+|\bpic\.twitter\.com/\S+|\b(?:t\.co|bit\.ly|youtu\.be)/\S+")
_MENTION = re.compile(r"(?:\b(?:rt|mt|via|cc)\s*:?\s*)?(?<![\w@])@\w+(?:@[\w.-]+)?:?")
_RETWEET = re.compile(r"^\W*rt\b[\s:]*")
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
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
_DIGIT = re.compile(r"\d")


def skeleton(text: str) -> str:
    """Words of a text by single spaces, folded, in Latin look-alikes, without what sharers add."""
    folded = fold(text[:MAX_CHARACTERS])
    if "/" in folded:
        folded = _URL.sub(" | ", folded)
    if "@" in folded:
        folded = _MENTION.sub(" ", folded)
    if folded[:8].lstrip()[:2] == "rt":
        folded = _RETWEET.sub("", folded)
    if "#" in folded:
        folded = _TAIL_TAGS.sub(_tail, folded)
    plain = latin(folded)
    if any(letter * 3 in plain for letter in set(plain)):  # much quicker than the expression, which most texts do not need
        plain = _REPEATED.sub(r"\1\1", plain)
    return " ".join(_WORD.findall(plain))


def _tail(match: re.Match[str]) -> str:
    word, tags = match.group(1), match.group(2)
    return match.group() if word in _NEEDS_OBJECT and tags.lstrip(" ")[0] == "#" and tags.count("#") == 1 else word


def weight(words: str) -> int:
    """How much text a skeleton holds, in letters."""
    letters = len(words) - words.count(" ")
    if words.isascii():
        return letters
    return letters + (CJK_WEIGHT - 1) * len(CJK.findall(words))
