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
from urllib.parse import unquote, urlsplit

from tocsin.core.documents import native_id
from tocsin.core.text import clean, collapse_whitespace
from tocsin.core.urls import domain

if TYPE_CHECKING:
    from index.privacy import Pseudonyms

MAX_LINE = 600
MAX_ADDRESS = 2_000
SHORTEST_NAME = 3
SHORTEST_NUMBER = 6
SURE_NAME = 5
"""Letters from which a name is hardly a common word."""
_JOINERS = "\u200c\u200d"
_SPECIAL = re.compile(r"([\\`*_\[\]{}|~#!$^])")
_MARKUP_AT_START = re.compile(r"^([-+>=]|\d+[.)])")
_MENTION = re.compile(r"(?<!\w)@[\w.-]*\w(?:@[\w.-]*\w)?")
_ADDRESS = re.compile(r"https?://[!#-;=?-\[\]_a-z~]+")
_HOST = re.compile(
    r"(?=.{4,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9-]{2,63}"
)
_ACCOUNT_PLATFORMS = frozenset({
    "x.com", "twitter.com", "facebook.com", "instagram.com", "t.me", "bsky.app", "vk.com",
    "linkedin.com", "truthsocial.com", "gettr.com",
})  # fmt: skip
"""Platforms whose addresses name the account that posted."""


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
        handles: author id and handle of the accounts that a file speaks of.
    """

    def __init__(self, pseudonyms: Pseudonyms, handles: Iterable[tuple[str, str | None]]) -> None:
        self._pseudonyms = pseudonyms
        self._author = author_of_name = _authors_by_name(handles)
        self._in_address = _any_of(author_of_name)
        # short plain words are more often words than names; with an @ before them they go anyway
        self._in_text = _any_of(
            name for name in author_of_name if len(name) >= SURE_NAME or not name.isalpha()
        )

    def text(self, text: str) -> str:
        """The text with pseudonyms for the names it knows, and ``@…`` for all other mentions."""
        if not self._pseudonyms.enabled:
            return text
        if self._in_text is not None:
            text = self._in_text.sub(lambda match: self._pseudonym_of(match[0]), text)
        return _MENTION.sub("@…", text)

    def address(self, url: str) -> str | None:
        """The address, or None where it names an account."""
        if not self._pseudonyms.enabled:
            return url
        readable = unquote(url)
        named = self._in_address is not None and self._in_address.search(readable) is not None
        return None if named or "/@" in readable or _is_account_page(url) else url

    def _pseudonym_of(self, name: str) -> str:
        author = self._author.get(name.lstrip("@").casefold())
        return self._pseudonyms.account(author) if author else "…"


def _authors_by_name(handles: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    """Name -> author id; names too short to be told from other words and numbers are left out."""
    authors: dict[str, str] = {}
    for author, handle in sorted({(author, handle or "") for author, handle in handles}):
        native = native_id(author)
        for given in (handle, native, native.partition("@")[0]):
            name = given.strip().lstrip("@").casefold()
            short_number = name.isdigit() and len(name) < SHORTEST_NUMBER
            if len(name) >= SHORTEST_NAME and not short_number:
                authors.setdefault(name, author)
    return authors


def _is_account_page(url: str) -> bool:
    """Whether an address lies on a platform whose addresses name the account that posted."""
    host = domain(url)
    on_platform = any(host == name or host.endswith(f".{name}") for name in _ACCOUNT_PLATFORMS)
    return on_platform and bool(urlsplit(url).path.strip("/"))


def _any_of(names: Iterable[str]) -> re.Pattern[str] | None:
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    if not longest_first:
        return None
    alternatives = "|".join(map(re.escape, longest_first))
    return re.compile(rf"(?<!\w)@?(?:{alternatives})(?!\w)", re.IGNORECASE)
