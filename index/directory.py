"""Who is called what: names that several accounts have, and the account that a mention means."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from index.fields import normalise

if TYPE_CHECKING:
    from index.base import NamedAccount


def platform_of(author_id: str) -> str:
    """The platform of an author id."""
    return author_id.partition(":")[0]


class Directory:
    """The names of many accounts, for showing them.

    Attributes:
        earlier: author ids and the handles that they had before.
    """

    def __init__(self, accounts: Iterable[NamedAccount] = ()) -> None:
        borne: set[str] = set()
        borne_there: set[tuple[str, str]] = set()
        self._shared: set[str] = set()
        self._shared_there: set[tuple[str, str]] = set()
        self._owner: dict[str, str] = {}
        self._ids: set[str] = set()
        self._handles: dict[str, str] = {}
        self.earlier: list[tuple[str, str]] = []
        of_several: set[str] = set()
        for account in accounts:
            platform, _, native = account.id.partition(":")
            self._ids.add(account.id)
            if account.handle and account.handle != native:
                self._handles[account.id] = account.handle
            for name in {
                normalise("handle", called) for called in (native, account.handle or native)
            }:
                (self._shared if name in borne else borne).add(name)
                there = platform, name
                (self._shared_there if there in borne_there else borne_there).add(there)
            for handle in account.handles:
                target = f"{platform}:{handle}"
                if self._owner.setdefault(target, account.id) != account.id:
                    of_several.add(target)
            if len(account.handles) > 1 or account.handle is None:
                now = normalise("handle", account.handle or "")
                self.earlier += ((account.id, handle) for handle in account.handles - {now})
        for target in of_several:
            del self._owner[target]

    def label(self, name: str, author_id: str) -> str:
        """A name of an account, with the platform where others have it too: ``ana (x)``; the id
        where even that would be two."""
        folded, platform = normalise("handle", name), platform_of(author_id)
        if folded not in self._shared:
            return name
        if (platform, folded) in self._shared_there:
            return author_id
        return f"{name} ({platform})"

    def handle(self, author_id: str) -> str:
        """The handle of an account as last seen, without ``@``; nothing where its id is its only
        name."""
        return self._handles.get(author_id, "").lstrip("@")

    def owner(self, target: str) -> str:
        """The author id that ``platform:handle`` means: of the one account that has or had this
        handle there, else what was given."""
        if target in self._ids:
            return target
        platform, _, handle = target.partition(":")
        return self._owner.get(f"{platform}:{normalise('handle', handle)}", target)
