"""Crawls that are killed, stopped, or find a store that fails: nothing lost, nothing doubled, the
same command goes on.
"""

from __future__ import annotations

import json
import signal
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

STAMP = "Mon, 02 Mar 2026 10:00:00 GMT"


def _site(web: Any, sitemap: Any, number: int = 24, slow: float = 0.0) -> None:
    for n in range(number):
        web.article(
            f"/p{n:02d}",
            f"Page {n}",
            f"A page with a number of its own, which is {n}, and with more than enough words.",
            validator=STAMP,
        )
        if slow:
            web.pages[f"/p{n:02d}"] = _slowly(web.pages[f"/p{n:02d}"], slow)
    web.put(
        "/sitemap.xml",
        sitemap(*[(web.url(f"/p{n:02d}"), "") for n in range(number)]),
        "application/xml",
        validator=STAMP,
    )


def _slowly(answer: Any, seconds: float) -> Any:
    def wait(request: Any) -> Any:
        time.sleep(seconds)
        return answer(request)

    return wait


def test_kill_9_in_the_middle_loses_and_doubles_nothing(
    web: Any, crawl: Any, sitemap: Any, until: Any
) -> None:
    _site(web, sitemap, slow=0.05)
    crawl.source("s", "site", web.url("/sitemap.xml"))
    process = crawl.start()
    until(lambda: len([p for p in web.fetched() if p.startswith("/p")]) >= 8)
    crawl.stop(process, signal.SIGKILL)
    left = crawl.documents()
    assert len(left) < 24
    web.asked.clear()
    report = crawl.run()
    assert report["fates"].get("created", 0) + len(left) >= 24
    assert len(crawl.documents()) == 24
    assert not list((crawl.home / "spool").glob("*.seg"))
    web.asked.clear()
    assert crawl.run()["fates"] == {"unchanged": 24}
    assert web.fetched() == []


def test_a_stop_is_quick_and_resumable(web: Any, crawl: Any, sitemap: Any, until: Any) -> None:
    _site(web, sitemap, 8)
    web.pages["/p07"] = _slowly(web.pages["/p07"], 20)
    crawl.source("s", "site", web.url("/sitemap.xml"), delay=0.2)
    for number in (signal.SIGINT, signal.SIGTERM):
        asked = len(web.fetched(None))
        process = crawl.start()
        until(lambda asked=asked: len(web.fetched(None)) >= asked + 3)
        started = time.monotonic()
        code, out, err = crawl.stop(process, number)
        assert code == 3, out + err
        assert time.monotonic() - started < 15
        report = json.loads(out)
        assert report["status"] == "stopped"
        assert "goes on from here" in err
    assert len(crawl.documents()) >= 1
    _site(web, sitemap, 8)
    crawl.source("s", "site", web.url("/sitemap.xml"))
    crawl.run()
    assert len(crawl.documents()) == 8


def test_what_a_crash_left_in_the_spool_is_taken_in_with_its_memory(
    web: Any, crawl: Any, sitemap: Any
) -> None:
    from crawlers.extract.article import VERSION
    from crawlers.pipeline.crawl_state import CrawlState, PageState, StateUpdate
    from crawlers.pipeline.item_store import SPOOL_KEY
    from index.spool import Spool

    _site(web, sitemap, 2)
    crawl.source("s", "site", web.url("/sitemap.xml"))
    page = PageState(
        web.url("/p00"), last_modified=STAMP, sha256="x", document=True, version=VERSION
    )
    row = {
        "id": "1",
        "platform": "web",
        "kind": "article",
        "text": "left behind",
        "url": web.url("/p00"),
        "extra": {"crawl": "s"},
    }
    row[SPOOL_KEY] = {"raw": None, "memory": StateUpdate([page]).to_json()}
    broken = {"platform": "web", "text": "no id"}
    Spool(crawl.home / "spool").append([json.dumps(broken).encode(), json.dumps(row).encode()])
    report = crawl.run()
    assert report["fates"] == {"created": 2, "rejected": 1, "unchanged": 1}
    assert crawl.documents()[web.url("/p00")].text == "left behind"
    state = CrawlState(crawl.home / "crawl.sqlite")
    assert state.page(web.url("/p01")) is not None
    state.close()


def test_an_index_that_was_emptied_is_filled_again(web: Any, crawl: Any, sitemap: Any) -> None:
    _site(web, sitemap, 3)
    crawl.source("s", "site", web.url("/sitemap.xml"))
    crawl.run()
    for path in crawl.home.glob("index*"):
        path.unlink() if path.is_file() else None
    report = crawl.run()
    assert report["fates"] == {"created": 3}
    assert "the index is empty" in report["warnings"][0]


def test_a_damaged_memory_is_one_sentence(web: Any, crawl: Any, sitemap: Any) -> None:
    _site(web, sitemap, 1)
    crawl.source("s", "site", web.url("/sitemap.xml"))
    crawl.home.mkdir(exist_ok=True)
    (crawl.home / "crawl.sqlite").write_bytes(
        b"no database at all, but long enough to be read as one" * 50
    )
    code, _, err = crawl.terminal("--home", str(crawl.home), "--json", "crawl")
    assert code == 3
    assert "remove it to crawl everything afresh" in err


def test_a_suppressed_author_is_refused(web: Any, crawl: Any, toots: Any) -> None:
    toots.add(1, acct="eve@x.example")
    toots.add(2, acct="ada@x.example")
    crawl.source("m", "mastodon", web.url())
    crawl.run()
    crawl.terminal("--home", str(crawl.home), "--json", "erase", "eve@x.example")
    toots.add(3, acct="eve@x.example")
    report = crawl.run()
    assert report["fates"] == {"refused": 1}
    assert [d.author.id for d in crawl.documents().values()] == ["mastodon:ada@x.example"]


def test_two_crawls_of_one_workspace_do_not_run_at_once(
    web: Any, crawl: Any, sitemap: Any, until: Any
) -> None:
    _site(web, sitemap, 5, slow=0.5)
    crawl.source("s", "site", web.url("/sitemap.xml"))
    process = crawl.start()
    until(lambda: bool(web.asked))
    assert "another crawl" in crawl.run(code=2)["stderr"]
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_state_remembers_and_forgets(tmp_path: Path) -> None:
    from crawlers.pipeline.crawl_state import CrawlState, PageState, StateUpdate
    from tocsin.core.errors import Abort

    state = CrawlState(tmp_path / "crawl.sqlite")
    page = PageState("http://x/", etag='"1"', links=[["http://x/a", "m", "p"]], document=True)
    state.apply([StateUpdate([page], [("s", "top", {"top": "9", "gaps": [["5", None]]})])])
    again = CrawlState(tmp_path / "crawl.sqlite")
    assert again.page("http://x/") == page
    assert again.cursor("s", "top") == {"top": "9", "gaps": [["5", None]]}
    assert again.cursor("s", "other") is None
    assert len(again) == 2
    again.clear()
    assert len(again) == 0
    again.close()
    state.close()
    with sqlite3.connect(tmp_path / "crawl.sqlite") as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(Abort, match="newer Tocsin"):
        CrawlState(tmp_path / "crawl.sqlite")
