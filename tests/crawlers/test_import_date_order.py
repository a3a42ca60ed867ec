"""Day or month first: decided for a whole file, by evidence, and said."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawlers.importing.date_order import decide_order
from tests.crawlers.conftest import Crawl
from tests.crawlers.test_import_damaged_ids import take
from tocsin.core.documents import Precision

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "header", "delimiter", "day_first", "because"),
    [
        # a day above 12, wherever it stands
        (["03/04/2026", "04/04/2026", "25/04/2026"], ("date",), ",", True, "day"),
        (["03/04/2026", "03/05/2026", "03/25/2026"], ("auteur",), ";", False, "day"),
        # what would lie in the future
        (["03/12/2025", "04/12/2026"], ("date",), ",", False, "future"),
        (["12/03/2026", "12/04/2026"], ("date",), ",", True, "future"),
        # rows close together, rows in order
        (["05/03/2026 07:00", "06/03/2026 08:00", "11/03/2026 08:00"], ("x",), ",", True, "near"),
        (["03/05/2026 07:00", "03/06/2026 08:00", "03/11/2026 08:00"], ("x",), ",", False, "near"),
        (["11/02/2025", "12/02/2025", "01/03/2025", "02/03/2025", "01/12/2025"], ("x",), ",",
         True, "order"),
        (["05/03/2026", "2026-03-04 10:00", "7 March 2026"], ("x",), ",", True, "near"),
        # header and delimiter
        (["05/03/2026"], ("id", "auteur", "date", "texte"), ",", True, "header"),
        (["05/03/2026"], ("id", "author", "date", "text"), ";", True, "delimiter"),
        # rows against the delimiter
        (["03/05/2026", "03/06/2026", "03/11/2026"], ("id", "text"), ";", False, "near"),
        (["05/03/2026"], ("id", "author", "date", "text"), ",", False, "nothing"),
    ],
)  # fmt: skip
def test_the_order_is_decided_by_evidence(
    values: list[str], header: Sequence[str], delimiter: str, day_first: bool, because: str
) -> None:
    order = decide_order(values, header=header, delimiter=delimiter, now=NOW)
    assert order is not None
    assert (order.day_first, order.because) == (day_first, because)


def test_dates_without_doubt_need_no_order() -> None:
    values = ["2026-03-05", "05.03.2026", "5 mars 2026", "1741158000", "05/05/2026"]
    assert decide_order(values, now=NOW) is None


def _write(path: Path, lines: Sequence[str]) -> str:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def _days(crawl: Crawl) -> list[str]:
    moments = [d.published_at for d in crawl.documents_by_id().values()]
    return sorted(f"{m:%Y-%m-%d %H:%M}" for m in moments if m)


def test_one_week_of_a_french_table_is_one_week(crawl: Crawl, tmp_path: Path) -> None:
    rows = ["id;auteur;date;texte"]
    rows += [f"{n};lise{n};0{n}/02/2026 09:0{n};le quai est ferme {n}" for n in range(3, 9)]
    report = crawl.run(_write(tmp_path / "quai.csv", rows), command="import")
    assert _days(crawl) == [f"2026-02-0{n} 09:0{n}" for n in range(3, 9)]
    assert any("the day comes first" in warning for warning in report["warnings"])


def test_the_report_asks_where_nothing_tells_and_the_option_answers(
    crawl: Crawl, tmp_path: Path
) -> None:
    path = _write(tmp_path / "a.csv", ["id,author,date,text", "1,ann,05/03/2026 10:00,the quay"])
    report = crawl.run(path, "--dry-run", command="import")
    (note,) = [n for n in report["files"][0]["notes"] if "--dates" in n]
    assert "--dates day-first or --dates month-first" in note
    report = crawl.run(path, "--dates", "day-first", command="import")
    assert _days(crawl) == ["2026-03-05 10:00"]
    assert any("you said so" in warning for warning in report["warnings"])


def test_a_day_above_twelve_far_behind_decides_for_the_first_row(
    crawl: Crawl, tmp_path: Path
) -> None:
    rows = ["id,author,date,text"]
    rows += [f"{n},ann,05/03/2026 10:00,the quay is closed {n}" for n in range(1_500)]
    rows += ["1500,ann,25/03/2026 10:00,the quay is open"]
    crawl.run(_write(tmp_path / "late.csv", rows), command="import")
    assert set(_days(crawl)) == {"2026-03-05 10:00", "2026-03-25 10:00"}


def test_a_later_contradiction_is_said(crawl: Crawl, tmp_path: Path) -> None:
    rows = ["id,author,date,text"]
    rows += [f"{n},ann,25/03/2026 10:00,the quay is closed {n}" for n in range(1_200)]
    rows += ["1201,ann,03/26/2026 10:00,the quay is open"]
    report = crawl.run(_write(tmp_path / "mixed.csv", rows), command="import")
    assert [w for w in report["warnings"] if "contradicts this, 03/26/2026" in w]
    assert set(_days(crawl)) == {"2026-03-25 10:00", "2026-03-26 10:00"}


def test_json_lines_are_decided_too(crawl: Crawl, tmp_path: Path) -> None:
    rows = [{"id": n, "user": "ann", "date": f"0{n}/02/2026", "text": f"quay {n}"}
            for n in range(3, 9)]  # fmt: skip
    crawl.run(_write(tmp_path / "a.jsonl", [json.dumps(row) for row in rows]), command="import")
    assert _days(crawl) == [f"2026-02-0{n} 00:00" for n in range(3, 9)]


@pytest.mark.parametrize(("header", "rows"), [
    ("date;heure;auteur;texte", ["05/03/2022;07:00:12;ana;un", "14/03/2022;21:30:00;bob;deux"]),
    ("Date;Time;User;Text", ["2022-03-05;7:00:12 AM;ana;un", "2022-03-14;9:30 PM;bob;deux"]),
    ("heure;date;auteur;texte", ["07h00;05/03/2022;ana;un", "21h30;14/03/2022;bob;deux"]),
])  # fmt: skip
def test_day_and_hour_in_two_columns_are_one_time(
    crawl: Crawl, header: str, rows: list[str]
) -> None:
    report, posts = take(crawl, "heures.csv", "\n".join([header, *rows]) + "\n")
    times = [posts[text].published_at for text in ("un", "deux")]
    assert [f"{t:%d %H:%M}" for t in times if t] == ["05 07:00", "14 21:30"]
    (time,) = (k for k in report["files"][0]["keys"] if k["key"] == "published_at")
    assert {c.casefold() for c in time["column"].split(", ")} <= {"date", "heure", "time"}
    assert time["filled"] == 1
    assert report["files"][0]["left_aside"] == []


def test_an_hour_that_is_none_is_left_aside(crawl: Crawl) -> None:
    content = "date;time;auteur;texte\n14/03/2022;soir;ana;un\n15/03/2022;matin;ana;deux\n"
    report, posts = take(crawl, "soirs.csv", content)
    assert report["files"][0]["left_aside"] == ["time"]
    assert posts["un"].published_precision is Precision.DAY
