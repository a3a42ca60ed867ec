"""What each term of a query does: which are dead, which bring most, which forms it leaves out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from index.query import And, Everything, Node, Not, Or, Word, parse
from index.query.inflections import inflect
from index.query.terms import replace_at, terms_of, write_term
from index.reading.queries import resolve

if TYPE_CHECKING:
    from index.base import Index, Window
    from index.privacy import Pseudonyms

MAX_TERMS = 100
"""Each costs a few counts over the index; a longer query is examined up to here, and it is said."""


MAX_WORDS = 6
"""Words of a query whose other forms are looked for unasked."""


@dataclass(frozen=True, slots=True)
class Form:
    """Another form of a word, and the posts that have it."""

    form: str
    posts: int


@dataclass(frozen=True, slots=True)
class Examined:
    """A term of a query.

    Attributes:
        term: as one writes it.
        excluded: it stands under a minus or NOT.
        posts: that match it alone.
        without: posts of the whole query if the term were not in it.
        forms: other forms of the word that occur, most frequent first.
        with_forms: posts of the whole query if it had the word in all forms; None without `forms`.
    """

    term: str
    excluded: bool
    posts: int
    without: int
    forms: tuple[Form, ...] = ()
    with_forms: int | None = None

    @property
    def dead(self) -> bool:
        """No post has it."""
        return self.posts == 0


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A word whose other forms the query leaves out, and what they would bring.

    Attributes:
        word: folded.
        more: posts that the query finds more with the word in all its forms.
        forms: those that occur, most frequent first.
    """

    word: str
    more: int
    forms: tuple[Form, ...]


def left_out(
    query: str,
    index: Index,
    people: Pseudonyms,
    window: Window,
    *,
    scope: Node | None = None,
    terms: int = MAX_WORDS,
) -> list[LeftOut]:
    """What a query leaves out since its words have other forms: the first ``terms`` words of it.

    Args:
        scope: posts among which is counted, resolved already; None for all.

    Raises:
        ConfigError: as `index.reading.queries.read_query`.
    """
    tree = parse(query, index.declared_fields())
    told: dict[str, LeftOut] = {}
    places = [(path, term) for path, term, without in terms_of(tree) if not without]
    for path, term in [place for place in places if isinstance(place[1], Word)][:terms]:
        assert isinstance(term, Word)
        forms = _forms_of(term, index, window, scope)
        if not forms or term.text in told:
            continue
        either = replace_at(tree, path, _with_forms(term, forms))
        assert either is not None
        wider = _within(resolve(And((either, Not(tree))), index, people), scope)
        if more := index.count(wider, window=window):
            told[term.text] = LeftOut(term.text, more, forms)
    return list(told.values())


def _forms_of(word: Word, index: Index, window: Window, scope: Node | None) -> tuple[Form, ...]:
    """The other forms of a word that occur, most frequent first."""
    counted = [
        Form(form, index.count(_within(Word(form), scope), window=window))
        for form in inflect(word.text)[1:]
    ]
    found = [form for form in counted if form.posts]
    return tuple(sorted(found, key=lambda form: (-form.posts, form.form)))


def _within(node: Node, scope: Node | None) -> Node:
    return node if scope is None else And((node, scope))


def _with_forms(word: Word, forms: tuple[Form, ...]) -> Or:
    return Or((word, *(Word(form.form) for form in forms)))


def examine(
    query: str,
    index: Index,
    people: Pseudonyms,
    window: Window,
    *,
    scope: Node | None = None,
) -> dict[str, Any]:
    """The posts that a query finds, and what each of its terms does.

    Args:
        scope: posts among which is counted, resolved already; None for all.

    Returns:
        ``{"query", "posts", "terms": [`Examined`], "examined"}``; ``examined`` is below the number
        of terms where there are more than `MAX_TERMS`.

    Raises:
        ConfigError: as `index.reading.queries.read_query`.
    """
    tree = parse(query, index.declared_fields())

    def count(node: Node | None) -> int:
        # an excluded term alone leaves everything
        asked = Everything() if node is None else resolve(node, index, people)
        return index.count(_within(asked, scope), window=window)

    total = count(tree)
    places = list(terms_of(tree))
    terms = []
    for path, term, excluded in places[:MAX_TERMS]:
        forms: tuple[Form, ...] = ()
        with_forms = None
        if isinstance(term, Word):
            forms = _forms_of(term, index, window, scope)
            if forms:
                with_forms = count(replace_at(tree, path, _with_forms(term, forms)))
        without = count(replace_at(tree, path, None))
        terms.append(Examined(write_term(term), excluded, count(term), without, forms, with_forms))
    return {
        "query": query,
        "posts": total,
        "terms": [asdict(term) | {"dead": term.dead} for term in terms],
        "of_terms": len(places),
    }
