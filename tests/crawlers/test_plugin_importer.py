"""An importer of another package, and whatever breaks in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

CHAT = '''
from collections.abc import Iterator, Mapping

from crawlers.importing.formats.base import Item, RejectedRow, Row
from crawlers.importing.input_file import InputFile


class ChatImporter:
    """Chat logs: a line a message, ``2026-03-02 10:00 <ada> Good morning``."""

    is_exchange_format = True

    def recognises(self, source: InputFile) -> float:
        return 1.0 if source.name.endswith(".chat") else 0.0

    def read_rows(self, source: InputFile, mapping: Mapping[str, str]) -> Iterator[Item]:
        for number, line in enumerate(source.lines(), start=1):
            time, opening, rest = line.partition(" <")
            name, closing, text = rest.partition("> ")
            if not opening or not closing:
                yield RejectedRow(number, "no name in angle brackets", line)
                continue
            row = {"platform": "chat", "author": {"id": name}, "text": text.strip()}
            row["published_at"] = time
            yield Row(number, row)
'''
LOG = "2026-03-02 10:00 <ada> Good morning\nwhat is this\n2026-03-02 10:01 <bob> And to you\n"


def written(crawl: Any, text: str = LOG, name: str = "room.chat") -> Path:
    path: Path = crawl.home.parent / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_format_of_another_package(crawl: Any) -> None:
    crawl.install("chat", CHAT, "importers", chat="chat:ChatImporter")
    path = written(crawl)
    report = crawl.run(str(path), command="import")
    assert report["fates"] == {"created": 2, "rejected": 1}
    assert report["status"] == "done"
    texts = {document.text for document in crawl.documents_by_id().values()}
    assert texts == {"Good morning", "And to you"}
    assert crawl.run(str(path), "--format", "chat", "--dry-run", command="import")["seen"] == 3
    assert (
        "did you mean chat?"
        in crawl.run(str(path), "--format", "chap", command="import", code=2)["stderr"]
    )


def test_an_importer_that_fails_costs_the_rest_of_its_file_alone(crawl: Any) -> None:
    code = CHAT.replace(
        "            yield Row(number, row)",
        "            yield Row(number, row)\n            raise KeyError('morning')",
    )
    crawl.install("chat", code, "importers", chat="chat:ChatImporter")
    good = written(crawl, '{"id": 1, "platform": "x", "text": "fine"}\n', "good.jsonl")
    path = written(crawl)
    report = crawl.run(str(path), str(good), command="import", code=1)
    assert report["fates"] == {"created": 2, "failed": 1}
    assert "KeyError: 'morning'" in report["failed"][str(path)]
    (warning,) = [w for w in report["warnings"] if "the importer chat failed" in w]
    assert "room.chat, line 2" in warning
    assert "KeyError: 'morning'" in warning
    assert "stderr" not in report
    assert len(crawl.documents_by_id()) == 2


@pytest.mark.parametrize("wrong", ['yield Row(number, ["a"])', 'yield "a row"'])
def test_what_is_no_row_is_an_error_of_the_importer(crawl: Any, wrong: str) -> None:
    code = CHAT.replace("yield Row(number, row)", wrong)
    crawl.install("chat", code, "importers", chat="chat:ChatImporter")
    report = crawl.run(str(written(crawl)), command="import", code=1)
    assert report["fates"] == {"failed": 1}
    assert any("the importer chat failed" in w for w in report["warnings"])


def test_an_importer_that_cannot_tell_does_not_keep_others_from_reading(crawl: Any) -> None:
    code = CHAT.replace("return 1.0 if", "raise OverflowError('unsure')\n        return 1.0 if")
    crawl.install("chat", code, "importers", chat="chat:ChatImporter")
    path = written(crawl, '{"id": 1, "platform": "x", "text": "fine"}\n', "good.jsonl")
    report = crawl.run(str(path), command="import")
    assert report["fates"] == {"created": 1}
    assert any(
        "the importer chat was left out: OverflowError: unsure" in w for w in report["warnings"]
    )
    (crawl.installed / "chat.py").write_text("import nothing_such", encoding="utf-8")
    report = crawl.run(str(path), command="import")
    assert any("the importer chat was left out" in w for w in report["warnings"])
