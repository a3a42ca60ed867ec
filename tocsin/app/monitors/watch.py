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
from tocsin.app.monitors.rules import AFTER_THE_FACT, Ring, rings
from tocsin.app.monitors.watching import Scope, Watched
from tocsin.core.errors import TocsinError
from tocsin.core.language.words import Words, terminal_language, time_zone
from tocsin.core.messages import Message, plain

if TYPE_CHECKING:
    from tocsin.app.monitors.delivery.dispatch import Sent
    from tocsin.core.workspace import Workspace

FEED_ALERTS = 50
LATE = timedelta(days=2)
"""Posts that come in so long after they were published still ring."""
EVER = datetime(1, 1, 2, tzinfo=UTC)


@dataclass
class Watch:
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
    """Stories and groups that are there when a monitor is switched on: they do not ring."""
    return [ring.key for ring in rings(scope, EVER, now, AFTER_THE_FACT)]


def check(ledger: Ledger, watched: Watched, now: datetime, since: datetime | None = None) -> Watch:
    """Evaluate every monitor that is switched on; one that fails costs the others nothing.

    Volumes and appearances are looked for from the last check on (and `LATE` before); narratives
    and groups whenever the analysis found them, since they are known only after the fact.
    """
    watch = Watch()
    for name, active in ledger.active().items():
        monitor = active.monitor
        first = since or max(active.enabled_at, active.checked_until - LATE)
        try:
            scope = Scope(monitor, watched)
            found = rings(scope, first, now, RULES.keys() - AFTER_THE_FACT)
            found += rings(scope, EVER, now, AFTER_THE_FACT)
        except TocsinError as error:
            said = {"monitor": name, "why": error.located}
            watch.failures.append(Message("monitor.error.not_checked", said))
            continue
        watch.checked.append(name)
        watch.alerts += ledger.add(monitor, _in_order(found), now, now)
    return watch


def _in_order(found: Sequence[Ring]) -> list[Ring]:
    unique = {ring.key: ring for ring in found}
    return sorted(unique.values(), key=lambda ring: (ring.at, ring.key))


def send(ledger: Ledger, watched: Watched, now: datetime) -> Sent:
    """Send what waits, and write the feed."""
    from tocsin.app.monitors.delivery.dispatch import dispatch

    workspace = watched.workspace
    outcome = dispatch(ledger, watched, lambda monitor: words_of(workspace, monitor), now)
    write_alerts_feed(ledger, watched)
    return outcome


def write_alerts_feed(ledger: Ledger, watched: Watched) -> None:
    """Write ``exports/alerts.atom`` anew, from what the index holds now."""
    from tocsin.app.monitors.delivery import feed, wording

    workspace = watched.workspace
    active = ledger.active()
    entries: list[tuple[int, dict[str, Any], str]] = []
    for alert in ledger.alerts(limit=FEED_ALERTS):
        if alert.monitor in active:
            monitor = active[alert.monitor].monitor
            words = words_of(workspace, monitor)
            document = told(watched, monitor, alert.ring, words)
            entries.append((alert.id, document, wording.plain_text(document, words)))
    words = words_of(workspace)
    secret = workspace.secret.hex()
    feed.write_feed(workspace.file(FEED), words("monitor.feed"), entries, secret)


def told(watched: Watched, monitor: Monitor, ring: Ring, words: Words) -> dict[str, Any]:
    """An alert as it is told; one whose group or posts are gone since says so."""
    try:
        return describe(watched, monitor, ring, words)
    except TocsinError as error:
        gone = Ring(rule=ring.rule, key=ring.key, at=ring.at, query=monitor.scope,
                    since=ring.since, until=ring.until, normal=ring.normal, z=ring.z,
                    subject=ring.subject, value=ring.value)  # fmt: skip
        document = describe(watched, monitor, gone, words)
        why = Message("monitor.said.gone", {"why": plain(words.say(error.located))})
        return document | {"said": watched.people.hide(words.say(why))}
