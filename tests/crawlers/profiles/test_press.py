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
