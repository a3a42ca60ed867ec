"""The command line speaks in sentences and exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from index.command_context import CommandContext
from tocsin.core.progress import Run
from tocsin.core.workspace import Workspace

TOCSIN = str(Path(sys.executable).parent / "tocsin")


def call(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
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
        (["--home", "{home}", "analyse", "--since", "yesterday"], "is not a time"),
        (
            ["--home", "{home}", "analyse", "--since", "2026-02-01", "--until", "2026-01-01"],
            "is not before",
        ),
        (["--home", "{home}", "analyse"], "there is no index in"),
        (["--home", "{home}", "run", "--every", "often"], "is not a period"),
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


@pytest.mark.parametrize(
    ("options", "environ", "french"),
    [
        ([], {"LC_ALL": "fr_FR.UTF-8"}, True),
        ([], {"LC_ALL": "C.UTF-8"}, False),
        (["--lang", "en"], {"LC_ALL": "fr_FR.UTF-8"}, False),
        (["--lang", "fr"], {"LC_ALL": "C.UTF-8"}, True),
        ([], {"LC_ALL": "C.UTF-8", "TOCSIN_LANG": "fr"}, True),
        ([], {"LC_ALL": "C.UTF-8", "TOCSIN_LANGUAGE": "fr"}, True),
        (["--lang", "en"], {"TOCSIN_LANG": "fr"}, False),
    ],
)
def test_a_person_is_answered_in_the_language_of_the_call(
    tmp_path: Path, options: list[str], environ: dict[str, str], french: bool
) -> None:
    done = call("--home", str(tmp_path), *options, "init", **environ)
    assert ("Ensuite\u202f:" in done.stdout) is french, done.stdout
    failed = call("--home", str(tmp_path), *options, "analyse", **environ)
    assert ("il n’y a pas encore d’index" in failed.stderr) is french
    assert failed.returncode == 2


def test_json_is_english_unless_a_language_is_asked_for(tmp_path: Path) -> None:
    def disk(*options: str, **environ: str) -> str:
        done = call("--home", str(tmp_path), "--json", *options, "check", **environ)
        rows = json.loads(done.stdout)["checks"]
        return next(str(row["detail"]) for row in rows if row["name"] == "disk")

    assert disk(LC_ALL="fr_FR.UTF-8").endswith("GB free")
    assert disk(TOCSIN_LANGUAGE="fr").endswith("GB free")
    assert disk("--lang", "fr").endswith("Go libres")
    assert disk(TOCSIN_LANG="fr").endswith("Go libres")


def test_an_unknown_language_is_wrong_use(tmp_path: Path) -> None:
    done = call("--home", str(tmp_path), "init", TOCSIN_LANG="de")
    assert done.returncode == 2
    assert "'de' is not one of" in done.stderr


def test_errors_are_said_before_the_settings_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "tocsin.toml").write_text("nonsense = 1\n")
    done = call("--home", str(tmp_path), "--lang", "fr", "status")
    assert done.returncode == 2
    assert "nonsense" in done.stderr


@pytest.mark.parametrize("arguments", [
    ["--home", "{home}", "--json", "status"],
    ["status", "--json", "--home", "{home}"],
    ["--home", "{home}", "status", "--json"],
    ["--json", "status", "--home={home}"],
])  # fmt: skip
def test_options_of_the_whole_call_may_stand_behind_the_command(
    tmp_path: Path, arguments: list[str]
) -> None:
    home = tmp_path / "my workspace"
    assert call("init", "--home", str(home)).returncode == 0
    (home / "posts.csv").write_text("id,text\n1,Water is fine\n", encoding="utf-8")
    assert call("--home", str(home), "import", str(home / "posts.csv")).returncode == 0
    done = call(*(a.format(home=home) for a in arguments))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["documents"] == 1


def test_the_language_may_stand_behind_the_command(tmp_path: Path) -> None:
    done = call("narratives", "pin", "x", "--home", str(tmp_path), "--lang", "fr")
    assert "il n'y a pas" in done.stderr.replace("\u2019", "'").lower()


def test_an_option_of_the_commands_own_keeps_its_meaning() -> None:
    from tocsin.app.cli import cli

    with cli.make_context("tocsin", ["--json", "report"]) as context:
        report = cli.get_command(context, "report")
    assert report is not None
    languages = [one for one in report.params if "--lang" in one.opts]
    assert len(languages) == 1
    assert not getattr(languages[0], "hidden", False)


@pytest.mark.parametrize(("level", "is_shown"), [("", False), ("debug", True)])
def test_what_libraries_warn_programmers_of_is_not_shown(level: str, is_shown: bool) -> None:
    program = (
        "import warnings; from tocsin.app import cli\n"
        "def run(arguments): warnings.warn('noise of a library'); return 0\n"
        "cli._main = run\n"
        "cli.main([])\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TOCSIN_LOG": level},
    )
    assert done.returncode == 0
    assert ("noise of a library" in done.stderr) == is_shown


@pytest.mark.parametrize("command", ["case", "monitor", "study"])
def test_a_command_that_needs_another_shows_its_help_alone(command: str) -> None:
    done = call(command)
    assert done.returncode == 2
    assert done.stderr.startswith(f"Usage: tocsin {command}")
    assert f"see tocsin {command} --help" not in done.stderr


@pytest.mark.parametrize(
    ("status", "en", "fr"),
    [
        ("stopped", "analyse stopped after", "analyse : arrêté après"),
        ("done", "analyse done: 0 seen (nothing to do)", "analyse : terminé, 0 vu (rien à faire)"),
    ],
)
def test_what_was_stopped_is_not_said_to_have_nothing_to_do(
    status: str, en: str, fr: str, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    for language, said in (("en", en), ("fr", fr)):
        context = CommandContext(workspace.home, language=language)
        run = Run(workspace, "analyse")
        run.status = status
        context._print_report(run)
        assert said in capsys.readouterr().out.replace("\u202f", " ")


def _filled(home: Path, *times: str | None) -> None:
    """A workspace with a post of each of these times, analysed."""
    lines = [
        {"id": str(n), "platform": "x", "text": f"water {n}", "published_at": at}
        for n, at in enumerate(times)
    ]
    home.with_suffix(".jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
    if times:
        assert not call("--home", str(home), "import", f"{home}.jsonl").returncode
    assert not call("--home", str(home), "analyse").returncode


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ([None, None], "No post has a time"),
        (["2026-01-01T10:00:00Z"], "The posts span less than two days"),
        (["2026-01-01T10:00:00Z", "2026-01-09T10:00:00Z"], "nothing rose"),
    ],
)
def test_where_nothing_could_be_seen_to_rise_that_is_said(
    tmp_path: Path, times: list[str | None], said: str
) -> None:
    home = tmp_path / "home"
    _filled(home, *times)
    assert said in " ".join(call("--home", str(home), "replay").stdout.split())
    shown = " ".join(call("--home", str(home), "signals").stdout.split())
    assert (said if said[0].isupper() else "Only the last day") in shown
    groups = " ".join(call("--home", str(home), "clusters").stdout.split())
    assert groups.startswith("Not enough data to say")


def test_an_empty_workspace_is_not_told_to_change_its_query(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    call("--home", str(tmp_path / "home"), "status")
    for command in (["search", "water"], ["network"]):
        said = call("--home", str(tmp_path / "home"), *command).stdout
        assert said.startswith("There is no post here yet")
