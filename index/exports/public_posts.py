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
    """The exchange object of a document, people as the privacy settings show them.

    Under pseudonyms these are left out: name and description of the author, every address (of the
    post, its links and its media) that holds their handle or id, and ``extra``, which holds what
    a platform or file said beside the known keys and may name anybody. Mentions are pseudonyms
    too; the text stays as it was written.
    """
    public = to_exchange(document)
    if not people.enabled:
        return public
    public.pop("extra", None)
    author = document.author
    if author is not None:
        pseudonym = people.account(author.id)
        public["author"] = {"id": pseudonym, "handle": pseudonym} | {
            key: public["author"][key] for key in _KEPT if key in public["author"]
        }
        _drop_addresses(public, (author.handle, shown_id(author.id, document.platform)))
    if "mentions" in public:
        public["mentions"] = [
            people.mentioned(document_id(document.platform, handle))
            for handle in public["mentions"]
        ]
    return public


def _drop_addresses(public: dict[str, Any], names: tuple[str | None, ...]) -> None:
    """Leave out the addresses that name the author."""
    if _holds(public.get("url", ""), names):
        del public["url"]
    if "urls" in public:
        public["urls"] = [url for url in public["urls"] if not _holds(url, names)]
    if "media" in public:
        media = ({k: v for k, v in m.items() if not _holds(str(v), names)} for m in public["media"])
        public["media"] = [medium for medium in media if medium]


def shown_id(key: str, platform: str) -> str:
    """An author id without its platform."""
    return key.removeprefix(f"{platform}:")


def _holds(url: str, names: tuple[str | None, ...]) -> bool:
    """Whether an address has one of these names as a word of its own, in any case."""
    folded = url.casefold()
    bare = (name.lstrip("@") for name in names if name)
    # a pattern is made for the few addresses that have the letters at all
    inside = [re.escape(name) for name in bare if name and name.casefold() in folded]
    if not inside:
        return False
    whole_word = rf"(?<!\w)(?:{'|'.join(inside)})(?!\w)"
    return re.search(whole_word, url, re.IGNORECASE) is not None
