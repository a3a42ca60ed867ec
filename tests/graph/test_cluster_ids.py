"""A group's id comes from its accounts, whatever was analysed before; its name lasts."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tocsin.app.cli import cli
from tocsin.core.workspace import Workspace

START = datetime(2026, 3, 1, tzinfo=UTC)


def posts(accounts: list[str], first: int = 0) -> list[dict[str, Any]]:
    """Each account posts the same twelve addresses within seconds of the others."""
    return [
        {
            "id": f"{account}-{object_}",
            "platform": "x",
            "author": account,
            "text": f"look at https://push.example/{object_}",
            "published_at": (START + timedelta(hours=5 * object_, seconds=at + 1)).isoformat(),
        }
        for object_ in range(first, first + 12)
        for at, account in enumerate(accounts)
    ]


def noise() -> list[dict[str, Any]]:
    return [
        {
            "id": f"n{n}",
            "platform": "x",
            "author": f"quiet{n % 60}",
            "text": f"my own https://site{n}.example/{n}",
            "published_at": (START + timedelta(minutes=37 * n, seconds=n % 59)).isoformat(),
        }
        for n in range(240)
    ]


class Commands:
    """Commands on one workspace as a person gives them."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def __call__(self, *arguments: str) -> Any:
        result = CliRunner().invoke(
            cli, ["--home", str(self.home), "--json", *arguments], catch_exceptions=False
        )
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def imports(self, rows: list[dict[str, Any]]) -> None:
        file = self.home.parent / f"{self.home.name}.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        self("import", str(file))


@pytest.fixture(autouse=True)
def _names_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each workspace has a key of its own, which pseudonyms come from."""
    monkeypatch.setenv("TOCSIN_PRIVACY__PSEUDONYMISE", "false")


SIX = [f"ring{n}" for n in range(6)]


def test_ids_and_exports_do_not_depend_on_what_was_analysed_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used, fresh = Commands(tmp_path / "used"), Commands(tmp_path / "fresh")
    used.imports(posts(SIX[:4]) + noise())
    monkeypatch.setenv("TOCSIN_GRAPH__MIN_OBJECTS", "5")
    used("analyse")
    monkeypatch.delenv("TOCSIN_GRAPH__MIN_OBJECTS")
    (earlier,) = used("clusters")["clusters"]
    everything = posts(SIX) + noise()
    written = {}
    for at in (used, fresh):
        at.imports(everything)
        at("analyse")
        for form in ("gexf", "graphml"):
            at("export", form, "--out", str(at.home / f"net.{form}"))
        names = [path.read_bytes() for path in (at.home / "net.gexf", at.home / "net.graphml")]
        written[at.home.name] = names
    (here,), (there,) = used("clusters")["clusters"], fresh("clusters")["clusters"]
    assert len(here["accounts"]) == 6
    assert here["id"] == there["id"] == there["name"]
    assert here["name"] == earlier["id"] != here["id"]
    assert here | {"name": ""} == there | {"name": ""}
    assert written["used"] == written["fresh"]


def test_a_mark_and_an_address_follow_a_group_that_grows(tmp_path: Path) -> None:
    run = Commands(tmp_path / "home")
    run.imports(posts(SIX[:4]) + noise())
    run("analyse")
    (before,) = run("clusters")["clusters"]
    run("mark", before["id"], "suspect")
    run.imports(posts(SIX))
    run("analyse")
    (after,) = run("clusters")["clusters"]
    assert (after["mark"], after["name"]) == ("suspect", before["id"])
    assert after["id"] != before["id"]
    for given in (after["id"], after["name"]):
        assert run("clusters", given)["clusters"][0]["id"] == after["id"]
    assert run("mark", after["id"], "none")["mark"] is None
    assert run("clusters")["clusters"][0]["mark"] is None


def test_findings_of_an_older_version_have_their_id_as_name(workspace: Workspace) -> None:
    from index.connect import open_index
    from index.current import current_clusters
    from tocsin.core.findings import Cluster, Member, Method

    old = Cluster(
        id="c1",
        method=Method(name="m", version="1"),
        status="flagged",
        accounts=tuple(Member(id=f"x:{n}") for n in range(4)),
        signals=(),
        q_value=0.0,
    )
    with closing(open_index(workspace)) as index:
        index.publish([old], kinds=("cluster",), generation="g")
        index.put_mark("c1", "benign", note="")
        (now,) = current_clusters(index)
    assert now.status == "cleared"
