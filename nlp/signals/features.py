"""What of a document is counted: words, pairs of words, hashtags and linked sites, each once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from nlp.signals.marks import NAMED, PLACES, SITE, TAG, Marks, site_of
from nlp.signals.texts import near_copies
from nlp.text.cleaning import body
from nlp.text.corpus import UNKNOWN_TIME, Corpus, Longs
from nlp.text.term_arrays import Found, Tokens
from nlp.text.terms import terms
from tocsin.core.errors import Abort
from tocsin.core.findings import Narrative
from tocsin.core.text import fold

STORY = "story:"
_CHUNK = 25_000


class Names(Sequence[str]):
    """The text of each code, made when asked for: there are a million, and a handful is shown.

    A key is the number of a word, or where two words stand side by side the number of the first plus one, times 2**32, plus that of the
    second, or `NAMED` plus a position of ``named``. Codes beyond the keys are those of ``more``.
    """

    def __init__(
        self, keys: Longs, words: Sequence[str], named: Sequence[str], more: Sequence[str] = ()
    ) -> None:
        self._keys, self._words, self._named, self._more = keys, words, named, tuple(more)

    def __len__(self) -> int:
        return len(self._keys) + len(self._more)

    @overload
    def __getitem__(self, code: int) -> str: ...
    @overload
    def __getitem__(self, code: slice) -> list[str]: ...
    def __getitem__(self, code: int | slice) -> str | list[str]:
        if isinstance(code, slice):
            return [self[one] for one in range(*code.indices(len(self)))]
        if not 0 <= code < len(self):
            raise IndexError(code)
        if code >= len(self._keys):
            return self._more[code - len(self._keys)]
        key = int(self._keys[code])
        if key >= NAMED:
            return self._named[key - NAMED]
        first, second = divmod(key, 1 << 32)
        return f"{self._words[first - 1]} {self._words[second]}" if first else self._words[second]

    def with_more(self, more: Sequence[str]) -> Names:
        """These names and more behind them."""
        return Names(self._keys, self._words, self._named, [*self._more, *more])


@dataclass(slots=True)
class Features:
    """Pairs of feature code and document row, in order of row; a pair stands once.

    ``texts`` numbers the different texts: equal where two rows are near copies (`nlp.signals.texts`), -1 where nothing is counted.
    ``names`` gives a code's text, ``shown`` how it was first written.
    """

    codes: NDArray[np.int32]
    rows: NDArray[np.int32]
    texts: Longs
    names: Names
    shown: Names


def extract(corpus: Corpus, over: Callable[[], bool] = lambda: False) -> Features:
    """The features of all documents that have a time and an author: of each what `of_document` gives.

    Raises:
        Abort: ``over``, asked every few thousand documents, says that nobody waits for them any more.
    """
    tokens, marks = Tokens(), Marks()
    rows: list[NDArray[np.int32]] = []
    keys: list[Longs] = []
    written: list[Longs] = []
    known = np.flatnonzero((corpus.times != UNKNOWN_TIME) & (corpus.authors >= 0))
    for start in range(0, len(known), _CHUNK):
        if over():
            raise Abort("the analysis was stopped while words were counted; start it again")
        some = known[start : start + _CHUNK]
        titles, texts = (corpus.some(name, some).to_pylist() for name in ("title", "text"))
        found = tokens.find(
            [body(title, text or "") for title, text in zip(titles, texts, strict=True)]
        )
        marked = marks.find(corpus.some("hashtags", some), corpus.some("urls", some))
        places, chunk_keys, forms = (
            np.concatenate(part) for part in zip(*_of_words(found, tokens), *marked, strict=True)
        )
        order = np.argsort(places, kind="stable")
        rows.append(some[places[order] >> PLACES].astype(np.int32))
        keys.append(chunk_keys[order])
        written.append(forms[order])
    return _coded(len(corpus), rows, keys, written, tokens, marks)


def _coded(
    number: int, rows: list[NDArray[np.int32]], keys: list[Longs], written: list[Longs], tokens: Tokens, marks: Marks
) -> Features:  # fmt: skip
    """Codes for keys, numbered in the order they come."""
    encoded = pa.chunked_array(keys, pa.int64()).dictionary_encode()
    names = np.asarray(encoded.chunk(0).dictionary) if keys else np.zeros(0, np.int64)
    keys.clear()
    shown, seen = np.zeros(len(names), np.int64), 0
    coded, placed = [np.zeros(0, np.int32)], [np.zeros(0, np.int32)]
    for at, chunk in enumerate(encoded.chunks):
        codes = np.asarray(chunk.indices).astype(np.int64)
        new = np.flatnonzero(codes >= seen)[::-1]
        shown[codes[new]] = written[at][
            new
        ]  # of several the last assigned stays: the first written
        seen = max(seen, int(codes.max(initial=-1)) + 1)
        pairs = rows[at].astype(np.int64) << 32 | codes
        pairs.sort()
        pairs = pairs[np.diff(pairs, prepend=-1) != 0]
        coded.append((pairs & 0xFFFFFFFF).astype(np.int32))
        placed.append((pairs >> 32).astype(np.int32))
    all_codes, all_rows = np.concatenate(coded), np.concatenate(placed)
    texts = near_copies(all_codes, all_rows, number)
    return Features(
        all_codes,
        all_rows,
        texts,
        Names(names, tokens.words, marks.names),
        Names(shown, tokens.shown, marks.shown),
    )


def _of_words(found: Found, tokens: Tokens) -> Iterator[tuple[Longs, Longs, Longs]]:
    """Place, key and writing of each word, then of each pair of neighbouring words."""
    folded = np.append(np.array(tokens.folded, np.int64), -1)[found.token]
    token = found.token.astype(np.int64)
    places = found.text.astype(np.int64) << PLACES | 2 * np.arange(len(folded))
    words = folded >= 0
    yield places[words], tokens.keys()[folded[words]], token[words]
    second = np.flatnonzero(found.behind & words)
    second = second[words[second - 1] & (folded[second - 1] != folded[second])]
    keys = folded[second - 1] + 1 << 32 | folded[second]
    for at in np.flatnonzero(tokens.spaced()[folded[second - 1]]).tolist():
        keys[at] = tokens.key(
            f"{tokens.words[folded[second[at] - 1]]} {tokens.words[folded[second[at]]]}"
        )
    yield places[second] + 1, keys, token[second - 1] + 1 << 32 | token[second]


def with_stories(features: Features, corpus: Corpus, narratives: Iterable[Narrative]) -> Features:
    """The features, and for each post of a narrative that narrative: stories burst as words do.

    Narratives know the whole window, so this is for its end, not for a replay.
    """
    narratives = list(narratives)
    if not narratives:
        return features
    row_of = {key: row for row, key in enumerate(corpus.column("id"))}
    names: list[str] = []
    shown: list[str] = []
    codes, rows = [features.codes], [features.rows]
    for narrative in narratives:
        found = sorted(row_of[key] for key in narrative.members if key in row_of)
        found = [
            row for row in found if corpus.times[row] != UNKNOWN_TIME and corpus.authors[row] >= 0
        ]
        codes.append(np.full(len(found), len(features.names) + len(names), np.int32))
        rows.append(np.array(found, np.int32))
        names.append(STORY + narrative.id)
        shown.append(" + ".join(narrative.terms[:3]) or narrative.label)
    order = np.argsort(np.concatenate(rows), kind="stable")
    return Features(
        np.concatenate(codes)[order], np.concatenate(rows)[order], features.texts,
        features.names.with_more(names), features.shown.with_more(shown),
    )  # fmt: skip


def of_document(
    title: str | None,
    text: str,
    tags: tuple[str, ...] | list[str],
    urls: tuple[str, ...] | list[str],
) -> dict[str, str]:
    """Features of one document -> as written. A hashtag is its own feature beside the word it is made of."""
    found = terms(title, text)
    found |= {TAG + key: TAG + tag for tag in tags if (key := fold(tag).strip())}
    found |= {SITE + site: site for url in urls if (site := site_of(url))}
    return found


def slots_of(times: Longs, start: int, tick: int) -> Longs:
    """The tick-long slot of each time from ``start`` on; -1 where the time is unknown or before."""
    return np.where((times == UNKNOWN_TIME) | (times < start), -1, (times - start) // tick)
