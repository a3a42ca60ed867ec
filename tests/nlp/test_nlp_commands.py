"""The room's commands through the real command line: JSON, sentences, exit codes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from index.analysis import Analysis
from index.connect import open_index
from index.embedded.backend import EmbeddedIndex
from index.privacy import pseudonyms
from index.reading.queries import read_query
from tocsin.app.cli import main
from tocsin.app.pipeline import analyse
from tocsin.core.progress import Run
from tocsin.core.workspace import Workspace

START = datetime(2024, 1, 1, tzinfo=UTC)
SIGNAL = {
    "id", "terms", "flagged_at", "first_at", "posts", "authors", "lead_authors", "expected",
    "p_value", "expected_false_per_day", "why",
    "coordinated_share", "without_coordinated", "post_ids", "first_authors", "caveats",
    "title", "headlines", "weight", "vote", "peaked_at", "faded_at", "lead_hours",
}  # fmt: skip
OF_NOW = {"recent_posts", "last_at"}
NARRATIVE = {
    "id", "label", "terms", "languages", "posts", "authors", "first_at", "last_at", "central",
    "fringe", "coordinated_share", "terms_by_language",
    "first_authors", "caveats", "headlines", "theme", "born_at", "merged", "split_from", "faded",
    "name", "pinned", "binned", "edits", "only_alike",
}  # fmt: skip


@pytest.fixture
def call(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Any:
    """A function: the command line on the test's workspace; exit code, JSON, stderr."""
    monkeypatch.setenv("TOCSIN_PRIVACY__PSEUDONYMISE", "false")

    def run(*arguments: str, lines: bool = False) -> tuple[int, Any, str]:
        with pytest.raises(SystemExit) as ended:
            main(["--home", str(workspace.home), "--json", *arguments])
        out, err = capsys.readouterr()
        document = (
            [json.loads(line) for line in out.splitlines()]
            if lines
            else (json.loads(out) if out else None)
        )
        return int(ended.value.code or 0), document, err

    return run


@pytest.fixture
def world(workspace: Workspace, stream: Any) -> Path:
    """A workspace with two weeks of posts and a burst at their end."""
    made = stream(days=14, authors=40)
    said = ("floods {} houses", "and {} lorries drown", "my aunt lost {} sheep", "{} wells spoilt",
            "who counts {} missing boats", "they knew {} weeks ago")  # fmt: skip
    for n in range(12):
        made.say(
            START + timedelta(days=13, hours=20, minutes=n),
            f"x:b{n}",
            f"w{n}q dambreak Vernay x{n}k {said[n % 6].format(n)} y{n}z",
        )
    index = open_index(workspace)
    index.put(made.documents())
    index.close()
    return workspace.home


def test_nothing_analysed_yet_is_one_sentence(call: Any, world: Path) -> None:
    for command in (["narratives"], ["narratives", "--assignments"], ["signals"]):
        code, document, err = call(*command)
        assert (code, document) == (2, None)
        assert "run `tocsin analyse` first" in err
        assert err.count("\n") == 1


def test_no_workspace_is_one_sentence(call: Any) -> None:
    for command in ("enrich", "narratives", "signals", "replay"):
        code, document, err = call(command)
        assert (code, document) == (2, None)
        assert "there is no index" in err


def test_enrich_reports_its_run_and_signals_and_narratives_answer(
    call: Any, world: Path, workspace: Workspace
) -> None:
    code, report, _ = call("enrich", "--stage", "lang", "--stage", "embed")
    assert code == 0
    assert report["command"] == "enrich"
    assert report["status"] == "done"
    assert report["seen"] == sum(report["fates"].values()) > 0
    assert set(report["stages"]) == {"lang", "embed"}
    index = open_index(workspace)
    with Run(workspace, "analyse") as run:
        analyse(Analysis(index=index, workspace=workspace, run=run), ["narratives", "signals"])
    index.close()

    code, document, _ = call("signals")
    assert code == 0
    assert document["run_id"] == run.run_id
    assert document["method"]["name"] == "weak-signals"
    assert document["data_as_of"].startswith("2024-01-14T")
    assert all(set(signal) == SIGNAL | OF_NOW for signal in document["signals"])
    assert document["votes"]["judged"] == 0
    (found,) = [
        signal
        for signal in document["signals"]
        if any("dambreak" in term for term in signal["terms"])
    ]
    assert found["authors"] == 12
    assert found["first_authors"][0] == "b0"
    assert len(found["post_ids"]) == 12
    assert all(":" not in post for post in found["post_ids"])

    code, document, _ = call("narratives")
    assert code == 0
    assert document["run_id"] == run.run_id
    assert document["method"]["parameters"]["model"] == "e5-small-3"
    assert all(set(narrative) == NARRATIVE for narrative in document["narratives"])

    code, assigned, _ = call("narratives", "--assignments")
    known = {narrative["id"] for narrative in document["narratives"]} | {None}
    assert set(assigned["assignments"].values()) <= known
    assert len(assigned["assignments"]) == 14 * 40 + 12


def test_replay_answers_in_lines(call: Any, world: Path) -> None:
    code, alerts, _ = call("replay", "--tick", "6h", lines=True)
    assert code == 0
    (found,) = [alert for alert in alerts if any("dambreak" in term for term in alert["terms"])]
    assert set(found) == SIGNAL | {"run_id", "method", "data_as_of"}
    assert found["flagged_at"] == found["data_as_of"] == "2024-01-15T00:00:00.000Z"
    assert "dambreak" in found["title"], "the words of a post, not a list of terms"
    assert found["title"] in [line["text"] for line in found["headlines"].values()]
    assert found["weight"] > 0
    assert found["vote"] is None
    code, voted, _ = call("signals", "mark", found["id"], "useful")
    assert code == 0
    assert voted["votes"]["judged"] == voted["votes"]["useful"] == 1
    assert voted["votes"]["precision"] == 1.0
    assert voted["votes"]["interval"][0] < 0.5, "one vote says little"
    _, alerts, _ = call("replay", "--tick", "6h", lines=True)
    assert [one["vote"] for one in alerts if one["id"] == found["id"]] == ["useful"]
    assert call("signals", "mark", f"r{found['id'][1:]}", "noise")[1]["votes"]["noise"] == 1
    assert call("signals", "mark", found["id"], "none")[1]["votes"]["judged"] == 0
    code, _, said = call("signals", "mark", "s0000000000", "noise")
    assert code != 0
    assert "s0000000000" in said
    assert call("replay", "--since", "2024-01-15T00:00:00Z", lines=True)[1]
    assert not call("replay", "--until", "2024-01-05", "--since", "2024-01-04", lines=True)[1]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["replay", "--tick", "soon"], "--tick 'soon' is not a tick"),
        (["replay", "--since", "soon"], "--since 'soon' is not a time"),
        (["enrich", "--stage", "embd"], "did you mean embed?"),
    ],
)
def test_wrong_use_is_one_sentence(
    call: Any, world: Path, arguments: list[str], sentence: str
) -> None:
    code, document, err = call(*arguments)
    assert (code, document) == (2, None)
    assert sentence in err


def test_accounts_are_pseudonyms_by_default(
    call: Any, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_PRIVACY__PSEUDONYMISE", "true")
    alerts = call("replay", lines=True)[1]
    assert alerts
    assert all(author.startswith("acct-") for alert in alerts for author in alert["first_authors"])


def test_check_says_what_the_room_has(workspace: Workspace) -> None:
    from nlp.health import checks

    rows = checks(workspace)
    assert {"language packages", "embedding model", "names (fr)", "names (en)", "language"} <= {
        row["name"] for row in rows
    }
    assert all(row["ok"] for row in rows)
    broken = Workspace(workspace.home, {"nlp": {"engine": "onnx", "model": "some/other"}})
    (model,) = [row for row in checks(broken) if row["name"] == "embedding model"]
    assert not model["ok"]
    assert "runs the model 'e5-small' only" in str(model["detail"])


def test_a_gap_in_the_last_day_is_said_wherever_signals_are(
    call: Any, workspace: Workspace, stream: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """After two days without collection nothing of the next day is tested: that is no "none"."""
    from dashboard.queries import WorkspaceQueries, _state
    from index.privacy import pseudonyms

    since, until = START + timedelta(days=11), START + timedelta(days=13, hours=12)
    made = stream(days=14, authors=60)
    index = open_index(workspace)
    index.put([d for d in made.documents() if not since <= (d.published_at or since) < until])
    with Run(workspace, "analyse") as run:
        analyse(Analysis(index=index, workspace=workspace, run=run), ["signals"])
    (warning,) = [str(w) for w in run.warnings if "weak signals" in str(w)]
    assert warning.startswith("24 hours of the last day were not tested")
    home = str(workspace.home)
    state = _state(home, index)
    people = pseudonyms(workspace, index)
    queries = WorkspaceQueries(home, workspace, index, state, "UTC", people)
    [said] = queries.untested()
    assert said.parameters["n"] == 24
    index.close()
    code, document, _ = call("signals")
    assert (code, document["signals"]) == (0, [])
    assert document["caveats"] == [warning]
    for language, said in (("en", "were not tested"), ("fr", "pas été examinées")):
        with pytest.raises(SystemExit):
            main(["--home", home, "--lang", language, "signals"])
        assert said in " ".join(capsys.readouterr().out.split())


def test_a_replay_is_kept_for_the_timeline(call: Any, world: Path) -> None:
    """In place of the replay before, as many alerts as lines, under ids that find their posts."""
    lines = call("replay", "--tick", "6h", lines=True)[1]
    index = open_index(Workspace(world))
    kept = index.findings("alert")
    assert [one.id[1:] for one in kept] == [line["id"][1:] for line in lines]
    assert all(one.id.startswith("r") for one in kept)
    found = read_query(f"signal:{kept[0].id}", index, pseudonyms(Workspace(world), index))
    assert index.count(found) == kept[0].posts
    index.close()
    call("replay", "--until", "2024-01-05", "--since", "2024-01-04", lines=True)
    index = open_index(Workspace(world))
    assert index.findings("alert") == []
    index.close()


@pytest.mark.parametrize(("stage", "times"), [("lang", 0), ("copies", 1)])
def test_a_run_reads_the_names_of_accounts_once_where_it_warns_of_anything(
    call: Any, world: Path, monkeypatch: pytest.MonkeyPatch, stage: str, times: int
) -> None:
    """They are hidden in what it says; a report of counts alone says nothing of posts."""
    monkeypatch.setenv("TOCSIN_PRIVACY__PSEUDONYMISE", "true")
    read: list[int] = []
    plain = EmbeddedIndex.account_names

    def account_names(self: EmbeddedIndex) -> Any:
        read.append(1)
        return plain(self)

    monkeypatch.setattr(EmbeddedIndex, "account_names", account_names)
    code, report, _ = call("enrich", "--stage", stage)
    assert (code, len(report["warnings"])) == (0, times)
    assert len(read) == times
