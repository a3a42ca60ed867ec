"""What makes coordination cheap changes no answer."""

from __future__ import annotations

from typing import Any

import polars as pl

from graph.coordination.signals import shared_link
from graph.coordination.signals.shared_link import SharedLink
from graph.coordination.signals.shared_site import SharedSite
from tocsin.core.urls import canonical_url


def test_pages_and_sites_are_read_from_one_table(monkeypatch: Any) -> None:
    read: list[str] = []

    def noted(url: str) -> str:
        read.append(url)
        return canonical_url(url)

    monkeypatch.setattr(shared_link, "canonical_url", noted)

    def posts(path: str) -> pl.DataFrame:
        frame = {"post": [0, 1], "repost_of": [None, None], "urls": [[f"https://a.org/{path}"], []]}
        return pl.DataFrame(frame, schema_overrides={"repost_of": pl.String})

    for path in ("one", "two"):
        frame = shared_link.with_pages(posts(path))
        assert SharedLink().acts(frame)["object"].to_list() == [f"https://a.org/{path}"]
        assert SharedSite().acts(frame)["object"].to_list() == ["a.org"]
    assert len(read) == 2
    plain = posts("three")
    assert (
        SharedLink().acts(plain).rows() == SharedLink().acts(shared_link.with_pages(plain)).rows()
    )
