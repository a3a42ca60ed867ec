"""What commands and pages show of monitors: their state, trials, past alerts."""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from index.base import Window
from index.privacy import pseudonyms
from index.reading.queries import read_query
from tocsin.app.monitors.checking import describe_alert, words_of
from tocsin.app.monitors.files import FOLDER, Monitor, choose_monitors, parse_monitor, read_all
from tocsin.app.monitors.ledger import (
    FAILED,
    PENDING,
    SENT,
    Delivery,
    Ledger,
    has_ledger,
    open_ledger,
)
from tocsin.app.monitors.monitored import Monitored, Scope
from tocsin.app.monitors.rules import AFTER_THE_FACT, MIN_NORMAL, find_triggers
from tocsin.app.monitors.saving import save_monitor
from tocsin.core.errors import ConfigError
from tocsin.core.language.words import Words
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from index.base import Index
    from tocsin.core.workspace import Workspace

MONTH = timedelta(days=30)
_TICK = timedelta(seconds=1)
MAX_RINGS = 200
"""Alerts of a trial that are shown in full; all are counted."""


def overview(workspace: Workspace) -> dict[str, Any]:
    """All monitors: ``state`` is *on*, *off*, *changed* (the file since) or *gone* (its file)."""
    monitors, errors = read_all(workspace)
    rows: list[dict[str, Any]] = []
    active: dict[str, Any] = {}
    counts: Counter[str] = Counter()
    states: Counter[str] = Counter()
    if has_ledger(workspace):
        with open_ledger(workspace) as ledger:
            active = dict(ledger.active())
            every = ledger.alerts(limit=100_000)
            counts = Counter(alert.monitor for alert in every)
            states = Counter(delivery.status for delivery in ledger.deliveries())
    for monitor in monitors:
        on = active.pop(monitor.name, None)
        state = "off"
        if on is not None:
            state = "on" if on.monitor.text == monitor.text else "changed"
        rows.append(_row(monitor, state, on, counts))
    rows += [_row(on.monitor, "gone", on, counts) for on in active.values()]
    rows.sort(key=lambda row: row["name"])
    return {
        "monitors": rows,
        "wrong": [error.located for error in errors],
        "folder": str(workspace.home / FOLDER),
        "waiting": states["pending"],
        "given_up": states[FAILED],
        "sent": states[SENT],
    }


def _row(monitor: Monitor, state: str, on: Any, counts: Mapping[str, int]) -> dict[str, Any]:
    return {
        "name": monitor.name,
        "title": monitor.title or monitor.name,
        "state": state,
        "query": monitor.scope,
        "rules": [rule.kind for rule in monitor.rules],
        "channels": list(monitor.channels),
        "digest": monitor.digest,
        "quiet_hours": [f"{part:%H:%M}" for part in monitor.quiet or ()],
        "enabled_at": on.enabled_at if on else None,
        "checked_until": on.checked_until if on else None,
        "alerts": counts.get(monitor.name, 0),
        "file": monitor.text,
    }


def differences(workspace: Workspace) -> dict[str, Any]:
    """Files against what is switched on: ``change`` is *new*, *changed* or *gone*."""
    monitors, errors = read_all(workspace)
    if errors:
        raise errors[0]
    files = {monitor.name: monitor for monitor in monitors}
    active: Mapping[str, Any] = {}
    if has_ledger(workspace):
        with open_ledger(workspace) as ledger:
            active = ledger.active()
    rows: list[dict[str, Any]] = []
    for name in sorted(files.keys() | active.keys()):
        before = active[name].monitor.text if name in active else ""
        after = files[name].text if name in files else ""
        if before == after:
            continue
        change = "changed"
        if name not in active or name not in files:
            change = "new" if name in files else "gone"
        lines = difflib.unified_diff(
            before.splitlines(), after.splitlines(), "active", f"{name}.toml", lineterm="", n=1
        )
        rows.append({"monitor": name, "change": change, "lines": list(lines)})
    return {"differences": rows}


def trial(
    workspace: Workspace,
    index: Index,
    monitor: Monitor,
    since: datetime | None,
    until: datetime | None,
    words: Words,
) -> dict[str, Any]:
    """When a monitor would have raised an alert: each alert as it would be shown, and caveats.

    Without ``until`` up to now, or a day after the newest post where that is earlier; without
    ``since`` from 30 days before that.
    """
    monitored = Monitored(workspace, index)
    stats = index.stats()
    last = until or _end_of(stats.newest_at)
    first = since or last - MONTH
    scope = Scope(monitor, monitored)
    found = find_triggers(scope, first, last)
    caveats: list[Message] = []
    volumes = [rule for rule in monitor.rules if rule.kind == "volume"]
    if not monitor.rules:
        caveats.append(Message("monitor.note.no_rules", {"monitor": monitor.name}))
    if any(rule.kind in AFTER_THE_FACT for rule in monitor.rules):
        caveats.append(Message("monitor.note.hindsight"))
    if volumes and stats.oldest_at is not None:
        least = max(rule["past"] for rule in volumes)
        if first - stats.oldest_at < min(least, timedelta(days=MIN_NORMAL)):
            caveats.append(Message("monitor.note.short_past", {"at": stats.oldest_at}))
    if len(found) > MAX_RINGS:
        caveats.append(Message("monitor.note.first_told", {"n": MAX_RINGS}))
    return {
        "monitor": monitor.name,
        "query": monitored.people.hide(monitor.scope),
        "since": first,
        "until": last,
        "posts": index.count(scope.node, window=Window(first, last)),
        "rung": len(found),
        "rings": [
            describe_alert(monitored, monitor, trigger, words) for trigger in found[:MAX_RINGS]
        ],
        "caveats": caveats,
    }


def _end_of(newest: datetime | None) -> datetime:
    """Until when there is something to try: the intervals of the newest posts are over then."""
    now = datetime.now(UTC)
    if newest is None:
        return now
    return min(max(now, newest + _TICK), newest + timedelta(days=1))


def past_alerts(
    workspace: Workspace, index: Index, name: str | None, limit: int, words: Words | None = None
) -> dict[str, Any]:
    """Alerts, the newest first, each with its delivery by each channel."""
    if not has_ledger(workspace):
        return {"alerts": []}
    monitored = Monitored(workspace, index)
    speaks = words or words_of(workspace)
    rows: list[dict[str, Any]] = []
    with open_ledger(workspace) as ledger:
        monitors = _monitors(workspace, ledger)
        if name is not None:
            choose_monitors(list(monitors.values()), (name,))
        deliveries: dict[int, list[dict[str, Any]]] = {}
        for one in ledger.deliveries():
            deliveries.setdefault(one.alert, []).append(_delivery(one, speaks))
        for alert in ledger.alerts(name, limit):
            monitor = monitors.get(alert.monitor) or Monitor(alert.monitor, "")
            document = describe_alert(
                monitored, monitor, alert.trigger, words or words_of(workspace, monitor)
            )
            rows.append({"id": alert.id, **document, "deliveries": deliveries.get(alert.id, [])})
    return {"alerts": rows}


def _delivery(one: Delivery, words: Words) -> dict[str, Any]:
    """What became of an alert by a channel; ``said`` is that in a sentence."""
    why = one.error or Message("monitor.send.chat")
    given = {"channel": one.channel, "n": one.tries, "why": why, "at": one.sent_at or one.next_at}
    state = "later" if one.status == PENDING and one.error else one.status
    return {
        "channel": one.channel,
        "status": one.status,
        "tries": one.tries,
        "sent_at": one.sent_at,
        "next_at": one.next_at if one.status == PENDING else None,
        "error": words.say(one.error) if one.error else "",
        "said": words.say(Message(f"monitor.delivery.{state}", given)),
    }


def _monitors(workspace: Workspace, ledger: Ledger) -> dict[str, Monitor]:
    """Monitors by name: as they are switched on, else as their files are."""
    monitors, _ = read_all(workspace)
    active = {name: on.monitor for name, on in ledger.active().items()}
    return {monitor.name: monitor for monitor in monitors} | active


def answer(workspace: Workspace, index: Any, subject: str) -> Mapping[str, Any]:
    """What a screen asks: see `tocsin.core.runtime.answers`.

    ``subject`` is JSON: ``ask`` is *overview*, *alerts* (``language``, ``limit``), *save* (the
    arguments of `tocsin.app.monitors.saving.save_monitor`) or *try* (``monitor``, a name, or
    ``text``, what a file would say; ``language``).
    """
    asked = json.loads(subject)
    words = Words(asked.get("language", "en"), words_of(workspace).zone)
    if asked["ask"] == "overview":
        return overview(workspace)
    if asked["ask"] == "alerts":
        return past_alerts(workspace, index, None, asked.get("limit", 20), words)
    if asked["ask"] == "save":
        given = {key: value for key, value in asked.items() if key not in ("ask", "language")}
        read_query(given["query"], index, pseudonyms(workspace, index))
        return save_monitor(workspace, **given)
    if "text" in asked:
        monitor = parse_monitor(asked["text"], "monitor.toml", "monitor")
    else:
        monitors, errors = read_all(workspace)
        if errors and not any(one.name == asked["monitor"] for one in monitors):
            raise errors[0]
        (monitor,) = choose_monitors(monitors, (asked["monitor"],))
    if asked["ask"] != "try":
        raise ConfigError(Message("command.bug", {"what": str(asked["ask"])}))
    return trial(workspace, index, monitor, None, None, words)
