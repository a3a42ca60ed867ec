"""What a call of ``tocsin monitor`` or ``tocsin run`` does: check, keep, send, write the feed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from index.maintenance.alerts import FEED
from tocsin.app.monitors.alerts import describe
from tocsin.app.monitors.files import RULES, Monitor
from tocsin.app.monitors.ledger import Alert, Ledger
from tocsin.app.monitors.monitored import Monitored, Scope
from tocsin.app.monitors.rules import AFTER_THE_FACT, Trigger, find_triggers
from tocsin.core.errors import TocsinError
from tocsin.core.language.words import Words, terminal_language, time_zone
from tocsin.core.messages import Message, plain

if TYPE_CHECKING:
    from tocsin.app.monitors.delivery.dispatch import Sent
    from tocsin.core.workspace import Workspace

FEED_ALERTS = 50
LATE = timedelta(days=2)
"""Posts that come in so long after they were published still raise alerts."""
EVER = datetime(1, 1, 2, tzinfo=UTC)


@dataclass
class CheckResult:
    """What a round of all monitors gave."""

    checked: list[str] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    failures: list[Message] = field(default_factory=list)


def words_of(workspace: Workspace, monitor: Monitor | None = None) -> Words:
    """The language and time zone in which a monitor, or the workspace, speaks."""
    settings = workspace.settings
    said = monitor.language if monitor is not None else ""
    language = said or terminal_language(settings.language, os.environ)
    return Words(language, time_zone(settings.dashboard.timezone or settings.index.timezone))


def known_keys(scope: Scope, now: datetime) -> list[str]:
    """Stories and groups that are there when a monitor is switched on: they raise no alert."""
    return [trigger.key for trigger in find_triggers(scope, EVER, now, AFTER_THE_FACT)]


def check(
    ledger: Ledger, monitored: Monitored, now: datetime, since: datetime | None = None
) -> CheckResult:
    """Evaluate every monitor that is switched on; one that fails costs the others nothing.

    Volumes and appearances are looked for from the last check on (and `LATE` before); narratives
    and groups whenever the analysis found them, since they are known only after the fact.
    """
    result = CheckResult()
    for name, active in ledger.active().items():
        monitor = active.monitor
        first = since or max(active.enabled_at, active.checked_until - LATE)
        try:
            scope = Scope(monitor, monitored)
            found = find_triggers(scope, first, now, RULES.keys() - AFTER_THE_FACT)
            found += find_triggers(scope, EVER, now, AFTER_THE_FACT)
        except TocsinError as error:
            said = {"monitor": name, "why": error.located}
            result.failures.append(Message("monitor.error.not_checked", said))
            continue
        result.checked.append(name)
        result.alerts += ledger.add(monitor, _in_order(found), now, now)
    return result


def _in_order(found: Sequence[Trigger]) -> list[Trigger]:
    unique = {trigger.key: trigger for trigger in found}
    return sorted(unique.values(), key=lambda trigger: (trigger.at, trigger.key))


def send(ledger: Ledger, monitored: Monitored, now: datetime) -> Sent:
    """Send what waits, and write the feed."""
    from tocsin.app.monitors.delivery.dispatch import dispatch

    workspace = monitored.workspace
    outcome = dispatch(ledger, monitored, lambda monitor: words_of(workspace, monitor), now)
    write_alerts_feed(ledger, monitored)
    return outcome


def write_alerts_feed(ledger: Ledger, monitored: Monitored) -> None:
    """Write ``exports/alerts.atom`` anew, from what the index holds now."""
    from tocsin.app.monitors.delivery import feed, wording

    workspace = monitored.workspace
    active = ledger.active()
    entries: list[tuple[int, dict[str, Any], str]] = []
    for alert in ledger.alerts(limit=FEED_ALERTS):
        if alert.monitor in active:
            monitor = active[alert.monitor].monitor
            words = words_of(workspace, monitor)
            document = describe_alert(monitored, monitor, alert.trigger, words)
            entries.append((alert.id, document, wording.plain_text(document, words)))
    words = words_of(workspace)
    secret = workspace.secret.hex()
    feed.write_feed(workspace.file(FEED), words("monitor.feed"), entries, secret)


def describe_alert(
    monitored: Monitored, monitor: Monitor, trigger: Trigger, words: Words
) -> dict[str, Any]:
    """An alert as it is shown; it says so if its group or posts are gone."""
    try:
        return describe(monitored, monitor, trigger, words)
    except TocsinError as error:
        gone = Trigger(rule=trigger.rule, key=trigger.key, at=trigger.at, query=monitor.scope,
                    since=trigger.since, until=trigger.until, normal=trigger.normal, z=trigger.z,
                    subject=trigger.subject, value=trigger.value)  # fmt: skip
        document = describe(monitored, monitor, gone, words)
        why = Message("monitor.said.gone", {"why": plain(words.say(error.located))})
        return document | {"said": monitored.people.hide(words.say(why))}
