"""Videos and comments as TikTok's own site receives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crawlers.importing.formats import fields

Item = Mapping[str, Any]


def is_video(item: Item) -> bool:
    """Whether it is a video, or a post of pictures."""
    return {"desc", "createTime"} <= item.keys() and "id" in item


def is_comment(item: Item) -> bool:
    """Whether it is a comment under a video."""
    return {"cid", "text", "create_time"} <= item.keys()


def language(value: Any) -> Any:
    """The language, None for TikTok's ``un`` (unknown)."""
    return None if value == "un" else value


def video_row(item: Item) -> dict[str, Any]:
    """A video. A duet or stitch answers another video: it quotes it."""
    native = fields.identifier(item.get("id"))
    user = item.get("author")
    about = user if isinstance(user, Mapping) else item
    handle = about.get("uniqueId") if isinstance(user, Mapping) else user
    numbers = _numbers(item, "stats")
    account = _numbers(item, "authorStats")
    marked = [
        *fields.objects(item.get("textExtra")),
        *(m for c in fields.objects(item.get("contents")) for m in fields.objects(c.get(_MARKS))),
    ]
    name = fields.line(handle)
    row = {
        "id": native,
        "author": fields.author(
            about.get("id") if isinstance(user, Mapping) else item.get("authorId"),
            handle=handle, name=about.get("nickname"),
            followers=account.get("followerCount"), following=account.get("followingCount"),
            posts=account.get("videoCount"), description=about.get("signature"),
            verified=about.get("verified"),
        ),
        "text": fields.text(item.get("desc")) or _contents(item),
        "lang": language(item.get("textLanguage")),
        "published_at": item.get("createTime"),
        "url": f"https://www.tiktok.com/@{name or ''}/video/{native}" if native else None,
        "hashtags": fields.tags(
            [m.get("hashtagName") or "" for m in marked],
            [c.get("title") for c in fields.objects(item.get("challenges"))],
        ),
        "mentions": fields.mentions([m.get("userUniqueId") or "" for m in marked]),
        **fields.relations(
            quote_of=fields.first(item, "duetInfo.duetFromId", "stitchInfo.stitchFromId")
        ),
        "media": list(_media(item)),
        "metrics": fields.counts(
            likes=numbers.get("diggCount"), reposts=numbers.get("shareCount"),
            replies=numbers.get("commentCount"), views=numbers.get("playCount"),
        ),
    }  # fmt: skip
    fields.with_extra(
        row,
        music_id=fields.identifier(fields.at(item, "music.id")),
        music=fields.line(fields.at(item, "music.title")),
        country=fields.line(item.get("locationCreated")),
        is_ad=True if item.get("isAd") is True else None,
    )
    return fields.without_empty(row)


def comment_row(item: Item) -> dict[str, Any]:
    """A comment: it answers the video, or the comment that it stands under."""
    user = fields.mapping(item.get("user"))
    return fields.without_empty(
        {
            "id": fields.identifier(item.get("cid")),
            "kind": "comment",
            "author": fields.author(
                user.get("uid"), handle=user.get("unique_id"), name=user.get("nickname")
            ),
            "text": fields.text(item.get("text")),
            "lang": language(item.get("comment_language")),
            "published_at": item.get("create_time"),
            **fields.relations(
                reply_to=fields.identifier(item.get("reply_id")) or item.get("aweme_id")
            ),
            "metrics": fields.counts(
                likes=item.get("digg_count"), replies=item.get("reply_comment_total")
            ),
        }
    )


_MARKS = "textExtra"


def _numbers(item: Item, key: str) -> Mapping[str, Any]:
    """Counts; the newer form has them as text, exact where the older one overflows."""
    return {**fields.mapping(item.get(key)), **fields.mapping(item.get(f"{key}V2"))}


def _contents(item: Item) -> str:
    parts = fields.objects(item.get("contents"))
    return "\n".join(filter(None, (fields.text(part.get("desc")) for part in parts)))


def _media(item: Item) -> Iterator[dict[str, Any]]:
    pictures = fields.objects(fields.at(item, "imagePost.images"))
    for picture in pictures:
        if made := fields.media(fields.at(picture, "imageURL.urlList.0"), "photo"):
            yield made
    cover = fields.first(item, "video.cover", "video.originCover")
    address = fields.first(item, "video.downloadAddr", "video.playAddr")
    made = fields.media(address or cover, "video", preview=cover)
    if made and not pictures:
        yield made
