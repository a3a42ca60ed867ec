"""The answers of Agora, the Mastodon-shaped server: statuses, accounts and timelines."""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from tocsin.app.demo.world.model import AGORA, Account, Status, World

MAX_PAGE = 40
_MARKED = re.compile(r"(?<![\w&/])([#@])(\w+)")
Answer = tuple[Any, dict[str, str]]
"""JSON and extra headers."""


class MastodonApi:
    """The server under one base address; ``sites`` turns a `Page.ref` into an address."""

    def __init__(self, world: World, base: str, sites: dict[str, str]) -> None:
        self.world, self.base, self._sites = world, base, sites
        self._order = sorted(world.statuses, key=lambda s: int(s.id))
        self._ids = [int(s.id) for s in self._order]
        self._by_name = {a.name: a for a in world.accounts}
        self._counts: dict[str, int] = {}
        for status in self._order:
            self._counts[status.account.name] = self._counts.get(status.account.name, 0) + 1

    def answer(self, path: str, query: dict[str, str]) -> Answer | None:
        """The answer to a GET below ``/api/``, or None where there is none."""
        parts = path.strip("/").split("/")[2:]
        if parts == ["instance"]:
            return {
                "uri": AGORA,
                "title": "Agora",
                "version": "4.2.0",
                "languages": ["fr", "en"],
            }, {}
        if parts == ["timelines", "public"]:
            return self._timeline(path, query, self._order, self._ids)
        if len(parts) == 3 and parts[:2] == ["timelines", "tag"]:
            wanted = parts[2].casefold()
            tagged = [s for s in self._order if wanted in (tag.casefold() for tag in tags(s))]
            return self._timeline(path, query, tagged, [int(s.id) for s in tagged])
        if parts[:2] == ["accounts", "lookup"]:
            account = self._by_name.get(query.get("acct", "").partition("@")[0])
            return (self._account(account), {}) if account else None
        if len(parts) >= 2 and parts[0] == "accounts":
            account = next((a for a in self.world.accounts if str(a.number) == parts[1]), None)
            if account is None or parts[2:] not in ([], ["statuses"]):
                return None
            if not parts[2:]:
                return self._account(account), {}
            posted = [s for s in self._order if s.account is account]
            return self._timeline(path, query, posted, [int(s.id) for s in posted])
        if len(parts) == 2 and parts[0] == "statuses":
            status = self.status(parts[1])
            return (self._status(status), {}) if status else None
        return None

    def status(self, identifier: str) -> Status | None:
        """The post of an id."""
        return next((s for s in self._order if s.id == identifier), None)

    def content(self, status: Status) -> str:
        """The post's HTML, with hashtags, mentions and links marked up as Mastodon does."""

        def mark_up(match: re.Match[str]) -> str:
            sign, word = match[1], match[2]
            if sign == "#":
                tag = f'href="{self.base}/tags/{word.lower()}" class="mention hashtag" rel="tag"'
                return f"<a {tag}>#<span>{word}</span></a>"
            if word in self._by_name:
                account = f'href="{self.base}/@{word}" class="u-url mention"'
                return f'<span class="h-card"><a {account}>@<span>{word}</span></a></span>'
            return match[0]

        text = _MARKED.sub(mark_up, html.escape(status.text, quote=False))
        for link in self.links(status):
            scheme, _, rest = link.partition("://")
            text += (
                f' <a href="{html.escape(link)}" rel="nofollow noopener" target="_blank">'
                f'<span class="invisible">{scheme}://</span>'
                f'<span class="ellipsis">{html.escape(rest)}</span></a>'
            )
        return f"<p>{text.strip()}</p>"

    def links(self, status: Status) -> list[str]:
        """The addresses in a post."""
        return [self._sites.get(link, link) for link in status.links]

    def _timeline(
        self, path: str, query: dict[str, str], statuses: list[Status], ids: list[int]
    ) -> Answer:
        """Newest first; ``max_id`` and ``since_id`` bound it, ``min_id`` asks for what is newer."""
        low, high = 0, len(ids)
        if (bound := _number(query.get("max_id"))) is not None:
            high = bisect_left(ids, bound)
        since, least = _number(query.get("since_id")), _number(query.get("min_id"))
        for bound in (since, least):
            if bound is not None:
                low = max(low, bisect_left(ids, bound + 1))
        limit = min(MAX_PAGE, max(1, _number(query.get("limit")) or 20))
        chosen = (
            statuses[low : min(high, low + limit)]
            if least is not None
            else statuses[max(low, high - limit) : high]
        )
        page = list(reversed(chosen))
        headers = {}
        if page:
            rest = {k: v for k, v in query.items() if k not in ("max_id", "min_id", "since_id")}
            older = f"{self.base}{path}?{urlencode({**rest, 'max_id': page[-1].id})}"
            newer = f"{self.base}{path}?{urlencode({**rest, 'min_id': page[0].id})}"
            headers["Link"] = f'<{older}>; rel="next", <{newer}>; rel="prev"'
        return [self._status(status) for status in page], headers

    def _status(self, status: Status) -> dict[str, Any]:
        mentioned = [
            self._by_name[word]
            for sign, word in _MARKED.findall(status.text)
            if sign == "@" and word in self._by_name
        ]
        name, answered = status.account.name, status.reply_to
        return {
            "id": status.id,
            "created_at": _iso(status.at),
            "in_reply_to_id": answered.id if answered else None,
            "in_reply_to_account_id": str(answered.account.number) if answered else None,
            "sensitive": False,
            "spoiler_text": "",
            "visibility": "public",
            "language": status.lang,
            "uri": f"{self.base}/users/{name}/statuses/{status.id}",
            "url": f"{self.base}/@{name}/{status.id}",
            "replies_count": status.replies,
            "reblogs_count": status.boosts,
            "favourites_count": status.favourites,
            "edited_at": None,
            "content": self.content(status),
            "reblog": self._status(status.boost_of) if status.boost_of is not None else None,
            "application": {"name": "Web"},
            "account": self._account(status.account),
            "media_attachments": [],
            "mentions": [self._mention(account) for account in mentioned],
            "tags": [self._tag(tag) for tag in tags(status)],
            "emojis": [],
            "card": None,
            "poll": None,
        }

    def _mention(self, account: Account) -> dict[str, str]:
        return {
            "id": str(account.number),
            "username": account.name,
            "url": f"{self.base}/@{account.name}",
            "acct": account.name,
        }

    def _tag(self, tag: str) -> dict[str, str]:
        return {"name": tag, "url": f"{self.base}/tags/{tag.lower()}"}

    def _account(self, account: Account) -> dict[str, Any]:
        return {
            "id": str(account.number),
            "username": account.name,
            "acct": account.name,
            "display_name": account.display,
            "locked": False,
            "bot": False,
            "discoverable": True,
            "group": False,
            "created_at": _iso(account.created_at),
            "note": f"<p>{html.escape(account.bio)}</p>",
            "url": f"{self.base}/@{account.name}",
            "uri": f"{self.base}/users/{account.name}",
            "avatar": "",
            "header": "",
            "followers_count": account.followers,
            "following_count": account.following,
            "statuses_count": self._counts.get(account.name, 0),
            "emojis": [],
            "fields": [],
        }


def tags(status: Status) -> list[str]:
    """The hashtags of a post, once each."""
    return list(
        dict.fromkeys(
            word
            for sign, word in _MARKED.findall(status.text)
            if sign == "#" and not word.isdigit()
        )
    )


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() and len(text) < 30 else None
