"""Files that were put one behind another, that have more than rows, or break off: every row has its
fate, and what could be read is there.
"""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import random
import tracemalloc
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from crawlers.importing.file_reader import FileReader, ImportOptions
from crawlers.importing.formats.header_lines import HeaderLines
from tests.crawlers.conftest import Crawl
from tests.crawlers.test_import_damaged_ids import take

HEADER = "id,author_id,created_at,text\n"


def row(number: int, text: str) -> str:
    return f"{number},compte{number},2024-03-05T07:00:{number:02}Z,{text}\n"


def test_a_header_that_comes_again_is_no_post(crawl: Crawl) -> None:
    content = HEADER + row(1, "un") + "\ufeff" + HEADER + row(2, "deux") + HEADER + row(3, "trois")
    report, posts = take(crawl, "trois_mois.csv", content)
    assert report["fates"] == {"created": 3, "left_out": 2}
    assert report["left_out"] == {"repeated header lines": 2}
    assert set(posts) == {"un", "deux", "trois"}


def test_a_second_header_in_another_order_holds_from_there_on(crawl: Crawl) -> None:
    content = (
        HEADER + row(1, "un") + "text,id,created_at,author_id,likes\n"
        "deux,2,2024-03-05T07:00:02Z,compte2,5\ntrois,3,2024-03-05T07:00:03Z,compte3,6\n"
    )
    report, posts = take(crawl, "deux_outils.csv", content)
    assert report["fates"] == {"created": 3, "left_out": 1}
    assert {text: post.author.id.rpartition("/")[2] for text, post in posts.items()} == {
        "un": "compte1", "deux": "compte2", "trois": "compte3",
    }  # fmt: skip
    assert all(post.published_at is not None for post in posts.values())
    assert posts["trois"].metrics == {"likes": 6}


@pytest.mark.parametrize("record", [
    ["1", "ana", "2024-03-05", "text"], ["id", "ana", "2024-03-05", "text"], ["text"], [""],
    ["id", "id", "id", "id"],
])  # fmt: skip
def test_rows_that_name_columns_are_rows(record: list[str]) -> None:
    assert not HeaderLines(["id", "author_id", "created_at", "text"]).is_header(record)


@pytest.mark.parametrize("line", ["Total,2,,", "TOTAUX,,,", "Nombre de messages,2,,"])
def test_a_line_of_totals_is_no_post(crawl: Crawl, line: str) -> None:
    report, posts = take(crawl, "bilan.csv", f"{HEADER}{row(1, 'un')}{row(2, 'deux')}{line}\n")
    assert report["fates"] == {"created": 2, "left_out": 1}
    assert report["left_out"] == {"lines of totals": 1}
    assert set(posts) == {"un", "deux"}


def test_a_post_about_totals_is_a_post(crawl: Crawl) -> None:
    content = f'{HEADER}{row(1, "Total : 12 morts")}2,Total,,"Total, c\'est fini"\n'
    report, posts = take(crawl, "total.csv", content)
    assert report["fates"] == {"created": 2}
    assert set(posts) == {"Total : 12 morts", "Total, c'est fini"}


def test_of_two_columns_of_one_name_the_filled_one_serves(crawl: Crawl) -> None:
    content = HEADER.replace("text", "text,text") + "1,a,2024-03-05T07:00:00Z,,second\n"
    report, posts = take(crawl, "doublon.csv", content + "2,b,2024-03-05T07:00:01Z,premier,autre\n")
    assert report["fates"] == {"created": 2}
    assert set(posts) == {"second", "premier"}
    assert posts["premier"].extra == {"text 5": "autre"}


def test_a_table_of_5000_columns(crawl: Crawl) -> None:
    names = ",".join(f"mesure_{n}" for n in range(4_996))
    content = f"id,author,date,text,{names}\n1,a,2024-03-05T07:00:00Z,large{',9' * 4_996}\n"
    report, posts = take(crawl, "large.csv", content)
    assert report["fates"] == {"created": 1}
    assert posts["large"].extra["mesure_4995"] == "9"


def test_delimiters_that_backslashes_escape(crawl: Crawl) -> None:
    content = HEADER + row(1, "oui\\, puis non\\\\") + row(2, "\\N") + row(3, "un, deux")
    report, posts = take(crawl, "base.csv", content)
    assert report["fates"] == {"created": 2, "rejected": 1}
    assert "oui, puis non\\" in posts


@pytest.mark.parametrize("encoding", ["utf-32", "utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_every_unicode_encoding(crawl: Crawl, encoding: str) -> None:
    content = "sep=;\r\nid;auteur;date;texte\r\n1;zoé;14/03/2022 08:00;L'été 🐟\r\n"
    report, posts = take(crawl, "encodage.csv", content.encode(encoding))
    assert report["fates"] == {"created": 1}
    assert posts["L'été 🐟"].author.id.endswith("/zoé")


def test_a_mark_of_unicode_within_json_lines(crawl: Crawl) -> None:
    line = '{{"id": {0}, "user": "a", "date": "2024-03-05T07:00:00Z", "text": "note {0}"}}\n'
    report, _ = take(crawl, "colle.jsonl", line.format(1) + "\ufeff" + line.format(2))
    assert report["fates"] == {"created": 2}


def test_objects_of_several_shapes_keep_text_time_and_author(crawl: Crawl) -> None:
    lines = [
        {"id": 1, "user": "ana", "date": "2024-03-05T07:00:00Z", "text": "un"},
        {"post_id": 2, "username": "bob", "created_at": "2024-03-05T07:00:01Z", "content": "deux"},
        {"id": 3, "user": "eva", "date": "2024-03-05T07:00:02Z", "text": "trois"},
        {"guid": "4", "author": {"username": "kim"}, "published": "2024-03-05T07:00:03Z",
         "body": "quatre"},
    ]  # fmt: skip
    content = "".join(json.dumps(line) + "\n" for line in lines)
    report, posts = take(crawl, "melange.jsonl", content)
    assert report["fates"] == {"created": 4}
    assert {text: post.author.id.rpartition("/")[2] for text, post in posts.items()} == {
        "un": "ana", "deux": "bob", "trois": "eva", "quatre": "kim",
    }  # fmt: skip
    assert [posts[t].published_at.second for t in ("un", "deux", "trois", "quatre")] == [0, 1, 2, 3]
    assert sum("new columns" in warning for warning in report["warnings"]) >= 2


@pytest.mark.parametrize(("header", "keys"), [
    ("Identifiant;Auteur;Publié le;Contenu;Abonnés;Vues;J'aime;Commentaires;Partages",
     {"id", "author.id", "text", "published_at", "author.followers", "metrics.views",
      "metrics.likes", "metrics.replies", "metrics.reposts"}),
    ("id;compte;date de publication;texte;lien",
     {"id", "author.id", "published_at", "text", "url"}),
    ("id;autor;fecha;texto", {"id", "author.id", "published_at", "text"}),
])  # fmt: skip
def test_headers_in_other_languages_need_no_options(
    crawl: Crawl, header: str, keys: set[str]
) -> None:
    cells = ["7", "zoé", "14/03/2022 08:00", "L'eau revient", "1 200", "12.345", "3", "4", "5"]
    if "lien" in header:
        cells[4] = "https://a.example/7"
    line = ";".join(cells[: header.count(";") + 1])
    report, _ = take(crawl, "export.csv", f"{header}\n{line}\n")
    filled = {k["key"] for k in report["files"][0]["keys"] if k["filled"] == 1}
    assert keys <= filled


PACKERS: list[Callable[[bytes], bytes]] = [
    gzip.compress, lzma.compress, zstandard.compress, lambda data: bz2.compress(data, 1),
]  # fmt: skip


@pytest.mark.parametrize("pack", PACKERS)
def test_of_a_packed_file_that_breaks_off_all_that_is_there_is_read(
    crawl: Crawl, pack: Callable[[bytes], bytes]
) -> None:
    chance = random.Random(3)
    lines = [
        f"{n},a,2024-03-05T07:{n // 60 % 60:02}:{n % 60:02}Z,{chance.getrandbits(500):x}\n"
        for n in range(3_000)
    ]
    packed = pack((HEADER + "".join(lines)).encode())
    report, _ = take(crawl, "coupe.csv", packed[: int(0.6 * len(packed))])  # no ending says it
    assert report["fates"]["created"] > 900
    assert report["fates"]["rejected"] == 1
    assert any("what came before was read" in warning for warning in report["warnings"])


def test_an_array_on_one_line_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    words = "la digue nord reste fermée " * 20
    post = {"user": "a", "date": "2024-03-05T07:00:00Z", "text": words}
    posts = [{"id": n, **post} for n in range(30_000)]
    path = tmp_path / "une_ligne.json"
    broken = json.dumps(posts[0])[:-9] + '"oops}'  # costs itself alone
    path.write_text(json.dumps(posts)[:-1] + "," + broken + "," + json.dumps(posts[1]) + "]")
    del posts
    tracemalloc.start()
    reader = FileReader(str(path), ImportOptions())
    found = Counter(type(item).__name__ for item in reader.documents())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    reader.close()
    assert found == {"tuple": 30_001, "RejectedRow": 1}
    assert path.stat().st_size > 15_000_000
    assert peak < 26_000_000  # twice the whole line before
