"""The guard: what a crawler may reach.

Addresses come from outside (feeds, sitemaps, redirects, robots.txt), so each could name a machine
of the operator's own network. Two checks hold it: the form of every address (`url_refusal`), and,
at the resolver, every IP address that a connection is really made to (`GuardResolver`). The second
leaves no gap for DNS rebinding: what was checked is what is connected to, and nothing is resolved
twice.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import (
    IAddress,
    IHostnameResolver,
    IHostResolution,
    IResolutionReceiver,
)
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool
from zope.interface import implementer

from tocsin.core.language.words import named
from tocsin.core.messages import Message

PORTS = frozenset({80, 443})
_ODD_NUMBER = re.compile(r"^(0[xX][0-9a-fA-F]*|\d+)$")
_HOST = re.compile(r"^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?$")
_LOCAL_NAMES = (
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "lan",
    "home.arpa",
    "corp",
    "home",
)
_METADATA = frozenset(
    {ipaddress.ip_address("168.63.129.16")}
)  # a cloud's own service on a public address
_REFUSED_4 = tuple(
    (ipaddress.ip_network(net), reason)
    for net, reason in (
        ("0.0.0.0/8", "unspecified"), ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"), ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"), ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"), ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"), ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"), ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"), ("240.0.0.0/4", "reserved"),
    )
)  # fmt: skip
_REFUSED_6 = tuple(
    (ipaddress.ip_network(net), reason)
    for net, reason in (
        ("::/128", "unspecified"), ("::1/128", "loopback"), ("::ffff:0:0/96", "IPv4-mapped"),
        ("::ffff:0:0:0/96", "IPv4-translated"),
        ("64:ff9b::/96", "NAT64"), ("64:ff9b:1::/48", "NAT64"), ("100::/64", "discard"),
        ("2001::/23", "reserved"),
        ("2001:db8::/32", "documentation"), ("2002::/16", "6to4"), ("3fff::/20", "documentation"),
        ("5f00::/16", "reserved"),
        ("fc00::/7", "private"), ("fe80::/10", "link-local"), ("fec0::/10", "private"),
        ("ff00::/8", "multicast"),
    )
)  # fmt: skip


@dataclass(slots=True)
class ConnectionAttempt:
    """One download on its way: what its source allows, and why the resolver refused it."""

    allow_private: bool
    refusal: str | Message | None = None


_attempt: ContextVar[ConnectionAttempt | None] = ContextVar("crawlers_guard_attempt", default=None)


@contextmanager
def connection_attempt(allow_private: bool) -> Iterator[ConnectionAttempt]:
    """Resolutions begun inside the block are judged by this attempt; outside of any, private
    addresses are refused.
    """
    attempt = ConnectionAttempt(allow_private)
    token = _attempt.set(attempt)
    try:
        yield attempt
    finally:
        _attempt.reset(token)


def address_refusal(address: str) -> str | None:
    """Why an IP address must not be connected to (one or two words), or None where it is a public
    unicast address.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "malformed"
    if ip in _METADATA:
        return "cloud metadata"
    for network, reason in _REFUSED_4 if ip.version == 4 else _REFUSED_6:
        if ip in network:
            return reason
    # What this table forgets, the standard library may know; IPv6 outside 2000::/3 is not given out
    # at all.
    if (
        not ip.is_global
        or ip.is_multicast
        or ip.is_reserved
        or (ip.version == 6 and int(ip) >> 125 != 1)
    ):
        return "reserved"
    return None


def _of_kind(reason: str) -> Message:
    return Message("crawl.guard.kind", {"kind": named("crawl.address", reason)})


def url_refusal(
    url: str, *, allow_private: bool = False, ports: frozenset[int] = PORTS
) -> Message | None:
    """Why an address must not be requested, from its form alone, or None.

    Odd schemes, a user or password, and numbers posing as host names are refused always; private IP
    literals, local names and ports other than ``ports`` unless ``allow_private``.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return Message("crawl.guard.malformed")
    if parts.scheme not in ("http", "https"):
        return Message("crawl.guard.scheme", {"scheme": parts.scheme[:20] or "–"})
    if parts.username is not None or parts.password is not None:
        return Message("crawl.guard.password")
    if not host:
        return Message("crawl.guard.no_host")
    if (odd := _host_refusal(host, allow_private)) is not None:
        return odd
    usual = 443 if parts.scheme == "https" else 80
    asked = usual if port is None else port
    if not allow_private and asked not in ports:
        return Message("crawl.guard.port", {"port": port})
    return None


def _host_refusal(host: str, allow_private: bool) -> Message | None:
    if ":" in host:
        reason = address_refusal(host)
        return _of_kind(reason) if reason and not allow_private else None
    try:
        ascii_host = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return Message("crawl.guard.host")
    if len(ascii_host) > 253 or not _HOST.match(ascii_host) or ".." in ascii_host:
        return Message("crawl.guard.host")
    bare = ascii_host.rstrip(".").lower()
    if _ODD_NUMBER.match(bare.rpartition(".")[2]):
        try:
            ipaddress.IPv4Address(
                bare
            )  # canonical dotted quads only: no octal, hexadecimal or short forms
        except ValueError:
            return Message("crawl.guard.number")
        reason = address_refusal(bare)
        return _of_kind(reason) if reason and not allow_private else None
    if not allow_private and any(
        bare == name or bare.endswith("." + name) for name in _LOCAL_NAMES
    ):
        return Message("crawl.guard.local")
    return None


def start_ports(start: Sequence[str]) -> frozenset[int]:
    """80, 443, and the ports that the operator's own start addresses name."""
    named = set()
    for url in start:
        try:
            named.add(urlsplit(url).port)
        except ValueError:
            continue
    return PORTS | {port for port in named if port}


@implementer(IResolutionReceiver)
class _CheckedReceiver:
    """Passes on the addresses that may be connected to, and notes on the attempt why the others
    may not.
    """

    def __init__(self, receiver: Any, attempt: ConnectionAttempt | None) -> None:
        self._receiver, self._attempt = receiver, attempt
        self._allow = attempt is not None and attempt.allow_private
        self._passed, self._refused = 0, ""

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        reason = None if self._allow else address_refusal(str(address.host))
        if reason is None:
            self._passed += 1
            self._receiver.addressResolved(address)
        else:
            self._refused = self._refused or reason

    def resolutionComplete(self) -> None:  # noqa: N802
        if self._refused and not self._passed and self._attempt is not None:
            kind = named("crawl.address", self._refused)
            self._attempt.refusal = Message("crawl.guard.leads", {"kind": kind})
        self._receiver.resolutionComplete()


@implementer(IHostnameResolver)
class GuardResolver:
    """The reactor's name resolver with the guard in it: every connection of the process goes
    through here.
    """

    def __init__(self, original: Any) -> None:
        self._original = original

    def resolveHostName(  # noqa: N802
        self, resolutionReceiver: Any, hostName: str, portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[IAddress]] | None = None, transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:  # fmt: skip
        """See `twisted.internet.interfaces.IHostnameResolver`."""
        checked = _CheckedReceiver(resolutionReceiver, _attempt.get())
        if hostName.lower().rstrip(".").endswith(".localhost"):
            hostName = "127.0.0.1"  # noqa: N806
        return self._original.resolveHostName(
            checked, hostName, portNumber, addressTypes, transportSemantics
        )


class _Daemon(Thread):
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named | {"daemon": True})


@implementer(IHostResolution)
class _Resolution:
    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        """A look-up in a thread cannot be called back; its answer is dropped with the download."""


@implementer(IHostnameResolver)
class SystemResolver:
    """The system's look-up in daemon threads: one that hangs must not keep the process from
    ending.
    """

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._threads = ThreadPool(0, 10, "names")
        self._threads.threadFactory = _Daemon
        self._threads.start()

    def resolveHostName(  # noqa: N802
        self, resolutionReceiver: Any, hostName: str, portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[IAddress]] | None = None, transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:  # fmt: skip
        """See `twisted.internet.interfaces.IHostnameResolver`."""
        resolution = _Resolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)

        def deliver(rows: Any) -> None:
            for family, _, _, _, place in rows:
                if family in (socket.AF_INET, socket.AF_INET6):
                    resolutionReceiver.addressResolved(
                        (IPv4Address if family == socket.AF_INET else IPv6Address)("TCP", *place)
                    )
            resolutionReceiver.resolutionComplete()

        answer = deferToThreadPool(
            self._reactor,
            self._threads,
            socket.getaddrinfo,
            hostName,
            portNumber,
            0,
            socket.SOCK_STREAM,
        )
        answer.addErrback(lambda _: []).addCallback(deliver)
        return resolution
