"""How posts are shown to a reader: the exchange format, people under their pseudonyms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tocsin.core.documents import document_id
from tocsin.core.exchange import to_exchange

if TYPE_CHECKING:
    from index.privacy import Pseudonyms
    from tocsin.core.documents import Document

_KEPT = ("followers", "following", "posts", "verified", "created_at")
"""What is left of a pseudonymised author beside the pseudonym: numbers, no name and no description.
"""


def public_post(document: Document, people: Pseudonyms) -> dict[str, Any]:
    """The exchange object of a document. Under pseudonyms, name and description of the author are
    left out, so is an address that holds their handle, and mentions are pseudonyms too; the text
    stays as it was written."""
    public = to_exchange(document)
    author = document.author
    if not people.enabled:
        return public
    if author is not None:
        name = people.account(author.id)
        public["author"] = {"id": name, "handle": name} | {
            key: public["author"][key] for key in _KEPT if key in public["author"]
        }
        if document.url and _holds(
            document.url, (author.handle, shown_id(author.id, document.platform))
        ):
            del public["url"]
    if "mentions" in public:
        public["mentions"] = [
            people.account(document_id(document.platform, handle)) for handle in public["mentions"]
        ]
    return public


def shown_id(key: str, platform: str) -> str:
    """An author id without its platform."""
    return key.removeprefix(f"{platform}:")


def _holds(url: str, names: tuple[str | None, ...]) -> bool:
    known = [re.escape(name.lstrip("@")) for name in names if name and name.lstrip("@")]
    return (
        bool(known)
        and re.search(rf"(?<!\w)(?:{'|'.join(known)})(?!\w)", url, re.IGNORECASE) is not None
    )
