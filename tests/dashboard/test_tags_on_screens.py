"""Tags on Explore: a facet and a link on posts, in both languages, never without their worth."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from index.connect import open_index
from nlp.tags.head import Head
from nlp.tags.store import save_head
from tests.dashboard.pages import Visit, text
from tocsin.core.documents import Annotation, Author, Document
from tocsin.core.workspace import Workspace

pytestmark = pytest.mark.usefixtures("streamlit_caches")

AT = datetime(2024, 5, 1, tzinfo=UTC)
FIGURES = {
    "n": 1_234, "macro_f1": 0.71, "low": 0.65, "high": 0.75, "trusted_from": 543,
    "classes": {}, "languages": {},
}  # fmt: skip


@pytest.fixture
def tagged(tmp_path: Path) -> Path:
    """A workspace with two posts, one of them tagged, and the head that did it."""
    workspace = Workspace(tmp_path, {"privacy": {"pseudonymise": False}})
    arrays = {"weights": np.zeros((2, 4), np.float32), "bias": np.zeros(2, np.float32)}
    head = Head(
        "mood", ("glad", "sad"), True, "m", {"described": arrays}, (1.0,), (0.0, 0.0),
        facts={"method": "trained", "cross_validated": FIGURES},
    )  # fmt: skip
    save_head(workspace, head)
    index = open_index(workspace)
    index.declare_fields("tags", {"mood": "keyword", "mood_part": "bool"})
    for number, value in enumerate(("sad", "abstain")):
        post = Document(
            id=f"x:{number}", platform="x", text=f"post {number}", author=Author(id="x:a"),
            published_at=AT,
        )  # fmt: skip
        index.put([post])
        values = {"mood": value, "mood_part": True}
        note = Annotation(version="1", model="heads", made_at=AT, values=values)
        index.annotate([(post.id, note)], "tags")
    index.close()
    return tmp_path


@pytest.mark.parametrize(
    ("lang", "facet", "post", "abstains"),
    [
        ("en", "fewer than 543 posts", "Mood: sad (macro-F1 0.71, 1,234 labels)", "abstains"),
        ("fr", "moins de 543 messages", "Mood\u202f: sad (macro-F1 0,71, 1", "s’abstient"),
    ],
)
def test_a_tag_stands_beside_its_error(
    tagged: Path,
    visit: Visit,
    monkeypatch: pytest.MonkeyPatch,
    lang: str,
    facet: str,
    post: str,
    abstains: str,
) -> None:
    monkeypatch.setenv("TOCSIN_PRIVACY__PSEUDONYMISE", "false")
    page = text(visit(tagged, "explore", lang=lang))
    for wanted in (facet, post, abstains):
        assert wanted in page
    assert "Mood part" not in page


def test_a_tag_is_a_query_on_the_page(tagged: Path, visit: Visit) -> None:
    page = text(visit(tagged, "explore", q="mood:sad"))
    assert "post 0" in page
    assert "post 1" not in page
