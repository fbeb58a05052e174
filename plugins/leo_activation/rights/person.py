"""Who is meant: a customer id, a profile id or an address, and everything by which the tables know that person."""

import json
import re
from dataclasses import dataclass

from leo_activation.errors import Permanent
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


@dataclass(frozen=True)
class Person:
    """A person by their keys; `households` are the ones named after them. Holds contact data: never log it."""

    customers: tuple[str, ...]
    profiles: tuple[str, ...]
    addresses: tuple[tuple[str, str], ...]
    names: tuple[str, ...]
    graph_keys: tuple[int, ...]
    deliveries: tuple[object, ...]
    merges: tuple[int, ...]
    address_hashes: tuple[bytes, ...]
    text_hashes: tuple[bytes, ...]
    is_known: bool

    def __repr__(self) -> str:
        """Counts only."""
        return f"Person({len(self.customers)} customers, {len(self.profiles)} profiles)"

    @property
    def households(self) -> tuple[str, ...]:
        """The names of households that are made of the person's id (sync/identity/name_households)."""
        return tuple(f"h-{customer}" for customer in self.customers)

    @property
    def said(self) -> list[str]:
        """The texts that name the person: ids, addresses and full names, where they are long enough to be theirs."""
        ids = {each for each in (*self.customers, *self.profiles) if _is_telling(each)}
        return sorted({*ids, *(address for _, address in self.addresses), *self.names}, key=len, reverse=True)

    @property
    def pattern(self) -> str:
        """A regular expression of PostgreSQL (ARE) that matches any of what was said, as whole words."""
        words = {re.escape(form) for text in self.said for form in _forms(text)}
        phones = {_phone(address) for channel, address in self.addresses if channel == "sms"}
        parts = sorted({*words, *phones} - {""}, key=len, reverse=True)
        # Nothing matches where nothing was said.
        return f"(?<![[:alnum:]])({'|'.join(parts)})(?![[:alnum:]])" if parts else "(?!)"


def find_person(connection: Connection, tenant_id: str, named: str, *, pseudonym_key: bytes) -> Person:
    """The person whom a customer id, profile id or address names, with all that leads to them.

    A person of whom no record is there any more is found by the name alone, so that leftovers can be erased too.

    Raises:
        Permanent: the name is empty, or several people have it: then their customer ids are told.
    """
    if not named.strip():
        raise Permanent("A person is named by a customer id, a profile id or an address.")
    values: dict[str, object] = {
        "tenant_id": tenant_id,
        "named": named.strip(),
        "key": pseudonym_key,
        "channels": list(CHANNELS),
    }
    found = [str(row[0]) for row in connection.execute(statement("rights/find_customers"), values)]
    if len(found) > 1:
        raise Permanent(f"Several people are known by this: name one of the customers {', '.join(sorted(found))}.")
    is_known = bool(found)
    values["customers"] = found or [named.strip()]
    customers = [str(row[0]) for row in connection.execute(statement("rights/find_absorbed"), values)]
    values["customers"] = customers or values["customers"]
    row = connection.execute(statement("rights/read_person"), values).fetchone()
    if row is None:
        raise Permanent("The person's keys could not be read.")
    profiles, addresses, names, graph_keys, deliveries, merges, address_hashes, text_hashes = row
    return Person(
        customers=tuple(values["customers"]),  # type: ignore[arg-type]  # a list of texts, set above
        profiles=tuple(profiles) if is_known else (named.strip(), *profiles),
        addresses=tuple((each[0], each[1]) for each in addresses),
        names=tuple(name for name in names if len(name) >= SHORTEST_NAME),
        graph_keys=tuple(graph_keys),
        deliveries=tuple(deliveries),
        merges=tuple(merges),
        address_hashes=tuple(bytes(each) for each in address_hashes),
        text_hashes=tuple(bytes(each) for each in text_hashes),
        is_known=is_known,
    )


def _is_telling(text: str) -> bool:
    return len(text) >= (SHORTEST_NUMBER if text.isdigit() else SHORTEST_ID)


def _forms(text: str) -> set[str]:
    """As it stands, and as JSON writes it with and without letters beyond ASCII."""
    return {text, json.dumps(text, ensure_ascii=False)[1:-1], json.dumps(text)[1:-1]}


def _phone(address: str) -> str:
    """The last digits of a number however they are spaced, after any prefix."""
    digits = "".join(filter(str.isdigit, address))[-PHONE_DIGITS:]
    return r"\+?[0-9]{0,5}[ .()-]*" + "[ .()-]*".join(digits) if len(digits) == PHONE_DIGITS else ""
