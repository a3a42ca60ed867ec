"""What a person is told of a wrong call, in French where French is asked for."""

from __future__ import annotations

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


def test_a_language_behind_the_command_holds_for_what_is_wrong_there(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    with pytest.raises(SystemExit):
        main(["analyse", "--lang", "fr", "--sinse"])
    assert "(voir tocsin" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [["--nosuch"], ["--lang", "xx", "status"]])
def test_options_before_the_command_too(
    wrong: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    with pytest.raises(SystemExit):
        main(wrong)
    assert "(voir tocsin" in capsys.readouterr().err
