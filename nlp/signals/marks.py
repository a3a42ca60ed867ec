"""Tags and linked sites of many posts at once, as features."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from nlp.text.corpus import Longs
from tocsin.core.text import fold
from tocsin.core.urls import PLAIN_HOST, domain

TAG, SITE = "#", "site:"
NAMED = 1 << 62
"""Keys from here on are those of tags and sites: positions of `Marks.names`."""
PLACES = 40
"""Bits below the text's number in the place of a feature: within a text words and pairs as they come, then tags, then sites."""
_PLATFORM_SITES = frozenset(
    {
        "x.com",
        "twitter.com",
        "t.co",
        "bit.ly",
        "facebook.com",
        "youtube.com",
        "youtu.be",
        "instagram.com",
        "tinyurl.com",
    }
)


def site_of(url: str) -> str:
    """The site of an address; empty for platforms and shorteners, and where there is none."""
    site = domain(url)
    return "" if site in _PLATFORM_SITES else site


class Marks:
    """Names of tags and sites, and how they were written, numbered as they are met."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.shown: list[str] = []
        self._name: dict[str, int] = {}
        self._form: dict[str, int] = {}

    def find(self, tags: pa.Array, urls: pa.Array) -> Iterator[tuple[Longs, Longs, Longs]]:
        """Place, key and writing of each tag, then of each site, of texts given by their lists of tags and addresses."""
        texts, values = _flat(tags)
        encoded = values.dictionary_encode()
        known = self._known(
            encoded.dictionary.to_pylist(),
            lambda tag: (TAG + folded, TAG + tag) if (folded := fold(tag).strip()) else None,
        )
        text, key, form = _told(texts, known[np.asarray(encoded.indices)])
        yield (text << PLACES) + (1 << PLACES - 1), key, _last(text, key, form)
        texts, values = _flat(urls)
        # what a plain address names is found in all of them at once; the others are looked at one by one
        addresses = pl.Series(values.cast(pa.large_string()), dtype=pl.String)
        hosts = addresses.str.extract(f"^{PLAIN_HOST}", 1)
        named = (
            addresses.scatter(plain, "https://" + hosts.gather(plain))
            if len(plain := hosts.is_not_null().arg_true())
            else addresses
        )
        encoded = named.to_arrow().dictionary_encode()
        known = self._known(
            encoded.dictionary.to_pylist(),
            lambda url: (SITE + site, site) if (site := site_of(url)) else None,
        )
        text, key, form = _told(texts, known[np.asarray(encoded.indices)])
        yield (text << PLACES) + (1 << PLACES - 1), key, form

    def _known(self, values: list[str], meaning: Callable[[str], tuple[str, str] | None]) -> Longs:
        """Key and writing of each value, a row each; -1 where it means nothing."""
        found = [
            (-1, -1) if (meant := meaning(value)) is None else self._numbers(*meant)
            for value in values
        ]
        return np.array(found, np.int64).reshape(-1, 2)

    def _numbers(self, name: str, form: str) -> tuple[int, int]:
        return NAMED + _number(self._name, self.names, name), NAMED + _number(
            self._form, self.shown, form
        )


def _flat(lists: pa.Array) -> tuple[Longs, pa.Array]:
    """The values of lists one after the other, and which list each is of."""
    values = pc.list_flatten(lists)
    texts = np.asarray(pc.list_parent_indices(lists)).astype(np.int64)
    kept = pc.is_valid(values)
    return texts[np.asarray(kept)], values.filter(kept)


def _told(texts: Longs, known: Longs) -> tuple[Longs, Longs, Longs]:
    kept = known[:, 0] >= 0
    return texts[kept], known[kept, 0], known[kept, 1]


def _last(text: Longs, key: Longs, form: Longs) -> Longs:
    """Of several writings of one key in one text, the last."""
    order = np.lexsort((key, text))
    ends = np.flatnonzero(np.diff(text[order], append=-1) | np.diff(key[order], append=-1))
    found = np.empty_like(form)
    found[order] = np.repeat(form[order][ends], np.diff(ends, prepend=-1))
    return found


def _number(known: dict[str, int], values: list[str], value: str) -> int:
    found = known.setdefault(value, len(values))
    if found == len(values):
        values.append(value)
    return found
