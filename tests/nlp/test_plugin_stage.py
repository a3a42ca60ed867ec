"""A package brings a stage with a field of its own and an analyser, as docs/adding.md shows."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tocsin.app.cli import main
from tocsin.core import plugins
from tocsin.core.documents import Document
from tocsin.core.workspace import Workspace

STAGE = '''
from nlp.enrichment.base import BatchAnnotations, DocumentStage


class QuestionStage(DocumentStage):
    """Value ``question``: whether a post asks a question."""

    name = "question"
    version = "1"
    fields = {"question": "bool"}

    def annotate(self, documents):
        values = [{"question": _asks(document.text)} for document in documents]
        return BatchAnnotations(model="question mark", values=values)


def _asks(text):
    return "?" in text
'''
ANALYSER = '''
from tocsin.core.findings import Method, SourceFact
from tocsin.core.messages import local

ASKED = local(en=("{n} question", "{n} questions"), fr=("{n} question", "{n} questions"))


class Askers:
    """The accounts that ask most."""

    kinds = ("source_fact",)

    def analyse(self, analysis):
        method = Method(name="askers", version="1", parameters={"accounts": 10})
        for account, number in analysis.index.facet("author", "question:true", size=10).values:
            yield SourceFact(
                id=f"asker-{account}",
                method=method,
                subject=account,
                name=local(en="asks questions", fr="pose des questions"),
                value=ASKED.filled(n=number),
            )
'''
ENTRY_POINTS = """
[tocsin.stages]
question = my_package.question:QuestionStage

[tocsin.analysers]
askers = my_package.askers:Askers
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package that is installed for the time of a test."""
    place = tmp_path / "site"
    (place / "my_package").mkdir(parents=True)
    (place / "my_package" / "__init__.py").touch()
    (place / "my_package" / "question.py").write_text(STAGE, encoding="utf-8")
    (place / "my_package" / "askers.py").write_text(ANALYSER, encoding="utf-8")
    information = place / "my_package-1.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Name: my-package\nVersion: 1\n", encoding="utf-8")
    (information / "entry_points.txt").write_text(ENTRY_POINTS, encoding="utf-8")
    monkeypatch.syspath_prepend(str(place))
    plugins.forget_installed()
    yield
    plugins.forget_installed()
    for name in [name for name in sys.modules if name.split(".")[0] == "my_package"]:
        del sys.modules[name]


def test_a_package_brings_a_stage_and_an_analyser(
    package: None,
    index: Any,
    workspace: Workspace,
    document: Callable[..., Document],
    capsys: pytest.CaptureFixture[str],
) -> None:
    index.put([document(n, text) for n, text in enumerate(["Who?", "Me.", "Où ça ?", "Là."])])
    index.close()

    def call(*arguments: str) -> Any:
        with pytest.raises(SystemExit) as ended:
            main(["--home", str(workspace.home), "--json", *arguments])
        out, err = capsys.readouterr()
        assert not ended.value.code, err
        return json.loads(out)

    assert call("enrich", "--stage", "question")["fates"] == {"annotated": 4}
    assert call("analyse")["status"] == "done"
    from index.connect import open_index

    again = open_index(workspace)
    assert again.count("question:true") == again.count("question:false") == 2
    facts = again.findings("source_fact")
    again.close()
    assert sorted((fact.subject, str(fact.value)) for fact in facts) == [
        ("x:a0", "1 question"),
        ("x:a2", "1 question"),
    ]
