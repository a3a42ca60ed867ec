"""What of a document is counted: words, pairs of words, hashtags and linked sites, each once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from nlp.corpus import UNKNOWN_TIME, Corpus, Longs
from nlp.signals.texts import near_copies
from nlp.terms import terms
from tocsin.findings import Narrative
from tocsin.text import fold
from tocsin.urls import domain

TAG, SITE, STORY = "#", "site:", "story:"
_PLATFORM_SITES = frozenset(
    {"x.com", "twitter.com", "t.co", "bit.ly", "facebook.com", "youtube.com", "youtu.be", "instagram.com", "tinyurl.com"}
)


@dataclass(slots=True)
class Features:
    """Pairs of feature code and document row, in order of row.

    ``texts`` numbers the different texts: equal where two rows are near copies (`nlp.signals.texts`), -1 where nothing is counted.
    ``names`` gives a code's text, ``shown`` how it was first written.
    """

    codes: NDArray[np.int32]
    rows: NDArray[np.int32]
    texts: Longs
    names: list[str]
    shown: list[str]


def extract(corpus: Corpus) -> Features:
    """The features of all documents that have a time and an author."""
    known: dict[str, int] = {}
    shown: list[str] = []
    codes: list[int] = []
    rows: list[int] = []
    columns = zip(*(corpus.column(name) for name in ("title", "text", "hashtags", "urls")), strict=True)
    for row, (title, text, tags, urls) in enumerate(columns):
        if corpus.times[row] == UNKNOWN_TIME or corpus.authors[row] < 0:
            continue
        found = of_document(title, text or "", tags or (), urls or ())
        for name, written in found.items():
            code = known.setdefault(name, len(known))
            if code == len(shown):
                shown.append(written)
            codes.append(code)
        rows.extend(repeat(row, len(found)))
    coded, placed = np.array(codes, np.int32), np.array(rows, np.int32)
    return Features(coded, placed, near_copies(coded, placed, len(corpus)), list(known), shown)


def with_stories(features: Features, corpus: Corpus, narratives: Iterable[Narrative]) -> Features:
    """The features, and for each post of a narrative that narrative: stories burst as words do.

    Narratives know the whole window, so this is for its end, not for a replay.
    """
    row_of = {key: row for row, key in enumerate(corpus.column("id"))}
    names, shown = list(features.names), list(features.shown)
    codes, rows = [features.codes], [features.rows]
    for narrative in narratives:
        found = sorted(row_of[key] for key in narrative.members if key in row_of)
        found = [row for row in found if corpus.times[row] != UNKNOWN_TIME and corpus.authors[row] >= 0]
        codes.append(np.full(len(found), len(names), np.int32))
        rows.append(np.array(found, np.int32))
        names.append(STORY + narrative.id)
        shown.append(" + ".join(narrative.terms[:3]) or narrative.label)
    order = np.argsort(np.concatenate(rows), kind="stable")
    return Features(np.concatenate(codes)[order], np.concatenate(rows)[order], features.texts, names, shown)


def of_document(title: str | None, text: str, tags: tuple[str, ...] | list[str], urls: tuple[str, ...] | list[str]) -> dict[str, str]:
    """Features of one document -> as written. A hashtag is its own feature beside the word it is made of."""
    found = terms(title, text)
    found |= {TAG + key: TAG + tag for tag in tags if (key := fold(tag).strip())}
    found |= {SITE + site: site for url in urls if (site := domain(url)) and site not in _PLATFORM_SITES}
    return found


def slots_of(times: Longs, start: int, tick: int) -> Longs:
    """The tick-long slot of each time from ``start`` on; -1 where the time is unknown or before."""
    return np.where((times == UNKNOWN_TIME) | (times < start), -1, (times - start) // tick)
