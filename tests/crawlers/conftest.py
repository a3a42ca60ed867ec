"""A web of our own on loopback, and crawls as a person starts them: `tocsin crawl` in a process of
its own.
"""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Web:
    """A loopback server: paths and what they answer, and a log of ``(path, status, headers asked
    with)``.
    """

    port: int = 0
    pages: dict[str, Callable[[BaseHTTPRequestHandler], Answer]] = field(default_factory=dict)
    asked: list[tuple[str, int, dict[str, str]]] = field(default_factory=list)

    def url(self, path: str = "") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def put(
        self,
        path: str,
        body: str | bytes,
        kind: str = "text/html; charset=utf-8",
        *,
        validator: str = "",
        status: int = 200,
        **headers: str,
    ) -> None:
        """Serve bytes.

        ``validator`` is an ETag (``"x"``) or a Last-Modified date, answered with 304.
        """
        data = body.encode() if isinstance(body, str) else body
        name, ask = (
            ("ETag", "If-None-Match")
            if validator.startswith(('"', "W/"))
            else ("Last-Modified", "If-Modified-Since")
        )

        def answer(request: BaseHTTPRequestHandler) -> Answer:
            extra = {key.replace("_", "-"): value for key, value in headers.items()} | (
                {name: validator} if validator else {}
            )
            if validator and request.headers.get(ask) == validator:
                return 304, extra, b""
            return status, {"Content-Type": kind} | extra, data

        self.pages[path] = answer

    def redirect(self, path: str, to: str, status: int = 302) -> None:
        self.pages[path] = lambda _: (status, {"Location": to}, b"")

    def article(
        self,
        path: str,
        title: str,
        text: str,
        *,
        links: tuple[str, ...] = (),
        lang: str = "en",
        head: str = "",
        **options: Any,
    ) -> None:
        """A page with an article of some paragraphs."""
        anchors = "".join(
            f'<p><a href="{link}">More on this matter over there: {link}</a></p>' for link in links
        )
        paragraphs = "".join(
            f"<p>{text} Paragraph {n} goes on for long enough to count as an article and not as a "
            f"caption.</p>"
            for n in range(5)
        )
        self.put(
            path,
            f'<!doctype html><html lang="{lang}"><head><title>{title}</title>{head}</head><body>'
            f"<article><h1>{title}</h1>{paragraphs}"
            f"</article><nav>{anchors}</nav></body></html>",
            **options,
        )

    def fetched(self, status: int | None = 200) -> list[str]:
        """Paths in the order they were asked for, robots.txt left out."""
        return [
            path
            for path, code, _ in self.asked
            if (status is None or code == status) and path != "/robots.txt"
        ]


@pytest.fixture
def web() -> Iterator[Web]:
    """A fresh web; `web.put` and the like fill it."""
    made = Web()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            find = (
                made.pages.get(self.path)
                or made.pages.get(self.path.partition("?")[0])
                or made.pages.get("*")
            )
            status, headers, body = (
                find(self) if find else (404, {"Content-Type": "text/plain"}, b"nothing here")
            )
            made.asked.append((self.path, status, dict(self.headers)))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers and "Transfer-Encoding" not in headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                self.close_connection = True
            if headers.get("Connection") == "close":
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """Crawlers hang up on answers that are too long."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join(5)


@dataclass
class Crawl:
    """A workspace, its source files and its crawls."""

    home: Path
    terminal: Callable[..., tuple[int, str, str]]
    installed: Path | None = None

    def install(self, package: str, code: str, family: str, **points: str) -> None:
        """Install a package with plug-ins, as pip does; commands then run in a process that sees
        it.
        """
        self.installed = self.home.parent / "site"
        info = self.installed / f"{package}-1.0.dist-info"
        info.mkdir(parents=True)
        (self.installed / f"{package}.py").write_text(code, encoding="utf-8")
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = [f"[tocsin.{family}]", *(f"{name} = {where}" for name, where in points.items())]
        (info / "entry_points.txt").write_text("\n".join(lines) + "\n")

    def source(self, name: str, spider: str, *start: str, **keys: Any) -> None:
        """Write a source file; private addresses are allowed and the delay is 0 unless said
        otherwise.
        """
        values: dict[str, Any] = {
            "name": name,
            "spider": spider,
            "start": list(start),
            "allow_private": True,
            "delay": 0.0,
        } | keys
        folder = self.home / "sources"
        folder.mkdir(parents=True, exist_ok=True)
        text = "".join(
            f"{key} = {json.dumps(value)}\n" for key, value in values.items() if value is not None
        )
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")

    def start(self, *arguments: str, command: str = "crawl") -> subprocess.Popen[str]:
        """Start a command in a process of its own, to be killed or stopped."""
        call = [
            sys.executable,
            "-c",
            "from tocsin.app.cli import main; main()",
            "--home",
            str(self.home),
            "--json",
            command,
            *arguments,
        ]
        return subprocess.Popen(
            call,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=_environment(self.installed),
        )

    def run(self, *arguments: str, command: str = "crawl", code: int = 0) -> dict[str, Any]:
        """Run a command to its end and give its JSON; stderr must be free of tracebacks and
        warnings.
        """
        if self.installed is None:
            call = ("--home", str(self.home), "--json", command, *arguments)
            returned, out, err = self.terminal(*call)
        else:
            process = self.start(*arguments, command=command)
            out, err = process.communicate(timeout=120)
            returned = process.returncode
        assert returned == code, out + err
        assert "Traceback" not in err, err
        assert "Warning" not in err, err
        return (
            json.loads(out) | ({"stderr": err} if err else {}) if out.strip() else {"stderr": err}
        )

    def documents(self) -> dict[str, Any]:
        """What is in the index, by address, else id."""
        return {
            document.url or document.id: document for document in self.documents_by_id().values()
        }

    def documents_by_id(self) -> dict[str, Any]:
        """What is in the index."""
        from index.connect import open_index
        from tocsin.core.workspace import Workspace

        index = open_index(Workspace(self.home, {"privacy": {"pseudonymise": False}}))
        try:
            found = index.search("", size=5000).documents
        finally:
            index.close()
        return {document.id: document for document in found}

    def stop(
        self, process: subprocess.Popen[str], number: int = signal.SIGTERM
    ) -> tuple[int, str, str]:
        """Send a signal and wait for the end."""
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err


_TERMINAL = """
import contextlib, io, json, logging, sys
if __name__ == "__main__":
    from tocsin.app.cli import _main
    for line in sys.stdin:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = _main(json.loads(line))
        logging.getLogger().handlers.clear()
        print(json.dumps([code, out.getvalue(), err.getvalue()]), flush=True)
"""


def _environment(installed: Path | None = None) -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[2])
    return os.environ | {
        "TOCSIN_PRIVACY__PSEUDONYMISE": "false",
        "PYTHONPATH": root if installed is None else f"{root}{os.pathsep}{installed}",
        "PYTHONWARNINGS": "default",
    }


@pytest.fixture(scope="session")
def terminal(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[..., tuple[int, str, str]]]:
    """One process that runs command after command, as `tocsin run --every` does: libraries are
    imported once for all tests.
    """
    script = tmp_path_factory.mktemp("terminal") / "terminal.py"
    script.write_text(_TERMINAL, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=_environment(),
    )

    def run(*arguments: str) -> tuple[int, str, str]:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(arguments) + "\n")
        process.stdin.flush()
        code, out, err = json.loads(process.stdout.readline())
        return code, out, err

    yield run
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(30) == 0
    assert process.stdout is not None
    process.stdout.close()


@pytest.fixture
def crawl(tmp_path: Path, terminal: Callable[..., tuple[int, str, str]]) -> Crawl:
    """A fresh workspace to crawl into."""
    return Crawl(tmp_path / "home", terminal)


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], None]:
    """Wait until something holds."""

    def wait(holds: Callable[[], bool], seconds: float = 60.0) -> None:
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.02)

    return wait


@pytest.fixture
def rss() -> Callable[..., str]:
    """Write an RSS feed of ``(title, link, text)``."""

    def write(*items: tuple[str, str, str], title: str = "Feed") -> str:
        body = "".join(
            f"<item><title>{t}</title><link>{link}</link><guid isPermaLink='false'>"
            f"{link or t}</guid><description>{text}</description>"
            "<pubDate>Mon, 02 Mar 2026 10:00:00 GMT</pubDate></item>"
            for t, link, text in items
        )
        head = f"<title>{title}</title><language>en</language>"
        channel = f"<channel>{head}{body}</channel>"
        return f'<?xml version="1.0"?><rss version="2.0">{channel}</rss>'

    return write


@pytest.fixture
def sitemap() -> Callable[..., str]:
    """Write a sitemap of ``(address, lastmod or "")``."""

    def write(*pages: tuple[str, str], index: bool = False) -> str:
        outer, inner = ("sitemapindex", "sitemap") if index else ("urlset", "url")
        body = "".join(
            f"<{inner}><loc>{url}</loc>{f'<lastmod>{mod}</lastmod>' if mod else ''}</{inner}>"
            for url, mod in pages
        )
        return f'<?xml version="1.0"?><{outer} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{body}</{outer}>'

    return write


@pytest.fixture
def packed() -> Callable[[bytes], bytes]:
    """Pack with gzip."""
    return lambda data: gzip.compress(data, mtime=0)


@dataclass
class Toots:
    """A Mastodon-shaped server on a `Web`: timelines that page by the Link header, newest first."""

    web: Web
    statuses: list[dict[str, Any]] = field(default_factory=list)
    page: int = 40
    limit: int | None = None

    def status(
        self, number: int, acct: str = "ada", content: str = "", **more: Any
    ) -> dict[str, Any]:
        return {
            "id": str(number),
            "created_at": f"2026-03-02T10:{number // 60 % 60:02d}:{number % 60:02d}.000Z",
            "visibility": "public", "language": "en",
            "uri": self.web.url(f"/users/{acct}/statuses/{number}"),
            "url": self.web.url(f"/@{acct}/{number}"),
            "content": content or f"<p>Post number {number}</p>",
            "favourites_count": number, "reblogs_count": 1, "replies_count": 0,
            "in_reply_to_id": None, "reblog": None, "spoiler_text": "",
            "account": {"id": f"9{len(acct)}", "username": acct.partition("@")[0], "acct": acct,
                "display_name": acct.title(), "followers_count": 10,
                        "created_at": "2020-01-01T00:00:00.000Z",
                        "note": "<p>Writes <b>things</b></p>"},
            "media_attachments": [], "mentions": [], "tags": [],
        } | more  # fmt: skip

    def add(self, *numbers: int, **more: Any) -> None:
        self.statuses += [self.status(number, **more) for number in numbers]

    def serve(self) -> None:
        """Answer on the web."""
        self.web.pages["/api/v1/timelines/public"] = lambda request: self.timeline(
            request, self.statuses
        )
        self.web.pages["*"] = self.other

    def other(self, request: BaseHTTPRequestHandler) -> Answer:
        path = request.path.partition("?")[0]
        if path.startswith("/api/v1/timelines/tag/"):
            tag = path.rpartition("/")[2]
            return self.timeline(
                request, [s for s in self.statuses if tag in {t["name"].lower() for t in s["tags"]}]
            )
        if path == "/api/v1/accounts/lookup":
            acct = request.path.partition("acct=")[2]
            found = next(
                (s["account"] for s in self.statuses if s["account"]["acct"] == acct), None
            )
            return (
                (200, {}, json.dumps(found).encode())
                if found
                else (404, {}, b'{"error":"Record not found"}')
            )
        if path.startswith("/api/v1/accounts/"):
            return self.timeline(
                request, [s for s in self.statuses if s["account"]["id"] == path.split("/")[4]]
            )
        return 404, {}, b"{}"

    def timeline(self, request: BaseHTTPRequestHandler, statuses: list[dict[str, Any]]) -> Answer:
        from urllib.parse import parse_qs, urlsplit

        asked = {key: values[0] for key, values in parse_qs(urlsplit(request.path).query).items()}
        below, above = int(asked.get("max_id", 10**18)), int(asked.get("since_id", 0))
        found = sorted(
            (s for s in statuses if above < int(s["id"]) < below), key=lambda s: -int(s["id"])
        )
        page, rest = found[: self.page], found[self.page :]
        headers = {"Content-Type": "application/json"}
        if rest:
            since = f"&since_id={above}" if above else ""
            path = request.path.partition("?")[0]
            headers["Link"] = (
                f'<{self.web.url(path)}?limit=40&max_id={page[-1]["id"]}{since}>; rel="next", '
                f'<{self.web.url(path)}?min_id={page[0]["id"]}>; rel="prev"'
            )
        return 200, headers, json.dumps(page).encode()


@pytest.fixture
def toots(web: Web) -> Toots:
    """A Mastodon-shaped server."""
    made = Toots(web)
    made.serve()
    return made
