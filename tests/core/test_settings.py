"""Settings: precedence, and errors that name the nearest key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tocsin.core import settings
from tocsin.core.errors import ConfigError


def test_defaults(tmp_path: Path) -> None:
    assert settings.load_settings(tmp_path, environ={}) == settings.Settings()


def test_flags_go_before_the_environment_and_that_before_the_file(tmp_path: Path) -> None:
    (tmp_path / "tocsin.toml").write_text(
        "[dashboard]\nport = 1111\nlanguage = 'fr'\n[privacy]\npseudonymise = true\n",
        encoding="utf-8",
    )
    environ = {
        "TOCSIN_DASHBOARD__PORT": "2222",
        "TOCSIN_PRIVACY__PSEUDONYMISE": "false",
        "TOCSIN_HOME": "elsewhere",
    }
    loaded = settings.load_settings(tmp_path, {"dashboard": {"port": 3333}}, environ)
    assert (loaded.dashboard.port, loaded.dashboard.language, loaded.privacy.pseudonymise) == (
        3333,
        "fr",
        False,
    )


def test_lists_in_the_environment_are_json(tmp_path: Path) -> None:
    assert settings.load_settings(
        tmp_path, environ={"TOCSIN_GRAPH__WINDOWS": "[5, 50]"}
    ).graph.windows == (
        5,
        50,
    )


@pytest.mark.parametrize(
    ("text", "environ", "said"),
    [
        ("[privacy]\npseudonimise = false", {}, "did you mean privacy.pseudonymise?"),
        ("", {"TOCSIN_PRIVACY__PSEUDONIMISE": "false"}, "did you mean privacy.pseudonymise?"),
        ("[indx]\nurl = 'x'", {}, "did you mean index.url?"),
        ("privacy = 3", {}, "is a table"),
        ("[dashboard]\nport = 'many'", {}, "setting dashboard.port"),
        ("[index]\nbackend = 'mongo'", {}, "setting index.backend"),
        ("[privacy", {}, "not valid TOML"),
    ],
)
def test_what_is_wrong_is_said(
    tmp_path: Path, text: str, environ: dict[str, str], said: str
) -> None:
    (tmp_path / "tocsin.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape(said)):
        settings.load_settings(tmp_path, environ=environ)


def test_secrets_are_in_no_hash_and_no_text(tmp_path: Path) -> None:
    loaded = settings.load_settings(tmp_path, environ={"TOCSIN_INDEX__PASSWORD": "hunter2"})
    assert loaded.index.password.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(loaded)
    assert (
        loaded.hash()
        == settings.load_settings(tmp_path, environ={"TOCSIN_INDEX__PASSWORD": "other12"}).hash()
    )
