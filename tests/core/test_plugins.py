"""Plug-ins: by name, also those that another package brings."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tocsin.core import plugins
from tocsin.core.errors import ConfigError
from tocsin.core.findings import KINDS, from_json, to_json

OWN = {"gexf": "json:dumps", "csv": "json:loads"}
Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Puts a package with entry points on the path, as pip does."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def put(package: str, code: str, family: str = "export", **points: str) -> None:
        (tmp_path / f"{package}.py").write_text(code, encoding="utf-8")
        info = tmp_path / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = [f"[{plugins.FAMILIES[family]}]"] + [f"{k} = {v}" for k, v in points.items()]
        (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
        plugins.forget_installed()

    yield put
    plugins.forget_installed()
    for name in [name for name in sys.modules if name.startswith("tocsin_extra")]:
        del sys.modules[name]
    KINDS._classes.pop("loudness", None)


def test_our_plugins_come_first_and_in_their_order(install: Install) -> None:
    install("tocsin_extra", "class Writer:\n    write = max\n", atlas="tocsin_extra:Writer.write")
    assert list(plugins.registered("export", OWN)) == ["gexf", "csv", "atlas"]
    assert plugins.choose("export", "atlas", OWN) is max
    assert list(plugins.registered("stage", OWN)) == ["gexf", "csv"]


def test_a_family_of_our_own_takes_no_entry_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "_installed", lambda _: pytest.fail("looked up"))
    assert plugins.registered("index backend", OWN) is OWN


def test_a_package_that_does_not_load_is_named(install: Install) -> None:
    install("tocsin_extra_broken", "import nothing_such", atlas="tocsin_extra_broken:write")
    with pytest.raises(ConfigError, match="the package tocsin_extra_broken cannot be loaded"):
        plugins.choose("export", "atlas", OWN)


def test_an_attribute_that_a_package_lacks_is_named(install: Install) -> None:
    install("tocsin_extra_empty", "", atlas="tocsin_extra_empty:write")
    with pytest.raises(ConfigError, match=r"tocsin_extra_empty.*AttributeError"):
        plugins.resolve(plugins.registered("export", OWN)["atlas"])


def test_a_name_of_ours_is_not_replaced(install: Install) -> None:
    install("tocsin_extra", "", gexf="tocsin_extra:write")
    with pytest.raises(ConfigError, match="package tocsin_extra has the name of one of Tocsin its"):
        plugins.registered("export", OWN)


def test_two_packages_with_one_name_are_an_error(install: Install) -> None:
    install("tocsin_extra_a", "", atlas="tocsin_extra_a:write")
    install("tocsin_extra_b", "", atlas="tocsin_extra_b:write")
    with pytest.raises(ConfigError, match="tocsin_extra_b has the name of one of tocsin_extra_a"):
        plugins.registered("export", OWN)


def test_an_unknown_name_gets_the_nearest(install: Install) -> None:
    install("tocsin_extra", "", atlas="tocsin_extra:write")
    with pytest.raises(ConfigError, match="no format named 'atlass'; did you mean atlas"):
        plugins.choose("export", "atlass", OWN)


LOUDNESS = """
from dataclasses import dataclass
from typing import ClassVar
from tocsin.core.findings import Finding

@dataclass(frozen=True, slots=True, kw_only=True)
class Loudness(Finding):
    kind: ClassVar[str] = "KIND"
    decibels: float = 0.0

class Meter:
    kinds = ("KIND",)
"""


def test_findings_of_an_installed_analyser_are_read_in_every_process(install: Install) -> None:
    code = LOUDNESS.replace("KIND", "loudness")
    install("tocsin_extra_loud", code, family="analyser", meter="tocsin_extra_loud:Meter")
    assert "tocsin_extra_loud" not in sys.modules
    assert "cluster" in KINDS  # ours need no look at other packages
    assert "tocsin_extra_loud" not in sys.modules
    written = '{"id": "l1", "decibels": 3.5, "method": {"name": "m", "version": "1"}}'
    finding = from_json("loudness", written)
    assert finding.kind == "loudness"
    assert from_json("loudness", to_json(finding)) == finding
    assert list(KINDS)[-1] == "loudness"
    assert "silence" not in KINDS


def test_a_kind_is_not_taken_twice(install: Install) -> None:
    code = LOUDNESS.replace("KIND", "cluster")
    install("tocsin_extra_thief", code, family="analyser", meter="tocsin_extra_thief:Meter")
    with pytest.raises(ConfigError, match=r"tocsin_extra_thief cannot be loaded.*Cluster have alr"):
        len(KINDS)
    assert KINDS["cluster"].__module__ == "tocsin.core.findings"
