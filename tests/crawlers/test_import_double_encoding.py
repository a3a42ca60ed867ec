"""Text that was encoded twice is repaired where that is sure, and counted."""

from __future__ import annotations

import json

import pytest

from crawlers.importing.damage.double_encoding import repair
from tests.crawlers.conftest import Crawl
from tests.crawlers.test_import_damaged_ids import damage, take

SENTENCE = "L’été à la plage, c’était prévu… « où » ça ? 😠"
HEADER = "id,platform,author_id,created_at,text\n"


def twice(text: str, wrong: str) -> str:
    """The text, read in the wrong encoding."""
    raw = text.encode()
    if wrong == "cp1252":  # as browsers do: five bytes that it lacks are controls
        return "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in raw)
    return raw.decode(wrong)


@pytest.mark.parametrize("wrong", ["latin-1", "cp1252", "mac_roman"])
def test_each_wrong_reading_is_undone(wrong: str) -> None:
    assert repair(twice(SENTENCE, wrong)) == SENTENCE
    assert repair(twice(twice(SENTENCE, "latin-1"), "latin-1")) == SENTENCE


@pytest.mark.parametrize("wrong", ["cp1252", "latin-1", "mac_roman"])
def test_a_table_that_was_encoded_twice(crawl: Crawl, wrong: str) -> None:
    rows = f'1,x,a,2024-03-05T07:00:00Z,"{SENTENCE}"\n2,x,b,2024-03-05T07:01:00Z,plain\n'
    report, posts = take(crawl, "double.csv", twice(HEADER + rows, wrong))
    assert set(posts) == {SENTENCE, "plain"}
    assert damage(report) == {("text", "double_encoding"): 1}
    assert any("encoded twice" in warning for warning in report["warnings"])


def test_what_an_archive_of_meta_writes(crawl: Crawl) -> None:
    text = "Coupure à Rezé, été 😠"
    value = [
        {"timestamp": 1709622000 + n, "text": twice(f"{text} {n}", "latin-1")} for n in range(3)
    ]
    content = json.dumps(value)
    assert "\\u00c3" in content
    report, posts = take(crawl, "extrait.json", content)
    assert set(posts) == {f"{text} {n}" for n in range(3)}
    assert damage(report) == {("text", "double_encoding"): 3}


def test_names_of_columns_are_repaired_too(crawl: Crawl) -> None:
    rows = "1,a,2024-03-05T07:00:00Z,texte un,Évêché\n"
    _, posts = take(crawl, "noms.csv", twice("id,author,date,text,Département\n" + rows, "cp1252"))
    assert posts["texte un"].extra["Département"] == "Évêché"


def test_a_quotation_of_such_text_stays(crawl: Crawl) -> None:
    rows = "".join(f"{n},x,a,2024-03-05T07:00:00Z,été {n}\n" for n in range(100))
    quoted = "500,x,a,2024-03-05T07:00:00Z,mon nom devient RenÃ© à l’écran\n"
    report, posts = take(crawl, "citation.csv", HEADER + rows + quoted)
    assert "mon nom devient RenÃ© à l’écran" in posts
    assert damage(report) == {}


def test_accents_that_are_right_stay(crawl: Crawl) -> None:
    texts = [
        "Â la mode de São Paulo",
        "ÃO e Ã",
        "Größe ß",
        "Привет мир",
        "A MANHÃ E A TARDE",
        "İstanbul’da",
        "日本語",
    ]
    rows = "".join(f"{n},x,a,2024-03-05T07:00:00Z,{text}\n" for n, text in enumerate(texts))
    report, posts = take(crawl, "justes.csv", HEADER + rows)
    assert set(posts) == set(texts)
    assert damage(report) == {}


def test_control_characters_are_left_out_and_counted(crawl: Crawl) -> None:
    """In tables and in JSON; what is left out is said once for each text, with its place."""
    rows = "".join(
        f"{n},x,a,2024-03-05T07:{n:02}:00Z,l{sign}eau de la ville {n}\n"
        for n, sign in enumerate(("\x92", "’", "\x07", "\u202f"))
    )
    report, posts = take(crawl, "signs.csv", HEADER + rows)
    assert set(posts) == {
        "leau de la ville 0", "l’eau de la ville 1", "leau de la ville 2",
        "l\u202feau de la ville 3",
    }  # fmt: skip
    assert damage(report) == {("text", "control"): 2}
    wanted = r"2 texts have control characters (such as l\x92eau de la ville 0)"
    assert any(wanted in said for said in report["warnings"])
    value = [{"id": "9", "platform": "x", "author": {"id": "a"}, "title": "a\x00b\x1b[31m"}]
    report, _ = take(crawl, "signs.json", json.dumps(value))
    assert damage(report) == {("text", "control"): 1}
