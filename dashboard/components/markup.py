"""Small pieces of HTML that several pages share. All outside text goes through `dashboard.sanitize`."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

from dashboard import sanitize
from dashboard.components.account_names import AccountNames, quote_value
from dashboard.components.theme import DARK, LIGHT, SHAPES
from tocsin.core.documents import Document, Kind, LinkKind, native_id
from tocsin.core.language.words import Words

_METRICS = ("likes", "reposts", "replies", "quotes", "views")


def lede(text: str) -> str:
    """The sentence under a page's title."""
    return f'<p class="t-lede">{html.escape(text)}</p>'


def heading(text: str, note: str = "") -> str:
    """A section's title with a note under it."""
    return f'<h2 class="t-h">{html.escape(text)}</h2>' + (
        f'<div class="t-note">{html.escape(note)}</div>' if note else ""
    )


def kpis(items: Sequence[tuple[str, str, str, str]]) -> str:
    """The row of figures: (label, figure, what it compares to as HTML made here, tooltip)."""
    cells = "".join(
        f'<div class="t-kpi" title="{html.escape(tip, quote=True)}"><dt>{html.escape(label)}</dt>'
        f'<dd><div class="t-big">{html.escape(figure)}</div><div class="t-sub">{below}</div></dd></div>'
        for label, figure, below, tip in items
    )
    return f'<dl class="t-kpis">{cells}</dl>'


def share_bar(share: float, label: str) -> str:
    """A thin bar: the accent part is ``share`` of the whole."""
    return f'<div class="t-share" role="img" aria-label="{html.escape(label, quote=True)}"><i style="width:{100 * min(1.0, max(0.0, share)):.2f}%"></i></div>'


def meter(share: float | None, words: Words) -> str:
    """A small bar with its percentage; a dash where the share is unknown."""
    if share is None:
        return '<span class="t-soft">–</span>'
    return f'<span class="t-meter" aria-hidden="true"><i style="width:{100 * min(1.0, max(0.0, share)):.1f}%"></i></span><span class="t-num">{words.percent(share)}</span>'


def bars(rows: Sequence[tuple[datetime, int, int]], words: Words, label: str) -> str:
    """A small curve of bars: flagged accounts' posts hatched on top of all others'."""
    most = max((total for _, total, _ in rows), default=0)
    if not most:
        return ""
    spans = "".join(
        f'<span title="{html.escape(words.moment(at), quote=True)} · {words.number(total)}"><b style="height:{100 * hot / most:.1f}%"></b>'
        f'<i style="height:{100 * (total - hot) / most:.1f}%"></i></span>'
        for at, total, hot in rows
    )
    axis = f"<span>{html.escape(words.day(rows[0][0]))}</span><span>{html.escape(words.day(rows[-1][0]))}</span>"
    return f'<div class="t-bars" role="img" aria-label="{html.escape(label, quote=True)}">{spans}</div><div class="t-axis" aria-hidden="true">{axis}</div>'


def tag(text: str, kind: str) -> str:
    """A word in a rounded border: flagged, explained, cleared or plain."""
    return f'<span class="t-tag t-{html.escape(kind, quote=True)}">{html.escape(text)}</span>'


def terms(values: Iterable[str]) -> str:
    """Terms of a signal or narrative."""
    return (
        '<span class="t-terms">'
        + "".join(f"<span>{sanitize.escaped_line(value, 60)}</span>" for value in values)
        + "</span>"
    )


def key(*labels: tuple[str, bool]) -> str:
    """The key of a curve: (label, accent?)."""
    return (
        "<div>"
        + "".join(
            f'<span class="t-key{" t-hot" if hot else ""}">{html.escape(label)}</span>'
            for label, hot in labels
        )
        + "</div>"
    )


def objects(labels: Sequence[str]) -> str:
    """The key of a raster: what each colour and shape is."""
    items = "".join(
        f'<span><i style="--c:light-dark({light},{dark})" aria-hidden="true">{sign}</i>{sanitize.escaped_line(label, 90)}</span>'
        for label, light, dark, (_, sign) in zip(
            labels, LIGHT.objects, DARK.objects, SHAPES, strict=False
        )
    )
    return f'<div class="t-objects">{items}</div>'


def empty(title: str, text: str, commands: Sequence[str] = ()) -> str:
    """What stands where there is nothing yet, and what to do next."""
    lines = "".join(f"<code>{html.escape(command)}</code>" for command in commands)
    return (
        f'<div class="t-empty"><h2>{html.escape(title)}</h2><p>{html.escape(text)}</p>{lines}</div>'
    )


def cards(drawn: Sequence[str], shown: int, total: int, words: Words) -> str:
    """Posts beside one another, as `post` draws them: the first ``shown``, and those of ``total`` that are left behind a fold."""
    first, folded = "".join(drawn[:shown]), "".join(drawn[shown:])
    if folded:
        more = html.escape(words.n("drawer.rest", total - shown))
        first += f'<details class="t-more"><summary>{more}</summary><div class="t-side">{folded}</div></details>'
    gone = "" if drawn else f'<p class="t-note">{html.escape(words("drawer.gone"))}</p>'
    return f'<div class="t-side">{first}</div>{gone}'


def post(
    document: Document,
    words: Words,
    account_names: AccountNames,
    *,
    card: bool = False,
    note: str = "",
    narratives: Mapping[str, str] | None = None,
) -> str:
    """One post or article: who, when, what, where it leads, how it fared.

    Args:
        card: the small form that stands beside others, to the second, without what they have in common.
        note: HTML made here, for the header.
        narratives: narrative id -> label, to name the story that the post tells.
    """
    author = document.author
    who = account_names.display_name(author.id, author.handle) if author else words("post.unsigned")
    moment = document.published_at
    stamp = (moment or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")
    when = (
        f'<time datetime="{stamp}">{html.escape(words.moment(moment, seconds=card))}</time>'
        if moment
        else html.escape(words("time.unknown"))
    )
    place = " · ".join(
        dict.fromkeys(sanitize.single_line(p, 60) for p in (document.platform, document.source) if p)
    )
    title = (
        f'<div class="t-title">{sanitize.escaped_line(document.title, 300)}</div>' if document.title else ""
    )
    body = sanitize.post_body(
        document.text, more=words("post.more"), cut=words("post.cut"), preview=220 if card else sanitize.PREVIEW,
        lang=document.lang if document.lang != "und" else None,
    )  # fmt: skip
    return (
        f'<article class="t-post{" t-card" if card else ""}"><header><strong>{sanitize.escaped_line(who, 60)}</strong>{when}'
        f"<span>{sanitize.escaped_line(place, 120)}</span>{note}</header>{title}{body}{_footer(document, words, people, None if card else narratives or {})}</article>"
    )


def _footer(
    document: Document, words: Words, account_names: AccountNames, narratives: Mapping[str, str] | None
) -> str:
    items: list[str] = []
    if document.url and (document.kind is Kind.ARTICLE or not account_names.pseudonymised):
        items.append(
            sanitize.external_link(
                document.url,
                words("post.original") + " · " + sanitize.display_domain(document.url)
                if sanitize.display_domain(document.url)
                else None,
            )
        )
    items += [sanitize.external_link(url) for url in list(dict.fromkeys(document.targets(LinkKind.URL)))[:4]]
    if repeated := document.target(LinkKind.REPOST):
        items.append(html.escape(words("post.repost", id=sanitize.single_line(native_id(repeated), 40))))
    counts = [
        (name, document.metrics[name])
        for name in _METRICS
        if isinstance(document.metrics.get(name), int) and document.metrics[name]
    ]
    items += [html.escape(words.n(f"metric.{name}", number)) for name, number in counts]
    if narratives is not None:
        group, narrative = (
            _said(document, "copies", "group"),
            _said(document, "narratives", "narrative"),
        )
        if narrative:
            items.append(
                ask(
                    f"narrative:{quote_value(narrative)}",
                    narratives.get(narrative, narrative),
                    words,
                    tip=words("post.narrative"),
                )
            )
        if group:
            items.append(
                ask(
                    f"copy:{quote_value(group)}",
                    words("post.copies"),
                    words,
                    tip=words("post.copies_tip"),
                )
            )
    return f"<footer>{''.join(f'<span>{item}</span>' for item in items)}</footer>" if items else ""


def _said(document: Document, stage: str, name: str) -> str:
    return (
        str(document.annotations[stage].values.get(name) or "")
        if stage in document.annotations
        else ""
    )


def ask(query: str, label: str, words: Words, *, tip: str = "") -> str:
    """A link to Explore with a query."""
    return page("explore", label, words, tip=tip, q=query)


def page(name: str, label: str, words: Words, *, tip: str = "", **shown: str) -> str:
    """A link to a page of ours; ``shown`` is what stands in its address."""
    target = f"{name}?" + urlencode(shown | {"lang": words.code})
    return f'<a class="t-link" target="_self" href="{html.escape(target, quote=True)}" title="{html.escape(tip, quote=True)}">{sanitize.escaped_line(label, 90)}</a>'
