"""What a person is told of a wrong call, in French where French is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tocsin.app.cli import main

WRONG = [
    (["import"], "l’argument 'FILE...'"),
    (["mark", "x"], "l’argument"),
    (["mark", "x", "y"], "n’est aucun de"),
    (["study", "sael"], "pas de commande 'sael'"),
    (["analyze"], "vouliez-vous dire analyse"),
    (["coordinated", "f.csv", "--windw", "3"], "Vouliez-vous dire"),
    (["coordinated", "f.csv", "--window"], "demande une valeur"),
    (["coordinated", "f.csv", "--window", "soon"], "n’est pas un nombre entier"),
    (["dial", "--rate", "x"], "n’est pas un nombre."),
    (["dial", "--rate", "3"], "n’est pas dans l’intervalle"),
    (["coordinated", "f.csv", "--min-objects", "1"], "Valeur non valable pour '--min-objects'"),
    (["dial", "more"], "Argument en trop"),
    (["dial", "more", "most"], "Arguments en trop"),
    (["enrich", "--jason"], "pas d’option"),
    (["enrich", "--json=3"], "ne prend pas de valeur"),
    (["study", "seal", "--replace=3"], "ne prend pas de valeur"),
]


@pytest.mark.parametrize(("arguments", "said"), WRONG, ids=lambda part: str(part)[:30])
def test_wrong_calls_are_told_in_french(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--home", str(tmp_path), "--lang", "fr", *arguments])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert said in told
    assert "(voir tocsin" in told
    with pytest.raises(SystemExit):
        main(["--home", str(tmp_path), "--lang", "en", *arguments])
    assert "(see tocsin" in capsys.readouterr().err


def test_general_options_may_stand_after_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``tocsin status --json`` was told "no such option, did you mean --since"."""

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out, told.err

    home = str(tmp_path / "home")
    assert call("init", "--home", home, "--json")[0] == 0
    code, out, _ = call("check", "--json", f"--home={home}")
    assert code in (0, 1)
    assert json.loads(out)
    code, out, _ = call("--home", home, "monitor", "list", "--json")
    assert (code, json.loads(out)["monitors"]) == (0, [])
    assert "vouliez-vous" in call("analyse", "--home", home, "--lang", "fr", "--sinse")[2].lower()
    code, _, err = call("search", "--lang", "de", "x")
    assert code == 2
    assert "de" in err
    code, out, _ = call("--home", home, "monitor", "save", "m", "x", "--title", "--json")
    assert code == 0
    assert not out.startswith("{")  # it is the title


@pytest.mark.parametrize("wrong", [["--nosuch"], ["--lang", "xx", "status"]])
def test_options_before_the_command_too(
    wrong: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    with pytest.raises(SystemExit):
        main(wrong)
    assert "(voir tocsin" in capsys.readouterr().err
