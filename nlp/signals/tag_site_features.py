"""Hashtags and linked sites of many posts at once, as features."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from nlp.text.corpus import Longs
from tocsin.core.text import fold
from tocsin.core.urls import LEADS_ON, PLAIN_HOST, domain, is_platform

TAG, SITE = "#", "site:"
NAMED_KEY = 1 << 62
"""Keys from here on are those of tags and sites: positions of `TagSiteVocabulary.names`."""
POSITION_BITS = 40
"""Bits of a feature's position below the number of its text.

Within a text, words and pairs come first as they stand in it, then tags, then sites.
"""


class Occurrences(NamedTuple):
    """Features as they stand in texts: arrays of equal length.

    ``positions`` hold the text's number above `POSITION_BITS` and the order within the text below;
    ``keys`` say which feature it is, ``forms`` how it is written.
    """

    positions: Longs
    keys: Longs
    forms: Longs


def site_of(url: str) -> str:
    """The site of an address; empty for platforms and shorteners, and where there is none."""
    site = domain(url)
    return "" if is_platform(site) else site


class TagSiteVocabulary:
    """Names of tags and sites, and their written forms, numbered as they are met."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.forms: list[str] = []
        self._name_codes: dict[str, int] = {}
        self._form_codes: dict[str, int] = {}

    def occurrences(self, tags: pa.Array, urls: pa.Array) -> Iterator[Occurrences]:
        """The tags, then the sites, of texts given by their lists of tags and of addresses."""
        yield self._tags(tags)
        yield self._sites(urls)

    def _tags(self, lists: pa.Array) -> Occurrences:
        texts, values = _flattened(lists)
        encoded = values.dictionary_encode()
        codes = self._codes(encoded.dictionary.to_pylist(), _tag_name)
        text, key, form = _meaningful(texts, codes[np.asarray(encoded.indices)])
        return Occurrences(_after_words(text), key, _last_form(text, key, form))

    def _sites(self, lists: pa.Array) -> Occurrences:
        texts, values = _flattened(lists)
        # the host of a plain address is found in all of them at once; the others are parsed one by
        # one
        addresses = pl.Series(values.cast(pa.large_string()), dtype=pl.String)
        hosts = addresses.str.extract(f"^{PLAIN_HOST}", 1)
        plain = (hosts.is_not_null() & ~hosts.str.contains(LEADS_ON)).arg_true()
        if len(plain):
            addresses = addresses.scatter(plain, "https://" + hosts.gather(plain))
        encoded = addresses.to_arrow().dictionary_encode()
        codes = self._codes(encoded.dictionary.to_pylist(), _site_name)
        text, key, form = _meaningful(texts, codes[np.asarray(encoded.indices)])
        return Occurrences(_after_words(text), key, form)

    def _codes(
        self, values: list[str], name_and_form: Callable[[str], tuple[str, str] | None]
    ) -> Longs:
        """Key and form of each value, int64 (n, 2); -1 where it means nothing."""
        codes = []
        for value in values:
            meaning = name_and_form(value)
            codes.append((-1, -1) if meaning is None else self._code(*meaning))
        return np.array(codes, np.int64).reshape(-1, 2)

    def _code(self, name: str, form: str) -> tuple[int, int]:
        key = _number(self._name_codes, self.names, name)
        return NAMED_KEY + key, NAMED_KEY + _number(self._form_codes, self.forms, form)


def _tag_name(tag: str) -> tuple[str, str] | None:
    folded = fold(tag).strip()
    return (TAG + folded, TAG + tag) if folded else None


def _site_name(url: str) -> tuple[str, str] | None:
    site = site_of(url)
    return (SITE + site, site) if site else None


def _flattened(lists: pa.Array) -> tuple[Longs, pa.Array]:
    """The list that each value is in, and the values of all lists one after the other."""
    values = pc.list_flatten(lists)
    texts = np.asarray(pc.list_parent_indices(lists)).astype(np.int64)
    valid = pc.is_valid(values)
    return texts[np.asarray(valid)], values.filter(valid)


def _meaningful(texts: Longs, codes: Longs) -> tuple[Longs, Longs, Longs]:
    """Text, key and form of the values that mean something."""
    kept = codes[:, 0] >= 0
    return texts[kept], codes[kept, 0], codes[kept, 1]


def _after_words(texts: Longs) -> Longs:
    return (texts << POSITION_BITS) + (1 << POSITION_BITS - 1)


def _last_form(text: Longs, key: Longs, form: Longs) -> Longs:
    """Of several forms of one key in one text, the last."""
    order = np.lexsort((key, text))
    ends = np.flatnonzero(np.diff(text[order], append=-1) | np.diff(key[order], append=-1))
    last = np.empty_like(form)
    last[order] = np.repeat(form[order][ends], np.diff(ends, prepend=-1))
    return last


def _number(codes: dict[str, int], values: list[str], value: str) -> int:
    code = codes.setdefault(value, len(values))
    if code == len(values):
        values.append(value)
    return code
