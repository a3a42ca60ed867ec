"""Language names and codes as data sets write them, to BCP 47 tags."""

from __future__ import annotations

import re
from functools import lru_cache

_OWN = {
    # "no language", as platforms and spreadsheets say it
    **dict.fromkeys(
        ["language undefined", "undefined", "unknown", "none", "null", "nan", "other"], "und"
    ),
    **dict.fromkeys(["und", "zxx", "mis", "mul", "art"], "und"),
    **dict.fromkeys(["qme", "qst", "qht", "qam", "qct"], "und"),  # Twitter's private codes
    # one tag for what platforms do not keep apart
    **dict.fromkeys(["simplified chinese", "traditional chinese", "mandarin"], "zh"),
    **dict.fromkeys(["filipino", "tgl", "fil"], "tl"),
    # codes that were withdrawn
    "iw": "he",
    "in": "id",
    "ji": "yi",
}
"""What langcodes does not know, or tells apart where posts of one language must compare equal."""
_TAG = re.compile(r"[a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8}){0,4}")

_SHORTEST_NAME = 4
"""Letters of a name that is not a code; what is shorter in a column of languages is a mistake."""


@lru_cache(maxsize=2048)
def language_tag(written: str) -> str | None:
    """The BCP 47 tag of what a data set writes; None where it does not name a language.

    Args:
        written: a tag (``en_us`` gives ``en-US``), an ISO 639 code of two or three letters, or the
            name of a language in English, French or itself.
    """
    text = written.strip().replace("_", "-")
    if not text:
        return "und"
    if own := _OWN.get(text.lower()):
        return own
    if not _TAG.fullmatch(text):
        return _tag_of_name(text)
    language, *subtags = text.split("-")
    return "-".join([_short_code(language.lower()), *map(_in_usual_case, subtags)])


def _short_code(code: str) -> str:
    """The code of two letters of a code of three, where there is one."""
    if own := _OWN.get(code):
        return own
    if len(code) == 2:
        return code
    from langcodes import standardize_tag
    from langcodes.tag_parser import LanguageTagError

    try:
        short = standardize_tag(code)
    except LanguageTagError:
        return code
    return short if short.isalpha() else code  # some became another language and a region


def _in_usual_case(subtag: str) -> str:
    """Regions in capitals, scripts with one, the rest in small letters."""
    if len(subtag) == 2:
        return subtag.upper()
    if len(subtag) == 4 and subtag.isalpha():
        return subtag.title()
    return subtag.lower()


def _tag_of_name(name: str) -> str | None:
    from langcodes import find

    if name.isascii() and len(name) < _SHORTEST_NAME:
        return None
    try:
        return str(find(name))
    except (LookupError, UnicodeEncodeError):  # the latter: half a character
        return None
