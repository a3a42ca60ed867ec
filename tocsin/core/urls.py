"""Canonical addresses: two links to one page compare equal."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

_TRACKING = re.compile(
    r"^(utm_\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|mc_[ce]id|igshid|igsh|yclid|twclid|ttclid|_hs\w+|hsCtaTracking|"
    r"at_(medium|campaign|custom\w*|creation|variant|link\w*|format|ptr\w*|bbc\w*|recipient\w*)|xtor|ref|ref_src|ref_url|cmpid|ocid|"
    r"smid|smtyp|src|source|share|sharedid|spm|s_cid|wt\.mc_id|ncid|ns_\w+|__twitter_impression|amp|feature|si|echobox|via)$",
    re.IGNORECASE,
)
_OTHER_SCHEME = re.compile(r"(?i)(?!https?://)[a-z][a-z0-9+-]*:(?!\d)")
_PAIR = r"[A-Za-z0-9_.~-]+(?:=[A-Za-z0-9_.~-]*)?"
_PLAIN = re.compile(
    rf"https?://([a-z0-9-]+(?:\.[a-z0-9-]+)+)((?:/[A-Za-z0-9:@!$&'()*+,;=~._-]+)*)/*(?:\?({_PAIR}(?:&{_PAIR})*)?)?(?:#.*)?"
)
PLAIN_HOST = r"https?://([a-z0-9-]+(?:\.[a-z0-9-]+)+)(?:[/?#]|$)"
"""How most addresses begin, their host alone: whoever reads many at once need not go the long way."""
_PLAIN_HOST = re.compile(PLAIN_HOST)
_DEFAULT_PORTS = {"http": 80, "https": 443}


@lru_cache(maxsize=200_000)
def canonical_url(url: str) -> str:
    """The address without what does not change the page.

    Scheme https, host in lower case (IDNA) without ``www.``, ``m.`` and ``amp.``; default port,
    user, fragment, tracking parameters and a final slash dropped; the query sorted. What is no
    http address comes back trimmed and otherwise unchanged.
    """
    url = url.strip()
    if plain := _PLAIN.fullmatch(
        url
    ):  # most addresses: nothing to decode or to quote; the long way gives the same
        if plain[3] is None:
            return f"https://{_host(plain[1])}{plain[2]}"
        pairs = sorted(
            (k, v)
            for k, _, v in (pair.partition("=") for pair in plain[3].split("&"))
            if k and not _TRACKING.match(k)
        )
        return f"https://{_host(plain[1])}{plain[2]}{'?' if pairs else ''}{'&'.join(f'{k}={v}' for k, v in pairs)}"
    if _OTHER_SCHEME.match(url):
        return url
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return url
    if parts.scheme not in _DEFAULT_PORTS or (
        "." not in host and host != "localhost" and ":" not in host
    ):
        return url
    host = _host(host)
    if ":" in host:
        host = f"[{host}]"
    if port and port != _DEFAULT_PORTS[parts.scheme]:
        host = f"{host}:{port}"
    query = urlencode(
        sorted(
            (k, v)
            for k, v in parse_qsl(parts.query, keep_blank_values=True)
            if not _TRACKING.match(k)
        )
    )
    path = quote(unquote(re.sub(r"/{2,}", "/", parts.path)), safe="/:@!$&'()*+,;=~-._").rstrip("/")
    return urlunsplit(("https", host, path, query, ""))


@lru_cache(maxsize=200_000)
def domain(url: str) -> str:
    """The host of an address as `canonical_url` writes it, without the port; empty where there is none."""
    if plain := _PLAIN_HOST.match(url):  # most addresses; the long way gives the same
        return _host(plain[1])
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        return _host(parts.hostname or "")
    except ValueError:
        return ""


def _host(host: str) -> str:
    host = host.rstrip(".").lower()
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            return host
    for prefix in ("www.", "m.", "amp.", "mobile."):
        if host.startswith(prefix) and host.count(".") >= 2:
            return host.removeprefix(prefix)
    return host
