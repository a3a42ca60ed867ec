"""Words in all their forms, and what each term of a query does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index.connect import open_index
from index.query import And, Not, Or, Phrase, Prefix, QueryError, Word, inflected, parse
from index.query.inflections import MAX_FORMS, inflect
from index.query.terms import replace_at, terms_of, write_term
from tocsin.app.cli import main
from tocsin.core.workspace import Workspace


@pytest.mark.parametrize(
    ("word", "among", "not_among"),
    [
        ("carburant", {"carburants"}, {"carbure"}),
        ("carburants", {"carburant"}, set()),
        ("greve", {"greves"}, set()),
        ("infirmieres", {"infirmier", "infirmiere", "infirmiers"}, set()),
        ("chevaux", {"cheval"}, set()),
        ("vote", {"votes", "voter", "votent", "voting", "voted"}, {"voute"}),
        ("women", {"woman"}, set()),
        ("femmes", {"femme"}, {"fame"}),
        ("prices", {"price"}, {"prix"}),
        ("zorblax", {"zorblaxs"}, set()),
        ("zorblaxs", {"zorblax"}, set()),
        ("of", set(), {"ofs"}),
        ("#vote", set(), {"#votes"}),
        ("2016", set(), {"2016s"}),
        ("日", set(), set()),
    ],
)
def test_a_word_has_its_french_and_english_forms(
    word: str, among: set[str], not_among: set[str]
) -> None:
    forms = inflect(word)
    assert forms[0] == word
    assert len(forms) == len(set(forms)) <= MAX_FORMS
    assert among <= set(forms)
    assert not not_among & set(forms)
    assert list(forms[1:]) == sorted(forms[1:])


def test_a_tilde_asks_for_all_forms() -> None:
    fuel = Or((Word("carburant"), Word("carburants")))
    assert parse("~carburant") == parse('~"Carburant"') == fuel
    assert parse("~Carburant -~femmes") == And((fuel, Not(Or((Word("femmes"), Word("femme"))))))
    assert parse('~"le carburant"') == Or(
        (Phrase(("le", "carburant")), Phrase(("le", "carburants")))
    )
    assert parse("~of") == Word("of")
    assert parse("~ of") == parse("of")
    assert parse("~... of") == parse("of")
    assert inflected("a ~carburant OR (-~of)") == {
        "carburant": ("carburant", "carburants"),
        "of": ("of",),
    }
    assert inflected("") == inflected("carburant") == {}
    with pytest.raises(QueryError, match=r"column 3.*forms together") as raised:
        parse('a ~"manifester voter hausser"')
    assert raised.value.column == 3
    with pytest.raises(QueryError, match="parts"):
        parse(" ".join(["~manifester"] * 30))


def test_terms_are_named_and_taken_out() -> None:
    tree = parse('a (b OR "c d" OR -e*) -(lang:fr ~carburant) likes:>=5 exists:narrative')
    named = [(write_term(term), excluded) for _, term, excluded in terms_of(tree)]
    assert named == [
        ("a", False),
        ("b", False),
        ('"c d"', False),
        ("e*", True),
        ("lang:fr", True),
        ("~carburant", True),
        ("likes:[5 TO *}", False),
        ("exists:narrative", False),
    ]
    for path, term, _ in terms_of(tree):
        assert replace_at(tree, path, term) == tree
        if not isinstance(term, Or):  # written again it is the same
            assert write_term(parse(write_term(term))) == write_term(term)
    paths = [path for path, _, _ in terms_of(tree)]
    without = replace_at(tree, paths[5], None)
    assert without == parse('a (b OR "c d" OR -e*) -lang:fr likes:>=5 exists:narrative')
    assert replace_at(parse("-a"), (0,), None) is None
    assert replace_at(Prefix("a"), (), Word("b")) == Word("b")


@pytest.fixture
def home(tmp_path: Path, made: Callable[..., Any]) -> Path:
    """54 posts on fuel, 99 on fuels, ten on something else."""
    folder = tmp_path / "w"
    index = open_index(Workspace(folder))
    texts = ["prix du carburant"] * 54 + ["les carburants montent"] * 99 + ["autre chose"] * 10
    index.put([made(number, text) for number, text in enumerate(texts)])
    index.refresh()
    index.close()
    return folder


def test_a_query_is_examined_before_it_is_used(home: Path, capsys: Any) -> None:
    def call(*arguments: str) -> tuple[Any, str]:
        with pytest.raises(SystemExit) as ended:
            main(["--home", str(home), *arguments])
        return ended.value.code or 0, capsys.readouterr().out

    code, out = call("--json", "search", "carburant", "--limit", "0")
    assert (code, json.loads(out)["total"], "inflections" in json.loads(out)) == (0, 54, False)
    code, out = call("--json", "search", "~carburant", "--limit", "0")
    answer = json.loads(out)
    assert (code, answer["total"]) == (0, 153)
    assert answer["inflections"] == {"carburant": ["carburant", "carburants"]}
    code, out = call("--json", "query", "(carburant OR chose OR absent) -autre")
    answer = json.loads(out)
    assert (code, answer["posts"], answer["of_terms"]) == (0, 54, 4)
    fuel, thing, absent, other = answer["terms"]
    assert fuel == {
        "term": "carburant", "excluded": False, "posts": 54, "without": 0, "dead": False,
        "forms": [{"form": "carburants", "posts": 99}], "with_forms": 153,
    }  # fmt: skip
    assert (thing["posts"], thing["without"], thing["forms"], thing["with_forms"]) == (
        10,
        54,
        [],
        None,
    )
    assert (absent["posts"], absent["dead"], absent["without"]) == (0, True, 54)
    assert (other["excluded"], other["posts"], other["without"]) == (True, 10, 64)
    code, out = call("--lang", "fr", "query", "carburant OR absent")
    assert code == 0
    assert "Aucun message n’a ce terme\u202f: absent." in out
    assert "~carburant" in out
    code, out = call("--lang", "fr", "search", "~carburant", "--limit", "1")
    assert "carburant sous toutes ses formes\u202f: carburant, carburants" in out
    assert call("query", "(a")[0] == 2
    assert call("query", "-prix")[0] == 2
    assert call("--json", "query", "--", "-prix")[0] == 0
