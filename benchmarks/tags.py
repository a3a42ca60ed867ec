"""Tags measured on data that heads did not learn from: ``python -m benchmarks.tags``.

Sentiment: trained on the training split of ``multi_xlmt_sentiment`` (French and English), measured
on its validation split. Persuasion: trained on the training split of ``en_semeval2021t6_memes``,
measured on its development split, beside a tf-idf floor of the same run. Stance: five targets of
TweetEval beside the same floor. Data that is not beside the checkout is skipped with the reason.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from nlp.labelling.examples import Examples, read_examples
from nlp.labelling.training import measure_head, train_head
from nlp.models.embedder import key
from nlp.tags.labels import LabelRow
from nlp.tags.metrics import macro_f1, micro_f1
from tocsin.core.workspace import Workspace

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "nlp"
SEED = 1
WANTED = {"fr": (0.70, 0.79), "en": (0.66, 0.72)}
LANGUAGES = {"french": "fr", "english": "en"}


def _data(name: str) -> pl.DataFrame | None:
    path = SHARED / f"{name}.csv.gz"
    if not path.exists():
        print(f"{name}: skipped, ../shared/data is not beside the checkout")
        return None
    return pl.read_csv(path, infer_schema_length=0)


def _examples(
    workspace: Workspace, rows: pl.DataFrame, labels: Callable[[dict[str, Any]], Sequence[str]],
    several: bool = False, language: Callable[[dict[str, Any]], str] = lambda _: "en",
) -> Examples:  # fmt: skip
    read = [
        LabelRow(number, "", row["text"] or "", tuple(labels(row)), "", language(row))
        for number, row in enumerate(rows.to_dicts())
    ]
    return read_examples(workspace, None, [row for row in read if row.text], several)


def sentiment(workspace: Workspace) -> None:
    """Macro-F1 by language, of all posts and of the surest 60 %."""
    data = _data("multi_xlmt_sentiment")
    if data is None:
        return
    data = data.filter(pl.col("language").is_in(list(LANGUAGES)))
    parts = {
        split: _examples(
            workspace,
            data.filter(pl.col("split") == split),
            lambda row: [row["label"]],
            language=lambda row: LANGUAGES[row["language"]],
        )
        for split in ("train", "val")
    }
    model = key(workspace.settings.nlp)
    head = train_head("sentiment", parts["train"], several=False, model=model, seed=SEED)
    found = measure_head(head, parts["val"], SEED)
    learnt = head.facts["cross_validated"]["languages"]
    print("sentiment       n  macro-F1 (interval)   wanted  surest 60 %  wanted  cross-validated")
    for code, (wanted, surest) in WANTED.items():
        part = found["languages"][code]
        print(
            f"{code:9} {part['n']:7}  {part['macro_f1']:.3f} ({part['low']:.2f}-{part['high']:.2f})"
            f"{wanted:12.2f}{part['abstaining']['0.4']:13.3f}{surest:8.2f}"
            f"{learnt[code]['macro_f1']:17.3f}"
        )


def persuasion(workspace: Workspace) -> None:
    """Micro- and macro-F1 of techniques beside those of tf-idf alone."""
    data = _data("en_semeval2021t6_memes")
    if data is None:
        return

    def labels(row: dict[str, Any]) -> list[str]:
        return sorted(set(filter(None, (row["techniques"] or "").split("|"))))

    train, test = (
        _examples(workspace, data.filter(chosen), labels, several=True)
        for chosen in (pl.col("split") == "training", pl.col("split") != "training")
    )
    model = key(workspace.settings.nlp)
    head = train_head("persuasion", train, several=True, model=model, seed=SEED)
    truth = test.truth(head.classes)
    told = head.chances(test.inputs) >= np.array(head.thresholds)
    floor = _floor(train, test, head.classes)
    learnt = head.facts["cross_validated"]
    print(f"persuasion, {len(test)} memes, {len(head.classes)} techniques: micro-F1, macro-F1")
    for name, said in (("head", told), ("tf-idf", floor)):
        print(f"{name:16} {micro_f1(truth, said):.3f}  {macro_f1(truth, said):.3f}")
    print(f"head, 5 folds    {learnt['micro_f1']:.3f}  {learnt['macro_f1']:.3f}")


def stance(workspace: Workspace) -> None:
    """Macro-F1 of each target beside that of tf-idf alone."""
    data = _data("en_tweeteval")
    if data is None:
        return
    model = key(workspace.settings.nlp)
    heads, floors = [], []
    for task in sorted(set(data["task"].to_list())):
        if not task.startswith("stance"):
            continue
        of_task = data.filter(pl.col("task") == task)
        train, test = (
            _examples(workspace, of_task.filter(pl.col("split") == split), lambda r: [r["label"]])
            for split in ("train", "val")
        )
        head = train_head("stance", train, several=False, model=model, seed=SEED)
        truth = test.truth(head.classes)
        said = head.chances(test.inputs).argmax(axis=1)
        told = np.eye(len(head.classes), dtype=bool)[said]
        heads.append(macro_f1(truth, told))
        floors.append(macro_f1(truth, _floor(train, test, head.classes, single=True)))
        print(f"{task:20} {len(test):5}  head {heads[-1]:.3f}  tf-idf {floors[-1]:.3f}")
    print(f"stance, mean                head {np.mean(heads):.3f}  tf-idf {np.mean(floors):.3f}")


def _floor(
    train: Examples, test: Examples, classes: Sequence[str], single: bool = False
) -> NDArray[np.bool_]:
    """A linear SVM over tf-idf of words and pairs of words, as shared tasks use for a floor."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.svm import LinearSVC

    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    learnt = vectorizer.fit_transform(train.inputs.texts)
    asked = vectorizer.transform(test.inputs.texts)
    truth = train.truth(classes)
    if single:
        said = LinearSVC(random_state=SEED).fit(learnt, truth.argmax(axis=1)).predict(asked)
        told: NDArray[np.bool_] = np.eye(len(classes), dtype=bool)[said]
        return told
    model = OneVsRestClassifier(LinearSVC(random_state=SEED)).fit(learnt, truth.astype(int))
    return np.asarray(model.predict(asked), dtype=bool)


def main() -> None:
    """Print the tables that were asked for."""
    parts = {"sentiment": sentiment, "persuasion": persuasion, "stance": stance}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*parts, []], default=list(parts))
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        for name in parser.parse_args().parts:
            began = time.process_time()
            parts[name](workspace)
            print(f"{time.process_time() - began:.0f} s of processor time\n")


if __name__ == "__main__":
    main()
