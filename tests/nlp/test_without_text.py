"""Posts without words (empty, blanks, links, emoji, mentions): nothing in the room stops."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from index.analysis import Analysis
from nlp.analysers import Narratives, Signals
from nlp.enrichment.runner import enrich
from nlp.signals import features as features_module
from nlp.signals.features import extract_features
from nlp.signals.replay_command import replay_signals
from nlp.text import corpus as corpus_module
from nlp.text.corpus import read_corpus
from tocsin.app.cli import cli
from tocsin.core.documents import Author, Document, Link, LinkKind
from tocsin.core.messages import Message
from tocsin.core.progress import Run
from tocsin.core.workspace import Workspace

START = datetime(2024, 1, 1, tzinfo=UTC)
WORDLESS = ["", "  \n\t", "https://t.co/x", "🔥🔥", "@bob", "\u200b", "...", "RT @bob: "]


def posts(texts: list[str], number: int = 40) -> list[Document]:
    """Posts over twenty days by seven accounts, their texts in turn."""
    return [
        Document(
            id=f"x:{n}",
            platform="x",
            text=texts[n % len(texts)],
            author=Author(id=f"x:a{n % 7}"),
            published_at=START + timedelta(hours=12 * n),
        )
        for n in range(number)
    ]


CASES = {ascii(text): [text] for text in WORDLESS} | {"all of them": WORDLESS}


@pytest.mark.parametrize("number", [1, 40])
@pytest.mark.parametrize("case", CASES)
def test_the_whole_room_takes_posts_without_words(
    case: str, number: int, index: Any, workspace: Workspace
) -> None:
    index.put(posts(CASES[case], number))
    with Run(workspace, "enrich") as run:
        enrich(index, workspace, run, ["lang", "entities", "embed", "copies"])
    assert "quarantined" not in run.fates
    with Run(workspace, "analyse") as run:
        analysis = Analysis(index=index, workspace=workspace, run=run)
        narratives = list(Narratives().analyse(analysis))
        signals = list(Signals().analyse(analysis))
    assert not signals
    assert len(narratives) <= 1, "equal emoji may be one narrative, nothing else is"
    settings = workspace.settings.nlp
    assert not list(replay_signals(index, settings, timedelta(hours=6), None, None))


def test_what_lacks_words_is_said_and_not_blamed_on_enrichment(
    index: Any, workspace: Workspace
) -> None:
    index.put(posts(["", "https://t.co/x"]))
    with Run(workspace, "enrich") as run:
        enrich(index, workspace, run, ["embed"])
    with Run(workspace, "analyse") as run:
        assert not list(Narratives().analyse(Analysis(index=index, workspace=workspace, run=run)))
    assert run.report()["warnings"] == [
        "no narratives: no post has a word or an emoji of its author to make a vector of"
    ]


def test_discovery_among_posts_without_words_is_refused_in_a_sentence(
    index: Any, workspace: Workspace
) -> None:
    index.put(posts(WORDLESS))
    with Run(workspace, "enrich") as run:
        enrich(index, workspace, run, ["embed"])
    index.close()
    done = CliRunner().invoke(cli, ["--home", str(workspace.home), "discover", "platform:x"])
    assert "different texts that have a vector, and 20 are needed" in str(done.exception)


def test_a_chunk_without_features_does_not_shift_the_others(
    index: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arrow drops empty chunks: features of later posts were counted for earlier ones."""
    tag = (Link(LinkKind.HASHTAG, "tag"),)
    index.put(posts([""], 5))
    for n in range(6):
        text, at = f"word{chr(97 + n)} common", START + timedelta(days=40, hours=n)
        author = Author(id=f"x:b{n}")
        post = Document(
            id=f"x:w{n}", platform="x", text=text, author=author, published_at=at, links=tag
        )
        index.put([post])
    corpus = read_corpus(index)
    whole = extract_features(corpus)
    monkeypatch.setattr(features_module, "_CHUNK", 5)
    pieces = extract_features(corpus)
    assert list(pieces.names) == list(whole.names)
    assert list(pieces.forms) == list(whole.forms)
    assert np.array_equal(pieces.rows, whole.rows)
    assert np.array_equal(pieces.codes, whole.codes)
    assert int(pieces.rows.min()) == 5


def test_posts_without_vectors_are_not_read_for_narratives(
    index: Any, workspace: Workspace, monkeypatch: Any
) -> None:
    index.put(posts(["the dam broke tonight"]))
    monkeypatch.setattr(corpus_module, "read_corpus", lambda *_, **__: pytest.fail("read"))
    with Run(workspace, "analyse") as run:
        assert not list(Narratives().analyse(Analysis(index=index, workspace=workspace, run=run)))
    assert run.warnings == [Message("narrative.warning.no_vectors")]
