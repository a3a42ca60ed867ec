"""``tocsin discover`` keeps the precision it promises, and refuses words without a subject."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit
from click.testing import CliRunner

from benchmarks.discovery_people import leading
from nlp.discovery.judging import read_judgements, write_judgements
from nlp.discovery.people import chances_of_authors
from nlp.discovery.search import find_beyond
from nlp.narratives.nodes import TextNodes
from nlp.narratives.vectors.debiasing import l2_normalised
from tests.dashboard.pages import visitor
from tocsin.app.cli import cli
from tocsin.core.documents import Author, Document
from tocsin.core.errors import ConfigError
from tocsin.core.language.words import Words


def world(
    seed: int, *, wanted: int = 300, others: int = 4_000, spread: float = 1.0
) -> tuple[TextNodes, Any]:
    """Texts of one subject among texts of many; the first ``wanted`` are of the subject."""
    draw = np.random.default_rng(seed)
    subject = draw.normal(size=64)
    texts = np.concatenate(
        [
            subject + spread * draw.normal(size=(wanted, 64)),
            1.2 * draw.normal(size=(others, 64)) + 0.3 * draw.normal(size=64),
        ]
    )
    size = len(texts)
    return TextNodes(
        np.arange(size), np.arange(size), l2_normalised(texts.astype(np.float32))
    ), np.arange(size) < wanted


@pytest.mark.parametrize("precision", [0.6, 0.8, 0.95])
def test_the_precision_that_is_promised_is_kept(precision: float) -> None:
    kept, found = [], 0
    for seed in range(8):
        nodes, relevant = world(seed)
        hits = relevant & (np.random.default_rng(seed).random(len(relevant)) < 0.4)
        made = find_beyond(nodes, hits, precision, {}, seed)
        assert made.precision is None or made.precision >= precision - 1e-9
        assert not hits[made.rows].any()
        kept.append(relevant[made.rows].mean() if len(made.rows) else 1.0)
        found += len(made.rows)
        assert made.low is None or made.low <= made.precision <= made.high  # type: ignore[operator]
    assert np.mean(kept) >= precision - 0.1
    # of 180 each; subjects differ, so that few can be had at .95 before any judgement
    assert found > 8 * (100 if precision < 0.9 else 30)


def test_judged_posts_measure_the_precision() -> None:
    nodes, relevant = world(3, spread=1.6)
    hits = relevant & (np.random.default_rng(3).random(len(relevant)) < 0.3)
    guessed = find_beyond(nodes, hits, 0.7, {}, 1)
    some = np.random.default_rng(1).choice(guessed.rows, 40, replace=False)
    far = np.random.default_rng(2).choice(np.flatnonzero(~hits), 60, replace=False)
    said = {int(row): bool(relevant[row]) for row in [*some, *far]}
    made = find_beyond(nodes, hits, 0.7, said, 1)
    assert made.judged == len(said)
    assert made.measured
    assert relevant[made.rows].mean() >= 0.6
    refused = {row for row, value in said.items() if not value}
    assert not refused & set(made.rows.tolist())
    few = find_beyond(nodes, hits, 0.7, dict(list(said.items())[:10]), 1)
    assert (few.judged, few.measured) == (10, False)


def test_judging_what_is_offered_finds_more_and_keeps_the_promise() -> None:
    before, after, promised, true = [], [], [], []
    for seed in range(4):
        nodes, relevant = world(seed, spread=1.6, others=2_000)
        close = nodes.vectors @ nodes.vectors[relevant].mean(axis=0)
        # the words of the query find one part of the subject
        hits = relevant & (close > np.quantile(close[relevant], 0.6))
        said: dict[int, bool] = {}
        found = find_beyond(nodes, hits, 0.8, said, seed)
        before.append(relevant[found.rows].sum())
        for _ in range(5):
            offered = found.to_judge.tolist()
            assert len(set(offered)) == len(offered) == 10
            assert not set(offered) & set(said)
            assert not hits[offered].any()
            said |= {row: bool(relevant[row]) for row in offered}
            found = find_beyond(nodes, hits, 0.8, said, seed)
        assert found.measured
        after.append(relevant[found.rows].sum())
        promised.append(found.precision)
        true.append(relevant[found.rows].mean())
    assert sum(after) > sum(before)
    assert np.mean(true) >= np.mean(promised) - 0.1


def test_posts_to_judge_are_spread_over_the_list() -> None:
    """Its precision cannot be told from its top and its end alone."""
    nodes, relevant = world(3, spread=2.5, others=2_000)
    hits = relevant & (np.random.default_rng(3).random(len(relevant)) < 0.3)
    asked = [*np.flatnonzero(relevant & ~hits)[::20], *np.flatnonzero(~relevant)[::60]]
    said = {int(row): bool(relevant[row]) for row in asked}
    found = find_beyond(nodes, hits, 0.7, said, 1)
    assert found.measured
    place = {row: place for place, row in enumerate(found.rows.tolist())}
    offered = sorted(place[row] for row in found.to_judge.tolist() if row in place)
    assert len(offered) >= 3
    edges = [0, *offered, len(place)]
    assert max(np.diff(edges)) <= 0.4 * len(place)


def test_the_first_judgements_ask_where_the_answer_is_least_certain() -> None:
    nodes, relevant = world(3, spread=2.5, others=2_000)
    hits = relevant & (np.random.default_rng(3).random(len(relevant)) < 0.3)
    found = find_beyond(nodes, hits, 0.7, {}, 1)
    offered = found.chances[found.to_judge]
    assert np.abs(offered - 0.5).mean() < np.abs(found.expected - 0.5).mean()
    assert found.order[: len(found.rows)].tolist() == found.rows.tolist()
    assert len(found.order) == (~hits).sum()


def test_people_are_those_who_wrote_more_than_once() -> None:
    authors = np.array([0, 0, 1, 2, 2, 2, -1, 3])
    chances = np.array([0.9, 0.8, 0.99, 0.5, 0.5, 0.5, 1.0, 0.0])
    chance = chances_of_authors(authors, chances, 4)
    assert chance.tolist() == pytest.approx([0.72, 0.0, 0.5, 0.0], abs=1e-6)
    assert [leading(chance, precision) for precision in (0.8, 0.7, 0.6)] == [0, 1, 2]


def test_chances_are_of_every_post() -> None:
    nodes, relevant = world(3)
    hits = relevant & (np.arange(len(relevant)) % 3 == 0)
    found = find_beyond(nodes, hits, 0.8, {0: False, 1: True, 2: False}, 1)
    assert found.chances[[0, 1, 2]].tolist() == [0.0, 1.0, 0.0]
    assert (found.chances[hits][1:] >= 0.85).all()
    others = found.rows[found.rows > 2]
    assert found.chances[others].tolist() == found.expected[found.rows > 2].tolist()


def test_a_hit_that_is_judged_irrelevant_teaches() -> None:
    nodes, relevant = world(2)
    other = np.flatnonzero(~relevant)[:60]
    hits = relevant & (np.arange(len(relevant)) % 3 == 0)
    hits[other] = True
    said = {int(row): False for row in other}
    taught = find_beyond(nodes, hits, 0.8, said, 1)
    assert taught.judged == 0
    assert taught.auc > find_beyond(nodes, hits, 0.8, {}, 1).auc - 1e-9
    # hits are a true sample of what is relevant here, which queries' are not: see UNSEEN_ODDS
    assert relevant[taught.rows].mean() >= 0.7


def test_a_text_is_known_by_its_company() -> None:
    """One vector of a short text is uncertain: the texts around it tell what it is about."""
    kept = []
    for seed in range(2):
        draw = np.random.default_rng(seed)
        part = np.repeat(np.arange(200), 20)  # of all that is talked about; 30 are of the subject
        relevant = part < 30
        middle = 2.5 * draw.normal(size=(200, 64))[part]
        texts = middle + relevant[:, None] * draw.normal(size=64)
        texts += 2.5 * draw.normal(size=texts.shape)
        order = np.arange(len(texts))
        nodes = TextNodes(order, order, l2_normalised(texts.astype(np.float32)))
        hits = relevant & (draw.random(len(texts)) < 0.2)
        best = find_beyond(nodes, hits, 0.0, {}, seed).rows[:300]
        kept.append(relevant[best].mean())
    assert np.mean(kept) >= 0.97  # .91 by each text's own score


def test_what_is_judged_irrelevant_takes_its_region_along() -> None:
    draw = np.random.default_rng(2)
    along = np.concatenate([np.linspace(0, 1, 400), np.full(3_600, -1.0)])
    texts = draw.normal(size=(4_000, 64))  # the first lie on an arc, of which hits are one part
    texts[:400] *= 0.5
    texts[:400, 0] += 8 * np.cos(np.pi / 2 * along[:400])
    texts[:400, 1] += 8 * np.sin(np.pi / 2 * along[:400])
    order = np.arange(len(texts))
    nodes = TextNodes(order, order, l2_normalised(texts.astype(np.float32)))
    hits = (along >= 0) & (along < 0.5) & (np.arange(len(along)) % 2 == 0)
    beyond = np.flatnonzero(along > 0.75)
    said = {int(row): False for row in beyond[::8]}
    before = find_beyond(nodes, hits, 0.5, {}, 1).chances[beyond]
    after = find_beyond(nodes, hits, 0.5, said, 1).chances[beyond]
    rest = np.array([row not in said for row in beyond.tolist()])
    assert after[rest].mean() < 0.5 * before[rest].mean()


def test_without_judgements_the_interval_knows_that_subjects_differ() -> None:
    nodes, relevant = world(4)
    hits = relevant & (np.random.default_rng(4).random(len(relevant)) < 0.4)
    guessed = find_beyond(nodes, hits, 0.8, {}, 1)
    assert guessed.low is not None
    assert guessed.low < 0.65
    said = {int(row): bool(relevant[row]) for row in guessed.rows[::4]}
    said |= {int(row): False for row in np.flatnonzero(~relevant)[:20]}
    measured = find_beyond(nodes, hits, 0.8, said, 1)
    assert measured.measured
    assert measured.high - measured.low < guessed.high - guessed.low  # type: ignore[operator]


def test_the_same_question_has_the_same_answer() -> None:
    nodes, relevant = world(5)
    hits = relevant & (np.arange(len(relevant)) % 2 == 0)
    first, again = (find_beyond(nodes, hits, 0.8, {}, 1) for _ in range(2))
    assert first.rows.tolist() == again.rows.tolist()
    assert (first.precision, first.low, first.high) == (again.precision, again.low, again.high)


def test_words_without_a_subject_and_rare_ones_are_refused() -> None:
    nodes, relevant = world(1)
    with pytest.raises(ConfigError, match="no subject in common"):
        find_beyond(nodes, np.random.default_rng(1).random(len(relevant)) < 0.1, 0.8, {}, 1)
    with pytest.raises(
        ConfigError, match="finds 5 different texts that have a vector, and 20 are needed"
    ):
        find_beyond(nodes, np.arange(len(relevant)) < 5, 0.8, {}, 1)


def test_files_of_judgements(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,relevant\n1,true\n2,Non\n", encoding="utf-8")
    (tmp_path / "b.jsonl").write_text(
        '{"id": 1, "relevant": true}\n\n{"id": "2", "relevant": 0}\n', encoding="utf-8"
    )
    assert (
        read_judgements(tmp_path / "a.csv")
        == read_judgements(tmp_path / "b.jsonl")
        == {"1": True, "2": False}
    )
    (tmp_path / "s.csv").write_text("id;relevant;text\n1;oui;a\n2;;b\n3;non;c\n", encoding="utf-8")
    assert read_judgements(tmp_path / "s.csv") == {"1": True, "3": False}
    written = [("x:1", True, "=1+1"), ("=2", False, ""), ("1812345678901234567", None, "é;,")]
    write_judgements(tmp_path / "w.csv", written)
    assert "'=1+1" in (tmp_path / "w.csv").read_text("utf-8")
    assert read_judgements(tmp_path / "w.csv") == {"x:1": True, "=2": False}
    with pytest.raises(ConfigError, match="name a file in a folder that is there"):
        write_judgements(tmp_path / "no" / "w.csv", written)
    for name, text, says in (
        ("c.csv", "id,relevant\n1,perhaps\n", "entry 1"),
        ("d.jsonl", "{", "is not a file of judgements"),
        ("e.jsonl", "3", "entry 1"),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError, match=says):
            read_judgements(tmp_path / name)
    with pytest.raises(ConfigError, match="is not a file of judgements"):
        read_judgements(tmp_path / "missing.csv")


@pytest.mark.parametrize("name", ["w.csv", "w.json", "w.jsonl", "w.txt", "w"])
def test_judgements_are_read_again_whatever_their_file_is_called(tmp_path: Path, name: str) -> None:
    """`--to-judge j.json` wrote CSV, and `--judged j.json` then found no JSON in it."""
    write_judgements(
        tmp_path / name, [("x:1", True, "a, b"), ("x:2", None, ""), ("x:3", False, "")]
    )
    assert read_judgements(tmp_path / name) == {"x:1": True, "x:3": False}


def test_judgements_as_spreadsheets_save_them_are_read_and_what_cannot_be_is_said(
    tmp_path: Path,
) -> None:
    written = "id;relevant;text\n1;oui;été\n"
    for name, data in (
        ("latin.csv", written.encode("latin-1")),
        ("u.csv", written.encode("utf-16")),
    ):
        (tmp_path / name).write_bytes(data)
        assert read_judgements(tmp_path / name) == {"1": True}
    with pytest.raises(ConfigError) as missing:
        read_judgements(tmp_path / "none.csv")
    assert "n’existe pas" in Words("fr").say(missing.value.message)
    assert "Errno" not in str(missing.value)


def test_the_command_finds_what_is_said_in_other_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from index.connect import open_index
    from nlp.enrichment.runner import enrich
    from tocsin.core.progress import Run
    from tocsin.core.workspace import Workspace

    places = (
        "Vernay",
        "Louvain",
        "Hastings",
        "Brest",
        "Perth",
        "Gand",
        "Nantes",
        "York",
        "Lille",
        "Bath",
        "Metz",
        "Kent",
    )
    said = [text for n, place in enumerate(places) for text in (
        f"The old bridge of {place} has fallen into the river",
        f"{place}: cars in the river after the bridge gave way, {n} people hurt",
        f"Le vieux pont de {place} s'est effondré dans la rivière",
        f"{place} : des voitures dans la rivière après la chute du pont, {n} blessés",
    )]  # fmt: skip
    other = [text for n, place in enumerate(places) for text in (
        f"The old viaduct of {place} has collapsed into the river",
        f"{place} : {n} voitures dans la rivière après l'effondrement du viaduc",
    )]  # fmt: skip
    noise = [
        f"{dish} with {n} spoons of sugar tastes best on a Sunday"
        for n, dish in enumerate(("Rice pudding", "Apple cake", "Pancakes", "Porridge") * 12)
    ]
    workspace = Workspace(tmp_path / "home", {})
    index: Any = open_index(workspace)
    index.ensure_schema()
    index.put([
        Document(
            id=f"x:{n}", platform="x", text=text,
            author=Author(id=f"x:writer{n % 9}", handle=f"writer{n % 9}"), lang="und",
            published_at=datetime(2024, 3, 1, tzinfo=UTC) + timedelta(hours=n),
        )
        for n, text in enumerate([*said, *other, *noise])
    ])  # fmt: skip
    with Run(workspace, "enrich") as run:
        enrich(index, workspace, run, ("lang", "embed"))
    index.close()
    done = CliRunner().invoke(
        cli,
        [
            "--home",
            str(workspace.home),
            "--json",
            "discover",
            "bridge OR pont",
            "--precision",
            "0.6",
        ],
    )
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    found = [int(post["id"]) for post in told["posts"]]
    beyond = sum(len(said) <= n < len(said) + len(other) for n in found)
    assert beyond >= 0.6 * len(found)  # what was asked for
    assert beyond >= 20  # of 24
    assert all({"id", "score", "expected_precision", "why"} <= set(post) for post in told["posts"])
    spoken = [*said, *other, *noise]
    assert [post["text"] for post in told["posts"]] == [spoken[n] for n in found]
    assert {"precision", "interval"} <= set(told["estimate"])
    assert told["method"]["name"] == "discovery"
    assert "writer" not in json.dumps(told["people"])
    chances = [person["chance"] for person in told["people"]]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 0.8
    assert "--judged" in told["warnings"][0]

    def discover(*arguments: str) -> Any:
        home = ["--home", str(workspace.home), "--json", "discover", "bridge OR pont"]
        answered = CliRunner().invoke(cli, [*home, "--precision", "0.6", *arguments])
        assert answered.exit_code == 0, answered.output
        return json.loads(answered.stdout)

    short = discover("--limit", "3")
    assert (len(short["posts"]), len(short["people"])) == (3, 3)
    assert short["people_found"] == len(told["people"]) > 3
    home = ["--home", str(workspace.home), "discover", "bridge OR pont", "--precision", "0.6"]
    printed = CliRunner().invoke(cli, [*home, "--limit", "3"]).output
    shown = " ".join(printed.split())
    assert f"and {len(told['posts']) - 3} more posts" in shown
    assert f"and {short['people_found'] - 3} more people" in shown
    assert "precision is unknown until posts are judged" in shown

    inside = {int(post["id"]) for post in discover("--within=-viaduct")["posts"]}
    assert inside
    assert not [n for n in inside if "viaduct" in spoken[n]]
    judged = tmp_path / "judged.csv"
    discover("--to-judge", str(judged))
    for _ in range(4):  # a person fills in the empty answers, ten at a time
        with judged.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert sum(not row["relevant"] for row in rows) == 10
        for row in rows:
            number = int(row["id"].partition(":")[2])
            assert row["text"] == spoken[number]
            row["relevant"] = "oui" if number < len(said) + len(other) else "non"
        with judged.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["id", "relevant", "text"])
            writer.writeheader()
            writer.writerows(rows)
        told = discover("--judged", str(judged), "--to-judge", str(judged))
    assert told["estimate"]["measured"]
    assert "40 judged posts measured it" in str(told["promise"])
    assert told["estimate"]["judged"] == 40
    found = [int(post["id"]) for post in told["posts"]]
    assert sum(len(said) <= n < len(said) + len(other) for n in found) >= 0.5 * len(found)
    assert told["estimate"]["precision"] >= 0.6

    # what is judged on the screen is what the command reads, and the other way round
    page = visitor(monkeypatch)(workspace.home, "explore", q="bridge OR pont", tool="beyond")
    page.button(key="look_beyond").click().run()
    judges = [group for group in page.button_group if str(group.key).startswith("judge_")]
    assert len(judges) == 10
    for judge in judges:
        number = int(str(judge.key).rpartition(":")[2])
        judge.set_value("yes" if number < len(said) + len(other) else "no")
    next(b for b in page.button if b.label == "Keep the answers and look again").click().run()
    assert not page.exception
    (kept,) = (workspace.home / "judgements").glob("bridge-or-pont-*.csv")
    assert str(kept) in page.code[0].value
    read = read_judgements(kept)
    assert {f"judge_{name}" for name in read} == {judge.key for judge in judges}
    assert discover("--judged", str(kept))["estimate"]["judged"] >= len(read) - 1
    assert not {f"judge_{name}" for name in read} & {group.key for group in page.button_group}
    streamlit.cache_resource.clear()
