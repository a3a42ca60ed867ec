"""Real pages from a plain HTTP server with a sitemap and a feed: text as trafilatura's own, and
nothing unchanged fetched again.
"""

from __future__ import annotations

import functools
import json
import tarfile
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from crawlers.extract.article import site_of

pytestmark = pytest.mark.shared
NUMBER = 40


@pytest.fixture
def plain_server(tmp_path: Path) -> Iterator[tuple[Path, str, list[tuple[str, int]]]]:
    """Python's own file server (Last-Modified, 304, no ETag): folder, address, and log."""
    folder = tmp_path / "www"
    folder.mkdir()
    log: list[tuple[str, int]] = []

    class Handler(SimpleHTTPRequestHandler):
        def log_request(self, code: Any = "-", size: Any = "-") -> None:
            log.append((self.path, int(code)))

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}", log
    server.shutdown()
    server.server_close()
    thread.join(5)


def _f1(gold: dict[str, Any], texts: dict[str, str]) -> float:
    right = wrong = missed = 0
    for entry in gold.values():
        text = texts.get(entry["file"], "")
        found = sum(sentence in text for sentence in entry["with"])
        right, missed = right + found, missed + len(entry["with"]) - found
        wrong += sum(sentence in text for sentence in entry["without"])
    return 2 * right / (2 * right + wrong + missed)


def test_real_pages_read_as_trafilatura_does_and_are_not_fetched_twice(
    shared: Path, plain_server: Any, crawl: Any, sitemap: Any, rss: Any
) -> None:
    import trafilatura

    folder, address, log = plain_server
    gold: dict[str, Any] = {}
    bodies: dict[str, bytes] = {}
    with tarfile.open(shared / "data" / "crawl" / "articles_multilingual.tar.xz") as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            if file is not None and member.name.endswith("gold.json"):
                gold = json.load(file)
            elif file is not None and member.name.endswith(".html"):
                bodies[Path(member.name).name] = file.read()
    gold = dict(sorted(gold.items())[:: len(gold) // NUMBER][:NUMBER])
    for entry in gold.values():
        (folder / entry["file"]).write_bytes(bodies[entry["file"]])
    urls = {entry["file"]: f"{address}/{quote(entry['file'])}" for entry in gold.values()}
    names = sorted(urls)
    (folder / "sitemap.xml").write_text(
        sitemap(*[(urls[name], "") for name in names[: NUMBER // 2]]), encoding="utf-8"
    )
    (folder / "feed.xml").write_text(
        rss(*[(name, urls[name], "") for name in names[NUMBER // 2 :]]), encoding="utf-8"
    )
    crawl.source("site", "site", f"{address}/sitemap.xml")
    crawl.source("feed", "feed", f"{address}/feed.xml")
    report = crawl.run()
    assert report["seen"] == len(gold)
    found = crawl.documents()
    texts = {name: found[url].text for name, url in urls.items() if url in found}
    ours = _f1(gold, texts)
    plain = {name: trafilatura.extract(bodies[name]) or "" for name in names}
    alone = {
        name: trafilatura.extract(bodies[name], include_comments=False) or "" for name in names
    }
    assert abs(ours - _f1(gold, alone)) <= 0.01, (
        "the same text as trafilatura's own, readers' comments left out"
    )
    assert ours >= _f1(gold, plain) - 0.01, "which may only be better than with comments"
    assert all(site_of(document.url) == site_of(address) for document in found.values())
    assert {document.lang.partition("-")[0] for document in found.values()} >= {"de", "en", "fr"}

    log.clear()
    again = crawl.run()
    assert again["fates"].keys() <= {"unchanged", "empty"}
    assert [path for path, code in log if code == 200] == []
    assert sum(code == 304 for _, code in log) == len(gold) + 2
    changed = folder / names[0]
    changed.write_bytes(
        bodies[names[0]].replace(b"</p>", b" And one more thing was added to it.</p>")
    )
    log.clear()
    third = crawl.run()
    assert [path for path, code in log if code == 200] == [f"/{quote(names[0])}"]
    assert sum(third["fates"].values()) == third["seen"] == len(gold)
