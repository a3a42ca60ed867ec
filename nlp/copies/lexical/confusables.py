"""Letters that look like Latin ones, mapped to them: the skeleton of a text survives a swap of alphabets.

After the idea of Unicode Technical Standard 39 (confusable detection). The table was written for this project
and holds what is seen in evasion: Cyrillic, Greek, Armenian, Cherokee and Lisu capitals, small capitals, letters of the
phonetic alphabet, squared letters. Full-width, circled and mathematical letters are undone by NFKD before. The map is
applied to every text alike, so honest Russian or Greek keeps being comparable with itself.
"""

from __future__ import annotations

import re

_PAIRS = (
    # Cyrillic, small; what NFKD takes apart (й, ё, ї) has lost its mark by now
    "аa вb еe зз иu кk мm нh оo пn рp сc тt уy хx ѕs іi јj һh ӏl ԁd ԛq ԝw ѵv ҽe ґr ғf қk ңh үy ұy ҳx ҷч ҡk ҥh ҩo ҭt ԍg ʍm "
    # Cyrillic capitals whose small form looks like another letter
    "ϲc ϳj "
    # Greek, small
    "αa βb γy εe ηn ιi κk νv οo ρp τt υu χx ωw ϱp "
    # Armenian, small
    "աw գq եe զq հh յj ոn ռn սu օo ցg քp "
    # Latin beyond the basic letters, the phonetic alphabet, small capitals
    "ᴀa ɑa ɐa ʙb ƀb ɓb ᴄc ɔo ᴅd ɗd ᴇe əe ɛe ꜰf ƒf ɡg ɢg ʜh ɦh ħh ɪi ɨi ɩi ᴊj ᴋk ƙk ʟl ƚl ɭl ᴍm ɱm ɴn ŋn ɲn ᴏo ɵo ᴘp ƥp ǫq ʀr ɍr ɼr "
    "ꜱs ʂs ᴛt ŧt ƫt ᴜu ʉu ᴠv ʋv ᴡw ʏy ƴy ᴢz ƶz ʐz "
)
_OTHER_CAPITALS = "ᎪA ᏴB ᏟC ᎠD ᎬE ᏀG ᎻH ᎥI ᎫJ ᏦK ᏞL ᎷM ᏢP ᎡR ᏚS ᎢT ᏙV ᏔW ᏃZ ꓐB ꓑP ꓒD ꓓD ꓔT ꓖG ꓗK ꓙJ ꓚC ꓜZ ꓝF ꓟM ꓠN ꓡL ꓢS ꓣR ꓦV ꓧH ꓪW ꓫX ꓬY ꓮA ꓰE ꓲI ꓳO ꓴU "


def _table() -> dict[int, str]:
    table = {ord(pair[0]): pair[1] for pair in _PAIRS.split()}
    table |= {
        ord(pair[0].casefold()): pair[1].lower()
        for pair in _OTHER_CAPITALS.split()
        if len(pair[0].casefold()) == 1
    }
    for block in (
        0x1F130,
        0x1F150,
        0x1F170,
    ):  # squared and circled letters; regional ones are flags
        table |= {block + i: chr(ord("a") + i) for i in range(26)}
    return table


CONFUSABLES: dict[int, str] = _table()
"""Code point of a folded character -> the Latin letter that it looks like."""

_LOOKALIKE = re.compile(f"[{''.join(map(chr, CONFUSABLES))}]")
_LEET = str.maketrans("0134578@$", "oieastbas")
_LEET_INSIDE = re.compile(r"[0134578@$](?<=[a-z].)(?=[a-z])")


def latin(folded: str) -> str:
    """The skeleton of a folded text (`tocsin.core.text.fold`): look-alike letters as Latin ones, digits between letters undone."""
    if not folded.isascii() and _LOOKALIKE.search(
        folded
    ):  # `str.translate` is slow, and most other signs are quotes and emoji
        folded = folded.translate(CONFUSABLES)
    return _LEET_INSIDE.sub(_leet, folded)


def _leet(match: re.Match[str]) -> str:
    return match.group().translate(_LEET)
