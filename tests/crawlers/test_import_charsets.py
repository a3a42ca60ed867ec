"""Files that are not UTF-8 and say nothing of it are read in their encoding."""

from __future__ import annotations

import json

import pytest

from tests.crawlers.conftest import Crawl
from tests.crawlers.test_import_damaged_ids import take

FRENCH = [
    "L’été à la plage, ça dépasse tout",
    "À Évreux, les élèves ont mangé où ? Même à l’hôtel",
    "Noël : garçon, œuf, île, août",
    "plain words alone",
]
RUSSIAN = [
    "Плотина выстоит этой ночью, говорят жители",
    "Дожди ожидаются завтра утром во всём крае",
]
AT = "2024-03-05T07:00:00Z"


def table(texts: list[str], delimiter: str = ";") -> str:
    lines = [["id", "platform", "author_id", "created_at", "text"]]
    lines += [[str(n), "x", "a", AT, text] for n, text in enumerate(texts)]
    return "".join(delimiter.join(cells) + "\r\n" for cells in lines)


@pytest.mark.parametrize("encoding", [
    "cp1252", "mac_roman", "cp850", "utf-16", "utf-16-le", "utf-16-be", "utf-8-sig",
])  # fmt: skip
def test_french_in_every_usual_encoding(crawl: Crawl, encoding: str) -> None:
    texts = FRENCH
    if encoding == "cp850":  # it has neither of the two signs
        texts = [text.replace("’", "'").replace("œ", "oe") for text in FRENCH]
    _, posts = take(crawl, "accents.csv", table(texts).encode(encoding))
    assert set(posts) == set(texts)


@pytest.mark.parametrize("encoding", ["latin-1", "mac_roman"])
def test_one_accent_is_enough_where_it_is_clear(crawl: Crawl, encoding: str) -> None:
    _, posts = take(crawl, "peu.csv", table(["la digue tient", "un été"]).encode(encoding))
    assert set(posts) == {"la digue tient", "un été"}


def test_cyrillic(crawl: Crawl) -> None:
    report, posts = take(crawl, "russe.csv", table([*RUSSIAN, "Вода прибывает"]).encode("cp1251"))
    assert set(RUSSIAN) <= set(posts)
    assert any("cp1251" in warning for warning in report["warnings"])


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman", "utf-16-le"])
def test_json_lines_too(crawl: Crawl, encoding: str) -> None:
    rows = [
        {"id": n, "author_id": "a", "created_at": AT, "text": text} for n, text in enumerate(FRENCH)
    ]
    content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    report, posts = take(crawl, "accents.jsonl", content.encode(encoding))
    assert report["fates"] == {"created": 4}
    assert set(posts) == set(FRENCH)


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman", "cp850"])
def test_accents_after_the_capital_of_a_word(crawl: Crawl, encoding: str) -> None:
    texts = ["Réponse: non", "Région, Sénat", "RÉPONSE", "Fête coupée"]
    _, posts = take(crawl, "accents.csv", table(texts).encode(encoding))
    assert set(posts) == set(texts)
