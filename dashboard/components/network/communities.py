"""The communities of a map in words: the key of its colours, and what each of them tells."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

from dashboard import sanitize
from dashboard.base import ViewContext
from dashboard.components import markup
from dashboard.components.cluster import cluster_names
from dashboard.components.network.appearance import Appearance, list_colours
from dashboard.components.theme import DARK, LIGHT
from tocsin.core.language.words import Words

SHOWN = 12


def lead_sentence(context: ViewContext, appearance: Appearance) -> str:
    """What the map shows, in a sentence or two: how many, and who stands in the middle."""
    words, conversation = context.words, appearance.conversation
    document = conversation.document
    found = {
        "kind": words(f"conversation.kinds.{document['by']}"),
        "accounts": words.n("accounts", document["accounts"]),
        "connections": words.n("conversation.connections_found", document["connections"]),
    }
    if not conversation.communities:
        return words("conversation.no_communities", **found)
    formed = words.n("conversation.communities_found", len(conversation.communities))
    said = words("conversation.found", communities=formed, **found)
    largest = conversation.communities[0]
    headline = _headline(context, largest)
    code = "conversation.largest_tells" if headline else "conversation.largest"
    return f"{said} " + words(
        code,
        around=conversation.central(largest),
        accounts=words.n("accounts", largest["accounts"]),
        narrative=headline,
    )


def communities_table(context: ViewContext, appearance: Appearance) -> str:
    """A row for each of the largest communities, with its colour on the map."""
    words, conversation = context.words, appearance.conversation
    if not conversation.communities:
        return ""
    columns = ("community", "accounts", "posts", "flagged", "narrative")
    heads = [words(f"conversation.column.{name}") for name in columns]
    rows = "".join(
        markup.table_row(
            [
                (_named(appearance, community, words), ""),
                (words.number(community["accounts"]), "t-r"),
                (words.number(community["posts"]), "t-r"),
                (words.number(community["flagged"]), "t-r"),
                (_narrative_link(context, community), ""),
            ],
            heads,
        )
        for community in conversation.communities[:SHOWN]
    )
    rest = ""
    if len(conversation.communities) > SHOWN:
        more = words.n("conversation.more_communities", len(conversation.communities) - SHOWN)
        rest = f'<p class="t-note">{html.escape(more)}</p>'
    return markup.table(heads, rows, right=(1, 2, 3)) + rest


def groups_key(context: ViewContext, appearance: Appearance) -> str:
    """The key of the map's colours where it is coloured by flagged groups."""
    words, queries = context.words, context.queries
    groups = [*queries.clusters(), *queries.structures()]
    named = cluster_names(groups, words)
    there = {node["flagged"] for node in appearance.conversation.nodes if node["flagged"]}
    shown = [group for group in groups if group.id in there]
    if not shown:
        return markup.soft_paragraph(words("conversation.nobody_flagged"))
    items = "".join(
        "<span>"
        + _swatch(appearance.place(group.id))
        + markup.page_link("coordination", named[group.id], words, cluster=group.subject)
        + "</span>"
        for group in sorted(shown, key=lambda group: appearance.place(group.id))
    )
    rest = f"<span>{_swatch(-1)}{html.escape(words('conversation.unflagged'))}</span>"
    return f'<div class="t-legend">{items}{rest}</div>'


def legend(context: ViewContext, appearance: Appearance) -> list[tuple[str, int]]:
    """What each colour stands for, as text, for a picture of the map."""
    words, queries = context.words, context.queries
    if appearance.colour == "community":
        items = [
            (_title(appearance, community, words), appearance.place(community["id"]))
            for community in appearance.conversation.communities
        ]
        rest = words("conversation.others")
    else:
        groups = [*queries.clusters(), *queries.structures()]
        named = cluster_names(groups, words)
        there = {node["flagged"] for node in appearance.conversation.nodes if node["flagged"]}
        items = [(named[g.id], appearance.place(g.id)) for g in groups if g.id in there]
        rest = words("conversation.unflagged")
    last = len(list_colours(LIGHT)) - 1
    own = sorted((item for item in items if item[1] < last), key=lambda item: item[1])
    return [*own, (rest, last)]


def _title(appearance: Appearance, community: Mapping[str, Any], words: Words) -> str:
    around = appearance.conversation.central(community)
    return words("conversation.numbered", n=words.number(community["id"]), around=around)


def _named(appearance: Appearance, community: Mapping[str, Any], words: Words) -> str:
    title = sanitize.escaped_line(_title(appearance, community, words), 160)
    swatch = _swatch(appearance.place(community["id"])) if appearance.colour == "community" else ""
    return f"<span>{swatch}{title}</span>"


def _swatch(place: int) -> str:
    """A dot of a map's colour, in both themes; -1 is the colour of the rest."""
    light, dark = list_colours(LIGHT)[place], list_colours(DARK)[place]
    return f'<i class="t-dot" style="background:light-dark({light},{dark})" aria-hidden="true"></i>'


def _headline(context: ViewContext, community: Mapping[str, Any]) -> str:
    told = community["narrative"]
    if not told:
        return ""
    for narrative in context.queries.narratives():
        if narrative.id == told["id"]:
            return sanitize.single_line(narrative.headline(context.words.code), 90)
    return ""


def _narrative_link(context: ViewContext, community: Mapping[str, Any]) -> str:
    headline = _headline(context, community)
    if not headline:
        return "–"
    return markup.page_link("narratives", headline, context.words, id=community["narrative"]["id"])
