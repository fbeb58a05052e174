"""Connections to public addresses only.

A URL that a person can set, or that a browser handed to a web site, must not lead a worker to what stands beside it: a
database, a cloud's metadata, a router. So a name is resolved once, here, every address that it has must be public, and
the connection goes to one of these very addresses: a name that means something else at the next question (rebinding)
gains nothing. TLS still asks for the name's own certificate, and the request still names the host.

`Reach` widens it by the one variable LEO_PROVIDER_REACH, for tests, the sandbox and stand-ins within one's own network.
"""

import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import httpx

from leo_activation.errors import Configuration
from leo_activation.settings import Settings

VARIABLE = "LEO_PROVIDER_REACH"
MOST_TRIED = 3
"""Addresses of one name to which a connection is tried, one after the other."""
Address = IPv4Address | IPv6Address
Resolve = Callable[[str], Sequence[str]]
"""From a host's name in ASCII to its addresses; raises `Unresolved`."""

GLOBAL_UNICAST = IPv6Network("2000::/3")
NAT64 = IPv6Network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are an IPv4 address, and that is where it leads."""
MAPPED = IPv6Network("::ffff:0:0/96")
NEVER_V4 = (
    IPv4Network("192.0.0.0/24"),  # protocol assignments; a cloud's metadata at 192.0.0.192 among them
    IPv4Network("192.88.99.0/24"),  # relays of 6to4, RFC 7526
    IPv4Network("168.63.129.16/32"),  # Azure's service inside each virtual network; looks public
)
NEVER_V6 = (
    IPv6Network("2001::/23"),  # protocol assignments: Teredo, benchmarks, ORCHID
    IPv6Network("2002::/16"),  # 6to4: an IPv4 address of anybody's choice inside
    IPv6Network("2620:4f:8000::/48"),  # AS112: answers to questions about private addresses
    IPv6Network("3fff::/20"),  # documentation, RFC 9637
)
"""Beside what the standard library calls not global: kept here, since its list depends on Python's patch release."""


class Reach(StrEnum):
    """How far a connection to a provider may go."""

    PUBLIC = "public"
    """HTTPS to public addresses."""
    LOOPBACK = "loopback"
    """This machine too, with or without TLS: for tests and for stand-ins."""
    ANYWHERE = "anywhere"
    """Any address of one's own network, with or without TLS: for stand-ins in containers."""


class NotPublic(httpx.TransportError):
    """The URL leads, or may lead, to a place that is not public; nothing was sent."""


class Unresolved(httpx.ConnectError):
    """The DNS names no address for the host now."""


def reach_of(settings: Settings) -> Reach:
    """What LEO_PROVIDER_REACH says, by default `public`.

    Raises:
        Configuration: it is none of the three.
    """
    name = settings.optional(VARIABLE) or Reach.PUBLIC
    try:
        return Reach(name)
    except ValueError:
        raise Configuration(f"{VARIABLE} is '{name}'; it must be one of {', '.join(Reach)}.") from None


def is_public(address: Address) -> bool:
    """True of an address that anybody may reach: not private, shared, local, reserved, or another one in disguise."""
    if isinstance(address, IPv6Address):
        if address in MAPPED or address in NAT64:
            return is_public(IPv4Address(address.packed[-4:]))
        if address not in GLOBAL_UNICAST or any(address in network for network in NEVER_V6):
            return False
    elif any(address in network for network in NEVER_V4):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


@dataclass(frozen=True)
class Dns:
    """Asks the DNS, and nothing else: no hosts file, no '127.1' taken for an address.

    server: an IP address; None for the system's. timeout_s: for one name, A and AAAA together.
    """

    server: str | None = None
    port: int = 53
    timeout_s: float = 5.0

    def __call__(self, name: str) -> Sequence[str]:
        """The addresses of a name.

        Raises:
            Unresolved: there is none, or the DNS does not answer.
        """
        import dns.exception
        import dns.resolver

        try:
            resolver = dns.resolver.Resolver(configure=self.server is None)
            if self.server is not None:
                resolver.nameservers, resolver.port = [self.server], self.port
            answers = resolver.resolve_name(f"{name}.", socket.AF_UNSPEC, lifetime=self.timeout_s)
            return list(answers.addresses())
        except dns.exception.DNSException as error:
            raise Unresolved(f"the name cannot be resolved ({type(error).__name__})") from error


class PublicTransport(httpx.BaseTransport):
    """A transport around another, which it hands addresses in place of names.

    reach: how far it may go; `ANYWHERE` changes nothing about a request.
    patience_s: how long the first addresses of a name may take together before no other is tried, so that the bound on
    the whole exchange holds.
    """

    def __init__(self, inner: httpx.BaseTransport, reach: Reach, resolve: Resolve, patience_s: float = 5.0) -> None:
        """Resolve nothing yet."""
        self._inner = inner
        self._patience_s = patience_s
        self._reach = reach
        self._resolve = resolve
        self._pinned: tuple[str, tuple[str, ...]] | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send to an address that was looked at; the next where nobody answers there.

        Raises:
            NotPublic: no connection was made, for the sake of where it would lead.
        """
        if self._reach is Reach.ANYWHERE:
            return self._inner.handle_request(request)
        host = request.url.raw_host.decode("ascii")
        *others, last = self._addresses(host, secured=request.url.scheme == "https")
        began = time.monotonic()
        for number, address in enumerate(others):
            try:
                response = self._inner.handle_request(_to(address, host, request))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if time.monotonic() - began >= self._patience_s:
                    self._pinned = None
                    raise
                continue
            self._pinned = (host, (*others[number:], last))
            return response
        self._pinned = None
        response = self._inner.handle_request(_to(last, host, request))
        self._pinned = (host, (last,))
        return response

    def close(self) -> None:
        """Hang up."""
        self._inner.close()

    def _addresses(self, host: str, *, secured: bool) -> tuple[str, ...]:
        if self._pinned is not None and self._pinned[0] == host:
            return self._pinned[1]
        found = [_parsed(text) for text in _literal(host) or self._resolve(host)]
        if not found:
            raise Unresolved("the name has no address")
        local = self._reach is Reach.LOOPBACK and all(_is_loopback(address) for address in found)
        if not local and not all(is_public(address) for address in found):
            raise NotPublic(f"the host has an address that is not public; {VARIABLE} is {self._reach}")
        if not local and not secured:
            raise NotPublic("the host is not on this machine, and the URL is not https")
        v4 = [str(address) for address in found if isinstance(address, IPv4Address)]
        v6 = [str(address) for address in found if isinstance(address, IPv6Address)]
        return tuple([*v4[: MOST_TRIED - 1], *v6][:MOST_TRIED])


def _literal(host: str) -> list[str]:
    """An address that stands in place of a name, and what RFC 6761 says of `localhost`."""
    if host.rstrip(".") == "localhost" or host.endswith(".localhost"):
        return ["127.0.0.1", "::1"]
    try:
        return [str(ip_address(host))]
    except ValueError:
        return []


def _parsed(text: str) -> Address:
    try:
        return ip_address(text)
    except ValueError as error:
        raise NotPublic("the DNS named something that is no address") from error


def _is_loopback(address: Address) -> bool:
    return address.is_loopback and not (isinstance(address, IPv6Address) and address in MAPPED)


def _to(address: str, host: str, request: httpx.Request) -> httpx.Request:
    """The same request to an address; its Host header and the name of the certificate stay."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": host.rstrip(".")},
    )
