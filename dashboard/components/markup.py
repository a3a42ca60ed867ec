"""Small pieces of HTML that several pages share.

All outside text goes through `dashboard.sanitize`; catalogue text is escaped here.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlencode

import streamlit as st

from dashboard import sanitize
from dashboard.collection_gaps import Gap
from dashboard.components.account_names import AccountNames, quote_value
from dashboard.components.theme import DARK, LIGHT, SHAPES
from dashboard.components.volume import VolumeRow, mark_unknown
from dashboard.pin_links import post_link
from tocsin.core.documents import Document, History, Kind, LinkKind, Version, native_id
from tocsin.core.exchange import TRUNCATED
from tocsin.core.language.words import Words

_METRICS = ("likes", "reposts", "replies", "quotes", "views")
_MAX_GAPS = 6
_MAX_LINKS = 4
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
VERSIONS_SHOWN, VERSION_SHOWN = 10, 1_000
"""Earlier versions of a post that are shown, and characters of each; `tocsin versions` has all."""


def _attribute(text: str) -> str:
    return html.escape(text, quote=True)


# -- text of a page


def lead_paragraph(text: str, *, made: str = "") -> str:
    """The sentence under a page's title. ``made`` is HTML made here, in place of the text."""
    return f'<p class="t-lead">{made or html.escape(text)}</p>'


def sentence(text: str, **parts: str) -> str:
    """A text of the catalogue with its placeholders filled by HTML made here, as HTML."""
    return html.escape(text).format(**parts)


def section_heading(text: str, note: str = "", *, made: str = "") -> str:
    """A section's title with a note under it. ``made`` is HTML made here, in place of the text."""
    below = f'<div class="t-note">{html.escape(note)}</div>' if note else ""
    return f'<h2 class="t-h">{made or html.escape(text)}</h2>{below}'


def in_language(made: str, code: str, words: Words) -> str:
    """Words of posts in another language than the page's, marked with it for eyes and for screen
    readers; as they are where ``code`` is empty.

    Args:
        made: HTML made here.
    """
    if not _LANGUAGE.fullmatch(code) or code.split("-")[0] == words.code:
        return made
    said = _attribute(words.known("language", code))
    return f'<span lang="{code}">{made}</span> <abbr class="t-lang" title="{said}">{code}</abbr>'


def soft_paragraph(text: str) -> str:
    """A quiet sentence: what is not there, and why."""
    return f'<p class="t-soft">{html.escape(text)}</p>'


def draw_parts(parts: Iterable[str]) -> None:
    """Draw HTML made here, one after the other; of none nothing (Streamlit refuses empty HTML)."""
    if made := "".join(parts):
        st.html(made)


def details(summary: str, body: str) -> str:
    """A fold that opens on a click. ``body`` is HTML made here."""
    return f'<details class="t-more"><summary>{html.escape(summary)}</summary>{body}</details>'


def empty_state(title: str, text: str, commands: Sequence[str] = ()) -> str:
    """What stands where there is nothing yet, and what to do next."""
    lines = "".join(f"<code>{html.escape(command)}</code>" for command in commands)
    return (
        f'<div class="t-empty"><h2>{html.escape(title)}</h2><p>{html.escape(text)}</p>{lines}</div>'
    )


def badge(text: str, kind: str) -> str:
    """A word in a rounded border: flagged, explained, cleared or plain."""
    return f'<span class="t-tag t-{_attribute(kind)}">{html.escape(text)}</span>'


def term_list(terms: Iterable[str], limit: int = 60) -> str:
    """Terms of a signal or narrative, each cut at ``limit`` characters."""
    items = "".join(f"<span>{sanitize.escaped_line(term, limit)}</span>" for term in terms)
    return f'<span class="t-terms">{items}</span>'


# -- figures


class Metric(NamedTuple):
    """A figure with its label. ``note`` is HTML made here, ``tip`` the text of its tooltip."""

    label: str
    figure: str
    note: str
    tip: str


def metric_row(metrics: Sequence[Metric]) -> str:
    """The row of figures under a page's title."""
    cells = "".join(
        f'<div class="t-metric" title="{_attribute(metric.tip)}">'
        f"<dt>{html.escape(metric.label)}</dt>"
        f'<dd><div class="t-big">{html.escape(metric.figure)}</div>'
        f'<div class="t-sub">{metric.note}</div></dd></div>'
        for metric in metrics
    )
    return f'<dl class="t-metrics">{cells}</dl>'


def percentage_bar(share: float | None, words: Words) -> str:
    """A small bar with its percentage; a dash where the share is unknown."""
    if share is None:
        return '<span class="t-soft">–</span>'
    width = 100 * min(1.0, max(0.0, share))
    return (
        f'<span><span class="t-meter" aria-hidden="true"><i style="width:{width:.1f}%"></i></span>'
        f'<span class="t-num">{words.percent(share)}</span></span>'
    )


def sparkline(
    rows: Sequence[VolumeRow],
    words: Words,
    label: str,
    gaps: Sequence[Gap] = (),
    alert: datetime | None = None,
) -> str:
    """A small curve of bars: flagged accounts' posts hatched on top of all others'.

    Where nothing was collected there is no bar but a mark that says so. The interval of an alert
    is marked.
    """
    highest = max((row.total for row in rows), default=0)
    if not highest:
        return ""
    rung = max((row.start for row in rows if alert and row.start <= alert), default=None)
    bars = "".join(
        _bar(row, highest, words, unknown=unknown, alert=row.start == rung)
        for row, unknown in zip(rows, mark_unknown(rows, gaps), strict=True)
    )
    first, last = words.day(rows[0].start), words.day(rows[-1].start)
    axis = f"<span>{html.escape(first)}</span><span>{html.escape(last)}</span>"
    return (
        f'<div class="t-bars" role="img" aria-label="{_attribute(label)}">{bars}</div>'
        f'<div class="t-axis" aria-hidden="true">{axis}</div>'
    )


def _bar(row: VolumeRow, highest: int, words: Words, *, unknown: bool, alert: bool) -> str:
    """One bar of a sparkline, with its moment and number as a tooltip."""
    when = _attribute(words.moment(row.start))
    if unknown:
        lost = _attribute(words("chart.not_collected"))
        return f'<span class="t-gap" title="{when} · {lost}"></span>'
    said = f"{when} · {words.number(row.total)}"
    css = ""
    if alert:
        css, said = ' class="t-alert"', f"{said} · {_attribute(words('timeline.alert'))}"
    return (
        f'<span{css} title="{said}">'
        f'<b style="height:{100 * row.flagged / highest:.1f}%"></b>'
        f'<i style="height:{100 * (row.total - row.flagged) / highest:.1f}%"></i></span>'
    )


def gap_note(gaps: Sequence[Gap], words: Words) -> str:
    """When nothing was collected, as a sentence; empty where there is no gap."""
    if not gaps:
        return ""
    spans = ", ".join(words.span(gap.since, gap.until) for gap in gaps[:_MAX_GAPS])
    if len(gaps) > _MAX_GAPS:
        spans += f", {words.n('chart.more_gaps', len(gaps) - _MAX_GAPS)}"
    return words("chart.gap", spans=spans)


def undated_note(number: int, words: Words) -> str:
    """How many posts no curve can hold; empty where there are none."""
    return words.n("chart.undated", number) if number else ""


def chart_legend(accent: str, other: str) -> str:
    """The key of a curve: what has the accent colour, and what is left."""
    return (
        f'<div><span class="t-key t-accent">{html.escape(accent)}</span>'
        f'<span class="t-key">{html.escape(other)}</span></div>'
    )


def raster_legend(labels: Sequence[str]) -> str:
    """The key of a raster: what each colour and shape is."""
    items = "".join(
        f'<span><i style="--c:light-dark({light},{dark})" aria-hidden="true">{shape.sign}</i>'
        f"{sanitize.escaped_line(label, 90)}</span>"
        for label, light, dark, shape in zip(
            labels, LIGHT.objects, DARK.objects, SHAPES, strict=False
        )
    )
    return f'<div class="t-objects">{items}</div>'


# -- tables


def table(heads: Sequence[str], rows: str, *, css: str = "", right: Iterable[int] = ()) -> str:
    """A table of `table_row` rows; on narrow screens each row becomes a card.

    Args:
        heads: the heads of the columns.
        css: a class of the table.
        right: numbers of columns whose heads stand at the right, as figures do.
    """
    at_right = set(right)
    head = "".join(
        f'<th scope="col"{" class=t-r" if number in at_right else ""}>{html.escape(text)}</th>'
        for number, text in enumerate(heads)
    )
    return (
        f'<div class="t-scroll"><table class="t-table {css}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def table_row(cells: Sequence[tuple[str, str]], heads: Sequence[str]) -> str:
    """A row of (HTML made here, class) cells; the heads stand by them on narrow screens."""
    row = "".join(
        f'<td class="{css}" data-head="{_attribute(head)}">{content}</td>'
        for (content, css), head in zip(cells, heads, strict=True)
    )
    return f"<tr>{row}</tr>"


# -- posts


def post_grid(cards: Sequence[str], shown: int, total: int, words: Words) -> str:
    """Cards of posts beside one another; those after the first ``shown`` are behind a fold.

    Args:
        cards: posts as `post_card` draws them.
        total: how many posts there are, also where fewer cards were drawn.
    """
    if not cards:
        return f'<p class="t-note">{html.escape(words("drawer.gone"))}</p>'
    grid, folded = "".join(cards[:shown]), "".join(cards[shown:])
    if folded:
        more = words.n("drawer.rest", total - shown)
        grid += details(more, f'<div class="t-side">{folded}</div>')
    return f'<div class="t-side">{grid}</div>'


def post_card(
    document: Document,
    words: Words,
    account_names: AccountNames,
    *,
    compact: bool = False,
    note: str = "",
    narratives: Mapping[str, str] | None = None,
    tags: Sequence[tuple[str, str, str]] = (),
    find: sanitize.Finder | None = None,
    actions: Sequence[str] = (),
) -> str:
    """One post or article: who, when, what, where it leads, how it fared.

    Args:
        compact: the small form that stands beside others, to the second, without links to what
            they have in common.
        note: HTML made here, for the header.
        narratives: narrative id -> label, to name the story that the post tells.
        tags: query, label and worth of each tag of the post.
        find: marks places of title and text.
        actions: HTML made here, last in the footer.
    """
    author = document.author
    who = words("post.unsigned")
    if author:
        who = account_names.display_name(author.id, author.handle)
    origins = [sanitize.single_line(p, 60) for p in (document.platform, document.source) if p]
    origin = " · ".join(dict.fromkeys(origins))
    title = ""
    if document.title:
        title = f'<div class="t-title">{sanitize.marked_line(document.title, 300, find)}</div>'
    body = sanitize.post_body(
        without_title(document.text, document.title or ""),
        more=words("post.more"),
        cut=words("post.cut"),
        preview=220 if compact else sanitize.PREVIEW,
        lang=document.lang if document.lang != "und" else None,
        find=find,
    )
    if cut := document.extra.get(TRUNCATED, {}).get("text"):
        body += f'<div class="t-note">{html.escape(words.n("post.truncated", cut))}</div>'
    if document.history is not None:
        body += _history(document.history, words, compact=compact)
    footer = _footer_items(document, words, account_names)
    footer.append(post_link(document.id, account_names.pseudonyms, words))
    if not compact:
        footer += _annotation_links(document, words, narratives or {})
        footer += [explore_link(query, label, words, tip=worth) for query, label, worth in tags]
    footer += actions
    items = "".join(f"<span>{item}</span>" for item in footer)
    return (
        f'<article class="t-post{" t-card" if compact else ""}">'
        f"<header><strong>{sanitize.escaped_line(who, 60)}</strong>"
        f"{_time(document.published_at, words, seconds=compact)}"
        f"<span>{sanitize.escaped_line(origin, 120)}</span>{note}</header>"
        f"{title}{body}{f'<footer>{items}</footer>' if items else ''}</article>"
    )


def without_title(text: str, title: str) -> str:
    """A text without the title that pages repeat at its beginning; all of it if that is all."""
    begun = text.lstrip()
    if not title.strip() or not begun.casefold().startswith(title.strip().casefold()):
        return text
    return begun[len(title.strip()) :].lstrip(" .:–—|-\n\r\t") or text


def _history(history: History, words: Words, *, compact: bool) -> str:
    """That a page is gone, and what it was before, each version with when we saw it."""
    notes = ""
    if history.gone_since is not None:
        gone = {"since": words.moment(history.gone_since), "status": history.gone_status}
        notes = f'<div class="t-note">{html.escape(words("post.gone", **gone))}</div>'
    if not history.versions:
        return notes
    earlier = reversed(history.versions[-VERSIONS_SHOWN:])
    versions = "".join(_version(version, words) for version in earlier)
    title = words.n("post.versions", len(history.versions) + 1)
    if compact:
        return f'{notes}<div class="t-note">{html.escape(title)}</div>'
    return notes + details(title, versions)


def _version(version: Version, words: Words) -> str:
    first, last = version.first_seen, version.last_seen
    unknown = words("time.unknown")
    seen = words(
        "post.version",
        first=words.moment(first) if first else unknown,
        last=words.moment(last) if last else unknown,
    )
    text = sanitize.escaped_line(f"{version.title or ''} {version.text}", VERSION_SHOWN)
    return f'<div class="t-note">{html.escape(seen)}</div><div>{text}</div>'


def _time(moment: datetime | None, words: Words, *, seconds: bool) -> str:
    if moment is None:
        return html.escape(words("time.unknown"))
    stamp = moment.astimezone(UTC).isoformat(timespec="seconds")
    shown = html.escape(words.moment(moment, seconds=seconds))
    return f'<time datetime="{stamp}">{shown}</time>'


def _footer_items(document: Document, words: Words, account_names: AccountNames) -> list[str]:
    """Where a post stands and leads to, and how it fared."""
    items: list[str] = []
    if document.url and (document.kind is Kind.ARTICLE or not account_names.pseudonymised):
        domain = sanitize.display_domain(document.url)
        label = f"{words('post.original')} · {domain}" if domain else None
        items.append(sanitize.external_link(document.url, label))
    urls = list(dict.fromkeys(document.targets(LinkKind.URL)))
    items += [sanitize.external_link(url) for url in urls[:_MAX_LINKS]]
    if reposted := document.target(LinkKind.REPOST):
        items.append(_reposted(reposted, words, account_names))
    for name in _METRICS:
        count = document.metrics.get(name)
        if isinstance(count, int) and count:
            items.append(html.escape(words.n(f"metric.{name}", count)))
    return items


def _reposted(post: str, words: Words, account_names: AccountNames) -> str:
    """Whose post a repost repeats, and the link to it; ids say nothing to a reader."""
    author = account_names.author_of(post)
    if author is None:
        return html.escape(words("post.repost_elsewhere"))
    label = words("post.repost", who=account_names.display_name(author.id, author.handle))
    shown = native_id(post)
    if account_names.pseudonyms.text(shown) != shown:  # an id that names its account
        return html.escape(label)
    return explore_link(f"id:{quote_value(shown)}", label, words)


def _annotation_links(document: Document, words: Words, narratives: Mapping[str, str]) -> list[str]:
    """Links to the other posts of a post's narrative, and to copies of its text."""
    links = []
    if narrative := _annotated(document, "narratives", "narrative"):
        label = narratives.get(narrative, narrative)
        query = f"narrative:{quote_value(narrative)}"
        links.append(explore_link(query, label, words, tip=words("post.narrative")))
    if group := _annotated(document, "copies", "group"):
        query, tip = f"copy:{quote_value(group)}", words("post.copies_tip")
        links.append(explore_link(query, words("post.copies"), words, tip=tip))
    return links


def _annotated(document: Document, stage: str, name: str) -> str:
    annotation = document.annotations.get(stage)
    return str(annotation.values.get(name) or "") if annotation else ""


# -- links between pages


def explore_link(query: str, label: str, words: Words, *, tip: str = "") -> str:
    """A link to Explore with a query."""
    return page_link("explore", label, words, tip=tip, q=query)


def page_link(page: str, label: str, words: Words, *, tip: str = "", **parameters: str) -> str:
    """A link to a page of ours; ``parameters`` stand in its address."""
    target = f"{page}?" + urlencode(parameters | {"lang": words.code})
    return (
        f'<a class="t-link" target="_self" href="{_attribute(target)}" '
        f'title="{_attribute(tip)}">{sanitize.escaped_line(label, 90)}</a>'
    )
