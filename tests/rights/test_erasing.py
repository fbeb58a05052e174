"""An erasure reaches everything, leaves a certificate, and a sync does not undo it."""

import json
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leo_activation import sync
from leo_activation.actions import people
from leo_activation.actions.people import erase_person
from leo_activation.activation.aftermath.events import ProviderEvent, record_events
from leo_activation.activation.messages.links import LinkTarget
from leo_activation.activation.messages.optout import unsubscribe
from leo_activation.activation.safety.sealed import sealer_from
from leo_activation.activation.states import EventKind
from leo_activation.errors import Configuration, Permanent, Transient
from leo_activation.rights.clocks import RequestKind, read_clocks
from leo_activation.rights.erasing import ErasureMeans, erase
from leo_activation.rights.person import Person
from leo_activation.rights.provider_erasures import ask_providers
from leo_activation.rights.requests import Ask, list_requests, open_request
from leo_activation.sources import open_source
from leo_activation.sync.runs import beside_syncs
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.rights.known_person import (
    EMAIL,
    MATE,
    PERSON,
    PHONE,
    WORDS,
    World,
    found_anywhere,
    known_person,
    settings_of,
)
from tests.sync.conftest import Sync
from tests.sync.live_documents import minutes_ago
from tests.sync.small_sources import CUSTOMER, EVENT, PROFILE, write_csv, write_dump
from tests.sync.stored import rows


@pytest.fixture
def world(warehouse: Warehouse, run_sync: Sync, pseudonym_key: bytes, tmp_path: Path) -> Iterator[World]:
    with known_person(warehouse, run_sync, pseudonym_key, tmp_path) as made:
        yield made


def erase_alone(world: World, means: ErasureMeans) -> None:
    with beside_syncs(world.warehouse, world.tenant_id) as alone:
        assert alone is not None
        erase(*alone, PERSON, asked_by="dpo", means=means)


def found_in_files(folder: Path) -> set[str]:
    return {
        path.name
        for path in folder.rglob("*")
        if path.is_file() and any(word.encode() in path.read_bytes() for word in WORDS)
    }


def test_nothing_of_a_person_is_found_after_an_erasure_nor_after_any_sync(world: World) -> None:
    told = people.export(world.warehouse, world.settings, world.tenant_id, PERSON, asked_by="officer")
    assert told["schema"] == "leo.person/1"
    assert {"core.profile", "core.event", "core.consent", "activation.delivery", "ops.quarantine"} <= set(told["held"])
    assert told["held"]["core.profile"]["rows"][0]["email"] == EMAIL
    assert EMAIL in str(told["held"]["ops.quarantine"]["rows"])
    assert told["named_in"]["segment.request"] == 1
    assert "minh@people.example" not in json.dumps(told)
    asked = open_request(
        world.warehouse, world.tenant_id, PERSON, Ask(RequestKind.ERASURE, "dpo"), read_clocks(),
        pseudonym_key=world.shop.key,
    )  # fmt: skip
    [(delivery_id,)] = world.shop.execute(
        "SELECT delivery_id FROM activation.delivery WHERE tenant_id = %s AND customer_id = %s AND state = 'accepted'",
        world.tenant_id, PERSON,
    )  # fmt: skip
    before = {table for table, _ in found_anywhere(world.warehouse, WORDS)}
    graph = f"graph_{world.tenant_id}"
    assert before >= {
        "core.profile", "core.customer", "core.channel_address", "core.consent", "core.event", "core.identity",
        "core.household_member", "core.household", "core.referral", "core.profile_relation", "core.reachability",
        "core.profile_history", "profile.text", "profile.interest", "segment.membership", "segment.membership_change",
        "segment.request", "segment.answer", "segment.preview", "ops.action_call", "ops.quarantine",
        "activation.delivery", "activation.attempt", "activation.provider_event", "activation.coupon", "audit.pending",
        f"{graph}.Customer", f"{graph}.Household",
    }  # fmt: skip
    assert len(found_in_files(world.settings.home)) == 1
    certificate = erase_person(world.warehouse, world.settings, world.tenant_id, EMAIL, asked_by="dpo")

    # A topic that interests nobody is a word of the shop's; the next computation of interests drops it.
    topics = {("profile.topic", "heliskiing-quyen"), (f"{graph}.Topic", "heliskiing-quyen"),
              (f"{graph}._ag_label_vertex", "heliskiing-quyen"),
              ("profile.topic_embedding", "heliskiing-quyen")}  # fmt: skip
    assert found_anywhere(world.warehouse, WORDS) - topics == set()
    assert found_in_files(world.settings.home) == set()
    assert certificate.files == 1
    assert certificate.cancelled == 1
    assert certificate.providers == {"sendgrid": "queued"}
    assert certificate.rows["core.profile"] == 1
    assert certificate.rows["core.event"] == 1
    assert certificate.rows["ops.quarantine"] >= 2
    assert certificate.rows["graph Customer"] == 1

    # Nobody else lost anything but the household that was named after the person.
    assert rows(world.warehouse, world.live.tenant, "SELECT profile_id FROM core.profile ORDER BY 1") == [
        (MATE,), ("p1",),
    ]  # fmt: skip
    assert {("person.exported", "export"), ("person.erased", f"erasure:{certificate.erasure_id}")} <= set(world.told())

    # What is told of a message afterwards is kept and names nobody; an old link unsubscribes nobody.
    late = ProviderEvent("late", delivery_id, EventKind.BOUNCED, datetime.now(UTC), permanent=True)
    assert record_events(world.warehouse, world.tenant_id, "file", [late]).kept == 1
    assert unsubscribe(world.warehouse, LinkTarget(world.tenant_id, delivery_id), source="link") is None

    # What was asked for is answered, and what SendGrid is asked for is sealed until it has taken it.
    [request] = list_requests(world.warehouse, world.tenant_id, only_open=False)
    assert (request.request_id, request.state, request.customer_id) == (asked.request_id, "done", None)
    sent: list[Sequence[str]] = []

    def erase_recipients(addresses: Sequence[str]) -> str:
        sent.append(addresses)
        return "job-7"

    unseal = sealer_from(world.settings).open
    waits = ask_providers(world.warehouse, world.tenant_id, {}, unseal)
    assert (waits.done, waits.waiting) == (0, 1)
    done = ask_providers(world.warehouse, world.tenant_id, {"sendgrid": erase_recipients}, unseal)
    assert (done.done, sent) == (1, [[EMAIL]])
    assert ask_providers(world.warehouse, world.tenant_id, {}, unseal).waiting == 0

    # Whatever is read again, and whatever the source changes of them.
    for mode in ("incremental", "comparison", "whole"):
        world.live.source.change("cdp_profile", PERSON, livingCity="Da Nang", updatedAt=minutes_ago(1))
        world.live.source.change("cdp_trackingevent", "ev-quyen-1", createdAt=minutes_ago(1))
        world.live.sync(mode)
        assert found_anywhere(world.warehouse, WORDS) - topics == set(), mode
    assert rows(world.warehouse, world.live.tenant, "SELECT count(*) FROM core.profile") == [(2,)]

    with pytest.raises(Permanent, match=r"erased on .* already"):
        erase_person(world.warehouse, world.settings, world.tenant_id, PERSON, asked_by="dpo")


def test_a_row_that_nobody_could_read_is_erased_by_the_address_in_it_and_stays_away(
    warehouse: Warehouse, leo_tenant: Tenant, run_sync: Sync, pseudonym_key: bytes, tmp_path: Path
) -> None:
    dump = write_dump(tmp_path / "dump", profiles=[{**PROFILE, "_key": f"p{number}"} for number in range(150)])
    [file] = dump.glob("cdp_profile_*.data.json")
    with file.open("ab") as lines:
        lines.write(b'{"primaryEmail": "lonely@people.example", "firstName": \n')
    source = open_source("arangodump", str(dump))
    run_sync(leo_tenant, source)
    lonely = ("lonely@people.example",)
    assert found_anywhere(warehouse, lonely) == {("ops.quarantine", *lonely)}
    settings = settings_of(pseudonym_key, tmp_path)
    with pytest.raises(Permanent, match="Nothing is held"):
        erase_person(warehouse, settings, leo_tenant.tenant_id, "nobody@people.example", asked_by="dpo")
    certificate = erase_person(warehouse, settings, leo_tenant.tenant_id, *lonely, asked_by="dpo")
    assert certificate.rows == {"ops.quarantine": 1}
    # Nothing is sent to it either, should it come back with another record.
    assert rows(warehouse, leo_tenant, "SELECT channel, reason FROM core.suppression") == [("email", "erased")]
    assert run_sync(leo_tenant, source).report.rows_quarantined == 0
    assert found_anywhere(warehouse, lonely) == set()


def test_a_kill_leaves_a_person_who_is_sent_nothing_and_can_be_erased_again(world: World) -> None:
    """The stage of a sync that was under way goes too, and the sync does not go on with it."""
    run = sync.open_run(world.warehouse, world.tenant_id, "under way", mode=sync.SyncMode.WHOLE)
    sync.extract(world.warehouse, world.tenant_id, run, world.live.source)

    def killed(_: Person) -> int:
        raise OSError("killed")

    key = world.shop.key
    means = ErasureMeans(key, lambda text: text.encode(), frozenset(), killed)
    with pytest.raises(OSError, match="killed"):
        erase_alone(world, means)
    assert world.shop.execute(
        "SELECT count(*) FROM activation.delivery WHERE tenant_id = %s AND customer_id = %s AND state = 'ready'",
        world.tenant_id, PERSON,
    ) == [(0,)]  # fmt: skip
    assert world.shop.execute(
        "SELECT finished_at FROM rights.erasure WHERE tenant_id = %s", world.tenant_id
    ) == [(None,)]  # fmt: skip
    certificate = erase_person(world.warehouse, world.settings, world.tenant_id, PHONE, asked_by="dpo")
    assert certificate.cancelled == 1
    assert certificate.rows["stage"] >= 1
    left = {table for table, word in found_anywhere(world.warehouse, WORDS) if word != "heliskiing-quyen"}
    assert left == set()
    with pytest.raises(Permanent, match="erased meanwhile"):
        sync.check(world.warehouse, world.tenant_id, run)
    world.live.sync("whole")
    assert rows(world.warehouse, world.live.tenant, "SELECT count(*) FROM core.profile") == [(2,)]


def test_people_who_were_erased_are_not_read_without_the_key(world: World) -> None:
    erase_person(world.warehouse, world.settings, world.tenant_id, PERSON, asked_by="dpo")
    run = sync.open_run(world.warehouse, world.tenant_id, "no key")
    with pytest.raises(Configuration, match="without the pseudonym key"):
        sync.extract(world.warehouse, world.tenant_id, run, world.live.source)
    until = time.monotonic() + 30
    while not _erase_beside_a_sync_is_refused(world):  # the server ends the closed session of the refused step late
        assert time.monotonic() < until
        time.sleep(0.05)


def _erase_beside_a_sync_is_refused(world: World) -> bool:
    with beside_syncs(world.warehouse, world.tenant_id) as alone:
        if alone is None:
            return False
        with pytest.raises(Transient, match="sync"):
            erase_person(world.warehouse, world.settings, world.tenant_id, MATE, asked_by="dpo")
        return True


def test_files_and_events_of_an_erased_customer_are_left_out_and_the_copy_is_still_proved_complete(
    warehouse: Warehouse, tenant: Tenant, run_sync: Sync, pseudonym_key: bytes, tmp_path: Path
) -> None:
    asked = {**CUSTOMER, "customer_id": "70911", "first_name": "Anunheard", "email": "an.unheard@people.example"}
    others = [{**CUSTOMER, "customer_id": str(number), "email": f"c{number}@people.example"} for number in range(1, 4)]
    events = [{**EVENT, "event_id": f"70911{number}", "customer_id": "70911"} for number in range(2)]
    folder = write_csv(tmp_path / "files", [asked, *others], [EVENT, *events])
    source = open_source("csv", str(folder))
    run_sync(tenant, source)
    words = ("an.unheard@people.example", "Anunheard", "70911")
    assert {"core.profile", "core.event"} <= {table for table, _ in found_anywhere(warehouse, words)}
    certificate = erase_person(
        warehouse, settings_of(pseudonym_key, tmp_path), tenant.tenant_id, "an.unheard@people.example", asked_by="dpo"
    )
    assert certificate.rows["core.event"] == 2
    synced = run_sync(tenant, source)
    assert found_anywhere(warehouse, words) == set()
    assert rows(warehouse, tenant, "SELECT count(*) FROM core.profile") == [(3,)]
    proofs = sync.read_proof(warehouse, tenant.tenant_id, synced.sync_run_id)
    assert {name: (proof.equal, proof.source.rows) for name, proof in proofs.items()} == {
        "crm_customers": (True, 3), "clickstream_events": (True, 1),
    }  # fmt: skip
