"""What signals say posts act on: the kinds of objects, and the columns that give them."""

from __future__ import annotations

from typing import Literal, TypeAlias

import polars as pl

ACT_SCHEMA = {"post": pl.UInt32, "object": pl.String}
"""What a signal gives: the row number of a post and what that post acts on, one row an act."""

ObjectKind: TypeAlias = Literal[
    "post", "address", "site", "tags", "time", "text", "media", "account"
]
"""What the objects of a signal are, which says how they are shown and what may explain them.

``post`` and ``text`` are ids of documents and of copy groups, ``account`` is ``platform:handle``.
"""
