"""Tables of posts of X: 4CAT, TCAT, gazouilloire, information operations. All is invented."""

from __future__ import annotations

from typing import Any

from tests.crawlers.profiles.conftest import Exports

FIRST = "1780000000000000001"
AT, EPOCH = "2024-05-03T09:00:00.000Z", 1714726800


def native(number: int) -> str:
    return f"178000000000000000{number}"


FOURCAT = (
    "collected_from_url,id,thread_id,timestamp,unix_timestamp,link,body,author,author_fullname,"
    "author_id,author_avatar_url,author_banner_url,verified,source,language_guess,"
    "possibly_sensitive,retweet_count,reply_count,like_count,quote_count,impression_count,"
    "is_retweet,retweeted_user,is_quote_tweet,quote_tweet_id,quote_author,quote_body,is_reply,"
    "replied_author,is_withheld,hashtags,urls,images,videos,mentions,long_lat,place_name"
)


def fourcat(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": native(number), "thread_id": native(number), "unix_timestamp": EPOCH,
        "timestamp": "2024-05-03 11:00:00", "author": f"person{number}", "author_id": f"90{number}",
        "author_fullname": "Zoé", "link": f"https://x.com/person{number}/status/{native(number)}",
        "body": "Écoute 🐟 &amp; la mer", "source": "Some Client", "like_count": "1,234",
        "is_retweet": "no", "is_quote_tweet": "no", "is_reply": "no", "language_guess": "fr",
    } | more  # fmt: skip


def test_4cat(exports: Exports) -> None:
    made = exports.table(
        "4cat.csv",
        FOURCAT,
        [
            fourcat(1, urls="https://paper.example/a,https://paper.example/b", hashtags="mer,eau",
                images="https://pic.example/a.jpg", mentions="autre"),
            fourcat(2, is_retweet="yes", retweeted_user="person1", body="Écoute 🐟"),
            fourcat(3, is_quote_tweet="yes", quote_tweet_id=FIRST, quote_author="person1"),
            fourcat(4, is_reply="yes", replied_author="person1", thread_id=FIRST),
            "1,2,3",
        ],
    )  # fmt: skip
    assert made.format == "4cat-x"
    assert len(made.rejected) == 1
    first, repost, quote, reply = made.rows.values()
    assert first["platform"] == "x"
    assert first["author"] == {"id": "901", "handle": "person1", "name": "Zoé"}
    assert (first["text"], first["published_at"]) == ("Écoute 🐟 & la mer", AT)
    assert first["urls"] == ["https://paper.example/a", "https://paper.example/b"]
    assert (first["hashtags"], first["mentions"]) == (["mer", "eau"], ["autre"])
    assert first["media"] == [{"url": "https://pic.example/a.jpg", "kind": "photo"}]
    assert first["metrics"] == {"likes": 1234}
    assert first["extra"] == {"client": "Some Client"}
    assert "reply_to" not in first
    assert repost["extra"]["repost_of_handle"] == "person1"
    assert repost["text"] == "RT @person1: Écoute 🐟"
    assert quote["quote_of"] == reply["reply_to"] == FIRST
    assert reply["extra"]["reply_to_handle"] == "person1"


TCAT = (
    "id,time,created_at,from_user_name,text,filter_level,possibly_sensitive,withheld_copyright,"
    "withheld_scope,truncated,retweet_count,favorite_count,lang,to_user_name,"
    "in_reply_to_status_id,quoted_status_id,source,location,lat,lng,from_user_id,"
    "from_user_realname,from_user_verified,from_user_description,from_user_url,"
    "from_user_profile_image_url,from_user_utcoffset,from_user_timezone,from_user_lang,"
    "from_user_tweetcount,from_user_followercount,from_user_friendcount,"
    "from_user_favourites_count,from_user_listed,from_user_withheld_scope,from_user_created_at,"
    "urls,urls_expanded,urls_followed,domains,HTTP status code,mentions,hashtags"
)


def tcat(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": native(number), "time": EPOCH, "created_at": "2024-05-03 09:00:00",
        "from_user_name": f"person{number}", "from_user_id": f"90{number}",
        "from_user_realname": "Zoé", "from_user_followercount": 12, "text": "Écoute 🐟",
        "favorite_count": 3, "retweet_count": 4, "lang": "fr", "in_reply_to_status_id": "",
        "source": '<a href="https://client.example">Some Client</a>', "from_user_verified": 0,
    } | more  # fmt: skip


def test_tcat(exports: Exports) -> None:
    made = exports.table(
        "tcat_fullExport.csv",
        TCAT,
        [
            tcat(1, urls="https://t.co/a; https://t.co/b", hashtags="mer; eau", mentions="autre",
                urls_expanded="https://short.example/1; https://paper.example/b",
                urls_followed="https://paper.example/a; "),
            tcat(2, text="RT @person1: Écoute 🐟"),
            tcat(3, quoted_status_id=FIRST),
            tcat(4, in_reply_to_status_id=FIRST, to_user_name="person1"),
            tcat(5, in_reply_to_status_id="0", quoted_status_id="0"),
            "1,2,3",
        ],
    )  # fmt: skip
    assert made.format == "tcat"
    assert len(made.rejected) == 1
    first, repost, quote, reply, none = made.rows.values()
    assert first["platform"] == "x"
    assert first["author"] == {
        "id": "901", "handle": "person1", "name": "Zoé", "followers": 12, "verified": False
    }  # fmt: skip
    assert (first["text"], first["published_at"]) == ("Écoute 🐟", AT)
    assert first["urls"] == ["https://paper.example/a", "https://paper.example/b"]
    assert (first["hashtags"], first["mentions"]) == (["mer", "eau"], ["autre"])
    assert first["metrics"] == {"likes": 3, "reposts": 4}
    assert first["extra"]["client"] == "Some Client"
    assert repost["extra"]["repost_of_handle"] == "person1"
    assert quote["quote_of"] == reply["reply_to"] == FIRST
    assert none.keys().isdisjoint({"reply_to", "quote_of"})


GAZOUILLOIRE = (
    "id,timestamp_utc,local_time,user_screen_name,text,possibly_sensitive,retweet_count,"
    "like_count,reply_count,impression_count,lang,to_username,to_userid,to_tweetid,source_name,"
    "source_url,user_location,lat,lng,user_id,user_name,user_verified,user_description,user_url,"
    "user_image,user_tweets,user_followers,user_friends,user_likes,user_lists,user_created_at,"
    "user_timestamp_utc,collected_via,match_query,retweeted_id,retweeted_user,retweeted_user_id,"
    "retweeted_timestamp_utc,quoted_id,quoted_user,quoted_user_id,quoted_timestamp_utc,"
    "collection_time,url,place_country_code,place_name,place_type,place_coordinates,links,domains,"
    "media_urls,media_files,media_types,mentioned_names,mentioned_ids,hashtags"
)


def gazouilloire(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": native(number), "timestamp_utc": EPOCH, "local_time": "2024-05-03T11:00:00",
        "user_screen_name": f"person{number}", "user_id": f"90{number}", "user_name": "Zoé",
        "text": "Écoute 🐟", "like_count": 3, "retweet_count": 4, "lang": "fr",
        "source_name": "Some Client", "user_timestamp_utc": 1430643600, "user_followers": 12,
        "url": f"https://twitter.com/person{number}/status/{native(number)}", "match_query": 1,
        "collected_via": "search",
    } | more  # fmt: skip


def test_gazouilloire(exports: Exports) -> None:
    made = exports.table(
        "tweets.csv",
        GAZOUILLOIRE,
        [
            gazouilloire(1, links="https://paper.example/a|https://paper.example/b",
                hashtags="mer|eau", mentioned_names="autre|deux",
                media_urls="https://pic.example/a.jpg"),
            gazouilloire(2, retweeted_id=FIRST, retweeted_user="person1"),
            gazouilloire(3, quoted_id=FIRST, quoted_user="person1"),
            gazouilloire(4, to_tweetid=FIRST, to_username="person1"),
            "1,2,3",
        ],
    )  # fmt: skip
    assert made.format == "gazouilloire"
    assert len(made.rejected) == 1
    first, repost, quote, reply = made.rows.values()
    assert first["platform"] == "x"
    assert first["author"] == {
        "id": "901", "handle": "person1", "name": "Zoé", "followers": 12,
        "created_at": "2015-05-03T09:00:00.000Z",
    }  # fmt: skip
    assert (first["text"], first["published_at"]) == ("Écoute 🐟", AT)
    assert first["urls"] == ["https://paper.example/a", "https://paper.example/b"]
    assert (first["hashtags"], first["mentions"]) == (["mer", "eau"], ["autre", "deux"])
    assert first["media"][0]["url"] == "https://pic.example/a.jpg"
    assert first["metrics"] == {"likes": 3, "reposts": 4}
    assert first["extra"]["client"] == "Some Client"
    assert repost["repost_of"] == quote["quote_of"] == reply["reply_to"] == FIRST
    assert repost["text"] == "RT @person1: Écoute 🐟"


OPERATIONS = (
    "tweetid,userid,user_display_name,user_screen_name,user_reported_location,"
    "user_profile_description,user_profile_url,follower_count,following_count,"
    "account_creation_date,account_language,tweet_language,tweet_text,tweet_time,"
    "tweet_client_name,in_reply_to_tweetid,in_reply_to_userid,quoted_tweet_tweetid,is_retweet,"
    "retweet_userid,retweet_tweetid,latitude,longitude,quote_count,reply_count,like_count,"
    "retweet_count,hashtags,urls,user_mentions,poll_choices"
)


def operation(number: int, **more: Any) -> dict[str, Any]:
    return {
        "tweetid": native(number), "userid": f"90{number}", "user_display_name": "Zoé",
        "user_screen_name": f"person{number}", "follower_count": 12, "following_count": 13,
        "account_creation_date": "2015-05-03", "tweet_language": "fr",
        "tweet_text": "Écoute 🐟 @autre", "tweet_time": "2024-05-03 09:00",
        "tweet_client_name": "Some Client", "is_retweet": "false", "like_count": 3.0,
        "hashtags": "[]", "urls": "[]", "user_mentions": "[77]", "account_language": "ru",
    } | more  # fmt: skip


def test_information_operations(exports: Exports) -> None:
    made = exports.table(
        "tweets_csv_hashed.csv",
        OPERATIONS,
        [
            operation(1, hashtags="[mer, eau]",
                urls="[https://paper.example/a, https://paper.example/b]"),
            operation(2, is_retweet="true", retweet_tweetid=FIRST, retweet_userid="901"),
            operation(3, quoted_tweet_tweetid=FIRST),
            operation(4, in_reply_to_tweetid=FIRST),
            "1,2,3",
        ],
    )  # fmt: skip
    assert made.format == "x-information-operations"
    assert len(made.rejected) == 1
    first, repost, quote, reply = made.rows.values()
    assert first["platform"] == "x"
    assert first["author"] == {
        "id": "901", "handle": "person1", "name": "Zoé", "followers": 12, "following": 13,
        "created_at": "2015-05-03T00:00:00.000Z",
    }  # fmt: skip
    assert (first["text"], first["published_at"]) == ("Écoute 🐟 @autre", AT)
    assert first["lang"] == "fr"
    assert first["urls"] == ["https://paper.example/a", "https://paper.example/b"]
    assert (first["hashtags"], first["mentions"]) == (["mer", "eau"], ["autre"])
    assert first["metrics"] == {"likes": 3}
    assert first["extra"]["client"] == "Some Client"
    assert repost["repost_of"] == quote["quote_of"] == reply["reply_to"] == FIRST
