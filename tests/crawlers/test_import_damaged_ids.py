"""Ids that a spreadsheet damaged, and ids that several posts share: no post is lost."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from crawlers.importing.damage.ids import is_lossy, is_rounded, judge_ids
from tests.crawlers.conftest import Crawl
from tocsin.core.documents import Document, LinkKind


def take(
    crawl: Crawl, name: str, content: str | bytes
) -> tuple[dict[str, Any], dict[str, Document]]:
    """The report of an import without options, and the posts by their text."""
    path = crawl.home.parent / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    report = crawl.run(str(path), command="import")
    return report, {d.text: d for d in crawl.documents_by_id().values()}


def damage(report: dict[str, Any]) -> dict[tuple[str, str], int]:
    (file,) = report["files"]
    return {(row["key"], row["kind"]): row["rows"] for row in file["damage"]}


@pytest.mark.parametrize("value", [
    "1.52E+18", "1,52000E+18", "1.5e+18", "1e+18", "1E+18", "9.06000000000e+17", "1.4772E17",
    "1520000000000000000.0", "1520000000000000123,0", 1.5e18,
])  # fmt: skip
def test_what_a_spreadsheet_makes_of_an_id(value: Any) -> None:
    assert is_lossy(value)


@pytest.mark.parametrize("value", [
    "1520000000000000123", "123", "1e18", "12e4567", "3kabc2e18", "5e+2", "1.5", "t3_1e9x", 123,
    123456789012345.0, "abc/1.5E+18x", "1.2.3", "", None, True,
])  # fmt: skip
def test_what_may_be_an_id(value: Any) -> None:
    assert not is_lossy(value)


def test_rounding_leaves_only_some_numbers() -> None:
    assert all(map(is_rounded, ["1294030472427830000", "1212092628029698000"]))
    # the last was given out so; 100 is lost between two floats; digits at the end; too short
    for native in ("1212092628029698048", "1500000000000000100", "1500000000000000123", "123000"):
        assert not is_rounded(native)


@pytest.mark.parametrize(("values", "kind"), [
    (["1294030472427830000", "1294030472427840000"], "rounded"),
    (["1294030472427830000"], "rounded"),
    ([1212092628029698000, 1212092628029801500, 1212092628029900800], "rounded"),
    (["1212092628029698048", "1212092628029698000", "1212092628029698123"], None),
    (["1500000000000000000", "1500000000000000001", "1500000000000000002"], None),
    (["1.5E+18"] + ["1500000000000000001"] * 50, "scientific"),
    (["1.5E+18"] + ["1500000000000000001"] * 500, None),  # that one alone is not trusted
    (["100", "200", "300000", "1000000000"], None),
    ([], None),
])  # fmt: skip
def test_a_column_is_judged_as_a_whole(values: Sequence[Any], kind: str | None) -> None:
    verdict = judge_ids(values)
    assert (verdict[0] if verdict else None) == kind


EXCEL = "id;username;date;text\r\n" + "".join(
    f"1,5{n % 3}000E+18;compte{n % 7};{5 + n % 20:02}/03/2024 07:{n % 60:02};"
    f"note {n} sur la digue\r\n"
    for n in range(200)
)


def test_a_table_that_excel_saved_keeps_every_post(crawl: Crawl) -> None:
    report, posts = take(crawl, "enregistre.csv", EXCEL.encode("cp1252"))
    assert report["fates"] == {"created": 200}
    assert len(posts) == 200
    assert damage(report) == {("id", "scientific"): 200}
    said = [w for w in report["warnings"] if "1,50000E+18" in w]
    assert [("200 ids" in sentence) for sentence in said] == [True]
    assert posts["note 3 sur la digue"].extra["damaged"] == {"id": "1,50000E+18"}
    again = crawl.run(str(crawl.home.parent / "enregistre.csv"), command="import")
    assert again["fates"] == {"duplicate": 200}


def test_a_dry_run_says_it_too(crawl: Crawl) -> None:
    path = crawl.home.parent / "essai.csv"
    path.write_bytes(EXCEL.encode("cp1252"))
    trial = crawl.run(str(path), "--dry-run", command="import")
    assert trial["files"][0]["damage"] == [
        {"key": "id", "kind": "scientific", "rows": 200, "example": "1,50000E+18"}
    ]
    assert any("200 ids" in warning for warning in trial["warnings"])


def test_pointers_that_a_data_frame_made_floats_are_dropped(crawl: Crawl) -> None:
    report, posts = take(
        crawl,
        "cadre.csv",
        "id,author_id,in_reply_to_status_id,retweeted_status_id,created_at,text\n"
        "1710000000000000123,111.0,1.7099999999999990e+18,,2024-03-05T07:00:00Z,un\n"
        "1710000000000000124,112.0,nan,1.7e+18,2024-03-05T07:01:00Z,deux\n"
        "1710000000000000125,113.0,,,2024-03-05T07:02:00Z,trois\n",
    )
    assert damage(report) == {("reply_to", "scientific"): 1, ("repost_of", "scientific"): 1}
    relations = (LinkKind.REPLY, LinkKind.REPOST)
    assert not any(d.targets(kind) for d in posts.values() for kind in relations)
    assert posts["un"].id.endswith("/1710000000000000123")
    assert {d.author.id.rpartition("/")[2] for d in posts.values() if d.author} == {
        "111", "112", "113",
    }  # fmt: skip
    assert posts["deux"].extra["damaged"] == {"repost_of": "1.7e+18"}
    assert sum("1.7e+18" in w and "repost_of" in w for w in report["warnings"]) == 1


def test_ids_rounded_by_javascript_are_made_anew(crawl: Crawl) -> None:
    rows = [
        {"id": 1712092628029698000, "user_id": 7, "created_at": "2024-03-05T07:00:00Z", "text": t}
        for t in ("première", "deuxième")
    ]
    rows.append(
        {"id": 1712092628029801500, "user_id": 8, "created_at": "2024-03-05T07:00:00Z", "text": "c"}
    )
    report, posts = take(crawl, "arrondi.jsonl", "".join(json.dumps(r) + "\n" for r in rows))
    assert report["fates"] == {"created": 3}
    assert damage(report) == {("id", "rounded"): 3}
    assert set(posts) == {"première", "deuxième", "c"}


def test_float_ids_of_json_and_their_authors(crawl: Crawl) -> None:
    rows = "".join(
        f'{{"id":1.477429e+18,"author_id":{author},"created_at":"2024-03-05T07:00:00Z","text":"{t}"}}\n'
        for author, t in (("9.06e+17", "un"), ("9.06e+17", "deux"), ("42", "trois"))
    )
    report, posts = take(crawl, "flottants.jsonl", rows)
    assert report["fates"] == {"created": 3}
    assert set(posts) == {"un", "deux", "trois"}
    assert damage(report) == {("author", "scientific"): 3, ("id", "scientific"): 3}
    assert all(d.author is None for d in posts.values())  # nobody is many people


def test_the_same_words_of_two_damaged_authors_are_two_posts(crawl: Crawl) -> None:
    report, _ = take(
        crawl,
        "copies.csv",
        "id,author_id,created_at,text\n"
        "1.50E+18,9.06E+17,2024-03-05T07:00:00Z,le même\n"
        "1.50E+18,8.02E+17,2024-03-05T07:00:00Z,le même\n",
    )
    assert report["fates"] == {"created": 2}


def test_a_handle_stands_for_a_damaged_author(crawl: Crawl) -> None:
    _, posts = take(
        crawl,
        "comptes.csv",
        "id,author_id,screen_name,created_at,text\n"
        "1.50E+18,9.06E+17,Lise,2024-03-05T07:00:00Z,un\n"
        "1.50E+18,9.06E+17,Marc,2024-03-05T07:01:00Z,deux\n",
    )
    assert {d.author.id.rpartition("/")[2] for d in posts.values() if d.author} == {"Lise", "Marc"}


def test_damage_far_down_is_met_row_by_row(crawl: Crawl) -> None:
    good = "".join(
        f"17100000000000{n:05},a,2024-03-05T07:00:00Z,ligne {n}\n" for n in range(1, 1500)
    )
    bad = "".join(f"1.71E+18,a,2024-03-05T07:00:00Z,abîmée {n}\n" for n in range(3))
    report, _ = take(crawl, "long.csv", f"id,author_id,created_at,text\n{good}{bad}")
    assert report["fates"] == {"created": 1502}
    assert damage(report) == {("id", "scientific"): 3}


def test_one_guid_for_all_items_is_not_one_post(crawl: Crawl) -> None:
    lines = "".join(
        f"urn:feed,Le Quai,2024-03-05T0{n}:00:00Z,Dépêche numéro {n}\n" for n in range(8)
    )
    report, posts = take(crawl, "flux.csv", f"guid,author,published,text\n{lines}")
    assert report["fates"] == {"created": 8}
    assert len(posts) == 8
    assert damage(report) == {("id", "repeated"): 8}
    again = crawl.run(str(crawl.home.parent / "flux.csv"), command="import")
    assert again["fates"] == {"duplicate": 8}


def test_an_id_that_two_posts_share(crawl: Crawl) -> None:
    others = "".join(f"{n},a,2024-03-05T07:00:00Z,autre {n}\n" for n in range(10, 30))
    content = (
        "id,author_id,created_at,text\n7,a,2024-03-05T07:00:00Z,premier\n"
        f"{others}7,b,2024-03-05T09:00:00Z,second\n7,a,2024-03-05T07:00:00Z,premier\n"
    )
    report, posts = take(crawl, "partage.csv", content)
    assert report["fates"] == {"created": 22, "duplicate": 1}
    assert damage(report) == {("id", "repeated"): 1}
    assert posts["premier"].id.endswith("/7")
    assert posts["second"].extra["damaged"]["id"].endswith("/7")
    assert any("one row has the id of another post" in w for w in report["warnings"])


def test_a_text_that_was_cut_in_one_of_two_rows_is_no_other_post(crawl: Crawl) -> None:
    whole = "Une longue phrase sur la digue qui dépasse bien soixante caractères et va plus loin"
    report, _ = take(
        crawl,
        "coupe.csv",
        "id,author_id,created_at,text\n"
        f"7,a,2024-03-05T07:00:00Z,{whole}\n7,a,2024-03-05T07:00:00Z,{whole[:70]}…\n",
    )
    assert report["fates"] == {"created": 1, "duplicate": 1}
    assert damage(report) == {}


def test_ids_without_damage_stay(crawl: Crawl) -> None:
    ids = ["1212092628029698048", "1500000000000000000", "1712092628029801513"]
    rows = "".join(f"{i},a,2024-03-05T07:00:00Z,texte {i}\n" for i in ids)
    report, posts = take(crawl, "sain.csv", f"id,author_id,created_at,text\n{rows}")
    assert damage(report) == {}
    assert {d.id.rpartition("/")[2] for d in posts.values()} == set(ids)
