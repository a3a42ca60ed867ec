"""What ``tocsin replay`` does: the engine over a stretch of time, alert after alert."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from nlp.signals.features import extract
from nlp.signals.replay import DAY, alerts
from nlp.signals.telling import method, tell
from nlp.text.corpus import milliseconds, moment, read
from tocsin.core.errors import ConfigError
from tocsin.core.findings import WeakSignal, rfc3339
from tocsin.core.settings import NlpSettings

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_LEAST, _MOST = timedelta(minutes=5), timedelta(days=7)


def span(text: str) -> timedelta:
    """A length of time as a person writes it.

    Raises:
        ConfigError: it is none, or no use as a tick.
    """
    if text[:-1].isdigit() and text[-1:] in _UNITS and len(text) < 8:
        found = timedelta(**{_UNITS[text[-1]]: int(text[:-1])})
        if _LEAST <= found <= _MOST:
            return found
    raise ConfigError(f"--tick {text!r} is no tick; write 30m, 6h or 1d (from 5 minutes to 7 days)")


def told(
    index: Any,
    settings: NlpSettings,
    tick: timedelta,
    since: datetime | None,
    until: datetime | None,
) -> Iterator[WeakSignal]:
    """The alerts of the ticks from ``since`` to ``until``, in order of time.

    Which accounts are coordinated is not said: that is known only of the whole window, later than the tick.
    """
    corpus = read(index, None, until)
    known = corpus.dated_times
    if not len(known):
        return
    features = extract(corpus)
    start = int(known[0]) // DAY * DAY
    # a tick is counted up to ``since`` as past: the alert of the tick at ``since`` itself still comes
    quiet_until = milliseconds(since) - 1 if since else start
    how = method(tick, settings.signal_min_authors, None, since, until)
    last = milliseconds(until) if until else None
    for alert in alerts(
        corpus,
        features,
        start=start,
        tick=tick,
        min_authors=settings.signal_min_authors,
        quiet_until=quiet_until,
    ):
        if last is not None and alert.tick > last:
            return
        at = {**how.parameters, "data_as_of": rfc3339(moment(alert.tick))}
        yield tell(
            alert, corpus, features, tick=tick, how=replace(how, parameters=at), coordinated=None
        )
