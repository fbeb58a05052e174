"""A DNS server on loopback for tests: answers TXT, A and AAAA questions over UDP from tables, or stays silent."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from leo_activation.activation.safety.sending_domains import DnsSettings


@dataclass
class DnsServer:
    """`records` by name without the last dot; `silent` names get no answer, `broken` ones SERVFAIL.

    `addresses` holds what a name means at each question for its IPv4 addresses, the last of it for ever.
    """

    records: dict[str, list[str]] = field(default_factory=dict)
    addresses: dict[str, list[list[str]]] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def settings(self) -> DnsSettings:
        """How to ask it; a question that is not answered costs half a second."""
        return DnsSettings("127.0.0.1", self.port, timeout_s=0.5)


@contextmanager
def running_dns_server() -> Iterator[DnsServer]:
    """A server on a port of its own."""
    server, stopped = DnsServer(), threading.Event()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(0.1)
        server.port = listener.getsockname()[1]

        def answer() -> None:
            while not stopped.is_set():
                try:
                    wire, peer = listener.recvfrom(4096)
                    query = dns.message.from_wire(wire)
                except (TimeoutError, dns.exception.DNSException):
                    continue
                name = query.question[0].name.to_text(omit_final_dot=True).lower()
                server.asked.append(name)
                if name not in server.silent:
                    listener.sendto(_answer(server, query, name).to_wire(), peer)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            stopped.set()
            thread.join(timeout=5)


def _answer(server: DnsServer, query: dns.message.Message, name: str) -> dns.message.Message:
    answer = dns.message.make_response(query)
    answer.flags |= dns.flags.RA
    if name in server.broken:
        answer.set_rcode(dns.rcode.SERVFAIL)
    elif name in server.addresses:
        _add_addresses(answer, query, server.addresses[name])
    elif name not in server.records:
        answer.set_rcode(dns.rcode.NXDOMAIN)
    elif query.question[0].rdtype == dns.rdatatype.TXT and server.records[name]:
        answer.answer.append(
            dns.rrset.from_text_list(
                query.question[0].name, 60, "IN", "TXT", [_quoted(text) for text in server.records[name]]
            )
        )
    return answer


def _add_addresses(answer: dns.message.Message, query: dns.message.Message, turns: list[list[str]]) -> None:
    kind = query.question[0].rdtype
    of_kind = [each for each in turns[0] if (":" in each) == (kind == dns.rdatatype.AAAA)]
    if kind in {dns.rdatatype.A, dns.rdatatype.AAAA} and of_kind:
        answer.answer.append(dns.rrset.from_text_list(query.question[0].name, 60, "IN", kind, of_kind))
    if kind == dns.rdatatype.A and len(turns) > 1:
        turns.pop(0)


def _quoted(text: str) -> str:
    """A TXT record is written in strings of at most 255 bytes."""
    parts = [text[start : start + 200] for start in range(0, len(text), 200)] or [""]
    return " ".join(f'"{part}"' for part in parts)
