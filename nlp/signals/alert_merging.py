"""Alerts of one day that tell one story are one signal.

For the screen of today, which knows the day.

Two alerts tell one story where half of the posts of the smaller are copies, rewordings or
translations of posts of the other; where the same authors wrote both; or where both lie in one
narrative and are of two languages, which share neither words nor authors. What accounts flagged as
coordinated wrote is never merged by narrative with what others did: they may write of one thing,
and are not one story.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nlp.signals.author_overlap import MAX_P_VALUE, AuthorOverlap
from nlp.signals.burst_merging import MIN_SHARED_POSTS, MergedBurst, is_mostly_flagged
from nlp.signals.bursts import Burst
from nlp.signals.engine import Alert
from nlp.signals.features import Features
from nlp.text.corpus import UNKNOWN_TIME, Corpus, Longs


@dataclass(frozen=True, slots=True)
class PostAttributes:
    """What is known of each row of a corpus.

    ``texts`` numbers texts together with their copies and translations; ``narratives`` and
    ``languages`` are codes, -1 where there is none; ``flagged`` says whether the author is flagged
    as coordinated, None where that is not known. ``overlap`` is the test for common authors of the
    day.
    """

    texts: Longs
    narratives: Longs
    languages: Longs
    flagged: NDArray[np.bool_] | None
    overlap: AuthorOverlap


def post_attributes(
    corpus: Corpus,
    features: Features,
    narrative_of: Mapping[str, str],
    flagged: NDArray[np.bool_] | None,
    since: int,
) -> PostAttributes:
    """What `merge_alerts` asks of the posts of a corpus.

    Args:
        corpus, features: the posts.
        narrative_of: document id -> narrative id.
        flagged: by row, whether its author is flagged as coordinated; None where that is not known.
        since: epoch milliseconds from which on posts are those of the day.
    """
    copy_groups = _codes(corpus.column("copy_group"))
    alone = copy_groups.max(initial=-1) + 1 + features.texts
    dated = corpus.times != UNKNOWN_TIME
    overlap = AuthorOverlap(
        np.flatnonzero(dated & (corpus.times >= since)),
        np.flatnonzero(dated & (corpus.times < since)),
        corpus.authors,
    )
    return PostAttributes(
        texts=np.where(copy_groups >= 0, copy_groups, alone),
        narratives=_codes([narrative_of.get(key) for key in corpus.column("id")]),
        languages=_codes(corpus.column("detected_lang")),
        flagged=flagged,
        overlap=overlap,
    )


def merge_alerts(alerts: Sequence[Alert], posts: PostAttributes) -> list[Alert]:
    """The alerts, those of one story merged; the clearest first."""
    merged: list[Alert] = []
    for alert in sorted(alerts, key=_clearness):
        # an alert that ties two stories together makes them one
        same = [
            other for other in merged if is_same_story(alert.burst.rows, other.burst.rows, posts)
        ]
        for other in same:
            merged.remove(other)
            alert = _merged(other, alert)
        merged.append(alert)
    return sorted(merged, key=_clearness)


def is_same_story(a: Longs, b: Longs, posts: PostAttributes) -> bool:
    """Whether two sets of posts tell one story."""
    fewer, more = (a, b) if len(a) <= len(b) else (b, a)
    if np.isin(posts.texts[fewer], posts.texts[more]).mean() >= MIN_SHARED_POSTS:
        return True
    if is_mostly_flagged(a, posts.flagged) != is_mostly_flagged(b, posts.flagged):
        return False
    if posts.overlap.p_value(a, b) <= MAX_P_VALUE:
        return True
    narrative = _majority(posts.narratives[a])
    return (
        narrative >= 0
        and narrative == _majority(posts.narratives[b])
        and _majority(posts.languages[a]) != _majority(posts.languages[b])
    )


def _clearness(alert: Alert) -> tuple[float, int, int]:
    clearest = alert.burst.bursts[0]
    return clearest.p_value, alert.tick, clearest.code


def _merged(a: Alert, b: Alert) -> Alert:
    """Two alerts as one: raised when the first was, as clear as the clearer."""
    by_code: dict[int, tuple[Burst, Longs]] = {}
    pairs = [
        *zip(a.burst.bursts, a.burst.rows_of_burst, strict=True),
        *zip(b.burst.bursts, b.burst.rows_of_burst, strict=True),
    ]
    for burst, rows in sorted(pairs, key=lambda pair: (pair[0].p_value, pair[0].code)):
        clearest, earlier_rows = by_code.get(burst.code, (burst, rows))
        by_code[burst.code] = (clearest, np.union1d(earlier_rows, rows))
    merged = MergedBurst(
        tuple(burst for burst, _ in by_code.values()),
        tuple(rows for _, rows in by_code.values()),
        np.union1d(a.burst.rows, b.burst.rows),
    )
    return replace(
        a,
        tick=min(a.tick, b.tick),
        burst=merged,
        first_rows=np.union1d(a.first_rows, b.first_rows),
        false_per_day=min(a.false_per_day, b.false_per_day),
    )


def _majority(values: Longs) -> int:
    """The value that at least half of all have; -1 where there is none."""
    unique, counts = np.unique(values, return_counts=True)
    best = int(np.argmax(counts))
    return int(unique[best]) if 2 * counts[best] >= len(values) else -1


def _codes(names: Sequence[str | None]) -> Longs:
    """A number for each different name; -1 where there is none."""
    number: dict[str, int] = {}
    codes = [number.setdefault(name, len(number)) if name else -1 for name in names]
    return np.array(codes, np.int64)
