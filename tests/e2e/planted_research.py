"""The invented world as tools of research export it."""

from __future__ import annotations

from typing import Any

from tests.e2e.planted_layouts import Event, Layout, World, table
from tests.e2e.planted_x import (
    CLIENT,
    TYPES,
    address,
    cut,
    epoch,
    handle_of,
    is_repost,
    iso,
    of_old,
    related,
    spaced,
    spoken,
)

# --- 4CAT, posts of X


def yes(value: bool) -> str:
    return "yes" if value else "no"


def fourcat_x(event: Event) -> dict[str, Any]:
    """Posts that Zeeschuimer collected."""
    return {
        "id": event.snowflake, "thread_id": related(event, "reply") or event.snowflake,
        "timestamp": spaced(event), "unix_timestamp": epoch(event), "link": address(event),
        "body": spoken(event), "author": event.handle, "author_fullname": f"Zoé {event.account}",
        "author_id": event.author_id, "author_avatar_url": "https://pic.example/a.jpg",
        "author_banner_url": "", "source": "Some Client", "language_guess": "en",
        "possibly_sensitive": "no", "retweet_count": 2, "reply_count": 0, "like_count": 7,
        "quote_count": 0, "impression_count": 12, "is_retweet": yes(is_repost(event)),
        "retweeted_user": handle_of(event, "repost"), "is_quote_tweet": yes(event.kind == "quote"),
        "quoted_user": handle_of(event, "quote"), "is_quote_withheld": "no",
        "is_reply": yes(event.kind == "reply"), "replied_user": handle_of(event, "reply"),
        "is_withheld": "no", "hashtags": "", "urls": event.url, "images": "", "videos": "",
        "mentions": handle_of(event, "repost"), "long_lat": "", "place_name": "",
    }  # fmt: skip


def fourcat_x_csv(world: World) -> str:
    return table(fourcat_x(event) for event in world.events)


def fourcat_x_of_api(world: World) -> str:
    """Posts of the API v2, as 4CAT wrote them until 2023."""
    left_out = ("author_avatar_url", "author_banner_url", "impression_count", "is_quote_withheld",
        "is_withheld", "videos")  # fmt: skip
    return table(
        {k: v for k, v in (fourcat_x(e) | {"subject": ""}).items() if k not in left_out}
        for e in world.events
    )


def fourcat_x_with_quotes(world: World) -> str:
    """Newer: quotes with their id, names of columns changed."""
    renamed = {"quoted_user": "quote_author", "replied_user": "replied_author"}
    return table(
        {"collected_from_url": "https://x.com/search"}
        | {renamed.get(k, k): v for k, v in fourcat_x(e).items()}
        | {"quote_tweet_id": related(e, "quote"), "quote_body": "", "verified": "False"}
        for e in world.events
    )


# --- TCAT


TCAT = (
    "id,time,created_at,from_user_name,text,filter_level,possibly_sensitive,withheld_copyright,"
    "withheld_scope,truncated,retweet_count,favorite_count,lang,to_user_name,"
    "in_reply_to_status_id,quoted_status_id,source,location,lat,lng,from_user_id,"
    "from_user_realname,from_user_verified,from_user_description,from_user_url,"
    "from_user_profile_image_url,from_user_utcoffset,from_user_timezone,from_user_lang,"
    "from_user_tweetcount,from_user_followercount,from_user_friendcount,"
    "from_user_favourites_count,from_user_listed,from_user_withheld_scope,from_user_created_at"
)
WITH_MORE = ",urls,urls_expanded,urls_followed,domains,HTTP status code,mentions,hashtags"


def tcat_row(event: Event) -> dict[str, Any]:
    return {
        "id": event.snowflake, "time": epoch(event), "created_at": spaced(event),
        "from_user_name": event.handle, "text": spoken(event), "filter_level": "none",
        "retweet_count": 2, "favorite_count": 7, "lang": "en",
        "to_user_name": handle_of(event, "reply"), "source": CLIENT,
        "in_reply_to_status_id": related(event, "reply"),
        "quoted_status_id": related(event, "quote"), "lat": 0, "lng": 0,
        "from_user_id": event.author_id, "from_user_realname": f"Zoé {event.account}",
        "from_user_verified": 0, "from_user_tweetcount": 5, "from_user_followercount": 3,
        "from_user_created_at": "2015-05-03 09:00:00",
    }  # fmt: skip


def tcat(world: World) -> str:
    """With a byte-order mark, as TCAT writes it."""
    rows = (
        tcat_row(e) | {"urls": "https://t.co/a" if e.url else "", "urls_expanded": e.url}
        for e in world.events
    )
    return "\ufeff" + table(rows, TCAT + WITH_MORE)


def tcat_of_old(world: World) -> str:
    """Without quotes, and without addresses."""
    header = TCAT.replace("quoted_status_id,", "")
    rows = (tcat_row(event) for event in world.events)
    known = header.split(",")
    return table(({k: v for k, v in row.items() if k in known} for row in rows), header)


# --- gazouilloire and minet


def medialab(event: Event) -> dict[str, Any]:
    return {
        "id": event.snowflake, "timestamp_utc": epoch(event),
        "local_time": event.at.strftime("%Y-%m-%dT%H:%M:%S"), "user_screen_name": event.handle,
        "text": spoken(event), "possibly_sensitive": "", "retweet_count": 2, "like_count": 7,
        "reply_count": 0, "impression_count": 12, "lang": "en",
        "to_username": handle_of(event, "reply"), "to_userid": "",
        "to_tweetid": related(event, "reply"), "source_name": "Some Client", "source_url": "",
        "user_location": "", "lat": "", "lng": "", "user_id": event.author_id,
        "user_name": f"Zoé {event.account}", "user_verified": 0, "user_description": "Marée",
        "user_url": "", "user_image": "", "user_tweets": 5, "user_followers": 3,
        "user_friends": 4, "user_likes": 1, "user_lists": 0,
        "user_created_at": "2015-05-03T09:00:00", "user_timestamp_utc": 1430643600,
        "collected_via": "search", "match_query": 1, "retweeted_id": related(event, "repost"),
        "retweeted_user": handle_of(event, "repost"), "retweeted_user_id": "",
        "retweeted_timestamp_utc": "", "quoted_id": related(event, "quote"),
        "quoted_user": handle_of(event, "quote"), "quoted_user_id": "",
        "quoted_timestamp_utc": "", "collection_time": "2024-06-01T09:00:00.123456",
        "url": address(event), "place_country_code": "", "place_name": "", "place_type": "",
        "place_coordinates": "", "links": event.url, "domains": "", "media_urls": "",
        "media_files": "", "media_types": "", "mentioned_names": "", "mentioned_ids": "",
        "hashtags": "",
    }  # fmt: skip


def gazouilloire(world: World) -> str:
    return table(medialab(event) for event in world.events)


def minet(world: World) -> str:
    """``minet twitter scrape``: the query stands first; of a repost the text alone."""
    return table(
        {"query": "harbour", **medialab(e), "text": e.text, "collected_via": "scraping"}
        for e in world.events
    )


# --- tables that R packages and scripts make


def academic(world: World) -> str:
    """academictwitteR, tidy: the post that one answers is not there."""
    types = {"repost": "retweeted", "quote": "quoted"}
    return table(
        {
            "tweet_id": e.snowflake, "user_username": e.handle, "text": cut(e) if is_repost(e)
            else e.text, "possibly_sensitive": False, "lang": "en", "created_at": iso(e),
            "source": "Some Client", "conversation_id": e.snowflake, "author_id": e.author_id,
            "user_created_at": "2015-05-03T09:00:00.000Z", "user_name": "Zoé", "user_url": "",
            "user_verified": False, "user_description": "Marée", "retweet_count": 1,
            "like_count": 2, "quote_count": 3, "user_tweet_count": 4, "user_list_count": 1,
            "user_followers_count": 3, "user_following_count": 4,
            "sourcetweet_type": types.get(e.kind, ""),
            "sourcetweet_id": related(e, "repost") or related(e, "quote"),
            "sourcetweet_text": e.of.text if e.of and e.kind in types else "",
            "sourcetweet_lang": "en", "sourcetweet_author_id": "",
        }
        for e in world.events
    )  # fmt: skip


def rtweet(world: World) -> str:
    def marked(native: str) -> str:
        return f"x{native}" if native else ""

    return table(
        {
            "user_id": marked(e.author_id), "status_id": marked(e.snowflake),
            "created_at": spaced(e), "screen_name": e.handle, "text": e.text,
            "source": "Some Client", "display_text_width": 99,
            "reply_to_status_id": marked(related(e, "reply")), "reply_to_user_id": "",
            "reply_to_screen_name": handle_of(e, "reply"), "is_quote": e.kind == "quote",
            "is_retweet": is_repost(e), "favorite_count": 1, "retweet_count": 2,
            "hashtags": "", "urls_url": "", "urls_t.co": "", "urls_expanded_url": e.url,
            "media_url": "", "mentions_screen_name": "", "lang": "en",
            "quoted_status_id": marked(related(e, "quote")), "quoted_text": "",
            "retweet_status_id": marked(related(e, "repost")), "retweet_text": "",
            "retweet_screen_name": handle_of(e, "repost"), "name": "Zoé", "location": "",
            "description": "Marée", "followers_count": 3, "friends_count": 4,
            "statuses_count": 5, "account_created_at": "2015-05-03 09:00:00", "verified": False,
            "status_url": address(e),
        }
        for e in world.events
    )  # fmt: skip


def json2csv(world: World) -> str:
    """twarc 1."""
    kinds = {"post": "original", "repost": "retweet"}
    return table(
        {
            "id": e.snowflake, "tweet_url": address(e), "created_at": of_old(e),
            "parsed_created_at": e.at.isoformat(" "), "user_screen_name": e.handle,
            "text": spoken(e), "tweet_type": kinds.get(e.kind, e.kind), "coordinates": "",
            "hashtags": "", "media": "", "urls": e.url, "favorite_count": 1,
            "in_reply_to_screen_name": handle_of(e, "reply"),
            "in_reply_to_status_id": related(e, "reply"), "in_reply_to_user_id": "",
            "lang": "en", "place": "", "possibly_sensitive": False, "retweet_count": 2,
            "retweet_or_quote_id": related(e, "repost") or related(e, "quote"),
            "retweet_or_quote_screen_name": "", "retweet_or_quote_user_id": "",
            "source": CLIENT, "user_id": e.author_id, "user_created_at": of_old(e),
            "user_description": "Marée", "user_followers_count": 1, "user_friends_count": 2,
            "user_name": "Zoé", "user_statuses_count": 3, "user_verified": False,
        }
        for e in world.events
    )  # fmt: skip


def statuses(world: World) -> str:
    """Statuses through pandas."""
    return table(
        {
            "created_at": of_old(e), "id": e.snowflake, "id_str": e.snowflake,
            "full_text": cut(e) if is_repost(e) else e.text, "source": CLIENT, "lang": "en",
            "in_reply_to_status_id_str": related(e, "reply"), "retweet_count": 2,
            "in_reply_to_screen_name": handle_of(e, "reply"), "favorite_count": 7,
            "quoted_status_id_str": related(e, "quote"), "user.id_str": e.author_id,
            "user.screen_name": e.handle, "user.name": "Zoé", "user.followers_count": 3,
            "entities.urls": str([{"expanded_url": e.url}]) if e.url else "[]",
            "retweeted_status.id_str": related(e, "repost"),
            "retweeted_status.full_text": e.text if is_repost(e) else "",
            "retweeted_status.user.screen_name": handle_of(e, "repost"),
        }
        for e in world.events
    )  # fmt: skip


def tweets(world: World) -> str:
    """Tweets of the API v2 through pandas: relations in one cell."""
    return table(
        {
            "author_id": e.author_id, "created_at": iso(e), "id": e.snowflake, "text": spoken(e),
            "lang": "en", "conversation_id": (e.of or e).snowflake,
            "referenced_tweets": str(
                [{"type": TYPES[e.kind], "id": e.of.snowflake}] if e.of else ""
            ),
            "public_metrics.retweet_count": 1, "public_metrics.like_count": 1,
            "entities.urls": str([{"url": "https://t.co/a", "expanded_url": e.url}]) if e.url
            else "", "edit_history_tweet_ids": str([e.snowflake]),
        }
        for e in world.events
    )  # fmt: skip


# --- CooRTweet


def shares(world: World, account: str = "account_id") -> str:
    """Who repeated what; originals stand there with their own id."""
    return table(
        {
            "object_id": related(e, "repost") or e.snowflake, account: e.author_id,
            "content_id": e.snowflake, "timestamp_share": epoch(e),
        }
        for e in world.events
        if e.kind in ("repost", "post")
    )  # fmt: skip


def shares_of_old(world: World) -> str:
    return shares(world, "id_user")


def shared_links(world: World) -> str:
    return table(
        {
            "object_id": e.url, "account_id": e.author_id, "content_id": e.snowflake,
            "timestamp_share": spaced(e),
        }
        for e in world.events
        if e.url
    )  # fmt: skip


X = frozenset({"handle", "repost", "quote", "reply", "url"})
LAYOUTS = {
    "4CAT, X": Layout("4cat.csv", fourcat_x_csv, "4cat-x", "x",
        knows=frozenset({"handle", "reply", "url", "repost_handle"})),
    "4CAT, X, of the API": Layout("4cat.csv", fourcat_x_of_api, "4cat-x", "x",
        knows=frozenset({"handle", "reply", "url", "repost_handle"})),
    "4CAT, X, with quotes": Layout("4cat.csv", fourcat_x_with_quotes, "4cat-x", "x",
        knows=frozenset({"handle", "reply", "url", "quote", "repost_handle"})),
    "TCAT": Layout("set-20240501-fullExport.csv", tcat, "tcat", "x",
        knows=(X - {"repost"}) | {"repost_handle"}),
    "TCAT of old": Layout("set-fullExport.csv", tcat_of_old, "tcat", "x",
        knows=frozenset({"handle", "reply", "repost_handle"})),
    "academictwitteR": Layout("tidy.csv", academic, "academictwitter", "x",
        knows=frozenset({"handle", "repost", "quote"})),
    "rtweet": Layout("tweets.csv", rtweet, "rtweet", "x"),
    "twarc 1, CSV": Layout("tweets.csv", json2csv, "twarc1-csv", "x"),
    "api v1.1, CSV": Layout("statuses.csv", statuses, "x-api-v1-csv", "x"),
    "api v2, CSV": Layout("tweets.csv", tweets, "twarc-csv", "x", knows=X - {"handle"}),
    "gazouilloire": Layout("tweets.csv", gazouilloire, "gazouilloire", "x"),
    "minet": Layout("tweets.csv", minet, "gazouilloire", "x"),
}  # fmt: skip
SHARES = {
    "CooRTweet": Layout("shares.csv", shares, "coortweet", "other"),
    "CooRTweet of old": Layout("shares.csv", shares_of_old, "coortweet", "other"),
    "CooRTweet, links": Layout("links.csv", shared_links, "coortweet", "other", kind="link"),
}
"""Shares without texts."""
