"""Nothing seen is lost: what a document was before, when it was seen, and that its page is gone."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from index.versions.history import Sighting
from tocsin.core.documents import Document, Raw, chained_sha256, content_hash

DAY = timedelta(days=1)
FIRST = datetime(2026, 3, 1, 12, tzinfo=UTC)


def seen(document: Document, text: str, at: datetime, raw: str | None = None) -> Document:
    return dataclasses.replace(
        document,
        text=text,
        content_hash=content_hash(document.title, text),
        collected_at=at,
        raw=Raw(path=f"raw/{raw}.gz", sha256=raw * 64) if raw else None,
    )


def put(index: Any, document: Document) -> str:
    (verdict,) = index.put([document], on_conflict="replace")
    return str(verdict.outcome)


def test_every_text_is_kept_with_when_it_was_seen(index: Any, made: Any) -> None:
    page = made(1, "w")
    assert put(index, seen(page, "as it began", FIRST, "a")) == "created"
    assert put(index, seen(page, "as it began", FIRST + DAY, "a")) == "duplicate"
    assert put(index, seen(page, "as it was corrected", FIRST + 2 * DAY, "b")) == "replaced"
    assert put(index, seen(page, "as it is now", FIRST + 3 * DAY, "c")) == "replaced"
    index.refresh()
    (document,) = index.get([page.id])
    versions = document.all_versions()
    assert [version.text for version in versions] == [
        "as it began",
        "as it was corrected",
        "as it is now",
    ]
    assert [(v.first_seen - FIRST, v.last_seen - FIRST) for v in versions] == [
        (0 * DAY, DAY),
        (2 * DAY, 2 * DAY),
        (3 * DAY, 3 * DAY),
    ]
    assert [version.raw.path for version in versions] == [f"raw/{n}.gz" for n in "abc"]
    assert versions[0].previous == ""
    for before, after in itertools.pairwise(versions):
        assert after.previous == chained_sha256(before)
    told = f"{page.title or ''}\x00as it began".encode()
    assert versions[0].sha256 == hashlib.sha256(told).hexdigest()
    assert index.count("began") == 0  # a search finds the text of now


def test_a_text_that_comes_back_is_a_version_of_its_own(index: Any, made: Any) -> None:
    page = made(1, "w")
    for day, text in enumerate(["one", "two", "one"]):
        put(index, seen(page, text, FIRST + day * DAY))
    (document,) = index.get([page.id])
    assert [version.text for version in document.all_versions()] == ["one", "two", "one"]
    assert document.revision == 2


def test_gone_is_said_from_the_first_time_until_it_is_seen_again(index: Any, made: Any) -> None:
    page = made(1, "w")
    put(index, seen(page, "words", FIRST))
    unknown = Sighting("x:never", FIRST, 404)
    assert index.see([Sighting(page.id, FIRST + DAY, 404), unknown]) == 1
    assert index.see([Sighting(page.id, FIRST + 2 * DAY, 410)]) == 1
    history = index.get([page.id])[0].history
    assert (history.gone_since, history.gone_status) == (FIRST + DAY, 404)
    put(index, seen(page, "words", FIRST + 3 * DAY))
    (document,) = index.get([page.id])
    assert document.history.gone_since is None
    assert document.history.last_seen == FIRST + 3 * DAY
    index.see([Sighting(page.id, FIRST + 4 * DAY)])
    (document,) = index.get([page.id])
    assert (document.history.first_seen, document.history.last_seen) == (FIRST, FIRST + 4 * DAY)
    assert document.collected_at == FIRST


def test_annotations_and_metrics_stay_when_a_text_is_seen_again(index: Any, made: Any) -> None:
    page = seen(made(1, "w"), "words", FIRST)
    index.put([page])
    index.see([Sighting(page.id, FIRST + DAY)])
    (document,) = index.get([page.id])
    assert dict(document.metrics) == dict(page.metrics)
    assert dataclasses.replace(document, history=None) == page


def test_versions_go_with_the_document_and_its_author(index: Any, made: Any) -> None:
    home = index.workspace.home
    (home / "raw").mkdir(exist_ok=True)
    one, two = made(1, "w"), made(2, "w")
    for page, raws in ((one, "ab"), (two, "cd")):
        for day, raw in enumerate(raws):
            (home / "raw" / f"{raw}.gz").write_bytes(b"bytes")
            put(index, seen(page, f"zwickmuhle {raw}", FIRST + day * DAY, raw))
    index.refresh()
    assert index.delete([one.id]) == 1
    assert sorted(path.name for path in (home / "raw").glob("*.gz")) == ["c.gz", "d.gz"]
    assert two.author is not None
    assert index.delete_by_author(two.author.id) == 1
    assert list((home / "raw").glob("*.gz")) == []
    assert index.get([one.id, two.id]) == [None, None]


def test_history_survives_a_copy_of_the_index(index: Any, made: Any) -> None:
    from index.maintenance.records import document_record, record_document

    page = made(1, "w")
    put(index, seen(page, "one", FIRST, "a"))
    put(index, seen(page, "two", FIRST + DAY, "b"))
    index.see([Sighting(page.id, FIRST + 2 * DAY, 410)])
    (document,) = index.get([page.id])
    assert record_document(document_record(document)) == document
    assert document.history is not None
    index.delete([page.id])
    index.put([document])
    assert index.get([page.id])[0].history == document.history


def test_bytes_that_another_page_shares_or_another_index_names_stay(index: Any, made: Any) -> None:
    home = index.workspace.home
    (home / "raw").mkdir(exist_ok=True)
    for name in "ab":
        (home / "raw" / f"{name}.gz").write_bytes(b"bytes")
    one, clone, moved = made(1, "w"), made(2, "w"), made(3, "w")
    for page, raw in ((one, "a"), (clone, "a"), (moved, "b")):
        put(index, seen(page, "the same words", FIRST, raw))
    index.refresh()
    index.delete([one.id])
    index.delete([moved.id], keep_raw=True)
    assert sorted(path.name for path in (home / "raw").glob("*.gz")) == ["a.gz", "b.gz"]
    index.delete([clone.id])
    assert [path.name for path in (home / "raw").glob("*.gz")] == ["b.gz"]


def test_what_an_archive_saw_before_is_a_version_in_its_place(index: Any, made: Any) -> None:
    page = made(1, "w")
    put(index, seen(page, "two", FIRST, "b"))
    put(index, seen(page, "three", FIRST + 2 * DAY, "c"))
    assert put(index, seen(page, "one", FIRST - 9 * DAY, "a")) == "version"
    assert put(index, seen(page, "one", FIRST - 9 * DAY, "a")) == "duplicate"
    assert put(index, seen(page, "one", FIRST - 7 * DAY, "a")) == "duplicate"
    assert put(index, seen(page, "two", FIRST - DAY, "b")) == "duplicate"
    assert put(index, seen(page, "three", FIRST + DAY, "c")) == "duplicate"
    assert put(index, seen(page, "one", FIRST - 3 * DAY, "a")) == "duplicate"
    assert put(index, seen(page, "four", FIRST + 3 * DAY, "d")) == "replaced"
    index.refresh()
    (document,) = index.get([page.id])
    versions = document.all_versions()
    assert [v.text for v in versions] == ["one", "two", "three", "four"]
    assert [(v.first_seen - FIRST, v.last_seen - FIRST) for v in versions] == [
        (-9 * DAY, -3 * DAY), (-DAY, 0 * DAY), (DAY, 2 * DAY), (3 * DAY, 3 * DAY),
    ]  # fmt: skip
    assert [v.raw.path for v in versions] == [f"raw/{n}.gz" for n in "abcd"]
    for before, after in itertools.pairwise(versions):
        assert after.previous == chained_sha256(before)
    assert document.revision == 2
    assert document.text == "four"
    assert index.count("four") == 1


def test_annotations_stay_when_an_earlier_text_comes_to_light(index: Any, made: Any) -> None:
    page = dataclasses.replace(seen(made(1, "w"), "now", FIRST), metrics={"likes": 5})
    index.put([page])
    earlier = dataclasses.replace(seen(page, "then", FIRST - DAY), metrics={"likes": 1})
    assert put(index, earlier) == "version"
    (document,) = index.get([page.id])
    assert dataclasses.replace(document, history=None) == page
    assert [v.text for v in document.all_versions()] == ["then", "now"]


def test_the_title_alone_is_no_version_of_an_archived_page(index: Any, made: Any) -> None:
    listed = dataclasses.replace(seen(made(1, "w"), "The title", FIRST), title="The title")
    index.put([listed])
    page = seen(listed, "The title and all that was written", FIRST - 9 * DAY, "a")
    assert put(index, page) == "replaced"
    assert put(index, page) == "duplicate"
    (document,) = index.get([page.id])
    assert [v.text for v in document.all_versions()] == ["The title and all that was written"]
