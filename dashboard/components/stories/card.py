"""A story of Today as a card, and why it is believed behind a fold."""

from __future__ import annotations

import html

import streamlit as st

from dashboard import sanitize
from dashboard.base import ViewContext
from dashboard.components import markup
from dashboard.components.account_names import quote_value
from dashboard.components.cluster import cluster_names
from dashboard.components.sentences import clause_as_sentence, list_parameters
from dashboard.components.stories.story import Story
from dashboard.components.stories.votes import draw_votes
from dashboard.pin_links import pin_link
from tocsin.core.calibration.votes import subject_of
from tocsin.core.findings import WeakSignal
from tocsin.core.groups.shown_terms import shown_terms
from tocsin.core.language.words import Words

_BADGES = {
    "organic": "explained", "mixed": "plain", "orchestrated": "flagged", "untested": "plain",
}  # fmt: skip


def draw_story(context: ViewContext, story: Story, curve: str, number: int) -> None:
    """Headline, badge, curve, drivers and posts.

    Args:
        curve: HTML made here.
        number: of the card, for its place on the page.
    """
    words, signal = context.words, story.signal
    with st.container(key=f"signal_{number}"):
        left, right = st.columns([7, 5], gap="medium")
        left.html(
            f'<h3 class="t-story">{marked_headline(story, words)}</h3>'
            f"{_badge(context, story)}{_facts(context, story)}"
        )
        right.html(curve or "<div></div>")
        cards = [
            markup.post_card(document, words, context.account_names, compact=True)
            for document in story.posts
        ]
        if cards:
            st.html(markup.post_grid(cards, len(cards), len(cards), words))
        st.page_link(
            context.pages["explore"],
            label=words("today.rising.read", posts=words.n("posts", signal.posts)),
            icon=":material/arrow_forward:",
            query_params={"q": f"signal:{quote_value(signal.id)}", "lang": words.code},
        )
        draw_votes(context, subject_of(signal.id), f"story_{number}")


def marked_headline(story: Story, words: Words) -> str:
    """The headline as HTML, marked where it is in another language than the page."""
    return markup.in_language(html.escape(story.headline), story.lang, words)


def _badge(context: ViewContext, story: Story) -> str:
    words = context.words
    badge = markup.badge(words(f"today.story.{story.kind}"), _BADGES[story.kind])
    share = story.signal.coordinated_share
    if share is not None:
        badge += f" {html.escape(words('explore.share', share=words.percent(share)))}"
    if story.group is not None:
        named = cluster_names([*context.queries.clusters(), *context.queries.structures()], words)
        link = markup.page_link(
            "coordination", named[story.group.id], words, cluster=story.group.subject
        )
        badge += f" → {link}"
    tip = html.escape(words("today.rising.share_tip"), quote=True)
    pin = pin_link(f"signal:{story.signal.id}", words, context.account_names.pseudonyms)
    return f'<div class="t-facts" title="{tip}">{badge} · {pin}</div>'


def _drivers(context: ViewContext, story: Story) -> str:
    words = context.words
    names = context.display_names([driver.account for driver in story.drivers])
    flagged = context.queries.flagged_accounts()
    items = []
    for driver in story.drivers:
        key = context.account_names.lookup_key(driver.account)
        link = markup.page_link(
            "explore",
            names[driver.account],
            words,
            q=f"signal:{quote_value(story.signal.id)} author:{quote_value(key)}",
        )
        sign = ""
        if driver.account in flagged:
            sign = " " + markup.badge(words("today.story.flagged"), "flagged")
        items.append(f"{link} {words.percent(driver.share)}{sign}")
    return " · ".join(items)


def _facts(context: ViewContext, story: Story) -> str:
    """How many posts and authors, since when, by whom."""
    words, signal = context.words, story.signal
    counts = (
        f"<b>{words.n('posts', signal.posts)}</b> · <b>{words.n('authors', signal.authors)}</b>"
    )
    counts += f" · {html.escape(words('today.rising.began', when=words.moment(signal.first_at)))}"
    lines = [markup.term_list(shown_terms(signal.terms, 6)), counts]
    if story.drivers:
        lines.append(f"{html.escape(words('today.story.drivers'))} {_drivers(context, story)}")
    if signal.coordinated_share and signal.without_coordinated is not None:
        lines.append(html.escape(words.n("today.rising.without", signal.without_coordinated)))
    method = f'<div class="t-note">{_method(context, signal)}</div>'
    fold = markup.details(words("today.story.how"), method)
    return "".join(f'<div class="t-facts">{line}</div>' for line in lines) + fold


def _excess(signal: WeakSignal, words: Words) -> str:
    """How many authors there were in one tick of the clock, and how many were expected."""
    hours = signal.method.parameters.get("tick_hours")
    if not signal.lead_authors or signal.expected is None or not isinstance(hours, (int, float)):
        return ""
    return words(
        "today.rising.above",
        lead=words.number(signal.lead_authors),
        span=words.duration(3600 * hours),
        n=words.expected(signal.expected),
    )


def _method(context: ViewContext, signal: WeakSignal) -> str:
    """All that says how sure it is: excess, p, false alarms, method, caveats."""
    words = context.words
    parameters = list_parameters(signal.method.parameters, words)
    name = sanitize.single_line(signal.method.name, 60)
    version = sanitize.single_line(signal.method.version, 20)
    lines = [line for line in (_excess(signal, words), _surety(signal, words)) if line]
    if first := list(context.display_names(signal.first_authors[:3]).values()):
        names = ", ".join(sanitize.single_line(one, 40) for one in first)
        lines.append(words("today.story.first", names=names))
    lines.append(words("method.name", name=name, version=version))
    if parameters:
        lines.append(words("method.parameters", text=parameters))
    lines.append(words("method.flagged_at", when=words.moment(signal.flagged_at)))
    sentences = [clause_as_sentence(text, words) for text in (signal.why, *signal.caveats)]
    return "".join(
        [f"<p>{html.escape(line)}</p>" for line in lines]
        + [f"<p>{sanitize.escaped_line(sentence, 501)}</p>" for sentence in sentences]
    )


def _surety(signal: WeakSignal, words: Words) -> str:
    p_value = words.probability("p", signal.p_value)
    alarms = words("today.rising.alarms", n=words.expected(signal.expected_false_per_day))
    return f"{p_value} · {alarms}. {words('today.rising.p_tip', n=words.number(signal.posts))}"
