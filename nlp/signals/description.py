"""From an alert to a finding: in words, with its posts, first authors and coordinated accounts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from nlp.narratives.nodes import base_language
from nlp.narratives.word_kinds import unnaming_words
from nlp.signals.bursts import HALF_LIFE_DAYS, Burst
from nlp.signals.calibration import WARM_UP_TICKS
from nlp.signals.engine import ALLOWED_FALSE_PER_DAY, QUIET_DAYS, Alert
from nlp.signals.features import Features
from nlp.signals.naming.terms import clearest_named, rank_terms
from nlp.signals.naming.titles import find_titles
from nlp.signals.outcomes.lead_times import measure_lead_time
from nlp.text.corpus import Corpus, Longs
from tocsin.core.dates import from_milliseconds
from tocsin.core.findings import Evidence, Headline, Method, WeakSignal, rfc3339
from tocsin.core.messages import Message

VERSION = "8"
FIRST_AUTHORS = 5
_EVIDENCE_POSTS = 20
_TERMS_IN_WHY = 4
CAVEATS = (Message("weak_signal.caveat.importance"), Message("weak_signal.caveat.shuffled"))


def describe_method(
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
            "tick_hours": tick / timedelta(hours=1),
            "min_authors": min_authors,
            "allowed_false_per_day": ALLOWED_FALSE_PER_DAY,
            "half_life_days": HALF_LIFE_DAYS,
            "quiet_days": QUIET_DAYS,
            "warm_up_ticks": WARM_UP_TICKS,
            "since": rfc3339(since) if since else None,
            "until": rfc3339(until) if until else None,
            "data_as_of": rfc3339(data_as_of) if data_as_of else None,
        },
    )


def describe_alert(
    alert: Alert,
    corpus: Corpus,
    features: Features,
    *,
    tick: timedelta,
    method: Method,
    coordinated: frozenset[str] | None,
    shown: Sequence[Headline] = (),
    texts: Longs | None = None,
) -> WeakSignal:
    """The finding of an alert.

    Args:
        alert: what burst.
        corpus, features: what it was found in.
        tick: the length of the slot before ``alert.tick`` in which it burst.
        method: see `describe_method`.
        coordinated: authors flagged as coordinated; None where that is not known.
        shown: headlines that stand for it, in place of its own: of its narrative, or shown before;
            a language that has none gets one of its own.
        texts: by row of the corpus, the code of its text with copies and translations; None: of
            its text with near duplicates, as the stream itself knows them.
    """
    rows = [int(row) for row in alert.burst.rows]
    authors = _authors(corpus, rows)
    first_rows = [int(row) for row in alert.first_rows] or rows
    first_at = from_milliseconds(int(corpus.times[first_rows[0]]))
    first_authors = tuple(dict.fromkeys(_authors(corpus, first_rows)))[:FIRST_AUTHORS]
    languages = {base_language(corpus.cell("detected_lang", row)) for row in rows}
    names_nothing = unnaming_words(languages, alone=True)
    terms = rank_terms(alert.burst, features, names_nothing=names_nothing)
    clearest = _by_accounts(alert, corpus, clearest_named(alert.burst, features, names_nothing))
    post_ids = tuple(str(corpus.cell("id", row)) for row in rows)
    key = f"{features.names[alert.burst.bursts[0].code]}\x00{rfc3339(first_at)}"
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    share = without = None
    if coordinated is not None:
        share = round(sum(author in coordinated for author in authors) / len(authors), 6)
        without = len(set(authors) - coordinated)
    return WeakSignal(
        id="s" + digest[:10],
        method=method,
        terms=tuple(terms),
        flagged_at=from_milliseconds(alert.tick),
        first_at=first_at,
        posts=len(rows),
        authors=len(set(authors)),
        p_value=_rounded(clearest.p_value),
        expected_false_per_day=_rounded(alert.false_per_day),
        why=_why(clearest, features.forms[clearest.code], tick, len(set(authors)), terms),
        coordinated_share=share,
        without_coordinated=without,
        post_ids=post_ids,
        expected=round(clearest.expected, 4),
        lead_authors=clearest.authors,
        first_authors=first_authors,
        headlines=find_titles(
            alert.burst, corpus, features, features.texts if texts is None else texts, terms, shown
        ),
        lead=measure_lead_time(alert, corpus, features, tick),
        evidence=(
            Evidence(signal="burst", object=", ".join(terms), posts=post_ids[:_EVIDENCE_POSTS]),
        ),
        caveats=CAVEATS,
    )


def _by_accounts(alert: Alert, corpus: Corpus, at: int) -> Burst:
    """One of its bursts, with different accounts where each was counted once a tick.

    As many fewer are then said to be expected.
    """
    clearest = alert.burst.bursts[at]
    accounts = len(np.unique(corpus.authors[alert.burst.rows_of_burst[at]]))
    if accounts >= clearest.authors:
        return clearest
    expected = clearest.expected * accounts / clearest.authors
    return replace(clearest, authors=accounts, expected=expected)


def _authors(corpus: Corpus, rows: list[int]) -> list[str]:
    return [corpus.author_ids[int(corpus.authors[row])] for row in rows]


def _rounded(value: float) -> float:
    """Three significant digits."""
    return float(f"{value:.3g}")


def _why(burst: Burst, term: str, tick: timedelta, all_authors: int, terms: list[str]) -> Message:
    """How many used the clearest term in a tick, against the past, and how many the whole story."""
    new, more = "weak_signal.why.new", "weak_signal.why.more"
    parameters = {
        "n": burst.authors,
        "term": term,
        "span": Message("weak_signal.span", {"n": tick / timedelta(hours=1)}),
        "expected": burst.expected,
    }
    if all_authors > burst.authors:
        new, more = "weak_signal.why.new_with_terms", "weak_signal.why.more_with_terms"
        parameters |= {"terms": terms[:_TERMS_IN_WHY], "all": all_authors}
    return Message(new if burst.is_new else more, parameters)
