"""From the text of a query to a tree that a backend answers.

Names of accounts and of findings stand for what they mean in this workspace.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from index.accounts import PEOPLE, resolve_accounts
from index.current import current_clusters, current_structures, flagged_accounts
from index.query import (
    UNKNOWN_FIELD,
    Among,
    Node,
    OfFinding,
    Or,
    QueryError,
    Term,
    leaves,
    map_leaves,
    parse,
)
from tocsin.core.errors import ConfigError
from tocsin.core.findings import Alert, Narrative, Theme, WeakSignal
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from index.base import Index
    from index.privacy import Pseudonyms

ANY_GROUP = "any"
"""``cluster:any`` finds every post of an account that counts as coordinated."""
STORIES = (Narrative.kind, Theme.kind)
"""Fields that are named as the findings whose ids they hold."""


def read_query(text: str, index: Index, people: Pseudonyms) -> Node:
    """The tree of a query as people write it, ready for a backend.

    Raises:
        index.query.QueryError: what is written is no query.
        ConfigError: a name may mean several accounts, or no finding is called so.
    """
    return resolve(parse(text, index.declared_fields()), index, people)


def asks_index(text: str) -> bool:
    """Whether what a query means is for an index to say: a name, a finding, a declared field.

    Raises:
        index.query.QueryError: what is written is no query, whatever an index holds.
    """
    try:
        node = parse(text)
    except QueryError as error:
        if error.message.code not in UNKNOWN_FIELD:
            raise
        return True  # a stage may have declared it
    return any(
        (isinstance(leaf, Term) and leaf.field in (*PEOPLE, *STORIES))
        or (isinstance(leaf, OfFinding) and leaf != OfFinding("cluster", ANY_GROUP))
        for leaf in leaves(node)
    )


def resolve(node: Node, index: Index, people: Pseudonyms) -> Node:
    """A tree in which ``author:`` and ``handle:`` name accounts by id, ``narrative:`` and
    ``theme:`` what is published (by id, by an id that became part of it, or by its name), and
    ``signal:`` and ``cluster:`` stand for the posts that the finding counts, ``cluster:any`` for
    all posts of the accounts that count as coordinated.

    Raises:
        ConfigError: as `read_query`.
    """

    def of_finding(leaf: Node) -> Node:
        if leaf == OfFinding("cluster", ANY_GROUP):
            return among("author", flagged_accounts(index))
        if isinstance(leaf, OfFinding):
            return among("id", _posts_of(leaf, index))
        if isinstance(leaf, Term) and leaf.field in STORIES:
            return _named(leaf, index, people)
        return leaf

    return map_leaves(resolve_accounts(node, index, people), of_finding)


def unknown_stories(node: Node, index: Index) -> list[Message]:
    """A sentence for each narrative or theme of a tree (of `resolve`) that is not published.

    Asking for one is no mistake: a monitor may follow a story that comes back.
    """
    return [
        Message(f"query.no_{leaf.field}", {"value": leaf.value[:40]})
        for leaf in dict.fromkeys(leaves(node))
        if isinstance(leaf, Term) and leaf.field in STORIES
        if not index.findings(leaf.field, ids=[leaf.value])
    ]


def why_nothing(index: Index) -> Message:
    """Why a query finds no post: none matches, or there is none."""
    return Message("search.nothing" if index.count() else "search.empty")


def among(field: str, values: Iterable[str]) -> Among:
    """The query for documents whose ``id`` or ``author`` is one of these."""
    return Among(field, tuple(sorted(set(values))))


def _named(leaf: Term, index: Index, people: Pseudonyms) -> Node:
    """The narratives or themes that are meant by an id or a name; unknown ones stay as they are."""
    if index.findings(leaf.field, ids=[leaf.value]):
        return leaf
    wanted, meant = leaf.value.casefold(), []
    for found in index.findings(leaf.field):
        assert isinstance(found, (Narrative, Theme))
        merged = found.merged if isinstance(found, Narrative) else ()
        names = [found.label, *(headline.label for headline in found.headlines)]
        names += [people.headline(headline) for headline in found.headlines if headline.speaker]
        if leaf.value in merged or wanted in map(str.casefold, names):
            meant.append(Term(leaf.field, found.id))
    if len(meant) > 1:
        return Or(tuple(meant))
    return meant[0] if meant else leaf


def _posts_of(node: OfFinding, index: Index) -> tuple[str, ...]:
    if node.kind == "signal":
        for kind in (WeakSignal.kind, Alert.kind):
            for signal in index.findings(kind):
                if isinstance(signal, WeakSignal) and signal.id == node.id:
                    return signal.post_ids
    else:
        for found in (*current_clusters(index), *current_structures(index)):
            if found.answers_to(node.id):
                return found.post_ids
    raise ConfigError(Message(f"query.no_{node.kind}", {"value": node.id[:40]}))
