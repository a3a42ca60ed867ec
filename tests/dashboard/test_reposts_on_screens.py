"""Reposts as a reader meets them: whose post they repeat, and what went around by them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.components.spread.texts import Text, _texts
from index.base import EVERYTHING
from index.embedded import EmbeddedIndex
from index.query import parse
from tests.dashboard.pages import Visit, text
from tocsin.core.documents import Annotation, Author, Document, Link, LinkKind
from tocsin.core.workspace import Workspace

AT = datetime(2025, 11, 3, 12, tzinfo=UTC)


def _post(name: str, minutes: int, said: str, of: str = "") -> Document:
    return Document(
        id=f"x:{name}",
        platform="x",
        text=said,
        author=Author(id=f"x:who{name}", handle=f"hand{name}"),
        published_at=AT + timedelta(minutes=minutes),
        links=(Link(LinkKind.REPOST, of),) if of else (),
    )


@pytest.fixture
def with_reposts(workspace: Workspace) -> Workspace:
    """Two near copies of which one was reposted, a post reposted twice, a repost of nobody here."""
    index = EmbeddedIndex(workspace)
    index.ensure_schema()
    index.put(
        [
            _post("1", 0, "the sluice is open"),
            _post("2", 1, "the sluice is open!"),
            _post("3", 2, "RT the sluice", "x:1"),
            _post("4", 3, "a quiet word on the sluice"),
            _post("5", 4, "RT a quiet word on the sluice", "x:4"),
            _post("6", 5, "RT a quiet word on the sluice", "x:4"),
            _post("7", 6, "RT what nobody kept of the sluice", "x:9988776655"),
        ]
    )
    group = Annotation(version="1", model="", made_at=AT, values={"group": "c1"})
    index.annotate([("x:1", group), ("x:2", group)], "copies")
    index.refresh()
    index.close()
    return workspace


def test_reposts_count_among_the_texts_that_went_around(
    with_reposts: Workspace, streamlit_caches: None
) -> None:
    index = EmbeddedIndex(with_reposts)
    found = _texts("state", "all", parse("sluice"), EVERYTHING, index)
    outside = _texts("state", "words", parse("RT"), EVERYTHING, index)
    index.close()
    assert found == (Text("", "x:4", 1, 2), Text("c1", "", 2, 1))
    assert outside == (Text("", "x:4", 0, 2),)


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_repost_names_whose_post_it_repeats(
    with_reposts: Workspace, visit: Visit, lang: str
) -> None:
    said = text(visit(with_reposts.home, "explore", q="sluice", lang=lang))
    assert "9988776655" not in said, "the id of a post tells a reader nothing"
    assert {
        "en": "repost of a post that was not collected",
        "fr": "partage d’un message qui n’a pas été collecté",
    }[lang] in said
    assert {"en": "repost of acct-", "fr": "partage de acct-"}[lang] in said
    page = visit(with_reposts.home, "spread", q="sluice", lang=lang)
    assert not page.exception
    assert (
        "a quiet word on the sluice"
        in text(page).split("Texts that circulated" if lang == "en" else "Textes qui")[1]
    )
