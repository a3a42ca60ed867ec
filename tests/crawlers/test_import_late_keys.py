"""Keys that first appear late in a file are taken like those of its first rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crawlers.importing.file_reader import FileReader, ImportOptions
from tocsin.core.documents import Document, LinkKind


def read(path: Path, rows: list[dict[str, Any]]) -> tuple[list[Document], FileReader]:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    reader = FileReader(str(path), ImportOptions(platform="x"))
    documents = [item[1] for item in reader.documents() if isinstance(item[1], Document)]
    reader.close()
    return documents, reader


def early(n: int) -> dict[str, Any]:
    return {"full_text": f"post {n}", "created_at": "2024-08-15T12:00:00Z", "screen_name": "ana"}


FLAT = {"id_str": "77", "lang": "en", "hashtags": ["vote"], "urls": ["https://a.example/1"]}
NESTED = {
    "id_str": "77", "lang": "en", "retweeted_status": {"id_str": "5"},
    "entities": {"urls": [{"expanded_url": "https://a.example/1"}], "hashtags": [{"text": "vote"}]},
}  # fmt: skip


@pytest.mark.parametrize("late", [FLAT, NESTED], ids=["flat", "nested"])
def test_keys_of_the_last_hundred_of_five_thousand(tmp_path: Path, late: dict[str, Any]) -> None:
    rows = [early(n) for n in range(4_900)]
    rows += [early(n) | late | {"id_str": str(n)} for n in range(4_900, 5_000)]
    documents, reader = read(tmp_path / "posts.jsonl", rows)
    assert len(documents) == 5_000
    for n, document in enumerate(documents[4_900:], start=4_900):
        assert document.id == f"x:{n}"
        assert document.lang == "en"
        assert document.targets(LinkKind.URL) == ("https://a.example/1",)
        assert document.targets(LinkKind.HASHTAG) == ("vote",)
        if "retweeted_status" in late:
            assert document.target(LinkKind.REPOST) == "x:5"
    assert "line 4,901" in str(reader.late_notes[0])


def test_another_name_of_a_known_key_serves_the_rows_that_lack_it(tmp_path: Path) -> None:
    rows = [early(n) for n in range(1_500)]
    rows.append({"content": "late", "created_at": "2024-08-15T12:00:00Z", "screen_name": "ana"})
    documents, _ = read(tmp_path / "posts.jsonl", rows)
    assert [documents[0].text, documents[-1].text] == ["post 0", "late"]
