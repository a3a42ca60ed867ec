"""The invented world as 4CAT and Zeeschuimer export it from Telegram, Bluesky, Threads, Reddit."""

from __future__ import annotations

from typing import Any

from tests.e2e.planted_layouts import Event, Layout, World, lines, table
from tests.e2e.planted_x import epoch, handle_of, is_repost, iso, spaced

# --- Telegram: a chat in which accounts forward what others said in it


CHAT, CHAT_ID = "harbourchat", 1555


def telegram(event: Event) -> dict[str, Any]:
    answered = event.of.number if event.of and event.kind == "reply" else ""
    return {
        "id": event.number, "thread_id": CHAT, "chat": CHAT, "author": event.author_id,
        "author_username": event.handle, "author_name": f"Zoé {event.account}",
        "author_is_bot": False, "body": event.text, "body_markdown": event.text,
        "reply_to": answered, "thread_start": "", "views": 12, "forwards": 3, "reactions": "👍5",
        "timestamp": spaced(event), "unix_timestamp": epoch(event), "timestamp_edited": "",
        "unix_timestamp_edited": "", "author_forwarded_from_name": "",
        "author_forwarded_from_username": handle_of(event, "repost"),
        "author_forwarded_from_id": event.of.author_id if event.of and is_repost(event) else "",
        "entities_linked": event.url, "entities_mentioned": "", "all_links": event.url,
        "timestamp_forwarded_from": "", "unix_timestamp_forwarded_from": "", "link_title": "",
        "link_description": "", "link_attached": event.url, "attachment_type": "",
        "attachment_data": "", "attachment_filename": "",
    }  # fmt: skip


def telegram_csv(world: World) -> str:
    return table(telegram(event) for event in world.events)


def telegram_of_old(world: World) -> str:
    """Without the newer columns."""
    left_out = ("body_markdown", "thread_start", "forwards", "reactions", "all_links",
        "author_forwarded_from_id", "entities_linked", "entities_mentioned", "link_title",
        "link_description", "link_attached")  # fmt: skip
    return table({k: v for k, v in telegram(e).items() if k not in left_out} for e in world.events)


def telegram_objects(world: World) -> str:
    """Telethon's messages: a forward names the message."""
    messages = []
    for e in world.events:
        forward = None
        if e.of and is_repost(e):
            peer = {"_type": "PeerChannel", "channel_id": CHAT_ID}
            forward = {"_type": "MessageFwdHeader", "date": epoch(e.of), "from_id": peer,
                "channel_post": e.of.number, "from_name": None}  # fmt: skip
        answered = e.of.number if e.of and e.kind == "reply" else None
        entity = {"_type": "MessageEntityTextUrl", "offset": 0, "length": 5, "url": e.url}
        messages.append({
            "_type": "Message", "id": e.number, "date": epoch(e), "message": e.text,
            "peer_id": {"_type": "PeerChannel", "channel_id": CHAT_ID}, "fwd_from": forward,
            "from_id": {"_type": "PeerUser", "user_id": int(e.author_id)}, "views": 12,
            "reply_to": {"_type": "MessageReplyHeader", "reply_to_msg_id": answered}
            if answered else None, "media": None, "edit_date": None, "forwards": 3,
            "entities": [entity] if e.url else [], "replies": None,
            "_chat": {"_type": "Channel", "id": CHAT_ID, "username": CHAT, "title": "Harbour"},
            "_sender": {"_type": "User", "id": int(e.author_id), "username": e.handle,
                "first_name": "Zoé", "last_name": None, "bot": False},
        })  # fmt: skip
    return lines(messages)


# --- Bluesky


def did(event: Event) -> str:
    return f"did:plc:{event.author_id}"


def at_uri(event: Event) -> str:
    return f"at://{did(event)}/app.bsky.feed.post/3k{event.number}"


def page(event: Event | None) -> str:
    if event is None:
        return ""
    return f"https://bsky.app/profile/{event.handle}/post/3k{event.number}"


def bluesky_csv(world: World) -> str:
    """Reposts are no part of 4CAT's searches."""
    return table(
        {
            "collected_at": "2024-06-01T09:00:00.1", "query": "harbour", "rank": e.number,
            "id": at_uri(e), "thread_id": at_uri(e.of) if e.of and e.kind == "reply"
            else at_uri(e), "created_at": e.at.isoformat(), "author": e.handle,
            "author_id": did(e), "body": e.text, "link": page(e), "tags": "", "like_count": 1,
            "quote_count": 0, "reply_count": 0, "repost_count": 4,
            "quoted_post": page(e.of) if e.kind == "quote" else "",
            "quoted_user": handle_of(e, "quote"),
            "replied_to_post": page(e.of) if e.kind == "reply" else "",
            "replied_to_user": handle_of(e, "reply"), "replies_allowed": True, "mentions": "",
            "links": e.url, "images": "", "labels": "", "has_poll": False, "languages": "en",
            "author_display_name": "Zoé", "author_profile": "", "author_avatar": "",
            "author_created_at": "2023-05-03T09:00:00+00:00", "timestamp": e.at.timestamp(),
        }
        for e in world.events
    )  # fmt: skip


def bluesky_objects(world: World) -> str:
    """Posts as atproto's client names their keys."""
    posts = []
    for e in world.events:
        ref = {"cid": "bafy", "uri": at_uri(e.of)} if e.of else None
        embed: dict[str, Any] | None = None
        if e.kind == "quote":
            embed = {"record": ref, "py_type": "app.bsky.embed.record"}
        elif e.url:
            card = {"uri": e.url, "title": "Paper", "description": ""}
            embed = {"external": card, "py_type": "app.bsky.embed.external"}
        posts.append({
            "uri": at_uri(e), "cid": "bafy", "indexed_at": iso(e), "like_count": 1,
            "repost_count": 0, "reply_count": 0, "quote_count": 0, "labels": [],
            "author": {"did": did(e), "handle": e.handle, "display_name": "Zoé",
                "created_at": "2023-05-03T09:00:00.000Z"},
            "record": {"created_at": iso(e), "text": e.text, "langs": ["en"], "facets": None,
                "embed": embed, "py_type": "app.bsky.feed.post",
                "reply": {"parent": ref, "root": ref} if e.kind == "reply" else None},
            "embed": None, "threadgate": None, "py_type": "app.bsky.feed.defs#postView",
            "4CAT_metadata": {"collected_at": 1717232400.1, "query": "harbour", "rank": 1,
                "mentions": [], "reply_to": None},
        })  # fmt: skip
    return lines(posts)


# --- Threads and Reddit


def thread_item(event: Event, depth: int = 0) -> dict[str, Any]:
    inner = thread_item(event.of, 1) if event.of and depth == 0 else None
    link = {"url": f"https://l.threads.com/?u={event.url}", "title": "Paper"}
    return {
        "pk": event.snowflake, "id": f"{event.snowflake}_{event.author_id}",
        "code": f"C{event.number}", "taken_at": epoch(event), "like_count": 3, "media_type": 19,
        "caption": {"text": event.text}, "is_paid_partnership": None, "carousel_media": None,
        "user": {"pk": event.author_id, "username": event.handle, "full_name": "Zoé",
            "is_verified": False},
        "text_post_app_info": {
            "share_info": {
                "quoted_post": inner if event.kind == "quote" else None,
                "reposted_post": inner if is_repost(event) else None,
            },
            "link_preview_attachment": link if event.url else None, "repost_count": 1,
            "direct_reply_count": 0, "quote_count": 0,
            "reply_to_author": {"username": handle_of(event, "reply")}
            if event.kind == "reply" else None,
        },
    }  # fmt: skip


def threads(world: World) -> str:
    return lines(
        {
            "nav_index": "1:2:0", "item_id": f"C{e.number}", "timestamp_collected": 1726000000000,
            "source_platform": "threads.net", "source_platform_url": "https://www.threads.net/",
            "source_url": "https://www.threads.net/api", "data": thread_item(e),
        }
        for e in world.events
    )  # fmt: skip


def reddit_id(event: Event) -> str:
    return f"{'t1' if event.kind == 'reply' else 't3'}_x{event.number}"


def reddit(world: World) -> str:
    """Comments answer posts; nothing else is said of other posts."""
    return table(
        {
            "id": f"x{e.number}",
            "thread_id": f"x{e.of.number if e.of and e.kind == 'reply' else e.number}",
            "timestamp": spaced(e), "body": e.text, "subject": "", "author": e.handle,
            "author_flair": "", "post_flair": "", "image_file": "",
            "domain": "", "url": e.url, "subreddit": "harbour",
            "parent": f"t3_x{e.of.number}" if e.of and e.kind == "reply" else "", "score": 3,
            "unix_timestamp": epoch(e),
        }
        for e in world.events
    )  # fmt: skip


def in_chat(event: Event) -> str:
    return f"{CHAT}/{event.number}"


LAYOUTS = {
    "4CAT, Telegram": Layout("telegram.csv", telegram_csv, "4cat-telegram", "telegram",
        knows=frozenset({"handle", "reply", "url", "repost_handle"}), native=in_chat),
    "4CAT, Telegram of old": Layout("telegram.csv", telegram_of_old, "4cat-telegram", "telegram",
        knows=frozenset({"handle", "repost_handle"}), native=in_chat),
    "4CAT, Telegram, ndjson": Layout("telegram.ndjson", telegram_objects, "4cat-telegram-ndjson",
        "telegram", knows=frozenset({"handle", "repost", "reply", "url"}),
        native=lambda event: f"{CHAT_ID}/{event.number}", shape="user{}"),
    "4CAT, Bluesky": Layout("bluesky.csv", bluesky_csv, "4cat-bluesky", "bluesky", kind="link",
        knows=frozenset({"handle", "reply", "quote", "url"}), native=at_uri, shape="did:plc:{}"),
    "4CAT, Bluesky, ndjson": Layout("bluesky.ndjson", bluesky_objects, "4cat-bluesky-ndjson",
        "bluesky", kind="link", knows=frozenset({"handle", "reply", "quote", "url"}),
        native=at_uri, shape="did:plc:{}"),
    "Zeeschuimer, Threads": Layout("threads.ndjson", threads, "zeeschuimer", "threads",
        knows=frozenset({"handle", "repost", "quote", "url"}),
        native=lambda event: f"C{event.number}"),
    "4CAT, Reddit": Layout("reddit.csv", reddit, "4cat-reddit", "reddit", kind="link",
        knows=frozenset({"reply", "url"}), native=reddit_id, account="handle"),
}  # fmt: skip
