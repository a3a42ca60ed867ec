"""Lists of articles of Media Cloud and GDELT. All content is invented."""

from __future__ import annotations

import pytest

from tests.crawlers.profiles.conftest import Exports
from tocsin.core.documents import url_id
from tocsin.core.urls import canonical_url

ADDRESS = "https://paper.example/a/1.html?utm_source=x"


def test_mediacloud(exports: Exports) -> None:
    row = {
        "id": "d3f9", "indexed_date": "2024-05-02 11:22:33.123456", "language": "fr",
        "media_name": "paper.example", "media_url": "paper.example", "url": ADDRESS,
        "publish_date": "2024-05-01", "title": "L'été à Mayotte 🐟",
    }  # fmt: skip
    header = "id,indexed_date,language,media_name,media_url,publish_date,title,url"
    made = exports.table("mc.csv", header, [row, row | {"url": ""}])
    assert made.format == "mediacloud"
    assert len(made.rejected) == 1
    (article,) = made.rows.values()
    assert article["id"] == url_id(canonical_url(ADDRESS))
    assert (article["platform"], article["kind"], article["lang"]) == ("web", "article", "fr")
    assert article["title"] == article["text"] == "L'été à Mayotte 🐟"
    assert article["published_at"][:10] == "2024-05-01"
    assert article["published_precision"] == "day"
    assert article["source"] == "paper.example"


@pytest.mark.parametrize("layout", ["json", "csv"])
def test_gdelt(exports: Exports, layout: str) -> None:
    row = {
        "url": ADDRESS, "url_mobile": "", "title": "L'été à Mayotte 🐟",
        "seendate": "20240501T101500Z", "socialimage": "https://paper.example/a.jpg",
        "domain": "paper.example", "language": "French", "sourcecountry": "France",
    }  # fmt: skip
    if layout == "json":
        made = exports.json("gdelt.json", {"articles": [row, "x"]})
    else:
        made = exports.table("gdelt.csv", ",".join(row), [row, row | {"url": ""}])
    assert made.format == "gdelt"
    assert len(made.rejected) == 1
    (article,) = made.rows.values()
    assert article["id"] == url_id(canonical_url(ADDRESS))
    assert article["published_at"] == "2024-05-01T10:15:00.000Z"
    assert (article["kind"], article["lang"]) == ("article", "fr")
    assert article["source"] == "paper.example"
    assert article["media"][0]["url"] == "https://paper.example/a.jpg"


OLD = (
    "stories_id,publish_date,title,url,language,ap_syndicated,themes,media_id,media_name,media_url"
)
STORY = {
    "stories_id": "123", "publish_date": "2019-05-01 13:02:11", "title": "L'été à Mayotte 🐟",
    "url": ADDRESS, "language": "fr", "ap_syndicated": "False", "media_name": "Le Journal",
    "media_url": "http://paper.example",
}  # fmt: skip


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_older_tables_of_mediacloud(exports: Exports, delimiter: str) -> None:
    other = "https://paper.example/b/2.html"
    rows = [STORY, STORY | {"publish_date": "undateable", "url": other}, "1"]
    header = OLD.split(",")
    header[0] = f"\ufeff{header[0]}"
    named = [row if isinstance(row, str) else _renamed(row) for row in rows]
    made = exports.table("mc.csv", header, named, delimiter)
    assert (made.format, len(made.rejected)) == ("mediacloud", 1)
    first, undated = made.rows.values()
    assert (first["source"], first["published_at"]) == ("Le Journal", "2019-05-01T13:02:11.000Z")
    assert first["extra"]["mediacloud_id"] == "123"
    assert "published_at" not in undated


def _renamed(row: dict[str, str]) -> dict[str, str]:
    return {f"\ufeff{key}" if key == "stories_id" else key: value for key, value in row.items()}


def test_lines_of_both(exports: Exports) -> None:
    article = {"url": ADDRESS, "title": "L'été 🐟", "seendate": "20240501T101500Z",
        "domain": "paper.example", "language": "French", "sourcecountry": "France"}  # fmt: skip
    gdelt = exports.json_lines("gdelt.jsonl", [article, '{"url": "ht'])
    assert (gdelt.format, len(gdelt.rejected)) == ("gdelt-articles", 1)
    story = {"id": "x", "media_name": "paper.example", "media_url": "paper.example",
        "title": "L'été 🐟", "publish_date": "2024-05-01", "url": ADDRESS, "language": "fr",
        "indexed_date": "2024-05-01T10:00:00"}  # fmt: skip
    cloud = exports.json_lines("mc.jsonl", [story, '{"id": "'])
    assert (cloud.format, len(cloud.rejected)) == ("mediacloud", 1)
    for made in (gdelt, cloud):
        (row,) = made.rows.values()
        assert (row["id"], row["platform"]) == (url_id(canonical_url(ADDRESS)), "web")
        assert (row["title"], row["lang"], row["kind"]) == ("L'été 🐟", "fr", "article")
        assert row["published_at"][:10] == "2024-05-01"
