"""Letters that look like Latin ones: the skeleton of a text survives a swap of alphabets.

After the idea of Unicode Technical Standard 39 (confusable detection), whose word for such a form
is skeleton. The table was written for this project and holds what is seen in evasion: Cyrillic,
Greek, Armenian, Cherokee and Lisu capitals, small capitals, letters of the phonetic alphabet,
squared letters. Full-width, circled and mathematical letters are undone by NFKD before. The map is
applied to every text alike, so honest Russian or Greek stays comparable with itself.

The package confusable-homoglyphs (3.3.1) does not replace it: of these 248 letters, folded, it
knows 50 as the same Latin letter, and it takes 0.2 ms a text where `skeleton` takes 0.0025 ms.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PAIRS = (
    # Cyrillic, small; what NFKD takes apart (й, ё, ї) has lost its mark by now
    "аa вb еe зз иu кk мm нh оo пn рp сc тt уy хx ѕs іi јj һh ӏl ԁd ԛq ԝw ѵv ҽe ґr ғf қk "
    "ңh үy ұy ҳx ҷч ҡk ҥh ҩo ҭt ԍg ʍm "
    # Cyrillic capitals whose small form looks like another letter
    "ϲc ϳj "
    # Greek, small
    "αa βb γy εe ηn ιi κk νv οo ρp τt υu χx ωw ϱp "
    # Armenian, small
    "աw գq եe զq հh յj ոn ռn սu օo ցg քp "
    # Latin beyond the basic letters, the phonetic alphabet, small capitals
    "ᴀa ɑa ɐa ʙb ƀb ɓb ᴄc ɔo ᴅd ɗd ᴇe əe ɛe ꜰf ƒf ɡg ɢg ʜh ɦh ħh ɪi ɨi ɩi ᴊj ᴋk ƙk ʟl ƚl "
    "ɭl ᴍm ɱm ɴn ŋn ɲn ᴏo ɵo ᴘp ƥp ǫq ʀr ɍr ɼr ꜱs ʂs ᴛt ŧt ƫt ᴜu ʉu ᴠv ʋv ᴡw ʏy ƴy ᴢz ƶz "
    "ʐz "
)
_OTHER_CAPITALS = (
    "ᎪA ᏴB ᏟC ᎠD ᎬE ᏀG ᎻH ᎥI ᎫJ ᏦK ᏞL ᎷM ᏢP ᎡR ᏚS ᎢT ᏙV ᏔW ᏃZ ꓐB ꓑP ꓒD ꓓD ꓔT ꓖG ꓗK ꓙJ ꓚC "
    "ꓜZ ꓝF ꓟM ꓠN ꓡL ꓢS ꓣR ꓦV ꓧH ꓪW ꓫX ꓬY ꓮA ꓰE ꓲI ꓳO ꓴU "
)
_SQUARED_AND_CIRCLED = (0x1F130, 0x1F150, 0x1F170)
"""Where their alphabets begin. Regional indicators are not among them: those make flags."""


def _table() -> dict[int, str]:
    table = {ord(pair[0]): pair[1] for pair in _PAIRS.split()}
    for pair in _OTHER_CAPITALS.split():
        small = pair[0].casefold()
        if len(small) == 1:
            table[ord(small)] = pair[1].lower()
    for block in _SQUARED_AND_CIRCLED:
        table |= {block + at: chr(ord("a") + at) for at in range(26)}
    return table


CONFUSABLES: dict[int, str] = _table()
"""Code point of a folded character -> the Latin letter that it looks like."""

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_LEET = str.maketrans("0134578@$", "oieastbas")
_LEET_INSIDE = re.compile(r"[0134578@$](?<=[a-z].)(?=[a-z])")


def skeleton(folded: str) -> str:
    """The skeleton of a text folded by `tocsin.core.text.fold`.

    Look-alike letters become Latin ones, signs beyond ASCII that are in no word become spaces, and
    digits between letters the letters they stand for.
    """
    if not folded.isascii():
        folded = _BEYOND_ASCII.sub(_spelled_in_latin, folded)
    return _LEET_INSIDE.sub(_letter_for_digit, folded)


def _spelled_in_latin(match: re.Match[str]) -> str:
    return _run_in_latin(match.group())


@lru_cache(maxsize=50_000)
def _run_in_latin(run: str) -> str:
    """Characters beyond ASCII one after the other: few runs are in most texts, emoji and quotes."""
    return "".join(CONFUSABLES.get(ord(sign)) or (sign if sign.isalnum() else " ") for sign in run)


def _letter_for_digit(match: re.Match[str]) -> str:
    return match.group().translate(_LEET)
