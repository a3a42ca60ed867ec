"""Columns of any file to keys of the exchange format: by name, by guess, by value."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.importing.cell_values import list_reader, read_count
from crawlers.importing.column_guesses import guess_columns
from crawlers.importing.column_mapping import ColumnMapping, map_columns, parse_mapping
from crawlers.importing.file_reader import make_id, read_row
from crawlers.importing.text_entities import fill_from_text, find_hashtags, find_mentions, find_urls
from tocsin.core.documents import LinkKind, Precision
from tocsin.core.errors import ConfigError, Unreadable


def columns(rows: list[dict[str, Any]], *pairs: str) -> ColumnMapping:
    return map_columns(rows, parse_mapping(pairs), "posts.csv")


@pytest.mark.parametrize(
    ("pair", "said"),
    [("text", "KEY=COLUMN"), ("=x", "KEY=COLUMN"), ("text=", "KEY=COLUMN"),
        ("txt=x", "did you mean text"), ("author.handel=x", "author.handle"),
     ("extra.=x", "no key")],
)  # fmt: skip
def test_a_wrong_map_is_said(pair: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse_mapping([pair])


def test_a_key_given_twice_is_said() -> None:
    with pytest.raises(ConfigError, match="twice"):
        parse_mapping(["text=a", "text=b"])


def test_a_column_that_does_not_exist_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean content"):
        columns([{"content": "a", "when": 1}], "text=contnet")
    with pytest.raises(ConfigError, match=r"did you mean user\.name"):
        columns([{"content": "a", "user": {"name": "b"}}], "text=content", "author.id=user.nam")


def test_a_map_takes_what_it_names_and_the_rest_goes_to_extra() -> None:
    row = {
        "author_id": "a",
        "ts": "1470009600",
        "language": "English",
        "post_type": "",
        "retweet": "0",
        "content": "hello",
        "lang": "fr",
    }
    made = columns([row], "author.id=author_id", "published_at=ts", "lang=language", "text=content")
    assert made.convert(row) == {
        "text": "hello", "lang": "English", "published_at": datetime(2016, 8, 1, tzinfo=UTC),
        "published_precision": Precision.EXACT,
        "author": {"id": "a"}, "extra": {"retweet": "0", "lang": "fr"},
    }  # fmt: skip
    assert dict(made.guessed) == {"kind": "post_type"}


def test_a_guess_stays_in_force_unless_a_map_names_its_key() -> None:
    row = {"body": "hello", "title2": "head", "screen_name": "ana", "created_at": "2024-08-15"}
    made = columns([row], "title=title2")
    assert dict(made.mapping) == {
        "title": "title2", "text": "body", "published_at": "created_at",
        "author.id": "screen_name", "author.handle": "screen_name",
    }  # fmt: skip
    assert "text" in made.guessed
    named = columns([row], "text=title2", "author.id=body")
    assert named.mapping["text"] == "title2"
    assert named.mapping["author.id"] == "body"
    assert "title" not in named.mapping


def test_columns_named_like_keys_need_no_map() -> None:
    row = {
        "id": "1",
        "message": "hello",
        "author.id": "a",
        "metrics.likes": "1,234",
        "urls": "",
        "odd": "x",
    }
    out = columns([row], "text=message").convert(row)
    assert out == {
        "id": "1",
        "text": "hello",
        "author": {"id": "a"},
        "metrics": {"likes": 1234},
        "urls": [],
        "extra": {"odd": "x"},
    }


X_ROW = {
    "id_str": "9", "full_text": "hi", "created_at": "Mon Sep 26 02:50:16 +0000 2022", "lang": "en",
    "retweet_count": 3, "favorite_count": 4,
    "in_reply_to_status_id_str": None,
    "user": {"id_str": "7", "screen_name": "who", "followers_count": 12, "statuses_count": 5},
    "entities": {"urls": [{"url": "https://t.co/a", "expanded_url": "https://a.example/1"}],
        "hashtags": [{"text": "Tag"}],
                 "user_mentions": [{"screen_name": "bob", "id_str": "4"}]},
}  # fmt: skip
MASTODON_ROW = {
    "id": "9", "content": "<p>hi <a href='#'>#<span>tag</span></a><br>two</p>",
    "created_at": "2022-09-26T02:50:16.000Z", "language": "en",
    "account": {"id": "7", "acct": "who@a.example", "followers_count": 12}, "reblogs_count": 3,
    "favourites_count": 4, "uri": "https://a.example/9",
}  # fmt: skip
REDDIT_ROW = {
    "id": "1fc",
    "created_utc": "2013-05-30T14:34:18Z",
    "subreddit": "pics",
    "score": "1114",
    "num_comments": "439",
    "title": "t",
    "selftext": "s",
}


def test_guesses_from_the_names_that_platforms_use() -> None:
    out = columns([X_ROW]).convert(X_ROW)
    assert (out["id"], out["text"], out["author"]["id"], out["author"]["handle"]) == (
        "9",
        "hi",
        "7",
        "who",
    )
    assert (out["urls"], out["hashtags"], out["mentions"]) == (
        ["https://a.example/1"],
        ["Tag"],
        ["bob"],
    )
    assert out["metrics"] == {"likes": 4, "reposts": 3}
    assert out["published_at"] == datetime(2022, 9, 26, 2, 50, 16, tzinfo=UTC)
    out = columns([MASTODON_ROW]).convert(MASTODON_ROW)
    assert (out["text"], out["author"]["handle"], out["url"]) == (
        "hi #tag\ntwo",
        "who@a.example",
        "https://a.example/9",
    )
    made = columns([REDDIT_ROW])
    out = made.convert(REDDIT_ROW)
    assert (out["title"], out["text"], out["source"], out["metrics"]) == (
        "t",
        "s",
        "pics",
        {"replies": 439},
    )
    assert "published_at=created_utc" in str(made.notes[0])


def test_a_guess_that_does_not_fit_is_not_made() -> None:
    row = {
        "text": "a",
        "date": "unknown",
        "timestamp": "2024-01-01",
        "language": "plain",
        "link": "none",
    }
    assert "published_at" in columns([row]).mapping
    assert columns([row]).mapping["published_at"] == "timestamp"
    assert {"lang", "url"}.isdisjoint(columns([row]).mapping)


@pytest.mark.parametrize("header", ["url", "Link", "Lien"])
def test_addresses_that_several_authors_give_are_links(header: str) -> None:
    shared = [
        {"Auteur": who, "Message": f"lisez ça {n}", header: f"https://rumour.example/{n}"}
        for n in range(3)
        for who in ("alpha", "beta", "gamma")
    ]
    made = columns(shared)
    assert made.convert(shared[0])["urls"] == ["https://rumour.example/0"]
    assert "url" not in made.mapping
    assert columns(shared, f"url={header}").mapping["url"] == header
    own = [row | {header: f"https://x.com/a/status/{n}"} for n, row in enumerate(shared)]
    assert columns(own).mapping["url"] == header
    # one post that an export has twice is no link
    twice = [*own, own[0] | {"Auteur": "Beta"}]
    assert columns(twice).mapping["url"] == header


def test_a_second_column_of_addresses_holds_links() -> None:
    rows = [
        {"author": "a", "text": "t", "url": f"https://x.com/{n}", "link": f"https://a.example/{n}"}
        for n in range(3)
    ]
    made = columns(rows)
    assert made.mapping["url"] == "url"
    assert made.mapping["urls"] == "link"
    again = [row | {"link": row["url"]} for row in rows]
    assert "urls" not in columns(again).mapping


def test_no_column_for_the_text_is_said() -> None:
    with pytest.raises(ConfigError, match="--map text=COLUMN"):
        columns([{"a": "1", "b": "2"}])


def test_whole_minutes_and_days_are_noticed() -> None:
    rows = [{"text": "a", "ts": str(1470009600 + 60 * n)} for n in range(60)]
    assert (
        columns(rows, "published_at=ts").convert(rows[0])["published_precision"] == Precision.MINUTE
    )
    rows[7]["ts"] = "1470009601"
    assert (
        columns(rows, "published_at=ts").convert(rows[0])["published_precision"] == Precision.EXACT
    )


def test_what_does_not_fit_its_key_is_kept() -> None:
    row = {"text": "a", "ts": "someday", "likes": "loads"}
    document = read_row(columns([row], "published_at=ts", "metrics.likes=likes").convert(row), "x")
    assert document.published_at is None
    assert document.extra["invalid"] == {"published_at": "someday", "metrics.likes": "loads"}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("12", 12),
        ("1,234", 1234),
        ("1.234.567", 1234567),
        ("1 234", 1234),
        ("1.2K", 1200),
        ("3M", 3_000_000),
        ("22.0", 22.0),
        ("", None),
        ("nan", None),
    ],
)
def test_written_numbers(written: str, read: float | None) -> None:
    assert read_count(written) == read


@pytest.mark.parametrize(
    ("name", "cell", "read"),
    [
        ("urls", "", []), ("urls", "[]", []), ("urls", "nan", []),
        ("urls", '["https://a.example/1"]', ["https://a.example/1"]),
        ("urls", "['https://a.example/1', 'https://a.example/2']",
            ["https://a.example/1", "https://a.example/2"]),
        ("urls", "[{'url': 'https://t.co/x', 'expanded_url': 'https://a.example/it\\'s'}]",
            ["https://a.example/it's"]),
        ("urls", "https://a.example/1,https://a.example/2,3",
            ["https://a.example/1", "https://a.example/2,3"]),
        ("hashtags", "One, #Two;three", ["One", "#Two", "three"]),
        ("hashtags", "{a,b}", ["a", "b"]),
        ("hashtags", [{"text": "A"}, {"name": "b"}, 3, None], ["A", "b", 3]),
        ("mentions", "[{'screen_name': 'bob', 'id': 4}]", ["bob"]),
        ("media", "https://a.example/p.png", [{"url": "https://a.example/p.png"}]),
        ("hashtags", "[" * 5000, None), ("hashtags", "[" + "-" * 100_000 + "1]", None),
        ("hashtags", "[__import__('os').getcwd()]", None),
        ("hashtags", "['\\d']", ["\\d"]),
    ],
)  # fmt: skip
def test_lists_in_cells(name: str, cell: Any, read: list[Any] | None) -> None:
    found = list_reader(name)(cell)
    if read is None:
        assert isinstance(found, list)  # split as text; nothing is evaluated
    else:
        assert found == read


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.sampled_from(["urls", "hashtags", "mentions", "media"]))
def test_no_cell_breaks_a_list(cell: str, name: str) -> None:
    found = list_reader(name)(cell)
    assert all(found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://a.example/x.", ["https://a.example/x"]),
        ("(https://a.example/x_(y))", ["https://a.example/x_(y)"]),
        ("https://a.example/x?y=1&z=2, and HTTP://B.example/",
            ["https://a.example/x?y=1&z=2", "HTTP://B.example/"]), ("cut https://t.co/ab…", []),
        ("« https://a.example/x »", ["https://a.example/x"]), ("nothing http:// here", []),
    ],
)  # fmt: skip
def test_addresses_in_text(text: str, found: list[str]) -> None:
    assert find_urls(text) == found


def test_hashtags_and_mentions_in_text() -> None:
    assert find_hashtags("#One #2016 #été2024! a#b &#39; ##x https://a.example/#frag #東京") == [
        "One",
        "été2024",
        "x",
        "東京",
    ]
    assert find_mentions("@a, @b_2: mail@c.example .@d @toolongforanaccountonx", "x") == [
        "a",
        "b_2",
        "d",
    ]
    assert find_mentions("@a@b.example and @c", "mastodon") == ["a@b.example", "c"]
    assert find_mentions("hello u/some_one and /u/other", "reddit") == ["some_one", "other"]


def test_lists_are_read_off_the_text_only_where_the_key_is_absent() -> None:
    text = "RT @who: #a @b https://c.example/d"
    row: dict[str, Any] = {"text": text}
    fill_from_text(row, "x")
    assert row == {
        "text": text, "urls": ["https://c.example/d"], "hashtags": ["a"], "mentions": ["who", "b"],
        "extra": {"repost_of_handle": "who"},
    }  # fmt: skip
    given_ = {"text": text, "urls": [], "hashtags": [], "mentions": [], "repost_of": "1"}
    fill_from_text(row := dict(given_), "x")
    assert row == given_
    fill_from_text(row := {"text": text, "kind": "article"}, "web")
    assert "urls" not in row
    fill_from_text(row := {"text": "# Heading #1 and u/x_y_z"}, "reddit")
    assert row == {"text": "# Heading #1 and u/x_y_z", "mentions": ["x_y_z"]}


def test_made_ids_depend_on_platform_author_time_and_text_alone() -> None:
    row = {
        "platform": "x",
        "author": {"id": "a", "followers": 1},
        "published_at": "2024-01-01T00:00:00Z",
        "text": "t",
    }
    same = {
        "platform": "x",
        "author": {"id": "a", "followers": 2},
        "published_at": 1704067200,
        "text": "t",
        "lang": "en",
    }
    assert make_id(row) == make_id(same)
    for change in (
        {"platform": "y"},
        {"author": {"id": "b"}},
        {"published_at": "2024-01-01T00:00:01Z"},
        {"text": "u"},
        {"title": "v"},
    ):
        assert make_id(row | change) != make_id(row)


def test_a_row_that_says_nothing_is_refused() -> None:
    with pytest.raises(Unreadable, match="neither an id nor"):
        read_row({"author": {"id": "a"}, "published_at": "2024-01-01"}, "x")
    assert read_row({"title": "only a title"}, "web").target(LinkKind.URL) is None


def test_nothing_mapped_to_a_text_stops_and_says_what_to_add() -> None:
    with pytest.raises(ConfigError, match=r"--map text=COLUMN --map published_at=COLUMN"):
        columns([{"link": "https://a.example/1", "who": "ana"}])
    with pytest.raises(ConfigError, match=r"--map text=COLUMN \("):
        columns([{"link": "https://a.example/1", "created_at": "2024-05-03"}])


def test_shares_without_a_text_have_an_author_an_object_and_a_time() -> None:
    row = {"link": "https://a.example/1", "created_at": "2024-05-03", "screen_name": "ana"}
    assert columns([row]).mapping["url"] == "link"


def test_the_hour_of_another_column_belongs_to_a_day_that_was_named() -> None:
    rows = [{"Jour": "03/05/2024", "Heure": f"1{n}:20", "text": "a"} for n in range(5)]
    read = columns(rows, "published_at=Jour")
    assert read.clock == ("Jour", "Heure")
    whole = [row | {"Jour": "2024-05-03 08:00"} for row in rows]
    assert columns(whole, "published_at=Jour").clock is None


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (("type", "referenced_tweet_id"), ("normal", "retweet", "reply", "quoting")),
        (("tweet_type", "original_tweet_id"), ("original", "retweeted", "replied_to", "quoted")),
        (
            ("Type de message", "ID référence"),
            ("publication", "Republication", "Réponse", "Citation"),
        ),
    ],
)
def test_how_and_to_which_post_a_row_refers_may_be_two_columns(
    header: tuple[str, str], words: tuple[str, ...]
) -> None:
    keys = (None, "repost_of", "reply_to", "quote_of")
    rows = [
        {"id": str(900 + n), "auteur": "ana", "texte": "a", header[0]: word, header[1]: target}
        for n, (word, target) in enumerate(zip(words, ("", "71", "72.0", "73"), strict=True))
    ]
    read = columns(rows)
    made = [read.convert(row) for row in rows]
    found = [{key: row[key] for key in keys if key and key in row} for row in made]
    assert found == [{}, {"repost_of": "71"}, {"reply_to": "72"}, {"quote_of": "73"}]
    assert all(header[1] not in row.get("extra", {}) for row in made)
    late = columns([dict(rows[0]) for _ in range(5)])  # the first reference is far down the file
    assert late.convert(rows[1])["repost_of"] == "71"


def test_types_of_something_else_are_no_relation() -> None:
    rows = [
        {"id": "1", "author": "ana", "text": "a", "type": "photo", "original_id": "71"},
        {"id": "2", "author": "bob", "text": "b", "type": "retweet", "original_id": "72"},
    ]
    assert columns(rows).reference is None
    asked = columns([rows[1]], "repost_of=original_id")
    assert asked.reference is None
    assert asked.convert(rows[1])["repost_of"] == "72"


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ({"Sent At (UTC)": "2024-09-01 10:00:00"}, "Sent At (UTC)"),
        ({"Publish time": "03/14/2024 08:05", "Date": "Lifetime"}, "Publish time"),
        ({"Jour de parution": "14 mars 2024"}, "Jour de parution"),
        ({"Jour de parution": "14 mars 2024", "Envoyé le": "14 mars 2024"}, None),
        ({"Account created": "2014-09-01 10:00:00"}, None),
        ({"Sentiment": "2024-09-01 10:00:00"}, None),
        ({"Total watch time": "12"}, None),
        ({"Note": "2024-09-01 10:00:00"}, None),
    ],
)
def test_the_only_column_of_times_is_that_of_the_posts(
    columns: dict[str, str], found: str | None
) -> None:
    guessed = guess_columns(["text", *columns], lambda name: [columns.get(name, "words")], {})
    assert guessed.get("published_at") == found
