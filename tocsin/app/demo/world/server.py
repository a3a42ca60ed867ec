"""The demo's world on loopback: one small server, and a host name for every site.

The names end in ``.localhost`` (RFC 6761).
"""

from __future__ import annotations

import hashlib
import json
import threading
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from tocsin.app.demo.world.mastodon_api import MastodonApi
from tocsin.app.demo.world.model import AGORA, World
from tocsin.app.demo.world.outlet_sites import OutletSite

HOST = "127.0.0.1"


class Server:
    """Serves a world from a thread of its own: a context manager.

    Args:
        world: what to serve.
        port: 0 takes a free one.

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, world: World, port: int = 0) -> None:
        self._http = _Http((HOST, port), _Handler)
        self.port = int(self._http.server_address[1])
        self.sites = {
            f"{o.host}.localhost": OutletSite(o, world, f"http://{o.host}.localhost:{self.port}")
            for o in world.outlets
        }
        addresses = {
            page.ref: f"{self.sites[f'{page.outlet.host}.localhost'].base}{page.path}"
            for page in world.pages
        }
        self.agora = MastodonApi(world, f"http://{AGORA}:{self.port}", addresses)
        self._http.world = self
        self._thread = threading.Thread(
            target=self._http.serve_forever, name="demo-world", daemon=True
        )

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def sources(self) -> dict[str, str]:
        """Name -> TOML of every source file that crawls this world."""
        common = (
            "allow_private = true\ndelay = 0.0\nmax_pages = 2000\n"
            'lawful_basis = "demonstration: everything here is invented"\n'
        )
        files = {
            "agora": f'name = "agora"\nspider = "mastodon"\nstart = ["{self.agora.base}"]\n{common}'
        }
        for site in self.sites.values():
            spider = "site" if site.outlet.feed == "sitemap" else "feed"
            name = site.outlet.host
            files[name] = (
                f'name = "{name}"\nspider = "{spider}"\nstart = ["{site.start}"]\n{common}'
            )
        return files

    def page(self, host: str, target: str) -> tuple[int, str, bytes, dict[str, str]]:
        """Status, content type, body and headers of an answer."""
        parts = urlsplit(target)
        if host in self.sites:
            answered = self.sites[host].answer(parts.path)
            return (200, answered[0], answered[1].encode(), {}) if answered else _missing()
        if parts.path == "/robots.txt":
            return 200, "text/plain; charset=utf-8", b"User-agent: *\nDisallow:\n", {}
        if parts.path.startswith("/api/v1/"):
            answer = self.agora.answer(parts.path, dict(parse_qsl(parts.query)))
            if answer is None:
                return 404, "application/json; charset=utf-8", b'{"error":"Record not found"}', {}
            return (
                200,
                "application/json; charset=utf-8",
                json.dumps(answer[0], ensure_ascii=False).encode(),
                answer[1],
            )
        if parts.path.startswith("/@") and (
            status := self.agora.status(parts.path.rpartition("/")[2])
        ):
            body = (
                "<!DOCTYPE html><meta charset=utf-8><title>Agora</title>"
                f"<b>@{escape(status.account.name)}</b>{self.agora.content(status)}"
            )
            return 200, "text/html; charset=utf-8", body.encode(), {}
        if parts.path == "/":
            return 200, "text/html; charset=utf-8", self._front().encode(), {}
        return _missing()

    def _front(self) -> str:
        rows = "".join(
            f'<li><a href="{site.base}/">{escape(site.outlet.name)}</a></li>'
            for site in self.sites.values()
        )
        return (
            "<!DOCTYPE html><meta charset=utf-8><title>The valley</title>"
            f"<h1>The valley of the Ondrelle</h1><ul>{rows}</ul>"
        )


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128
    world: Server


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "valley"
    sys_version = ""
    server: _Http
    timeout: ClassVar[int] = 30
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        host = (self.headers.get("Host") or "").rpartition(":")[0] or self.headers.get("Host") or ""
        status, kind, body, headers = self.server.world.page(host.lower(), self.path)
        tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        if status == 200 and self.headers.get("If-None-Match") == tag:
            status, body = 304, b""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", tag)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """The demo's server keeps no log."""


def _missing() -> tuple[int, str, bytes, dict[str, str]]:
    return 404, "text/plain; charset=utf-8", b"There is no such page in the valley.\n", {}
