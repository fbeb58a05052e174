"""An erasure reaches everything, leaves a certificate, and a sync does not undo it."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from leo_activation.actions import people
from leo_activation.actions.people import erase_person
from leo_activation.activation.safety.sealed import sealer_from
from leo_activation.errors import Permanent
from leo_activation.rights.clocks import RequestKind, read_clocks
from leo_activation.rights.provider_erasures import ask_providers
from leo_activation.rights.requests import Ask, list_requests, open_request
from leo_activation.warehouse.connections import Warehouse
from tests.rights.known_person import EMAIL, MATE, PERSON, WORDS, World, found_anywhere, known_person
from tests.sync.conftest import Sync
from tests.sync.live_documents import minutes_ago
from tests.sync.stored import rows


@pytest.fixture
def world(warehouse: Warehouse, run_sync: Sync, pseudonym_key: bytes, tmp_path: Path) -> Iterator[World]:
    with known_person(warehouse, run_sync, pseudonym_key, tmp_path) as made:
        yield made


def found_in_files(folder: Path) -> set[str]:
    return {
        path.name
        for path in folder.rglob("*")
        if path.is_file() and any(word.encode() in path.read_bytes() for word in WORDS)
    }


def test_nothing_of_a_person_is_found_after_an_erasure_nor_after_any_sync(world: World) -> None:
    told = people.export(world.warehouse, world.settings, world.tenant_id, PERSON)
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
    before = {table for table, _ in found_anywhere(world.warehouse, WORDS)}
    graph = f"graph_{world.tenant_id}"
    assert before >= {
        "core.profile", "core.customer", "core.channel_address", "core.consent", "core.event", "core.identity",
        "core.household_member", "core.household", "core.referral", "core.profile_relation", "core.reachability",
        "core.profile_history", "profile.text", "profile.interest", "segment.membership", "segment.membership_change",
        "segment.request", "segment.answer", "segment.preview", "ops.action_call", "ops.quarantine",
        "activation.delivery", "activation.attempt", "activation.provider_event", "audit.pending",
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
    assert ("person.erased", f"erasure:{certificate.erasure_id}") in world.told()

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
