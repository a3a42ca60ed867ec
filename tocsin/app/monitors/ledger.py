"""The ledger of monitors, ``alerts.sqlite`` of the workspace: switched on, alerts, deliveries.

Alerts are kept as numbers, ids and queries. What other people wrote is read from the index whenever
an alert is shown, so that an erased person is in no alert that is shown later.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

from index.maintenance.alerts import FILE
from tocsin.app.monitors.files import Monitor, parse_monitor
from tocsin.app.monitors.rules import Trigger
from tocsin.core.errors import Abort, Retry
from tocsin.core.findings import rfc3339
from tocsin.core.messages import Message, decode_message, encode_message, plain
from tocsin.core.workspace import Workspace

_SCHEMA = """
create table if not exists monitors (
    name text primary key, file text not null, enabled_at text not null, checked_until text not null
);
create table if not exists alerts (
    id integer primary key, monitor text not null, key text not null, ring text not null,
    made_at text not null, unique (monitor, key)
);
create table if not exists known (monitor text, key text, primary key (monitor, key));
create table if not exists deliveries (
    alert integer not null references alerts (id) on delete cascade, channel text not null,
    status text not null, tries integer not null default 0, next_at text not null,
    error text not null default '', sent_at text, primary key (alert, channel)
);
"""
PENDING, SENT, FAILED = "pending", "sent", "failed"
MAX_ERROR = 2_000


@dataclass(frozen=True)
class Active:
    """A monitor that is switched on, as its file was then."""

    monitor: Monitor
    enabled_at: datetime
    checked_until: datetime


@dataclass(frozen=True)
class Alert:
    """An alert that was kept."""

    id: int
    monitor: str
    trigger: Trigger
    made_at: datetime


@dataclass(frozen=True)
class Delivery:
    """An alert for a channel: ``status`` is *pending*, *sent* or *failed* (it is tried no more).

    ``error``: why the last try failed.
    """

    alert: int
    channel: str
    status: str
    tries: int
    next_at: datetime
    error: Message | None
    sent_at: datetime | None


class Ledger:
    """The record of a workspace; open while it is used, see `open_ledger`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    # -- what is switched on
    def active(self) -> dict[str, Active]:
        """The monitors that are switched on, by name."""
        rows = self._db.execute(
            "select name, file, enabled_at, checked_until from monitors order by name"
        )
        return {
            name: Active(
                parse_monitor(file, f"{FILE}: {name}", name), _moment(enabled), _moment(until)
            )
            for name, file, enabled, until in rows
        }

    def enable(self, monitor: Monitor, now: datetime, known: Iterable[str]) -> None:
        """Switch a monitor on as its file is now; known keys raise no alert."""
        at = rfc3339(now)
        with self._db:
            self._db.execute(
                "insert into monitors values (?, ?, ?, ?) on conflict (name) do update set "
                "file = excluded.file, checked_until = excluded.checked_until",
                (monitor.name, monitor.text, at, at),
            )
            self._db.executemany(
                "insert or ignore into known values (?, ?)", [(monitor.name, key) for key in known]
            )

    def disable(self, name: str) -> bool:
        """Switch a monitor off; whether it was on. Its alerts stay, so that none is raised twice.

        What waits to be sent is sent no more.
        """
        with self._db:
            self._db.execute(
                "delete from deliveries where status = ? and alert in "
                "(select id from alerts where monitor = ?)",
                (PENDING, name),
            )
            gone = self._db.execute("delete from monitors where name = ?", (name,))
        return gone.rowcount > 0

    # -- alerts
    def add(
        self, monitor: Monitor, triggers: Sequence[Trigger], now: datetime, until: datetime
    ) -> list[Alert]:
        """Keep new alerts, to be sent to the channels of the monitor; returns the new ones.

        Alerts and what is to be sent are kept together or not at all.
        """
        new: list[Alert] = []
        at = rfc3339(now)
        with self._db:
            for trigger in triggers:
                row = self._db.execute(
                    "insert or ignore into alerts (monitor, key, ring, made_at) "
                    "select ?, ?, ?, ? where not exists "
                    "(select 1 from known where monitor = ? and key = ?) returning id",
                    (monitor.name, trigger.key, _written(trigger), at, monitor.name, trigger.key),
                ).fetchone()
                if row is None:
                    continue
                new.append(Alert(row[0], monitor.name, trigger, now))
                self._db.executemany(
                    "insert into deliveries (alert, channel, status, next_at) values (?, ?, ?, ?)",
                    [(row[0], channel, PENDING, at) for channel in monitor.channels],
                )
            self._db.execute(
                "update monitors set checked_until = ? where name = ?",
                (rfc3339(until), monitor.name),
            )
        return new

    def alerts(self, monitor: str | None = None, limit: int = 100) -> list[Alert]:
        """Alerts, the newest first."""
        where, values = ("where monitor = ?", (monitor,)) if monitor else ("", ())
        rows = self._db.execute(
            f"select id, monitor, ring, made_at from alerts {where} "  # noqa: S608 - ours alone
            "order by json_extract(ring, '$.at') desc, id desc limit ?",
            (*values, limit),
        )
        return [
            Alert(one, name, _read_trigger(trigger), _moment(at)) for one, name, trigger, at in rows
        ]

    def keys(self, monitor: str) -> set[str]:
        """Keys for which a monitor raises no more alerts."""
        rows = self._db.execute(
            "select key from alerts where monitor = ? union select key from known "
            "where monitor = ?",
            (monitor, monitor),
        )
        return {key for (key,) in rows}

    # -- what is sent
    def deliveries(self, status: str | None = None) -> list[Delivery]:
        """What was sent or is to be sent, the oldest first."""
        rows = self._db.execute(
            "select alert, channel, status, tries, next_at, error, sent_at from deliveries "
            "where ? is null or status = ? order by alert, channel",
            (status, status),
        )
        return [
            Delivery(
                alert=alert,
                channel=channel,
                status=state,
                tries=tries,
                next_at=_moment(next_at),
                error=_error(error),
                sent_at=_moment(sent_at) if sent_at else None,
            )
            for alert, channel, state, tries, next_at, error, sent_at in rows
        ]

    def claim(self, alerts: Sequence[int], channel: str, now: datetime, until: datetime) -> bool:
        """Take alerts that are due as one's own until then; False where another process did."""
        with self._db:
            taken = self._db.execute(
                "update deliveries set next_at = ? where channel = ? and status = ? and "
                "next_at <= ? and alert in (select value from json_each(?))",
                (rfc3339(until), channel, PENDING, rfc3339(now), json.dumps(list(alerts))),
            )
            if taken.rowcount == len(alerts):
                return True
            self._db.rollback()
        return False

    def sent(self, alerts: Sequence[int], channel: str, now: datetime) -> None:
        """Keep that alerts went out by a channel."""
        self._update(alerts, channel, {"status": SENT, "sent_at": rfc3339(now), "error": ""})

    def failed(
        self,
        alerts: Sequence[int],
        channel: str,
        error: Message,
        tries: int,
        next_at: datetime | None,
    ) -> None:
        """Keep that alerts did not go out, and when it is tried again; None: never."""
        kept = json.dumps(encode_message(error), ensure_ascii=False)
        if len(kept) > MAX_ERROR:
            kept = str(error)[:MAX_ERROR]
        values = {"error": kept, "tries": tries}
        if next_at is None:
            self._update(alerts, channel, values | {"status": FAILED})
        else:
            self._update(alerts, channel, values | {"next_at": rfc3339(next_at)})

    def last_sent(self, monitor: str, channel: str) -> datetime | None:
        """When alerts of a monitor last went out by a channel."""
        row = self._db.execute(
            "select max(sent_at) from deliveries join alerts on alerts.id = alert "
            "where monitor = ? and channel = ?",
            (monitor, channel),
        ).fetchone()
        return _moment(row[0]) if row and row[0] else None

    def again(self, now: datetime) -> int:
        """Try what failed for good once more; how many."""
        with self._db:
            done = self._db.execute(
                "update deliveries set status = ?, tries = 0, next_at = ? where status = ?",
                (PENDING, rfc3339(now), FAILED),
            )
        return done.rowcount

    def _update(self, alerts: Sequence[int], channel: str, values: Mapping[str, Any]) -> None:
        sets = ", ".join(f"{name} = ?" for name in values)
        with self._db:
            self._db.executemany(
                f"update deliveries set {sets} where alert = ? and channel = ?",  # noqa: S608
                [(*values.values(), alert, channel) for alert in alerts],
            )


@contextlib.contextmanager
def open_ledger(workspace: Workspace) -> Iterator[Ledger]:
    """The record of a workspace, made where there is none. Raises Retry and Abort."""
    path = workspace.file(FILE)
    try:
        connection = sqlite3.connect(path, timeout=30)
        try:
            connection.execute("pragma foreign_keys = on")
            connection.executescript(_SCHEMA)
            yield Ledger(connection)
        finally:
            connection.close()
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise Retry(Message("monitor.error.busy", {"path": str(path)})) from None
        said = {"path": str(path), "error": str(error)}
        raise Abort(Message("monitor.error.unusable", said)) from None
    except sqlite3.DatabaseError as error:
        said = {"path": str(path), "error": str(error)}
        raise Abort(Message("monitor.error.broken", said)) from None


def has_ledger(workspace: Workspace) -> bool:
    """Whether anything was ever switched on."""
    return (workspace.home / FILE).exists()


def _written(trigger: Trigger) -> str:
    values = {
        name: rfc3339(value) if isinstance(value, datetime) else value
        for name, value in asdict(trigger).items()
    }
    return json.dumps(values, ensure_ascii=False)


def _read_trigger(text: str) -> Trigger:
    values = json.loads(text)
    known = {one.name for one in fields(Trigger)}
    times = {name: _moment(values[name]) for name in ("at", "since", "until") if values.get(name)}
    return Trigger(**{name: value for name, value in (values | times).items() if name in known})


def _error(text: str) -> Message | None:
    """Why something was not sent; records of before hold a sentence in English."""
    if text.startswith("{"):
        with contextlib.suppress(ValueError):
            kept = decode_message(json.loads(text))
            if isinstance(kept, Message):
                return kept
    return plain(text) if text else None


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
