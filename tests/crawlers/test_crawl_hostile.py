"""What the web may throw at a crawler, in one crawl: everything is counted, said in a sentence,
and costs nothing else.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

TEXT = (
    "The harbour was quiet that morning and nobody expected that the ferry would be late by a "
    "whole day."
)


def _one(warnings: list[str], *words: str) -> str:
    found = [w for w in warnings if all(word in w for word in words)]
    assert found, "\n".join([str(words), *warnings])
    return found[0]


def test_hostile_and_broken_answers(web: Any, crawl: Any, rss: Any, packed: Any) -> None:
    good = web.url("/good.html")
    web.article("/good.html", "Good", TEXT)
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    item = f"<item><title>&l9;</title><link>{good}</link></item>"
    web.put(
        "/laughs.xml",
        f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "ha">{laughs}]><rss version="2.0">'
        f"<channel>{item}</channel></rss>",
        "text/xml",
    )
    outside = (
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname"><!ENTITY y SYSTEM '
        '"http://127.0.0.1:9/y">]>'
    )
    web.put(
        "/outside.xml",
        f'{outside}<rss version="2.0"><channel><item><title>&x;</title><description>before &x; '
        f"after &y;</description></item></channel></rss>",
        "text/xml",
    )
    web.put(
        "/page.xml",
        "<!doctype html><html><head><title>Not a feed</title></head><body>Hello</body></html>",
        "text/html",
    )
    web.put(
        "/points.html",
        f'<html><head><link rel="alternate" type="application/rss+xml" '
        f'href="{web.url("/real.xml")}"></head></html>',
        "text/html",
    )
    web.put("/real.xml", rss(("Real", "", "A real entry."), title="Real"), "application/rss+xml")
    whole = rss(*[(f"Torn {n}", "", f"Entry number {n} of many.") for n in range(9)])
    web.put("/torn.xml", whole[: whole.index("Torn 6")], "text/xml")
    web.put("/empty.xml", b"", "text/xml")
    web.put("/junk.xml", bytes(range(256)) * 20, "application/rss+xml")
    web.put(
        "/wrong.xml",
        rss(("Füße und Œuvres", "", "Straße: déjà vu.")).encode(),
        "text/xml; charset=iso-8859-1",
    )
    web.put("/bomb.xml", zlib.compress(b" " * 60_000_000), "text/xml", Content_Encoding="deflate")
    web.put("/big.xml", b"<rss>" + b"x" * 3_000_000, "text/xml")
    web.put("/bomb.xml.gz", packed(b"<urlset>" + b" " * 60_000_000), "application/gzip")
    web.put("/deep.html", "<div>" * 60_000 + TEXT, "text/html")
    redirects = {
        "/loop1": "/loop2",
        "/loop2": "/loop1",
        "/odd": "http://2130706433/",
        "/odd2": "http://0x7f.1/",
        "/user": "http://me:secret@127.0.0.1/",
        "/script": "javascript:alert(1)",
        "/file": "file:///etc/passwd",
    }
    for path, to in redirects.items():
        web.redirect(path, to)
    pages = [
        "/loop1",
        "/odd",
        "/odd2",
        "/user",
        "/script",
        "/file",
        "/deep.html",
        "/500",
        "/binary",
        "/notmodified",
    ]
    web.pages["/500"] = lambda _: (500, {}, b"oops")
    web.put("/binary", b"\x00\x01" * 500, "application/octet-stream")
    web.pages["/notmodified"] = lambda _: (304, {}, b"")
    web.put(
        "/links.xml", rss(*[(path, web.url(path), "") for path in pages]), "application/rss+xml"
    )
    for name in (
        "laughs",
        "outside",
        "page",
        "points",
        "torn",
        "empty",
        "junk",
        "wrong",
        "bomb",
        "big",
        "links",
    ):
        url = web.url("/points.html" if name == "points" else f"/{name}.xml")
        crawl.source(name, "feed", url, max_bytes=2_000_000)
    crawl.source("gz", "site", web.url("/bomb.xml.gz"), max_bytes=2_000_000)
    crawl.source("nobody", "feed", "http://127.0.0.1:9/feed.xml")
    started = time.monotonic()
    report = crawl.run()
    assert time.monotonic() - started < 60
    assert report["status"] == "done"
    assert sum(report["fates"].values()) == report["seen"]
    warnings = report["warnings"]
    _one(warnings, "laughs:", "entities that could do harm")
    _one(warnings, "outside:", "entities that could do harm")
    _one(warnings, "page:", "is a web page, not a feed")
    _one(warnings, "points:", "/real.xml", "put that into start")
    _one(warnings, "torn:", "not well formed")
    _one(warnings, "empty:", "is empty")
    _one(warnings, "junk:", "is not a feed")
    _one(warnings, "bomb:", "larger than max_bytes")
    _one(warnings, "big:", "larger than max_bytes")
    _one(warnings, "gz:", "unpacks to more than")
    _one(warnings, "nobody:", "connection refused")
    _one(warnings, "/loop1", "redirects for ever")
    assert (
        sum(
            "odd number" in w or "user name or password" in w or "not a web address" in w
            for w in warnings
        )
        == 3
    )
    _one(warnings, "/500", "answered 500")
    _one(warnings, "links: and 1 more addresses refused by the guard")
    assert all("secret" not in w for w in warnings)
    found = crawl.documents()
    texts = {document.title: document.text for document in found.values()}
    assert texts["Füße und Œuvres"] == "Straße: déjà vu."
    assert {f"Torn {n}" for n in range(5)} <= set(texts)
    assert "Good" in texts
    assert texts["Real"] == "A real entry."
    whole_text = " ".join(f"{d.title} {d.text}" for d in found.values())
    assert "ha" * 100 not in whole_text
    assert "root:" not in whole_text


def test_a_source_that_may_not_reach_private_addresses_reaches_none(
    web: Any, crawl: Any, rss: Any, sitemap: Any
) -> None:
    web.article("/secret.html", "Secret", TEXT)
    web.put("/feed.xml", rss(("Secret", web.url("/secret.html"), "")), "application/rss+xml")
    for name, start in {
        "loopback": web.url("/feed.xml"), "name": f"http://localhost:{web.port}/feed.xml",
        "mapped": f"http://[::ffff:127.0.0.1]:{web.port}/",
        "short": f"http://127.1:{web.port}/",
        "metadata": "http://169.254.169.254/latest/meta-data/",
        "sub": f"http://news.localhost:{web.port}/feed.xml",
    }.items():  # fmt: skip
        crawl.source(name, "feed", start, allow_private=None)
    crawl.source("allowed", "feed", web.url("/feed.xml"))
    report = crawl.run("loopback", "name", "mapped", "short", "metadata", "sub")
    assert report["fates"] == {"refused": 6}
    assert web.asked == [], "not even robots.txt was asked for"
    assert any(
        "is a loopback address and was not asked; if it is your own, set allow_private = true" in w
        for w in report["warnings"]
    )
    both = crawl.run("allowed", "loopback")
    assert both["fates"] == {"created": 1, "refused": 1}


def _certificate(folder: Path) -> ssl.SSLContext:
    """A certificate for localhost that nobody signed."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(
        name,
        name,
        key.public_key(),
        x509.random_serial_number(),
        now - timedelta(days=1),
        now + timedelta(days=1),
    )
    made = made.add_extension(
        x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False
    )
    pem = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    pem += key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "cert.pem").write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem")
    return context


def test_certificates_that_nobody_signed_and_servers_that_speak_no_http(
    crawl: Any, tmp_path: Path
) -> None:
    tls, raw = socket.create_server(("127.0.0.1", 0)), socket.create_server(("127.0.0.1", 0))
    context = _certificate(tmp_path)

    def shake(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True):
            pass

    def babble(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.recv(1000)
            connection.sendall(b"220 mail.example ESMTP\r\n" * 3)

    for server, answer in ((tls, shake), (raw, babble)):
        threading.Thread(target=_serve, args=(server, answer), daemon=True).start()
    crawl.source("tls", "feed", f"https://localhost:{tls.getsockname()[1]}/")
    crawl.source("mail", "feed", f"http://localhost:{raw.getsockname()[1]}/")
    report = crawl.run()
    tls.close()
    raw.close()
    assert report["fates"] == {"failed": 2}
    _one(report["warnings"], "tls:", "its certificate is not valid")
    _one(report["warnings"], "mail:", "is not HTTP")


def _serve(server: socket.socket, answer: Callable[[socket.socket], None]) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = server.accept()
            answer(connection)
            connection.close()


def test_source_files_are_strict(crawl: Any, web: Any) -> None:
    crawl.source("one", "feed", web.url("/x"), folow=False)
    assert "unknown key folow; did you mean follow?" in crawl.run(code=2)["stderr"]
    crawl.source("one", "fead", web.url("/x"))
    assert "did you mean feed?" in crawl.run(code=2)["stderr"]
    crawl.source("one", "feed", web.url("/x"), delay=-1)
    assert "key delay" in crawl.run(code=2)["stderr"]
    crawl.source("one", "feed", "ftp://x/y")
    assert "not an http or https address" in crawl.run(code=2)["stderr"]
    crawl.source("one", "feed", web.url("/x"), max_pages="many")
    assert "key max_pages" in crawl.run(code=2)["stderr"]
    (crawl.home / "sources" / "one.toml").write_text("name = ", encoding="utf-8")
    assert "not valid TOML" in crawl.run(code=2)["stderr"]
    crawl.source("one", "feed", web.url("/x"))
    assert "did you mean one?" in crawl.run("onne", code=2)["stderr"]
    (crawl.home / "sources" / "one.toml").unlink()
    empty = crawl.run()
    assert empty["seen"] == 0
    assert "no sources are configured" in empty["warnings"][0]
