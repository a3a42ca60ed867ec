"""What somebody meets on the terminal who has nothing but the README: figures, names, ends."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from index.command_context import CommandContext
from index.connect import open_index
from tocsin.app.cli import cli
from tocsin.core.documents import Annotation, Author, Document
from tocsin.core.findings import Copy, Method, WeakSignal
from tocsin.core.messages import plain
from tocsin.core.runtime.terminal import Terminal, column_widths, hold
from tocsin.core.workspace import Workspace

END = datetime(2025, 11, 3, 12, tzinfo=UTC)
METHOD = Method(name="test", version="1", parameters={"data_as_of": "2025-11-03T12:00:00Z"})
LONG_ID = "c" + "0123456789abcdef" * 3


def _signal(name: str, posts: list[str], at: datetime) -> WeakSignal:
    return WeakSignal(
        id=name,
        method=METHOD,
        terms=(name,),
        flagged_at=at,
        first_at=at,
        posts=len(posts),
        authors=len(posts),
        p_value=1e-9,
        expected_false_per_day=0.01,
        why=plain(name),
        lead_authors=len(posts),
        expected=0.1,
        post_ids=tuple(posts),
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """1,200 posts of one account each, under pseudonyms: 1,150 old ones and 50 of the last day."""
    workspace = Workspace(tmp_path / "home")
    index = open_index(workspace)
    old = [f"x:{n}" for n in range(1150)]
    new = [f"x:{n}" for n in range(1150, 1200)]
    posts = [
        Document(
            id=key,
            platform="x",
            text=f"post {key}",
            author=Author(id=f"x:a{key[2:]}", handle=f"name{key[2:]}"),
            published_at=END - timedelta(days=0 if n >= len(old) else 5, seconds=n),
        )
        for n, key in enumerate([*old, *new])
    ]
    index.put(posts)
    index.annotate(
        [
            (key, Annotation(version="1", model="", made_at=END, values={"group": LONG_ID}))
            for key in old[:3]
        ],
        "copies",
    )
    copies = [
        Copy(id=LONG_ID, copy_kind="copy", posts=tuple(old[:3]), method=METHOD),
        Copy(id="c2", copy_kind="copy", posts=tuple(old[4:6]), method=METHOD),
    ]
    index.publish(copies, kinds=["copy"], generation="g1")
    signals = [_signal("gone", old[:40], END), _signal("now", new[:9], END)]
    index.publish(signals, kinds=["signal"], generation="g1")
    index.refresh()
    index.close()
    return workspace.home


def _said(home: Path, *arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(
        cli, ["--home", str(home), *arguments], env={"COLUMNS": "80", "TZ": "UTC"}
    )
    assert done.exit_code == code, done.output
    return str(done.stdout)


def _json(home: Path, *arguments: str) -> Any:
    return json.loads(_said(home, "--json", *arguments))


def test_a_story_that_is_told_no_more_comes_last_and_says_its_age(home: Path) -> None:
    first, second = _json(home, "signals")["signals"]
    assert (first["id"], second["id"]) == ("now", "gone")
    assert second["weight"] > first["weight"]
    assert (first["recent_posts"], second["recent_posts"]) == (9, 0)
    assert second["last_at"] < first["last_at"]
    assert "9 posts in the last day" in " ".join(_said(home, "--lang", "en", "signals").split())
    said = " ".join(_said(home, "--lang", "fr", "signals").split())
    assert "plus aucun message depuis un jour, le dernier le 29 oct. 2025" in said


def test_nothing_found_says_where_to_look(home: Path) -> None:
    index = open_index(Workspace(home))
    index.publish([], kinds=["signal"], generation="g2")
    index.close()
    assert "tocsin replay" in _said(home, "--lang", "fr", "signals")
    assert "aucun" in _said(home, "--lang", "fr", "monitor", "alerts")
    assert "Il n’y a pas de veille" in _said(home, "--lang", "fr", "monitor", "plan")
    assert "Aucune alerte" in _said(home, "--lang", "fr", "replay")


def test_tables_write_numbers_and_times_as_their_reader_does(home: Path) -> None:
    french, english = (_said(home, "--lang", code, "status") for code in ("fr", "en"))
    assert "1\u202f200" in french
    assert "Mo" in french
    assert "MB" not in french
    assert "1,200" in english
    assert "3 nov. 2025, 1" in _said(home, "--lang", "fr", "search", "post", "--limit", "1")
    assert _json(home, "search", "post", "--limit", "1")["hits"][0]["published_at"].endswith("Z")


def test_ids_in_tables_stay_whole(home: Path) -> None:
    table = _said(home, "--lang", "en", "copies")
    assert "…" not in table
    assert LONG_ID in table


def test_a_table_too_wide_for_the_terminal_is_told_in_lines(home: Path) -> None:
    context = CommandContext(home, language="fr")
    heads = ("groupe", "pourquoi", "messages")
    row = ("c0ffee00", "publié des copies presque exactes " * 3, "117680955679443070, 1176809559")
    written = io.StringIO()
    context.__dict__["console"] = Terminal(file=written, width=60)
    context.table("Indices", heads, [row, row])
    said = written.getvalue()
    assert "┃" not in said
    assert said.count("\n    pourquoi\u202f: publié des copies") == 2
    assert "117680955679443070" in said


def test_columns_share_the_room_that_words_leave() -> None:
    rows = [("id", "text"), ("c0ffee00", "some words of a post that go on and on")]
    widths = column_widths(rows, 40)
    assert widths is not None
    assert widths[0] == 8
    assert sum(widths) + 3 * 2 + 1 <= 40
    assert column_widths([("id", "text"), ("c0ffee00" * 6, "x")], 40) is None
    assert column_widths([("id", "text"), ("a", "word " * 60)], 40) is None


def test_a_mistyped_home_is_told_and_not_made(tmp_path: Path) -> None:
    home = tmp_path / "mistyped"
    done = CliRunner().invoke(cli, ["--home", str(home), "--lang", "en", "status"])
    assert "there is no index in" in str(done.exception)
    assert not home.exists()


def test_a_page_of_copies_holds_as_many_as_asked_for(home: Path) -> None:
    page = _json(home, "copies", "--limit", "1")
    assert [group["id"] for group in page["groups"]] == [LONG_ID]
    assert page["total_groups"] == 2
    assert [g["id"] for g in _json(home, "copies", "--offset", "1")["groups"]] == ["c2"]
    assert "total_groups" not in _json(home, "copies")
    assert "2 groups of copies, largest first; 1 shown" in " ".join(
        _said(home, "--lang", "en", "copies", "--limit", "1").split()
    )


def test_an_unknown_name_comes_back_as_it_was_asked_for(home: Path) -> None:
    assert _json(home, "source", "@nobody_here")["subject"] == "@nobody_here"
    said = _said(home, "--lang", "fr", "source", "@nobody_here")
    assert "@nobody_here" in said
    assert "faits" in said
    known = _json(home, "source", "@name3")["subject"]
    assert known.startswith("acct-"), "who is here keeps the pseudonym"


def test_rules_of_monitors_and_checks_are_named_in_french(home: Path) -> None:
    _said(home, "monitor", "save", "post", "post", "--rule", "new_group")
    assert "groupe" in _said(home, "--lang", "fr", "monitor", "list")
    assert "new_group" not in _said(home, "--lang", "fr", "monitor", "list")
    checked = CliRunner().invoke(cli, ["--home", str(home), "--lang", "fr", "check"]).stdout
    assert "bundled" not in checked
    assert "built in" not in checked
    assert "language" not in checked


def test_no_line_breaks_inside_a_number() -> None:
    """French groups digits by a no-break space, at which rich breaks lines."""
    from io import StringIO

    from rich.table import Table
    from rich.text import Text

    written = StringIO()
    terminal = Terminal(file=written, width=20)
    terminal.print("seulement ici 4\u202f172 messages")
    table = Table()
    table.add_column(Text(hold("ici 4\u202f172\u202f% de tout")))
    table.add_row(Text(hold("encore une fois 4\u202f172")))
    terminal.print(table)
    assert written.getvalue().count("4\u202f172") == 3
    assert not set("\ue000\ue001") & set(written.getvalue())


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [("", 2, "--yes"), ("non\n", 130, "rien n’a été fait"), ("oui\n", 0, "")],
)
def test_a_question_is_asked_and_answered_in_french(
    home: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: Any,
    answer: str,
    code: int,
    said: str,
) -> None:
    """Nobody there to be asked is no interrupt after which the same command would go on."""
    from io import StringIO

    from tocsin.app.cli import main

    monkeypatch.setattr("sys.stdin", StringIO(answer))
    with pytest.raises(SystemExit) as left:
        main(["--home", str(home), "--lang", "fr", "erase", "@name3"])
    assert left.value.code == code
    heard = capfd.readouterr().err
    assert "[o/N]" in heard
    assert said in heard
    assert "reprend" not in heard


def test_a_file_that_ends_inside_a_quote_is_told_in_french(tmp_path: Path) -> None:
    file = tmp_path / "cut.csv"
    rows = "".join(f"{n},2025-11-03T12:00:{n % 60:02}Z,words {n}\n" for n in range(200))
    file.write_text("id,published_at,text\n" + rows + '999,2025-11-03T12:00:00Z,"cut off')
    said = _said(tmp_path / "home", "--lang", "fr", "import", str(file), "--platform", "x")
    assert "guillemet" in said
    assert "quote" not in said


def test_a_query_of_no_words_is_told_in_one_sentence(home: Path) -> None:
    assert (
        _said(home, "--lang", "fr", "query", "").strip() == "la requête trouve 1\u202f200 messages"
    )


def test_a_report_that_cannot_be_written_says_why_in_french(
    home: Path, capfd: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    """The operating system says it in English."""
    import errno
    import os

    from tocsin.app.cli import main

    def refuse(path: Path) -> Any:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr("tocsin.core.files.write_atomically", refuse)
    with pytest.raises(SystemExit) as left:
        main(["--home", str(home), "--lang", "fr", "report", "--out", str(home / "r.html")])
    assert left.value.code == 2
    heard = capfd.readouterr().err
    assert "impossible d’écrire" in heard
    assert "ermission denied" not in heard


def test_a_text_of_a_stranger_turns_no_line_of_the_terminal() -> None:
    """A right-to-left override in a post would rewrite what stands after it on the line."""
    from rich.table import Table
    from rich.text import Text

    out = io.StringIO()
    console = Terminal(file=out, width=80)
    table = Table("text")
    table.add_row(Text(hold("\u202egnp.exe\u2066 0 %")))
    console.print(table)
    console.print("name \u202eeman\u2069: 3")
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", out.getvalue())
    assert "gnp.exe 0 %" in out.getvalue()
