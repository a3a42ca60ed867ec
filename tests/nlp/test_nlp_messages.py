"""What the room says of data is said in English and in French."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from nlp.signals.bursts import Burst
from nlp.signals.description import CAVEATS, _why
from tocsin.app.cli import cli
from tocsin.core.language.words import Words, catalogue
from tocsin.core.messages import Message

EN, FR = Words("en"), Words("fr")
HERE = ("weak_signal.", "narrative.", "discovery.", "enrichment.")


def burst(authors: int, *, is_new: bool) -> Burst:
    return Burst(1, authors, 0.34, 1e-6, 0.1, is_new)


NEW = (
    "5 different authors wrote about “dam” in 6 hours; nobody had before",
    "5 auteurs différents ont parlé de «\u202fdam\u202f» en 6 heures, "
    "ce que personne n’avait fait avant",
)
MORE = (
    "5 different authors wrote about “dam” in 0.5 hours, where 0.34 would be expected from the "
    "past; 9 authors with the terms that go with it (dam, barrage)",
    "5 auteurs différents ont parlé de «\u202fdam\u202f» en 0,5 heure, contre 0,34 attendus "
    "d’après le passé\u202f; 9 auteurs avec les termes qui l’accompagnent (dam, barrage)",
)
ONE = (
    "1 author wrote about “dam” in 1 hour; nobody had before",
    "1 auteur a parlé de «\u202fdam\u202f» en 1 heure, ce que personne n’avait fait avant",
)


@pytest.mark.parametrize(
    ("authors", "is_new", "everyone", "hours", "sentences"),
    [(5, True, 5, 6, NEW), (5, False, 9, 0.5, MORE), (1, True, 1, 1, ONE)],
)
def test_why_a_signal_is_one(
    authors: int, is_new: bool, everyone: int, hours: float, sentences: tuple[str, str]
) -> None:
    tick = timedelta(hours=hours)
    why = _why(burst(authors, is_new=is_new), "dam", tick, everyone, ["dam", "barrage"])
    assert (EN.say(why), FR.say(why)) == sentences


def test_caveats_are_messages() -> None:
    assert all(EN.say(caveat) != FR.say(caveat) for caveat in CAVEATS)


@pytest.mark.parametrize("words", [EN, FR], ids=["en", "fr"])
def test_every_sentence_of_the_room_can_be_said(words: Words) -> None:
    """With one, with two, and with every placeholder filled."""
    samples: dict[str, Any] = {
        "at": datetime(2026, 1, 31, tzinfo=UTC),
        "term": "a {b}",
        "terms": ["a", "b"],
        "title": "a {b}",
        "lead": Message("weak_signal.lead.rising"),
        "age": Message("weak_signal.age.recent", {"n": 3}),
        "last": datetime(2026, 1, 31, tzinfo=UTC),
        "vote": "useful",
        "error": Message("text.plain", {"text": "x"}),
        "sentences": [Message("discovery.unjudged")],
        "span": Message("weak_signal.span", {"n": 6.0}),
    }
    names = "stage needed_by id need needs what field type value posts authors why path said name"
    text = {name: name for name in names.split()}
    numbers = dict.fromkeys(
        ("share", "low", "high", "chance", "least", "similarity", "rate", "expected"), 0.5
    ) | dict.fromkeys(("all", "hits", "each", "relevant", "count", "of", "right", "number"), 7)
    for key in catalogue("en"):
        if not key.startswith(HERE):
            continue
        for number in (1, 2):
            code = key.removesuffix(".one").removesuffix(".other")
            sentence = words.say(Message(code, samples | text | numbers | {"n": number}))
            assert sentence
            assert "{" not in sentence.replace("a {b}", "")


def test_terminal_tables_speak_the_readers_language(
    index: Any, workspace: Any, stream: Any
) -> None:
    from index.analysis import Analysis
    from nlp.analysers import Signals
    from tocsin.core.progress import Run

    index.put(stream(days=14, authors=40).documents())
    with Run(workspace, "analyse") as run:
        found = list(Signals().analyse(Analysis(index=index, workspace=workspace, run=run)))
        index.publish(found, kinds=["signal"], generation=run.run_id)
        index.publish([], kinds=["narrative"], generation=run.run_id)
    index.close()

    def shown(*arguments: str) -> str:
        done = CliRunner().invoke(cli, ["--home", str(workspace.home), *arguments])
        assert done.exit_code == 0, done.output
        return str(done.stdout)

    assert "Signaux faibles" in shown("--lang", "fr", "signals")
    assert "Récits" in shown("--lang", "fr", "narratives")
    assert "Weak signals" in shown("--lang", "en", "signals")
    assert json.loads(shown("--json", "signals"))["signals"] is not None
