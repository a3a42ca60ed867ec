"""From an alert to a finding: in words, with its posts, its first authors and what is left without coordinated accounts."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from nlp.signals.bursts import HALF_LIFE_DAYS
from nlp.signals.calibration import WARM_UP_TICKS
from nlp.signals.features import Features
from nlp.signals.replay import ALLOWED, QUIET_DAYS, Alert, shown_terms
from nlp.text.corpus import Corpus, moment
from tocsin.core.findings import Evidence, Method, WeakSignal, rfc3339

VERSION = "2"
MAX_POSTS = 200
FIRST_AUTHORS = 5
CAVEATS = (
    "a burst says that more people write of it, not that it is true or matters",
    "false alarms are counted on this stream's own past with shuffled times; real days have bursts that mean nothing too",
)


def method(
    tick: timedelta,
    min_authors: int,
    data_as_of: datetime | None,
    since: datetime | None,
    until: datetime | None,
) -> Method:
    """The method of a run of the engine."""
    return Method(
        name="weak-signals",
        version=VERSION,
        parameters={
            "tick_hours": tick / timedelta(hours=1), "min_authors": min_authors, "allowed_false_per_day": ALLOWED,
            "half_life_days": HALF_LIFE_DAYS, "quiet_days": QUIET_DAYS, "warm_up_ticks": WARM_UP_TICKS,
            "since": rfc3339(since) if since else None, "until": rfc3339(until) if until else None,
            "data_as_of": rfc3339(data_as_of) if data_as_of else None,
        },
    )  # fmt: skip


def tell(
    alert: Alert,
    corpus: Corpus,
    features: Features,
    *,
    tick: timedelta,
    how: Method,
    coordinated: frozenset[str] | None,
) -> WeakSignal:
    """The finding of an alert.

    Args:
        alert: what burst.
        corpus, features: what it was found in.
        tick: the length of the slot before ``alert.tick`` in which it burst.
        how: see `method`.
        coordinated: authors flagged as coordinated; None where that is not known.
    """
    rows = [int(row) for row in alert.burst.rows]
    authors = [corpus.author_ids[int(corpus.authors[row])] for row in rows]
    first = [int(row) for row in alert.first_rows] or rows
    first_at = moment(int(corpus.times[first[0]]))
    strongest = alert.burst.rises[0]
    terms = shown_terms(alert.burst, features)
    ids = tuple(str(corpus.at("id", row)) for row in rows[:MAX_POSTS])
    key = f"{features.names[strongest.code]}\x00{rfc3339(first_at)}"
    share = without = None
    if coordinated is not None:
        share = round(sum(author in coordinated for author in authors) / len(authors), 6)
        without = len({author for author in authors if author not in coordinated})
    return WeakSignal(
        id="s" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:10], method=how, terms=tuple(terms),
        flagged_at=moment(alert.tick), first_at=first_at, posts=len(rows), authors=len(set(authors)),
        p_value=float(f"{strongest.p_value:.3g}"), expected_false_per_day=float(f"{alert.false_per_day:.3g}"),
        why=_why(features.shown[strongest.code], strongest.authors, strongest.expected, strongest.new, tick, len(set(authors)), terms),
        coordinated_share=share, without_coordinated=without, post_ids=ids, expected=round(strongest.expected, 4), lead_authors=strongest.authors,
        first_authors=tuple(dict.fromkeys(corpus.author_ids[int(corpus.authors[row])] for row in first))[:FIRST_AUTHORS],
        evidence=(Evidence(signal="burst", object=", ".join(terms), posts=ids[:20]),), caveats=CAVEATS,
    )  # fmt: skip


def _why(
    term: str,
    count: int,
    expected: float,
    new: bool,
    tick: timedelta,
    authors: int,
    terms: list[str],
) -> str:
    hours = tick / timedelta(hours=1)
    span = f"{hours:g} hours" if hours != 1 else "hour"
    past = "nobody had before" if new else f"{expected:.2g} were to be expected from the past"
    rest = (
        f"; with what goes with it ({', '.join(terms[:4])}), {authors} authors"
        if authors > count
        else ""
    )
    return f"{count} different authors wrote of “{term}” in {span}, where {past}{rest}"
