"""Pseudonyms of accounts, and the hashes of those who asked to be forgotten.

Both are keyed with the workspace's secret (HMAC-SHA-256, RFC 2104): equal within a workspace, not
linkable between two, and not to be found by trying all handles of a platform without the key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from index.directory import Directory
from tocsin.core.documents import native_id

if TYPE_CHECKING:
    from index.base import Index
    from tocsin.core.workspace import Workspace

PREFIX = "acct-"
_LENGTH = 12


class Pseudonyms:
    """How accounts are shown: keyed pseudonyms, or the platform's own ids where pseudonymisation is
    off: with the platform, ``ana (x)``, where the directory knows several of that name."""

    def __init__(
        self,
        secret: bytes,
        *,
        enabled: bool = True,
        directory: Callable[[], Directory] = Directory,
    ) -> None:
        self._secret = secret
        self.enabled = enabled
        self._read_directory = directory
        self._made = lru_cache(maxsize=500_000)(self._make)

    def account(self, author_id: str) -> str:
        """What stands for an author id (``platform:native``) in every output."""
        if self.enabled:
            return self._made(author_id)
        return self.directory.label(native_id(author_id), author_id)

    def handle(self, handle: str | None, author_id: str) -> str | None:
        """What stands for a handle: itself, or the account's pseudonym."""
        if self.enabled:
            return self._made(author_id)
        return self.directory.label(handle, author_id) if handle else handle

    def mentioned(self, target: str) -> str:
        """What stands for somebody who was mentioned as ``platform:handle``: the account that is
        or was called so, where one alone is."""
        owner = self.directory.owner(target)
        return self._made(owner) if self.enabled else native_id(target)

    @cached_property
    def directory(self) -> Directory:
        """Who is called what, read when it is first needed."""
        return self._read_directory()

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


def pseudonyms(
    workspace: Workspace,
    index: Index | None = None,
    directory: Callable[[], Directory] | None = None,
) -> Pseudonyms:
    """The pseudonyms of a workspace, as its settings ask; ``index`` (open while they are used) says
    which names are of several accounts, and whom a mention means; or ``directory`` does."""
    if directory is None:
        directory = Directory if index is None else lambda: Directory(index.accounts())
    return Pseudonyms(
        workspace.secret,
        enabled=workspace.settings.privacy.pseudonymise,
        directory=directory,
    )


def suppression_hash(secret: bytes, author_id: str) -> str:
    """What the suppression list keeps of an author who asked to be forgotten: 32 hex digits, not
    the id."""
    return hmac.digest(
        secret, b"suppressed\x00" + author_id.encode("utf-8", "surrogatepass"), hashlib.sha256
    ).hex()[:32]
