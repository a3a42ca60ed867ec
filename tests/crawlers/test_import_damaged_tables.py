"""Tables as databases, old Macs and spreadsheets write them: every row has a fate."""

from __future__ import annotations

import json

import pytest

from crawlers.importing.cell_values import read_count
from tests.crawlers.conftest import Crawl
from tests.crawlers.test_import_damaged_ids import take

HEADER = "id,author_id,created_at,text\n"
AT = "2024-03-05T07:00:00Z"


def test_quotes_that_backslashes_escape(crawl: Crawl) -> None:
    rows = (
        f'1,a,{AT},"Elle a dit \\"non, jamais\\" hier, à Rezé"\n2,b,{AT},"simple"\n'
        f'3,c,{AT},"fin \\"citée\\""\n4,d,{AT},"deux\nlignes \\"et, plus\\""\n'
        f'5,e,{AT},"dossier C:\\\\temp"\n'
    )
    report, posts = take(crawl, "base.csv", HEADER + rows)
    assert report["fates"] == {"created": 5}
    assert set(posts) == {
        'Elle a dit "non, jamais" hier, à Rezé', "simple", 'fin "citée"',
        'deux\nlignes "et, plus"', "dossier C:\\temp",
    }  # fmt: skip
    assert any("backslash" in warning for warning in report["warnings"])


def test_an_escaped_quote_at_the_end_of_a_text_swallows_no_rows(crawl: Crawl) -> None:
    rows = f'1,a,{AT},"citée \\""\n2,b,{AT},simple\n3,c,{AT},"autre"\n'
    report, posts = take(crawl, "fin.csv", HEADER + rows)
    assert report["fates"] == {"created": 3}
    assert set(posts) == {'citée "', "simple", "autre"}


def test_a_path_that_ends_in_a_backslash_is_no_escape(crawl: Crawl) -> None:
    rows = f'1,a,{AT},"dossier C:\\"\n2,b,{AT},"un ""mot"""\n'
    report, posts = take(crawl, "chemin.csv", HEADER + rows)
    assert report["fates"] == {"created": 2}
    assert set(posts) == {"dossier C:\\", 'un "mot"'}


def test_returns_alone_within_texts_end_no_row(crawl: Crawl) -> None:
    rows = (
        f'1,a,{AT},"ligne 1\rligne 2"\r\n2,b,{AT},"x\u2028y\u0085z"\r\n'
        f"3,c,{AT},sans guillemets\rsuite\r\n4,d,{AT},ok\r\n"
    )
    report, posts = take(crawl, "retours.csv", HEADER.replace("\n", "\r\n") + rows)
    assert report["fates"] == {"created": 4}
    assert "sans guillemets\nsuite" in posts
    assert "ok" in posts


def test_a_file_of_an_old_mac_and_one_glued_behind_another(crawl: Crawl) -> None:
    rows = f"1,a,{AT},un\n2,b,{AT},deux\n"
    report, posts = take(crawl, "mac.csv", (HEADER + rows).replace("\n", "\r"))
    assert report["fates"] == {"created": 2}
    report, posts = take(crawl, "colle.csv", HEADER + rows + f"3,c,{AT},trois\r4,d,{AT},quatre\r")
    assert report["fates"] == {"created": 4}
    assert {"trois", "quatre"} <= set(posts)


def test_line_separators_within_json_lines(crawl: Crawl) -> None:
    rows = [
        {"id": str(n), "user": "a", "date": AT, "text": text, "n": n}
        for n, text in enumerate(["x\u2028y", "x\u2029z", "a\u0085b"], start=1)
    ]
    content = "\r\n\r\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    report, _ = take(crawl, "separateurs.jsonl", content)
    assert report["fates"] == {"created": 3}


def test_a_table_without_a_header(crawl: Crawl) -> None:
    rows = (
        "1700000000000000001,alice,2024-03-05 07:00:00,Bonjour à tous\n"
        "1700000000000000002,bob,2024-03-05 07:01:00,Salut\n"
        "1700000000000000003,carole,2024-03-05 07:02:00,La digue tient bon\n"
    )
    report, posts = take(crawl, "sans_tete.csv", rows)
    assert report["fates"] == {"created": 3}
    post = posts["Bonjour à tous"]
    assert post.id.endswith("/1700000000000000001")
    assert post.author is not None
    assert post.author.id.endswith("/alice")
    assert post.published_at is not None
    assert post.published_at.isoformat() == "2024-03-05T07:00:00+00:00"
    assert any("has no header" in w and "4 = text" in w for w in report["warnings"])


def test_columns_of_a_table_without_a_header_by_their_number(crawl: Crawl) -> None:
    path = crawl.home.parent / "numeros.csv"
    path.write_text("17000000001,2024-03-05,un texte\n17000000002,2024-03-06,deux textes\n")
    report = crawl.run(str(path), "--map", "text=3", "--map", "published_at=2", command="import")
    assert report["fates"] == {"created": 2}


@pytest.mark.parametrize(("cell", "count"), [
    ("1.234", 1234), ("12.000", 12_000), ("1.234.567", 1_234_567), ("1.234,00", 1234),
    ("1,234.00", 1234), ("1 234", 1234), ("1\u202f234", 1234), ("1’234", 1234), ("12,5", 12),
    ("22.0", 22), ("1,2k", 1200), ("1.5M", 1_500_000), ("0.123", 0), ("7", 7), ("1234.0", 1234),
])  # fmt: skip
def test_counts_as_europe_and_others_write_them(cell: str, count: int) -> None:
    assert int(read_count(cell)) == count
