"""What the pages of a run say of each other: one text at many addresses, one canonical address of
many pages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from crawlers.extract.page_kinds import ARTICLE
from tocsin.core.documents import url_id
from tocsin.core.text import collapse_whitespace, fold
from tocsin.core.urls import canonical_url

MAX_PAGES = 20_000
MAX_HELD = 2_000
"""Rows that are held, to be mended when another page shows that they were wrong."""
ENOUGH = 3
"""Addresses with one text that make it no article's."""


class PageClaims:
    """One a spider."""

    def __init__(self) -> None:
        self._texts: dict[bytes, dict[str, str]] = {}
        self._first: dict[bytes, tuple[dict[str, Any], dict[str, Any]]] = {}
        self._owners: dict[str, tuple[str, bytes]] = {}
        self._moved: dict[str, dict[str, Any]] = {}

    def is_shared(self, text: str, url: str, said: dict[str, Any] | None) -> bool:
        """Whether this text stands at addresses of different stories.

        That is: announced under different titles, or at `ENOUGH` addresses.
        """
        addresses = self._texts.setdefault(_fingerprint(text), {})
        if len(self._texts) > MAX_PAGES:
            self._texts.pop(next(iter(self._texts)))
        addresses[canonical_url(url)] = fold((said or {}).get("title") or "")
        titles = {title for title in addresses.values() if title}
        return len(titles) > 1 or (len(addresses) >= ENOUGH and not titles)

    def hold(self, row: dict[str, Any], said: dict[str, Any] | None) -> None:
        """Remember the first row with a text, in case that it turns out to be no article's."""
        if len(self._first) < MAX_HELD:
            self._first.setdefault(_fingerprint(row["text"]), (row, said or {}))

    def mended(self, text: str) -> dict[str, Any] | None:
        """The first row with this text, with what its announcer said instead; once."""
        row, said = self._first.pop(_fingerprint(text), (None, {}))
        if row is None:
            return None
        instead = said.get("text") or said.get("title") or row.get("title") or ""
        return row | {"text": instead, "extra": {**row["extra"], "page": "shared"}}

    def why_no_article(
        self,
        article: dict[str, Any],
        url: str,
        asked: str,
        said: dict[str, Any] | None,
        refuse: Callable[[str], None],
    ) -> str:
        """Why a page is not taken for the article that was asked for; empty where it is.

        Forgets a canonical address that is another page's, and tells ``refuse``.
        """
        if not article["text"]:
            return ""
        if article["kind"] != ARTICLE:
            return str(article["kind"])
        if is_front(url) and not is_front(asked):
            return "front"
        canonical = article.get("canonical") or ""
        if not self.believes(canonical, url, article["text"]):
            refuse(canonical)
            article["canonical"] = canonical = ""
        return "shared" if self.is_shared(article["text"], canonical or url, said) else ""

    def believes(self, canonical: str, url: str, text: str) -> bool:
        """Whether a page's canonical address is its own: no page with another text claims it."""
        wanted, own, mark = canonical_url(canonical or url), canonical_url(url), _fingerprint(text)
        owner = self._owners.get(wanted)
        if owner is not None and owner[0] != own and owner[1] != mark and wanted != own:
            return False
        if len(self._owners) < MAX_PAGES:
            self._owners[wanted] = (own, mark)
        return True

    def take_address(self, row: dict[str, Any], url: str) -> dict[str, Any] | None:
        """Note whose address a row takes; the row of another page that had taken this one's own,
        now under its own address.
        """
        own = canonical_url(url)
        if row["extra"].get("canonical"):
            if len(self._moved) < MAX_HELD:
                self._moved.setdefault(canonical_url(row["extra"]["canonical"]), row)
            return None
        other = self._moved.pop(own, None)
        if other is None or _fingerprint(other["text"]) == _fingerprint(row["text"]):
            return None
        extra = {**other["extra"], "canonical": None}
        return other | {"id": url_id(canonical_url(other["url"])), "extra": extra}


def is_front(url: str) -> bool:
    """Whether an address is the front page of its site."""
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query


def _fingerprint(text: str) -> bytes:
    return hashlib.blake2b(fold(collapse_whitespace(text)).encode(), digest_size=12).digest()
