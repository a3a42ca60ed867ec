"""What erasing a person and retention mean for cases: a frozen copy is kept no longer than a post.

A pin about somebody who is erased goes, and so does one whose finding names them; their posts go
from all others, their names from what analysts wrote. The history keeps that something went, not
whom it was about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from index.cases.record import Case, Frozen, Pin
from index.cases.store import case_files, lock, open_case, save
from index.maintenance.records import record_document
from index.maintenance.retention import is_over
from index.maintenance.scrub import names_pattern
from index.query import Term
from tocsin.core.documents import Document
from tocsin.core.errors import ConfigError, Unreadable
from tocsin.core.messages import Message, encode_message
from tocsin.core.workspace import Workspace

if TYPE_CHECKING:
    from index.base import Index

BY = "tocsin"
"""Who did what a command did by itself."""
GONE = "[…]"
"""What stands where somebody's name stood."""


def posts_by(workspace: Workspace, index: Index, account: str) -> frozenset[str]:
    """The posts of an account, to be asked before it is erased; none where there is no case."""
    if not case_files(workspace):
        return frozenset()
    batches = index.scan(["id"], query=Term("author", account), order="none")
    return frozenset(one for batch in batches for one in batch.column("id").to_pylist())


def forget_in_cases(
    workspace: Workspace,
    account: str,
    names: Sequence[str | None],
    posts: Set[str],
    now: datetime,
) -> int:
    """Take a person out of all cases. A case whose file cannot be read goes whole: nobody can say
    whom it names.

    Args:
        account: the author id.
        names: their native id, handles, shown names and pseudonym.
        posts: the ids of their posts, see `posts_by`.

    Returns:
        How many cases were changed or removed.
    """
    pattern = names_pattern(names)

    def is_theirs(document: Document) -> bool:
        by = document.author.id if document.author else None
        return by == account or document.id in posts

    def forget(case: Case) -> Case:
        kept = [
            without_posts(pin, is_theirs)
            for pin in case.pins
            if account != pin.subject and not (pattern is not None and _says(pin, pattern))
        ]
        pins = [_without_ids(pin, account, posts) for pin in kept if pin is not None]
        if pattern is None:
            return replace(case, pins=tuple(pins))
        return _unnamed(replace(case, pins=tuple(pins)), pattern)

    return _in_every_case(workspace, forget, Message("case.did.erased"), now)


def expire_in_cases(
    workspace: Workspace, default: int, by_source: dict[str, int], now: datetime
) -> int:
    """Apply the retention periods to frozen copies; how many cases were changed."""

    def expired(document: Document) -> bool:
        return is_over(document, default, by_source, now)

    def expire(case: Case) -> Case:
        pins = [without_posts(pin, expired) for pin in case.pins]
        return replace(case, pins=tuple(pin for pin in pins if pin is not None))

    if not default and not by_source:
        return 0
    return _in_every_case(workspace, expire, Message("case.did.expired"), now, damaged=False)


def without_posts(pin: Pin, gone: Callable[[Document], bool]) -> Pin | None:
    """A pin without the copies of some posts; None where it is of such a post.

    A copy that cannot be read goes, too.
    """
    left: list[Any] = []
    for record in pin.frozen.posts:
        try:
            if not gone(record_document(record)):
                left.append(record)
        except Unreadable:
            continue
    if len(left) == len(pin.frozen.posts):
        return pin
    if pin.kind == "post":
        return None
    lost = {record["id"] for record in pin.frozen.posts} - {record["id"] for record in left}
    ids = tuple(one for one in pin.frozen.post_ids if one not in lost)
    told = tuple(one for one in pin.frozen.headlines if one.post not in lost)
    return _with(pin, replace(pin.frozen, posts=tuple(left), post_ids=ids, headlines=told))


def _without_ids(pin: Pin, account: str, posts: Set[str]) -> Pin:
    """A pin that knows an account and its posts no more."""
    accounts = tuple(one for one in pin.frozen.accounts if one != account)
    ids = tuple(one for one in pin.frozen.post_ids if one not in posts)
    if (accounts, ids) == (pin.frozen.accounts, pin.frozen.post_ids):
        return pin
    return _with(pin, replace(pin.frozen, accounts=accounts, post_ids=ids))


def _with(pin: Pin, frozen: Frozen) -> Pin:
    return replace(pin, frozen=frozen, sha256=frozen.sha256)


def _says(pin: Pin, names: re.Pattern[str]) -> bool:
    """Whether what a pin says of a finding names somebody, or what it is of is called so."""
    headlines = [headline.label for headline in pin.frozen.headlines]
    said = [encode_message([pin.frozen.title, *pin.frozen.said]), headlines]
    state = [str(value) for value in pin.frozen.state.values()]
    texts = _texts([said, pin.subject, pin.frozen.query, state])
    return pin.kind != "post" and any(names.search(text) for text in texts)


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner)


def _unnamed(case: Case, names: re.Pattern[str]) -> Case:
    """A case in whose own words somebody is named no more."""

    def text(said: str) -> str:
        return names.sub(GONE, said)

    pins = tuple(
        replace(
            pin,
            note=text(pin.note),
            techniques=tuple(replace(one, reason=text(one.reason)) for one in pin.techniques),
        )
        for pin in case.pins
    )
    steps = tuple(
        replace(step, text=Message(step.text.code, {
            name: text(value) if isinstance(value, str) else value
            for name, value in step.text.parameters.items()
        }))
        for step in case.steps
    )  # fmt: skip
    notes = tuple(replace(note, text=text(note.text)) for note in case.notes)
    title, question = text(case.title), text(case.question)
    return replace(case, title=title, question=question, pins=pins, steps=steps, notes=notes)


def _in_every_case(
    workspace: Workspace,
    change: Callable[[Case], Case],
    did: Message,
    now: datetime,
    *,
    damaged: bool = True,
) -> int:
    """Change every case, each that differs with one more event; ``damaged`` ones are removed."""
    if not case_files(workspace):
        return 0
    changed = 0
    with lock(workspace):
        for path in case_files(workspace):
            try:
                case = open_case(workspace, path.stem)
            except ConfigError:
                if damaged:
                    path.unlink(missing_ok=True)
                    changed += 1
                continue
            after = change(case)
            if after != case:
                save(workspace, after.noted(now, BY, did))
                changed += 1
    return changed
