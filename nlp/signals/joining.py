"""Alerts of one day that tell one story are one signal: for the screen of today, which knows the whole day.

Two alerts are one story where half of the posts of the smaller are copies, rewordings or translations of posts of the other;
where the same people wrote both; or where both lie in one narrative and are of two languages, which share neither
words nor people. What accounts flagged as coordinated wrote is never joined by narrative with what others did: they may write
of one thing, and are not one story.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nlp.signals.bursts import Rise
from nlp.signals.crowd import CHANCE, Crowd
from nlp.signals.features import Features
from nlp.signals.merging import SHARED, Burst, mostly
from nlp.signals.replay import Alert
from nlp.text.corpus import UNKNOWN_TIME, Corpus, Longs


@dataclass(frozen=True, slots=True)
class Carriers:
    """What is known of each row: ``texts`` numbers texts with their copies and translations, ``narratives`` (-1: none) and ``languages``."""

    texts: Longs
    narratives: Longs
    languages: Longs
    flagged: NDArray[np.bool_] | None
    crowd: Crowd


def carriers(
    corpus: Corpus, features: Features, narrative_of: Mapping[str, str], flagged: NDArray[np.bool_] | None, since: int
) -> Carriers:  # fmt: skip
    """What `joined` asks of the posts of a corpus.

    Args:
        corpus, features: the posts.
        narrative_of: document id -> narrative id.
        flagged: by row, whether its author is flagged as coordinated; None where that is not known.
        since: epoch milliseconds from which on posts are those of the day.
    """
    groups = _numbered(corpus.column("copy_group"))
    texts = np.where(groups >= 0, groups, groups.max(initial=-1) + 1 + features.texts)
    dated = corpus.times != UNKNOWN_TIME
    crowd = Crowd(
        np.flatnonzero(dated & (corpus.times >= since)),
        np.flatnonzero(dated & (corpus.times < since)),
        corpus.authors,
    )
    narratives = _numbered([narrative_of.get(key) for key in corpus.column("id")])
    return Carriers(texts, narratives, _numbered(corpus.column("detected_lang")), flagged, crowd)


def joined(alerts: Sequence[Alert], known: Carriers) -> list[Alert]:
    """The alerts, those of one story put together; the clearest first."""
    found: list[Alert] = []
    for alert in sorted(
        alerts, key=lambda a: (a.burst.rises[0].p_value, a.tick, a.burst.rises[0].code)
    ):
        # one that ties two stories together makes them one
        for other in [
            story for story in found if one_story(alert.burst.rows, story.burst.rows, known)
        ]:
            found.remove(other)
            alert = _both(other, alert)
        found.append(alert)
    return sorted(found, key=lambda a: (a.burst.rises[0].p_value, a.tick, a.burst.rises[0].code))


def one_story(a: Longs, b: Longs, known: Carriers) -> bool:
    """Whether two sets of posts tell one story."""
    fewer, more = (a, b) if len(a) <= len(b) else (b, a)
    if np.isin(known.texts[fewer], known.texts[more]).mean() >= SHARED:
        return True
    if mostly(a, known.flagged) != mostly(b, known.flagged):
        return False
    if known.crowd.chance(a, b) <= CHANCE:
        return True
    narrative = _most(known.narratives[a])
    return (
        narrative >= 0
        and narrative == _most(known.narratives[b])
        and _most(known.languages[a]) != _most(known.languages[b])
    )


def _both(a: Alert, b: Alert) -> Alert:
    """Two alerts as one: told when the first was, as clear as the clearer."""
    held: dict[int, tuple[Rise, Longs]] = {}
    for rise, rows in sorted(
        [
            *zip(a.burst.rises, a.burst.carried, strict=True),
            *zip(b.burst.rises, b.burst.carried, strict=True),
        ],
        key=lambda pair: (pair[0].p_value, pair[0].code),
    ):
        clearest, before = held.get(rise.code, (rise, rows))
        held[rise.code] = (clearest, np.union1d(before, rows))
    burst = Burst(
        tuple(rise for rise, _ in held.values()),
        tuple(rows for _, rows in held.values()),
        np.union1d(a.burst.rows, b.burst.rows),
    )
    first = np.union1d(a.first_rows, b.first_rows)
    return replace(
        a,
        tick=min(a.tick, b.tick),
        burst=burst,
        first_rows=first,
        false_per_day=min(a.false_per_day, b.false_per_day),
    )


def _most(values: Longs) -> int:
    """The value that at least half of all have; -1 where there is none."""
    known, counts = np.unique(values, return_counts=True)
    best = int(np.argmax(counts))
    return int(known[best]) if 2 * counts[best] >= len(values) else -1


def _numbered(names: Sequence[str | None]) -> Longs:
    """A number for each different name; -1 where there is none."""
    number: dict[str, int] = {}
    return np.array(
        [-1 if not name else number.setdefault(name, len(number)) for name in names], np.int64
    )
