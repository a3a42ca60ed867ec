"""How long before its peak a story was told, and when it faded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from nlp.answers import lead_answer, lead_said
from nlp.signals.outcomes.lead_times import measure_lead_time
from nlp.signals.replay_command import replay_signals
from tocsin.core.dates import from_milliseconds
from tocsin.core.findings import LeadTime, WeakSignal
from tocsin.core.language.words import Words
from tocsin.core.settings import NlpSettings

START = datetime(2024, 1, 1, tzinfo=UTC)
TICK = timedelta(hours=6)
SAID = ("floods {} houses", "and {} lorries drown", "my aunt lost {} sheep", "{} wells spoilt",
        "who counts {} missing boats", "they knew {} weeks ago")  # fmt: skip


def growing(made: Any, posts_by_slot: dict[int, int]) -> Any:
    """A story with so many posts in each slot of six hours from the start."""
    number = 0
    for slot, posts in posts_by_slot.items():
        for n in range(posts):
            at = START + slot * TICK + timedelta(minutes=3 * n + 1)
            line = f"dambreak Vernay w{number}q {SAID[number % 6].format(number)} y{number}z"
            made.say(at, f"x:b{number}", line)
            number += 1
    return made


def told(index: Any, made: Any) -> WeakSignal:
    index.put(made.documents())
    found = replay_signals(index, NlpSettings(), TICK, None, None)
    (alert,) = [one for one in found if any("dambreak" in term for term in one.terms)]
    return alert


def test_a_story_told_before_its_peak_says_by_how_much(stream: Any, index: Any) -> None:
    slots = {40: 10, 41: 8, 42: 20, 43: 60, 44: 30, 45: 12, 46: 4}
    alert = told(index, growing(stream(days=16, authors=60), slots))
    assert alert.flagged_at == START + 41 * TICK
    assert alert.lead is not None
    assert alert.lead.peaked_at is not None
    assert alert.lead.peaked_at - (START + 43 * TICK) < TICK
    hours = alert.lead.hours_ahead(alert.flagged_at)
    assert 12 <= (hours or 0) < 18
    assert lead_answer(alert)["lead_hours"] == round(hours or 0, 2)
    assert alert.lead.faded_at is not None
    assert START + 46 * TICK <= alert.lead.faded_at <= START + 48 * TICK
    assert Words("fr").say(lead_said(alert)).startswith("signalé 1")
    assert Words("fr").say(lead_said(alert)).endswith("avant son pic")


def test_a_story_that_still_grows_has_no_peak(stream: Any, index: Any) -> None:
    alert = told(index, growing(stream(days=14, authors=60), {53: 10, 54: 20, 55: 40}))
    assert set(lead_answer(alert).values()) == {None}
    assert str(lead_said(alert)) == "no peak yet"


def test_words_that_no_post_has_both_of_are_followed_one_by_one() -> None:
    """The demo's replay fell over a story of two words that rose apart from each other."""
    hour = 3_600_000
    times = np.arange(10, dtype=np.int64) * hour
    corpus = SimpleNamespace(times=times, dated_times=times)
    features = SimpleNamespace(
        names=["packs", "word"],
        rows=np.array([2, 3, 4, 4, 6]),
        codes=np.array([0, 1, 2, 2, 0]),
    )
    burst = SimpleNamespace(bursts=[SimpleNamespace(code=0), SimpleNamespace(code=1)], rows=[2, 3])
    alert: Any = SimpleNamespace(tick=4 * hour, first_rows=[], burst=burst)
    lead = measure_lead_time(alert, cast("Any", corpus), cast("Any", features), timedelta(hours=2))
    assert lead.peaked_at == from_milliseconds(int(2.5 * hour))
    nowhere = SimpleNamespace(names=features.names, rows=np.array([0]), codes=np.array([2]))
    assert (
        measure_lead_time(alert, cast("Any", corpus), cast("Any", nowhere), timedelta(hours=2))
        == LeadTime()
    )
