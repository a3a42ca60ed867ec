"""Answers of X's API v2, as twarc2 and other clients keep them: envelopes ``{"data", "includes"}``
and tweets flattened by ``twarc2 flatten``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from crawlers.importing.formats import fields
from crawlers.importing.formats.profile_base import BaseProfile, Head, Record, Skip

RELATIONS = {"replied_to": "reply_to", "retweeted": "repost_of", "quoted": "quote_of"}
"""Type of a referenced tweet -> key of the exchange format."""
_ONLY_X = frozenset({"edit_history_tweet_ids", "public_metrics", "referenced_tweets"})


class ApiV2(BaseProfile):
    """https://docs.x.com/x-api/fundamentals/data-dictionary"""

    name = "x-api-v2"
    title = "X: answers of the API v2 (twarc2 raw and flattened, includes opened)"
    platform = "x"
    gives = (
        "id", "author.id", "author.handle", "author.name", "author.created_at", "author.followers",
        "author.following", "author.posts", "author.description", "author.verified", "text",
        "lang", "published_at", "url", "urls", "hashtags", "mentions", "reply_to", "repost_of",
        "quote_of", "media", "metrics.likes", "metrics.reposts", "metrics.replies",
        "metrics.quotes", "metrics.views",
    )  # fmt: skip

    def recognises(self, head: Head) -> float:
        fitting = [record for record in head.records if any(map(_is_unmistakable, _tweets(record)))]
        if head.records and 2 * len(fitting) >= len(head.records):
            return 0.95
        accounts = [record for record in head.records if any(map(_is_account, _tweets(record)))]
        return 0.9 if head.records and len(accounts) == len(head.records) else 0.0

    def convert(self, record: Record, around: Record) -> Iterable[dict[str, Any] | Skip]:
        tweets = _tweets(record)
        if not tweets or ("data" not in record and "errors" in record):
            yield Skip("an answer without posts")
            return
        if all(map(_is_account, tweets)):
            yield Skip("accounts, no posts")
            return
        known = record if _is_included(record) else record.get("includes")
        includes = _Includes(fields.mapping(known), tweets)
        done: set[str] = set()
        for tweet in (*tweets, *includes.tweets.values()):
            row = _row(tweet, includes)
            if row.get("id") not in done:
                done.add(row.get("id", ""))
                yield row


class _Includes:
    """What came along with an answer: accounts, media and the posts that are referred to."""

    def __init__(self, includes: Mapping[str, Any], tweets: list[Mapping[str, Any]]) -> None:
        self.users = _by_id(includes.get("users"))
        self.media = _by_id(includes.get("media"), "media_key")
        self.tweets = _by_id(includes.get("tweets"))
        for tweet in tweets:  # flattened: what is referred to stands in the tweet itself
            for part in fields.objects(tweet.get("referenced_tweets")):
                if _is_tweet(part) and (native := fields.identifier(part.get("id"))):
                    self.tweets.setdefault(native, part)

    def author_of(self, tweet: Mapping[str, Any]) -> Mapping[str, Any]:
        own = tweet.get("author", tweet.get("author_user"))  # as twarc and 4CAT name it
        native = fields.identifier(tweet.get("author_id")) or ""
        return own if isinstance(own, Mapping) else self.users.get(native, {})


def _by_id(value: Any, key: str = "id") -> dict[str, Mapping[str, Any]]:
    return {id_: o for o in fields.objects(value) if (id_ := fields.identifier(o.get(key)))}


def _tweets(record: Record) -> list[Mapping[str, Any]]:
    if _is_included(record):
        return fields.objects(record.get("tweets")) or fields.objects(record["users"])
    return fields.objects(record["data"]) if "data" in record else [record]


def _is_included(record: Record) -> bool:
    """Whether it is what came along with answers, kept apart (``users_*.json`` of R packages)."""
    return "data" not in record and "text" not in record and isinstance(record.get("users"), list)


def _is_tweet(tweet: Mapping[str, Any]) -> bool:
    if "id" not in tweet or "text" not in tweet:
        return False
    return not {"author_id", "edit_history_tweet_ids", "public_metrics"}.isdisjoint(tweet)


def _is_account(item: Mapping[str, Any]) -> bool:
    """``twarc2 users`` and its like: their description is no post."""
    about = fields.mapping(item.get("public_metrics"))
    return "text" not in item and "username" in item and "followers_count" in about


def _is_unmistakable(tweet: Mapping[str, Any]) -> bool:
    """Other data sets name their columns ``id, author_id, text``, too: a key of X alone is there,
    or the id is one of X (15 digits and more).
    """
    if not _is_tweet(tweet):
        return False
    native = tweet["id"]
    is_of_x = isinstance(native, str) and native.isdecimal() and 15 <= len(native) <= 20
    return is_of_x or not _ONLY_X.isdisjoint(tweet)


def _row(tweet: Mapping[str, Any], includes: _Includes) -> dict[str, Any]:
    user = includes.author_of(tweet)
    about = fields.mapping(user.get("public_metrics"))
    numbers = fields.mapping(tweet.get("public_metrics"))
    links = {
        key: fields.identifier(part.get("id"))
        for part in fields.objects(tweet.get("referenced_tweets"))
        if (key := RELATIONS.get(str(part.get("type"))))
    }
    text, entities = _content(tweet)
    if original := includes.tweets.get(links.get("repost_of") or ""):
        whole, entities = _content(original)
        handle = includes.author_of(original).get("username") or _repeated_handle(text)
        text = f"RT @{handle}: {whole}" if handle else whole
        mentions = fields.mentions(handle or [], entities.get("mentions"))
    else:
        mentions = fields.mentions(entities.get("mentions"))
    native = fields.identifier(tweet.get("id"))
    row = {
        "id": native,
        "author": fields.author(
            tweet.get("author_id") or user.get("id"),
            handle=user.get("username"), name=user.get("name"), created_at=user.get("created_at"),
            followers=about.get("followers_count"), following=about.get("following_count"),
            posts=about.get("tweet_count"), description=user.get("description"),
            verified=user.get("verified"),
        ),
        "text": fields.unescape(text),
        "lang": tweet.get("lang"),
        "published_at": tweet.get("created_at"),
        "url": f"https://x.com/{user.get('username') or 'i'}/status/{native}" if native else None,
        "urls": fields.addresses(entities.get("urls")),
        "hashtags": fields.tags(entities.get("hashtags")),
        "mentions": mentions,
        **fields.relations(**links),
        "media": list(_media(tweet, includes)),
        "metrics": fields.counts(
            likes=numbers.get("like_count"), reposts=numbers.get("retweet_count"),
            replies=numbers.get("reply_count"), quotes=numbers.get("quote_count"),
            views=numbers.get("impression_count"),
        ),
    }  # fmt: skip
    fields.with_extra(row, client=tweet.get("source"), conversation_id=tweet.get("conversation_id"))
    return fields.without_empty(row)


def _content(tweet: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Text and entities; long posts have theirs apart."""
    note = fields.mapping(tweet.get("note_tweet"))
    whole = fields.text(note.get("text")) or fields.text(tweet.get("text"))
    entities = {**fields.mapping(tweet.get("entities")), **fields.mapping(note.get("entities"))}
    return whole, entities


def _repeated_handle(text: str) -> str:
    """The handle of ``RT @handle: ...``."""
    begin, colon, _ = text.partition(":")
    return begin.removeprefix("RT @") if colon and begin.startswith("RT @") else ""


def _media(tweet: Mapping[str, Any], includes: _Includes) -> Iterator[dict[str, Any]]:
    keys = fields.at(tweet, "attachments.media_keys", [])
    inline = fields.objects(fields.at(tweet, "attachments.media", keys))  # 4CAT opens the keys
    known = [includes.media.get(str(key), {}) for key in keys] if isinstance(keys, list) else []
    for one in inline or known:
        address = one.get("url") or one.get("preview_image_url")
        made = fields.media(address, str(one.get("type") or "unknown"), one.get("alt_text"))
        if made:
            yield made
