"""Posts as the sites of Instagram and Threads receive them.

Their id is the short code in their address: CrowdTangle and 4CAT know no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from crawlers.importing.formats import fields

Item = Mapping[str, Any]
_VIDEO = 2
_CAPTION = "edge_media_to_caption.edges.0.node.text"


def is_threads(item: Item) -> bool:
    """Whether it is a post of Threads."""
    return "text_post_app_info" in item and "code" in item


def is_instagram(item: Item) -> bool:
    """Whether it is a post of Instagram, of its lists or of its older graph."""
    listed = {"code", "taken_at"} <= item.keys()
    return listed or {"shortcode", "taken_at_timestamp"} <= item.keys()


def is_advertisement(item: Item) -> bool:
    """Whether Instagram shows it for money."""
    link = fields.text(item.get("link"))
    return item.get("product_type") == "ad" or "facebook.com/ads/" in link


def instagram_row(item: Item) -> dict[str, Any]:
    """A post of Instagram."""
    code = fields.line(item.get("code") or item.get("shortcode"))
    user = fields.mapping(item.get("user")) or fields.mapping(item.get("owner"))
    tagged = fields.objects(fields.at(item, "usertags.in"))
    row = {
        "id": code,
        "author": _author(user),
        "text": _caption(item) or fields.text(fields.at(item, _CAPTION)),
        "published_at": item.get("taken_at") or item.get("taken_at_timestamp"),
        "url": f"https://www.instagram.com/p/{code}/" if code else None,
        "media": list(_media(item)),
        "metrics": fields.counts(
            likes=fields.first(
                item, "like_count", "edge_media_preview_like.count", "edge_liked_by.count"
            ),
            replies=fields.first(
                item, "comment_count", "edge_media_to_comment.count",
                "edge_media_preview_comment.count",
            ),
            reposts=item.get("media_repost_count"),
            views=fields.first(
                item, "play_count", "ig_play_count", "view_count", "video_view_count"
            ),
        ),
    }  # fmt: skip
    fields.with_extra(
        row,
        native_id=fields.identifier(item.get("pk")) or fields.line(item.get("id")),
        coauthors=[p.get("username") for p in fields.objects(item.get("coauthor_producers"))],
        tagged=[name for one in tagged if (name := fields.at(one, "user.username"))],
        location=fields.line(fields.at(item, "location.name")),
    )
    return fields.without_empty(row)


def threads_rows(item: Item, depth: int = 0) -> Iterator[dict[str, Any]]:
    """A post of Threads, then the one that it quotes or repeats.

    Whom a reply answers is known (``extra.reply_to_handle``), which post is not.
    """
    about = fields.mapping(item.get("text_post_app_info"))
    repeated = fields.mapping(fields.at(about, "share_info.reposted_post"))
    quoted = fields.mapping(
        fields.first(about, "share_info.quoted_post", "share_info.quoted_attachment_post")
    )
    code = fields.line(item.get("code"))
    user = fields.mapping(item.get("user"))
    handle = fields.line(user.get("username"))
    pieces = fields.objects(fields.at(about, "text_fragments.fragments"))
    shown = [fields.at(piece, "link_fragment.uri") for piece in pieces]
    preview = fields.at(about, "link_preview_attachment.url")
    text = _caption(item) or "".join(fields.text(p.get("plaintext")) for p in pieces)
    if repeated and not text:
        text = _caption(repeated)
    row = {
        "id": code,
        "author": _author(user),
        "text": text,
        "published_at": item.get("taken_at"),
        "url": f"https://www.threads.com/@{handle or ''}/post/{code}" if code else None,
        "media": list(_media(item)),
        **fields.relations(repost_of=repeated.get("code"), quote_of=quoted.get("code")),
        "metrics": fields.counts(
            likes=item.get("like_count"), reposts=about.get("repost_count"),
            replies=fields.first(about, "direct_reply_count", "reply_count"),
            quotes=about.get("quote_count"), views=item.get("view_count"),
        ),
    }  # fmt: skip
    if addresses := [_unwrapped(one) for one in fields.addresses(shown, preview)]:
        row["urls"] = list(dict.fromkeys(addresses))
    fields.with_extra(
        row,
        native_id=fields.identifier(item.get("pk")),
        reply_to_handle=fields.line(fields.at(about, "reply_to_author.username")),
    )
    yield fields.without_empty(row)
    for carried in (repeated, quoted):
        if depth == 0 and is_threads(carried) and carried.get("taken_at"):
            yield from threads_rows(carried, 1)


def _author(user: Item) -> dict[str, Any] | None:
    return fields.author(
        user.get("pk") or user.get("id"),
        handle=user.get("username"), name=user.get("full_name"),
        followers=fields.first(user, "follower_count", "edge_followed_by.count"),
        description=user.get("biography"), verified=user.get("is_verified"),
    )  # fmt: skip


def _caption(item: Item) -> str:
    caption = item.get("caption")
    return fields.text(fields.mapping(caption).get("text")) or fields.text(caption)


def _unwrapped(address: str) -> str:
    """The address behind ``l.threads.com/?u=`` and its like."""
    try:
        parts = urlsplit(address)
        if parts.hostname and parts.hostname.startswith("l."):
            return parse_qs(parts.query).get("u", [address])[0]
    except ValueError:
        pass
    return address


def _media(item: Item) -> Iterator[dict[str, Any]]:
    edges = fields.objects(fields.at(item, "edge_sidecar_to_children.edges"))
    within = [fields.mapping(edge.get("node")) for edge in edges]
    for one in fields.objects(item.get("carousel_media")) or within or [item]:
        film = fields.first(one, "video_versions.0.url", "video_url")
        still = fields.first(one, "image_versions2.candidates.0.url", "display_url")
        made = fields.media(
            film or still,
            "video" if film or one.get("media_type") == _VIDEO else "photo",
            one.get("accessibility_caption"),
        )
        if made:
            yield made
