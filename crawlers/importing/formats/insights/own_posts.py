"""Tables of one's own posts: Meta Business Suite, X Analytics, LinkedIn, TikTok Studio.

Most do not name their account: it stands in the addresses of its posts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, ClassVar
from urllib.parse import unquote

from crawlers.importing.formats import fields
from crawlers.importing.formats.column_profile import ColumnProfile
from crawlers.importing.formats.post_addresses import (
    facebook_post,
    handle_at,
    platform_at,
    post_id,
)
from crawlers.importing.formats.profile_base import Record, Skip

_LINKEDIN = re.compile(r"urn:li:(?:activity|share|ugcPost):(\d+)")


class MetaBusinessSuite(ColumnProfile):
    """https://www.facebook.com/business/help/314148939549199 (Insights, Content, Export data)

    One table for the posts of a page, one for those of an Instagram account, in the language of
    the person who exports. A post without a description has its words in the title, which else
    repeats how the description begins.
    """

    name = "meta-business-suite"
    title = "Facebook, Instagram: Meta Business Suite, own posts (CSV, English or French)"
    platform = None
    gives = (
        "id", "platform", "author.id", "author.handle", "author.name", "title", "text",
        "published_at", "url", "metrics.likes", "metrics.reposts", "metrics.replies",
        "metrics.views",
    )  # fmt: skip
    marks = (
        ("Post ID", "Page ID", "Page name", "Publish time", "Permalink"),
        ("Post ID", "Account ID", "Account username", "Publish time", "Permalink"),
        ("ID de la publication", "ID de la Page", "Nom de la Page", "Permalien"),
        ("ID de publication", "ID de Page", "Nom de la Page", "Permalien"),
        ("ID de la publication", "ID du compte", "Nom du compte", "Permalien"),
        ("ID de publication", "ID de compte", "Nom du compte", "Permalien"),
    )
    columns: ClassVar = {
        "id": ("Post ID", "ID de la publication", "ID de publication"),
        "author.id": (
            "Page ID", "Account ID", "ID de la Page", "ID de Page", "ID du compte", "ID de compte",
        ),
        "author.handle": (
            "Account username", "Nom d’utilisateur du compte", "Nom de profil du compte",
            "Nom utilisateur du compte", "Identifiant du compte",
        ),
        "author.name": ("Page name", "Account name", "Nom de la Page", "Nom du compte"),
        "title": ("Title", "Titre"),
        "text": ("Description", "Title", "Titre"),
        "published_at": (
            "Publish time", "Heure de publication", "Date de publication",
            "Date et heure de publication",
        ),
        "url": ("Permalink", "Permalien", "Lien permanent"),
        "metrics.likes": ("Reactions", "Likes", "Réactions", "Mentions J’aime", "J’aime"),
        "metrics.reposts": ("Shares", "Partages"),
        "metrics.replies": ("Comments", "Commentaires"),
        "metrics.views": ("Views", "Impressions", "Vues", "Plays", "Lectures"),
    }  # fmt: skip
    drops = ("Date", "Data comment", "Commentaire sur les données")

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        address = fields.text(row.get("url"))
        row["platform"] = platform_at(address) or (
            "instagram" if fields.at(row, "author.handle") else "facebook"
        )
        if fields.text(row.get("text")).startswith(fields.text(row.get("title"))):
            row.pop("title", None)
        page = fields.identifier(fields.at(row, "author.id"))
        owner, number = facebook_post(address)
        native = f"{page or owner}_{number}" if number and (page or owner) else post_id(address)
        if native:
            fields.with_extra(row, post_id=row.get("id"))
            row["id"] = native
        return (fields.without_empty(row),)


class _NamedByAddress(ColumnProfile):
    """The address of a post names its account, and has its id."""

    gives = (
        "id", "author.id", "author.handle", "text", "published_at", "url", "metrics.likes",
        "metrics.reposts", "metrics.replies", "metrics.views",
    )  # fmt: skip

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        address = fields.text(row.get("url"))
        row["id"] = post_id(address) or row.get("id")
        row["author"] = fields.author(handle=handle_at(address))
        return (fields.without_empty(row),)


class XAnalytics(_NamedByAddress):
    """https://help.x.com/en/managing-your-account/using-the-post-activity-dashboard

    The newer layout has days without hours.
    """

    name = "x-analytics"
    title = "X: X Analytics, own posts (CSV)"
    platform = "x"
    marks = (
        ("Tweet id", "Tweet permalink", "Tweet text", "impressions"),
        ("Post id", "Post text", "Post Link", "Impressions"),
    )
    columns: ClassVar = {
        "id": ("Tweet id", "Post id"),
        "text": ("Tweet text", "Post text"),
        "published_at": ("time", "Date"),
        "url": ("Tweet permalink", "Post Link"),
        "metrics.likes": ("likes",),
        "metrics.reposts": ("retweets", "Reposts"),
        "metrics.replies": ("replies",),
        "metrics.views": ("impressions",),
    }


class TiktokStudio(_NamedByAddress):
    """https://www.tiktok.com/tiktokstudio (Analytics, Content, Download data): own videos."""

    name = "tiktok-studio"
    title = "TikTok: TikTok Studio, own videos (CSV, XLSX)"
    platform = "tiktok"
    marks = (("Video title", "Video link", "Post time"),)
    columns: ClassVar = {
        "text": ("Video title",),
        "published_at": ("Post time",),
        "url": ("Video link",),
        "metrics.likes": ("Total likes", "Likes"),
        "metrics.reposts": ("Total shares", "Shares"),
        "metrics.replies": ("Total comments", "Comments"),
        "metrics.views": ("Total views", "Video views"),
    }
    drops = ("Time",)


class LinkedinPage(ColumnProfile):
    """https://www.linkedin.com/help/linkedin/answer/a547077 (page analytics, Content, All posts)

    Who published a post for the page is a person of its team: kept in ``extra``.
    """

    name = "linkedin-page"
    title = "LinkedIn: analytics of a page, all posts (CSV, XLS, XLSX)"
    platform = "linkedin"
    gives = (
        "id", "text", "published_at", "url", "metrics.likes", "metrics.reposts",
        "metrics.replies", "metrics.views",
    )  # fmt: skip
    marks = (("Post title", "Post link", "Post type", "Created date"),)
    columns: ClassVar = {
        "text": ("Post title",),
        "published_at": ("Created date",),
        "url": ("Post link",),
        "metrics.likes": ("Likes",),
        "metrics.reposts": ("Reposts",),
        "metrics.replies": ("Comments",),
        "metrics.views": ("Impressions",),
    }

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        row["id"] = _linkedin_id(fields.text(row.get("url")))
        return (fields.without_empty(row),)


class LinkedinArchive(ColumnProfile):
    """https://www.linkedin.com/help/linkedin/answer/a1339364 (``Shares.csv`` of a copy of one's
    data)

    Lines of a text stand between quotes of their own there.
    """

    name = "linkedin-archive"
    title = "LinkedIn: a person's own archive (Shares.csv)"
    platform = "linkedin"
    gives = ("id", "text", "published_at", "url", "urls")
    marks = (("Date", "ShareLink", "ShareCommentary"),)
    columns: ClassVar = {
        "text": ("ShareCommentary",),
        "published_at": ("Date",),
        "url": ("ShareLink",),
        "urls": ("SharedUrl",),
    }

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        row["id"] = _linkedin_id(fields.text(row.get("url")))
        row["text"] = fields.text(row.get("text")).replace('"\n"', "\n")
        return (fields.without_empty(row),)


def _linkedin_id(address: str) -> str | None:
    match = _LINKEDIN.search(unquote(address))
    return match[1] if match else None
