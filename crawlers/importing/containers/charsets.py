"""The encoding of text that is not UTF-8 and does not say what it is.

Western text is told apart by its accents: in the right encoding they stand between letters of
their own case. What has next to no ASCII letters is left to charset-normalizer.
"""

from __future__ import annotations

import re

WESTERN = ("cp1252", "mac_roman", "cp850")
"""The first wins where all are as good: few bytes beyond ASCII say nothing."""
_LOWER = "àâäáãåæçéèêëíìîïñóòôöõøœúùûüýÿß"
_UPPER = _LOWER.replace("ß", "").upper()
_PLAUSIBLE = re.compile(
    # a word may begin with one capital ("Réponse"); capitals go on after a capital ("RÉPONSE")
    f"(?<![A-Z]{{2}})[{_LOWER}](?![A-Z])|(?<![A-Za-z])[{_UPPER}](?![{_UPPER}]{{3}})"
    f"|(?<=[A-Z])[{_UPPER}](?![a-z])(?![{_UPPER}]{{3}})|[«»’‘“”–—…€°\u00a0]"
)
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_LETTER = re.compile(r"[A-Za-z]")
_ENOUGH_SHARE = 0.5
_CLEARLY = 1.2
MAX_DETECTED = 50_000


def single_byte_encoding(head: bytes) -> str:
    """A Python codec for this beginning of a text, ``cp1252`` where nothing says otherwise."""
    if not _is_western(head):
        from charset_normalizer import from_bytes

        best = from_bytes(head[:MAX_DETECTED]).best()
        if best is not None and not best.encoding.startswith("utf"):
            return best.encoding
    scores = {encoding: _score(head, encoding) for encoding in WESTERN}
    best_encoding = max(WESTERN, key=lambda encoding: scores[encoding])
    first = WESTERN[0]
    return best_encoding if scores[best_encoding] > _CLEARLY * scores[first] else first


def _is_western(head: bytes) -> bool:
    beyond = sum(byte >= 0x80 for byte in head)
    letters = len(_LETTER.findall(head.decode("ascii", "ignore")))
    return beyond < _ENOUGH_SHARE * max(1, letters)


def _score(head: bytes, encoding: str) -> int:
    """How many of the signs beyond ASCII stand where they may stand in words."""
    return len(_PLAUSIBLE.findall(head.decode(encoding, "replace")))
