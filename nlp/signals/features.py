"""What of a document is counted: words, pairs of words, hashtags and linked sites, each once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from nlp.signals.near_duplicates import find_near_duplicates
from nlp.signals.tag_site_features import (
    NAMED_KEY,
    POSITION_BITS,
    Occurrences,
    TagSiteVocabulary,
)
from nlp.text.bodies import bodies
from nlp.text.corpus import UNKNOWN_TIME, Corpus, Longs
from nlp.text.endings import strip_ending
from nlp.text.term_arrays import TokenSequence, TokenVocabulary
from tocsin.core.errors import Abort
from tocsin.core.findings import Narrative
from tocsin.core.messages import Message

NARRATIVE = "story:"
"""Begins the name of a feature that is a narrative: part of the ids of findings."""
_CHUNK = 25_000
_READ = ("title", "text", "hashtags", "urls")
"""Columns in which features are found."""


class FeatureNames(Sequence[str]):
    """The text of each code, made when asked for: there are a million, and a handful is shown.

    A key is the number of a word; of two words side by side the number of the first plus one, times
    2**32, plus that of the second; or `NAMED_KEY` plus a position of ``named``. Codes beyond the
    keys are those of ``more``.
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
        if key >= NAMED_KEY:
            return self._named[key - NAMED_KEY]
        first, second = divmod(key, 1 << 32)
        return f"{self._words[first - 1]} {self._words[second]}" if first else self._words[second]

    def extended(self, more: Sequence[str]) -> FeatureNames:
        """These names and more behind them."""
        return FeatureNames(self._keys, self._words, self._named, [*self._more, *more])


@dataclass(slots=True)
class Features:
    """Pairs of feature code and document row, in order of row; each pair once.

    ``texts`` numbers the different texts: equal where two rows are near duplicates
    (`nlp.signals.near_duplicates`), -1 where nothing is counted. ``names`` gives a code's text,
    ``forms`` how it was first written.
    """

    codes: NDArray[np.int32]
    rows: NDArray[np.int32]
    texts: Longs
    names: Sequence[str]
    forms: Sequence[str]


def extract_features(
    corpus: Corpus, is_over: Callable[[], bool] = lambda: False, since: int | None = None
) -> Features:
    """The features of all documents that have an author, and a time that can be compared.

    Of those from ``since`` on (epoch milliseconds), where it is given.

    Raises:
        Abort: ``is_over``, asked every few thousand documents, says that nobody waits any more.
    """
    extractor = _Extractor()
    counted = np.flatnonzero(_counted(corpus) & (corpus.times >= (since or UNKNOWN_TIME)))
    # what is passed on unchanged has the same features, and is read once
    equal = _first_equal(corpus, counted)
    different = counted[equal == counted]
    for start in range(0, len(different), _CHUNK):
        if is_over():
            raise Abort(Message("fault.nlp.stopped"))
        extractor.add(corpus, different[start : start + _CHUNK])
    features = extractor.features(len(corpus))
    return features if len(different) == len(counted) else _repeated(features, counted, equal)


def _first_equal(corpus: Corpus, rows: Longs) -> Longs:
    """Of each of some rising rows the first that has the same words, tags and links."""
    columns = {name: pl.Series(corpus.take(name, rows)) for name in _READ}
    every = pl.DataFrame({**columns, "place": np.arange(len(rows))})
    first = every.select(pl.col("place").min().over(_READ))["place"].to_numpy()
    equal: Longs = rows[first]
    return equal


def _repeated(features: Features, rows: Longs, equal: Longs) -> Features:
    """The features of some rows, given those of the first of each that are equal."""
    sizes = np.bincount(features.rows, minlength=len(features.texts))
    starts = np.cumsum(sizes) - sizes
    size = sizes[equal]
    places = np.repeat(starts[equal] - (np.cumsum(size) - size), size)
    places += np.arange(len(places))
    texts = features.texts
    texts[rows] = texts[equal]  # a near duplicate of what the first is one of
    return Features(
        features.codes[places],
        np.repeat(rows.astype(np.int32), size),
        texts,
        features.names,
        features.forms,
    )


def _counted(corpus: Corpus) -> NDArray[np.bool_]:
    """Which documents are counted."""
    counted: NDArray[np.bool_] = (corpus.times != UNKNOWN_TIME) & (corpus.authors >= 0)
    return counted & ~corpus.day_only


class _Extractor:
    """Collects the occurrences of features chunk by chunk, then numbers the features."""

    def __init__(self) -> None:
        self._tokens, self._tags_and_sites = TokenVocabulary(strip_ending), TagSiteVocabulary()
        self._rows: list[NDArray[np.int32]] = []
        self._keys: list[Longs] = []
        self._forms: list[Longs] = []

    def add(self, corpus: Corpus, rows: Longs) -> None:
        """Read some rows of a corpus, rising."""
        texts = bodies(corpus.take("title", rows), corpus.take("text", rows))
        words = _word_occurrences(self._tokens.tokenise(texts), self._tokens)
        named = self._tags_and_sites.occurrences(
            corpus.take("hashtags", rows), corpus.take("urls", rows)
        )
        positions, keys, forms = (np.concatenate(part) for part in zip(*words, *named, strict=True))
        if not len(positions):  # posts without a word, tag or link; Arrow drops empty chunks
            return
        order = np.argsort(positions, kind="stable")
        self._rows.append(rows[positions[order] >> POSITION_BITS].astype(np.int32))
        self._keys.append(keys[order])
        self._forms.append(forms[order])

    def features(self, number_of_rows: int) -> Features:
        """All features, their codes numbered in the order in which they come."""
        encoded = pa.chunked_array(self._keys, pa.int64()).dictionary_encode()
        keys = np.zeros(0, np.int64)
        if encoded.num_chunks:  # all chunks have one dictionary
            keys = np.asarray(encoded.chunk(0).dictionary)
        self._keys.clear()
        first_forms, seen = np.zeros(len(keys), np.int64), 0
        all_codes, all_rows = [np.zeros(0, np.int32)], [np.zeros(0, np.int32)]
        for at, chunk in enumerate(encoded.chunks):
            codes = np.asarray(chunk.indices).astype(np.int64)
            new = np.flatnonzero(codes >= seen)[::-1]
            # of several forms the last assigned stays, which is the first written
            first_forms[codes[new]] = self._forms[at][new]
            seen = max(seen, int(codes.max()) + 1)
            pairs = self._rows[at].astype(np.int64) << 32 | codes
            pairs.sort()
            pairs = pairs[np.diff(pairs, prepend=-1) != 0]
            all_codes.append((pairs & 0xFFFFFFFF).astype(np.int32))
            all_rows.append((pairs >> 32).astype(np.int32))
        codes_of_pairs, rows_of_pairs = np.concatenate(all_codes), np.concatenate(all_rows)
        return Features(
            codes_of_pairs,
            rows_of_pairs,
            find_near_duplicates(codes_of_pairs, rows_of_pairs, number_of_rows),
            FeatureNames(keys, self._tokens.words, self._tags_and_sites.names),
            FeatureNames(first_forms, self._tokens.forms, self._tags_and_sites.forms),
        )


def _word_occurrences(sequence: TokenSequence, tokens: TokenVocabulary) -> Iterator[Occurrences]:
    """The words of texts, then the pairs of neighbouring words."""
    word_of_token = np.append(np.array(tokens.word_of_token, np.int64), -1)
    word, token = word_of_token[sequence.token], sequence.token.astype(np.int64)
    # a word at an even position, the pair that it ends right behind it
    order_in_text = 2 * np.arange(len(word))
    positions = sequence.text.astype(np.int64) << POSITION_BITS | order_in_text
    is_word = word >= 0
    yield Occurrences(positions[is_word], tokens.keys()[word[is_word]], token[is_word])
    second = np.flatnonzero(sequence.adjacent & is_word)
    second = second[is_word[second - 1] & (word[second - 1] != word[second])]
    first = second - 1
    keys = word[first] + 1 << 32 | word[second]
    for at in np.flatnonzero(tokens.spaced()[word[first]]).tolist():
        pair = f"{tokens.words[word[first[at]]]} {tokens.words[word[second[at]]]}"
        keys[at] = tokens.key(pair)
    yield Occurrences(positions[second] + 1, keys, token[first] + 1 << 32 | token[second])


def add_narratives(features: Features, corpus: Corpus, narratives: Iterable[Narrative]) -> Features:
    """The features, and for each post of a narrative that narrative: narratives burst as words do.

    Narratives know the whole window, so this is for its end, not for a replay.
    """
    narratives = list(narratives)
    if not narratives:
        return features
    row_of = {key: row for row, key in enumerate(corpus.column("id"))}
    counted = _counted(corpus)
    codes, rows = [features.codes], [features.rows]
    for code, narrative in enumerate(narratives, start=len(features.names)):
        members = sorted(row_of[key] for key in narrative.members if key in row_of)
        members = [row for row in members if counted[row]]
        codes.append(np.full(len(members), code, np.int32))
        rows.append(np.array(members, np.int32))
    order = np.argsort(np.concatenate(rows), kind="stable")
    names = [NARRATIVE + narrative.id for narrative in narratives]
    forms = [" + ".join(narrative.terms[:3]) or narrative.label for narrative in narratives]
    return Features(
        np.concatenate(codes)[order],
        np.concatenate(rows)[order],
        features.texts,
        _extended(features.names, names),
        _extended(features.forms, forms),
    )


def _extended(names: Sequence[str], more: Sequence[str]) -> Sequence[str]:
    return names.extended(more) if isinstance(names, FeatureNames) else [*names, *more]


def time_slots(times: Longs, start: int, tick: int) -> Longs:
    """The tick-long slot of each time from ``start`` on; -1 where the time is unknown or before."""
    return np.where((times == UNKNOWN_TIME) | (times < start), -1, (times - start) // tick)
