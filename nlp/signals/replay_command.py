"""What ``tocsin replay`` does: the engine over a stretch of time, alert after alert."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import datetime, timedelta

from index.base import Index
from nlp.signals.description import describe_alert, describe_method
from nlp.signals.engine import DAY, detect_alerts, past_start
from nlp.signals.features import extract_features
from nlp.text.corpus import read_corpus
from tocsin.core.dates import from_milliseconds, to_milliseconds
from tocsin.core.errors import ConfigError
from tocsin.core.findings import Alert, WeakSignal, rfc3339
from tocsin.core.messages import Message
from tocsin.core.settings import NlpSettings

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
MIN_TICK, MAX_TICK = timedelta(minutes=5), timedelta(days=7)


def parse_tick(text: str) -> timedelta:
    """A length of time as a person writes it.

    Raises:
        ConfigError: it is not one, or too short or too long for a tick.
    """
    if text[:-1].isdigit() and text[-1:] in _UNITS and len(text) < 8:
        tick = timedelta(**{_UNITS[text[-1]]: int(text[:-1])})
        if MIN_TICK <= tick <= MAX_TICK:
            return tick
    raise ConfigError(Message("fault.nlp.tick", {"text": repr(text)}))


def make_alert(signal: WeakSignal) -> Alert:
    """The signal as a replay keeps it, under an id that no signal of an analysis has."""
    kept = {part.name: getattr(signal, part.name) for part in fields(signal)}
    return Alert(**kept | {"id": f"r{signal.id[1:]}"})


def replay_signals(
    index: Index,
    settings: NlpSettings,
    tick: timedelta,
    since: datetime | None,
    until: datetime | None,
) -> Iterator[WeakSignal]:
    """The signals of the ticks from ``since`` to ``until``, in order of time.

    Which accounts are coordinated is not said: that is known only of the whole window, later than
    the tick.
    """
    corpus = read_corpus(index, None, until)
    dated_times = corpus.dated_times
    if not len(dated_times):
        return
    # a tick is counted up to ``since`` as past: the alert of the tick at ``since`` itself still
    # comes
    first = int(dated_times[0])
    quiet_until = to_milliseconds(since) - 1 if since else first // DAY * DAY
    start = past_start(first, quiet_until) // DAY * DAY
    features = extract_features(corpus, since=start)
    method = describe_method(tick, settings.signal_min_authors, None, since, until)
    last_tick = to_milliseconds(until) if until else None
    alerts = detect_alerts(
        corpus,
        features,
        start=start,
        tick=tick,
        min_authors=settings.signal_min_authors,
        quiet_until=quiet_until,
    )
    for alert in alerts:
        if last_tick is not None and alert.tick > last_tick:
            return
        as_of = {"data_as_of": rfc3339(from_milliseconds(alert.tick))}
        at_tick = replace(method, parameters={**method.parameters, **as_of})
        yield describe_alert(alert, corpus, features, tick=tick, method=at_tick, coordinated=None)
