"""The catalogues: every sentence can be said in both languages, and every one used exists."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tocsin.core.language.words import Words, catalogue
from tocsin.core.messages import Message

LANGUAGES = ("en", "fr")
COUNTS = (0, 1, 2, 1_500)
FORMS = ("sole", "one", "other")
ROOMS = ("tocsin", "index", "crawlers", "nlp", "graph", "dashboard")
MOMENT = datetime(2025, 3, 2, 14, 5, tzinfo=UTC)
NARROW = "\u202f"

SAME_IN_BOTH = frozenset({
    "q",
    "elasticsearch", "csv", "s", "min", "h", "suspect", "original", "volume", "dates", "source",
    "coordination", "page", "pages", "moment", "moments", "influence", "signal", "copies",
    "tocsin check", "documents", "minute", "minutes", "note", "utc", "id", "index", "sources",
    "strict", "coortweet", "format", "import", "version",
})  # fmt: skip
"""Names, units and words that English and French write alike."""


class Placeholder(NamedTuple):
    """A place in a text that a parameter fills."""

    name: str
    spec: str


def placeholders(text: str) -> list[Placeholder]:
    return [
        Placeholder(name, spec or "")
        for _, name, spec, _ in string.Formatter().parse(text)
        if name is not None
    ]


def names(text: str) -> set[str]:
    return {placeholder.name for placeholder in placeholders(text)}


def codes() -> list[str]:
    """The codes of messages: keys of the catalogue, plural forms taken together."""
    return sorted({_without_form(key) for key in catalogue("en")})


def _without_form(key: str) -> str:
    stem, _, form = key.rpartition(".")
    return stem if form in FORMS and f"{stem}.other" in catalogue("en") else key


def texts_of(code: str, language: str) -> list[str]:
    texts = catalogue(language)
    return [texts[key] for key in (code, *(f"{code}.{form}" for form in FORMS)) if key in texts]


def invented(placeholder: Placeholder, n: int) -> Any:
    """A parameter that suits a placeholder."""
    if placeholder.name == "n":
        return n
    if placeholder.spec in ("day", "clock", "moment") or "%Y" in placeholder.spec:
        return MOMENT
    if placeholder.spec in ("", "lower"):
        return "parameter"
    return 7 if placeholder.spec == "digits" or placeholder.spec.endswith("d") else 0.25


# -- both languages


def test_both_languages_have_the_same_keys_and_placeholders() -> None:
    en, fr = catalogue("en"), catalogue("fr")
    assert sorted(set(en) ^ set(fr)) == []
    assert [key for key in en if names(en[key]) != names(fr[key])] == []
    assert [key for texts in (en, fr) for key, text in texts.items() if not text.strip()] == []


def test_plural_forms_come_in_pairs() -> None:
    keys = set(catalogue("en"))
    counted = {key.removesuffix(".other") for key in keys if key.endswith(".other")}
    assert {key.removesuffix(".one") for key in keys if key.endswith(".one")} == counted
    assert sorted(keys & counted) == [], "a key is a text and has plural forms, too"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", codes())
def test_every_message_can_be_said(code: str, language: str) -> None:
    words = Words(language)
    wanted = [part for text in texts_of(code, language) for part in placeholders(text)]
    wanted += [Placeholder("n", "")]
    for n in COUNTS:
        said = words.say(Message(code, {part.name: invented(part, n) for part in wanted}))
        assert said.strip()
        assert not re.search(r"[{}]", said), said


def test_counted_messages_choose_the_form_of_their_language() -> None:
    forms = {
        (language, n): Words(language).say(Message("posts", {"n": n}))
        for language in LANGUAGES
        for n in COUNTS
    }
    assert [forms["en", n] for n in COUNTS] == ["0 posts", "1 post", "2 posts", "1,500 posts"]
    assert [forms["fr", n] for n in COUNTS] == [
        "0 message",
        "1 message",
        "2 messages",
        f"1{NARROW}500 messages",
    ]


def test_french_is_not_english() -> None:
    en, fr = catalogue("en"), catalogue("fr")
    same = {key: _letters(text) for key, text in en.items() if fr[key] == text}
    assert {key: text for key, text in same.items() if text and text not in SAME_IN_BOTH} == {}


def _letters(text: str) -> str:
    """The words of a text without placeholders and signs, in small letters."""
    return " ".join(re.findall(r"[^\W\d_]+", re.sub(r"\{[^}]*\}", " ", text))).lower()


NAMES_OF_DIGITS = frozenset({
    "status", "port", "line", "column", "row", "key", "number", "schema", "schema_version",
    "analyser", "analyser_version",
})  # fmt: skip
"""Placeholders whose number names something: a status, a port, a line."""


def test_only_numbers_that_name_something_are_written_without_separators() -> None:
    """English wrote 2798 posts where French wrote 2 798: a quantity has its separators in both."""
    plain_digits = {
        f"{language} {key} {placeholder.name}"
        for language in LANGUAGES
        for key, text in catalogue(language).items()
        for placeholder in placeholders(text)
        if placeholder.spec == "digits" and placeholder.name not in NAMES_OF_DIGITS
    }
    assert plain_digits == set()
    said = Message("search.shown", {"n": 2_798, "shown": 1_200})
    assert Words("en").say(said) == "2,798 posts, 1,200 shown"


def test_what_becomes_of_items_has_words(root: Path) -> None:
    """A fate without an entry is shown as its English name: "800 readable" in French."""
    fates = set()
    for _, tree in source_trees(root):
        for node in ast.walk(tree):
            if _is_call_of(node, "count") and isinstance(node.func, ast.Attribute):
                owner = ast.unparse(node.func.value)
                fates |= _constants(node.args[:1]) if owner.endswith("run") else set()
            if isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("fates"):
                fates |= _constants([node.slice])
    assert {"readable", "rejected"} <= fates
    known = catalogue("fr")
    assert {f for f in fates if f"outcome.{f.replace(' ', '_')}.other" not in known} == set()


def _constants(nodes: Iterable[ast.expr]) -> set[str]:
    """The texts that are written out in expressions, both of ``"a" if b else "c"``."""
    return {
        part.value
        for node in nodes
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }


def test_french_is_typeset() -> None:
    wrong = re.compile(r" [;:!?%»]|« |\w'\w|\u00a0")
    texts = {key: re.sub(r"\{[^}]*\}", "x", text) for key, text in catalogue("fr").items()}
    assert {key: text for key, text in texts.items() if wrong.search(text)} == {}


def test_no_word_accuses() -> None:
    accusing = re.compile(r"\b(bots?|inauthenti\w*|trolls?|fakes?)\b", re.IGNORECASE)
    for language in LANGUAGES:
        assert [k for k, text in catalogue(language).items() if accusing.search(text)] == []


# -- the code and the catalogues


class Use(NamedTuple):
    """A code in the source. ``pattern`` matches it; ``given`` is None where that is not written."""

    place: str
    pattern: str
    given: frozenset[str] | None


def source_trees(root: Path) -> Iterator[tuple[str, ast.Module]]:
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            place = str(path.relative_to(root))
            yield place, ast.parse(path.read_text(encoding="utf-8"))


def _pattern(node: ast.expr) -> str | None:
    """The regular expression of the texts that an expression may be, None where any may be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if not isinstance(node, ast.JoinedStr):
        return None
    constants = [str(part.value) for part in node.values if isinstance(part, ast.Constant)]
    # f"unit.{name}" and f"{code}_with_terms" tell something; f"{name}: {value}" does not
    if not any(re.fullmatch(r"[a-z_]+[._].*|[._][a-z_]{4,}", constant) for constant in constants):
        return None
    return "".join(
        re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"[\w.-]+"
        for part in node.values
    )


def _given(call: ast.Call) -> frozenset[str] | None:
    """The parameters that a call of ``Message`` writes out."""
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    parameters = call.args[1] if len(call.args) > 1 else keywords.get("parameters")
    if parameters is None:
        return frozenset()
    if not isinstance(parameters, ast.Dict):
        return None
    if not all(isinstance(key, ast.Constant) for key in parameters.keys):
        return None
    return frozenset(str(key.value) for key in parameters.keys if isinstance(key, ast.Constant))


def _is_call_of(node: ast.AST, name: str) -> bool:
    if not isinstance(node, ast.Call):
        return False
    function = node.func
    called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return called == name


def messages(root: Path) -> Iterator[Use]:
    """Every ``Message(CODE, {...})`` of the source whose code is written out.

    In a folder that uses `Message.filled`, what a message lacks may be given elsewhere.
    """
    trees = list(source_trees(root))
    filling = {
        str(Path(place).parent)
        for place, tree in trees
        if any(_is_call_of(node, "filled") for node in ast.walk(tree))
    }
    for place, tree in trees:
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and _is_call_of(node, "Message") and node.args):
                continue
            pattern = _pattern(node.args[0])
            if pattern is not None:
                given = None if str(Path(place).parent) in filling else _given(node)
                yield Use(f"{place}:{node.lineno}", pattern, given)


def test_every_message_of_the_source_is_in_the_catalogues(root: Path) -> None:
    known = codes()
    missing = [
        f"{use.place} {use.pattern}"
        for use in messages(root)
        if not any(re.fullmatch(use.pattern, code) for code in known)
    ]
    assert missing == []


def test_every_message_of_the_source_has_its_parameters(root: Path) -> None:
    known = set(codes())
    lacking = []
    for use in messages(root):
        code = use.pattern.replace("\\", "")
        if use.given is None or code not in known:
            continue
        wanted = set().union(*(names(text) for text in texts_of(code, "en")))
        missing = wanted - use.given
        if missing and use.given:  # one without any is described here and counted elsewhere
            lacking.append(f"{use.place} {code} lacks {sorted(missing)}")
    assert lacking == []


def _texts(tree: ast.Module) -> Iterator[str]:
    """Patterns of texts of a module that may be codes, or ``known(prefix, name)`` and the like."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Constant, ast.JoinedStr)):
            if pattern := _pattern(node):
                is_suffix = re.fullmatch(r"_[a-z_]{4,}", pattern)  # code + "_with_terms"
                yield r"[\w.-]+" + pattern if is_suffix else pattern
        elif (
            isinstance(node, ast.Call)
            and node.args
            and any(_is_call_of(node, name) for name in ("known", "named", "counted"))
        ):
            prefix = _pattern(node.args[0])
            if prefix:
                yield prefix + r"\..+"


def test_no_text_of_the_catalogues_is_left_over(root: Path) -> None:
    patterns = {pattern for _, tree in source_trees(root) for pattern in _texts(tree)}
    exact = {pattern.replace("\\", "") for pattern in patterns if "[" not in pattern}
    loose = re.compile("|".join(sorted(p for p in patterns if "[" in p or p.endswith(".+"))))
    unused = [code for code in codes() if code not in exact and not loose.fullmatch(code)]
    assert unused == []


def test_every_key_that_the_screens_name_is_in_the_catalogues(root: Path) -> None:
    keys: Mapping[str, str] = catalogue("en")
    known = codes()
    missing = []
    for place, tree in source_trees(root):
        if not place.startswith("dashboard/"):
            continue
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and node.args):
                continue
            counted = _is_call_of(node, "n") and isinstance(node.func, ast.Attribute)
            if not (_is_call_of(node, "words") or counted):
                continue
            pattern = _pattern(node.args[0])
            candidates = known if counted else keys
            if pattern and not any(re.fullmatch(pattern, key) for key in candidates):
                missing.append(f"{place}:{node.lineno} {pattern}")
    assert missing == []
