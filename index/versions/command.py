"""``tocsin versions``: every text that a document had, and when it was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from index.command_context import CommandContext
from tocsin.core.documents import Document, Version, chained_sha256
from tocsin.core.errors import ConfigError
from tocsin.core.findings import rfc3339_or_none
from tocsin.core.messages import Message
from tocsin.core.text import collapse_whitespace

if TYPE_CHECKING:
    from index.base import Index
    from index.privacy import Pseudonyms

_SHOWN = 120
_SHOWN_HASH = 12


@click.command()
@click.argument("document_id", metavar="ID")
@click.pass_obj
def versions(context: CommandContext, document_id: str) -> None:
    """Every text that a page or post had, oldest first: hashes, and when it was seen.

    ID is a post's id as exports write it (web:1f0a...), or the address of a page.
    """
    from index.privacy import pseudonyms

    with context.index(must_exist=True) as index:
        document = _find(index, document_id)
        answer = _answer(document, pseudonyms(context.workspace, index))
    context.answer(answer, lambda _: _print(context, answer))


def _find(index: Index, given: str) -> Document:
    """The document of an id or an address.

    Raises:
        ConfigError: there is none, or several stand at this address.
    """
    from index.query import Term, normalise

    (document,) = index.get([given])
    if document is not None:
        return document
    field = "url" if "://" in given else "id"
    found = index.search(Term(field, normalise(field, given)), size=2).documents
    if len(found) == 1:
        return found[0]
    if found:
        ids = [other.id for other in found]
        raise ConfigError(Message("versions.several", {"given": given, "ids": ids}))
    raise ConfigError(Message("versions.none", {"given": given}))


def _answer(document: Document, people: Pseudonyms) -> dict[str, Any]:
    shown = people.document(document)
    history = document.history
    return {
        "id": shown.id,
        "url": shown.url,
        "published_at": rfc3339_or_none(document.published_at),
        "gone_since": rfc3339_or_none(history.gone_since) if history else None,
        "gone_status": history.gone_status if history else None,
        "versions": [
            _version(number, version, told)
            for number, (version, told) in enumerate(
                zip(document.all_versions(), shown.all_versions(), strict=True), 1
            )
        ],
    }


def _version(number: int, version: Version, shown: Version) -> dict[str, Any]:
    """One version; hashes are of what was collected, texts as the privacy settings show them."""
    return {
        "version": number,
        "first_seen": rfc3339_or_none(version.first_seen),
        "last_seen": rfc3339_or_none(version.last_seen),
        "sha256": version.sha256,
        "raw_sha256": version.raw.sha256 if version.raw else None,
        "previous": version.previous or None,
        "chained_sha256": chained_sha256(version),
        "title": shown.title,
        "text": shown.text,
    }


def _print(context: CommandContext, answer: dict[str, Any]) -> None:
    columns = [
        Message("versions.column.version"),
        Message("versions.column.first_seen"),
        Message("versions.column.last_seen"),
        Message("versions.column.sha256"),
        Message("versions.column.text"),
    ]
    rows = [
        (
            row["version"],
            row["first_seen"] or "-",
            row["last_seen"] or "-",
            row["sha256"][:_SHOWN_HASH],
            collapse_whitespace(f"{row['title'] or ''} {row['text']}")[:_SHOWN],
        )
        for row in answer["versions"]
    ]
    title = Message("versions.title", {"id": answer["id"], "n": len(rows)})
    context.table(title, columns, rows)
    if answer["gone_since"]:
        gone = {"since": answer["gone_since"], "status": answer["gone_status"]}
        context.write(Message("versions.gone", gone))
