"""WARC and WACZ: pages as a crawl of ours would have stored them."""

from __future__ import annotations

import gzip
import hashlib
import io
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any

import brotli
import pytest
import zstandard

from crawlers.importing.formats import IMPORTERS
from tests.crawlers.archives import Archive, page
from tests.crawlers.conftest import Crawl
from tocsin.core.language.words import Words

SITE = "https://journal.example"
DATED = '<meta property="article:published_time" content="2024-05-02T08:30:00+02:00">'
BRIDGE = page(
    "Le pont fermé", "Été après été, le pont de l’île reste fermé 🌉.", head=DATED, lang="fr"
)


def chunked(data: bytes) -> bytes:
    pieces = [data[at : at + 700] for at in range(0, len(data), 700)]
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"


def write(crawl: Crawl, data: bytes, name: str = "pages.bin") -> str:
    path = crawl.home.parent / name
    path.write_bytes(data)
    return str(path)


def by_url(crawl: Crawl) -> dict[str, Any]:
    return {d.url: d for d in crawl.documents_by_id().values()}


def mixed() -> Archive:
    archive = Archive()
    archive.answer(f"{SITE}/pont", BRIDGE)
    archive.answer(f"{SITE}/", page("Journal", "The front page of a journal."))
    archive.answer(f"{SITE}/old", "", status="301 Moved", headers=[("Location", "/pont")])
    archive.answer(f"{SITE}/none", page("Not found", "x"), status="404 Not Found")
    archive.answer(f"{SITE}/style.css", "a{}", kind="text/css")
    archive.answer(f"{SITE}/quai.jpg", b"\xff\xd8\xff\xe0" + bytes(99), kind="image/jpeg")
    archive.resource("urn:pageinfo:x", b"{}", "application/json")
    archive.answer(
        f"{SITE}/perdu", page("Page introuvable", "Erreur 404."), date="2024-05-03T10:01:00Z"
    )
    return archive


def test_pages_become_articles_without_options(crawl: Crawl) -> None:
    report = crawl.run(write(crawl, mixed().data), command="import")
    assert report["fates"] == {"created": 1, "left_out": 15}
    assert report["left_out"] == {
        "records that hold no page (requests, notes)": 9,
        "front pages of sites": 1, "redirects": 1, "answers with an error": 1,
        "files that are no pages (pictures, scripts, styles)": 2, "error pages": 1,
    }  # fmt: skip
    (document,) = crawl.documents_by_id().values()
    assert document.platform == "web"
    assert document.kind == "article"
    assert document.url == f"{SITE}/pont"
    assert document.source == "journal.example"
    assert document.title == "Le pont fermé"
    assert "Été après été" in document.text
    assert document.lang == "fr"
    assert document.published_at.isoformat() == "2024-05-02T06:30:00+00:00"
    assert document.collected_at.isoformat() == "2024-05-03T10:00:00+00:00"
    assert document.extra["archive_record"].startswith("<urn:uuid:")
    digest = hashlib.sha256(BRIDGE.encode()).hexdigest()
    assert document.raw.sha256 == digest
    kept = crawl.home / document.raw.path
    assert gzip.decompress(kept.read_bytes()) == BRIDGE.encode()
    assert crawl.run(write(crawl, mixed().data), command="import")["fates"]["duplicate"] == 1
    assert len(list(crawl.home.glob("raw/*/*.gz"))) == 1


def test_a_dry_run_shows_what_would_come_and_keeps_nothing(crawl: Crawl) -> None:
    answer = crawl.run(write(crawl, mixed().data, "x.warc.gz"), "--dry-run", command="import")
    (file,) = answer["files"]
    assert file["format"] == "web-archive"
    filled = {row["key"]: row["filled"] for row in file["keys"]}
    assert filled["text"] == filled["title"] == filled["published_at"] == filled["url"] == 1
    assert answer["rows"][0]["title"] == "Le pont fermé"
    assert not crawl.home.joinpath("raw").exists() or not list(crawl.home.glob("raw/*/*"))
    error = crawl.run(write(crawl, mixed().data), "--format", "x-api-v2", command="import", code=2)
    assert "is web-archive, not x-api-v2" in error["stderr"]
    formats = crawl.run("--list-formats", command="import")["formats"]
    assert {"warc", "car", "web-archive", "bluesky-repository"} <= {row["name"] for row in formats}
    plain = {row["name"] for row in formats if row["kind"] != "profile"}
    assert plain == set(IMPORTERS)
    for name in plain:
        assert Words("en")(f"reading.formats.plain.{name}"), "a sentence says what it is"


CODINGS = {
    "gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress,
    "zstd": zstandard.compress, "identity": bytes,
}  # fmt: skip


@pytest.mark.parametrize("packed", [True, False])
def test_answers_are_unpacked_however_they_were_sent(crawl: Crawl, packed: bool) -> None:
    archive = Archive(packed=packed, version="1.0")
    for coding, pack in CODINGS.items():
        body = pack(page(f"Story {coding}", f"A story that was sent as {coding}.").encode())
        archive.answer(f"{SITE}/{coding}", body, headers=[("Content-Encoding", coding)])
        headers = [("Content-Encoding", coding), ("Transfer-Encoding", "chunked")]
        archive.answer(f"{SITE}/{coding}-chunked", chunked(body), headers=headers)
    plain = page("Unpacked", "Archived unpacked under the headers of its answer.")
    archive.answer(f"{SITE}/plain", plain, headers=[("Content-Encoding", "br")])
    archive.answer(f"{SITE}/odd", plain, headers=[("Content-Encoding", "sdch")])
    archive.answer(f"{SITE}/torn", b"\x01\x02", headers=[("Content-Encoding", "br")])
    accented = page("Marée", "La marée monte à la pointe du Décollé.", head="")
    archive.answer(f"{SITE}/latin", accented.encode("cp1252"), kind="text/html; charset=utf-8")
    report = crawl.run(write(crawl, archive.data), command="import")
    documents = by_url(crawl)
    for coding in CODINGS:
        for url in (f"{SITE}/{coding}", f"{SITE}/{coding}-chunked"):
            assert f"sent as {coding}" in documents[url].text
    assert "under the headers" in documents[f"{SITE}/plain"].text
    assert "à la pointe du Décollé" in documents[f"{SITE}/latin"].text
    assert report["fates"]["created"] == 12
    assert report["fates"]["rejected"] == 2
    assert "sdch" in str(report["warnings"])


def test_captures_of_a_page_are_its_versions_and_revisits_say_when(crawl: Crawl) -> None:
    archive = Archive()
    told = [page("The bridge", f"The bridge was closed {n} times, they say.") for n in range(3)]
    third = archive.answer(f"{SITE}/a", told[2], "2024-03-01T00:00:00Z")
    archive.revisit(f"{SITE}/a", "2024-04-01T00:00:00Z", third)
    archive.answer(f"{SITE}/a", told[0], "2024-01-01T00:00:00Z")
    archive.answer(f"{SITE}/a?utm_source=x", told[1], "2024-02-01T00:00:00Z")
    report = crawl.run(write(crawl, archive.data), command="import")
    assert report["fates"]["created"] == 1
    assert report["fates"]["version"] == 2
    assert report["left_out"]["pages seen again, unchanged"] == 1
    versions = crawl.run(f"{SITE}/a", command="versions")["versions"]
    assert [v["first_seen"][:10] for v in versions] == ["2024-01-01", "2024-02-01", "2024-03-01"]
    assert [f"closed {n} times" in v["text"] for n, v in enumerate(versions)] == [True] * 3
    assert versions[2]["last_seen"][:10] == "2024-04-01"
    for version, body in zip(versions, told, strict=True):
        digest = hashlib.sha256(body.encode()).hexdigest()
        assert version["raw_sha256"] == digest
        assert (crawl.home / "raw" / digest[:2] / f"{digest}.gz").exists()


def test_a_page_that_we_crawled_is_the_same_document(crawl: Crawl, web: Any, sitemap: Any) -> None:
    now = page("The quay", "The quay is open again, and ships come.")
    web.put("/sitemap.xml", sitemap((web.url("/quay"), "")), "application/xml")
    web.put("/quay", now)
    crawl.source("site", "site", web.url("/sitemap.xml"))
    assert crawl.run()["fates"]["created"] == 1
    archive = Archive()
    archive.answer(
        web.url("/quay"), page("The quay", "The quay is closed."), "2019-07-01T00:00:00Z"
    )
    archive.answer(web.url("/quay"), now, "2020-07-01T00:00:00Z")
    report = crawl.run(write(crawl, archive.data), command="import")
    assert report["fates"]["version"] == 1
    assert report["fates"]["duplicate"] == 1
    (document,) = crawl.documents_by_id().values()
    assert "open again" in document.text
    versions = crawl.run(web.url("/quay"), command="versions")["versions"]
    assert [v["first_seen"][:4] for v in versions] == ["2019", "2020"]


def test_an_archive_of_our_own_server(crawl: Crawl, web: Any) -> None:
    """Fetched over HTTP as warcio captures it: every byte as it was on the wire."""
    import http.client

    from warcio.capture_http import capture_http

    text = page("The harbour", "A story of the harbour, archived as it was sent.")
    web.put("/h", gzip.compress(text.encode()), Content_Encoding="gzip")
    out = io.BytesIO()
    with capture_http(_writer(out)):
        connection = http.client.HTTPConnection("127.0.0.1", web.port)
        connection.request("GET", "/h")
        connection.getresponse().read()
        connection.close()
    report = crawl.run(write(crawl, out.getvalue()), command="import")
    assert report["fates"]["created"] == 1
    assert "archived as it was sent" in by_url(crawl)[web.url("/h")].text


def _writer(out: io.BytesIO) -> Any:
    from warcio.warcwriter import WARCWriter

    return WARCWriter(out, gzip=True)


def many(number: int, packed: bool = True) -> Archive:
    archive = Archive(packed=packed)
    for n in range(number):
        archive.answer(f"{SITE}/s{n}", page(f"Story {n}", f"What happened on day {n} of it."))
    return archive


@pytest.mark.parametrize("packed", [True, False])
def test_an_archive_that_breaks_off_keeps_what_it_holds(crawl: Crawl, packed: bool) -> None:
    data = many(9, packed).data
    report = crawl.run(write(crawl, data[: len(data) * 3 // 4]), command="import")
    assert 5 <= report["fates"]["created"] <= 7
    assert report["fates"]["rejected"] == 1
    said = next(w for w in report["warnings"] if "cut off" in w)
    assert f"{report['fates']['created']} pages before were read" in said


@pytest.mark.parametrize(
    "url", ["http://[::x", "https://", "http://a b/c", "http://x:99999/", "ht:"]
)
def test_an_address_that_is_none_costs_itself(crawl: Crawl, url: str) -> None:
    archive = many(1)
    first = archive.answer(url, page("Odd", "A story at an address that is none."))
    archive.revisit(url, "2024-06-01T00:00:00Z", first)
    archive.answer(f"{SITE}/after", page("After", "A story behind it."))
    report = crawl.run(write(crawl, archive.data), command="import")
    assert report["fates"].get("failed", 0) == 0
    assert f"{SITE}/after" in by_url(crawl)


def test_damage_between_records_costs_itself(crawl: Crawl) -> None:
    first, second = many(3, False).data, many(6, False).data
    whole = first + b"rubbish\nof a bad disk\n\n" + second.replace(b"Content-Length", b"C-L", 3)
    report = crawl.run(write(crawl, whole), command="import")
    assert report["fates"]["created"] == 6
    assert any("damaged" in w and "skipped" in w for w in report["warnings"])


def test_a_bad_sector_costs_the_pages_that_it_hits(crawl: Crawl) -> None:
    data = bytearray(many(12).data)
    middle = len(data) // 2
    data[middle : middle + 1_500] = b"\xff" * 1_500
    report = crawl.run(write(crawl, bytes(data)), command="import")
    assert 8 <= report["fates"]["created"] <= 11
    assert f"{SITE}/s11" in by_url(crawl)
    assert any("skipped" in w for w in report["warnings"])


def test_a_huge_record_is_skipped_with_a_sentence_and_bounded_memory(crawl: Crawl) -> None:
    path = crawl.home.parent / "huge.warc"
    size = 500_000_000
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    begin = (
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
        b"WARC-Target-URI: https://journal.example/huge\r\nWARC-Date: 2024-05-03T10:00:00Z\r\n"
        b"Content-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n"
    ) % (size + len(head))
    with path.open("wb") as file:
        file.write(many(2, False).data + begin + head)
        file.seek(size, 1)
        file.write(b"\r\n\r\n" + many(4, False).data)
    report = crawl.run(str(path), "--no-keep", command="import")
    assert report["fates"]["created"] == 4
    assert report["fates"]["rejected"] == 1
    assert "larger than 16 MB" in str(report["warnings"])


def test_wacz_and_zip(crawl: Crawl) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as wacz:
        wacz.writestr("archive/data-0.warc.gz", many(2).data, zipfile.ZIP_STORED)
        wacz.writestr("archive/data-1.warc.gz", many(3).data, zipfile.ZIP_STORED)
        wacz.writestr("pages/pages.jsonl", '{"format": "json-pages-1.0", "id": "pages"}\n')
        wacz.writestr("indexes/index.cdx.gz", gzip.compress(b"com,example)/ 2024 {}\n"))
        wacz.writestr("datapackage.json", '{"profile": "data-package", "wacz_version": "1.1.1"}')
    report = crawl.run(write(crawl, out.getvalue(), "x.wacz"), command="import")
    assert report["fates"]["created"] == 3
    assert report["fates"]["duplicate"] == 2
    assert [file["format"] for file in report["files"]] == ["web-archive", "web-archive"]


def test_no_page_shares_and_canonicals_are_judged_as_in_a_crawl(crawl: Crawl) -> None:
    archive = Archive()
    same = page("Journal", "To read on, choose what you accept of our cookies and go on.")
    for n in range(4):
        archive.answer(f"{SITE}/w{n}", same)
    link = f'<link rel="canonical" href="{SITE}/one">'
    for n in range(2):
        archive.answer(f"{SITE}/c{n}", page(f"Canonical {n}", f"Text number {n}.", head=link))
    report = crawl.run(write(crawl, archive.data), command="import")
    assert report["left_out"]["pages with the text of other addresses"] == 2
    assert any("address of another page" in w for w in report["warnings"])
    documents = by_url(crawl)
    assert {f"{SITE}/c0", f"{SITE}/c1"} <= documents.keys()
    assert documents[f"{SITE}/w0"].extra["page"] == "shared"


def test_erasure_reaches_the_original_bytes(crawl: Crawl) -> None:
    by = '<meta name="author" content="Zoé Durand">'
    archive = Archive()
    archive.answer(f"{SITE}/z", page("By Zoé", "She wrote at some length on the port.", head=by))
    crawl.run(write(crawl, archive.data), command="import")
    (document,) = crawl.documents_by_id().values()
    assert (crawl.home / document.raw.path).exists()
    assert len(list(crawl.home.glob("runs/*/kept/*.bin"))) == 1
    crawl.run(document.author.id, "--yes", command="erase")
    assert not crawl.documents_by_id()
    assert not (Path(crawl.home) / document.raw.path).exists()
    assert not list(crawl.home.glob("runs/*/kept/*.bin"))


def test_remap_reads_the_archive_again(crawl: Crawl) -> None:
    path = write(crawl, many(3).data)
    report = crawl.run(path, command="import")
    Path(path).unlink()
    again = crawl.run(report["run_id"], "--map", "source=url", command="remap")
    assert sum(again["fates"].values()) >= 3
    assert len(crawl.documents_by_id()) == 3
    assert all((crawl.home / d.raw.path).exists() for d in crawl.documents_by_id().values())


def test_the_library_writes_nothing_on_the_terminal(tmp_path: Path) -> None:
    """An address with a space made warcio's own warning stand in the report of an import."""
    page = b"<html><body><article><p>Words of a page.</p></article></body></html>"
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page
    head = (
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
        b"WARC-Target-URI: https://site.example/a page\r\nWARC-Date: 2024-01-01T00:00:00Z\r\n"
        b"Content-Type: application/http; msgtype=response\r\n"
    )
    (tmp_path / "a.warc").write_bytes(
        head + b"Content-Length: %d\r\n\r\n" % len(answer) + answer + b"\r\n\r\n"
    )
    tocsin = [sys.executable, "-m", "tocsin", "--home", str(tmp_path / "home"), "import"]
    done = subprocess.run(
        [*tocsin, str(tmp_path / "a.warc")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
