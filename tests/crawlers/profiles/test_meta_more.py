"""CrowdTangle's older tables and its API, the Content Library, comments of archives. All content is
invented.
"""

from __future__ import annotations

import json
import zipfile
from typing import Any

import pytest

from tests.crawlers.profiles.conftest import Exports
from tests.crawlers.profiles.test_meta import AT, EPOCH, FACEBOOK, INSTAGRAM, PAGE, bytewise, page
from tocsin.core.errors import ConfigError

OLDER = {"Post Created Date,Post Created Time,": "", "Post Created": "Created"}


def older(header: str) -> str:
    for now, before in OLDER.items():
        header = header.replace(now, before)
    return header


def older_row(row: dict[str, Any]) -> dict[str, Any]:
    made = {older(key): v for key, v in row.items()}
    for gone in ("Created Date", "Created Time"):
        made.pop(gone, None)
    return made


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_older_tables_of_crowdtangle(exports: Exports, delimiter: str, bom: str) -> None:
    header = older(FACEBOOK).split(",")
    header[0] = bom + header[0]
    row = older_row(page(1))
    row[header[0]] = row.pop("Page Name")
    made = exports.table("ct.csv", header, [row, "1"], delimiter)
    assert (made.format, len(made.rejected)) == ("crowdtangle-facebook", 1)
    assert made.rows["1000_5001"]["published_at"] == AT
    pictured = {"Account": "Zoé", "User Name": "zoe", "Followers at Posting": 12, "Created": AT,
        "URL": "https://www.instagram.com/reel/C-1_a/", "Description": "Là"}  # fmt: skip
    made = exports.table("ig.csv", older(INSTAGRAM), [pictured])
    assert (made.format, list(made.rows)) == ("crowdtangle-instagram", ["C-1_a"])


@pytest.mark.parametrize(
    ("address", "own"),
    [
        (f"{PAGE}/1000/posts/77", "1000_77"),
        (f"{PAGE}/groups/1000/permalink/77/", "1000_77"),
        (f"{PAGE}/groups/les.pecheurs/posts/77/", "1000_77"),
        (f"{PAGE}/port.ecume/videos/un-titre/77/", "1000_77"),
        (f"{PAGE}/permalink.php?story_fbid=77&id=1000", "1000_77"),
        (f"{PAGE}/story.php?story_fbid=77&id=1000", "1000_77"),
        (f"{PAGE}/photo.php?fbid=77&set=a.1", "1000_77"),
        (f"{PAGE}/reel/77", "1000_77"),
        (f"{PAGE}/watch/?v=77", "1000_77"),
        (f"{PAGE}/1000/posts/pfbid02aB", "1000_pfbid02aB"),
    ],
)
def test_forms_of_addresses_of_facebook(exports: Exports, address: str, own: str) -> None:
    made = exports.table("ct.csv", FACEBOOK, [page(1, URL=address)])
    assert list(made.rows) == [own]


def test_shares_within_the_message_and_pages_named_by_handle(exports: Exports) -> None:
    other = {"Page Name": "Autre", "User Name": "autre.page", "Facebook Id": "2000"}
    shared = f"{PAGE}/autre.page/posts/900"
    rows = [
        page(1, Message=f"Lisez :=: {shared} :=: Le texte d’origine"),
        page(2, Message=f":=:{shared}:=:Le texte d’origine"),
        page(3, Message="", Link=f"{PAGE}/watch/?v=57"),
        page(9, URL=shared, **other),
    ]
    quote, repost, unknown, _ = exports.table("ct.csv", FACEBOOK, rows).rows.values()
    # the page's number is known from its own row
    assert (quote["quote_of"], quote["text"]) == ("2000_900", "Lisez")
    assert quote["extra"]["shared_text"] == "Le texte d’origine"
    assert (repost["repost_of"], repost["text"]) == ("2000_900", "Le texte d’origine")
    assert "repost_of" not in unknown


def answer(number: int, **more: Any) -> dict[str, Any]:
    return {
        "platformId": f"1000_500{number}", "platform": "Facebook", "date": "2024-05-03 09:00:00",
        "type": "link", "message": "Écoute 🐟 #mer", "postUrl": f"{PAGE}/1000/posts/500{number}",
        "link": "https://short.example/1", "subscriberCount": 12, "languageCode": "fr",
        "expandedLinks": [{"original": "https://short.example/1",
            "expanded": "https://paper.example/a"}],
        "statistics": {"actual": {"likeCount": 3, "shareCount": 1, "commentCount": 2}},
        "account": {"id": 7, "name": "Port d’Écume", "handle": "port.ecume", "platformId": "1000"},
        "id": f"7|1000_500{number}",
    } | more  # fmt: skip


@pytest.mark.parametrize("layout", ["crowdtangle-api", "crowdtangle-posts"])
def test_crowdtangle_api(exports: Exports, layout: str) -> None:
    shared = {"expandedLinks": [{"original": f"{PAGE}/2000/posts/900"}]}
    pictured = {"platform": "Instagram", "platformId": "5_6", "message": None,
        "description": "Là 🐟", "postUrl": "https://www.instagram.com/p/C1/"}  # fmt: skip
    posts: list[Any] = [answer(1), answer(2, **shared), answer(3, message="", **shared),
        answer(4, **pictured), {"platformId": None, "postUrl": "", "account": {}}]  # fmt: skip
    if layout == "crowdtangle-api":
        made = exports.json("ct.json", {"status": 200, "result": {"posts": posts}})
    else:
        made = exports.json_lines("ct.ndjson", posts)
    assert (made.format, len(made.rejected)) == (layout, 1)
    first, quote, repost, picture = made.rows.values()
    assert (first["id"], first["platform"], first["lang"]) == ("1000_5001", "facebook", "fr")
    assert first["author"] == {"id": "1000", "handle": "port.ecume", "name": "Port d’Écume",
        "followers": 12}  # fmt: skip
    assert (first["published_at"], first["urls"]) == (AT, ["https://paper.example/a"])
    assert first["metrics"].items() >= {"likes": 3, "reposts": 1, "replies": 2}.items()
    assert (quote["quote_of"], repost["repost_of"]) == ("2000_900", "2000_900")
    assert (picture["platform"], picture["id"], picture["text"]) == ("instagram", "C1", "Là 🐟")
    assert picture["author"]["id"] == "port.ecume"


LIBRARY = (
    "id,text,creation_time,modified_time,lang,content_type,mcl_url,post_owner.type,post_owner.id,"
    "post_owner.name,post_owner.username,shared_post_id,hashtags,link_attachment.link,"
    "statistics.comment_count,statistics.like_count,statistics.love_count,statistics.share_count,"
    "statistics.views"
)


def test_meta_content_library(exports: Exports) -> None:
    row = {
        "id": "123456789012345", "text": "Écoute 🐟", "creation_time": "2024-05-03T09:00:00+00:00",
        "lang": "fr", "post_owner.id": "77", "post_owner.name": "Port d’Écume",
        "post_owner.username": "port.ecume", "hashtags": '["mer"]', "statistics.love_count": 0,
        "link_attachment.link": "https://paper.example/a", "statistics.like_count": 3,
        "statistics.share_count": 1, "statistics.comment_count": 2, "statistics.views": 100,
    }  # fmt: skip
    shared = {"shared_post_id": row["id"]}
    rows = [row, row | {"id": "2"} | shared, row | {"id": "3", "text": ""} | shared, "1,2"]
    made = exports.table("mcl.csv", LIBRARY, rows)
    assert (made.format, len(made.rejected)) == ("meta-content-library", 1)
    first, quote, repost = made.rows.values()
    assert (first["platform"], first["published_at"], first["text"]) == (
        "facebook",
        AT,
        "Écoute 🐟",
    )
    assert first["author"] == {"id": "77", "handle": "port.ecume", "name": "Port d’Écume"}
    assert (first["urls"], first["hashtags"]) == (["https://paper.example/a"], ["mer"])
    assert (quote["quote_of"], repost["repost_of"]) == (row["id"], row["id"])
    for column in ("statistics.love_count", "statistics.share_count"):
        row.pop(column)
    header = LIBRARY.replace("statistics.love_count,statistics.share_count,", "")
    assert exports.table("ig.csv", header, [row]).rows[row["id"]]["platform"] == "instagram"


IG_NEW = {
    "media_list_data": [{"uri": ""}],
    "string_map_data": {"Commentaire": {"value": bytewise("Là 🐟")},
        bytewise("Propriétaire"): {"value": "autre"}, "Heure": {"timestamp": EPOCH}},
}  # fmt: skip
IG_OLD = {
    "title": "autre", "media_list_data": [],
    "string_list_data": [{"href": "", "value": bytewise("Là 🐟"), "timestamp": EPOCH}],
}  # fmt: skip


@pytest.mark.parametrize(
    "document",
    [[IG_NEW, 3], {"comments_media_comments": [IG_OLD]}, {"comments_reels_comments": [IG_NEW]}],
    ids=["list", "older", "reels"],
)
def test_comments_of_an_instagram_archive(exports: Exports, document: Any) -> None:
    made = exports.json("post_comments_1.json", document)
    assert made.format == "meta-archive"
    assert len(made.rejected) == isinstance(document, list)
    (got,) = made.rows.values()
    assert (got["platform"], got["kind"], got["text"]) == ("instagram", "comment", "Là 🐟")
    assert (got["published_at"], got["extra"]["reply_to_handle"]) == (AT, "autre")


def test_newer_entries_and_shared_texts_of_facebook(exports: Exports) -> None:
    labels = [{"label": "Message", "value": bytewise("Écoute 🐟")},
        {"label": "URL", "value": "https://paper.example/a"}]  # fmt: skip
    shared = {"attachments": [{"data": [{"text": bytewise("Déjà dit")}]}], "title": "x"}
    made = exports.json(
        "your_posts__check_ins__photos_and_videos_1.json",
        [
            {"timestamp": EPOCH, "media": [], "label_values": labels, "fbid": "12345"},
            {"timestamp": EPOCH, "data": [], **shared},
            {"timestamp": EPOCH, "data": [{"post": bytewise("Oui, à lire")}], **shared},
        ],
    )
    assert made.format == "meta-archive"
    first, alone, quoting = made.rows.values()
    assert (first["id"], first["text"]) == ("12345", "Écoute 🐟")
    assert first["urls"] == ["https://paper.example/a"]
    assert alone["text"] == "Déjà dit"
    assert (quoting["text"], quoting["extra"]["shared_text"]) == ("Oui, à lire", "Déjà dit")
    assert {row["published_at"] for row in made.rows.values()} == {AT}


def test_replies_of_threads_are_marked(exports: Exports) -> None:
    reply = {"uri": "", "creation_timestamp": EPOCH, "title": bytewise("Là 🐟"),
        "text_app_post": {"is_reply": True}}  # fmt: skip
    made = exports.json(
        "threads_and_replies.json", {"text_post_app_text_posts": [{"media": [reply]}]}
    )
    (got,) = made.rows.values()
    assert (got["platform"], got["text"], got["extra"]["is_reply"]) == ("threads", "Là 🐟", True)


FACEBOOK_OWNER = {"profile_v2": {"name": {"full_name": bytewise("Zoé M")}, "username": "zoe.m"}}
INSTAGRAM_OWNER = {
    "profile_user": [
        {
            "string_map_data": {
                "Nom d'utilisateur": {"value": "zoe"},
                "Nom": {"value": bytewise("Zoé")},
            }
        }
    ]
}
FOLLOWER = {"title": "", "media_list_data": [], "string_list_data": [
    {"href": "https://www.instagram.com/b", "value": "b", "timestamp": EPOCH}]}  # fmt: skip
LIKED = {"likes_media_likes": [FOLLOWER | {"title": "b"}]}
REACTED = {"timestamp": EPOCH, "media": [], "fbid": "1",
    "label_values": [{"label": "Reaction", "value": "LIKE"}]}  # fmt: skip


@pytest.mark.parametrize("packed", [False, True])
def test_a_whole_archive_says_whose_it_is(exports: Exports, packed: bool) -> None:
    picture = {"uri": "m/1.jpg", "creation_timestamp": EPOCH, "title": bytewise("À quai 🐟")}
    files: dict[str, Any] = {
        "personal_information/profile_information/profile_information.json": FACEBOOK_OWNER,
        "personal_information/personal_information/personal_information.json": INSTAGRAM_OWNER,
        "your_facebook_activity/posts/your_posts_1.json": [
            {"timestamp": EPOCH, "data": [{"post": bytewise("Écoute")}], "title": "x"}],
        "your_facebook_activity/likes/likes_and_reactions.json": [REACTED],
        "your_instagram_activity/media/posts_1.json": [{"media": [picture]}],
        "your_instagram_activity/comments/post_comments_1.json": [IG_NEW],
        "connections/followers/followers_1.json": [FOLLOWER],
        "your_instagram_activity/likes/liked_posts.json": LIKED,
    }  # fmt: skip
    # one archive has one profile: the first that lies there is asked
    for kind, other in (("facebook", "profile_user"), ("instagram", "profile_v2")):
        folder = exports.folder / f"{kind}-{packed}"
        for name, document in files.items():
            if other not in document:
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(json.dumps(document), encoding="utf-8")
        if packed:
            with zipfile.ZipFile(f"{folder}.zip", "w") as archive:
                for path in sorted(folder.rglob("*.json")):
                    archive.write(path, str(path.relative_to(folder)))
        start = f"{folder.name}.zip!" if packed else f"{folder.name}/"
        if kind == "facebook":
            made = exports.open(f"{start}your_facebook_activity/posts/your_posts_1.json")
            (row,) = made.rows.values()
            assert row["author"] == {"id": "Zoé M", "handle": "zoe.m", "name": "Zoé M"}
            continue
        for name in ("media/posts_1.json", "comments/post_comments_1.json"):
            made = exports.open(f"{start}your_instagram_activity/{name}")
            (row,) = made.rows.values()
            assert row["author"] == {"id": "zoe", "handle": "zoe", "name": "Zoé"}


@pytest.mark.parametrize("document", [[FOLLOWER], LIKED, [REACTED]], ids=str)
def test_followers_and_likes_are_no_posts(exports: Exports, document: Any) -> None:
    try:
        made = exports.json("likes_and_followers.json", document)
    except ConfigError:
        return
    assert made.format != "meta-archive"


def test_numbers_of_pages_that_a_spreadsheet_damaged(exports: Exports) -> None:
    address = f"{PAGE}/100044412345678/posts/31"
    made = exports.table(
        "ct.csv", FACEBOOK, [page(1, URL=address, **{"Facebook Id": "1.00044E+14"})]
    )
    (row,) = made.rows.values()
    assert (row["id"], row["author"]["id"]) == ("100044412345678_31", "100044412345678")
