"""The one road from outside text into the files that leave: bounded, without controls, never markup, never a link.

Two kinds of text are told apart. What a stranger wrote (a post, a term, an address, an id) is shown as an inline
code span by `code`: Markdown of every flavour makes neither HTML nor a link of it. Sentences of the engine, which may
quote such text, go through `prose`. `Veil` takes the names of pseudonymised accounts out of both.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from tocsin.core.documents import native_id
from tocsin.core.text import clean, squash
from tocsin.core.urls import domain

if TYPE_CHECKING:
    from index.privacy import Pseudonyms

MAX_LINE = 600
MAX_ADDRESS = 2_000
_SPECIAL = re.compile(r"([\\`*_\[\]{}|~#!$^])")
_MARKUP_AT_START = re.compile(r"^([-+>=]|\d+[.)])")
_MENTION = re.compile(r"(?<!\w)@[\w.-]*\w(?:@[\w.-]*\w)?")
_ADDRESS = re.compile(r"https?://[!#-;=?-\[\]_a-z~]+")
_HOST = re.compile(
    r"(?=.{4,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9-]{2,63}"
)
_PEOPLE_ADDRESSES = frozenset({
    "x.com", "twitter.com", "facebook.com", "instagram.com", "t.me", "bsky.app", "vk.com", "linkedin.com", "truthsocial.com", "gettr.com",
})  # fmt: skip
"""Platforms whose addresses name the account that posted."""


def plain(text: str | None, limit: int = MAX_LINE) -> str:
    """One line: no control, format, private or unassigned characters, runs of space as one, bounded with an ellipsis."""
    cut = squash(clean((text or "")[: limit * 4]))
    if not cut.isascii():
        # the two joiners make letters of Persian and Indic scripts; every other format character (bidi overrides) only hides
        cut = squash(
            "".join(c for c in cut if unicodedata.category(c)[0] != "C" or c in "\u200c\u200d")
        )
    return cut if len(cut) <= limit else cut[: limit - 1].rstrip() + "…"


def code(text: str | None, limit: int = MAX_LINE) -> str:
    """Outside text as an inline code span that also fits into a cell of a table."""
    cut = plain(text, limit).replace("`", "'").replace("|", "¦").replace("\\", "⧵")
    return f"`{cut}`" if cut else "(empty)"


def prose(text: str | None, limit: int = MAX_LINE) -> str:
    """A sentence of the engine: what it quotes becomes neither HTML nor emphasis nor a link."""
    cut = plain(text, limit).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    cut = _SPECIAL.sub(r"\\\1", cut).replace("://", ": //").replace("@", "(at)")
    return _MARKUP_AT_START.sub(r"\\\1", re.sub(r"(?i)\bwww\.", "www .", cut))


def web_address(text: str) -> str | None:
    """A web address as it may stand in a file that others load, or None where it is not one."""
    return (
        text
        if len(text) <= MAX_ADDRESS and _ADDRESS.fullmatch(text) and host_name(domain(text))
        else None
    )


def host_name(text: str) -> str | None:
    """A domain name, or None where it is not one (an IP address, a lone word, anything else)."""
    return text if _HOST.fullmatch(text) else None


class Veil:
    """Takes the names of accounts out of text and addresses where accounts are shown under pseudonyms.

    Args:
        people: how accounts are shown; with pseudonyms off everything passes.
        named: author id and handle of the accounts that a file speaks of.
    """

    def __init__(self, people: Pseudonyms, named: Iterable[tuple[str, str | None]]) -> None:
        self.people = people
        names: dict[str, str] = {}
        for author, handle in sorted({(a, h or "") for a, h in named}):
            for name in (handle, native_id(author), native_id(author).partition("@")[0]):
                name = name.strip().lstrip("@").casefold()
                if len(name) >= 3 and not (name.isdigit() and len(name) < 6):
                    names.setdefault(name, author)
        self._author = names
        self._in_address = _any_of(names)
        # short plain words are more often words than names; with an @ before them they go all the same
        self._in_text = _any_of(name for name in names if len(name) >= 5 or not name.isalpha())

    def text(self, text: str) -> str:
        """The text with pseudonyms for the names it knows, and ``@…`` for all other mentions."""
        if not self.people.enabled:
            return text
        if self._in_text is not None:
            text = self._in_text.sub(lambda found: self._shown(found[0]), text)
        return _MENTION.sub("@…", text)

    def address(self, url: str) -> str | None:
        """The address, or None where it names an account."""
        if not self.people.enabled:
            return url
        bare = unquote(url)
        host = domain(url)
        social = any(
            host == name or host.endswith(f".{name}") for name in _PEOPLE_ADDRESSES
        ) and urlsplit(url).path.strip("/")
        named = "/@" in bare or (
            self._in_address is not None and self._in_address.search(bare) is not None
        )
        return None if social or named else url

    def _shown(self, found: str) -> str:
        author = self._author.get(found.lstrip("@").casefold())
        return self.people.account(author) if author else "…"


def _any_of(names: Iterable[str]) -> re.Pattern[str] | None:
    longest = sorted(names, key=lambda name: (-len(name), name))
    return (
        re.compile(rf"(?<!\w)@?(?:{'|'.join(map(re.escape, longest))})(?!\w)", re.IGNORECASE)
        if longest
        else None
    )
