"""Accounts that say openly to whom they belong."""

from __future__ import annotations

import re
from typing import ClassVar

import polars as pl

from graph.coordination.readings.base import BuiltInReading, Fit, GroupEvidence, ratio
from tocsin.core.messages import Message
from tocsin.core.text import fold

_OFFICIAL = re.compile(
    r"\b(official|officiel|officielle|offiziell|oficial|ufficiale|ministry|ministere|minister"
    r"|depute|senat\w*|mayor|maire|party)\b"
)


class OfficialAccounts(BuiltInReading):
    """The accounts are verified, or their profiles say that they are official."""

    name: ClassVar[str] = "official_accounts"

    def fit(self, group: GroupEvidence) -> Fit:
        """The share of accounts that are open about it."""
        profiles = group.posts.group_by("account").agg(
            pl.col("verified").any(), pl.col("author_description").drop_nulls().first()
        )
        known = profiles.filter(
            pl.col("verified").is_not_null() | pl.col("author_description").is_not_null()
        )
        declared = sum(
            bool(verified) or bool(text and _OFFICIAL.search(fold(text)))
            for verified, text in known.select("verified", "author_description").iter_rows()
        )
        because = Message("because.no_profiles")
        if known.height:
            counts = {"n": declared, "of": group.members}
            because = Message("because.official_accounts", counts)
        return Fit(ratio(declared, group.members), because)
