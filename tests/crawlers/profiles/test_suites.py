"""Spreadsheets of listening suites. All content is invented."""

from __future__ import annotations

from tests.crawlers.profiles.conftest import Exports

X1 = "http://twitter.com/alice/statuses/1500000000000000001"
X2 = "http://twitter.com/bob/statuses/1500000000000000002"
NEWS = "https://paper.example/nantes"


def test_brandwatch(exports: Exports) -> None:
    header = (
        "Query Id,Query Name,Date,Title,Snippet,Url,Domain,Page Type,Language,Author,Full Name,"
        "Full Text,Hashtags,Mentioned Authors,Resource Id,Thread Entry Type,Thread URL,"
        "Twitter Author ID,Twitter Followers,Twitter Reply to,Twitter Retweet of,"
        "Twitter Retweets,Twitter Likes,Expanded URLs,Original Url"
    )
    base = {
        "Query Id": "9", "Query Name": "Eau", "Date": "2022-03-05 07:00:00.0", "Url": X1,
        "Page Type": "twitter", "Language": "fr", "Author": "alice", "Full Name": "Alice É",
        "Full Text": "L'eau est coupée 🐟 #eau", "Hashtags": "#eau", "Twitter Author ID": "111",
        "Resource Id": "1500000000000000001", "Twitter Followers": "1200",
        "Twitter Retweets": "2", "Twitter Likes": "5", "Expanded URLs": NEWS,
    }  # fmt: skip
    bob = base | {"Url": X2, "Author": "bob", "Twitter Author ID": "222", "Resource Id": ""}
    made = exports.table(
        "bw.csv",
        header,
        [
            base,
            bob | {"Full Text": "RT @alice L'eau", "Twitter Retweet of": X1},
            bob | {"Url": X2 + "3", "Full Text": "Oui", "Twitter Reply to": X1},
            bob | {"Url": X2 + "4", "Full Text": "voyez", "Original Url": X1},
            base | {"Url": NEWS, "Page Type": "news", "Title": "Titre", "Author": "Jeanne M"},
        ],
    )
    assert made.format == "brandwatch"
    post, repost, reply, quote, article = made.rows.values()
    assert (post["id"], post["platform"], post["lang"]) == ("1500000000000000001", "x", "fr")
    author = post["author"]
    assert (author["id"], author["handle"], author["name"]) == ("111", "alice", "Alice É")
    assert post["text"] == "L'eau est coupée 🐟 #eau"
    assert post["published_at"] == "2022-03-05T07:00:00.000Z"
    assert (post["urls"], post["hashtags"]) == ([NEWS], ["eau"])
    assert (post["metrics"]["likes"], post["metrics"]["reposts"]) == (5, 2)
    first = "1500000000000000001"
    assert (repost["repost_of"], reply["reply_to"], quote["quote_of"]) == (first, first, first)
    assert (article["platform"], article["kind"], article["title"]) == ("web", "article", "Titre")


def test_talkwalker(exports: Exports) -> None:
    header = (
        "indexed,search_indexed,published,url,title,content,content_snippet,lang,source_type,"
        "post_type,extra_author_attributes.id,extra_author_attributes.name,"
        "extra_author_attributes.short_name,extra_source_attributes.name,"
        "source_extended_attributes.twitter_followers,article_extended_attributes.twitter_retweets"
    )
    tweet = {
        "published": "2022-03-05 07:00:00", "url": X1, "content": "L'eau à Nantes 🐟",
        "lang": "fr", "source_type": "SOCIALMEDIA_TWITTER", "post_type": "TEXT",
        "extra_author_attributes.id": "111", "extra_author_attributes.name": "Alice",
        "extra_author_attributes.short_name": "alice",
        "article_extended_attributes.twitter_retweets": "2",
    }  # fmt: skip
    news = {
        "published": "2022-03-05 21:30:00", "url": NEWS, "title": "Retour", "content": "Rétabli",
        "source_type": "ONLINENEWS", "extra_author_attributes.name": "Jeanne Martin",
        "extra_source_attributes.name": "Paper",
    }  # fmt: skip
    made = exports.table(
        "tw.csv", header, [tweet, tweet | {"url": X2, "content": "RT @alice: L'eau"}, news]
    )
    assert made.format == "talkwalker"
    post, repost, article = made.rows.values()
    assert (post["platform"], post["author"]["handle"]) == ("x", "alice")
    assert post["metrics"]["reposts"] == 2
    assert repost["extra"]["repost_of_handle"] == "alice"
    assert (article["source"], article["author"]["name"]) == ("Paper", "Jeanne Martin")
    assert article["published_at"] == "2022-03-05T21:30:00.000Z"


def test_meltwater(exports: Exports) -> None:
    header = (
        "Date,Headline,URL,Opening Text,Hit Sentence,Source,Influencer,Country,Language,Reach,"
        "Input Name,Tweet Id,Twitter Id,Twitter Screen Name,Twitter Followers,Likes"
    )
    tweet = {
        "Date": "05-Mar-2022 07:00AM", "URL": X1, "Hit Sentence": "L'été 🐟", "Source": "Twitter",
        "Influencer": "@alice", "Language": "French", "Twitter Id": "111",
        "Twitter Screen Name": "@alice", "Twitter Followers": "1,200", "Likes": "3",
    }  # fmt: skip
    news = {"Date": "05-Mar-2022 09:30PM", "URL": NEWS, "Headline": "Retour",
        "Opening Text": "Rétabli", "Source": "Paper", "Language": "French"}  # fmt: skip
    made = exports.table("mw.csv", header, [tweet, news], delimiter="\t")
    assert made.format == "meltwater"
    post, article = made.rows.values()
    assert (post["id"], post["platform"], post["lang"]) == ("1500000000000000001", "x", "fr")
    assert (post["author"]["id"], post["author"]["handle"]) == ("111", "alice")
    assert post["published_at"] == "2022-03-05T07:00:00.000Z"
    assert (article["kind"], article["published_at"][11:16]) == ("article", "21:30")


def test_lines_before_the_header(exports: Exports) -> None:
    before = "Report:,Bulk Mentions Download\nBrand:,Eau\nFrom:,Sat Mar 05 00:00:00 UTC 2022\n\n"
    header = "Query Id,Query Name,Date,Title,Snippet,Url,Page Type,Author,Full Text"
    rows = [f"9,Eau,2022-03-05 07:0{n}:00.0,alice (@alice),É,{X1}{n},twitter,alice,É {n}"
            for n in range(5)]  # fmt: skip
    made = exports.read("bw.csv", before + header + "\n" + "\n".join(rows) + "\n")
    assert (made.format, len(made.rows)) == ("brandwatch", 5)
    first = next(iter(made.rows.values()))
    assert (first["text"], first["author"]["handle"]) == ("É 0", "alice")
    assert "title" not in first


def test_french_suite_with_date_and_hour_in_two_columns(exports: Exports) -> None:
    header = "Date,Heure,Auteur,Nom,Abonnés,Message,Lien,Langue,Type,Retweets,J'aime,Réponses,Pays"
    base = {
        "Date": "05/03/2022", "Heure": "07:00:12", "Auteur": "@alice", "Nom": "Alice É",
        "Abonnés": "1 200", "Message": "L'eau est coupée 🐟 #eau", "Lien": X1, "Langue": "fr",
        "Type": "Tweet", "Retweets": "2", "J'aime": "5", "Réponses": "0", "Pays": "France",
    }  # fmt: skip
    bob = {"Auteur": "@bob", "Nom": "Bob", "Lien": X2, "Date": "14/03/2022", "Type": "Retweet"}
    made = exports.table(
        "export.csv", header, [base, base | bob | {"Message": "RT @alice: L'eau"}], delimiter=";"
    )
    assert made.format == "listening-suite"
    post, repost = made.rows.values()
    assert (post["platform"], post["id"]) == ("x", "1500000000000000001")
    assert post["published_at"] == "2022-03-05T07:00:12.000Z"
    assert repost["published_at"] == "2022-03-14T07:00:12.000Z"
    author = post["author"]
    assert (author["id"], author["name"], author["followers"]) == ("alice", "Alice É", 1200)
    assert [post["metrics"][k] for k in ("likes", "reposts", "replies")] == [5, 2, 0]
    assert repost["extra"]["repost_of_handle"] == "alice"
