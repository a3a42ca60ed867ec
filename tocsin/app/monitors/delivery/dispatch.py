"""Sends what waits: by each channel once, held over quiet hours and for digests, tried again."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

from tocsin.app.monitors.alerts import describe
from tocsin.app.monitors.delivery import chat, mail, webhook, wording
from tocsin.app.monitors.delivery.failures import failure
from tocsin.app.monitors.files import Monitor
from tocsin.app.monitors.ledger import PENDING, Alert, Delivery, Ledger
from tocsin.app.monitors.monitored import Monitored
from tocsin.core.errors import ConfigError
from tocsin.core.language.words import Words
from tocsin.core.messages import Message, plain
from tocsin.core.settings import AlertSettings

MAX_ALERTS = 1_000
MAX_DIGEST = 25
"""Alerts of one message; what is beyond waits for the next."""
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
LEAST_LEASE, LEASE = timedelta(minutes=1), timedelta(seconds=10)
"""How long a message that is being sent is nobody else's: this, and so much for each second that a
server may take; where the process dies, it is sent after that."""


@dataclass
class Sent:
    """What became of what waited. ``failures`` are said to a person; nothing of them is lost."""

    sent: int = 0
    held: int = 0
    failed: int = 0
    failures: list[Message] = field(default_factory=list)


def dispatch(
    ledger: Ledger,
    monitored: Monitored,
    words_of: Callable[[Monitor], Words],
    now: datetime,
) -> Sent:
    """Send what is due at ``now``; a channel that fails costs the others nothing."""
    alerts = {alert.id: alert for alert in ledger.alerts(limit=MAX_ALERTS)}
    active = ledger.active()
    waiting: dict[tuple[str, str], list[Delivery]] = defaultdict(list)
    for delivery in ledger.deliveries(PENDING):
        alert = alerts.get(delivery.alert)
        if alert is not None and alert.monitor in active:
            waiting[alert.monitor, delivery.channel].append(delivery)
    outcome = Sent()
    for (name, channel), deliveries in sorted(waiting.items()):
        monitor = active[name].monitor
        due = [delivery for delivery in deliveries if delivery.next_at <= now]
        last = ledger.last_sent(name, channel)
        made = [alerts[delivery.alert].made_at for delivery in due]
        if not due or not _may_go(monitor, now, last, made, words_of(monitor)):
            outcome.held += len(deliveries)
            continue
        outcome.held += len(deliveries) - len(due)
        _send(ledger, monitored, monitor, channel, due, alerts, words_of(monitor), now, outcome)
    return outcome


def _send(
    ledger: Ledger,
    monitored: Monitored,
    monitor: Monitor,
    channel: str,
    due: Sequence[Delivery],
    alerts: Mapping[int, Alert],
    words: Words,
    now: datetime,
    outcome: Sent,
) -> None:
    """Send what is due by one channel: each alert alone, or digests of several."""
    size = 1 if monitor.digest == "now" else MAX_DIGEST
    settings = monitored.workspace.settings.alerts
    waiting = list(due)
    while waiting:
        part = waiting[:size]
        try:
            documents = [
                describe(monitored, monitor, alerts[one.alert].trigger, words) for one in part
            ]
            part = part[: _in_one_message(settings, channel, documents, words)]
            waiting = waiting[len(part) :]
            lease = datetime.now(UTC) + LEAST_LEASE + LEASE * settings.timeout
            if not ledger.claim([one.alert for one in part], channel, now, lease):
                outcome.held += len(part)  # another process is sending them
                continue
            keys = [(monitor.name, alerts[one.alert].trigger.key) for one in part]
            name = hashlib.sha256(repr(keys).encode()).hexdigest()[:32]
            deliver(settings, channel, documents[: len(part)], words, name)
        except Exception as error:  # a server or a library may fail in any way; it is kept and said
            _keep_failure(ledger, settings, monitor, channel, part, error, now, outcome)
            return  # the channel is away: the rest waits for it
        ids = [one.alert for one in part]
        ledger.sent(ids, channel, now)
        outcome.sent += len(ids)


def _keep_failure(
    ledger: Ledger,
    settings: AlertSettings,
    monitor: Monitor,
    channel: str,
    part: Sequence[Delivery],
    error: Exception,
    now: datetime,
    outcome: Sent,
) -> None:
    """Keep why alerts were not taken and when they are tried again, and say it."""
    why = failure(error)
    tries = max(delivery.tries for delivery in part) + 1
    wait = min(FIRST_WAIT * 2 ** min(tries - 1, 20), LONGEST_WAIT)
    again = None if tries >= settings.tries else now + wait
    ledger.failed([one.alert for one in part], channel, plain(why), tries, again)
    outcome.failed += len(part)
    said = {"n": len(part), "channel": channel, "monitor": monitor.name, "why": why}
    if again is None:
        outcome.failures.append(Message("monitor.send.given_up", said))
    else:
        outcome.failures.append(Message("monitor.send.later", said | {"at": again}))


def _in_one_message(
    settings: AlertSettings, channel: str, documents: Sequence[Mapping[str, Any]], words: Words
) -> int:
    """How many of these alerts one message of a channel holds."""
    address = channel_address(settings, channel)
    if address.startswith(("mailto:", "webhook:")):
        return len(documents)
    return chat.written(settings, address, documents, words).alerts


def deliver(
    settings: AlertSettings,
    channel: str,
    documents: Sequence[Mapping[str, Any]],
    words: Words,
    name: str,
) -> None:
    """Send alerts by a channel, in one message; a chat takes as many as `chat.written` puts in it.

    Raises:
        ConfigError: there is no such channel, or a setting is missing.
        Exception: whatever the server or the library raises where it is not taken.
    """
    address = channel_address(settings, channel)
    if address.startswith("mailto:"):
        mail.check_settings(settings)
        text, page = wording.all_text(documents, words), wording.page(documents, words)
        to = mail.recipients(address)
        subject = wording.subject(documents, words)
        mail.send(settings, mail.compose(settings, to, subject, text, page, name))
    elif address.startswith("webhook:"):
        webhook.post(settings, address.removeprefix("webhook:"), wording.as_json(documents), name)
    else:
        chat.send(settings, address, chat.written(settings, address, documents, words), name)


def channel_address(settings: AlertSettings, channel: str) -> str:
    """The address of a channel, which is secret. Raises ConfigError."""
    found = settings.channels.get(channel)
    if found is None:
        known = sorted(settings.channels) or Message("phrase.none_yet")
        said = {"channel": channel[:60], "known": known}
        raise ConfigError(Message("monitor.send.no_channel", said))
    return found.get_secret_value()


def check_channel(settings: AlertSettings, channel: str) -> None:
    """Raise ConfigError where nothing can be sent by a channel as the settings are."""
    address = channel_address(settings, channel)
    if address.startswith("mailto:"):
        mail.recipients(address)
        mail.check_settings(settings)
    elif address.startswith("webhook:"):
        from crawlers.fetch.guard import url_refusal

        url = address.removeprefix("webhook:")
        if not settings.webhook_secret.get_secret_value():
            raise ConfigError(Message("monitor.send.no_secret"))
        ports = frozenset(range(1, 65_536))
        if why := url_refusal(url, allow_private=settings.allow_private, ports=ports):
            raise ConfigError(Message("monitor.send.refused", {"channel": channel, "why": why}))
    else:
        chat.service(address, settings.timeout)


def _may_go(
    monitor: Monitor, now: datetime, last: datetime | None, made: Sequence[datetime], words: Words
) -> bool:
    """Whether quiet hours are over and the time of a digest has come."""
    local = now.astimezone(words.zone)
    if monitor.quiet is not None and _is_within(local.time(), *monitor.quiet):
        return False
    if monitor.digest == "hourly":
        return last is None or now - last >= timedelta(hours=1)
    if monitor.digest == "daily":
        today = datetime.combine(local.date(), monitor.digest_at, local.tzinfo)
        turn = (today if today <= local else today - timedelta(days=1)).astimezone(UTC)
        return min(made) < turn and (last is None or last < turn)
    return True


def _is_within(now: time, first: time, last: time) -> bool:
    if first <= last:
        return first <= now < last
    return now >= first or now < last
