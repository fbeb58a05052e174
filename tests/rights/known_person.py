"""A shop in which one person stands everywhere: read, set aside, computed, planned, sent to, told of, asked about."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import LiteralString

from psycopg import sql

from leo_activation import profiles
from leo_activation.activation.aftermath.events import ProviderEvent, record_events
from leo_activation.activation.channels.file import FileChannel, FileSettings
from leo_activation.activation.states import EventKind
from leo_activation.audit import pseudonym
from leo_activation.settings import DatabaseRole, Settings, read_settings
from leo_activation.warehouse.connections import Warehouse
from tests.activation.shop import AS_OF, SEGMENT, Shop
from tests.profiles.fake_encoder import FakeEncoder
from tests.sync.conftest import Sync, register_leo_tenant
from tests.sync.live_documents import LiveDocuments, LiveShop, minutes_ago
from tests.sync.small_sources import PROFILE, TRACKING_EVENT

PERSON = "quyen7f3a91"
MATE = "minh5c2d88"
EMAIL = "quyen.unheard@people.example"
PHONE = "0938471625"
WORDS = (
    PERSON, EMAIL, "938471625", "Quyenuyen", "Tranunheard", "1991-03-27", "token-of-quyen", "heliskiing-quyen",
    "Quyen's own note", "ev-quyen-1", "ev-quyen-2",
)  # fmt: skip
"""What no other record has: none of it may be found after the erasure."""

DOCUMENT = {
    **PROFILE,
    "_key": PERSON,
    "createdAt": "2024-06-01T08:00:00.000Z",
    "firstName": "Quyenuyen",
    "lastName": "Tranunheard",
    "primaryEmail": EMAIL,
    "primaryPhone": PHONE,
    "dateOfBirth": "1991-03-27",
    "livingLocation": "12 Unheard Street",
    "livingCity": "Hanoi",
    "personalInterests": ["heliskiing-quyen"],
    "extAttributes": {"note": "Quyen's own note"},
    "notificationUserIds": {"firebase": ["token-of-quyen"]},
    "receiveSMS": 1,
}


@dataclass(frozen=True)
class World:
    """The shop, its source, and the folder of its messages."""

    shop: Shop
    live: LiveShop
    settings: Settings

    @property
    def warehouse(self) -> Warehouse:
        return self.shop.warehouse

    @property
    def tenant_id(self) -> str:
        return self.shop.tenant_id

    @property
    def outbox(self) -> Path:
        return self.settings.home / "outbox"

    def told(self) -> list[tuple[str, str]]:
        """(action, reference) of the audit log about the person."""
        person = pseudonym(self.tenant_id, "customer", PERSON, self.shop.key)
        rows = self.shop.execute(
            "SELECT action, reference FROM audit.log WHERE tenant_id = %s AND person = %s ORDER BY position",
            self.tenant_id,
            person,
        )
        return [(str(action), str(reference)) for action, reference in rows]


@contextmanager
def known_person(warehouse: Warehouse, run_sync: Sync, key: bytes, home: Path) -> Iterator[World]:
    """A fresh tenant with the person, who lives with a mate, and a bystander."""
    tenant = register_leo_tenant(warehouse)
    source = LiveDocuments()
    source.put("cdp_profile", DOCUMENT, updatedAt=minutes_ago(30))
    mate = {
        "_key": MATE, "firstName": "Minh", "primaryEmail": "minh@people.example", "livingLocation": "12 Unheard Street",
        "livingCity": "Hanoi", "updatedAt": minutes_ago(30),
    }  # fmt: skip
    source.put("cdp_profile", {**PROFILE, **mate})
    source.put("cdp_trackingevent", TRACKING_EVENT, _key="ev-quyen-1", refProfileId=PERSON,
               createdAt=minutes_ago(40))  # fmt: skip
    source.put("cdp_trackingevent", TRACKING_EVENT, _key="ev-minh-1", refProfileId=MATE, createdAt=minutes_ago(40))
    relation = {
        "_key": "knows", "_from": f"cdp_profile/{PERSON}", "_to": f"cdp_profile/{MATE}",
        "relationshipTypes": {"3": 90}, "updatedAt": minutes_ago(30),
    }  # fmt: skip
    source.put("cdp_profile2profile", relation)
    live = LiveShop(tenant, source, run_sync)
    live.sync()
    # A state that came bad, one event that came bad, and a correction of what was said before.
    source.change("cdp_profile", PERSON, age=34, updatedAt=minutes_ago(20))
    source.put("cdp_trackingevent", TRACKING_EVENT, _key="ev-quyen-2", refProfileId=PERSON, createdAt="yesterday")
    source.put("cdp_profile", {**DOCUMENT, "_key": "bad9e77", "age": "old", "updatedAt": minutes_ago(20)})
    live.sync("comparison")
    profiles.compute_interests(warehouse, tenant.tenant_id, AS_OF)
    profiles.write_texts(warehouse, tenant.tenant_id, AS_OF)
    profiles.embed_due(warehouse, tenant.tenant_id, FakeEncoder())
    settings = settings_of(key, home)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.autocommit = True
        shop = Shop(warehouse, tenant.tenant_id, key, connection)
        _activate(shop, settings)
        _name_in_words(shop)
        yield World(shop, live, settings)


def settings_of(key: bytes, home: Path) -> Settings:
    """The settings of an installation in a folder of its own."""
    return read_settings(
        {"LEO_HOME": str(home), "LEO_PSEUDONYM_KEY": key.decode(), "LEO_AUDIT_FOLDER": str(home / "audit")}
    )


def _activate(shop: Shop, settings: Settings) -> None:
    """One message is written to a file and opened, another waits, and the person came and went in a segment."""
    shop.execute(
        "INSERT INTO segment.membership (tenant_id, segment_id, customer_id, since) "
        "SELECT tenant_id, %s, customer_id, %s FROM core.customer WHERE tenant_id = %s",
        SEGMENT, AS_OF, shop.tenant_id,
    )  # fmt: skip
    run = shop.approved_run()
    shop.dispatch(run, FileChannel(FileSettings(settings.home / "outbox")))
    delivery = shop.delivery_id(run, PERSON)
    opened = ProviderEvent("open-1", delivery, EventKind.OPENED, datetime.now(UTC), detail=f"for {PERSON}")
    record_events(shop.warehouse, shop.tenant_id, "file", [opened])
    shop.execute(
        "INSERT INTO segment.membership_change "
        "(tenant_id, run_id, segment_id, customer_id, change, cause, evidence, changed_at) "
        "SELECT %s, run_id, segment_id, %s, 'enter', 'data', %s, %s FROM segment.run WHERE tenant_id = %s LIMIT 1",
        shop.tenant_id, PERSON, json.dumps({"order": "of Tranunheard"}), AS_OF, shop.tenant_id,
    )  # fmt: skip
    # A refusal by the provider's words, as an answer; and a run that waits to be sent.
    shop.execute(
        "UPDATE activation.attempt SET answer = %s, provider = 'sendgrid' WHERE tenant_id = %s AND delivery_id = %s",
        f"550 no {EMAIL} here", shop.tenant_id, delivery,
    )  # fmt: skip
    shop.campaign(campaign_id="second")
    second = shop.plan(name="run-2", campaign_id="second")
    shop.approve(second)
    assert shop.states(second)[PERSON] == "ready"
    shop.execute("INSERT INTO activation.coupon_pool (tenant_id, pool_id) VALUES (%s, 'spring')", shop.tenant_id)
    shop.execute(
        "INSERT INTO activation.coupon (tenant_id, code, pool_id, campaign_id, customer_id, delivery_id, issued_at) "
        "VALUES (%s, 'SPRING-7', 'spring', 'second', %s, %s, now())",
        shop.tenant_id, PERSON, delivery,
    )  # fmt: skip
    shop.execute(
        "INSERT INTO activation.contact_standing (tenant_id, channel, address_hash, last_interaction_at) "
        "SELECT tenant_id, channel, address_hash, now() FROM core.channel_address "
        "WHERE tenant_id = %s AND profile_id = %s",
        shop.tenant_id, PERSON,
    )  # fmt: skip


def _name_in_words(shop: Shop) -> None:
    """Somebody asked about the person by name, by address, by telephone and by id."""
    said = f"Is Quyenuyen Tranunheard ({EMAIL}, 0938 471 625), {PERSON}, a VIP?"
    rows = shop.execute(
        "INSERT INTO segment.request (tenant_id, text, requested_by, state, questions, activation) "
        "VALUES (%s, %s, 'linh', 'needs_clarification', %s, %s) RETURNING request_id",
        shop.tenant_id, said, [f"Who is {PERSON}?"], json.dumps({"message": f"Dear Quyenuyen Tranunheard <{EMAIL}>"}),
    )  # fmt: skip
    request_id = rows[0][0]
    shop.execute(
        "INSERT INTO segment.answer (tenant_id, request_id, answer, debug) VALUES (%s, %s, %s, %s)",
        shop.tenant_id, request_id, f"{PERSON} is in {SEGMENT}.", json.dumps({"asked": EMAIL.upper()}),
    )  # fmt: skip
    shop.execute(
        "INSERT INTO ops.action_call (tenant_id, action, arguments, caller, permission, outcome, results) "
        "VALUES (%s, 'why', %s, 'linh', 'read', 'done', %s)",
        shop.tenant_id, json.dumps({"customer": PERSON}), json.dumps({"said": f"{PERSON} bought."}),
    )  # fmt: skip
    shop.execute(
        "INSERT INTO segment.preview (tenant_id, segment_id, version, as_of, member_count, funnel, reachable, sample, "
        "close_calls, took_ms) VALUES (%s, %s, 1, %s, 2, '[]', '{}', %s, '[]', 1)",
        shop.tenant_id, SEGMENT, AS_OF, [PERSON, MATE],
    )  # fmt: skip


def found_anywhere(warehouse: Warehouse, words: tuple[str, ...]) -> set[tuple[str, str]]:
    """(table, word) of every table of every schema that holds one of the words, in text or in bytes.

    As the owner, who sees every tenant; the stages are the loader's alone.
    """
    return {
        *_found(warehouse, words, DatabaseRole.OWNER, "n.nspname !~ '^(pg_|stage_)'"),
        *_found(warehouse, words, DatabaseRole.LOADER, "n.nspname ~ '^stage_'"),
    }


def _found(
    warehouse: Warehouse, words: tuple[str, ...], role: DatabaseRole, schemas: LiteralString
) -> Iterator[tuple[str, str]]:
    with warehouse.connect(role) as connection:
        connection.autocommit = True  # each table by itself: the locks of all of them are more than PostgreSQL keeps
        connection.execute("SET search_path = ag_catalog, public")
        tables = connection.execute(
            "SELECT n.nspname, c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace "
            "WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname NOT IN ('information_schema', 'ag_catalog') AND "
            + schemas
        ).fetchall()
        for schema, table in tables:
            query = sql.SQL("SELECT t::text FROM {} AS t WHERE t::text ILIKE ANY (%s)").format(
                sql.Identifier(schema, table)
            )
            patterns = [f"%{form}%" for word in words for form in (word, word.encode().hex())]
            for (row,) in connection.execute(query, [patterns]):
                for word in words:
                    if word.lower() in row.lower() or word.encode().hex() in row:
                        yield f"{schema}.{table}", word
