"""A proxy in front of the real server that breaks things on purpose."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest


class Proxy:
    """Forwards to a real Elasticsearch. ``fault(path, body)`` may name one of the faults for a
    request.

    away: 503 without asking the server. cut: the answer ends in the middle. deaf: the connection is
    closed without an answer after the server did its work. busy: a third of a bulk's items are
    answered 429 and never reach the server.
    lost: a third of a bulk's items are answered 503 although the server wrote them.
    partial: a search says that a shard failed.
    """

    def __init__(self, upstream: str) -> None:
        self.upstream = urlsplit(upstream).netloc
        self.fault: Callable[[str, bytes], str] = lambda path, body: ""
        self.counted: dict[str, int] = {}
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                proxy.answer(self, body)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = serve  # noqa: N815

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        path = urlsplit(handler.path).path
        fault = self.fault(path, body)
        self.counted[fault] = self.counted.get(fault, 0) + 1
        kind = "application/vnd.elasticsearch+json;compatible-with=8"
        if fault == "away":
            self.give(handler, 503, b'{"error":{"type":"unavailable"},"status":503}', kind)
            return
        busy: list[int] = []
        if fault == "busy":
            body, busy = _without_a_third(body)
        if fault == "busy" and not body:
            status, data = 200, b'{"errors":false,"items":[]}'
        else:
            status, data = self.ask(handler, body)
        if fault == "busy":
            data = _with_refusals(data, busy)
        if fault == "lost":
            data = _with_losses(data)
        if fault == "partial":
            found = json.loads(data)
            found["_shards"] = {
                "total": 2,
                "successful": 1,
                "failed": 1,
                "failures": [{"reason": {"type": "node_closed"}}],
            }
            data = json.dumps(found).encode()
        if fault == "deaf":
            handler.close_connection = True
            return
        self.give(handler, status, data, kind, cut=fault == "cut")

    def ask(self, handler: BaseHTTPRequestHandler, body: bytes) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self.upstream, timeout=60)
        headers = {
            k: v
            for k, v in handler.headers.items()
            if k.lower() not in ("host", "content-length", "accept-encoding")
        }
        try:
            connection.request(handler.command, handler.path, body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except OSError:
            return 503, b'{"error":{"type":"unavailable"},"status":503}'
        finally:
            connection.close()

    def give(
        self,
        handler: BaseHTTPRequestHandler,
        status: int,
        data: bytes,
        kind: str,
        *,
        cut: bool = False,
    ) -> None:
        handler.send_response(status)
        handler.send_header("X-Elastic-Product", "Elasticsearch")
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(data[: len(data) // 2] if cut else data)
        if cut:
            handler.wfile.flush()
            handler.close_connection = True

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def _without_a_third(body: bytes) -> tuple[bytes, list[int]]:
    lines, kept, busy, item, at = body.rstrip(b"\n").split(b"\n"), [], [], 0, 0
    while at < len(lines):
        length = 1 if b'"delete"' in lines[at][:12] else 2
        if item % 3 == 1:
            busy.append(item)
        else:
            kept += lines[at : at + length]
        at, item = at + length, item + 1
    return (b"\n".join(kept) + b"\n" if kept else b""), busy


def _with_refusals(data: bytes, busy: list[int]) -> bytes:
    found = json.loads(data)
    for item in busy:
        refusal = {
            "status": 429,
            "error": {
                "type": "es_rejected_execution_exception",
                "reason": "rejected execution of primary operation",
            },
        }
        found["items"].insert(item, {"create": refusal})
    return json.dumps({**found, "errors": True}).encode()


def _with_losses(data: bytes) -> bytes:
    found = json.loads(data)
    for item in found.get("items", [])[::3]:
        for op in item:
            gone = {"type": "unavailable_shards_exception", "reason": "primary shard is not active"}
            item[op] = {"status": 503, "error": gone}
    return json.dumps({**found, "errors": True}).encode()


@pytest.fixture
def proxy(elastic: str) -> Iterator[Proxy]:
    """A proxy in front of the session's server."""
    made = Proxy(elastic)
    yield made
    made.close()
