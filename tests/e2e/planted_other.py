"""The invented world in the layouts of other platforms than X, and of listening suites."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.e2e.planted_layouts import Event, Layout, World, lines, table

PAGE, BLUESKY = "https://www.facebook.com", "app.bsky.feed"


def stamp(event: Event, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    return event.at.strftime(form)


def epoch(event: Event) -> int:
    return int(event.at.timestamp())


def spoken(event: Event) -> str:
    """Its text as X shows it: a repost says whom it repeats."""
    repeats = event.kind == "repost" and event.of
    return f"RT @{event.of.handle}: {event.text}" if repeats and event.of else event.text


def target(event: Event, *kinds: str) -> Event | None:
    """What it repeats, quotes or answers, where it does one of these."""
    return event.of if event.kind in kinds else None


# -- Facebook
def fb_address(event: Event | None) -> str:
    return f"{PAGE}/{event.author_id}/posts/{event.number}" if event else ""


def page_post(event: Event) -> str:
    return f"{event.author_id}_{event.number}"


def crowdtangle(world: World) -> str:
    return table(
        {
            "Page Name": f"Page de {e.handle}", "User Name": e.handle, "Facebook Id": e.author_id,
            "Followers at Posting": "1,200", "Post Created": f"{stamp(e)} UTC", "Type": "Link",
            "Total Interactions": "1,234", "Likes": 3, "Comments": 1, "Shares": 2,
            "URL": fb_address(e), "Message": "" if e.kind == "repost" else e.text,
            "Link": fb_address(target(e, "repost", "quote")) or e.url,
            "Description": e.text if e.kind == "repost" else "",
        }
        for e in world.events
    )  # fmt: skip


def crowdtangle_api(world: World) -> str:
    def post(e: Event) -> dict[str, Any]:
        shared = fb_address(target(e, "repost", "quote")) or e.url
        return {
            "platformId": f"{e.author_id}_{e.number}", "platform": "Facebook", "date": stamp(e),
            "message": "" if e.kind == "repost" else e.text, "description": e.text,
            "postUrl": fb_address(e), "expandedLinks": [{"original": shared, "expanded": shared}],
            "statistics": {"actual": {"likeCount": 3}},
            "account": {"platformId": e.author_id, "name": e.handle, "handle": e.handle},
        }  # fmt: skip

    return json.dumps({"status": 200, "result": {"posts": [post(e) for e in world.events]}})


def content_library(world: World) -> str:
    return table(
        {
            "id": e.snowflake, "text": "" if e.kind == "repost" else e.text,
            "creation_time": stamp(e, "%Y-%m-%dT%H:%M:%S+00:00"), "lang": "en",
            "post_owner.id": e.author_id, "post_owner.name": e.handle,
            "post_owner.username": e.handle, "mcl_url": f"{PAGE}/library/{e.number}",
            "shared_post_id": of.snowflake if (of := target(e, "repost", "quote")) else "",
            "link_attachment.link": e.url, "statistics.love_count": 0, "statistics.like_count": 3,
        }
        for e in world.events
    )  # fmt: skip


# -- messengers, video
def telegram_id(event: Event) -> str:
    return f"55/{event.number}"


def telegram(world: World) -> str:
    def message(e: Event) -> dict[str, Any]:
        made: dict[str, Any] = {
            "id": e.number, "type": "message", "date": stamp(e, "%Y-%m-%dT%H:%M:%S"),
            "date_unixtime": str(epoch(e)), "from": e.handle, "from_id": f"user{e.author_id}",
            "text": [e.text, " ", {"type": "link", "text": e.url}] if e.url else e.text,
        }  # fmt: skip
        if of := target(e, "repost"):
            made |= {"forwarded_from": of.handle, "forwarded_from_id": f"user{of.author_id}"}
        elif of := target(e, "reply"):
            made["reply_to_message_id"] = of.number
        return made

    chat = {"name": "Groupe", "type": "public_supergroup", "id": 55}
    return json.dumps(chat | {"messages": [message(e) for e in world.events]})


def comment_id(e: Event) -> str:
    return f"Ugx{e.of.number}.r{e.number}" if e.kind == "reply" and e.of else f"Ugx{e.number}"


def comments_of_youtube(world: World) -> str:
    own = comment_id
    return table(
        (
            {
                "id": own(e), "replyCount": 0, "likeCount": 2,
                "publishedAt": stamp(e, "%Y-%m-%dT%H:%M:%SZ"), "authorName": f"@{e.handle}",
                "text": f'{e.text} <a href="{e.url}">ici</a>' if e.url else e.text,
                "authorChannelId": e.author_id, "authorChannelUrl": "", "isReplyToName": "",
                "isReply": int(e.kind == "reply"),
                "isReplyToId": own(e.of) if e.kind == "reply" and e.of else "",
            }
            for e in world.events
        ),
        delimiter="\t",
    )  # fmt: skip


# -- Reddit
def reddit_id(e: Event) -> str:
    return f"t{1 if e.kind == 'reply' else 3}_p{e.number}"


def reddit(world: World) -> str:
    def post(e: Event) -> dict[str, Any]:
        base = {
            "id": reddit_id(e)[3:], "author": e.handle, "created_utc": epoch(e), "score": 3,
            "subreddit": f"forum{e.account % 7}", "subreddit_id": "t5_1",
        }  # fmt: skip
        if e.kind == "reply" and e.of:
            above = reddit_id(e.of)
            return base | {"body": e.text, "parent_id": above, "link_id": above}
        of = target(e, "repost", "quote")
        place = f"https://www.reddit.com/r/forum/comments/{reddit_id(of)[3:]}/x/" if of else e.url
        more = {"crosspost_parent": reddit_id(of)} if of and e.kind == "repost" else {}
        return base | {"title": f"Titre {e.number}", "selftext": e.text, "url": place, **more}

    return lines(post(e) for e in world.events)


# -- Bluesky
def at_address(event: Event) -> str:
    kind = "repost" if event.kind == "repost" else "post"
    return f"at://did:plc:{event.author_id}/{BLUESKY}.{kind}/3k{event.number}"


def bluesky_record(e: Event) -> dict[str, Any]:
    created = {"createdAt": stamp(e, "%Y-%m-%dT%H:%M:%S.000Z")}
    if of := target(e, "repost"):
        return {"$type": f"{BLUESKY}.repost", "subject": {"uri": at_address(of)}} | created
    record: dict[str, Any] = {"$type": f"{BLUESKY}.post", "text": e.text, "langs": ["en"]} | created
    if of := target(e, "reply"):
        record["reply"] = {"parent": {"uri": at_address(of)}, "root": {"uri": at_address(of)}}
    if of := target(e, "quote"):
        record["embed"] = {"$type": "app.bsky.embed.record", "record": {"uri": at_address(of)}}
    elif e.url:
        record["embed"] = {"$type": "app.bsky.embed.external", "external": {"uri": e.url}}
    return record


def jetstream(world: World) -> str:
    return lines(
        {
            "did": f"did:plc:{e.author_id}", "time_us": epoch(e) * 1_000_000 + 900_000,
            "kind": "commit",
            "commit": {"operation": "create", "rkey": f"3k{e.number}", "record": bluesky_record(e),
                "collection": f"{BLUESKY}.{'repost' if e.kind == 'repost' else 'post'}"},
        }
        for e in world.events
    )  # fmt: skip


def bluesky_feed(world: World) -> str:
    def author(e: Event) -> dict[str, Any]:
        return {"did": f"did:plc:{e.author_id}", "handle": f"{e.handle}.example"}

    def entry(e: Event) -> dict[str, Any]:
        shown = target(e, "repost") or e
        post = {
            "uri": at_address(shown),
            "author": author(shown),
            "record": bluesky_record(shown),
            "indexedAt": stamp(shown, "%Y-%m-%dT%H:%M:%S.900Z"),
        }
        if shown is e:
            return {"post": post}
        reason = {
            "$type": f"{BLUESKY}.defs#reasonRepost",
            "by": author(e),
            "uri": at_address(e),
            "indexedAt": stamp(e, "%Y-%m-%dT%H:%M:%S.000Z"),
        }
        return {"post": post, "reason": reason}  # fmt: skip

    return json.dumps({"feed": [entry(e) for e in world.events], "cursor": "x"})


# -- Mastodon
def mastodon(world: World) -> str:
    def status(e: Event, depth: int = 0) -> dict[str, Any]:
        link = f' <a href="{e.url}" rel="nofollow">{e.url[8:]}</a>' if e.url else ""
        of = target(e, "repost")
        quoted = target(e, "quote")
        answered = target(e, "reply")
        return {
            "id": e.snowflake, "created_at": stamp(e, "%Y-%m-%dT%H:%M:%S.000Z"),
            "content": "" if of else f"<p>{e.text}{link}</p>", "visibility": "public",
            "url": f"https://m.example/@{e.handle}/{e.snowflake}", "language": "en",
            "account": {"id": e.author_id, "acct": e.handle, "username": e.handle,
                "url": f"https://m.example/@{e.handle}"},
            "reblog": status(of, 1) if of else None,
            "quote": {"quoted_status": status(quoted, 1)} if quoted and not depth else None,
            "in_reply_to_id": answered.snowflake if answered else None,
        }  # fmt: skip

    return json.dumps([status(e) for e in world.events])


# -- listening suites
def x_address(event: Event | None) -> str:
    return f"https://twitter.com/{event.handle}/status/{event.snowflake}" if event else ""


def suite_rows(world: World, names: Mapping[str, str], form: str) -> Iterator[dict[str, Any]]:
    """Rows under a suite's names of: date, url, handle, id, name, text, type, repost, reply, links
    and what stands in every row.
    """
    for e in world.events:
        whole = {
            "date": stamp(e, form), "url": x_address(e), "handle": e.handle, "id": e.author_id,
            "name": f"Name {e.account}", "text": spoken(e), "type": e.kind, "links": e.url,
            "repost": x_address(target(e, "repost", "quote")),
            "reply": x_address(target(e, "reply")),
        }  # fmt: skip
        row = {name: whole.get(key, key) for key, name in names.items()}
        yield {name: value for name, value in row.items() if name}


BRANDWATCH = {
    "1": "Query Id", "Eau": "Query Name", "date": "Date", "url": "Url", "twitter": "Page Type",
    "handle": "Author", "name": "Full Name", "id": "X Author ID", "text": "Full Text",
    "type": "Thread Entry Type", "repost": "X Repost of", "reply": "X Reply to",
    "links": "Expanded URLs", "fr": "Language",
}  # fmt: skip
TALKWALKER = {
    "date": "published", "url": "url", "handle": "extra_author_attributes.short_name",
    "name": "extra_author_attributes.name", "id": "extra_author_attributes.id", "text": "content",
    "type": "post_type", "repost": "parent_url", "reply": "in_reply_to_url",
    "SOCIALMEDIA_TWITTER": "source_type", "en": "lang",
}  # fmt: skip
MELTWATER = {
    "date": "Date", "url": "URL", "": "Opening Text", "text": "Hit Sentence", "Eau": "Input Name",
    "handle": "Author Handle", "name": "Author Name", "type": "Content Type",
    "repost": "Parent URL", "links": "Links", "Twitter": "Source Type",
}  # fmt: skip
FRENCH = {
    "date": "Date", "url": "Lien", "handle": "Nom d'utilisateur", "name": "Nom complet",
    "text": "Texte", "type": "Type de message", "repost": "Lien d'origine", "links": "Liens",
    "Français": "Langue", "12": "Abonnés", "neutre": "Tonalité", "3": "J'aime",
}  # fmt: skip
SPRINKLR = {
    "TWITTER": "SocialNetwork", "date": "CreatedTime", "url": "Permalink", "id": "SenderUserId",
    "handle": "SenderScreenName", "name": "SenderListedName", "text": "Message",
    "type": "MessageType", "en": "Language",
}  # fmt: skip


def brandwatch(world: World) -> str:
    before = "Report:,Bulk Mentions Download\nFrom:,Fri May 03 00:00:00 UTC 2024\n\n"
    return before + table(suite_rows(world, BRANDWATCH, "%Y-%m-%d %H:%M:%S.0"))


def talkwalker(world: World) -> str:
    return table(suite_rows(world, TALKWALKER, "%Y-%m-%d %H:%M:%S"), delimiter=";")


def meltwater(world: World) -> bytes:
    rows = suite_rows(world, MELTWATER, "%d-%b-%Y %H:%M:%S")
    return table(rows, delimiter="\t").encode("utf-16")


def french(world: World) -> str:
    return "\ufeff" + table(suite_rows(world, FRENCH, "%d/%m/%Y %H:%M:%S"), delimiter=";")


def sprinklr(world: World) -> str:
    return table(suite_rows(world, SPRINKLR, "%Y-%m-%d %H:%M:%S"))


RELATIONS_ALONE = frozenset({"repost", "quote", "reply", "url"})
IN_TABLES = frozenset({"handle", "repost", "quote", "reply"})
POSTS = frozenset({"handle", "repost", "quote", "url"})
"""Of layouts that have no replies."""
DID = "did:plc:{}"
LAYOUTS = {
    "crowdtangle": Layout("ct.csv", crowdtangle, "crowdtangle-facebook", "facebook", knows=POSTS,
        native=page_post),
    "crowdtangle api": Layout("ct.json", crowdtangle_api, "crowdtangle-api", "facebook",
        knows=POSTS, native=page_post),
    "content library": Layout("mcl.csv", content_library, "meta-content-library", "facebook",
        knows=POSTS, bare_reposts=True),
    "telegram": Layout("result.json", telegram, "telegram", "telegram", shape="user{}",
        knows=frozenset({"repost_handle", "reply", "url"}), native=telegram_id),
    "telegram, links": Layout("result.json", telegram, "telegram", "telegram", "link",
        shape="user{}", knows=frozenset({"repost_handle", "reply", "url"}), native=telegram_id),
    "youtube": Layout("c.tab", comments_of_youtube, "ytdt-comments", "youtube", "link",
        knows=frozenset({"handle", "reply", "url"}), native=comment_id),
    "reddit": Layout("RS.ndjson", reddit, "reddit", "reddit", account="handle", native=reddit_id),
    "jetstream": Layout("js.ndjson", jetstream, "bluesky-jetstream", "bluesky", shape=DID,
        knows=RELATIONS_ALONE, native=at_address, bare_reposts=True),
    "bluesky feed": Layout("feed.json", bluesky_feed, "bluesky-answers", "bluesky", shape=DID,
        knows=RELATIONS_ALONE, native=at_address, bare_reposts=True),
    "mastodon": Layout("statuses.json", mastodon, "mastodon", "mastodon", account="handle",
        shape="{}@m.example"),
    "brandwatch": Layout("bw.csv", brandwatch, "brandwatch", "x"),
    "talkwalker": Layout("tw.csv", talkwalker, "talkwalker", "x", knows=IN_TABLES),
    "meltwater": Layout("mw.csv", meltwater, "meltwater", "x", account="handle", knows=POSTS),
    "french": Layout("export.csv", french, "listening-suite", "x", account="handle", knows=POSTS),
    "sprinklr": Layout("sp.csv", sprinklr, "sprinklr", "x", knows=frozenset({"repost_handle"})),
}  # fmt: skip
