"""Alerts arrive in each chat once, readable and with their link; what fails comes later, once.

Real servers on loopback in the shape of each service. The channels' addresses are those of
docs/monitors.md; only Slack's host cannot be chosen, so that its address alone is patched.
"""

from __future__ import annotations

import html
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from apprise.plugins.slack import NotifySlack

from tests.dashboard.pages import text, visitor
from tests.monitors.chats import CUT, HANGS, LOST, Chat, make_certificate, serve
from tests.monitors.conftest import WATER, World, switch_on
from tests.monitors.test_delivery import due_now

SERVICES = ("slack", "teams", "mattermost", "matrix", "matrix-password", "ntfy")
EVIL = (
    "@everyone @channel <!channel> <!here> @room <at>boss</at> [win](https://evil.example/x) "
    "https://evil.example www.evil.example ![p](https://evil.example/p.png) `code` *b* _i_ "
    "~s~ # h &lt;b&gt; <b>bold</b> @ann:localhost mailto:a@evil.example"
)
BARE = re.compile(r"(?i)https?://(?!127\.0\.0\.1)\S+|\bwww\.\w|\b\w+\.example\b|mailto:\w")

PATIENT, HASTY = "timeout = 30\n", "timeout = 0.3\n"
SAID = {
    403: "refuses this channel (403)",
    429: "asks to wait",
    500: "a fault of its own (500)",
    HANGS: "no answer came in time",
    CUT: "the connection broke off",
}


def waits(world: World, before: str, after: str) -> None:
    """Change how long a server is waited for."""
    text = (world.home / "tocsin.toml").read_text()
    assert before in text
    world.settings(text.replace(before, after))


@pytest.fixture
def chat_of(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Chat]]:
    """Starts a service and switches on a monitor that tells it."""
    servers = []

    def start(service: str, monitor: str = WATER, more: str = "") -> Chat:
        chat = Chat(service)
        pem = make_certificate(tmp_path / "tls.pem") if service == "teams" else None
        servers.append(serve(chat, pem))
        monkeypatch.setattr(
            NotifySlack, "webhook_url", f"http://127.0.0.1:{chat.port}/services", raising=True
        )
        world.settings(
            f"[privacy]\npseudonymise = false\n[alerts]\nallow_private = true\n{PATIENT}{more}"
            f"[alerts.channels]\nroom = '{chat.address}'\n"
        )
        switch_on(world, monitor.replace('["desk", "hook"]', '["room"]'))
        return chat

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("service", SERVICES)
def test_an_alert_arrives_once_and_readable(
    world: World, chat_of: Callable[..., Chat], service: str
) -> None:
    chat = chat_of(service)
    world.rise(text=EVIL)
    first = world.json("monitor", "run")
    assert (first["failures"], first["sent"]) == ([], 1)
    assert world.json("monitor", "run")["sent"] == 0
    (shown,) = chat.shown
    (alert,) = first["alerts"]

    def seen(words: str) -> str:
        """As a person reads: what cannot be seen left out."""
        return words.replace("\u200b", "").replace("‹", "<").replace("›", ">").replace("∗", "*")

    assert seen(shown.title).startswith("Water & <b>power</b>: 40 posts from")
    lines = [seen(line).strip() for line in shown.text.splitlines()]
    assert any(line.endswith(alert["said"]) for line in lines), shown.text
    assert alert["origin_said"] in lines
    assert any("In their words: “water @everyone @channel <!channel>" in line for line in lines)
    assert any(line.startswith("tocsin search water --since") for line in lines)
    assert [href for href, _ in shown.links] == [alert["address"]]
    assert shown.calls == []
    for words in (shown.title, shown.text.replace(alert["address"], "")):
        assert not BARE.search(words), words
        assert not re.search(r"<[a-z!@]|&(amp|lt|gt|quot);b|\*\*|\]\(|\\[(.*_]", words), words
    pictures = re.findall(r"https?://[^\"\\ )|<>]+", chat.bodies[0].replace("\\u003c", "<"))
    assert {html.unescape(one) for one in pictures} - {alert["address"]} <= {
        "http://adaptivecards.io/schemas/adaptive-card.json"
    }, "nothing is fetched from elsewhere when somebody reads"


@pytest.mark.parametrize(
    ("service", "faults"),
    [
        ("slack", (429, 500)), ("teams", (403, CUT)), ("mattermost", tuple(SAID)),
        ("matrix", tuple(SAID)), ("matrix-password", (429, 403)), ("ntfy", (500, HANGS)),
    ],
)  # fmt: skip
def test_what_a_chat_does_not_take_comes_later_and_once(
    world: World, chat_of: Callable[..., Chat], service: str, faults: tuple[int | str, ...]
) -> None:
    chat = chat_of(service)
    world.rise()
    for fault in faults:
        chat.fault = fault
        waits(world, PATIENT, HASTY if fault == HANGS else PATIENT)
        result = world.call("monitor", "run")
        assert result.return_value == 1
        assert SAID[fault] in result.output, (fault, result.output)
        assert "tried again from" in result.output
        if fault == HANGS:
            waits(world, HASTY, PATIENT)
        due_now(world)
    (alert,) = world.json("monitor", "alerts")["alerts"]
    (way,) = alert["deliveries"]
    assert (way["status"], way["tries"]) == ("pending", len(faults))
    assert SAID[faults[-1]] in way["error"]
    assert chat.shown == []
    chat.fault = None
    assert world.json("monitor", "run")["sent"] == 1
    assert world.json("monitor", "run")["sent"] == 0
    assert len(chat.shown) == 1
    assert "room: sent" in world.call("monitor", "alerts").output
    for secret in ("s3cret", "aBc-d_eF12345678", "TIiajkdnlazkcOXrIdevi7"):
        assert secret.encode() not in (world.home / "alerts.sqlite").read_bytes()


def test_matrix_shows_once_what_was_taken_without_an_answer(
    world: World, chat_of: Callable[..., Chat]
) -> None:
    chat = chat_of("matrix")
    world.rise()
    chat.fault = LOST
    waits(world, PATIENT, HASTY)
    assert world.json("monitor", "run")["failed"] == 1
    waits(world, HASTY, PATIENT)
    due_now(world)
    chat.fault = None
    assert world.json("monitor", "run")["sent"] == 1
    assert len(chat.shown) == 1


def test_a_certificate_that_nobody_signed_is_not_trusted(
    world: World, chat_of: Callable[..., Chat]
) -> None:
    chat = chat_of("teams")
    waits(world, "?verify=no", "")
    world.rise()
    (said,) = world.json("monitor", "run")["failures"]
    assert "the certificate of the server is not trusted" in said
    assert chat.asked == 0


def test_two_processes_at_once_send_an_alert_once(
    world: World, chat_of: Callable[..., Chat]
) -> None:
    chat = chat_of("mattermost")
    other: list[subprocess.CompletedProcess[bytes]] = []

    def meanwhile() -> None:
        chat.before = None
        other.append(
            subprocess.run(
                [sys.executable, "-m", "tocsin", "--home", str(world.home), "monitor", "run"],
                capture_output=True,
                check=False,
            )
        )

    chat.before = meanwhile
    world.rise()
    assert world.json("monitor", "run")["sent"] == 1
    assert [one.returncode for one in other] == [0], other
    assert len(chat.shown) == 1


@pytest.mark.parametrize(
    ("lang", "tried", "given_up"),
    [
        ("en", "room: not sent yet (1 try: the server asks to wait", "given up after 2 tries"),
        ("fr", "room\u202f: pas encore envoyée (1 essai\u202f: le serveur demande", "abandonnée"),
    ],
)
def test_the_page_says_why_and_when_again(
    world: World,
    chat_of: Callable[..., Chat],
    monkeypatch: pytest.MonkeyPatch,
    lang: str,
    tried: str,
    given_up: str,
) -> None:
    chat = chat_of("ntfy", more="tries = 2\n")
    chat.fault = 429
    world.rise()
    world.call("monitor", "run")
    visit = visitor(monkeypatch)
    assert tried in text(visit(world.home, "monitors", lang=lang))
    due_now(world)
    world.call("monitor", "run")
    assert given_up in text(visit(world.home, "monitors", lang=lang))
    chat.fault = None
    assert world.json("monitor", "run", "--again")["sent"] == 1
    assert len(chat.shown) == 1
