"""Shares as CooRTweet reads them: who shared which object, in which post, when."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, ClassVar

from crawlers.importing.formats import fields
from crawlers.importing.formats.column_profile import ColumnProfile
from crawlers.importing.formats.profile_base import Record, Skip

_POST = re.compile(r"\d{5,25}|at://\S+|t\d_\w+")
_HASH = re.compile(r"[0-9a-fA-F]{16,128}|[\w./-]+\.(?:jpe?g|png|gif|webp|mp4)", re.IGNORECASE)
_DOMAIN = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}(?:/\S*)?", re.IGNORECASE)


class CooRTweet(ColumnProfile):
    """https://cran.r-project.org/package=CooRTweet (``prep_data``)

    An object is whatever was shared: an address, the id of a post, a picture or its hash, a hashtag
    (a lone word), or a text; its form tells which. Rows of one post (several objects) are one
    post. The platform is not in the file.
    """

    name = "coortweet"
    title = "CooRTweet: shares (object, account, post, time), without texts"
    platform = None
    gives = (
        "id", "author.id", "text", "published_at", "urls", "hashtags", "repost_of", "media",
    )  # fmt: skip
    marks = (
        ("object_id", "account_id", "content_id", "timestamp_share"),
        ("object_id", "id_user", "content_id", "timestamp_share"),  # until version 2
    )
    columns: ClassVar = {
        "id": ("content_id",),
        "author.id": ("account_id", "id_user"),
        "published_at": ("timestamp_share",),
        "extra.object_id": ("object_id",),
    }

    def finish(self, row: dict[str, Any], record: Record) -> Iterable[dict[str, Any] | Skip]:
        shared = fields.text(record.get("object_id")).strip()
        if isinstance(record.get("object_id"), (int, float)):
            shared = fields.identifier(record["object_id"]) or ""
        if not shared:
            return (Skip("shares without an object"),)
        row.get("extra", {}).pop("object_id", None)
        if "://" in shared and not shared.startswith("at://"):
            row["urls"] = [shared]
        elif _POST.fullmatch(shared):
            row["repost_of"] = shared
        elif _HASH.fullmatch(shared):
            row["media"] = [{"url": shared, "kind": "unknown"}]
        elif _DOMAIN.fullmatch(shared):
            row["urls"] = [f"https://{shared}"]
        elif " " in shared:
            row["text"] = shared
        else:
            row["hashtags"] = fields.tags(shared)
        return (row,)
