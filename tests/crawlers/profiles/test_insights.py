"""Tables of one's own posts, TikTok's Research API, and addresses that name a platform."""

from __future__ import annotations

import pytest

from tests.crawlers.profiles.conftest import Exports

PAGE = {
    "Post ID": "122100000000001", "Page ID": "100064000001", "Page name": "Ville de Brest",
    "Title": "Coupure d'eau", "Description": "Coupure d'eau rue de Siam, mardi",
    "Publish time": "03/14/2025 08:05", "Permalink": "https://www.facebook.com/reel/122100000000001",
    "Post type": "Reels", "Date": "Lifetime", "Views": "1,250", "Reactions": "20",
    "Comments": "5", "Shares": "3",
}  # fmt: skip
FRENCH = {
    "ID de la publication": "18001", "ID du compte": "17841400000000003",
    "Nom d’utilisateur du compte": "ville_brest", "Nom du compte": "Ville de Brest",
    "Description": "Un été à la mer", "Heure de publication": "14/03/2025 08:05",
    "Permalien": "https://www.instagram.com/p/DAbc1/", "Date": "Durée de vie", "Vues": "100",
    "Mentions J’aime": "21", "Commentaires": "4", "Partages": "2",
}  # fmt: skip


def test_meta_business_suite_of_a_page(exports: Exports) -> None:
    other = PAGE | {
        "Post ID": "122100000000002", "Description": "", "Title": "Photo du port",
        "Permalink": "https://www.facebook.com/100064000001/posts/122100000000002",
        "Publish time": "03/15/2025 18:30",
    }  # fmt: skip
    made = exports.table("Mar-2025.csv", list(PAGE), [PAGE, other])
    assert made.format == "meta-business-suite"
    first, second = made.rows.values()
    assert (first["platform"], first["id"]) == ("facebook", "100064000001_122100000000001")
    assert first["author"] == {"id": "100064000001", "name": "Ville de Brest"}
    assert (first["text"], first.get("title")) == ("Coupure d'eau rue de Siam, mardi", None)
    assert first["published_at"] == "2025-03-14T08:05:00.000Z"
    counts = {"likes": 20, "replies": 5, "reposts": 3, "views": 1250}
    assert {key: first["metrics"][key] for key in counts} == counts
    assert (second["text"], second["id"]) == ("Photo du port", "100064000001_122100000000002")


def test_meta_business_suite_of_an_account_in_french(exports: Exports) -> None:
    made = exports.table("mars.csv", list(FRENCH), [FRENCH])
    assert made.format == "meta-business-suite"
    (row,) = made.rows.values()
    assert (row["platform"], row["id"]) == ("instagram", "DAbc1")
    author = row["author"]
    assert (author["id"], author["handle"]) == ("17841400000000003", "ville_brest")
    assert row["published_at"] == "2025-03-14T08:05:00.000Z"
    assert row["metrics"]["likes"] == 21


@pytest.mark.parametrize(
    ("header", "row", "day"),
    [
        (
            "Tweet id,Tweet permalink,Tweet text,time,impressions,retweets,replies,likes",
            {
                "Tweet id": "1700000000000000001", "Tweet text": "Travaux",
                "Tweet permalink": "https://twitter.com/brest/status/1700000000000000001",
                "time": "2023-09-12 08:00 +0000", "impressions": "1000.0", "retweets": "1.0",
            },
            "2023-09-12T08:00:00.000Z",
        ),
        (
            "Post id,Date,Post text,Post Link,Impressions,Likes,Replies,Reposts",
            {
                "Post id": "1700000000000000001", "Date": "Tue, Sep 12, 2023",
                "Post text": "Travaux", "Impressions": "1000", "Reposts": "1",
                "Post Link": "https://x.com/brest/status/1700000000000000001",
            },
            "2023-09-12T00:00:00.000Z",
        ),
    ],
)  # fmt: skip
def test_x_analytics(exports: Exports, header: str, row: dict[str, str], day: str) -> None:
    made = exports.table("account_analytics.csv", header, [row])
    assert made.format == "x-analytics"
    (post,) = made.rows.values()
    assert (post["platform"], post["id"]) == ("x", "1700000000000000001")
    assert (post["author"]["id"], post["text"], post["published_at"]) == ("brest", "Travaux", day)
    assert (post["metrics"]["views"], post["metrics"]["reposts"]) == (1000, 1)


def test_tiktok_studio(exports: Exports) -> None:
    row = {
        "Video title": "Le port", "Post time": "2024-08-02 19:05:00", "Total views": "18,400",
        "Video link": "https://www.tiktok.com/@brest/video/7412345678901234567",
        "Total likes": "1.2K",
    }  # fmt: skip
    made = exports.table("Content.csv", list(row), [row])
    assert made.format == "tiktok-studio"
    (post,) = made.rows.values()
    assert (post["id"], post["author"]["id"]) == ("7412345678901234567", "brest")
    assert (post["metrics"]["likes"], post["metrics"]["views"]) == (1200, 18400)


def test_linkedin(exports: Exports) -> None:
    urn = "https://www.linkedin.com/feed/update/urn:li:activity:7240000000000000001"
    row = {"Post title": "Nous recrutons", "Post link": urn, "Post type": "Organic",
           "Created date": "09/14/2024", "Impressions": "100", "Reposts": "2"}  # fmt: skip
    page = exports.table("all_posts.csv", list(row), [row])
    assert page.format == "linkedin-page"
    (post,) = page.rows.values()
    assert (post["platform"], post["id"]) == ("linkedin", "7240000000000000001")
    assert post["published_at"] == "2024-09-14T00:00:00.000Z"

    share = {
        "Date": "2024-09-14 08:00:00", "ShareCommentary": 'Nous recrutons"\n"dix personnes',
        "ShareLink": "https://www.linkedin.com/feed/update/urn%3Ali%3Ashare%3A7240000000000000002",
        "SharedUrl": "https://example.org/postes",
    }  # fmt: skip
    own = exports.table("Shares.csv", list(share), [share])
    assert own.format == "linkedin-archive"
    (post,) = own.rows.values()
    assert (post["id"], post["text"]) == ("7240000000000000002", "Nous recrutons\ndix personnes")
    assert post["urls"] == ["https://example.org/postes"]


def test_tiktok_research_api(exports: Exports) -> None:
    video = {
        "id": 7100000000000000001, "create_time": 1700000000, "username": "ana",
        "video_description": "L'eau #brest", "region_code": "FR", "like_count": 3,
        "comment_count": 1, "share_count": 2, "view_count": 100, "hashtag_names": ["brest"],
    }  # fmt: skip
    answer = {"data": {"videos": [video], "cursor": 100, "has_more": True}, "error": {"code": "ok"}}
    for made, name in (
        (exports.json("answer.json", answer), "tiktok-research"),
        (exports.json_lines("videos.jsonl", [video]), "tiktok-research-videos"),
    ):
        assert made.format == name
        (row,) = made.rows.values()
        assert (row["id"], row["author"]["id"]) == ("7100000000000000001", "ana")
        assert (row["published_at"], row["hashtags"]) == ("2023-11-14T22:13:20.000Z", ["brest"])
        assert row["metrics"]["views"] == 100


def test_addresses_of_posts_name_their_platform(exports: Exports) -> None:
    rows = [
        {
            "Message": f"Panne {n}", "Author": f"@user{n}", "Date": "2024-09-01 10:00:00",
            "Permalink": f"https://twitter.com/user{n}/status/{1700000000000000000 + n}",
        }
        for n in range(5)
    ]  # fmt: skip
    made = exports.table("streams.csv", list(rows[0]), rows)
    assert {row["platform"] for row in made.rows.values()} == {"x"}
    assert "intake.platform_by_address" in made.notes
    asked = exports.table("streams.csv", list(rows[0]), rows, platform="forum")
    assert {row["platform"] for row in asked.rows.values()} == {"forum"}


def test_addresses_that_posts_link_to_name_no_platform(exports: Exports) -> None:
    """Each post of a forum links a film of its own."""
    rows = [
        {
            "id": str(n), "text": f"look {n}", "author": f"ana{n}",
            "url": f"https://www.youtube.com/watch?v=abcdefghi{n:02d}",
        }
        for n in range(5)
    ]  # fmt: skip
    made = exports.table("forum.csv", list(rows[0]), rows)
    assert {row["platform"] for row in made.rows.values()} == {"other"}
    mixed = [row | {"url": f"https://{'x.com' if n else 'forum.example'}/ana{n}/status/{n}"}
             for n, row in enumerate(rows)]  # fmt: skip
    made = exports.table("mixed.csv", list(rows[0]), mixed)
    assert {row["platform"] for row in made.rows.values()} == {"other"}
