"""A workspace with posts that rise now, a real mail server and a real web server on loopback."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from click.testing import CliRunner, Result

from index.connect import open_index
from tocsin.app.cli import cli
from tocsin.core.documents import Author, Document, content_hash
from tocsin.core.workspace import Workspace

HOSTILE = "<script>alert(1)</script>\r\nBcc: all@victim.example\u202e <!channel> =1+1"


def post(name: str, at: datetime, text: str, author: str = "x:ann_lee") -> Document:
    return Document(
        id=f"x:{name}", platform="x", source="test", lang="en", text=text, published_at=at,
        collected_at=at, content_hash=content_hash(None, text), metrics={"likes": 5},
        author=Author(id=author, handle=author.partition(":")[2], name="Ann Lee-Valmont"),
    )  # fmt: skip


@dataclass
class World:
    """A workspace whose posts rise in the last whole hour."""

    home: Path

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.home)

    def settings(self, text: str) -> None:
        (self.home / "tocsin.toml").write_text(text, encoding="utf-8")

    def monitor(self, name: str, text: str) -> None:
        (self.home / "monitors").mkdir(exist_ok=True)
        (self.home / "monitors" / f"{name}.toml").write_text(text, encoding="utf-8")

    def put(self, *posts: Document) -> None:
        index = open_index(self.workspace)
        try:
            index.put(posts)
            index.refresh()
        finally:
            index.close()

    def rise(self, hours_ago: int = 0, text: str = HOSTILE, posts: int = 40) -> None:
        """Many posts of water in the last whole hour, or so many hours before."""
        hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        start = hour - timedelta(hours=1 + hours_ago)
        self.put(
            *(
                post(f"rise{hours_ago}-{n}", start + timedelta(minutes=n), f"water {text} {n}")
                for n in range(posts)
            )
        )

    def call(self, *arguments: str) -> Result:
        """The command line; its answer is checked to be no traceback."""
        result = CliRunner().invoke(
            cli, ["--home", str(self.home), *arguments], standalone_mode=False
        )
        assert "Traceback" not in result.output
        return result

    def json(self, *arguments: str) -> Any:
        result = self.call("--json", *arguments)
        if result.exception is not None:
            raise result.exception
        return json.loads(result.stdout)


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "home")
    made.home.mkdir()
    made.settings("")
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    made.put(
        *(
            post(
                f"quiet{hour}-{n}", now - timedelta(hours=hour, minutes=n + 1), f"water {hour} {n}"
            )
            for hour in range(2, 12 * 24)
            for n in range(2)
        )
    )
    return made


@dataclass
class Mails:
    """What a mail server was given."""

    port: int = 0
    mails: list[Any] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    refuse: bool = False

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refuse:
            return "451 try later"
        import email.policy
        from email import message_from_bytes

        self.mails.append(message_from_bytes(envelope.content, policy=email.policy.default))
        self.recipients.append(envelope.rcpt_tos)
        return "250 OK"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def mails() -> Iterator[Mails]:
    got = Mails()
    controller = Controller(got, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        got.port = controller.port
        yield got
    finally:
        controller.stop()


@dataclass
class Requests:
    """What a web server was sent; it answers with ``status``."""

    port: int = 0
    status: int = 200
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def hooks() -> Iterator[Requests]:
    got = Requests()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            got.got.append((self.path, dict(self.headers), body))
            self.send_response(got.status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_PUT = do_POST  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    got.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield got
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def channels(world: World, mails: Mails, hooks: Requests) -> Callable[..., None]:
    """Writes settings with both servers; ``more`` is added to ``[alerts]``."""

    def write(more: str = "", privacy: bool = True) -> None:
        world.settings(
            f"[privacy]\npseudonymise = {str(privacy).lower()}\n"
            "[alerts]\nallow_private = true\nsmtp_host = '127.0.0.1'\nsmtp_security = 'none'\n"
            f"smtp_port = {mails.port}\nmail_from = 'Tocsin <tocsin@paper.example>'\n"
            f"webhook_secret = 's3cret-key'\n{more}\n"
            "[alerts.channels]\ndesk = 'mailto:desk@paper.example'\n"
            f"hook = 'webhook:http://127.0.0.1:{hooks.port}/in?token=t0psecret'\n"
            f"chat = 'mmost://127.0.0.1:{hooks.port}/3ccdd113474722377935511fc85d3dd4'\n"
            f"push = 'ntfy://127.0.0.1:{hooks.port}/alarm'\n"
        )

    return write


WATER = """
name = "water"
title = "Water & <b>power</b>"
query = "water"
channels = ["desk", "hook"]
[[rules]]
kind = "volume"
"""


@pytest.fixture
def switched_on(world: World, channels: Callable[..., None]) -> World:
    """The monitor of water, switched on some hours ago."""
    channels()
    switch_on(world)
    return world


def switch_on(world: World, text: str = WATER, name: str = "water") -> None:
    """Switch a monitor on, as if that had been two days ago."""
    import sqlite3

    world.monitor(name, text)
    assert world.json("monitor", "enable", name) == {"enabled": [name]}
    before = (datetime.now(UTC) - timedelta(days=2)).isoformat()
    with sqlite3.connect(world.home / "alerts.sqlite") as db:
        db.execute("update monitors set enabled_at = ?, checked_until = ?", (before, before))
    db.close()
