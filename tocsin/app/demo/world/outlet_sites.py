"""The outlets' sites: front page, articles, feeds of three kinds, sitemap and robots.txt."""

from __future__ import annotations

import json
from email.utils import format_datetime
from html import escape
from typing import Any

from tocsin.app.demo.world.model import Outlet, Page, World

Body = tuple[str, str]
"""Content type and text."""
FEED_PATHS = {
    "rss": "/feed.xml",
    "atom": "/atom.xml",
    "json": "/feed.json",
    "sitemap": "/sitemap.xml",
}
_WORDS = {
    "fr": {
        "more": "À lire aussi",
        "home": "Accueil",
        "by": "Par",
        "legal": "Journal imaginaire de la vallée de l'Ondrelle.",
    },
    "en": {
        "more": "Read next",
        "home": "Home",
        "by": "By",
        "legal": "An invented paper of the Ondrelle valley.",
    },
}


class OutletSite:
    """One outlet's site under its base address."""

    def __init__(self, outlet: Outlet, world: World, base: str) -> None:
        self.outlet, self.base = outlet, base
        self.pages = sorted(
            (p for p in world.pages if p.outlet == outlet),
            key=lambda p: (p.at, p.path),
            reverse=True,
        )
        self._by_path = {page.path: page for page in self.pages}

    @property
    def start(self) -> str:
        """The address that the source file names."""
        return self.base + FEED_PATHS[self.outlet.feed]

    def answer(self, path: str) -> Body | None:
        """The answer to a GET, or None where there is no such page."""
        if path in self._by_path:
            return "text/html; charset=utf-8", self._article(self._by_path[path])
        makers = {
            "/": self._front,
            "/feed.xml": self._rss,
            "/atom.xml": self._atom,
            "/feed.json": self._json,
            "/sitemap.xml": self._sitemap,
        }
        if path == "/robots.txt":
            return (
                "text/plain; charset=utf-8",
                f"User-agent: *\nDisallow: /admin/\nSitemap: {self.base}/sitemap.xml\n",
            )
        return makers[path]() if path in makers else None

    def _article(self, page: Page) -> str:
        words, lang = _WORDS[self.outlet.lang], self.outlet.lang
        published = page.at.isoformat(timespec="seconds")
        byline = (
            f'{words["by"]} <span rel="author">{escape(page.byline)}</span>, '
            if page.byline
            else ""
        )
        paragraphs = "\n".join(f"<p>{escape(text)}</p>" for text in page.body)
        others = "\n".join(
            f'<li><a href="{escape(p.path)}">{escape(p.title)}</a></li>'
            for p in self.pages
            if p is not page and p.topic == page.topic
        )
        facts: dict[str, Any] = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": page.title,
            "datePublished": published,
            "inLanguage": lang,
            "publisher": {"@type": "Organization", "name": self.outlet.name},
        }
        if page.byline:
            facts["author"] = {"@type": "Organization", "name": page.byline}
        linked_data = json.dumps(facts, ensure_ascii=False).replace("<", "\\u003c")
        return f"""<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<title>{escape(page.title)} - {escape(self.outlet.name)}</title>
<link rel="canonical" href="{self.base}{page.path}">
<meta property="og:title" content="{escape(page.title)}">
<meta property="og:type" content="article">
<meta property="og:site_name" content="{escape(self.outlet.name)}">
<meta property="article:published_time" content="{published}">
<meta property="article:section" content="{escape(page.topic)}">
{f'<meta name="author" content="{escape(page.byline)}">' if page.byline else ""}
<meta name="description" content="{escape(page.body[0][:150])}">
<script type="application/ld+json">{linked_data}</script>
</head>
<body>
<header><nav><a href="/">{words["home"]}</a></nav></header>
<main><article>
<h1>{escape(page.title)}</h1>
<p class="meta">{byline}<time datetime="{published}">{page.at:%Y-%m-%d %H:%M}</time></p>
{paragraphs}
</article></main>
<aside><h2>{words["more"]}</h2><ul>{others}</ul></aside>
<footer><p>{words["legal"]}</p></footer>
</body>
</html>
"""

    def _front(self) -> Body:
        name = escape(self.outlet.name)
        items = "\n".join(
            f'<li><a href="{escape(p.path)}">{escape(p.title)}</a></li>' for p in self.pages
        )
        return "text/html; charset=utf-8", (
            f'<!DOCTYPE html>\n<html lang="{self.outlet.lang}">'
            f'<head><meta charset="utf-8"><title>{name}</title>\n'
            f'<link rel="alternate" type="application/rss+xml" href="/feed.xml"></head>\n'
            f"<body><h1>{name}</h1><ul>\n{items}\n</ul></body></html>\n"
        )

    def _rss(self) -> Body:
        name = escape(self.outlet.name)
        items = "\n".join(
            f"<item><title>{escape(p.title)}</title><link>{self.base}{p.path}</link>"
            f'<guid isPermaLink="true">{self.base}{p.path}</guid>'
            f"<pubDate>{format_datetime(p.at)}</pubDate>"
            f"<description>{escape(p.body[0])}</description><category>{p.topic}</category></item>"
            for p in self.pages
        )
        return "application/rss+xml; charset=utf-8", (
            f'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>'
            f"<title>{name}</title><link>{self.base}/</link><description>{name}</description>"
            f"<language>{self.outlet.lang}</language>\n{items}\n</channel></rss>\n"
        )

    def _atom(self) -> Body:
        entries = "\n".join(self._atom_entry(page) for page in self.pages)
        newest = self.pages[0].at.isoformat() if self.pages else ""
        return "application/atom+xml; charset=utf-8", (
            '<?xml version="1.0" encoding="utf-8"?>\n'
            f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{self.outlet.lang}">'
            f"<title>{escape(self.outlet.name)}</title><id>{self.base}/</id>"
            f"<updated>{newest}</updated>\n{entries}\n</feed>\n"
        )

    def _atom_entry(self, page: Page) -> str:
        address = f"{self.base}{page.path}"
        byline = f"<author><name>{escape(page.byline)}</name></author>" if page.byline else ""
        return (
            f'<entry><title>{escape(page.title)}</title><link rel="alternate" href="{address}"/>'
            f"<id>{address}</id><updated>{page.at.isoformat()}</updated>"
            f"<published>{page.at.isoformat()}</published>{byline}"
            f"<summary>{escape(page.body[0])}</summary></entry>"
        )

    def _json(self) -> Body:
        feed = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": self.outlet.name,
            "home_page_url": f"{self.base}/",
            "language": self.outlet.lang,
            "items": [self._json_item(page) for page in self.pages],
        }
        return "application/feed+json; charset=utf-8", json.dumps(feed, ensure_ascii=False)

    def _json_item(self, page: Page) -> dict[str, Any]:
        item: dict[str, Any] = {
            "id": f"{self.base}{page.path}",
            "url": f"{self.base}{page.path}",
            "title": page.title,
            "summary": page.body[0],
            "date_published": page.at.isoformat(),
        }
        return item | ({"authors": [{"name": page.byline}]} if page.byline else {})

    def _sitemap(self) -> Body:
        urls = "\n".join(
            f"<url><loc>{self.base}{escape(p.path)}</loc><lastmod>{p.at.isoformat()}</lastmod></url>"
            for p in self.pages
        )
        return "application/xml; charset=utf-8", (
            '<?xml version="1.0" encoding="utf-8"?>\n'
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}\n</urlset>\n'
        )
