"""Alerts go out once, signed, escaped, held and tried again; secrets stay where they are."""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.monitors.conftest import WATER, Mails, Requests, World, switch_on
from tocsin.app.monitors.delivery.dispatch import _may_go
from tocsin.app.monitors.files import Monitor
from tocsin.core.language.words import Words


def due_now(world: World) -> None:
    """Time passes: what waits for its next try is due."""
    with sqlite3.connect(world.home / "alerts.sqlite") as db:
        db.execute("update deliveries set next_at = '2000-01-01T00:00:00.000Z'")
    db.close()


def test_mail_and_webhook_are_told_once_over_restarts(
    switched_on: World, mails: Mails, hooks: Requests
) -> None:
    switched_on.rise()
    first = switched_on.json("monitor", "run")
    assert (len(first["alerts"]), first["sent"], first["failures"]) == (1, 2, [])
    for _ in range(2):
        again = switched_on.json("monitor", "run")
        assert (again["alerts"], again["sent"]) == ([], 0)
    assert len(mails.mails) == len(hooks.got) == 1
    alert = first["alerts"][0]
    assert alert["posts"] == 40
    assert alert["normal"] == 2
    found = switched_on.json(
        "search", alert["query"], "--since", alert["since"], "--until", alert["until"]
    )
    assert found["total"] == 40
    assert parse_qs(urlsplit(alert["address"]).query)["q"] == ["water"]


def test_a_mail_shows_hostile_text_as_text(switched_on: World, mails: Mails) -> None:
    switched_on.rise()
    switched_on.json("monitor", "run")
    (mail,) = mails.mails
    assert mails.recipients == [["desk@paper.example"]]
    assert mail["Bcc"] is None
    assert mail["Subject"].startswith("Water & <b>power</b>: 40 posts from")
    page = mail.get_body(("html",)).get_content()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "<b>power" not in page
    text = mail.get_body(("plain",)).get_content()
    assert "tocsin search water --since" in text
    assert "Ann" not in text
    assert "ann_lee" not in text


def test_a_webhook_is_signed_over_time_and_body(switched_on: World, hooks: Requests) -> None:
    switched_on.rise()
    switched_on.json("monitor", "run")
    ((path, headers, body),) = hooks.got
    assert path == "/in?token=t0psecret"
    stamp = headers["X-Tocsin-Timestamp"]
    assert abs(int(stamp) - datetime.now(UTC).timestamp()) < 60
    expected = hmac.new(b"s3cret-key", stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["X-Tocsin-Signature"] == f"sha256={expected}"
    document = json.loads(body)
    assert document["alerts"][0]["monitor"] == "water"
    assert document["alerts"][0]["since"].endswith("Z")


@pytest.mark.parametrize(("channel", "path"), [("chat", "/hooks/"), ("push", "/")])
def test_chats_by_apprise(
    world: World, channels: Callable[..., None], hooks: Requests, channel: str, path: str
) -> None:
    channels()
    switch_on(world, WATER.replace('["desk", "hook"]', f'["{channel}"]'))
    world.rise()
    assert world.json("monitor", "run")["sent"] == 1
    ((called, _, body),) = hooks.got
    assert called.startswith(path)
    said = body.decode()
    assert "40 posts" in said
    assert "<!channel>" not in said
    assert "<script" not in said


def test_what_fails_is_kept_said_and_tried_again(
    switched_on: World, mails: Mails, hooks: Requests
) -> None:
    mails.refuse, hooks.status = True, 503
    switched_on.rise()
    first = switched_on.call("monitor", "run")
    assert first.return_value == 1
    for shown in ("desk", "hook", "503", "tried again"):
        assert shown in first.output
    assert "t0psecret" not in first.output
    assert switched_on.json("monitor", "run")["failed"] == 0, "it is not tried before its time"
    mails.refuse, hooks.status = False, 200
    due_now(switched_on)
    assert switched_on.json("monitor", "run")["sent"] == 2
    assert len(mails.mails) == 1
    (alert,) = switched_on.json("monitor", "alerts")["alerts"]
    assert {one["status"] for one in alert["deliveries"]} == {"sent"}


def test_what_is_given_up_can_be_tried_once_more(
    world: World, channels: Callable[..., None], hooks: Requests
) -> None:
    channels("tries = 2")
    switch_on(world, WATER.replace('["desk", "hook"]', '["hook"]'))
    hooks.status = 500
    world.rise()
    world.json("monitor", "run")
    due_now(world)
    assert "--again" in world.json("monitor", "run")["failures"][0]
    hooks.status = 200
    assert world.json("monitor", "run")["sent"] == 0
    assert world.json("monitor", "run", "--again")["sent"] == 1


def test_private_addresses_are_refused_unless_a_setting_says_so(
    switched_on: World, mails: Mails, hooks: Requests
) -> None:
    text = (switched_on.home / "tocsin.toml").read_text()
    switched_on.settings(text.replace("allow_private = true", "allow_private = false"))
    switched_on.rise()
    outcome = switched_on.json("monitor", "run")
    assert outcome["sent"] == 0
    assert all("alerts.allow_private" in said for said in outcome["failures"])
    assert not mails.mails
    assert not hooks.got


def test_apprise_cannot_be_led_to_private_addresses(
    world: World, channels: Callable[..., None], hooks: Requests
) -> None:
    channels()
    switch_on(world, WATER.replace('["desk", "hook"]', '["chat"]'))
    text = (world.home / "tocsin.toml").read_text()
    world.settings(text.replace("allow_private = true", "allow_private = false"))
    world.rise()
    assert "allow_private" in world.json("monitor", "run")["failures"][0]
    assert not hooks.got


def test_a_digest_is_one_message(world: World, channels: Callable[..., None], mails: Mails) -> None:
    channels()
    text = WATER.replace('["desk", "hook"]', '["desk"]\ndigest = "hourly"')
    switch_on(world, text.replace('"volume"', '"volume"\nagain_after = "2h"'))
    world.rise()
    world.rise(hours_ago=6)
    outcome = world.json("monitor", "run")
    assert (len(outcome["alerts"]), outcome["sent"]) == (2, 2)
    (mail,) = mails.mails
    assert mail["Subject"] == "Water & <b>power</b>: 2 alerts"


def test_quiet_hours_hold_and_deliver_after(
    world: World, channels: Callable[..., None], mails: Mails
) -> None:
    channels()
    now = datetime.now(UTC)
    quiet = f"{now - timedelta(minutes=5):%H:%M}-{now + timedelta(minutes=5):%H:%M}"
    hold = WATER.replace('["desk", "hook"]', f'["desk"]\nquiet_hours = "{quiet}"')
    switch_on(world, hold)
    world.rise()
    held = world.json("monitor", "run")
    assert (held["sent"], held["held"], len(held["alerts"])) == (0, 1, 1)
    world.monitor("water", WATER)
    world.json("monitor", "enable", "water")
    assert world.json("monitor", "run")["sent"] == 1
    assert len(mails.mails) == 1


UTC_WORDS = Words("en")


def at(hour: int, minute: int = 0, day: int = 10) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "last", "made", "goes"),
    [
        (at(7), None, at(6), False),
        (at(8), None, at(6), True),
        (at(10), at(8, day=9), at(9), False),
        (at(8, day=11), at(8, 1), at(9), True),
        (at(9), at(8), at(7), False),
    ],
)
def test_a_daily_digest_has_its_hour(
    now: datetime, last: datetime | None, made: datetime, goes: bool
) -> None:
    monitor = Monitor("m", "", digest="daily", digest_at=time(8))
    assert _may_go(monitor, now, last, [made], UTC_WORDS) is goes


@pytest.mark.parametrize(("hour", "goes"), [(21, True), (22, False), (3, False), (7, True)])
def test_quiet_hours_go_over_midnight(hour: int, goes: bool) -> None:
    monitor = Monitor("m", "", quiet=(time(22), time(7)))
    assert _may_go(monitor, at(hour), None, [at(1)], UTC_WORDS) is goes


def test_the_feed_is_atom_and_hides_people(switched_on: World) -> None:
    switched_on.rise()
    switched_on.json("monitor", "run")
    data = (switched_on.home / "exports" / "alerts.atom").read_bytes()
    feed = ET.fromstring(data)
    (entry,) = feed.findall("{http://www.w3.org/2005/Atom}entry")
    title = entry.findtext("{http://www.w3.org/2005/Atom}title")
    assert title is not None
    assert title.startswith("Water & <b>power</b>")
    assert b"ann_lee" not in data


def test_run_sends_and_keeps_its_answers(switched_on: World, mails: Mails) -> None:
    """`tocsin run` checks the monitors after the analysis; stdout is as it was."""
    switched_on.rise()
    result = switched_on.call("--json", "run")
    runs = [json.loads(line) for line in result.stdout.splitlines()]
    assert [run["command"] for run in runs] == ["enrich", "analyse"]
    assert len(mails.mails) == 1
    assert "40 posts" in result.stderr


def test_a_test_message_and_a_channel_that_is_not_there(switched_on: World, mails: Mails) -> None:
    assert switched_on.json("monitor", "send", "desk") == {"sent": "desk"}
    assert "test of the channel" in mails.mails[0].get_body(("plain",)).get_content()
    error: Any = switched_on.call("monitor", "send", "dsk").exception
    assert "known: chat, desk, hook, push" in str(error)


def test_addresses_and_keys_are_shown_nowhere(switched_on: World, hooks: Requests) -> None:
    hooks.status = 401
    switched_on.rise()
    said = "".join(
        switched_on.call(*call).output
        for call in (
            ("monitor", "run"), ("monitor", "validate"), ("monitor", "list"),
            ("--json", "monitor", "alerts"), ("--json", "monitor", "diff"),
        )
    )  # fmt: skip
    kept = (switched_on.home / "alerts.sqlite").read_bytes()
    for secret in ("t0psecret", "s3cret-key", "3ccdd113474722377935511fc85d3dd4"):
        assert secret not in said
        assert secret.encode() not in kept
