"""A web server in the shape of each chat: its paths, its JSON, what it would show to people.

Written from the services' documentation: Slack "Sending messages using incoming webhooks", Teams
"Post a message when a webhook request is received" with Adaptive Cards, Mattermost "Incoming
webhooks", Matrix "Client-Server API" (login, join, send), ntfy "Publish as JSON".
"""

from __future__ import annotations

import html
import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from lxml import etree
from markdown_it import MarkdownIt

LOST, HANGS, CUT = "lost", "hangs", "cut"
"""Taken, but the answer never comes; never taken and no answer; the connection is closed."""


@dataclass
class Shown:
    """What a person sees of a message: lines of text, and the links with what they say."""

    title: str
    text: str
    links: list[tuple[str, str]]
    calls: list[str] = field(default_factory=list)


class Refused(Exception):
    """What the service answers where a message is not as its documentation wants it."""


@dataclass
class Chat:
    """A server: ``fault`` is a status, `LOST`, `HANGS`, `CUT` or nothing."""

    service: str
    port: int = 0
    fault: int | str | None = None
    shown: list[Shown] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    asked: int = 0
    hold: float = 1.5
    before: Callable[[], None] | None = None
    transactions: set[str] = field(default_factory=set)

    @property
    def address(self) -> str:
        """The address of the channel, as docs/monitors.md writes it."""
        own = f"127.0.0.1:{self.port}"
        return {
            "slack": "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7",
            "teams": f"workflows://{own}/643e69f1c2e14ee8/aBc-d_eF12345678?verify=no",
            "mattermost": f"mmost://{own}/3ccdd113474722377935511fc85d3dd4",
            "matrix": f"matrix://s3cret-token@{own}/!room:localhost",
            "matrix-password": f"matrix://tocsin:s3cret-word@{own}/#alerts",
            "ntfy": f"ntfy://{own}/alarm",
        }[self.service]

    def post(self, method: str, path: str, headers: Any, body: bytes) -> tuple[int, str, Any]:
        """Status, media type and body of the answer."""
        place = urlsplit(path)
        kind = self.service.partition("-")[0]
        return getattr(self, f"_{kind}")(method, place, headers, json.loads(body or b"null"))

    def _keep(self, shown: Shown, body: Any) -> None:
        self.shown.append(shown)
        self.bodies.append(json.dumps(body, ensure_ascii=False))

    def _slack(self, method: str, place: Any, headers: Any, body: Any) -> tuple[int, str, Any]:
        if method != "POST" or not re.fullmatch(r"/services/T\w+/[AB]\w+/\w+", place.path):
            return 404, "text/plain", "no_service"
        told = [one for one in body.get("attachments", []) if one.get("text")]
        if not told and not body.get("text"):
            return 400, "text/plain", "no_text"
        title = html.unescape(told[0]["title"])
        self._keep(_of_slack(title, told[0]["text"], told[0]["title"]), body)
        return 200, "text/plain", "ok"

    def _teams(self, method: str, place: Any, headers: Any, body: Any) -> tuple[int, str, Any]:
        asked = parse_qs(place.query)
        if not re.fullmatch(r"/workflows/\w+/triggers/manual/paths/invoke", place.path):
            return 404, "application/json", {"error": {"code": "WorkflowNotFound"}}
        if method != "POST" or not asked.keys() >= {"api-version", "sp", "sv", "sig"}:
            return 401, "application/json", {"error": {"code": "AuthorizationFailed"}}
        (card,) = body["attachments"]
        if card["contentType"] != "application/vnd.microsoft.card.adaptive":
            return 400, "application/json", {"error": {"code": "BadRequest"}}
        if len(json.dumps(body)) > 28_000:
            return 413, "application/json", {}
        blocks = card["content"]["body"]
        if not all(one["type"] == "TextBlock" and one.get("wrap") for one in blocks):
            raise Refused("a picture, or a text that is cut at the end of the line")
        whole = "\n\n".join(one["text"] for one in blocks)
        shown = _of_markdown(whole, breaks=False)
        shown.calls += re.findall(r"<at>.*?</at>", whole)
        shown.calls += [str(one) for one in card["content"]["msteams"].get("entities", [])]
        self._keep(shown, body)
        return 202, "application/json", ""

    def _mattermost(self, method: str, place: Any, headers: Any, body: Any) -> tuple[int, str, Any]:
        if method != "POST" or not re.fullmatch(r"/hooks/[a-z0-9]+", place.path):
            return 404, "application/json", {"id": "web.incoming_webhook.invalid.app_error"}
        if not body.get("text") or len(body["text"]) > 16_383:
            return 400, "application/json", {"id": "web.incoming_webhook.text.app_error"}
        shown = _of_markdown(body["text"], breaks=True)
        shown.calls += re.findall(r"(?<![\w])@[a-z][\w.-]*", body["text"], re.IGNORECASE)
        self._keep(shown, body)
        return 200, "text/plain", "ok"

    def _matrix(self, method: str, place: Any, headers: Any, body: Any) -> tuple[int, str, Any]:
        path, json_type = unquote(place.path), "application/json"
        if path.startswith("/.well-known/"):
            return 404, json_type, {"errcode": "M_NOT_FOUND"}
        user = {"user_id": "@tocsin:localhost", "device_id": "D1"}
        if path == "/_matrix/client/v3/login" and method == "POST":
            if body["password"] != "s3cret-word":
                return 403, json_type, {"errcode": "M_FORBIDDEN"}
            return 200, json_type, {"access_token": "s3cret-token", **user}
        if headers.get("Authorization") != "Bearer s3cret-token":
            return 401, json_type, {"errcode": "M_UNKNOWN_TOKEN"}
        if path == "/_matrix/client/v3/account/whoami":
            return 200, json_type, user
        if re.fullmatch(r"/_matrix/client/v3/join/[!#][a-z]+:localhost", path):
            return 200, json_type, {"room_id": "!room:localhost"}
        sent = re.fullmatch(
            r"/_matrix/client/v3/rooms/!room:localhost/send/m\.room\.message/(.+)", path
        )
        if sent and method == "PUT":
            if sent[1] not in self.transactions:
                self._keep(_of_matrix(body), body)
            if self.service == "matrix":  # a login is a device with transactions of its own
                self.transactions.add(sent[1])
            return 200, json_type, {"event_id": "$1"}
        return 200, json_type, {}

    def _ntfy(self, method: str, place: Any, headers: Any, body: Any) -> tuple[int, str, Any]:
        if method != "POST" or place.path != "/" or not re.fullmatch(r"[\w-]+", body["topic"]):
            return 400, "application/json", {"code": 40009, "http": 400, "error": "invalid topic"}
        if len(body["message"].encode()) > 4_096:
            return 413, "application/json", {"code": 41301, "http": 413, "error": "too large"}
        text = body["message"]
        links = [(one, one) for one in re.findall(r"https?://\S+", text)]
        pictures = [headers["X-Icon"]] if headers.get("X-Icon") else []
        self._keep(Shown(body["title"], text, links, pictures), body)
        return 200, "application/json", {"id": "x", "event": "message"}


def _of_slack(title: str, text: str, raw_title: str) -> Shown:
    """Slack's mrkdwn: ``<address|words>`` is a link, ``<!here>`` and ``<@U1>`` call people."""
    marks = re.findall(r"<([^>]*)>", text)
    links = [tuple(html.unescape(one).split("|", 1)) for one in marks if one.startswith("http")]
    calls = [one for one in [*marks, *re.findall(r"<([^>]*)>", raw_title)] if one[:1] in "!@#"]
    seen = re.sub(r"<[^>|]*\|([^>]*)>", r"\1", text)
    return Shown(title, html.unescape(re.sub(r"`([^`\n]+)`", r"\1", seen)), links, calls)


def _of_markdown(text: str, *, breaks: bool) -> Shown:
    """CommonMark; in Teams a single end of line is a space, in Mattermost it is kept."""
    made = MarkdownIt("commonmark", {"html": True, "breaks": breaks}).render(text)
    if not breaks:
        made = re.sub(r"(?<!>)\n", " ", made)
    return _of_html(made)


def _of_html(text: str) -> Shown:
    root = etree.HTML(text)
    links = [(one.get("href"), "".join(one.itertext())) for one in root.iter("a")]
    pictures = [str(one.get("src")) for one in root.iter("img", "script", "iframe")]
    for one in root.iter("br", "p", "pre", "li", "h1"):
        one.tail = "\n" + (one.tail or "")
    seen = "".join(root.itertext()).strip()
    title, _, rest = seen.partition("\n")
    return Shown(title, rest.strip(), links, pictures)


def _of_matrix(body: Any) -> Shown:
    """An event: its HTML, and the plain text that other programs show."""
    if body["msgtype"] != "m.text" or body["format"] != "org.matrix.custom.html":
        raise Refused("not a message")
    shown = _of_html(body["formatted_body"])
    plain = body["body"]
    for href, _ in shown.links:
        if href not in plain:
            raise Refused("the plain text has no link")
    if re.search(r"(?m)^#|<\w|&\w+;|\*\*", plain):
        raise Refused(f"marks in the plain text: {plain}")
    shown.calls += re.findall(r"@room|@\w+:\w+", plain) + list(body.get("m.mentions", []))
    return shown


def serve(chat: Chat, certificate: Path | None = None) -> ThreadingHTTPServer:
    """Start a server on loopback, over TLS where there is a certificate; the caller stops it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            chat.asked += 1
            if chat.before is not None:
                chat.before()
            fault = chat.fault
            if fault == HANGS:
                time.sleep(chat.hold)
            if fault in (HANGS, CUT):
                self.close_connection = True
                return
            status, media, told = chat.post(self.command, self.path, self.headers, body)
            if fault == LOST and status < 300 and chat.shown:
                time.sleep(chat.hold)
                self.close_connection = True
                return
            if isinstance(fault, int):
                chat.shown.clear()
                status, media, told = fault, "application/json", {"retry_after_ms": 3_600_000}
            data = (told if isinstance(told, str) else json.dumps(told)).encode()
            self.send_response(status)
            self.send_header("Content-Type", media)
            self.send_header("Content-Length", str(len(data)))
            if status == 429:
                self.send_header("Retry-After", "3600")
            self.end_headers()
            self.wfile.write(data)

        do_PUT = do_GET = do_POST  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    server = Quiet(("127.0.0.1", 0), Handler)
    if certificate is not None:
        import ssl

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    chat.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server


def make_certificate(path: Path) -> Path:
    """A certificate that nobody signed, for 127.0.0.1."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path
