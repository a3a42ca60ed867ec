"""CrowdTangle and the archives of Meta. All content is invented."""

from __future__ import annotations

from typing import Any

from tests.crawlers.profiles.conftest import Exports

AT, EPOCH = "2024-05-03T09:00:00.000Z", 1714726800
FACEBOOK = (
    "Page Name,User Name,Facebook Id,Page Category,Page Admin Top Country,Page Description,"
    "Page Created,Likes at Posting,Followers at Posting,Post Created,Post Created Date,"
    "Post Created Time,Type,Total Interactions,Likes,Comments,Shares,Love,Wow,Haha,Sad,Angry,Care,"
    "Video Share Status,Is Video Owner?,Post Views,Total Views,Total Views For All Crossposts,"
    "Video Length,URL,Message,Link,Final Link,Image Text,Link Text,Description,Sponsor Id,"
    "Sponsor Name,Sponsor Category,Overperforming Score (weighted  —  Likes 1x Shares 1x)"
)
PAGE = "https://www.facebook.com"


def page(number: int, **more: Any) -> dict[str, Any]:
    values = {
        "Page Name": "Port d’Écume", "User Name": "port.ecume", "Facebook Id": "1000",
        "Page Created": "2011-03-04 10:00:00", "Followers at Posting": "13,500",
        "Post Created": "2024-05-03 11:00:00 CEST", "Post Created Date": "2024-05-03",
        "Post Created Time": "11:00:00", "Type": "Link", "Total Interactions": "1,234",
        "Likes": "1,000", "Comments": 134, "Shares": 100, "Post Views": 7,
        "URL": f"{PAGE}/1000/posts/500{number}", "Message": "Écoute 🐟 #mer",
    }  # fmt: skip
    return values | more


def test_crowdtangle_facebook(exports: Exports) -> None:
    shared = {"Type": "Status", "Link": f"{PAGE}/2000/posts/900"}
    made = exports.table(
        "historical.csv",
        FACEBOOK,
        [
            page(1, Link="https://short.example/1", **{"Final Link": "https://paper.example/a"}),
            page(2, Message="", **shared),
            page(3, **shared),
            page(4, Message="", Type="Photo", Link=f"{PAGE}/port.ecume/photos/a.1/77/",
                **{"Image Text": "À QUAI"}),
            "1,2,3",
        ],
    )  # fmt: skip
    assert made.format == "crowdtangle-facebook"
    assert len(made.rejected) == 1
    first, repost, quote, photo = made.rows.values()
    assert (first["id"], first["platform"]) == ("1000_5001", "facebook")
    assert first["author"] == {
        "id": "1000", "handle": "port.ecume", "name": "Port d’Écume", "followers": 13500,
        "created_at": "2011-03-04T10:00:00.000Z",
    }  # fmt: skip
    assert (first["text"], first["published_at"]) == ("Écoute 🐟 #mer", AT)
    assert (first["urls"], first["hashtags"]) == (["https://paper.example/a"], ["mer"])
    assert first["metrics"] == {"likes": 1000, "reposts": 100, "replies": 134, "views": 7}
    assert repost["repost_of"] == quote["quote_of"] == "2000_900"
    assert (photo["text"], photo["extra"]["text_from"]) == ("À QUAI", "Image Text")
    assert "urls" not in photo
    assert photo.keys().isdisjoint({"repost_of", "quote_of"})


def test_crowdtangle_groups(exports: Exports) -> None:
    row = page(1, **{"Group Name": "Les Pêcheurs", "URL": f"{PAGE}/groups/1000/permalink/77"})
    del row["Page Name"]
    made = exports.table("groups.csv", FACEBOOK.replace("Page Name", "Group Name"), [row])
    (got,) = made.rows.values()
    assert (got["id"], got["author"]["name"]) == ("1000_77", "Les Pêcheurs")


INSTAGRAM = (
    "Account,User Name,Followers at Posting,Post Created,Post Created Date,Post Created Time,Type,"
    "Total Interactions,Likes,Comments,Views,URL,Link,Photo,Title,Description,Image Text,"
    "Sponsor Id,Sponsor Name,Overperforming Score (weighted  —  Likes 1x Comments 1x)"
)


def test_crowdtangle_instagram(exports: Exports) -> None:
    row = {
        "Account": "Zoé", "User Name": "zoe", "Followers at Posting": 12, "Type": "Photo",
        "Post Created": "2024-05-03 05:00:00 EDT", "Likes": 3, "Comments": 4,
        "URL": "https://www.instagram.com/p/C1/", "Link": "https://www.instagram.com/p/C1/",
        "Photo": "https://pic.example/a.jpg", "Description": "Écoute 🐟 #mer @autre",
    }  # fmt: skip
    made = exports.table("ig.csv", INSTAGRAM, [row, "1,2,3"])
    assert made.format == "crowdtangle-instagram"
    assert len(made.rejected) == 1
    (got,) = made.rows.values()
    assert (got["id"], got["platform"]) == ("C1", "instagram")
    assert got["author"] == {"id": "zoe", "handle": "zoe", "name": "Zoé", "followers": 12}
    assert (got["text"], got["published_at"]) == ("Écoute 🐟 #mer @autre", AT)
    assert (got["hashtags"], got["mentions"]) == (["mer"], ["autre"])
    assert got["metrics"] == {"likes": 3, "replies": 4}
    assert got["media"] == [{"url": "https://pic.example/a.jpg", "kind": "photo"}]


def bytewise(text: str) -> str:
    """As Meta writes it: each byte a letter."""
    return text.encode().decode("latin-1")


def test_archive_of_facebook(exports: Exports) -> None:
    link = {"data": [{"external_context": {"url": "https://paper.example/a"}}]}
    photo = {"data": [{"media": {"uri": "your_posts/media/1.jpg", "creation_timestamp": EPOCH,
        "description": bytewise("À quai")}}]}  # fmt: skip
    made = exports.json(
        "your_posts_1.json",
        [
            {"timestamp": EPOCH, "attachments": [link], "data": [
                {"post": bytewise("Écoute 🐟 #mer")}, {"update_timestamp": EPOCH}],
                "title": bytewise("Zoé a partagé un lien.")},
            {"timestamp": EPOCH, "attachments": [photo], "data": [], "title": "x"},
            {"timestamp": EPOCH, "data": [], "title": bytewise("Zoé a changé de photo.")},
            17,
        ],
    )  # fmt: skip
    assert made.format == "meta-archive"
    assert made.left_out == ["entries without text, link or picture"]
    assert len(made.rejected) == 1
    first, pictured = made.rows.values()
    assert (first["platform"], first["text"], first["published_at"]) == (
        "facebook", "Écoute 🐟 #mer", AT,
    )  # fmt: skip
    assert first["urls"] == ["https://paper.example/a"]
    assert first["extra"]["activity"] == "Zoé a partagé un lien."
    assert pictured["text"] == "À quai"
    assert pictured["media"] == [{"url": "your_posts/media/1.jpg", "kind": "photo"}]


def test_archive_of_comments(exports: Exports) -> None:
    said = {"timestamp": EPOCH, "author": bytewise("Zoé"), "comment": bytewise("Là 🐟")}
    entry = {"timestamp": EPOCH, "data": [{"comment": said}], "title": "x"}
    made = exports.json("comments.json", {"comments_v2": [entry]})
    (got,) = made.rows.values()
    assert (got["kind"], got["text"], got["published_at"]) == ("comment", "Là 🐟", AT)
    assert got["author"] == {"id": "Zoé", "name": "Zoé"}


def test_archive_of_instagram_and_threads(exports: Exports) -> None:
    one = {"uri": "media/posts/1.jpg", "creation_timestamp": EPOCH, "title": bytewise("À quai 🐟")}
    film = one | {"uri": "media/posts/2.mp4", "title": ""}
    posts = [
        {"media": [one]},
        {"media": [film, one], "title": "Deux déjà bien écrits", "creation_timestamp": EPOCH},
    ]
    made = exports.json("posts_1.json", posts)
    assert made.format == "meta-archive"
    first, two = made.rows.values()
    assert (first["platform"], first["text"], first["published_at"]) == (
        "instagram", "À quai 🐟", AT,
    )  # fmt: skip
    assert two["text"] == "Deux déjà bien écrits"
    assert [m["kind"] for m in two["media"]] == ["video", "photo"]
    threads = exports.json("threads.json", {"text_post_app_text_posts": [{"media": [one]}]})
    assert [row["platform"] for row in threads.rows.values()] == ["threads"]
    stories = exports.json("stories.json", {"ig_stories": [film | {"title": "Là"}]})
    assert [row["text"] for row in stories.rows.values()] == ["Là"]


def test_other_data_with_the_same_keys_are_not_taken_for_an_archive(exports: Exports) -> None:
    measured = [{"timestamp": EPOCH, "data": [{"x": 1}], "text": "Écoute", "id": "1"}]
    assert exports.json("measures.json", measured).format == "jsonl"
    board = {"comments": [{"id": "1", "timestamp": EPOCH, "text": "Écoute", "data": "x"}] * 2}
    assert exports.json("board.json", board).format == "jsonl"
