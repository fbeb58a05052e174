"""Who is meant: a customer id, a profile id or an address, and everything by which the tables know that person."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from leo_activation.errors import Permanent
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.statements import statement

CHANNELS = ("email", "sms", "zalo", "messenger", "mobile_push", "web_push")
SHORTEST_NAME = 8
"""A full name of fewer characters is a word of many sentences."""
SHORTEST_ID = 4
SHORTEST_NUMBER = 6
"""An id of fewer digits cannot be told from a number in a sentence."""
PHONE_DIGITS = 9
"""The last digits of a number are the same however its country is written."""
_ADDRESS = re.compile(r"\S+@\S+\.\S+|\+?[0-9](?:[ ().-]*[0-9]){8,}")
"""An e-mail address or a telephone number, as somebody asks by it."""
_NAMED_IN_A_ROW = r'"(refProfileId|_from|_to)"\s*:\s*"(cdp_profile/)?%s"'
"""How rows of LEO name a profile."""
BEGINS = r"(?:(?<![[:alnum:]])|(?<=\\[bfnrt])|(?<=\\u[0-9a-f]{4}))"
"""Where a word begins: after no letter or digit, or after an escape of JSON, such as that of a line's end."""
MAILBOX_BEGINS = r"(?:(?<![[:alnum:]][-.+_])|(?<=\\[bfnrt][-.+_]))"
MAILBOX_ENDS = r"(?![-.][[:alnum:]])"
"""An e-mail address is not the end of a longer one (nguyen.an@shop.vn), nor its beginning (an@shop.com.vn)."""


@dataclass(frozen=True)
class Person:
    """A person by their keys; `households` are the ones named after them. Holds contact data: never log it.

    customers: who they are now, then whom they absorbed. shared: their addresses that somebody else has, too.
    """

    customers: tuple[str, ...]
    profiles: tuple[str, ...]
    addresses: tuple[tuple[str, str], ...]
    names: tuple[str, ...]
    graph_keys: tuple[int, ...]
    deliveries: tuple[object, ...]
    merges: tuple[int, ...]
    address_hashes: tuple[bytes, ...]
    text_hashes: tuple[bytes, ...]
    shared: frozenset[tuple[str, str]]
    is_known: bool

    def __repr__(self) -> str:
        """Counts only."""
        return f"Person({len(self.customers)} customers, {len(self.profiles)} profiles)"

    @property
    def households(self) -> tuple[str, ...]:
        """The names of households that are made of the person's id (sync/identity/name_households)."""
        return tuple(f"h-{customer}" for customer in self.customers)

    @property
    def pattern(self) -> str:
        """A regular expression of PostgreSQL (ARE) that matches ids, addresses and full names, as whole words."""
        return _pattern({*self._ids, *self.names, *(address for _, address in self.addresses)}, self.addresses)

    @property
    def own_pattern(self) -> str:
        """As `pattern`, of what nobody else has: full names and shared addresses are those of others, too."""
        theirs = {_tail(*each) for each in self.shared}
        own = [each for each in self.addresses if _tail(*each) not in theirs]
        return _pattern({*self._ids, *(address for _, address in own)}, own)

    @property
    def _ids(self) -> set[str]:
        return {each for each in (*self.customers, *self.profiles) if _is_telling(each)}


def find_person(connection: Connection, tenant_id: str, named: str, *, pseudonym_key: bytes) -> Person:
    """The person whom a customer id, profile id or address names, with all that leads to them.

    A person of whom no record is there any more is found by the name alone, so that leftovers can be erased too.

    Raises:
        Permanent: the name is empty, or several people have it: then their customer ids are told.
    """
    if not named.strip():
        raise Permanent(Told.of("A person is named by a customer id, a profile id or an address."))
    values: dict[str, object] = {
        "tenant_id": tenant_id,
        "named": named.strip(),
        "key": pseudonym_key,
        "channels": list(CHANNELS),
    }
    found = [str(row[0]) for row in connection.execute(statement("rights/find_customers"), values)]
    if len(found) > 1:
        raise Permanent(
            Told.of(
                "Several people are known by this: name one of the customers {customers}.",
                customers=", ".join(sorted(found)),
            )
        )
    is_known = bool(found)
    now = found or [named.strip()]
    absorbed = [
        str(row[0]) for row in connection.execute(statement("rights/find_absorbed"), {**values, "customers": now})
    ]
    customers = list(dict.fromkeys([*now, *absorbed]))
    values["customers"] = customers
    row = connection.execute(statement("rights/read_person"), values).fetchone()
    if row is None:
        raise Permanent(Told.of("The person's keys could not be read."))
    profiles, addresses, shared, names, graph_keys, deliveries, merges, address_hashes, text_hashes = row
    return Person(
        customers=tuple(customers),
        profiles=tuple(profiles) if is_known else (named.strip(), *profiles),
        addresses=tuple((each[0], each[1]) for each in addresses),
        names=tuple(name for name in names if len(name) >= SHORTEST_NAME),
        graph_keys=tuple(graph_keys),
        deliveries=tuple(deliveries),
        merges=tuple(merges),
        address_hashes=tuple(bytes(each) for each in address_hashes),
        text_hashes=tuple(bytes(each) for each in text_hashes),
        shared=frozenset((each[0], each[1]) for each in shared),
        is_known=is_known,
    )


def is_left_over(connection: Connection, tenant_id: str, named: str) -> bool:
    """Whether somebody of whom no record is there may be looked for by this name: an address, or an id that stands
    somewhere. Any other word would be erased from plans and requests that speak of nobody.
    """
    if _ADDRESS.fullmatch(named.strip()):
        return True
    values = {"tenant_id": tenant_id, "named": named.strip(), "in_a_row": _NAMED_IN_A_ROW % re.escape(named.strip())}
    row = connection.execute(statement("rights/is_left_over"), values).fetchone()
    return bool(row and row[0])


def _pattern(texts: Iterable[str], addresses: Iterable[tuple[str, str]]) -> str:
    words = {_word(form) for text in texts for form in _forms(text)}
    phones = {_phone(address) for channel, address in addresses if channel == "sms"}
    parts = sorted({*words, *phones} - {""}, key=len, reverse=True)
    # Nothing matches where nothing was said.
    return f"{BEGINS}({'|'.join(parts)})(?![[:alnum:]])" if parts else "(?!)"


def _word(text: str) -> str:
    return f"{MAILBOX_BEGINS}{re.escape(text)}{MAILBOX_ENDS}" if "@" in text else re.escape(text)


def _is_telling(text: str) -> bool:
    return len(text) >= (SHORTEST_NUMBER if text.isdigit() else SHORTEST_ID)


def _forms(text: str) -> set[str]:
    """As it stands, and as JSON writes it with and without letters beyond ASCII."""
    return {text, json.dumps(text, ensure_ascii=False)[1:-1], json.dumps(text)[1:-1]}


def _tail(channel: str, address: str) -> tuple[str, str]:
    """What is the same of an address however it is written."""
    return channel, _digits(address) if channel == "sms" else address


def _digits(address: str) -> str:
    return "".join(filter(str.isdigit, address))[-PHONE_DIGITS:]


def _phone(address: str) -> str:
    """The last digits of a number however they are spaced, after any prefix."""
    digits = _digits(address)
    return r"\+?[0-9]{0,5}[ .()-]*" + "[ .()-]*".join(digits) if len(digits) == PHONE_DIGITS else ""
