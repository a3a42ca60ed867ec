"""Pseudonyms of accounts, and the hashes of those who asked to be forgotten.

Both are keyed with the workspace's secret (HMAC-SHA-256, RFC 2104): equal within a workspace, not
linkable between two, and not to be found by trying all handles of a platform without the key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import lru_cache
from typing import TYPE_CHECKING

from tocsin.core.documents import native_id

if TYPE_CHECKING:
    from tocsin.core.workspace import Workspace

PREFIX = "acct-"
_LENGTH = 12


class Pseudonyms:
    """How accounts are shown: keyed pseudonyms, or the platform's own ids where pseudonymisation is
    off."""

    def __init__(self, secret: bytes, *, enabled: bool = True) -> None:
        self._secret = secret
        self.enabled = enabled
        self._made = lru_cache(maxsize=500_000)(self._make)

    def account(self, author_id: str) -> str:
        """What stands for an author id (``platform:native``) in every output."""
        return self._made(author_id) if self.enabled else native_id(author_id)

    def handle(self, handle: str | None, author_id: str) -> str | None:
        """What stands for a handle: itself, or the account's pseudonym."""
        return self._made(author_id) if self.enabled else handle

    def pseudonym(self, author_id: str) -> str:
        """The pseudonym of an author id, whether pseudonymisation is on or off: what ``tocsin
        erase`` takes."""
        return self._made(author_id)

    def _make(self, author_id: str) -> str:
        digest = hmac.digest(
            self._secret,
            b"account\x00" + author_id.encode("utf-8", "surrogatepass"),
            hashlib.sha256,
        )
        return PREFIX + base64.b32encode(digest).decode("ascii").lower()[:_LENGTH]


def pseudonyms(workspace: Workspace) -> Pseudonyms:
    """The pseudonyms of a workspace, as its settings ask."""
    return Pseudonyms(workspace.secret, enabled=workspace.settings.privacy.pseudonymise)


def suppression_hash(secret: bytes, author_id: str) -> str:
    """What the suppression list keeps of an author who asked to be forgotten: 32 hex digits, not
    the id."""
    return hmac.digest(
        secret, b"suppressed\x00" + author_id.encode("utf-8", "surrogatepass"), hashlib.sha256
    ).hex()[:32]
