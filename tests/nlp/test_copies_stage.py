"""The stage on a real index: annotations, findings, what it redoes and leaves; and the command."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from index.command_context import CommandContext
from index.connect import open_index
from nlp.copies.command import copies
from nlp.copies.semantic.known_file import load_known
from nlp.enrichment.base import StageContext
from nlp.enrichment.stages.copies import CopiesStage
from tocsin.core.documents import Author, Document, Link, LinkKind, content_hash, document_id
from tocsin.core.errors import ConfigError
from tocsin.core.language.words import Words
from tocsin.core.progress import Run
from tocsin.core.workspace import NEAR_PAIRS, Workspace

START = datetime(2026, 3, 1, tzinfo=UTC)
PIER = "The harbour office closed the northern pier after the storm"
STRIKE = "Teachers of the valley schools begin a strike on Monday morning"
PAGE = "https://news.example/strike"


def post(
    number: int, text: str, *, lang: str = "en", repost_of: str = "", url: str = ""
) -> Document:
    links = ([Link(LinkKind.REPOST, repost_of)] if repost_of else []) + (
        [Link(LinkKind.URL, url)] if url else []
    )
    return Document(
        id=document_id("x", f"p{number:03d}"),
        platform="x",
        author=Author(id=f"x:a{number}"),
        text=text,
        lang=lang,
        published_at=START + timedelta(minutes=number),
        links=tuple(links),
        content_hash=content_hash(None, text),
    )


POSTS = [
    post(0, PIER),
    post(1, "Look: " + PIER.replace("northern", "nothern")),
    post(2, PIER.replace("a", "\u0430").replace("o", "\u043e")),
    post(3, "Le bureau du port a fermé la jetée nord après la tempête", lang="fr"),
    *[post(number, STRIKE, url=PAGE) for number in range(4, 9)],
    post(9, PIER, repost_of="x:p000"),
    post(10, "Good morning"),
    post(11, "A quiet day at the market, the fishmonger says, and the baker agrees"),
]


@pytest.fixture
def index(workspace: Workspace) -> Iterator[Any]:
    opened = open_index(workspace)
    opened.put(POSTS)
    opened.refresh()
    yield opened
    opened.close()


@pytest.fixture
def enrich(workspace: Workspace, index: Any) -> Callable[[], Run]:
    def once() -> Run:
        with Run(workspace, "enrich") as run:
            CopiesStage(StageContext(workspace.settings.nlp, workspace)).run(index, run)
        index.refresh()
        return run

    return once


def groups(index: Any) -> dict[str, set[int]]:
    return {
        finding.id: {int(key[-3:]) for key in finding.posts} for finding in index.findings("copy")
    }


def with_vectors(index: Any) -> None:
    rng = np.random.default_rng(4)
    made = rng.normal(size=(len(POSTS), 384))
    made[3] = made[0] + 0.1 * rng.normal(size=384)
    made[1], made[2] = made[0] + 0.05 * rng.normal(size=384), rng.normal(size=384)
    unit = (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)
    index.put_vectors("e5-small-3", [p.id for p in POSTS], unit)


def test_words_alone_where_there_are_no_vectors(index: Any, enrich: Callable[[], Run]) -> None:
    run = enrich()
    assert sorted(map(sorted, groups(index).values())) == [[0, 1, 2], [4, 5, 6, 7, 8]]
    assert any("no vectors" in str(sentence) for sentence in run.warnings)
    assert run.fates == {"grouped": 8, "alone": 4}
    annotation = index.get(["x:p001"])[0].annotations["copies"]
    assert annotation.values["group"] in groups(index)
    assert annotation.values["kind"] == "copy"
    assert index.get(["x:p009"])[0].annotations["copies"].values == {"group": None}
    assert list(index.missing("copies", CopiesStage.version)) == []


def test_vectors_bring_the_translation(index: Any, enrich: Callable[[], Run]) -> None:
    with_vectors(index)
    run = enrich()
    assert run.warnings == []
    assert {frozenset(members) for members in groups(index).values()} == {
        frozenset({0, 1, 2, 3}),
        frozenset({4, 5, 6, 7, 8}),
    }
    assert {finding.copy_kind for finding in index.findings("copy")} == {"translation", "copy"}


def test_the_share_button_is_named(index: Any, enrich: Callable[[], Run]) -> None:
    enrich()
    shared = {len(finding.posts): finding.caveats for finding in index.findings("copy")}
    (caveat,) = shared[5]
    assert caveat.code == "copies.share_button"
    assert PAGE in str(caveat)
    assert "bouton de partage" in Words("fr").say(caveat)
    assert shared[3] == ()
    assert index.get(["x:p005"])[0].annotations["copies"].values["share_button"] is True


def test_nothing_new_is_nothing_done(index: Any, enrich: Callable[[], Run]) -> None:
    first = enrich()
    again = enrich()
    assert again.fates == {"unchanged": len(POSTS)}
    assert index.generation("copy") == first.run_id


def test_a_later_copy_joins_and_only_what_changed_is_written(
    index: Any, enrich: Callable[[], Run]
) -> None:
    enrich()
    before = {members_id for members_id, members in groups(index).items() if 0 in members}
    index.put(
        [
            post(50, "BREAKING: " + PIER),
            post(51, "Something else altogether is said about the weather of the week"),
        ]
    )
    index.refresh()
    run = enrich()
    after = {group for group, members in groups(index).items() if 50 in members}
    assert before == after
    assert run.fates["alone"] == 1
    assert run.fates["unchanged"] >= 9


def test_growing_step_by_step_ends_where_one_run_ends(
    workspace: Workspace, tmp_path: Path, index: Any, enrich: Callable[[], Run]
) -> None:
    with_vectors(index)
    enrich()
    other = Workspace(tmp_path / "other", {"privacy": {"pseudonymise": False}})
    stepwise = open_index(other)
    for part in (POSTS[6:], POSTS[2:6], POSTS[:2]):
        stepwise.put(part)
        stepwise.refresh()
        with Run(other, "enrich") as run:
            CopiesStage(StageContext(other.settings.nlp, other)).run(stepwise, run)
    with_vectors(stepwise)
    with Run(other, "enrich") as run:
        CopiesStage(StageContext(other.settings.nlp, other)).run(stepwise, run)
    ours, theirs = index.findings("copy"), stepwise.findings("copy")
    assert [(f.id, f.copy_kind, f.posts, f.identical, f.pairs) for f in ours] == [
        (f.id, f.copy_kind, f.posts, f.identical, f.pairs) for f in theirs
    ]
    for document in POSTS:
        assert (
            index.get([document.id])[0].annotations["copies"].values
            == stepwise.get([document.id])[0].annotations["copies"].values
        )
    stepwise.close()


def test_what_is_known_of_near_pairs_is_made_anew_where_it_is_damaged(
    workspace: Workspace, index: Any, enrich: Callable[[], Run]
) -> None:
    with_vectors(index)
    enrich()
    path = workspace.home / NEAR_PAIRS
    whole = path.read_bytes()
    found = groups(index)
    for number, damaged in enumerate((b"", whole[:-5], whole[: len(whole) // 2]), 50):
        path.write_bytes(damaged)
        index.put([post(number, f"Now: {PIER}")])
        index.refresh()
        run = enrich()
        assert run.warnings == []
        assert len(load_known(path).keys)
        assert {
            group: {member for member in members if member < 50}
            for group, members in groups(index).items()
        } == {group: set(members) for group, members in found.items()}


def test_a_run_killed_before_publishing_is_made_good(
    index: Any, workspace: Workspace, enrich: Callable[[], Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(index), "publish", die)
        with pytest.raises(KeyboardInterrupt), Run(workspace, "enrich") as run:
            CopiesStage(StageContext(workspace.settings.nlp, workspace)).run(index, run)
    assert index.findings("copy") == []
    enrich()
    assert len(groups(index)) == 2


def test_a_deleted_post_leaves_its_group(index: Any, enrich: Callable[[], Run]) -> None:
    enrich()
    index.delete(["x:p001", "x:p002"])
    index.refresh()
    enrich()
    assert sorted(map(sorted, groups(index).values())) == [[4, 5, 6, 7, 8]]
    assert index.get(["x:p000"])[0].annotations["copies"].values == {"group": None}


def run_command(workspace: Workspace, *arguments: str, **context: Any) -> str:
    app = CommandContext(workspace.home, **context)
    app.__dict__["workspace"] = workspace
    result = CliRunner(env={"COLUMNS": "160"}).invoke(
        copies, list(arguments), obj=app, catch_exceptions=False, standalone_mode=False
    )
    return result.output


def answer(workspace: Workspace, *arguments: str) -> Any:
    return json.loads(run_command(workspace, *arguments, as_json=True))


def test_the_command_answers(index: Any, workspace: Workspace, enrich: Callable[[], Run]) -> None:
    with_vectors(index)
    run = enrich()
    document = answer(workspace)
    assert document["run_id"] == run.run_id
    assert document["data_as_of"] == "2026-03-01T00:11:00.000Z"
    assert document["method"]["parameters"]["model"] == "e5-small-3"
    assert {group["kind"]: group["posts"] for group in document["groups"]} == {
        "translation": ["p000", "p001", "p002", "p003"],
        "copy": ["p004", "p005", "p006", "p007", "p008"],
    }
    pairs = answer(workspace, "--pairs")["pairs"]
    assert len(pairs) == 6 + 10
    assert {"a": "p000", "b": "p003"}.items() <= next(
        pair for pair in pairs if pair["kind"] == "translation"
    ).items()


def test_pairs_are_printed_page_by_page(
    index: Any, workspace: Workspace, enrich: Callable[[], Run]
) -> None:
    with_vectors(index)
    enrich()
    said = run_command(workspace, "--pairs", "--limit", "3", "--offset", "1", language="en")
    assert "16 pairs of posts, 3 shown from number 2 on" in said
    assert "--limit and --offset" in said
    assert sum(said.count(f"p00{n}") for n in range(9)) == 6
    document = answer(workspace, "--pairs", "--limit", "3", "--offset", "1")
    every = answer(workspace, "--pairs")
    assert document["pairs"] == every["pairs"][1:4]
    assert document["total_pairs"] == every["total_pairs"] == len(every["pairs"]) == 16
    assert every["groups_by_links"] == []


def test_the_table_speaks_the_language_of_the_reader(
    index: Any, workspace: Workspace, enrich: Callable[[], Run]
) -> None:
    with_vectors(index)
    enrich()
    english = run_command(workspace, language="en")
    assert "2 groups of copies" in english
    assert re.search(r"translation .* 4 ", english)
    assert re.search(r"copy .* 5 .*share button", english)
    french = run_command(workspace, language="fr")
    assert "2 groupes de copies" in french
    assert re.search(r"traduction .* 4 ", french)
    assert re.search(r"copie .* 5 .*bouton de partage", french)


def test_what_a_group_says_in_english_and_in_french(index: Any, enrich: Callable[[], Run]) -> None:
    with_vectors(index)
    enrich()
    why = {len(group.posts): group.evidence[0].why for group in index.findings("copy")}
    assert str(why[4]) == "4 posts carry one text (translation)"
    assert Words("fr").say(why[4]) == "4 messages portent un même texte (traduction)"


def test_the_command_without_a_run_says_what_to_do(index: Any, workspace: Workspace) -> None:
    with pytest.raises(ConfigError, match="tocsin enrich"):
        answer(workspace)
