"""Find an account by what people call it: handle (an earlier one, too), native id, ``platform:id``,
``name (platform)`` or pseudonym."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from index.base import NamedAccount
from index.directory import platform_of
from index.fields import normalise
from index.privacy import PREFIX
from index.query import Node, Term, map_leaves
from tocsin.core.documents import native_id
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from index.base import Index
    from index.privacy import Pseudonyms

PEOPLE = ("author", "handle")
"""Fields that are named as people are called."""
_NAMED_AT_MOST = 10
_BATCH = 1_000
_WITH_PLATFORM = re.compile(r"(?P<name>.+?)\s*\((?P<platform>[^()\s]+)\)")


def find_accounts(index: Index, name: str, people: Pseudonyms) -> list[NamedAccount]:
    """Accounts that a name may mean, by id.

    The exact id alone; else the pseudonym's; else all that have the name as native id, as handle,
    or had it as handle. ``name (platform)`` leaves those of that platform.
    """
    given = name.strip()
    found = _called(index, given, people)
    named = None if found else _WITH_PLATFORM.fullmatch(given)
    if named is None:
        return found
    platform = named["platform"].casefold()
    of_platform = _called(index, named["name"], people)
    return [a for a in of_platform if platform_of(a.id).casefold() == platform]


def find_account(index: Index, name: str, people: Pseudonyms) -> NamedAccount | None:
    """The one account that a name means; None where nobody here is called so.

    Raises:
        ConfigError: it may be several.
    """
    accounts = find_accounts(index, name, people)
    if len(accounts) > 1:
        raise ConfigError(several(name, accounts, people))
    return accounts[0] if accounts else None


def several(name: str, accounts: Sequence[NamedAccount], people: Pseudonyms) -> Message:
    """The sentence that a name may mean these, each as every command takes it."""
    shown = [_label(account, people) for account in accounts]
    named = [
        label if shown.count(label) == 1 else account.id
        for label, account in zip(shown, accounts, strict=True)
    ]
    more = len(named) - _NAMED_AT_MOST
    code = "account_name.several_more" if more > 0 else "account_name.several"
    return Message(code, {"value": name, "names": named[:_NAMED_AT_MOST], "n": more})


def resolve_accounts(node: Node, index: Index, people: Pseudonyms) -> Node:
    """A query's tree with the account that ``author:`` or ``handle:`` means in place of its name:
    all posts of that account are found, whatever it was called when it wrote them.

    Raises:
        ConfigError: a name may mean several accounts.
    """

    def by_id(leaf: Node) -> Node:
        if isinstance(leaf, Term) and leaf.field in PEOPLE:
            account = find_account(index, leaf.value, people)
            return leaf if account is None else Term("author", account.id)
        return leaf

    return map_leaves(node, by_id)


class CarriedName(NamedTuple):
    """What an account was called on its posts, and when first and last (published, else seen)."""

    handle: str | None
    name: str | None
    first_at: datetime | None
    last_at: datetime | None


def read_history(index: Index, author_id: str) -> list[CarriedName]:
    """The handles and names that the posts of an account carry, the earliest first."""
    times: dict[tuple[str | None, str | None], list[datetime]] = {}
    for batch in index.scan(["id"], query=Term("author", author_id), batch_size=_BATCH):
        for document in index.get(batch.column("id").to_pylist()):
            if document is not None and document.author is not None:
                at = document.published_at or document.collected_at
                carried = times.setdefault((document.author.handle, document.author.name), [])
                carried[:] = [min([*carried, at]), max([*carried, at])] if at else carried
    history = [
        CarriedName(handle, name, min(found, default=None), max(found, default=None))
        for (handle, name), found in times.items()
    ]
    undated = datetime.max.replace(tzinfo=UTC)
    return sorted(history, key=lambda one: one.first_at or undated)


def all_names(index: Index, account: NamedAccount) -> list[str]:
    """Every handle and name that an account's posts carry, its ids with them."""
    names = dict.fromkeys([native_id(account.id), account.handle or "", *sorted(account.handles)])
    for carried in read_history(index, account.id):
        names |= dict.fromkeys([carried.handle or "", carried.name or ""])
    return [name for name in names if name]


def _called(index: Index, name: str, people: Pseudonyms) -> list[NamedAccount]:
    if name.startswith(PREFIX):
        return [a for a in index.accounts() if people.pseudonym(a.id) == name]
    accounts = index.accounts([name])
    if exact := [account for account in accounts if account.id == name]:
        return exact
    wanted = normalise("handle", name)
    return [a for a in accounts if native_id(a.id) == name or (wanted and wanted in a.handles)]


def _label(account: NamedAccount, people: Pseudonyms) -> str:
    name = people.pseudonym(account.id) if people.enabled else account.handle
    return f"{name or native_id(account.id)} ({platform_of(account.id)})"
