"""Pseudonyms in place of names inside what leaves: texts, addresses, and whatever holds them.

What is replaced, and what cannot be known: docs/decisions/0008-names-in-texts.md.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import unquote, urlsplit

from index.names.known import WORD, KnownNames, Names, Written, name_key, own_names
from tocsin.core.documents import Link, LinkKind, document_id
from tocsin.core.exchange import TRUNCATED
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from tocsin.core.documents import Author, Document, History

T = TypeVar("T")
NOBODY = Names({}, {})
_MENTION = re.compile(r"(?<![\w/])@[\w.-]*\w(?:@[\w.-]*\w)?")
_PLATFORMS = (
    "x.com", "twitter.com", "facebook.com", "instagram.com", "t.me", "bsky.app", "vk.com",
    "linkedin.com", "truthsocial.com", "gettr.com", "tiktok.com", "threads.net", "threads.com",
    "twitch.tv", "gab.com", "ok.ru", "weibo.com", "snapchat.com", "pinterest.com",
)  # fmt: skip
"""Platforms whose addresses name the account that posted."""
_ON_PLATFORM = re.compile(rf"(?i)(?:^|[/.\s@])(?:{'|'.join(map(re.escape, _PLATFORMS))})/+[^/\s]")
_ACCOUNT_PATH = re.compile(r"(?i)/(?:@|~|(?:users?|u|profiles?)/)\w")
_ADDRESS = re.compile(
    rf"(?i)\b(?:https?://|(?:[\w-]+\.)*(?:{'|'.join(map(re.escape, _PLATFORMS))})/|"
    r"[\w-]+(?:\.[\w-]+)+/+(?:@|users?/|u/))[^\s<>\"'`|\\^{}]+"
)
_AT_END = ".,;:!?)]…»”"
_PROGRAM_KEY = re.compile(r"[a-z][a-z0-9_]*")
"""Keys of answers; others, such as ids of posts, are data."""
_SLUG = re.compile(r"[-_+.]+")
_CODES = frozenset({
    "code", "backend", "detected_lang", "fates", "format", "generation", "kind", "lang", "mark",
    "method", "model", "outcome", "parameters", "platform", "platforms", "reason", "run_id",
    "scope", "signal", "signals", "stage", "stages", "status", "verdict", "version", "windows",
    "content_hash", "input_sha256", "tocsin_version", "domain", "domains",
})  # fmt: skip
"""Keys of answers whose values are words of the program, or sites: no text of strangers."""


class TypedName(str):
    """What the reader wrote: it goes back as it came, since it tells nothing that is not known."""

    __slots__ = ()


class _Part(NamedTuple):
    """A name inside a hashtag: those first that are longest, then those that begin first."""

    minus_length: int
    start: int
    author: str


class NameMask:
    """Puts pseudonyms in the place of the names of accounts.

    Args:
        account: pseudonym of an author id.
        names: the accounts that are known.
        owner: author id that ``platform:handle`` means, or what it was given.
    """

    def __init__(
        self,
        account: Callable[[str], str],
        names: KnownNames,
        owner: Callable[[str], str] = str,
    ) -> None:
        self._owner = owner
        self._account = account
        self._known = names
        self._names = names.names
        self._own = lru_cache(maxsize=50_000)(own_names)
        self._in_tag = lru_cache(maxsize=50_000)(self._known_in)

    def prepare(self, texts: Callable[[], Iterable[Written]] | None = None) -> None:
        """Read all that is needed of the index now, before it is closed.

        With ``texts`` the posts that tell names from words are read from there instead, once a
        plain name is met: most answers hold none.
        """
        self._known.prepare(texts)

    def text(self, text: str, platform: str = "", own: Names = NOBODY) -> str:
        """A text with pseudonyms for the names in it.

        Args:
            text: what somebody wrote.
            platform: where; a name that several have means the one there.
            own: the names of its author.
        """
        if not text:
            return text
        if "#" in text:
            text = _TAG.sub(lambda m: f"#{self._within(m[1], platform, own)}", text)
        words = WORD.findall(text.casefold())
        named = self._names.may_stand_in(words) or own.may_stand_in(words)
        if not named and "@" not in text and "/" not in text:
            return text
        if "/" not in text:
            return self._between_addresses(text, platform, own)
        out, at = [], 0
        for found in _ADDRESS.finditer(text):
            out.append(self._between_addresses(text[at : found.start()], platform, own))
            out.append(self._address_in_text(found[0], own))
            at = found.end()
        return "".join((*out, self._between_addresses(text[at:], platform, own)))

    def tag(self, tag: str, platform: str = "", own: Names = NOBODY) -> str:
        """A hashtag, where a long name is hidden as a part, too: ``teamzanzibarova``."""
        return self.text(f"#{tag}", platform, own)[1:] if tag else tag

    def _within(self, tag: str, platform: str, own: Names) -> str:
        """A tag with pseudonyms for the names of `LONG_NAME` letters that are a part of it, the
        longest first."""
        folded = tag.casefold()
        if len(folded) != len(tag) or len(tag) > _LONGEST_TAG:
            return tag
        found = self._in_tag(folded, platform)
        for key, author in own.ids.items():
            start = folded.find(key)
            if len(key) >= LONG_NAME and start >= 0:
                one = _Part(-len(key), start, author)
                found = one if found is None or one[:2] <= found[:2] else found
        if found is None:
            return tag
        end = found.start - found.minus_length
        return f"{tag[: found.start]}{self._account(found.author)}{tag[end:]}"

    def _known_in(self, folded: str, platform: str) -> _Part | None:
        """The longest known name that is a part of a tag, and of these the first."""
        for size in range(len(folded), LONG_NAME - 1, -1):
            for start in range(len(folded) - size + 1):
                author = self._known.within_tag(folded[start : start + size], platform)
                if author is not None:
                    return _Part(-size, start, author)
        return None

    def _between_addresses(self, text: str, platform: str, own: Names) -> str:
        if "@" in text:
            text = _MENTION.sub(lambda m: self._mention_in_text(m[0], platform, own), text)
        return self._replaced(text, platform, own)

    def mention(self, handle: str, platform: str, own: Names = NOBODY) -> str:
        """The pseudonym of who is mentioned: of the account that is or was called so there, else
        of the handle itself."""
        return self._account(self._mentioned(handle, platform, own))

    def address(self, url: str, own: Names = NOBODY) -> str | None:
        """The address, or None where it names an account.

        The host is that of a site and names nobody, but for its first label (``name.example.org``).
        """
        readable = unquote(url) if "%" in url else url
        if _ON_PLATFORM.search(readable) or _ACCOUNT_PATH.search(readable):
            return None
        folded = readable.casefold()
        words = WORD.findall(folded)
        if "_" in folded or "+" in folded:  # words of a name joined by a sign
            words += WORD.findall(_SLUG.sub(" ", folded))
        if own.may_stand_in(words) and _has(readable, own):
            return None
        return None if self._names.may_stand_in(words) and self._in_address(readable) else url

    def shown_address(self, url: str, own: Names = NOBODY) -> str:
        """The address, or its site alone where it names an account: ``https://x.com/…``."""
        if self.address(url, own) is not None:
            return url
        scheme, host = _site_of(url)
        label, _, rest = host.partition(".")
        hidden = rest.count(".") and (
            name_key(label) in own.ids or self._sure_name_in(label) or self._whole_name(label)
        )
        return f"{scheme}….{rest}/…" if hidden else f"{scheme}{host}/…"

    def own(self, author: Author | None) -> Names:
        """The names of the author of a post."""
        return NOBODY if author is None else self._own(author.id, author.handle, author.name)

    def document(self, document: Document) -> Document:
        """A post as a screen may show it.

        Its author and the ids that lead to other posts stay: who shows them asks for pseudonyms.
        """
        own, platform = self.own(document.author), document.platform
        author = document.author
        if author is not None:
            author = dataclasses.replace(author, name=None, description=None)
        return dataclasses.replace(
            document,
            author=author,
            title=self.text(document.title or "", platform, own) or document.title,
            text=self.text(document.text, platform, own),
            url=self.address(document.url, own) if document.url else document.url,
            links=tuple(
                shown for link in document.links if (shown := self._link(link, platform, own))
            ),
            media=tuple(self.media(medium, platform, own) for medium in document.media),
            source=self.source(document.source, own),
            history=self._history(document.history, platform, own),
            extra={key: document.extra[key] for key in (TRUNCATED,) if key in document.extra},
        )

    def _history(self, history: History | None, platform: str, own: Names) -> History | None:
        """The earlier texts of a document as a reader may see them."""
        if history is None or not history.versions:
            return history
        versions = (
            dataclasses.replace(
                version,
                title=self.text(version.title or "", platform, own) or version.title,
                text=self.text(version.text, platform, own),
            )
            for version in history.versions
        )
        return dataclasses.replace(history, versions=tuple(versions))

    def source(self, source: str | None, own: Names = NOBODY) -> str | None:
        """The name of a source: sites and pages keep theirs, an account's feed does not."""
        if not source:
            return source
        shown = self._replaced(source, "", own) if own.spans else source
        return _MENTION.sub(lambda m: self._mention_in_text(m[0], "", own), shown)

    def media(self, medium: Mapping[str, Any], platform: str, own: Names) -> dict[str, Any]:
        """A medium without addresses that name an account."""
        shown = {key: self.value(value, platform, own) for key, value in medium.items()}
        return {key: value for key, value in shown.items() if not _hidden(value)}

    def value(self, value: Any, platform: str = "", own: Names = NOBODY) -> Any:
        """Anything that an answer or a finding holds, its texts and addresses masked.

        Keys of the program stay, and so do the values under keys that hold words of the program.
        """
        if isinstance(value, TypedName):
            return value
        if isinstance(value, str):
            if value.startswith(("http://", "https://")) and " " not in value:
                return self.shown_address(value, own)
            return self.text(value, platform, own)
        if value is None or isinstance(value, (bool, int, float, datetime)):
            return value
        if isinstance(value, Message):
            said = {key: self.value(part, platform, own) for key, part in value.parameters.items()}
            return Message(value.code, said)
        if isinstance(value, Mapping):
            return self._mapping(value, platform, own)
        if isinstance(value, (list, tuple)):
            masked = [self.value(part, platform, own) for part in value]
            return masked if isinstance(value, list) else tuple(masked)
        if isinstance(value, (set, frozenset)):
            return {self.value(part, platform, own) for part in value}
        return value

    def _mapping(self, given: Mapping[Any, Any], platform: str, own: Names) -> dict[Any, Any]:
        masked: dict[Any, Any] = {}
        for key, held in given.items():
            if key == "sources" and isinstance(held, Mapping):
                masked[key] = _counts((self.source(name), number) for name, number in held.items())
            elif key == "assignments" and isinstance(held, Mapping):
                masked[key] = {
                    self.text(post): self.value(part, platform, own) for post, part in held.items()
                }
            elif key == "source" and isinstance(held, str):
                masked[key] = self.source(held)
            elif key in _CODES:
                masked[key] = held
            else:
                data = isinstance(key, str) and _PROGRAM_KEY.fullmatch(key) is None
                shown = self.text(key, platform, own) if data else key
                masked[shown] = self.value(held, platform, own)
        return masked

    def finding(self, finding: T, *, objects: bool = True) -> T:
        """A finding (a dataclass) as a screen may show it.

        Its sentences, terms, labels and, with ``objects``, what was shared are masked; ids of
        accounts, posts and groups stay, as screens look things up by them.
        """
        changes: dict[str, Any] = {}
        for field in dataclasses.fields(finding):  # type: ignore[arg-type]
            held = getattr(finding, field.name)
            if field.name == "object":  # accounts and posts are ``platform:native``
                if objects and ("://" in held or ":" not in held):
                    changes["object"] = self.value(held)
            elif field.name in _SHOWN:
                changes[field.name] = self.value(held)
            elif isinstance(held, tuple) and held and dataclasses.is_dataclass(held[0]):
                changes[field.name] = tuple(self.finding(part, objects=objects) for part in held)
        return dataclasses.replace(finding, **changes) if changes else finding  # type: ignore[type-var]

    def _link(self, link: Link, platform: str, own: Names) -> Link | None:
        if link.kind in (LinkKind.URL, LinkKind.MEDIA):
            kept = self.address(link.target, own) if "/" in link.target else link.target
            return link if kept is not None else None
        if link.kind is LinkKind.MENTION:
            return Link(link.kind, self.mention(link.target, platform, own))
        if link.kind is LinkKind.HASHTAG:
            return Link(link.kind, self.tag(link.target, platform, own))
        return link

    def _mentioned(self, handle: str, platform: str, own: Names) -> str:
        """The author id that a handle means on a platform, be it of nobody who is known."""
        bare = handle.lstrip("@")
        for name in dict.fromkeys((bare, bare.partition("@")[0])):
            target = document_id(platform, name)
            owner = own.ids.get(name_key(name)) or self._owner(target)
            if owner == target:
                owner = self._known.account(name_key(name), platform, mentioned=True) or target
            if owner != target and owner.startswith(f"{platform}:"):
                return owner
        return document_id(platform, bare)

    def _mention_in_text(self, written: str, platform: str, own: Names) -> str:
        if platform:
            return self.mention(written, platform, own)
        key = name_key(written)
        for name in dict.fromkeys((key, key.partition("@")[0])):
            found = own.ids.get(name) or self._known.account(name, mentioned=True)
            if found:
                return self._account(found)
        return "@…"

    def _address_in_text(self, url: str, own: Names) -> str:
        bare = url.rstrip(_AT_END)
        return self.shown_address(bare, own) + url[len(bare) :]

    def _replaced(self, text: str, platform: str, own: Names) -> str:
        """The text with pseudonyms for its names, the longest at each place."""
        places = list(WORD.finditer(text))
        words = [place[0].casefold() for place in places]
        out: list[str] = []
        written = at = 0
        while at < len(words):
            for number in range(max(self._names.longest(words, at), own.longest(words, at)), 0, -1):
                if at + number > len(words):
                    continue
                start, end = places[at].start(), places[at + number - 1].end()
                key = words[at] if number == 1 else name_key(text[start:end])
                author = own.ids.get(key) or self._known.account(key, platform)
                if author is not None:
                    out += (text[written:start], self._account(author))
                    written, at = end, at + number
                    break
            else:
                at += 1
        return "".join((*out, text[written:])) if out else text

    def _in_address(self, readable: str) -> bool:
        """Whether a name stands in an address: a sure one anywhere behind the host, a plain one as
        a whole part of the path, a name of several words also as ``several-words``."""
        host, _, rest = _parts(readable)
        label = host.partition(".")[0] if host.count(".") > 1 else ""
        segments = [label, *re.split(r"[/?&=#;]", rest)]
        if any(self._whole_name(part) for part in segments if part):
            return True
        for part in segments:
            if self._sure_name_in(part) or self._sure_name_in(_SLUG.sub(" ", part)):
                return True
        return False

    def _whole_name(self, part: str) -> bool:
        return self._known.account(name_key(part)) is not None

    def _sure_name_in(self, text: str) -> bool:
        return any(map(self._known.is_sure, _names_in(text, self._names)))


LONG_NAME = 8
"""Letters of a name that is hidden as a part of a hashtag, too."""
_LONGEST_TAG = 60
_TAG = re.compile(rf"#(\w{{{LONG_NAME},}})")
_SHOWN = frozenset({
    "label", "terms", "why", "because", "refuted_by", "caveats", "reasons", "said",
})  # fmt: skip
"""Fields of findings that hold what strangers wrote, or sentences that quote it."""


def _has(text: str, own: Names) -> bool:
    """Whether a text has one of these names, words joined by a sign among them."""
    return any(True for part in (text, _SLUG.sub(" ", text)) for _ in _names_in(part, own))


def _names_in(text: str, names: Names) -> Iterator[str]:
    """The keys of names that stand in a text."""
    places = list(WORD.finditer(text))
    words = [place[0].casefold() for place in places]
    for at, word in enumerate(words):
        for number in range(min(names.longest(words, at), len(words) - at), 0, -1):
            end = places[at + number - 1].end()
            key = word if number == 1 else name_key(text[places[at].start() : end])
            if key in names.ids:
                yield key


def _parts(url: str) -> tuple[str, str, str]:
    """Host, a slash, and what follows."""
    return url.partition("://")[2].partition("/") if "://" in url else url.partition("/")


def _site_of(url: str) -> tuple[str, str]:
    """``https://`` and the host of an address; no scheme where it has none."""
    if "://" not in url:
        return "", url.partition("/")[0]
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    return f"{url.partition('://')[0]}://", host


def _counts(counted: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    """Counts by name; those that have become one name are added."""
    counts: dict[Any, Any] = {}
    for name, number in counted:
        counts[name] = counts[name] + number if name in counts else number
    return counts


def _hidden(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("http") and value.endswith("/…")
