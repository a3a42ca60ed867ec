"""Tables that CrowdTangle exported, of Facebook and of Instagram."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, ClassVar

from crawlers.importing.formats import fields
from crawlers.importing.formats.column_profile import ColumnProfile
from crawlers.importing.formats.profile_base import Record, Skip

_FACEBOOK_POST = re.compile(
    r"https?://(?:www\.|m\.)?facebook\.com/(?:groups/)?([^/?#]+)/(?:posts|permalink|videos|photos)/"
    r"(?:[^?#]*/)?([\w.-]+?)/?(?:[?#].*)?$"
)
_INSTAGRAM_POST = re.compile(r"https?://(?:www\.)?instagram\.com/(?:p|reel|tv)/([\w-]+)")
_TEXTS = ("Message", "Image Text", "Link Text", "Description")


class CrowdtangleFacebook(ColumnProfile):
    """https://help.crowdtangle.com/en/articles/1192684 (columns of the historical data and lists)

    A post's id is ``PAGE_POST``, as in CrowdTangle's API. Who writes in a group is not known: the
    group stands for the author. A post that links another page's post quotes it, or repeats it
    where it adds no word. A post without a message has the text in its picture, or its link's
    title (``extra.text_from`` says which).
    """

    name = "crowdtangle-facebook"
    title = "Facebook: CrowdTangle, CSV (pages and groups)"
    platform = "facebook"
    gives = (
        "id", "author.id", "author.handle", "author.name", "author.created_at",
        "author.followers", "author.description", "text", "published_at", "url", "urls",
        "repost_of", "quote_of", "metrics.likes", "metrics.reposts", "metrics.replies",
        "metrics.views",
    )  # fmt: skip
    marks = (
        ("Facebook Id", "Post Created", "Total Interactions"),
        ("Page Name", "Post Created", "Message", "Total Interactions"),
        ("Group Name", "Post Created", "Message", "Total Interactions"),
    )
    columns: ClassVar = {
        "author.id": ("Facebook Id", "User Name", "Page Name", "Group Name"),
        "author.handle": ("User Name",),
        "author.name": ("Page Name", "Group Name"),
        "author.created_at": ("Page Created",),
        "author.description": ("Page Description",),
        "author.followers": ("Followers at Posting", "Likes at Posting"),
        "text": _TEXTS,
        "published_at": ("Post Created", "Post Created Date"),
        "url": ("URL",),
        "urls": ("Final Link", "Link"),
        "metrics.likes": ("Likes",),
        "metrics.reposts": ("Shares",),
        "metrics.replies": ("Comments",),
        "metrics.views": ("Post Views", "Total Views"),
        "extra.link_title": ("Link Text",),
        "extra.image_text": ("Image Text",),
    }
    drops = ("Post Created Date", "Post Created Time")

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        who = fields.mapping(row.get("author"))
        own = {str(v).casefold() for v in (who.get("id"), who.get("handle")) if v}
        if match := _FACEBOOK_POST.match(fields.text(row.get("url"))):
            row["id"] = f"{fields.identifier(record.get('Facebook Id')) or match[1]}_{match[2]}"
        addresses = fields.addresses(row.get("urls"))
        for address in addresses:
            shared = _FACEBOOK_POST.match(address)
            if shared is None or shared[1].casefold() in own:
                continue
            relation = "quote_of" if fields.text(record.get("Message")).strip() else "repost_of"
            row[relation] = f"{shared[1]}_{shared[2]}"
            break
        # a picture's link is the picture's own page
        row["urls"] = [a for a in addresses if not _is_own(a, own)]
        used = next((c for c in _TEXTS if fields.text(record.get(c)).strip()), _TEXTS[0])
        fields.with_extra(row, text_from=used if used != _TEXTS[0] else None)
        return (row,)


class CrowdtangleInstagram(ColumnProfile):
    """https://help.crowdtangle.com/en/articles/1192684

    A post's id is the short code in its address.
    """

    name = "crowdtangle-instagram"
    title = "Instagram: CrowdTangle, CSV"
    platform = "instagram"
    gives = (
        "id", "author.id", "author.handle", "author.name", "author.followers", "text",
        "published_at", "url", "media", "metrics.likes", "metrics.replies", "metrics.views",
    )  # fmt: skip
    marks = (("Account", "User Name", "Post Created", "Total Interactions", "Photo"),)
    columns: ClassVar = {
        "author.id": ("User Name", "Account"),
        "author.handle": ("User Name",),
        "author.name": ("Account",),
        "author.followers": ("Followers at Posting",),
        "text": ("Description", "Title", "Image Text"),
        "published_at": ("Post Created", "Post Created Date"),
        "url": ("URL",),
        "media": ("Photo",),
        "metrics.likes": ("Likes",),
        "metrics.replies": ("Comments",),
        "metrics.views": ("Views",),
        "extra.image_text": ("Image Text",),
    }
    drops = ("Post Created Date", "Post Created Time", "Link")

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        if match := _INSTAGRAM_POST.match(fields.text(row.get("url"))):
            row["id"] = match[1]
        kind = fields.text(record.get("Type")).lower()
        row["media"] = [
            made
            for address in fields.addresses(record.get("Photo"))
            if (made := fields.media(address, "video" if "video" in kind else "photo"))
        ]
        return (row,)


def _is_own(address: str, own: set[str]) -> bool:
    match = _FACEBOOK_POST.match(address)
    return match is not None and match[1].casefold() in own
