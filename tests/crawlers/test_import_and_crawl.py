"""Lists of articles hold a title alone: together with a crawl of the same pages, in whatever order,
nothing of the full text is lost.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

BRIDGE = "The bridge over the river was closed on Tuesday, and nobody knows for how long."


def press_list(layout: str, folder: Path, address: str) -> str:
    """A file that lists one page by its address and title."""
    if layout == "gdelt":
        article = {"url": address, "title": "The bridge 🐟 à quai", "seendate": "20240501T101500Z",
            "domain": "paper.example", "language": "English"}  # fmt: skip
        path = folder / "articles.json"
        path.write_text(json.dumps({"articles": [article]}), encoding="utf-8")
        return str(path)
    row = {"id": "x", "indexed_date": "2024-05-02 11:22:33", "language": "en",
        "media_name": "paper.example", "media_url": "paper.example", "url": address,
        "publish_date": "2024-05-01", "title": "The bridge 🐟 à quai"}  # fmt: skip
    path = folder / "mc.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerow(row)
    return str(path)


@pytest.mark.parametrize("first", ["crawl", "import"])
@pytest.mark.parametrize("layout", ["gdelt", "mediacloud"])
def test_a_crawled_text_survives_a_list_of_titles(
    web: Any, crawl: Any, sitemap: Any, tmp_path: Path, layout: str, first: str
) -> None:
    web.article("/a", "The bridge", BRIDGE)
    web.put("/sitemap.xml", sitemap((web.url("/a"), "")), "application/xml")
    crawl.source("site", "site", web.url("/sitemap.xml"))
    listed = press_list(layout, tmp_path, web.url("/a"))
    if first == "crawl":
        crawl.run()
    report = crawl.run(listed, command="import")
    assert report["fates"] == {"duplicate" if first == "crawl" else "created": 1}
    if first == "import":
        crawl.run()
    (hit,) = crawl.run('"nobody knows for how long"', command="search")["hits"]
    assert BRIDGE in hit["text"]
    assert (hit["kind"], hit["platform"]) == ("article", "web")
    again = crawl.run(listed, command="import")
    assert again["fates"] == {"duplicate": 1}
    (same,) = crawl.run("kind:article", command="search")["hits"]
    assert (same["id"], BRIDGE in same["text"]) == (hit["id"], True)


def test_a_fuller_file_replaces_a_title_and_never_the_other_way(crawl: Any, tmp_path: Path) -> None:
    address = "https://paper.example/bridge.html"
    listed = press_list("mediacloud", tmp_path, address)
    whole = tmp_path / "bw.csv"
    whole.write_text(
        "Query Id,Query Name,Date,Url,Page Type,Title,Author,Full Text\n"
        f'9,Eau,2024-05-01 10:00:00.0,{address},news,The bridge,Jeanne,"{BRIDGE}"\n',
        encoding="utf-8",
    )
    assert crawl.run(listed, command="import")["fates"] == {"created": 1}
    assert crawl.run(str(whole), command="import")["fates"] == {"replaced": 1}
    for file in (listed, str(whole)):
        assert crawl.run(file, command="import")["fates"] == {"duplicate": 1}
        (hit,) = crawl.run("kind:article", command="search")["hits"]
        assert (hit["text"], hit["author"]["name"]) == (BRIDGE, "Jeanne")
