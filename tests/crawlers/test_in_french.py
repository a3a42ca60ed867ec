"""What import, remap, crawl and check say under ``--lang fr`` is French, errors included."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tocsin.app.cli import main

ENGLISH = re.compile(
    r"\b(the|there|is|are|was|were|not|and|with|which|file|columns?|line|must|cannot|read|readable)\b"
)
FILES = {
    "torn.jsonl": b'{"id": 1, "text": "un"}\n{"id": 2, "text": \n[1]\n"x"\n\xff\xfe{}\n',
    "short.csv": b"id,text\n1,un\n2\n3,trois,quatre\n",
    "empty.csv": b"",
    "nul.csv": b"\0" * 400,
    "page.pdf": b"%PDF-1.7 rest",
    "torn.zip": b"PK\x03\x04broken",
    "torn.xlsx": b"PK\x03\x04broken",
    "textless.csv": b"a,b\n1,2\n3,4\n",
    "signs.csv": b"id,text\n1,l\xc2\x92eau\n2,deux\x07\n",
    "dates.csv": b"id,text,created_at\n1,un,03/04/2024\n2,deux,05/06/2024\n",
}


def say(home: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit):
        main(["--home", str(home), "--lang", "fr", *arguments])
    printed = capsys.readouterr()
    said = " ".join((printed.out + printed.err).split())
    assert said
    return said.replace(str(home), "").replace(str(home.parent), "")


def assert_french(said: str) -> None:
    plain = re.sub(r"`[^`]*`|--\w+( \S+)?|\S+\.(jsonl|csv|zip|xlsx|pdf|toml|md)\b", " ", said)
    assert ENGLISH.findall(plain) == [], said
    assert "=COLUMN" not in said


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("option", [[], ["--dry-run"]], ids=["import", "dry run"])
def test_an_import_of_a_broken_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, option: list[str]
) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name])
    assert_french(say(tmp_path / "home", capsys, "import", str(path), *option))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--map", "text"],
        ["--map", "txt=a"],
        ["--map", "text=c"],
        ["--map", "text=a", "--map", "text=b"],
        ["--platform", "a b"],
        ["--format", "cvs"],
        ["--format", "telegram"],
    ],
    ids=" ".join,
)
def test_wrong_options(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    path = tmp_path / "textless.csv"
    path.write_bytes(FILES["textless.csv"])
    assert_french(say(tmp_path / "home", capsys, "import", str(path), *arguments))


@pytest.mark.parametrize(
    "source",
    [
        "name =",
        'name = "a"',
        'name = "a"\nspider = "fead"\nstart = []',
        'name = "a"\nspider = "feed"\nstart = ["x"]',
        'name = "a"\nspider = "feed"\nstrat = ["https://a.example/"]',
        'name = "a"\nspider = "feed"\nstart = ["http://127.0.0.1:1/feed", "ftp://x"]',
        'name = "a"\nspider = "feed"\nstart = ["http://127.0.0.1:1/feed"]',
    ],
)
def test_a_crawl_and_a_check_of_a_wrong_source(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], source: str
) -> None:
    folder = tmp_path / "home" / "sources"
    folder.mkdir(parents=True)
    (folder / "a.toml").write_text(source, encoding="utf-8")
    said = say(tmp_path / "home", capsys, "crawl")
    if "strat" in source or "1/feed" in source:
        assert_french(said)
    assert "nombre" in said or "clé" in said or "a" in said


def test_remap_and_missing_sources(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["remap", "last"], ["crawl"], ["crawl", "nowhere"], ["import", "none.csv"]):
        assert_french(say(tmp_path / "home", capsys, *arguments))
