"""`nlp.text.cleaning.body` of many texts at once.

Most posts have no title, no entity and no control character: of those, what platforms add is taken
off in all of them together. The others are read one by one.
"""

from __future__ import annotations

import polars as pl
import pyarrow as pa

from nlp.text.cleaning import MAX_CHARACTERS, body

_REPOST = r"(?i)^(?:\s*(?:RT|MT)\s+@\w{1,50}\s*:?\s*)+"
_LINK = r"(?i)(?:https?://|www\.)\S+|\b(?:pic\.twitter\.com|t\.co|bit\.ly)/\S+"
_SPECIAL = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f&ıİ\ufffe\uffff]"
"""What needs a closer look: control characters, entities, and letters that Python alone takes for
an i."""
_SPECIAL_BEYOND_ASCII = r"(?i)^\s*[RM]T\s|(?:pic\.twitter\.com|t\.co|bit\.ly)/"
"""What beyond ASCII hangs on what counts as a letter, where Python and Rust differ."""


def bodies(titles: pa.Array, texts: pa.Array) -> list[str]:
    """`body` of each title and text; either may be null."""
    written = pl.Series(texts.cast(pa.large_string()), dtype=pl.String)
    named = pl.Series(titles.cast(pa.large_string()), dtype=pl.String)
    size, characters = written.str.len_bytes(), written.str.len_chars()
    is_plain = (named.is_null() | (named == "")) & (characters <= MAX_CHARACTERS)
    is_plain &= ~written.str.contains(_SPECIAL)
    is_plain &= (size == characters) | ~written.str.contains(_SPECIAL_BEYOND_ASCII)
    is_plain = is_plain.fill_null(False)
    plain = written.filter(is_plain).str.replace(_REPOST, "").str.replace_all(_LINK, " ")
    read = plain.str.replace_all(r"\s+", " ").str.strip_chars(" ").to_list()
    if len(read) == len(written):
        return read
    every = [""] * len(written)
    for at, text in zip(is_plain.arg_true().to_list(), read, strict=True):
        every[at] = text
    others = (~is_plain).arg_true()
    cells = (others.to_list(), named.gather(others).to_list(), written.gather(others).to_list())
    for at, title, other in zip(*cells, strict=True):
        every[at] = body(title, other or "")
    return every
