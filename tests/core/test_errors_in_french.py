"""What goes wrong before a command begins is told in the reader's language."""

from __future__ import annotations

from pathlib import Path

import pytest

from tocsin.app.cli import main


def told(capsys: pytest.CaptureFixture[str], home: Path, *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["--home", str(home), "--lang", "fr", *arguments])
    assert ended.value.code in (2, 3)
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("graph = 3", "table"),
        ("[graph]\nwindws = [3]", "vouliez-vous dire graph.windows"),
        ("[graph]\nmin_objects = 1", "au moins 2"),
        ('[graph]\nerror = "bold"', "l’un de strict, balanced, explore"),
        ('[privacy]\npseudonymise = "perhaps"', "true ou false"),
        ("[graph]\nwindows = []", "ne doit pas être vide"),
        ("[graph]\nwindows = [60, 0]", "graph.windows.1"),
        ("[graph", "n’est pas du TOML valable"),
    ],
)
def test_wrong_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], toml: str, said: str
) -> None:
    (tmp_path / "tocsin.toml").write_text(toml, encoding="utf-8")
    assert said in told(capsys, tmp_path, "clusters")


def test_what_the_system_and_the_index_say(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.touch()
    assert "ce n’est pas un dossier" in told(capsys, file / "home", "init")
    assert "pas encore d’index" in told(capsys, tmp_path / "home", "clusters")


def test_what_is_not_there_yet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    posts = tmp_path / "posts.jsonl"
    posts.write_text(
        '{"id": "1", "platform": "x", "author": {"id": "a"}, "text": "one", '
        '"published_at": "2026-03-01T10:00:00Z"}\n',
        encoding="utf-8",
    )
    with pytest.raises(SystemExit):
        main(["--home", str(tmp_path), "import", str(posts)])
    capsys.readouterr()
    assert "pas encore de groupes" in told(capsys, tmp_path, "evidence")
    assert "ni groupe ni compte" in told(capsys, tmp_path, "mark", "c1", "benign")
    assert "n’est pas un pas" in told(capsys, tmp_path, "replay", "--tick", "x")
