"""The one road from outside text into the files that leave: bounded, never markup, never a link.

Two kinds of text are told apart. What a stranger wrote (a post, a term, an address, an id) is shown
as an inline code span by `code_span`: Markdown of every flavour makes neither HTML nor a link of
it. Sentences of the engine, which may quote such text, go through `prose`. `AccountMasker` takes
the names of pseudonymised accounts out of both.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

from index.names.known import KnownNames
from index.names.masking import NameMask
from tocsin.core.text import clean, collapse_whitespace
from tocsin.core.urls import domain

if TYPE_CHECKING:
    from index.privacy import Pseudonyms

MAX_LINE = 600
MAX_ADDRESS = 2_000
_JOINERS = "\u200c\u200d"
_SPECIAL = re.compile(r"([\\`*_\[\]{}|~#!$^])")
_MARKUP_AT_START = re.compile(r"^([-+>=]|\d+[.)])")
_ADDRESS = re.compile(r"https?://[!#-;=?-\[\]_a-z~]+")
_HOST = re.compile(
    r"(?=.{4,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9-]{2,63}"
)


def one_line(text: str | None, limit: int = MAX_LINE) -> str:
    """One line without control, format, private or unassigned characters, bounded with an ellipsis.

    Runs of space become one space.
    """
    cut = collapse_whitespace(clean((text or "")[: limit * 4]))
    if not cut.isascii():
        # the two joiners make letters of Persian and Indic scripts; every other format character
        # (bidi overrides) only hides
        cut = collapse_whitespace(
            "".join(c for c in cut if unicodedata.category(c)[0] != "C" or c in _JOINERS)
        )
    return cut if len(cut) <= limit else cut[: limit - 1].rstrip() + "…"


def code_span(text: str | None, limit: int = MAX_LINE) -> str:
    """Outside text as an inline code span that also fits into a cell of a table."""
    cut = one_line(text, limit).replace("`", "'").replace("|", "¦").replace("\\", "⧵")
    return f"`{cut}`" if cut else "(empty)"


def prose(text: str | None, limit: int = MAX_LINE) -> str:
    """A sentence of the engine: what it quotes becomes neither HTML nor emphasis nor a link."""
    cut = one_line(text, limit).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    cut = _SPECIAL.sub(r"\\\1", cut).replace("://", ": //").replace("@", "(at)")
    return _MARKUP_AT_START.sub(r"\\\1", re.sub(r"(?i)\bwww\.", "www .", cut))


def web_address(text: str) -> str | None:
    """A web address as it may stand in a file that others load, or None where it is not one."""
    well_formed = len(text) <= MAX_ADDRESS and _ADDRESS.fullmatch(text) is not None
    return text if well_formed and host_name(domain(text)) else None


def host_name(text: str) -> str | None:
    """A domain name, or None where it is not one (an IP address, a lone word, anything else)."""
    return text if _HOST.fullmatch(text) else None


class AccountMasker:
    """Takes the names of accounts out of text and addresses where pseudonyms stand for them.

    Args:
        pseudonyms: how accounts are shown; where pseudonymisation is off everything passes.
        handles: author id and handle of the accounts to look for; None for those that the
            pseudonyms know, which are all of the index that they were made for.
    """

    def __init__(
        self, pseudonyms: Pseudonyms, handles: Iterable[tuple[str, str | None]] | None = None
    ) -> None:
        self._enabled = pseudonyms.enabled
        if handles is None or not self._enabled:
            self._mask = pseudonyms.mask
        else:
            known = KnownNames((author, handle, None) for author, handle in handles)
            self._mask = NameMask(pseudonyms.pseudonym, known)

    def text(self, text: str) -> str:
        """The text with pseudonyms for the names it knows, and ``@…`` for all other mentions."""
        return self._mask.text(text) if self._enabled else text

    def address(self, url: str) -> str | None:
        """The address, or None where it names an account."""
        return self._mask.address(url) if self._enabled else url
