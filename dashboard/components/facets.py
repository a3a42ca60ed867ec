"""Facets of Explore: fields whose values are counted, fields of enrichment stages among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dashboard.base import ViewContext
from dashboard.components import tags
from dashboard.components.account_names import quote_value
from dashboard.queries import WorkspaceQueries
from index.base import Facet
from index.narratives.annotating import STAGE as STORIES
from index.narratives.annotating import THEME
from index.reading.tags import STAGE
from tocsin.core.findings import Narrative, Theme
from tocsin.core.groups.headlines import foreign_language
from tocsin.core.language.words import Words, capitalise

FIELDS = ("lang", "author", "hashtag", "domain", "source", "narrative", "platform")
"""The built-in fields that are shown, in order."""
MAX_VALUES = 8


class Choice(NamedTuple):
    """A value that the reader can add to the query; ``query`` is the part that finds its posts.

    ``lang`` is the language of the label, where it is another than the page's.
    """

    label: str
    posts: int
    query: str
    lang: str = ""


def facet_fields(queries: WorkspaceQueries) -> tuple[str, ...]:
    """The fields that are shown: ours, then those that stages have declared.

    Of a task with several labels its own field counts the likeliest; a yes or no for each label
    would be a facet for each.
    """
    declared = queries.declared_fields().items()
    return (
        *FIELDS,
        *(name for name, (stage, kind) in declared if stage != STAGE or kind != "bool"),
    )


def has_themes(queries: WorkspaceQueries) -> bool:
    """Whether posts have a theme here: not before an analysis has given them one."""
    declared = queries.declared_fields().get(THEME)
    return declared is not None and declared.stage == STORIES


def field_label(field: str, context: ViewContext) -> str:
    """What a field is called: of a stage's field by the stage's own words, or its name."""
    if own := context.queries.field_labels().get(field):
        return context.words.say(own)
    if _is_tag(field, context):
        return tags.facet_label(field)
    name = context.words.known("facet", field)
    return capitalise(name)


def choices(facet: Facet, context: ViewContext) -> list[Choice]:
    """The most frequent values of a field."""
    return labelled(facet.field, facet.values[:MAX_VALUES], context)


def labelled(field: str, values: Sequence[tuple[str, int]], context: ViewContext) -> list[Choice]:
    """Values of a field and their counts, as people read them."""
    labels = _labels(field, [value for value, _ in values], context)
    foreign = _languages(field, labels, context)
    return [
        Choice(labels[value], count, _query(field, value, context), foreign.get(value, ""))
        for value, count in values
    ]


def _languages(field: str, labels: Mapping[str, str], context: ViewContext) -> Mapping[str, str]:
    """Of headlines in another language than the page's, which."""
    told: Sequence[Narrative | Theme] = ()
    if field == "narrative":
        told = context.queries.narratives()
    elif field == THEME:
        told = context.queries.themes()
    return {
        one.id: foreign_language(labels[one.id], one.headlines, context.words.code)
        for one in told
        if one.id in labels
    }


def count_beyond(facet: Facet) -> int:
    """How many posts have values that are not among the choices."""
    return facet.other + sum(count for _, count in facet.values[MAX_VALUES:])


def _labels(field: str, values: list[str], context: ViewContext) -> Mapping[str, str]:
    """What the values of a field are called."""
    words = context.words
    if field == "author":
        return context.display_names(values)
    if field == "narrative":
        labels = {n.id: n.headline(words.code) for n in context.queries.narratives()}
        return {value: labels.get(value, value) for value in values}
    if field == THEME:
        labels = {t.id: t.headline(words.code) for t in context.queries.themes()}
        return {value: labels.get(value, value) for value in values}
    if field == "lang":
        return {value: words.known("language", value) for value in values}
    if field == "hashtag":
        return {value: f"#{value}" for value in values}
    if _is_tag(field, context):
        return {value: tags.value_label(value, words) for value in values}
    declared = context.queries.declared_fields().get(field)
    if declared is not None and declared.type == "bool":
        return {value: _yes_or_no(value, words) for value in values}
    return {value: value for value in values}


def _is_tag(field: str, context: ViewContext) -> bool:
    declared = context.queries.declared_fields().get(field)
    return declared is not None and declared.stage == STAGE


def _yes_or_no(value: str, words: Words) -> str:
    known = {"true": "answer.yes", "false": "answer.no"}
    return words(known[value]) if value in known else value


def _query(field: str, value: str, context: ViewContext) -> str:
    if field == "author":
        return context.account_names.query_text(value)
    return f"{field}:{quote_value(value)}"
