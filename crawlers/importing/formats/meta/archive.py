"""What Facebook, Instagram and Threads give their users: ``posts_1.json`` and its neighbours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from crawlers.importing.formats import fields
from crawlers.importing.formats.profile_base import (
    BaseProfile,
    Head,
    Record,
    Skip,
    column_name,
)

_LISTS = {
    "comments_v2": "facebook", "comments": "facebook", "group_posts_v2": "facebook",
    "status_updates": "facebook", "ig_reels_media": "instagram", "ig_igtv_media": "instagram",
    "ig_archived_post_media": "instagram", "ig_posts_media": "instagram",
    "ig_stories": "instagram", "ig_other_media": "instagram",
    "text_post_app_text_posts": "threads", "comments_media_comments": "instagram comment",
    "comments_reels_comments": "instagram comment", "comments_story_comments": "instagram comment",
}  # fmt: skip
"""Lists that hold a document's records -> where they are from."""
_PROFILES = (
    "personal_information/profile_information/profile_information.json",
    "profile_information/profile_information.json",
    "personal_information/personal_information/personal_information.json",
    "personal_information/personal_information.json",
    "account_information/personal_information.json",
)
"""Where an archive says whose it is."""
_USERNAMES = ("username", "nomdutilisateur", "nomdeprofil", "benutzername", "nombredeusuario")
_OF_POSTS = re.compile(r"post|comment|reel|publication")
_DATA = frozenset({"post", "comment", "update_timestamp", "backdated_timestamp"})
_FILMS = frozenset({".mp4", ".mov", ".webm", ".avi"})


class MetaArchive(BaseProfile):
    """https://www.facebook.com/help/212802592074644 (download of one's information, as JSON)

    The file does not say whose posts these are, and gives them no ids: where the rest of the
    archive lies around it, the profile in it tells whose. Its letters are written byte by byte
    (``\\u00c3\\u00a9`` for an é): they are put together again.
    """

    name = "meta-archive"
    title = "Facebook, Instagram, Threads: a person's own archive (posts_1.json), letters repaired"
    platform = None
    beside = tuple(f"{up}{place}" for up in ("../", "../../", "../../../") for place in _PROFILES)
    gives = (
        "platform", "kind", "author.id", "author.handle", "author.name", "text", "published_at",
        "urls", "media",
    )  # fmt: skip

    def __init__(self) -> None:
        self._owner: dict[str, dict[str, Any]] = {}

    def recognises(self, head: Head) -> float:
        if not head.records:
            return 0.0
        found = [_records(record) for record in head.records]
        fitting = sum(map(bool, found))
        labelled = all(platform == "facebook labels" for one in found for platform, _ in one)
        if labelled and not _OF_POSTS.search(head.name):
            return 0.0  # labels alone may be of anything
        return 0.9 if 2 * fitting >= len(head.records) else 0.0

    def read_beside(self, records: Sequence[Record]) -> None:
        about = records[0] if records else {}
        profile = fields.mapping(about.get("profile_v2") or about.get("profile"))
        if name := fields.line(repaired(fields.at(profile, "name.full_name"))):
            who = fields.author(name, handle=profile.get("username"), name=name)
            self._owner["facebook"] = who or {}
        for user in fields.objects(about.get("profile_user")):
            values = {
                column_name(repaired(key)): repaired(fields.mapping(value).get("value"))
                for key, value in fields.mapping(user.get("string_map_data")).items()
            }
            handle = next((values[key] for key in _USERNAMES if values.get(key)), None)
            shown = next((values[key] for key in ("name", "nom") if values.get(key)), None)
            self._owner["instagram"] = fields.author(None, handle=handle, name=shown) or {}

    def convert(self, record: Record, around: Record) -> Iterable[dict[str, Any] | Skip]:
        found = _records(record)
        if not found:
            yield Skip("entries that are no post")
        for platform, one in found:
            row = _ROWS.get(platform, _picture_row)(one)
            if not (row.get("text") or row.get("urls") or row.get("media")):
                yield Skip("entries without text, link or picture")
                continue
            row["platform"] = platform.partition(" ")[0]
            owner = self._owner.get("facebook" if row["platform"] == "facebook" else "instagram")
            if owner and not row.get("author"):
                row["author"] = owner
            yield row


def repaired(value: Any) -> str:
    """A text of which each byte was taken for a letter, put together again; others as they are."""
    text = fields.text(value)
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except ValueError:
        return text


def _records(record: Record) -> list[tuple[str, Mapping[str, Any]]]:
    """Platform and entry: the record itself, or what its list holds."""
    for key, platform in _LISTS.items():
        entries = fields.objects(record.get(key))
        if entries and (platform != "facebook" or any(map(_is_activity, entries))):
            return [(platform, one) for one in entries]
    if _said(record):
        return [("instagram comment", record)]
    if isinstance(record.get("label_values"), list) and "timestamp" in record:
        return [("facebook labels", record)]
    media = fields.objects(record.get("media"))
    if media and all("creation_timestamp" in one and "uri" in one for one in media):
        return [("instagram", record)]
    return [("facebook", record)] if _is_activity(record) else []


def _said(entry: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """What a comment of Instagram says: the words of its parts, whose names are of the user's
    language, in order: the comment, then whose post it answers. Older files have one part.
    """
    parts = entry.get("string_map_data")
    if isinstance(parts, Mapping) and {"media_list_data"} <= entry.keys():
        values = [(str(k), fields.mapping(v)) for k, v in parts.items()]
        if any(value.get("timestamp") for _, value in values):
            return [(key, value.get("value") or value.get("timestamp")) for key, value in values]
        return []
    old = fields.objects(entry.get("string_list_data"))
    owner = entry.get("title")
    # followers and likes have the same form, with an address
    if not old or not owner or old[0].get("href") or "media_list_data" not in entry:
        return []
    if old[0].get("value") and old[0].get("timestamp"):
        return [("comment", old[0]["value"]), ("owner", owner), ("time", old[0]["timestamp"])]
    return []


def _comment_row(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A comment of Instagram. Whose post it answers is known, which post is not."""
    values = _said(entry)
    words = [value for _, value in values if isinstance(value, str) and value]
    text = next((v for k, v in values if k.lower().startswith("comm")), words[0] if words else "")
    owners = [word for word in words if word != text]
    row = {
        "kind": "comment",
        "text": repaired(text),
        "published_at": next((v for _, v in values if isinstance(v, int)), None),
        "media": list(_media(fields.objects(entry.get("media_list_data")))),
    }
    fields.with_extra(row, reply_to_handle=fields.line(repaired(owners[0]) if owners else None))
    return fields.without_empty(row)


def _labelled_row(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of Facebook's archives since 2025: values under labels of the user's language."""
    values = [
        value
        for part in fields.objects(entry.get("label_values"))
        if (value := fields.text(part.get("value") or part.get("href")))
    ]
    addresses = fields.addresses(values)
    words = [repaired(value) for value in values if value not in addresses]
    row = {
        "id": fields.identifier(entry.get("fbid")),
        "text": max(words, key=len, default=""),
        "published_at": entry.get("timestamp"),
        "urls": addresses,
        "media": list(_media(fields.objects(entry.get("media")))),
    }
    if not addresses:
        del row["urls"]
    return fields.without_empty(
        fields.with_extra(row, activity=fields.line(repaired(entry.get("title"))))
    )


def _is_activity(entry: Mapping[str, Any]) -> bool:
    """Whether it is an entry as Facebook alone writes them."""
    data, attached = entry.get("data", []), entry.get("attachments", [])
    if "timestamp" not in entry or not isinstance(data, list) or not isinstance(attached, list):
        return False
    if any(not _DATA.isdisjoint(part) for part in fields.objects(data)):
        return True
    has_parts = any(isinstance(one.get("data"), list) for one in fields.objects(attached))
    return has_parts or (data == [] and "data" in entry and isinstance(entry.get("title"), str))


def _picture_row(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A post of Instagram or Threads: its text is its title, or its only picture's."""
    pictures = fields.objects(entry.get("media"))
    if not pictures and "uri" in entry:
        pictures = [entry]
    first = pictures[0] if pictures else {}
    return fields.without_empty(
        {
            "text": repaired(entry.get("title")) or repaired(first.get("title")),
            "published_at": entry.get("creation_timestamp") or first.get("creation_timestamp"),
            "media": list(_media(pictures)),
            "extra": {"is_reply": True} if fields.at(first, "text_app_post.is_reply") else None,
        }
    )


def _facebook_row(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A post or comment of Facebook; ``title`` is what Facebook says of it."""
    data = fields.objects(entry.get("data"))
    attached = [
        part
        for one in fields.objects(entry.get("attachments"))
        for part in fields.objects(one.get("data"))
    ]
    said = [c for one in data if (c := fields.mapping(one.get("comment")))]
    shown = [m for one in attached if (m := fields.mapping(one.get("media")))]
    texts = [repaired(one.get("post")) for one in data] + [repaired(c.get("comment")) for c in said]
    shared = [repaired(one.get("text")) for one in attached]
    texts = [text for text in texts if text] or [
        *(repaired(m.get("description")) for m in shown),
        *shared,
    ]
    row = {
        "kind": "comment" if said else None,
        "author": fields.author(None, name=repaired(said[0].get("author"))) if said else None,
        "text": "\n".join(dict.fromkeys(filter(None, texts))),
        "published_at": entry.get("timestamp"),
        "urls": fields.addresses([fields.at(one, "external_context.url") for one in attached]),
        "media": list(_media(shown)),
    }
    if said and (name := fields.line(repaired(said[0].get("author")))):
        row["author"] = {"id": name, "name": name}
    fields.with_extra(
        row,
        activity=fields.line(repaired(entry.get("title"))),
        group=fields.line(repaired(said[0].get("group"))) if said else None,
        shared_text="\n".join(text for text in shared if text and text not in texts),
    )
    if not row["urls"]:
        del row["urls"]  # they may stand in the text
    return fields.without_empty(row)


_ROWS = {
    "facebook": _facebook_row, "facebook labels": _labelled_row,
    "instagram comment": _comment_row,
}  # fmt: skip
"""What makes a row of an entry; the others are pictures with words."""


def _media(pictures: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for one in pictures:
        address = fields.text(one.get("uri"))
        kind = "video" if PurePosixPath(address).suffix.lower() in _FILMS else "photo"
        if made := fields.media(address, kind):
            yield made
