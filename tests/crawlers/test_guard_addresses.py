"""The guard: which addresses are refused, by their form and at the resolver."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.address import IPv4Address, IPv6Address

from crawlers.fetch import guard

PRIVATE = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255",
    "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "100.127.255.255", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9",
    "224.0.0.1", "239.1.1.1", "240.0.0.1",
    "255.255.255.255", "192.88.99.1", "168.63.129.16", "::", "::1", "::ffff:127.0.0.1",
    "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b:1::1",
    "2002:7f00:1::", "2001::1", "2001:db8::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0",
    "fec0::1", "ff02::1", "100::1", "::7f00:1",
    "4000::1", "3fff::1", "5f00::1", "not an address",
]  # fmt: skip
PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "172.32.0.1",
    "100.128.0.1",
    "192.0.1.1",
    "2606:4700:4700::1111",
    "2a00:1450:4007:80e::200e",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_refused_addresses(address: str) -> None:
    assert guard.address_refusal(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert guard.address_refusal(address) is None


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/", "file:///etc/passwd", "javascript:alert(1)", "gopher://example.org/",
        "data:text/html,x", "//example.org/x", "",
        "http://user@example.org/", "http://user:pw@example.org/", "http://:pw@example.org/",
        "http:///path", "http://2130706433/",
        "http://0x7f000001/", "http://0x7f.1/", "http://0177.0.0.1/", "http://127.1/",
        "http://127.0.0.1.:99999/", "http://1.2.3.4.5/",
        "http://example.0x7f/", "http://exa mple.org/", "http://example..org/", "http://[::1",
        "http://exam\tple.org@127.0.0.1/", "http://％31.com@x/",
    ],
)  # fmt: skip
def test_odd_forms_are_refused_whatever_the_source_allows(url: str) -> None:
    assert guard.url_refusal(url, allow_private=True)
    assert guard.url_refusal(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://[::1]/", "http://[::ffff:10.0.0.1]/", "http://localhost/",
        "http://news.localhost/", "http://printer.local/",
        "http://wiki.internal/", "http://10.0.0.1:8080/", "http://example.org:22/",
        "http://example.org:8080/", "https://example.org:6379/",
        "http://router.home.arpa/", "http://LOCALHOST./",
    ],
)  # fmt: skip
def test_private_forms_are_refused_unless_allowed(url: str) -> None:
    assert guard.url_refusal(url)
    assert guard.url_refusal(url, allow_private=True) is None


@pytest.mark.parametrize(
    "url",
    ["http://example.org/", "https://example.org:443/x?y=1", "http://8.8.8.8/",
        "https://bücher.example/", "http://xn--bcher-kva.example/",
     "http://a_b.example.org/", "http://example.org./", "https://[2606:4700:4700::1111]/"],
)  # fmt: skip
def test_ordinary_addresses_pass(url: str) -> None:
    assert guard.url_refusal(url) is None


def test_ports_that_the_operator_names_are_allowed() -> None:
    ports = guard.start_ports(
        ["https://example.org:8443/feed", "http://example.org/", "http://[broken"]
    )
    assert ports == {80, 443, 8443}
    assert guard.url_refusal("https://example.org:8443/x", ports=ports) is None


class Names:
    """A name service that answers as it is told, in turn."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    def resolveHostName(  # noqa: N802
        self, receiver: Any, name: str, port: int = 0, kinds: Any = None, semantics: str = "TCP"
    ) -> Any:
        receiver.resolutionBegan(self)
        for host in self.answers.pop(0):
            receiver.addressResolved(
                (IPv6Address if ":" in host else IPv4Address)("TCP", host, port)
            )
        receiver.resolutionComplete()
        return self


class Receiver:
    def __init__(self) -> None:
        self.found: list[str] = []
        self.done = False

    def resolutionBegan(self, _: Any) -> None:  # noqa: N802
        pass

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        self.found.append(address.host)

    def resolutionComplete(self) -> None:  # noqa: N802
        self.done = True


def _ask(resolver: guard.GuardResolver, allow: bool | None) -> tuple[list[str], str | None]:
    receiver = Receiver()
    if allow is None:
        resolver.resolveHostName(receiver, "name.example", 80)
        refusal = None
    else:
        with guard.connection_attempt(allow) as made:
            resolver.resolveHostName(receiver, "name.example", 80)
        refusal = made.refusal
    assert receiver.done
    return receiver.found, None if refusal is None else str(refusal)


def test_the_resolver_passes_only_public_addresses_on() -> None:
    found, refusal = _ask(
        guard.GuardResolver(Names(["10.0.0.1", "8.8.8.8", "::1", "2606:4700:4700::1111"])), False
    )
    assert found == ["8.8.8.8", "2606:4700:4700::1111"]
    assert refusal is None
    found, refusal = _ask(guard.GuardResolver(Names(["192.168.0.1", "fd00::1"])), False)
    assert found == []
    assert str(refusal) == "leads to a private address"


def test_a_name_that_changes_its_mind_is_judged_at_every_connection() -> None:
    resolver = guard.GuardResolver(Names(["8.8.8.8"], ["127.0.0.1"]))
    assert _ask(resolver, False) == (["8.8.8.8"], None)
    assert _ask(resolver, False) == ([], "leads to a loopback address")


def test_outside_of_an_attempt_private_addresses_are_refused() -> None:
    assert _ask(guard.GuardResolver(Names(["127.0.0.1"])), None) == ([], None)
    assert _ask(guard.GuardResolver(Names(["127.0.0.1"])), True) == (["127.0.0.1"], None)


def test_a_connection_made_anew_by_itself_is_judged_as_the_first() -> None:
    from contextvars import Context

    from twisted.internet.defer import Deferred, fail
    from twisted.internet.error import DNSLookupError

    from crawlers.fetch.download_handler import GuardedEndpoint, GuardRefused

    class Endpoint:
        def connect(self, _: Any) -> Deferred[Any]:
            receiver = Receiver()
            guard.GuardResolver(Names(["127.0.0.1"])).resolveHostName(receiver, "name.example", 80)
            return Deferred() if receiver.found else fail(DNSLookupError("no results"))

    found: list[Any] = []
    for allow in (True, False):
        connecting = Context().run(
            GuardedEndpoint(Endpoint(), allow).connect, None
        )  # an empty context: Twisted retries from anywhere
        connecting.addErrback(lambda failure: found.append(failure.value))
    assert len(found) == 1
    assert isinstance(found[0], GuardRefused)
    assert str(found[0]) == "leads to a loopback address"
