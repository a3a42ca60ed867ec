"""Pseudonyms of accounts, and the hashes of those who asked to be forgotten.

Both are keyed with the workspace's secret (HMAC-SHA-256, RFC 2104): equal within a workspace, not
linkable between two, and not to be found by trying all handles of a platform without the key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property, lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar

from index.directory import Directory
from index.names.known import KnownNames
from index.names.masking import NameMask
from tocsin.core.documents import native_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.base import Index
    from index.names.known import Written
    from tocsin.core.documents import Document
    from tocsin.core.groups.headlines import Headline
    from tocsin.core.workspace import Workspace

T = TypeVar("T")

PREFIX = "acct-"
_LENGTH = 12


class Pseudonyms:
    """How accounts are shown: keyed pseudonyms, or the platform's own ids where pseudonymisation is
    off: with the platform, ``ana (x)``, where the directory knows several of that name.

    Args:
        secret: the key.
        enabled: whether accounts hide.
        directory: gives who is called what; called once, when it is first needed.
        names: gives the names that are looked for in texts; called once, when a text is shown.
            Without it only mentions (``@name``) and each author's own names are found.
    """

    def __init__(
        self,
        secret: bytes,
        *,
        enabled: bool = True,
        directory: Callable[[], Directory] = Directory,
        names: Callable[[], KnownNames] = KnownNames,
    ) -> None:
        self._secret = secret
        self.enabled = enabled
        self._read_directory = directory
        self._names = names
        self._made = lru_cache(maxsize=500_000)(self._make)

    @cached_property
    def mask(self) -> NameMask:
        """Pseudonyms for the names inside texts. It hides whether pseudonymisation is on or off:
        ask `enabled` first, or use `text`, `document` and `hide`."""
        return NameMask(self._made, self._names(), self.directory.owner)

    def text(self, text: str, platform: str = "") -> str:
        """A text as it may leave: names of accounts are pseudonyms where those are on."""
        return self.mask.text(text, platform) if self.enabled else text

    def document(self, document: Document) -> Document:
        """A post (of any version) as it may leave: see `index.names.masking.NameMask.document`."""
        return self.mask.document(document) if self.enabled else document

    def hide(self, value: T) -> T:
        """An answer (JSON values and messages) as it may leave."""
        return self.mask.value(value) if self.enabled else value

    def finding(self, finding: T, *, objects: bool = True) -> T:
        """A finding as a screen may show it, its headlines with the names of those who speak in
        them; without ``objects`` those stay as they are, for who masks them when they are shown."""
        finding = self._spoken(finding)
        return self.mask.finding(finding, objects=objects) if self.enabled else finding

    def headline(self, headline: Headline) -> str:
        """The words of a headline as they may leave, with the name of who speaks where it needs
        one."""
        said = replace(headline, label=self.text(headline.label))
        return said.spoken(self.called(headline.speaker))

    def called(self, author_id: str) -> str:
        """What an account is called in a sentence: its handle, else its id, or the pseudonym;
        nothing where there is none."""
        if not author_id or self.enabled:
            return self._made(author_id) if author_id else ""
        name = self.directory.handle(author_id)
        return self.directory.label(f"@{name}" if name else native_id(author_id), author_id)

    def _spoken(self, finding: T) -> T:
        """A finding whose headlines say who speaks, where they need it."""
        headlines: tuple[Headline, ...] = getattr(finding, "headlines", ())
        if not any(one.speaker for one in headlines):
            return finding
        said = {one.label: self.headline(one) for one in headlines}
        changes: dict[str, Any] = {
            "headlines": tuple(replace(one, label=said[one.label]) for one in headlines)
        }
        if (label := getattr(finding, "label", None)) in said:
            changes["label"] = said[label]
        return replace(finding, **changes)  # type: ignore[type-var]

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
    """The pseudonyms of a workspace, as its settings ask.

    Args:
        workspace: whose.
        index: open while they are used; says which names are of several accounts, whom a mention
            means, and which names are looked for in texts. Read when that is first asked, once.
        directory: says the first two in its place.
    """
    if directory is None:
        directory = Directory if index is None else lambda: Directory(index.accounts())

    def names() -> KnownNames:
        return KnownNames() if index is None else known_names(index, people.directory)

    people = Pseudonyms(
        workspace.secret,
        enabled=workspace.settings.privacy.pseudonymise,
        directory=directory,
        names=names,
    )
    return people


def known_names(index: Index, directory: Directory) -> KnownNames:
    """The names of all accounts of an index, as they are now and as the directory knows them."""
    earlier = ((author, handle, None) for author, handle in directory.earlier)
    return KnownNames(chain(index.account_names(), earlier), lambda: sample_texts(index))


def sample_texts(index: Index) -> Iterator[Written]:
    """Author and text of some posts, from which names that are words are known."""
    from index.names.known import SAMPLE

    left = SAMPLE
    for batch in index.scan(["author", "text"], order="none", batch_size=5_000):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
        left -= batch.num_rows
        if left <= 0:
            return


def suppression_hash(secret: bytes, author_id: str) -> str:
    """What the suppression list keeps of an author who asked to be forgotten: 32 hex digits, not
    the id."""
    return hmac.digest(
        secret, b"suppressed\x00" + author_id.encode("utf-8", "surrogatepass"), hashlib.sha256
    ).hex()[:32]
