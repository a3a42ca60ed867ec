"""``tocsin coordinated``: one command from any table of shares to groups, without a workspace."""

from __future__ import annotations

import csv
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import polars as pl
import pytest
from click.testing import CliRunner

from tests.graph.test_shares import PUSHERS, START, Share, planted
from tocsin.app.cli import cli
from tocsin.core.errors import ConfigError
from tocsin.core.language.words import Words

COORTWEET = ("object_id", "account_id", "timestamp_share", "content_id")


def call(home: Path, *arguments: str, lang: str = "") -> Any:
    said = ["--lang", lang] if lang else ["--json"]
    done = CliRunner().invoke(
        cli, ["--home", str(home), *said, "coordinated", *arguments], standalone_mode=False
    )
    if done.exception is not None:
        raise done.exception
    return done.stdout if lang else json.loads(done.stdout)


def write(rows: list[Share], path: Path, names: tuple[str, ...] = COORTWEET) -> Path:
    frame = pl.DataFrame(
        [(*row, f"id{900_000 + n}") for n, row in enumerate(rows)], schema=list(names), orient="row"
    )
    ending = path.suffix
    if ending == ".parquet":
        frame.write_parquet(path)
    elif ending == ".xlsx":
        import openpyxl

        book = openpyxl.Workbook()
        assert book.active is not None
        for row in [frame.columns, *frame.rows()]:
            book.active.append(list(row))
        book.save(path)
    elif ending == ".jsonl":
        frame.write_ndjson(path)
    else:
        frame.write_csv(path, separator="\t" if ending == ".tsv" else ",")
    return path


def flagged(document: dict[str, Any]) -> set[str]:
    return {
        member["account"]
        for group in document["groups"]
        if group["status"] == "flagged"
        for member in group["accounts"]
    }


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "parquet", "xlsx"])
@pytest.mark.parametrize("names", [COORTWEET, ("object", "account", "time", "post")])
def test_one_command_for_a_table_of_any_form(
    tmp_path: Path, ending: str, names: tuple[str, ...]
) -> None:
    path = write(planted("item-{}"), tmp_path / f"table.{ending}", names)
    document = call(tmp_path / "none", str(path))
    assert flagged(document) == PUSHERS
    assert document["names"] == "real"
    assert document["shares"]["columns"] == {
        "object": names[0], "account": names[1], "time": names[2], "content": names[3]
    }  # fmt: skip
    assert document["evidence"][0]["posts"][0].startswith("id9")
    assert document["pairs"]
    assert not (tmp_path / "none").exists(), "nothing is stored"


def test_files_for_spreadsheets_gephi_and_programs(tmp_path: Path) -> None:
    path = write(planted("https://site.example/{}"), tmp_path / "table.csv")
    out = tmp_path / "found"
    document = call(tmp_path / "none", str(path), "--out", str(out))
    assert set(document["written"]) == {
        "groups.csv", "members.csv", "pairs.csv", "evidence.csv", "network.gexf",
        "coordination.json",
    }  # fmt: skip
    with (out / "members.csv").open(encoding="utf-8-sig", newline="") as table:
        assert {row["account"] for row in csv.DictReader(table)} == PUSHERS
    nodes = ElementTree.parse(out / "network.gexf").iter("{http://www.gexf.net/1.2draft}node")
    assert {node.get("id") for node in nodes} == PUSHERS
    whole = json.loads((out / "coordination.json").read_text(encoding="utf-8"))
    assert whole["evidence"]
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    call(tmp_path / "none", str(path), "--out", str(out))
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before
    said = call(tmp_path / "none", str(path), "--out", str(out), lang="fr")
    assert "comptes" in said
    assert "network.gexf" in said
    with (out / "pairs.csv").open(encoding="utf-8-sig") as table:
        assert ";" in table.readline(), "as French spreadsheets read it"


def test_columns_of_any_name_and_settings_of_the_call(tmp_path: Path) -> None:
    path = write(planted("item-{}"), tmp_path / "t.csv", ("was", "wer", "wann", "wo"))
    with pytest.raises(ConfigError, match="object"):
        call(tmp_path / "none", str(path))
    roles = ("--map", "object=was", "--map", "account=wer", "--map", "time=wann")
    document = call(tmp_path / "none", str(path), *roles, "--window", "60", "--min-objects", "4")
    assert flagged(document) == PUSHERS
    assert document["tested"]["windows"] == [60]
    assert document["method"]["parameters"]["min_objects"] == 4
    for wrong, said in (("object=wass", "was"), ("thing=was", "thing"), ("object", "KEY=COLUMN")):
        with pytest.raises(ConfigError, match=said):
            call(tmp_path / "none", str(path), *roles[2:], "--map", wrong)


def test_damage_and_doubt_are_said_as_by_import(tmp_path: Path) -> None:
    rows = planted("n{}")
    rounded = [("1.81E+18", who, at) for _, who, at in rows]
    path = write(rounded, tmp_path / "rounded.csv")
    with pytest.raises(ConfigError, match=r"1\.81E\+18"):  # posts that a spreadsheet made one
        call(tmp_path / "none", str(path))
    ids = [(f"18123456789012{int(what[1:]):05d}", who, at) for what, who, at in rows]
    partly = [*ids[:-3], *((f"1.8{n}E+18", who, at) for n, (_, who, at) in enumerate(ids[-3:]))]
    document = call(tmp_path / "none", str(write(partly, tmp_path / "partly.csv")))
    assert document["shares"]["left_out"]["no_object"] == 3
    assert flagged(document) == PUSHERS
    assert any("1.80E+18" in note for note in document["files"][0]["notes"])

    def slashed(t: int) -> str:
        return datetime.fromtimestamp(t % 864_000 + 1_714_521_600, UTC).strftime(
            "%d/%m/%Y %H:%M:%S"
        )

    doubtful = [(what, who, slashed(at)) for what, who, at in rows]
    path = write(doubtful, tmp_path / "dates.csv")  # type: ignore[arg-type]
    assert any("/" in note for note in call(tmp_path / "none", str(path))["files"][0]["notes"])
    first = call(tmp_path / "none", str(path), "--dates", "day-first")
    second = call(tmp_path / "none", str(path), "--dates", "month-first")
    assert first["tested"]["input_sha256"] != second["tested"]["input_sha256"]


def test_posts_of_a_known_format_are_read_too(tmp_path: Path) -> None:
    with (tmp_path / "posts.jsonl").open("w", encoding="utf-8") as out:
        for n, (what, who, at) in enumerate(planted("Wake up and read this, number {}")):
            row = {"id": str(n), "platform": "x", "author": {"id": who, "handle": who},
                   "published_at": at, "text": what}  # fmt: skip
            out.write(json.dumps(row | {
                "published_at": datetime.fromtimestamp(at, UTC).isoformat()
            }) + "\n")  # fmt: skip
    document = call(tmp_path / "none", str(tmp_path / "posts.jsonl"))
    assert flagged(document) == {f"x:{who}" for who in PUSHERS}
    assert document["groups"][0]["signals"] == ["copy"]
    with pytest.raises(ConfigError, match="known"):
        call(tmp_path / "none", str(tmp_path / "posts.jsonl"), "--map", "object=text")


@pytest.mark.parametrize(
    "names",
    [
        ("lien", "compte", "date"), ("URL", "User Name", "Created"),
        ("object_id", "id_user", "timestamp_share"), ("Shared URL", "Auteur", "Publié le"),
        ("enlace", "usuario", "fecha"), ("Link", "Konto", "Zeit"),
        ("Lien partagé", "Nom de la page", "Date de publication"),
        ("Link", "Page Name", "Post Created"),
    ],
)  # fmt: skip
def test_headers_that_people_write_are_known(tmp_path: Path, names: tuple[str, ...]) -> None:
    path = write(planted("https://s.example/{}"), tmp_path / "t.csv", (*names, "nr"))
    assert flagged(call(tmp_path / "none", str(path))) == PUSHERS


def test_posts_of_no_platform_are_named_as_in_the_file_and_show_what_was_copied(
    tmp_path: Path,
) -> None:
    rows = planted("Wake up and read this, number {}")
    path = write(rows, tmp_path / "posts.csv", ("message", "user_id", "timestamp", "message_id"))
    document = call(tmp_path / "none", str(path))
    assert flagged(document) == PUSHERS
    copied = {row["object"] for row in document["evidence"] if row["signal"] == "copy"}
    assert copied <= {what for what, _, _ in rows}
    assert copied


def test_days_and_hours_of_two_columns_are_one_time(tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    lines = ["Date;Heure;Compte;Lien"]
    for what, who, at in planted("https://s.example/{}"):
        day, hour = f"{datetime.fromtimestamp(at, UTC):%d/%m/%Y %H:%M:%S}".split()
        lines.append(f"{day};{hour};{who};{what}")
    path.write_text("\n".join(lines), encoding="utf-8")
    for more in ((), ("--map", "time=Date")):
        document = call(tmp_path / "none", str(path), *more)
        assert flagged(document) == PUSHERS
        assert document["files"][0]["columns"]["time"] == "Date, Heure"


def test_days_alone_are_told_as_nothing_compared(tmp_path: Path) -> None:
    rows: list[Any] = [
        (what, who, f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}")
        for what, who, at in planted("https://s.example/{}")
    ]
    said = call(tmp_path / "none", str(write(rows, tmp_path / "days.csv")), lang="en")
    assert "Nothing was compared" in said
    assert "No group acted together" not in said
    few = write(planted("https://s.example/{}")[:2], tmp_path / "few.csv")
    assert "3 shares or more" in " ".join(call(tmp_path / "none", str(few), lang="en").split())


def test_texts_with_a_link_in_them_are_texts(tmp_path: Path) -> None:
    path = write(planted("Read this now: https://s.example/{}"), tmp_path / "texts.csv")
    document = call(tmp_path / "none", str(path))
    assert list(document["shares"]["kinds"]) == ["text"]
    assert flagged(document) == PUSHERS
    addresses = write(planted("https://s.example/{}"), tmp_path / "addresses.csv")
    assert list(call(tmp_path / "none", str(addresses))["shares"]["kinds"]) == ["link"]


@pytest.mark.parametrize(
    ("lang", "less"), [("", "less than a minute"), ("fr", "moins d’une minute")]
)
def test_times_to_the_minute_say_nothing_of_seconds(tmp_path: Path, lang: str, less: str) -> None:
    def minute(at: int) -> str:
        return datetime.fromtimestamp(at // 300 * 300, UTC).strftime("%Y-%m-%d %H:%M")

    rows: list[Any] = [(what, who, minute(at)) for what, who, at in planted("item-{}")]
    path = write(rows, tmp_path / "minutes.csv")
    if lang:
        said = " ".join(call(tmp_path / "none", str(path), lang=lang).replace("│", " ").split())
        assert less in said
        return
    document = call(tmp_path / "none", str(path))
    assert flagged(document) == PUSHERS
    assert less in document["groups"][0]["because"]
    why = [row["why"] for row in document["evidence"] if row["seconds_apart"] == 0]
    assert why
    assert all("in the same minute" in said for said in why)


def test_what_is_missing_is_counted_for_what_it_is(tmp_path: Path) -> None:
    rows: list[Any] = [
        (what if n % 10 else "", who if n % 10 != 1 else None, at if n % 10 != 2 else None)
        for n, (what, who, at) in enumerate(planted("item-{}"))
    ]
    document = call(tmp_path / "none", str(write(rows, tmp_path / "gaps.csv")))
    tenth = len(rows) // 10
    assert document["rejected"] == 0
    assert all(tenth <= n <= tenth + 1 for n in document["shares"]["left_out"].values())
    said = call(tmp_path / "none", str(write(rows[3:4], tmp_path / "one.csv")), lang="en")
    assert "1 post by 1 account read" in said


def test_the_table_for_people_has_french_numbers_and_short_cells(tmp_path: Path) -> None:
    many = [f"push{n:02d}" for n in range(20)]
    rows = [
        (f"item-{k}", who, START + k * 90_000 + n) for k in range(12) for n, who in enumerate(many)
    ] + [row for row in planted("item{}") if row[1] not in PUSHERS]
    path = write(rows, tmp_path / "t.csv")
    said = " ".join(call(tmp_path / "none", str(path), lang="fr").replace("│", " ").split())
    assert "10⁻¹²" in said
    assert not re.search(r"\de-\d", said)
    assert "autres" in said
    assert len(call(tmp_path / "none", str(path))["groups"][0]["accounts"]) == 20


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ["n’a aucune ligne"]),
        ("object,account,time\n", ["n’a aucune ligne"]),
        ("object,account,time\na,b,yesterday\nc,d,soon\n", ["2 lignes sans heure", "--map"]),
        ("foo,bar,baz\n1,2,3\n", ["object, account, time", "--map", "foo, bar, baz"]),
        ("https://a.example/1,ann,1714600000\nhttps://b.example/2,bob,1714600003\n",
         ["la première ligne doit nommer les colonnes", "object,account,time"]),
        ("object,account,time\na,100000000000000383.0,1714600000\n", ["1 ligne sans compte"]),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_with_file_and_remedy(
    tmp_path: Path, text: str, told: list[str]
) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as wrong:
        call(tmp_path / "none", str(path))
    said = Words("fr").say(wrong.value.message)
    assert all(part in said for part in (*told, "table.csv")), said
    assert "table.csv\u202f: table.csv" not in said.replace(str(tmp_path), "")


def test_a_folder_names_the_files_that_it_holds(tmp_path: Path) -> None:
    (tmp_path / "many").mkdir()
    for name in ("a.csv.gz", "b.csv.gz", ".hidden.jsonl", "read.me"):
        (tmp_path / "many" / name).touch()
    with pytest.raises(ConfigError, match=r"many/\*\.csv\.gz"):
        call(tmp_path / "none", str(tmp_path / "many"))


def test_no_file_and_no_share_are_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        call(tmp_path / "none", str(tmp_path / "nothing.csv"))
    (tmp_path / "empty.csv").write_text("object,account,time\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="no row"):
        call(tmp_path / "none", str(tmp_path / "empty.csv"))


def test_false_accounts_are_measured_on_demand(tmp_path: Path) -> None:
    table = write(planted(), tmp_path / "shares.csv")
    assert call(tmp_path, str(table))["measured_false_accounts"] is None
    for lang, said in (("en", "`--calibrate 5` measures it"), ("fr", "`--calibrate 5` le mesure")):
        assert said in " ".join(call(tmp_path, str(table), lang=lang).split())
    measured = call(tmp_path, str(table), "--calibrate", "2")["measured_false_accounts"]
    assert (measured["draws"], measured["mean"]) == (2, 0)
    for lang, said in (("en", "measured on these posts in 2 draws"), ("fr", "2 tirages")):
        shown = call(tmp_path, str(table), "--calibrate", "2", lang=lang)
        assert said in " ".join(shown.split())
