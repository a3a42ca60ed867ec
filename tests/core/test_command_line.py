"""The command line speaks in sentences and exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

TOCSIN = str(Path(sys.executable).parent / "tocsin")


def call(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    import os

    return subprocess.run(
        [TOCSIN, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environ},
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serch", "x"], "did you mean search?"),
        (["analyse", "--sinse", "7d"], "--sinse"),
        (["--home", "{home}", "analyse", "--since", "yesterday"], "is no time"),
        (
            ["--home", "{home}", "analyse", "--since", "2026-02-01", "--until", "2026-01-01"],
            "is not before",
        ),
        (["--home", "{home}", "analyse"], "there is no index in"),
        (["--home", "{home}", "run", "--every", "often"], "is no period"),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_2(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    done = call(*(a.format(home=tmp_path / "home") for a in arguments))
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    done = call("--home", str(tmp_path), "status", TOCSIN_INDEX__BACKEND="mongo")
    assert done.returncode == 2
    assert "setting index.backend" in done.stderr


def test_a_home_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    done = call("--home", str(tmp_path / "home"), "init")
    assert done.returncode == 2
    assert "choose another with --home" in done.stderr


def test_init_writes_a_workspace_and_keeps_what_is_there(tmp_path: Path) -> None:
    first = json.loads(call("--home", str(tmp_path / "w"), "--json", "init").stdout)
    assert len(first["made"]) == 3
    (tmp_path / "w" / "tocsin.toml").write_text("# mine\n")
    second = json.loads(call("--home", str(tmp_path / "w"), "--json", "init").stdout)
    assert (len(second["made"]), len(second["kept"])) == (0, 3)
    assert (tmp_path / "w" / "tocsin.toml").read_text() == "# mine\n"


def test_the_written_settings_are_valid(tmp_path: Path) -> None:
    call("--home", str(tmp_path), "init")
    text = (tmp_path / "tocsin.toml").read_text()
    live = "\n".join(
        line.removeprefix("# ").split("   #")[0]
        if line.startswith("# ") and " = " in line
        else line
        for line in text.splitlines()[3:]
    )
    (tmp_path / "tocsin.toml").write_text(live)
    done = call("--home", str(tmp_path), "--json", "init")
    assert done.returncode == 0, done.stderr
