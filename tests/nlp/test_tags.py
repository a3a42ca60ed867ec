"""Tags: train, evaluate and enrich as a person runs them, on posts with made vectors."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.connect import open_index
from nlp.enrichment.stages.embed import annotation_version
from nlp.models.embedder import key
from nlp.tags.experts import Inputs, fit, log_odds
from nlp.tags.labels import read_labels
from nlp.tags.metrics import count_trusted_from, krippendorff_alpha
from nlp.tags.store import head_path, load_head
from nlp.tags.terms import plain_text, terms_of
from tocsin.app.cli import main
from tocsin.core.documents import Annotation, Document
from tocsin.core.errors import ConfigError
from tocsin.core.workspace import Workspace

WORDS = {"glad": "wonderful bright gift", "sad": "dreadful gloomy loss", "flat": "table of trains"}
CLASSES = sorted(WORDS)
NUMBER = 240


@pytest.fixture
def call(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, Any, str]]:
    """A function: the command line on the test's workspace; exit code, answer, stderr."""
    monkeypatch.setenv("TOCSIN_PRIVACY__PSEUDONYMISE", "false")

    def run(*arguments: str, as_json: bool = True) -> tuple[int, Any, str]:
        options = ["--json"] if as_json else []
        with pytest.raises(SystemExit) as ended:
            main(["--home", str(workspace.home), *options, *arguments])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), json.loads(out) if as_json and out else out, err

    return run


@pytest.fixture
def posts(workspace: Workspace, document: Callable[..., Document]) -> dict[str, str]:
    """Posts with vectors that tell three moods apart most of the time: id -> mood."""
    random = np.random.default_rng(3)
    model = key(workspace.settings.nlp)
    centres = {name: random.normal(0, 1, 32) for name in CLASSES}
    made: dict[str, str] = {}
    documents, vectors = [], []
    for n in range(NUMBER):
        mood = CLASSES[n % 3]
        hard = n % 7 == 6  # neither its words nor its vector tell
        word = "that" if hard else WORDS[mood].split()[n % 3]
        text = f"{word} is what number {n * 17} of them was about today"
        documents.append(document(n, text))
        vector = centres[mood] * (0.05 if hard else 0.5) + random.normal(0, 1, 32)
        vectors.append(vector / np.linalg.norm(vector))
        made[f"x:{n}"] = mood
    index = open_index(workspace)
    index.put(documents)
    index.put_vectors(model, list(made), np.array(vectors, np.float32))
    note = Annotation(
        version=annotation_version(model),
        model=model,
        made_at=datetime.now(UTC),
        values={"vector": True},
    )
    index.annotate([(id_, note) for id_ in made], "embed")
    index.close()
    return made


def write_labels(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def labels(tmp_path: Path, posts: dict[str, str]) -> Path:
    """Labels of two thirds of the posts, by their native ids."""
    rows = [
        {"Tweet ID": id_.removeprefix("x:"), "Classe": mood}
        for id_, mood in list(posts.items())[:160]
    ]
    return write_labels(tmp_path / "labels.csv", rows)


def test_train_measures_and_says_how_it_read_the_file(call: Any, labels: Path) -> None:
    code, answer, _ = call("train", "mood", str(labels))
    assert code == 0
    assert answer["columns"] == {"id": "Tweet ID", "label": "Classe"}
    measured = answer["cross_validated"]
    assert measured["low"] <= measured["macro_f1"] <= measured["high"]
    assert measured["macro_f1"] > 0.8
    assert measured["n"] == sum(part["n"] for part in measured["classes"].values()) == 160
    assert measured["trusted_from"] > 90


def test_equal_runs_give_equal_bytes(call: Any, labels: Path, workspace: Workspace) -> None:
    call("train", "mood", str(labels))
    first = head_path(workspace, "mood").read_bytes()
    call("train", "mood", str(labels))
    assert head_path(workspace, "mood").read_bytes() == first


def test_tags_are_queries_and_facets(
    call: Any, labels: Path, workspace: Workspace, posts: dict[str, str]
) -> None:
    call("train", "mood", str(labels), "--abstain", "0.2")
    code, _, err = call("enrich", "--stage", "tags")
    assert code == 0, err
    code, found, _ = call("search", "mood:glad", "--limit", "1000")
    assert code == 0
    right = [hit for hit in found["hits"] if posts[f"x:{hit['id'].removeprefix('x:')}"] == "glad"]
    assert len(right) > 0.8 * found["total"] > 0.8 * 40
    figures = found["tags"]["mood"]
    assert figures["macro_f1"] > 0.8
    assert figures["n"] == 160
    index = open_index(workspace)
    counts = dict(index.facet("mood").values)
    index.close()
    assert sum(counts.values()) == NUMBER
    assert counts["abstain"] > 0


def test_what_was_learnt_from_is_not_measured_on(
    call: Any, labels: Path, posts: dict[str, str], tmp_path: Path
) -> None:
    call("train", "mood", str(labels))
    rows = [{"id": id_, "label": mood} for id_, mood in posts.items()]
    every = write_labels(tmp_path / "every.csv", [{**row, "id": row["id"][2:]} for row in rows])
    _, answer, _ = call("evaluate", "mood", str(every))
    assert answer["measured"]["learnt_from"] == 160
    assert answer["measured"]["n"] == 80
    code, _, err = call("evaluate", "mood", str(labels))
    assert code == 2
    assert "learnt from 160" in err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("id,label\n", "no rows"),
        ("a,b\n1,2\n", "--map label=COLUMN"),
        ("label,b\n1,2\n", "--map id=COLUMN"),
        ('{"id": "1", "label"', "cannot be read"),
        ("id,label\n1,x\n2,y\n", "names a post"),
    ],
)
def test_wrong_files_are_refused_with_a_sentence(
    call: Any, posts: dict[str, str], tmp_path: Path, content: str, said: str
) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(content.replace("1,x", "nobody,x").replace("2,y", "none,y"), encoding="utf-8")
    code, _, err = call("train", "mood", str(path))
    assert code == 2
    assert said in err


def test_faulty_rows_are_named_with_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text("texte;étiquette\nbonjour;oui\n;non\nsalut;\n", encoding="utf-8")
    file = read_labels(path, "mood")
    assert [row.text for row in file.rows] == ["bonjour"]
    assert file.faulty == 2
    assert [fault.parameters["row"] for fault in file.faults] == [2, 3]


def test_a_name_that_is_a_field_is_no_task(call: Any, labels: Path) -> None:
    for task in ("lang", "Mood", "a b"):
        code, _, err = call("train", task, str(labels))
        assert code == 2
        assert "name of a task" in err


def test_a_damaged_head_is_refused(call: Any, labels: Path, workspace: Workspace) -> None:
    call("train", "mood", str(labels))
    path = head_path(workspace, "mood")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ConfigError, match="damaged"):
        load_head(workspace, "mood")
    code, _, err = call("enrich", "--stage", "tags")
    assert code == 2
    assert "damaged" in err


def test_several_labels_are_indications_with_their_words(
    call: Any, posts: dict[str, str], tmp_path: Path, workspace: Workspace
) -> None:
    rows = [
        {"id": id_[2:], "labels": {"glad": "praise", "sad": "fear|smears", "flat": ""}[mood]}
        for id_, mood in posts.items()
    ]
    path = write_labels(tmp_path / "labels.csv", rows)
    code, answer, err = call("train", "persuasion", str(path))
    assert code == 0, err
    assert answer["several"]
    call("enrich", "--stage", "tags")
    _, found, _ = call("search", "persuasion_fear:true", "--limit", "1000")
    assert found["total"] > 50
    index = open_index(workspace)
    values = index.get(["x:2"])[0].annotations["tags"].values
    index.close()
    assert {"fear", "smears"} == set(values["persuasion_all"])
    assert set(values["persuasion_words"]["fear"]) & {"dreadful", "gloomy", "loss"}


def test_texts_are_read_without_accounts_and_with_tags_as_words() -> None:
    assert plain_text("@ada Sooooo #JeSuisFatigué #COP28").split() == (
        ["@", "soo", "#", "je", "suis", "fatigué", "#", "cop", "28"]
    )
    assert plain_text("ada@example.org") == "ada@example.org"


def test_words_that_one_class_alone_has_weigh_most() -> None:
    """Two words are as frequent, one of them in both classes: it must not carry either."""
    texts = [f"common {('rare' if n % 2 else 'other')} thing {n}" for n in range(60)]
    truth = np.eye(2, dtype=bool)[np.arange(60) % 2]
    inputs = Inputs(np.zeros((60, 4), np.float32), texts, ["en"] * 60)
    learnt = fit("text", inputs, truth, single=True, seed=1)
    characters, words = terms_of(learnt)
    weights = learnt["weights"][1][len(characters) :]
    assert weights[words.index("rare")] > 20 * abs(weights[words.index("thing")])
    odds = log_odds("text", learnt, inputs)
    assert (odds.argmax(axis=1) == np.arange(60) % 2).all()


def test_alpha_is_that_of_the_book() -> None:
    """Krippendorff (2011), Computing Krippendorff's Alpha-Reliability: example C, nominal."""
    a = [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None]
    b = [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3]
    c = [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None]
    d = [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None]
    units = [[str(v) for v in unit if v is not None] for unit in zip(a, b, c, d, strict=True)]
    assert krippendorff_alpha(units) == pytest.approx(0.743, abs=0.0005)
    assert krippendorff_alpha([["x"], ["y"]]) is None


def test_tags_that_say_nothing_are_trusted_for_nothing() -> None:
    truth = np.eye(2, dtype=bool)[np.arange(200) % 2]
    said = np.eye(2, dtype=bool)[np.arange(200) // 2 % 2]
    assert count_trusted_from(truth, said) is None
    assert count_trusted_from(truth, truth) == 97
