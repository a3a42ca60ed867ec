"""How posts are shown to a reader: the exchange format, people under their pseudonyms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tocsin.core.exchange import to_exchange

if TYPE_CHECKING:
    from index.privacy import Pseudonyms
    from tocsin.core.documents import Document

_KEPT = ("followers", "following", "posts", "verified", "created_at")
"""What is left of a pseudonymised author beside the pseudonym: numbers, no name and no description.
"""
_TEXTS = ("id", "title", "text", "reply_to", "repost_of", "quote_of")


def public_post(document: Document, people: Pseudonyms) -> dict[str, Any]:
    """The exchange object of a document, people as the privacy settings show them.

    Under pseudonyms these are left out: name and description of the author, every address (of the
    post, its links and its media) that names an account, and ``extra``, which holds what a
    platform or file said beside the known keys and may name anybody. Mentions, and the names of
    accounts in texts, titles, tags and ids are pseudonyms, see `index.names`.
    """
    public = to_exchange(document)
    if not people.enabled:
        return public
    mask, platform = people.mask, document.platform
    own = mask.own(document.author)
    public.pop("extra", None)
    if document.author is not None:
        pseudonym = people.account(document.author.id)
        public["author"] = {"id": pseudonym, "handle": pseudonym} | {
            key: public["author"][key] for key in _KEPT if key in public["author"]
        }
    for key in _TEXTS:
        if key in public:
            public[key] = mask.text(public[key], platform, own)
    if "source" in public:
        public["source"] = mask.source(public["source"], own)
    if "url" in public and mask.address(public["url"], own) is None:
        del public["url"]
    if "urls" in public:
        public["urls"] = [u for u in public["urls"] if mask.address(u, own) is not None]
    if "hashtags" in public:
        public["hashtags"] = [mask.tag(tag, platform, own) for tag in public["hashtags"]]
    if "media" in public:
        media = (mask.media(medium, platform, own) for medium in public["media"])
        public["media"] = [medium for medium in media if medium]
    if "mentions" in public:
        public["mentions"] = [mask.mention(m, platform, own) for m in public["mentions"]]
    return public
