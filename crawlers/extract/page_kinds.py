"""Pages that are no article: error pages with a friendly status, consent and cookie walls, what
stands before a paywall, lists of other pages.

Kept as articles they would be one text at many addresses, and evidence of copying that is none.
Each rule needs two things together: words, and the lack of what an article has.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from tocsin.core.text import collapse_whitespace, fold

ARTICLE, NOT_FOUND, CONSENT, PAYWALL, INDEX = "article", "not_found", "consent", "paywall", "index"
GATE = "gate"
"""A page that asks whether a person is reading, before the article."""
SHORT, STUB, WALL = 2_000, 1_500, 4_000
"""Characters of text: of an error page, before a paywall, of a consent wall; more is an article."""
_NOT_FOUND = re.compile(
    r"\b(?:erreur|error|fehler)\s*(?:40[34]|410)\b|^\W*(?:404|410)\b"
    r"|\bpage (?:was |is |could )?(?:not|no longer|cannot be) (?:be )?(?:found|available|exist)"
    r"|\b(?:page|article|contenu|adresse)[\w ,']{0,40}(?:introuvable|n'existe (?:pas|plus)"
    r"|(?:n'est )?plus (?:disponible|en ligne))|\boops\b.{0,30}\bpage\b"
    r"|\b(?:page|article|content)[\w ,']{0,40}(?:does not exist|doesn't exist|no longer (?:exists"
    r"|available)|has been (?:removed|deleted)|can't be found)|\bseite nicht gefunden\b"
    r"|\bpagina no (?:encontrada|existe)\b|\bpagina non trovata\b|\bpagina nao encontrada\b"
    r"|(?:^|[|:-])\s*(?:not found|introuvable)\s*(?:$|[|-])"
)
_CONSENT = tuple(
    re.compile(words)
    for words in (
        r"\bcookies?\b|\btraceurs?\b|\btrackers?\b",
        r"\bconsent\w*|\beinwillig\w*",
        r"\bpartenaires?\b|\bpartners?\b|\bvendors?\b|\bpartner:?innen\b",
        r"\b(?:accept\w*|refus\w*|reject\w*|agree|akzept\w*|ablehn\w*|acept\w*|rechaz\w*)\b",
        r"\b(?:vie privee|privacy|donnees personnelles|personal data|datenschutz\w*|privacidad)\b",
        r"\b(?:publicites?|annonces|advertis\w*|ads|werbung|publicidad)\b",
        r"\b(?:abonne\w*|subscri\w*)\b.{0,60}\b(?:cookies?|publicite|ads)\b",
    )
)
_CONSENT_ADDRESS = re.compile(r"consent|cookie-?wall|gdpr|rgpd|privacy-?gate", re.IGNORECASE)
_PAID = re.compile(r'"isAccessibleForFree"\s*:\s*"?(?:false|no)\b', re.IGNORECASE)
_PAID_WORDS = re.compile(
    r"\breserve(?:e|s)? (?:a (?:nos|ses) |aux )abonne|\bil vous reste \d+ ?% de cet article"
    r"|\bla suite est reservee|\b(?:article|contenu) reserve\b|\bsubscribe to (?:continue|read)"
    r"|\bto continue reading\b|\bfor subscribers only\b|\bpour lire la suite\b"
    r"|\bmit einem abo weiterlesen\b|\bsolo para suscriptores\b"
)
_GATE_TITLE = re.compile(
    r"^\W*(?:just a moment|attention required|access denied|acces refuse|un instant|one moment"
    r"|please wait|veuillez patienter|are you (?:a robot|human)|verify(?:ing)? you are human"
    r"|checking your browser|pardon our interruption|security check|verification de securite"
    r"|human verification|robot check|bitte warten|un momento|ddos-guard)"
)
_GATE_WORDS = re.compile(
    r"\bjavascript\b|\bcaptcha\b|\brobots?\b|\byou are human\b|\bcloudflare\b|\byour browser\b"
    r"|\bvotre navigateur\b|\bihr(?:en)? browser\b|\btu navegador\b|\bunusual traffic\b|\bray id\b"
)
_ARTICLE_TYPE = re.compile(
    r'"@type"\s*:\s*\[?\s*"(?:\w*NewsArticle|\w*Article|BlogPosting|LiveBlogPosting)"'
)
MANY_LINKS, MANY_TEASERS = 15, 5
LONG_PARAGRAPH = 400
"""Characters that only an article has in one piece."""


def kind_of_page(root: Any, text: str, url: str) -> str:
    """What a page is: ``article`` unless there is more than one reason to think otherwise.

    Args:
        root: the parsed page.
        text: the article's text as it was extracted.
        url: where the page came from.
    """
    data = [
        node.text or ""
        for node in root.iter("script")
        if "ld+json" in (node.get("type") or "").lower()
    ]
    declares_article = _declares_article(root, data)
    words = fold(text)
    if len(text) < STUB and _is_paid(root, data):
        return PAYWALL
    headings = [node.text_content() for node in root.iter("title", "h1")]
    named = [fold(collapse_whitespace(heading))[:200] for heading in headings[:3]]
    if len(text) < SHORT and not declares_article and any(map(_NOT_FOUND.search, named)):
        return NOT_FOUND
    is_gate = any(map(_GATE_TITLE.search, named)) and _GATE_WORDS.search(words) is not None
    if len(text) < STUB and not declares_article and is_gate:
        return GATE
    reasons = sum(pattern.search(words) is not None for pattern in _CONSENT)
    parts = urlsplit(url)
    if _CONSENT_ADDRESS.search(f"{parts.netloc}{parts.path}") and reasons >= 2:
        return CONSENT
    needed, most = (5, STUB) if declares_article else (4, WALL)
    if len(text) < most and reasons >= needed:
        return CONSENT
    if len(text) < STUB and _PAID_WORDS.search(words):
        return PAYWALL
    return INDEX if not declares_article and _lists_pages(root, text) else ARTICLE


def _declares_article(root: Any, data: list[str]) -> bool:
    if any(_ARTICLE_TYPE.search(text) for text in data):
        return True
    for node in root.iter("meta"):
        key = (node.get("property") or node.get("name") or "").lower()
        value = (node.get("content") or "").lower()
        if (key == "og:type" and "article" in value) or key == "article:published_time":
            return True
    return any("Article" in (node.get("itemtype") or "") for node in root.iter("article", "div"))


def _is_paid(root: Any, data: list[str]) -> bool:
    if any(_PAID.search(text) for text in data):
        return True
    for node in root.iter("meta"):
        key = (node.get("property") or node.get("name") or node.get("itemprop") or "").lower()
        value = (node.get("content") or "").lower()
        if key == "isaccessibleforfree" and value in ("false", "no"):
            return True
        if key == "article:content_tier" and value == "locked":
            return True
    return False


def _lists_pages(root: Any, text: str) -> bool:
    """Whether a page's text is made of links to others, or of teasers."""
    lines = [collapse_whitespace(line).lstrip("-* ") for line in text.splitlines()]
    if max(map(len, lines), default=0) >= LONG_PARAGRAPH:
        return False
    links = {collapse_whitespace(node.text_content()) for node in root.iter("a")}
    if len(links) < MANY_LINKS and len(lines) < MANY_LINKS:
        return False
    inside = sum(len(line) for line in lines if line in links)
    if 2 * inside > sum(map(len, lines)):
        return True
    teasers = sum(
        node.find(".//a") is not None
        and any(collapse_whitespace(link.text_content()) in text for link in node.iter("a"))
        for node in root.iter("article")
    )
    return teasers >= MANY_TEASERS
