"""Who is called what: names that several accounts have, and the account that a mention means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from index.fields import normalise
from tocsin.core.documents import native_id

if TYPE_CHECKING:
    from index.base import NamedAccount


def platform_of(author_id: str) -> str:
    """The platform of an author id."""
    return author_id.partition(":")[0]


class Directory:
    """The names of many accounts, for showing them."""

    def __init__(self, accounts: Iterable[NamedAccount] = ()) -> None:
        borne: Counter[str] = Counter()
        borne_there: Counter[tuple[str, str]] = Counter()
        owner: dict[str, set[str]] = {}
        self._ids: set[str] = set()
        for account in accounts:
            platform = platform_of(account.id)
            names = {normalise("handle", native_id(account.id))}
            if account.handle:
                names.add(normalise("handle", account.handle))
            borne.update(names)
            borne_there.update((platform, name) for name in names)
            self._ids.add(account.id)
            for handle in account.handles:
                owner.setdefault(f"{platform}:{handle}", set()).add(account.id)
        self._shared = {name for name, number in borne.items() if number > 1}
        self._shared_there = {key for key, number in borne_there.items() if number > 1}
        self._owner = {key: next(iter(ids)) for key, ids in owner.items() if len(ids) == 1}

    def label(self, name: str, author_id: str) -> str:
        """A name of an account, with the platform where others have it too: ``ana (x)``; the id
        where even that would be two."""
        folded, platform = normalise("handle", name), platform_of(author_id)
        if folded not in self._shared:
            return name
        if (platform, folded) in self._shared_there:
            return author_id
        return f"{name} ({platform})"

    def owner(self, target: str) -> str:
        """The author id that ``platform:handle`` means: of the one account that has or had this
        handle there, else what was given."""
        if target in self._ids:
            return target
        platform, _, handle = target.partition(":")
        return self._owner.get(f"{platform}:{normalise('handle', handle)}", target)
