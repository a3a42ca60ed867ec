"""The invented world as X's API, X's own site and the tools around them export it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.e2e.planted_layouts import Event, Layout, World, lines, table

TYPES = {"repost": "retweeted", "quote": "quoted", "reply": "replied_to"}
CLIENT = '<a href="https://client.example" rel="nofollow">Some Client</a>'
TICKET = "https://t.co/"


def iso(event: Event) -> str:
    return event.at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def of_old(event: Event) -> str:
    """A time as the API v1.1 writes it."""
    return event.at.strftime("%a %b %d %H:%M:%S +0000 %Y")


def spaced(event: Event) -> str:
    return event.at.strftime("%Y-%m-%d %H:%M:%S")


def epoch(event: Event) -> int:
    return int(event.at.timestamp())


def is_repost(event: Event) -> bool:
    return event.kind == "repost"


def spoken(event: Event) -> str:
    """Its text as X shows it: a repost says whom it repeats."""
    return f"RT @{event.of.handle}: {event.text}" if is_repost(event) and event.of else event.text


def cut(event: Event) -> str:
    """The same as X shortens it."""
    text = spoken(event)
    return text if len(text) <= 60 else f"{text[:59]}…"


def related(event: Event, kind: str) -> str:
    """The id of the event that it repeats, quotes or answers (``kind``); else nothing."""
    return event.of.snowflake if event.of and event.kind == kind else ""


def handle_of(event: Event, kind: str) -> str:
    return event.of.handle if event.of and event.kind == kind else ""


def address(event: Event) -> str:
    return f"https://twitter.com/{event.handle}/status/{event.snowflake}"


# --- API v2


def user_v2(event: Event) -> dict[str, Any]:
    return {
        "id": event.author_id, "username": event.handle, "name": f"Zoé {event.account}",
        "created_at": "2015-05-03T09:00:00.000Z", "verified": False, "description": "Marée 🐟",
        "public_metrics": {"followers_count": 3, "following_count": 4, "tweet_count": 5},
    }  # fmt: skip


def tweet_v2(event: Event) -> dict[str, Any]:
    tweet: dict[str, Any] = {
        "id": event.snowflake, "author_id": event.author_id, "text": cut(event),
        "conversation_id": (event.of or event).snowflake, "created_at": iso(event),
        "edit_history_tweet_ids": [event.snowflake], "lang": "en", "reply_settings": "everyone",
        "public_metrics": {"like_count": 1, "retweet_count": 2, "reply_count": 0, "quote_count": 0},
    }  # fmt: skip
    if not is_repost(event):
        tweet["text"] = event.text
    if event.of:
        tweet["referenced_tweets"] = [{"type": TYPES[event.kind], "id": event.of.snowflake}]
    if event.url and not is_repost(event):
        tweet["entities"] = {"urls": [{"url": f"{TICKET}a", "expanded_url": event.url}]}
    return tweet


def v2_bare(world: World) -> str:
    """Tweets alone, as a script keeps them that never opened ``includes``."""
    return lines(tweet_v2(e) | {"text": spoken(e)} for e in world.events)


def v2_flat(world: World) -> str:
    """``twarc2 flatten``: authors and what is referred to stand in each tweet."""
    return lines(flat_v2(event, "author") for event in world.events)


def flat_v2(event: Event, author: str) -> dict[str, Any]:
    tweet = tweet_v2(event) | {author: user_v2(event)}
    if event.of:
        inner = tweet_v2(event.of) | {author: user_v2(event.of), "type": TYPES[event.kind]}
        tweet["referenced_tweets"] = [inner]
    return tweet | {"__twarc": {"url": "https://api.example/2", "version": "2.14.0"}}


def v2_of_4cat(world: World) -> str:
    """4CAT's search of the API v2: users stand in ``author_user``, media in ``media_keys``."""
    return lines(flat_v2(event, "author_user") for event in world.events)


def v2_pages(world: World) -> str:
    """``twarc2 search``: a page a line, with ``includes``."""
    pages = []
    for start in range(0, len(world.events), 100):
        events = world.events[start : start + 100]
        carried = {e.of.number: e.of for e in events if e.of}
        users = {e.account: e for e in (*events, *carried.values())}
        pages.append({
            "data": [tweet_v2(e) for e in events],
            "includes": {
                "users": [user_v2(e) for e in users.values()],
                "tweets": [tweet_v2(e) for e in carried.values()],
            },
            "meta": {"result_count": len(events)}, "__twarc": {"version": "2.14.0"},
        })  # fmt: skip
    return lines(pages)


TWARC = (
    "id,conversation_id,referenced_tweets.replied_to.id,referenced_tweets.retweeted.id,"
    "referenced_tweets.quoted.id,author_id,in_reply_to_user_id,in_reply_to_username,"
    "retweeted_user_id,retweeted_username,quoted_user_id,quoted_username,created_at,text,lang,"
    "source,public_metrics.impression_count,public_metrics.reply_count,"
    "public_metrics.retweet_count,public_metrics.quote_count,public_metrics.like_count,"
    "reply_settings,edit_history_tweet_ids,edit_controls.edits_remaining,"
    "edit_controls.editable_until,edit_controls.is_edit_eligible,possibly_sensitive,"
    "withheld.scope,withheld.copyright,withheld.country_codes,entities.annotations,"
    "entities.cashtags,entities.hashtags,entities.mentions,entities.urls,context_annotations,"
    "attachments.media,attachments.media_keys,attachments.poll.duration_minutes,"
    "attachments.poll.end_datetime,attachments.poll.id,attachments.poll.options,"
    "attachments.poll.voting_status,attachments.poll_ids,author.id,author.created_at,"
    "author.username,author.name,author.description,author.entities.description.cashtags,"
    "author.entities.description.hashtags,author.entities.description.mentions,"
    "author.entities.description.urls,author.url,author.location,author.pinned_tweet_id,"
    "author.profile_image_url,author.protected,author.public_metrics.followers_count,"
    "author.public_metrics.following_count,author.public_metrics.listed_count,"
    "author.public_metrics.tweet_count,author.verified,author.withheld.scope,"
    "author.withheld.copyright,author.withheld.country_codes,geo.coordinates.coordinates,"
    "geo.coordinates.type,geo.country,geo.country_code,geo.full_name,geo.geo.bbox,geo.geo.type,"
    "geo.id,geo.name,geo.place_id,geo.place_type,matching_rules,__twarc.retrieved_at,__twarc.url,"
    "__twarc.version,"
)


def twarc_csv(world: World) -> str:
    """A repost has the text, the entities and the counts of what it repeats; pandas writes an
    empty last column.
    """
    return table(
        (
            {
                "id": e.snowflake, "conversation_id": (e.of or e).snowflake,
                "referenced_tweets.replied_to.id": related(e, "reply"),
                "referenced_tweets.retweeted.id": related(e, "repost"),
                "referenced_tweets.quoted.id": related(e, "quote"), "author_id": e.author_id,
                "in_reply_to_username": handle_of(e, "reply"), "author.name": "Zoé",
                "retweeted_username": handle_of(e, "repost"), "created_at": iso(e),
                "text": e.text, "lang": "en", "source": "Some Client", "author.id": e.author_id,
                "entities.urls": json.dumps([e.url]) if e.url else "",
                "author.username": e.handle, "public_metrics.like_count": 1,
                "__twarc.version": "2.14.0",
            }
            for e in world.events
        ),
        TWARC,
    )  # fmt: skip


# --- API v1.1 and the site


def status(event: Event, depth: int = 0, *, long: str = "extended") -> dict[str, Any]:
    """``long`` says where the whole text stands: ``extended`` (stream) or ``full_text``."""
    entities = {"urls": [{"url": f"{TICKET}a", "expanded_url": event.url}]} if event.url else {}
    made: dict[str, Any] = {
        "created_at": of_old(event), "id": int(event.snowflake), "id_str": event.snowflake,
        "source": CLIENT, "user": {
            "id": int(event.author_id), "id_str": event.author_id, "screen_name": event.handle,
            "name": f"Zoé {event.account}", "followers_count": 3, "verified": False,
        },
        "in_reply_to_status_id": int(related(event, "reply") or 0) or None,
        "in_reply_to_status_id_str": related(event, "reply") or None,
        "in_reply_to_screen_name": handle_of(event, "reply") or None,
        "is_quote_status": event.kind == "quote", "retweet_count": 2, "favorite_count": 7,
        "entities": {"hashtags": [], "user_mentions": [], "urls": []} | entities, "lang": "en",
    }  # fmt: skip
    if long == "full_text":
        made |= {"full_text": cut(event) if is_repost(event) else event.text, "truncated": False}
    elif is_repost(event):
        made |= {"text": cut(event), "truncated": False}
    else:
        whole = {"full_text": event.text, "entities": made["entities"]}
        made |= {"text": cut(event), "truncated": True, "extended_tweet": whole}
        made["entities"] = {"hashtags": [], "user_mentions": [], "urls": []}
    if event.of and depth == 0 and event.kind in ("repost", "quote"):
        key = "retweeted_status" if is_repost(event) else "quoted_status"
        made[key] = status(event.of, 1, long=long)
    if event.kind == "quote":
        made["quoted_status_id_str"] = related(event, "quote")
    return made


def v1_stream(world: World) -> str:
    return lines(status(event) for event in world.events)


def v1_hydrated(world: World) -> str:
    return lines(status(event, long="full_text") for event in world.events)


def v1_search(world: World) -> str:
    pages = [world.events[n : n + 100] for n in range(0, len(world.events), 100)]
    return lines(
        {"statuses": [status(e, long="full_text") for e in page], "search_metadata": {"count": 100}}
        for page in pages
    )


def result(event: Event, depth: int = 0) -> dict[str, Any]:
    """A post as the site receives it."""
    legacy = status(event, 1, long="full_text")
    user = legacy.pop("user")
    made: dict[str, Any] = {
        "__typename": "Tweet", "rest_id": event.snowflake, "legacy": legacy,
        "core": {"user_results": {"result": {
            "__typename": "User", "rest_id": event.author_id,
            "core": {"screen_name": user["screen_name"], "name": user["name"]},
            "legacy": {"followers_count": 3},
        }}},
        "views": {"count": "12", "state": "EnabledWithCount"}, "source": legacy.pop("source"),
    }  # fmt: skip
    legacy |= {"user_id_str": event.author_id, "quote_count": 0, "reply_count": 0}
    legacy["conversation_id_str"] = (event.of or event).snowflake
    if event.of and depth == 0 and is_repost(event):
        legacy["retweeted_status_result"] = {"result": result(event.of, 1)}
    if event.of and depth == 0 and event.kind == "quote":
        limited = {"__typename": "TweetWithVisibilityResults", "tweet": result(event.of, 1)}
        made["quoted_status_result"] = {"result": limited}
    return made


def zeeschuimer_x(world: World) -> str:
    return lines(
        {
            "nav_index": "1:2:0", "item_id": e.snowflake, "timestamp_collected": 1726000000000,
            "source_platform": "twitter.com", "source_platform_url": "https://x.com/search",
            "source_url": "https://x.com/i/api", "user_agent": "Browser",
            "data": result(e) | {"id": e.snowflake, "promoted": False},
        }
        for e in world.events
    )  # fmt: skip


def entry(event: Event) -> dict[str, Any]:
    return {
        "entryId": f"tweet-{event.snowflake}", "sortIndex": event.snowflake,
        "content": {
            "entryType": "TimelineTimelineItem", "__typename": "TimelineTimelineItem",
            "itemContent": {
                "itemType": "TimelineTweet", "__typename": "TimelineTweet",
                "tweet_results": {"result": result(event)}, "tweetDisplayType": "Tweet",
            },
        },
    }  # fmt: skip


def site_answers(world: World) -> str:
    """Answers of the site's search, one a line."""
    return lines(
        {"data": {"search_by_raw_query": {"search_timeline": {"timeline": {"instructions": [{
            "type": "TimelineAddEntries",
            "entries": [*(entry(e) for e in world.events[n : n + 50]), {
                "entryId": "cursor-bottom-0", "content": {
                    "entryType": "TimelineTimelineCursor", "value": "x", "cursorType": "Bottom"}}],
        }]}}}}}
        for n in range(0, len(world.events), 50)
    )  # fmt: skip


# --- the archive of information operations


def operations(world: World) -> str:
    return table(
        {
            "tweetid": e.snowflake, "userid": e.author_id, "user_display_name": "Zoé",
            "user_screen_name": e.handle, "user_reported_location": "", "user_profile_url": "",
            "user_profile_description": "Marée", "follower_count": 12, "following_count": 13,
            "account_creation_date": "2015-05-03", "account_language": "en",
            "tweet_language": "en", "tweet_text": spoken(e), "tweet_time": spaced(e),
            "tweet_client_name": "Some Client", "in_reply_to_tweetid": related(e, "reply"),
            "in_reply_to_userid": "", "quoted_tweet_tweetid": related(e, "quote"),
            "is_retweet": is_repost(e), "retweet_userid": "",
            "retweet_tweetid": related(e, "repost"), "latitude": "absent", "longitude": "absent",
            "quote_count": 0, "reply_count": 0, "like_count": 3, "retweet_count": 2,
            "hashtags": "[]", "urls": f"[{e.url}]", "user_mentions": "[]", "poll_choices": "",
        }
        for e in world.events
    )  # fmt: skip


# --- scrapers


def snscrape_user(event: Event, *, old: bool) -> dict[str, Any]:
    names = {"description": "Marée"} if old else {"rawDescription": "Marée"}
    return {
        "_type": "snscrape.modules.twitter.User", "username": event.handle,
        "id": int(event.author_id), "displayname": f"Zoé {event.account}", **names,
        "verified": False, "created": "2015-05-03T09:00:00+00:00", "followersCount": 3,
        "friendsCount": 4, "statusesCount": 5, "url": f"https://twitter.com/{event.handle}",
    }  # fmt: skip


def snscrape_tweet(event: Event, depth: int = 0, *, old: bool = False) -> dict[str, Any]:
    """``old``: names of keys before 2022."""
    link = [{"text": "paper…", "url": event.url, "tcourl": f"{TICKET}a", "indices": [1, 2]}]
    whole = spoken(event) if depth == 0 else event.text
    inner = snscrape_tweet(event.of, 1, old=old) if event.of and depth == 0 else None
    text = {"content": whole} if old else {"rawContent": whole}
    return {
        "_type": "snscrape.modules.twitter.Tweet", "url": address(event),
        "date": event.at.isoformat(), **text, "renderedContent": whole,
        "id": int(event.snowflake), "user": snscrape_user(event, old=old), "replyCount": 0,
        "retweetCount": 2, "likeCount": 7, "quoteCount": 0, "lang": "en", "source": CLIENT,
        "conversationId": int((event.of or event).snowflake), "sourceLabel": "Some Client",
        **({"outlinks": [event.url] if event.url else None} if old
            else {"links": link if event.url else None}),
        "media": None, "retweetedTweet": inner if is_repost(event) else None,
        "quotedTweet": inner if event.kind == "quote" else None,
        "inReplyToTweetId": int(related(event, "reply") or 0) or None,
        "inReplyToUser": None, "mentionedUsers": None, "hashtags": None, "viewCount": 12,
    }  # fmt: skip


def snscrape(world: World) -> str:
    return lines(snscrape_tweet(event) for event in world.events)


def snscrape_old(world: World) -> str:
    return lines(snscrape_tweet(event, old=True) for event in world.events)


def snscrape_csv(world: World) -> str:
    """The same through pandas: nested objects as Python writes them."""
    return table(
        {key: "" if value is None else value for key, value in snscrape_tweet(e).items()}
        for e in world.events
    )


def twint_row(event: Event) -> dict[str, Any]:
    """Of a repost, id, author and text are those of what it repeats."""
    said = event.of if is_repost(event) and event.of else event
    quoted = address(event.of) if event.of and event.kind == "quote" else ""
    answered = [{"screen_name": handle_of(event, "reply"), "name": "Zoé", "id": "1"}]
    return {
        "id": int(said.snowflake), "conversation_id": related(event, "reply") or said.snowflake,
        "created_at": f"{spaced(said)} UTC", "date": said.at.strftime("%Y-%m-%d"),
        "time": said.at.strftime("%H:%M:%S"), "timezone": "+0000", "user_id": int(said.author_id),
        "username": said.handle, "name": "Zoé", "place": "", "tweet": said.text, "language": "en",
        "mentions": [], "urls": [said.url] if said.url else [], "photos": [], "replies_count": 0,
        "retweets_count": 2, "likes_count": 7, "hashtags": [], "cashtags": [],
        "link": address(said), "retweet": is_repost(event), "quote_url": quoted, "video": 0,
        "thumbnail": "", "near": "", "geo": "", "source": "",
        "user_rt_id": event.author_id if is_repost(event) else "",
        "user_rt": event.handle if is_repost(event) else "",
        "retweet_id": event.snowflake if is_repost(event) else "",
        "reply_to": answered if event.kind == "reply" else [],
        "retweet_date": spaced(event) if is_repost(event) else "", "translate": "",
        "trans_src": "", "trans_dest": "",
    }  # fmt: skip


def _twint(world: World) -> Iterator[dict[str, Any]]:
    return (twint_row(event) for event in world.events)


def twint_csv(world: World) -> str:
    return table(_twint(world), delimiter="\t")


def twint_json(world: World) -> str:
    return lines(_twint(world))


NO_URL = frozenset({"handle", "repost", "quote", "reply"})
LAYOUTS = {
    "api v2, bare": Layout("bare.jsonl", v2_bare, "x-api-v2", "x",
        knows=NO_URL - {"handle"}),
    "api v2, twarc2 flatten": Layout("flat.jsonl", v2_flat, "x-api-v2", "x"),
    "api v2, 4CAT": Layout("4cat.ndjson", v2_of_4cat, "x-api-v2", "x"),
    "api v2, pages": Layout("pages.jsonl", v2_pages, "x-api-v2", "x"),
    "twarc-csv": Layout("tweets.csv", twarc_csv, "twarc-csv", "x"),
    "api v1.1, stream": Layout("stream.jsonl", v1_stream, "x-api-v1", "x"),
    "api v1.1, hydrated": Layout("hydrated.jsonl", v1_hydrated, "x-api-v1", "x"),
    "api v1.1, search": Layout("search.jsonl", v1_search, "x-api-v1", "x"),
    "zeeschuimer": Layout("zeeschuimer.ndjson", zeeschuimer_x, "zeeschuimer", "x"),
    "site": Layout("answers.jsonl", site_answers, "x-graphql", "x"),
    "information operations": Layout(
        "tweets_csv_hashed.csv", operations, "x-information-operations", "x"
    ),
    "snscrape": Layout("tweets.json", snscrape, "snscrape", "x"),
    "snscrape before 2022": Layout("tweets.json", snscrape_old, "snscrape", "x"),
    "snscrape, CSV": Layout("tweets.csv", snscrape_csv, "snscrape", "x"),
    "twint, CSV": Layout("tweets.csv", twint_csv, "twint", "x"),
    "twint, JSON": Layout("tweets.json", twint_json, "twint", "x"),
}  # fmt: skip
