"""Each suite's table in the forms in which people have it: lines before and behind it, UTF-16
between tabs, semicolons, workbooks, newer and older columns. All content is invented.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import openpyxl
import pytest

from tests.crawlers.profiles.conftest import Exports, Made

POST, ORIGINAL = "1500000000000000001", "https://twitter.com/alice/status/1500000000000000001"
NEWS, TEXT = "https://paper.example/nantes", "L'eau est coupée à Nantes 🐟 #eau"
Row = Mapping[str, Any]


def at(number: int) -> str:
    return f"https://x.com/bob/status/150000000000000000{number}"


@dataclass(frozen=True)
class Suite:
    """``common`` stands in all rows; the others in the row of a post, its repost..."""

    format: str
    common: Row
    post: Row
    repost: Row
    quote: Row
    reply: Row
    article: Row
    handle_only: bool = False
    extra: Row = field(default_factory=dict)

    def rows(self) -> list[dict[str, Any]]:
        own = (self.post, self.repost, self.quote, self.reply, self.article)
        return [{**self.common, **row} for row in own]

    def header(self) -> list[str]:
        return list(dict.fromkeys(column for row in self.rows() for column in row))


SUITES = {
    "brandwatch": Suite(
        "brandwatch",
        {"Query Id": "9", "Query Name": "Eau", "Date": "2022-03-05 07:00:00.0", "Language": "fr",
            "Page Type": "twitter", "Title": "x", "Snippet": "…"},
        {"Url": ORIGINAL, "Author": "alice", "Full Name": "Alice É", "Full Text": TEXT,
            "Twitter Author ID": "111", "Twitter Followers": "1200", "Twitter Likes": "5",
            "Twitter Retweets": "2", "Twitter Reply Count": "1", "Original Url": ORIGINAL,
            "Thread Entry Type": "post"},
        {"Url": at(2), "Author": "bob", "Full Text": f"RT @alice {TEXT}",
            "Twitter Retweet of": ORIGINAL, "Thread URL": ORIGINAL, "Thread Entry Type": "share",
            "Engagement Type": "RETWEET"},
        {"Url": at(3), "Author": "bob", "Full Text": "voyez", "Thread URL": ORIGINAL,
            "Engagement Type": "QUOTE"},
        {"Url": at(4), "Author": "bob", "Full Text": "oui", "Twitter Reply to": ORIGINAL,
            "Thread URL": ORIGINAL, "Engagement Type": "REPLY"},
        {"Url": NEWS, "Author": "Jeanne Martin", "Title": "Retour", "Full Text": "Rétabli",
            "Page Type": "news"},
    ),
    "brandwatch-x": Suite(
        "brandwatch",
        {"Query Id": "9", "Query Name": "Eau", "Date": "2022-03-05 07:00:00.0", "Language": "fr",
            "Page Type": "twitter", "Title": "x", "Snippet": "…"},
        {"Url": ORIGINAL, "Author": "alice", "Full Name": "Alice É", "Full Text": TEXT,
            "X Author ID": "111", "X Followers": "1200", "X Likes": "5", "X Reposts": "2",
            "X Reply Count": "1"},
        {"Url": at(2), "Author": "bob", "Full Text": TEXT, "X Repost of": ORIGINAL,
            "Thread Entry Type": "share"},
        {"Url": at(3), "Author": "bob", "Full Text": "voyez", "Thread URL": ORIGINAL,
            "Engagement Type": "QUOTE"},
        {"Url": at(4), "Author": "bob", "Full Text": "oui", "X Reply to": ORIGINAL,
            "Thread Entry Type": "reply"},
        {"Url": NEWS, "Author": "Jeanne Martin", "Title": "Retour", "Full Text": "Rétabli",
            "Page Type": "news"},
    ),
    "talkwalker": Suite(
        "talkwalker",
        {"published": "2022-03-05 07:00:00", "lang": "fr", "source_type": "SOCIALMEDIA_TWITTER"},
        {"url": ORIGINAL, "content": TEXT, "extra_author_attributes.id": "tw:111",
            "extra_author_attributes.name": "Alice É",
            "extra_author_attributes.short_name": "alice",
            "source_extended_attributes.twitter_followers": "1200",
            "article_extended_attributes.twitter_likes": "5",
            "article_extended_attributes.twitter_retweets": "2",
            "article_extended_attributes.num_comments": "1"},
        {"url": at(2), "content": f"RT @alice: {TEXT}", "parent_url": ORIGINAL,
            "extra_author_attributes.name": "Bob", "extra_author_attributes.short_name": "bob"},
        {"url": at(3), "content": "voyez", "parent_url": ORIGINAL, "post_type": "QUOTE",
            "extra_author_attributes.short_name": "bob"},
        {"url": at(4), "content": "@alice oui", "parent_url": ORIGINAL,
            "extra_author_attributes.short_name": "bob"},
        {"url": NEWS, "title": "Retour", "content": "Rétabli", "source_type": "ONLINENEWS",
            "extra_author_attributes.name": "Jeanne Martin"},
    ),
    "meltwater": Suite(
        "meltwater",
        {"Date": "05-Mar-2022", "Time": "07:00 AM", "Input Name": "Eau", "Language": "French"},
        {"URL": ORIGINAL, "Hit Sentence": TEXT, "Source Name": "X", "Source Type": "Twitter",
            "Author Name": "Alice É", "Author Handle": "@alice", "Twitter Id": '"111"',
            "Twitter Followers": "1,200", "Likes": "5", "Reposts": "2", "Replies": "1",
            "Opening Text": "", "Content Type": "post"},
        {"URL": at(2), "Hit Sentence": f"RT @alice {TEXT}", "Author Handle": "@bob",
            "Content Type": "repost", "Parent URL": ORIGINAL},
        {"URL": at(3), "Hit Sentence": "voyez", "Author Handle": "@bob", "Content Type": "quote",
            "Parent URL": ORIGINAL},
        {"URL": at(4), "Hit Sentence": "oui", "Author Handle": "@bob", "Content Type": "reply",
            "Parent URL": ORIGINAL},
        {"URL": NEWS, "Title": "Retour", "Opening Text": "Rétabli", "Author Name": "Jeanne Martin",
            "Source Type": "Online News"},
    ),
    "meltwater-older": Suite(
        "meltwater",
        {"Date": "05-Mar-2022 07:00AM", "Input Name": "Eau", "Language": "French", "Reach": "12",
            "Headline": ""},
        {"URL": ORIGINAL, "Hit Sentence": TEXT, "Source": "Twitter", "Influencer": "@alice",
            "Tweet Id": f'"{POST}"', "Twitter Id": '"111"', "Twitter Screen Name": "@alice",
            "Twitter Followers": "1200", "Likes": "5", "Shares": "2", "Comments": "1"},
        {"URL": at(2), "Hit Sentence": f"RT @alice: {TEXT}", "Influencer": "@bob",
            "Source": "Twitter"},
        {"URL": at(3), "Hit Sentence": "voyez", "Influencer": "@bob", "Source": "Twitter"},
        {"URL": at(4), "Hit Sentence": "@alice oui", "Influencer": "@bob", "Source": "Twitter"},
        {"URL": NEWS, "Headline": "Retour", "Opening Text": "Rétabli", "Source": "Le Journal",
            "Influencer": "Jeanne Martin"},
        handle_only=True,
    ),
    "french": Suite(
        "listening-suite",
        {"Date": "25/03/2022", "Heure": "07:00", "Langue": "Français", "Pays": "France"},
        {"Lien": ORIGINAL, "Texte": TEXT, "Nom d'utilisateur": "@alice", "Nom complet": "Alice É",
            "ID auteur": "111", "Abonnés": "1\u202f200", "J'aime": "5", "Retweets": "2",
            "Nombre de réponses": "1", "Type": "Tweet"},
        {"Lien": at(2), "Texte": f"RT @alice: {TEXT}", "Nom d'utilisateur": "@bob", "Type": "RT",
            "Lien d'origine": ORIGINAL},
        {"Lien": at(3), "Texte": "voyez", "Nom d'utilisateur": "@bob", "Type": "Citation",
            "Lien d'origine": ORIGINAL},
        {"Lien": at(4), "Texte": "oui", "Nom d'utilisateur": "@bob", "Type": "Réponse",
            "Lien d'origine": ORIGINAL},
        {"Lien": NEWS, "Titre": "Retour", "Texte": "Rétabli", "Nom d'utilisateur": "Jeanne Martin",
            "Type": "Presse en ligne"},
    ),
    "digimind": Suite(
        "listening-suite",
        {"Published at": "2022-03-05 07:00", "Language": "fr", "Country": "FR", "Reach": "1200,5",
            "Sentiment": "neutral"},
        {"Link": ORIGINAL, "Detail": TEXT, "Author": "alice", "Full name": "Alice É",
            "Author ID": "111", "Author followers": "1200", "Likes": "5", "Shares": "2",
            "Comments": "1", "Media type": "Twitter", "Message type": "post"},
        {"Link": at(2), "Detail": f"RT @alice {TEXT}", "Author": "bob", "Message type": "retweet",
            "Original URL": ORIGINAL},
        {"Link": at(3), "Detail": "voyez", "Author": "bob", "Message type": "quote",
            "Original URL": ORIGINAL},
        {"Link": at(4), "Detail": "oui", "Author": "bob", "Message type": "reply",
            "In reply to": ORIGINAL},
        {"Link": NEWS, "Title": "Retour", "Detail": "Rétabli", "Author": "Jeanne Martin",
            "Media type": "News"},
    ),
    "sprinklr": Suite(
        "sprinklr",
        {"SocialNetwork": "TWITTER", "CreatedTime": "2022-03-05 07:00:00", "Language": "fr"},
        {"Permalink": ORIGINAL, "Message": TEXT, "SenderUserId": "111",
            "SenderScreenName": "alice", "SenderListedName": "Alice É", "Favorites": "5",
            "Sender Followers Count": "1200", "Retweets": "2", "Replies": "1",
            "MessageType": "X Update"},
        {"Permalink": at(2), "Message": TEXT, "SenderScreenName": "bob", "OriginalAuthor": "alice",
            "MessageType": "X Repost"},
        {"Permalink": at(3), "Message": "voyez", "SenderScreenName": "bob",
            "MessageType": "X Update"},
        {"Permalink": at(4), "Message": "@alice oui", "SenderScreenName": "bob",
            "MessageType": "X Reply"},
        {"Permalink": NEWS, "Title": "Retour", "Message": "Rétabli", "SocialNetwork": "NEWS",
            "SenderScreenName": "Jeanne Martin", "MessageType": "News"},
        handle_only=True,
    ),
    "mention": Suite(
        "mention",
        {"Published At": "2022-03-05T07:00:00+00:00", "Language": "fr", "Source Type": "twitter"},
        {"Url": ORIGINAL, "Description": TEXT, "Author Name": "Alice É",
            "Author Username": "alice", "Author Followers": "1200", "Likes": "5", "Shares": "2",
            "Comments": "1", "Type": "post"},
        {"Url": at(2), "Description": f"RT @alice: {TEXT}", "Author Username": "bob"},
        {"Url": at(3), "Description": "voyez", "Author Username": "bob"},
        {"Url": at(4), "Description": "@alice oui", "Author Username": "bob", "Type": "reply"},
        {"Url": NEWS, "Title": "Retour", "Description": "Rétabli", "Author Name": "Jeanne Martin",
            "Source Type": "news"},
        handle_only=True, extra={"id": "alice"},
    ),
}  # fmt: skip
BEFORE = "Rapport:{d}Eau\r\nPériode:{d}01/03/2022 - 31/03/2022\r\n\r\n"


def text_of(suite: Suite, delimiter: str) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, suite.header(), delimiter=delimiter, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(suite.rows())
    return out.getvalue()


def workbook_of(suite: Suite) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    for row in (["Rapport", "Eau"], [], header := suite.header()):
        sheet.append(row)
    for row in suite.rows():
        sheet.append([row.get(column) for column in header])
    sheet.append(["Total"])
    book.save(out)
    return out.getvalue()


def read(exports: Exports, suite: Suite, form: str) -> Made:
    if form == "workbook":
        return exports.read("export.xlsx", workbook_of(suite))
    if form == "tabs":
        return exports.read("export.csv", (text_of(suite, "\t") + "Total\t5\r\n").encode("utf-16"))
    mark = ";" if form == "semicolon" else ","
    content = BEFORE.format(d=mark) + text_of(suite, mark) + f"Total{mark}5\r\n"
    return exports.read("export.csv", content.encode("utf-8-sig"))


@pytest.mark.parametrize("form", ["comma", "semicolon", "tabs", "workbook"])
@pytest.mark.parametrize("name", SUITES)
def test_every_form_of_every_suite(exports: Exports, name: str, form: str) -> None:
    suite = SUITES[name]
    made = read(exports, suite, form)
    assert (made.format, len(made.rejected)) == (suite.format, 1)
    post, repost, quote, reply, article = made.rows.values()
    assert (post["id"], post["platform"], post["kind"]) == (POST, "x", "post")
    assert (post["text"], post["hashtags"], post["lang"]) == (TEXT, ["eau"], "fr")
    assert post["published_at"][10:] == "T07:00:00.000Z"
    who = post["author"]
    assert who["id"] == suite.extra.get("id", "111")
    assert (who["handle"], who["followers"]) == ("alice", 1200)
    assert who["name"] == ("alice" if name == "meltwater-older" else "Alice É")
    assert [post["metrics"][key] for key in ("likes", "reposts", "replies")] == [5, 2, 1]
    assert post.keys().isdisjoint({"reply_to", "repost_of", "quote_of"})
    others = (repost, quote, reply)
    assert [row["id"][-1] for row in others] == ["2", "3", "4"]
    assert {row["author"]["handle"] for row in others} == {"bob"}
    if suite.handle_only:
        assert repost["extra"]["repost_of_handle"] == "alice"
    else:
        assert [repost["repost_of"], quote["quote_of"], reply["reply_to"]] == [POST] * 3
        assert sum(len({"reply_to", "repost_of", "quote_of"} & row.keys()) for row in others) == 3
    assert (article["platform"], article["kind"]) == ("web", "article")
    assert (article["title"], article["text"]) == ("Retour", "Rétabli")
    assert article["author"]["name"] == "Jeanne Martin"


def test_ids_of_other_platforms_are_those_of_their_own_exports(exports: Exports) -> None:
    did = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
    places = {
        "https://www.facebook.com/123/posts/456": ("facebook", "123_456"),
        "https://www.instagram.com/zoe/p/C-1_a/": ("instagram", "C-1_a"),
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ": ("youtube", "dQw4w9WgXcQ"),
        "https://www.reddit.com/r/france/comments/a1/x/c1/": ("reddit", "t1_c1"),
        "https://www.threads.net/@zoe/post/C9": ("threads", "C9"),
        f"https://bsky.app/profile/{did}/post/3k1": (
            "bluesky",
            f"at://{did}/app.bsky.feed.post/3k1",
        ),
        "https://www.tiktok.com/@zoe/video/71": ("tiktok", "71"),
        "https://t.me/canal/42": ("telegram", "canal/42"),
        "https://netflix.com/title/status/42": ("web", None),
    }
    header = "Query Id,Query Name,Date,Url,Page Type,Author,Full Text"
    rows = [
        {"Query Id": "9", "Query Name": "Eau", "Date": f"2022-03-05 07:00:0{n}.0", "Url": address,
            "Author": "zoe", "Full Text": f"Écoute {n}"}
        for n, address in enumerate(places)
    ]  # fmt: skip
    made = exports.table("bw.csv", header, rows)
    for row, (platform, own) in zip(made.rows.values(), places.values(), strict=True):
        assert row["platform"] == platform
        assert own is None or row["id"] == own


def test_press_without_an_author_column(exports: Exports) -> None:
    header = ["Date", "Titre", "Extrait", "URL", "Source", "Type de média", "Sentiment"]
    header += ["Langue", "Pays", "Portée"]
    row = {"Date": "25/03/2022 21:30", "Titre": "Retour", "Extrait": "Rétabli 🐟", "URL": NEWS,
        "Source": "Le Journal", "Type de média": "Presse", "Langue": "Français"}  # fmt: skip
    made = exports.table("presse.csv", header, [row], ";")
    assert made.format == "listening-suite"
    (article,) = made.rows.values()
    assert (article["platform"], article["kind"], article["source"]) == (
        "web", "article", "Le Journal",
    )  # fmt: skip


def test_tweets_without_addresses(exports: Exports) -> None:
    header = "ID du tweet;Date;Heure;Auteur;Nom;Abonnés;Tweet;Type;RT de;Langue;Retweets;Favoris"
    base = {"ID du tweet": POST, "Date": "25/03/2022", "Heure": "07:00:05", "Auteur": "alice",
        "Nom": "Alice É", "Abonnés": "1200", "Tweet": TEXT, "Type": "Tweet", "Langue": "fr",
        "Retweets": "2", "Favoris": "5"}  # fmt: skip
    repeated = base | {"ID du tweet": POST[:-1] + "2", "Auteur": "bob", "Type": "RT",
        "RT de": "@alice"}  # fmt: skip
    made = exports.table("tweets.csv", header.split(";"), [base, repeated, "1;2"], ";")
    assert (made.format, len(made.rejected)) == ("listening-suite", 1)
    post, repost = made.rows.values()
    assert (post["id"], post["platform"], post["text"]) == (POST, "x", TEXT)
    assert (post["author"]["handle"], post["author"]["name"]) == ("alice", "Alice É")
    assert post["published_at"] == "2022-03-25T07:00:05.000Z"
    assert (post["metrics"]["likes"], post["metrics"]["reposts"]) == (5, 2)
    assert repost["extra"]["repost_of_handle"] == "alice"


def test_brandwatchs_api_in_lines(exports: Exports) -> None:
    mention = {
        "resourceId": "abc", "queryId": 9, "queryName": "Eau", "url": ORIGINAL, "author": "alice",
        "date": "2022-03-05T07:00:00.000+0000", "fullText": TEXT, "fullname": "Alice É",
        "pageType": "twitter", "language": "fr", "twitterAuthorId": "111", "twitterFollowers": 1200,
        "twitterReplyTo": "", "twitterRetweetOf": "", "title": "x",
    }  # fmt: skip
    shared = mention | {"url": at(2), "author": "bob", "twitterRetweetOf": ORIGINAL,
        "threadEntryType": "share"}  # fmt: skip
    made = exports.json_lines("bw.jsonl", [mention, shared, '{"resourceId'])
    assert (made.format, len(made.rejected)) == ("brandwatch", 1)
    post, repost = made.rows.values()
    assert (post["id"], post["platform"], post["text"]) == (POST, "x", TEXT)
    assert (post["author"]["id"], post["author"]["followers"]) == ("111", 1200)
    assert repost["repost_of"] == POST


def test_sites_that_are_no_press(exports: Exports) -> None:
    header = ["Date", "Username", "Text", "URL", "Platform", "Likes", "Shares", "Language"]
    row = {"Date": "2022-03-05 07:00:00", "Username": "zoe", "Text": "Là 🐟", "Likes": "3",
        "Language": "fr", "URL": "https://gab.example/zoe/1", "Platform": "Gab"}  # fmt: skip
    nowhere = row | {"Platform": "", "URL": "https://board.example/t/1"}
    made = exports.table("posts.csv", header, [row, nowhere])
    assert made.format == "listening-suite"
    named, other = made.rows.values()
    assert (named["platform"], named["author"]["id"], named["kind"]) == ("gab", "zoe", "post")
    assert (other["platform"], other["kind"]) == ("web", "post")


def test_tables_with_keys_of_programs_keep_their_relations(exports: Exports) -> None:
    header = "id,published_at,author,text,url,likes,shares,lang,country,followers,repost_of"
    row = {"id": POST, "published_at": "2022-03-05 07:00:00", "author": "alice", "text": TEXT,
        "url": ORIGINAL, "likes": "3", "shares": "2", "lang": "fr", "repost_of": "77"}  # fmt: skip
    made = exports.table("posts.csv", header, [row], platform="x")
    assert made.format == "csv"
    (got,) = made.rows.values()
    assert (got["id"], got["repost_of"]) == (POST, "77")
