"""What CrowdTangle exported of Facebook and Instagram: tables, and answers of its API."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from crawlers.importing.formats import fields
from crawlers.importing.formats.column_profile import ColumnProfile
from crawlers.importing.formats.post_addresses import facebook_post, post_id
from crawlers.importing.formats.profile_base import BaseProfile, Head, Record, Skip
from tocsin.core.errors import Unreadable
from tocsin.core.messages import Message

_TEXTS = ("Message", "Image Text", "Link Text", "Description")
_IS_POST = re.compile(r"/(?:posts|permalink)/|story_fbid=")
_SHARED = ":=:"
"""Between what a page says, the post that it shares, and what stands in that."""
_FACEBOOK_GIVES = (
    "id", "author.id", "author.handle", "author.name", "author.created_at", "author.followers",
    "author.description", "text", "published_at", "url", "urls", "repost_of", "quote_of",
    "metrics.likes", "metrics.reposts", "metrics.replies", "metrics.views",
)  # fmt: skip


class Pages:
    """The pages and groups of a file: an address names them by handle or by number, an id has the
    number.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, str] = {}

    def add(self, number: Any, handle: Any) -> None:
        """Learn the number of a handle."""
        native, name = fields.identifier(number), fields.line(handle)
        if native and name and native.isalnum():
            self._numbers.setdefault(name.casefold(), native)

    def id_of(self, address: str, owner: str | None = None) -> str | None:
        """``PAGE_POST`` for a post's address; ``owner`` is whose it is, where that is known."""
        named, number = facebook_post(address)
        whose = owner or (self._numbers.get(named.casefold(), named) if named else None)
        return f"{whose}_{number}" if whose and number else None

    def relate(self, row: dict[str, Any], addresses: Sequence[str], said: str) -> None:
        """The row with what it shares: it quotes another page's post, or repeats it where it adds
        no word. A link to itself or to a picture of its own is none of its addresses.
        """
        own = fields.text(row.get("id"))
        whose = own.partition("_")[0]
        kept = []
        for address in addresses:
            target = self.id_of(address)
            if target == own or (
                target is not None
                and target.partition("_")[0] == whose
                and not _IS_POST.search(address)
            ):
                continue
            kept.append(address)
            if target and not {"quote_of", "repost_of"} & row.keys():
                row["quote_of" if said.strip() else "repost_of"] = target
        row["urls"] = kept


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
    gives = _FACEBOOK_GIVES
    marks = (
        ("Facebook Id", "Post Created", "Total Interactions"),
        ("Facebook Id", "Created", "Message", "Likes at Posting"),
        ("Facebook Id", "Created", "Message", "Overperforming Score"),
        ("Page Name", "Post Created", "Message", "URL", "Shares"),
        ("Group Name", "Post Created", "Message", "URL", "Shares"),
        ("Page Name", "Created", "Message", "URL", "Total Interactions"),
        ("Group Name", "Created", "Message", "URL", "Total Interactions"),
    )
    columns: ClassVar = {
        "author.id": ("Facebook Id", "User Name", "Page Name", "Group Name", "Name"),
        "author.handle": ("User Name",),
        "author.name": ("Page Name", "Group Name", "Name"),
        "author.created_at": ("Page Created",),
        "author.description": ("Page Description",),
        "author.followers": ("Followers at Posting", "Likes at Posting", "Members at Posting"),
        "text": _TEXTS,
        "published_at": ("Post Created", "Created", "Post Created Date"),
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

    def fit(self, records: Sequence[Record]) -> None:
        super().fit(records)
        self._pages = Pages()
        for record in records:
            self._pages.add(record.get("Facebook Id"), record.get("User Name"))

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        page = fields.identifier(record.get("Facebook Id"))
        self._pages.add(page, record.get("User Name"))
        if page and not page.isalnum():  # what a spreadsheet left of a number
            page, _ = facebook_post(fields.text(row.get("url")))
            if page and page.isdigit():
                row["author"] = {**row["author"], "id": page}
        if native := self._pages.id_of(fields.text(row.get("url")), page):
            row["id"] = native
        message, *shared = fields.text(record.get("Message")).split(_SHARED)
        if shared:
            row["text"] = message.strip() or shared[-1].strip()
        addresses = fields.addresses([part.strip() for part in shared], row.get("urls"))
        self._pages.relate(row, addresses, message)
        used = next((c for c in _TEXTS if fields.text(record.get(c)).strip()), _TEXTS[0])
        fields.with_extra(
            row,
            text_from=used if used != _TEXTS[0] else None,
            shared_text=" ".join(s.strip() for s in shared[1:]) if message.strip() else None,
        )
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
    marks = (
        ("Account", "User Name", "Post Created", "Total Interactions", "Photo"),
        ("Account", "User Name", "Created", "Followers at Posting", "Photo"),
    )
    columns: ClassVar = {
        "author.id": ("User Name", "Account"),
        "author.handle": ("User Name",),
        "author.name": ("Account",),
        "author.followers": ("Followers at Posting",),
        "text": ("Description", "Title", "Image Text"),
        "published_at": ("Post Created", "Created", "Post Created Date"),
        "url": ("URL",),
        "media": ("Photo",),
        "metrics.likes": ("Likes",),
        "metrics.replies": ("Comments",),
        "metrics.views": ("Views",),
        "extra.image_text": ("Image Text",),
    }
    drops = ("Post Created Date", "Post Created Time", "Link")

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        if native := post_id(fields.text(row.get("url"))):
            row["id"] = native
        kind = fields.text(record.get("Type")).lower()
        row["media"] = [
            made
            for address in fields.addresses(record.get("Photo"))
            if (made := fields.media(address, "video" if "video" in kind else "photo"))
        ]
        return (row,)


class CrowdtanglePosts(BaseProfile):
    """https://github.com/CrowdTangle/API/wiki/Post"""

    name = "crowdtangle-posts"
    title = "Facebook, Instagram: posts of CrowdTangle's API (lines or a list)"
    platform = None
    gives = ("platform", *_FACEBOOK_GIVES, "lang", "media")

    def __init__(self) -> None:
        self._pages = Pages()

    def recognises(self, head: Head) -> float:
        return 0.95 if head.record_share("platformId", "postUrl", "account") >= 0.8 else 0.0

    def fit(self, records: Sequence[Record]) -> None:
        for record in records:
            self._pages.add(
                fields.at(record, "account.platformId"), fields.at(record, "account.handle")
            )

    def convert(self, record: Record, around: Record) -> Iterable[dict[str, Any] | Skip]:
        native = fields.identifier(record.get("platformId"))
        if native is None:
            raise Unreadable(Message("reading.no_id"))
        platform = fields.text(record.get("platform")).lower() or None
        account = fields.mapping(record.get("account"))
        counts = fields.mapping(fields.at(record, "statistics.actual"))
        address = fields.text(record.get("postUrl"))
        handle = account.get("handle")
        message = fields.text(record.get("message"))
        texts = (message, record.get("description"), record.get("imageText"), record.get("title"))
        is_facebook = platform != "instagram"
        row = {
            "id": native if is_facebook else post_id(address) or native,
            "platform": platform,
            # an account of Instagram goes by its name, as in the tables
            "author": fields.author(
                account.get("platformId") if is_facebook else handle, handle=handle,
                name=account.get("name"), created_at=account.get("pageCreatedDate"),
                followers=record.get("subscriberCount") or account.get("subscriberCount"),
                description=account.get("pageDescription"),
            ),
            "text": next(filter(None, map(fields.text, texts)), ""),
            "lang": record.get("languageCode"),
            "published_at": record.get("date"),
            "url": address,
            "media": [
                made for one in fields.objects(record.get("media"))
                if (made := fields.media(one.get("full") or one.get("url"), str(one.get("type"))))
            ],
            "metrics": fields.counts(
                likes=fields.first(counts, "likeCount", "favoriteCount"),
                reposts=counts.get("shareCount"), replies=counts.get("commentCount"),
                views=fields.first(record, "statistics.actual.viewCount", "videoViewCount"),
            ),
        }  # fmt: skip
        if is_facebook:
            expanded = [
                one.get("expanded") or one.get("original")
                for one in fields.objects(record.get("expandedLinks"))
            ]
            links = fields.addresses(expanded) or fields.addresses(record.get("link"))
            self._pages.relate(row, links, message)
        fields.with_extra(row, link_title=fields.line(record.get("title")))
        yield fields.without_empty(row)


class CrowdtangleAnswers(CrowdtanglePosts):
    """https://github.com/CrowdTangle/API/wiki/Posts"""

    name = "crowdtangle-api"
    title = "Facebook, Instagram: answers of CrowdTangle's API (result.posts)"
    lists: ClassVar = ("result.posts",)
