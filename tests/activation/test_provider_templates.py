"""The registry of approved templates: brought in from Zalo's own list, and asked before a campaign is planned."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from leo_activation.activation.campaigns.approved_templates import missing_approvals
from leo_activation.activation.campaigns.requirements import Parts
from leo_activation.activation.channels.zalo.account import ZaloAccount, renew
from leo_activation.activation.channels.zalo.templates import ApprovedTemplate, Quota, read_quota, read_templates
from leo_activation.activation.messages.templates import Template, TemplateForms
from leo_activation.activation.safety.provider_templates import (
    KeptTemplate,
    faults_of,
    keep_templates,
    list_quotas,
    list_templates,
)
from leo_activation.activation.states import MessageClass
from leo_activation.errors import Configuration, Transient
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from sandbox.process import SandboxProcess, running_sandbox
from sandbox.zalo.api import APP_ID, APP_SECRET
from tests.activation.channels.servers import Asked, HttpServer, Said, http
from tests.activation.channels.test_zalo import Tokens
from tests.activation.shop import Shop

GRANTS = count(1)
NO_QUOTA = Quota(None, None, None, None, None)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


def account(url: str) -> ZaloAccount:
    return ZaloAccount(APP_ID, APP_SECRET, f"{url}/openapi", f"{url}/business", f"{url}/oauth", timeout_s=2)


def tokens(sandbox: SandboxProcess) -> Tokens:
    new = renew(account(sandbox.zalo_url), f"first-{next(GRANTS)}-{sandbox.process_id}")
    return Tokens("an-ended-one", new.access_token or "")


def kept(template_id: str = "100002", **change: Any) -> KeptTemplate:
    values: dict[str, Any] = {
        "provider": "zalo",
        "provider_template_id": template_id,
        "name": "Offer",
        "status": "approved",
        "tag": "promotion",
        "quality": "high",
        "price_by_phone": 500,
        "price_by_user": 350,
        "parameters": [
            {"name": "customer_name", "required": True, "min_length": 1, "max_length": 30},
            {"name": "voucher", "required": False, "min_length": 1, "max_length": 25},
        ],
        "daily_quota": None,
        "remaining_quota": None,
        "synced_at": datetime(2026, 11, 22, tzinfo=UTC),
        "gone_at": None,
    }
    return KeptTemplate(**{**values, **change})


def test_zalo_s_list_is_brought_in_whole_and_what_it_names_no_more_is_marked(
    warehouse: Warehouse, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    reached, held = account(sandbox.zalo_url), tokens(sandbox)
    listed, quota = read_templates(reached, held), read_quota(reached, held)
    first = keep_templates(warehouse, tenant.tenant_id, "zalo", listed, quota)
    again = keep_templates(warehouse, tenant.tenant_id, "zalo", listed[:-1], quota)

    assert held.at == 1, "a token that is refused is followed by another one"
    assert (first.listed, first.approved, first.gone) == (5, 3, 0)
    assert (again.listed, again.gone) == (4, 1)
    by_id = {each.provider_template_id: each for each in list_templates(warehouse, tenant.tenant_id)}
    offer = by_id["100002"]
    assert (offer.status, offer.tag, offer.price_by_phone, offer.price_by_user) == ("approved", "promotion", 500, 350)
    assert [each["name"] for each in offer.parameters] == ["customer_name", "offer", "voucher"]
    assert [by_id[each].status for each in ("100004", "100005")] == ["in_review", "disabled"]
    assert by_id["100005"].gone_at is not None
    (told,) = list_quotas(warehouse, tenant.tenant_id)
    assert (told.daily, told.daily_remaining, told.promotions_a_month, told.quality) == (5000, 5000, 600, "high")


@pytest.mark.parametrize(
    ("answer", "raises"),
    [
        (http("200 OK", b'{"error": -120, "message": "OA does not have permission"}'), Configuration),
        (http("200 OK", b'{"error": 0, "data": "none"}'), Transient),
        (http("502 Bad Gateway", b"<html></html>"), Transient),
        (http("200 OK", b"[]"), Transient),
    ],
)
def test_a_list_that_cannot_be_read_is_no_empty_list(answer: Said, raises: type[Exception]) -> None:
    with HttpServer(lambda _: answer) as server, pytest.raises(raises):
        read_templates(account(server.url), Tokens("a-token"))


def test_a_long_list_is_read_whole_and_being_asked_too_often_needs_nobody() -> None:
    def answer(asked: Asked) -> Said:
        if "/template/all" in asked.path:
            data: object = [{"templateId": number, "templateName": "ế" * 200} for number in range(99)]
            return http("200 OK", json.dumps({"error": 0, "data": data}).encode())
        return http("200 OK", b'{"error": -32, "message": "Your application reached limit call api"}')

    with HttpServer(answer) as server, pytest.raises(Transient, match="too often"):
        read_templates(account(server.url), Tokens("a-token"))


def test_what_zalo_does_not_say_plainly_is_not_known(sandbox: SandboxProcess) -> None:
    detail = (
        b'{"error": 0, "data": {"status": "NEW", "templateTag": "X", "price_sdt": "free", "price_uid": -1,'
        b' "listParams": [{"name": "a", "maxLength": 0, "minLength": "x"}, {"type": "STRING"}, 7]}}'
    )
    listing = b'{"error": 0, "data": [{"templateId": 7, "templateName": "T"}, {"templateName": "nameless"}, 3]}'
    with HttpServer(lambda asked: http("200 OK", listing if "/all" in asked.path else detail)) as server:
        (found,) = read_templates(account(server.url), Tokens("a-token"))

    assert (found.provider_template_id, found.name, found.status) == ("7", "T", "unknown")
    assert (found.tag, found.price_by_phone, found.price_by_user) == (None, None, None)
    assert [(each.name, each.required, each.max_length) for each in found.parameters] == [("a", True, None)]


@pytest.mark.parametrize(
    ("template", "purpose", "parameters", "lacks"),
    [
        (kept(), MessageClass.MARKETING, {"customer_name": "Ánh"}, []),
        (None, MessageClass.MARKETING, {}, ["lists"]),
        (kept(gone_at=datetime(2026, 11, 22, tzinfo=UTC)), MessageClass.MARKETING, {"customer_name": "Ánh"}, ["lists"]),
        (kept(status="in_review"), MessageClass.MARKETING, {"customer_name": "Ánh"}, ["in review"]),
        (kept(tag="transaction"), MessageClass.MARKETING, {"customer_name": "Ánh"}, ["offers"]),
        (kept(), MessageClass.TRANSACTIONAL, {"customer_name": "Ánh"}, ["a purchase"]),
        (kept(), MessageClass.MARKETING, {}, ["'customer_name'"]),
        (kept(), MessageClass.MARKETING, {"customer_name": "Á" * 31}, ["30 characters"]),
        (kept(), MessageClass.MARKETING, {"customer_name": ""}, ["at least 1"]),
        (kept(), MessageClass.MARKETING, {"customer_name": "Ánh", "price": "1"}, ["has no 'price'"]),
    ],
)
def test_what_stands_against_a_template_is_said_in_words(
    template: KeptTemplate | None, purpose: MessageClass, parameters: dict[str, str], lacks: list[str]
) -> None:
    found = list(faults_of("100002", template, purpose, parameters))

    assert len(found) == len(lacks)
    for said, expected in zip(found, lacks, strict=True):
        assert expected in said
        assert "Ánh" not in said


def test_a_campaign_is_compared_with_the_registry_only_where_zalo_itself_carries_it(shop: Shop) -> None:
    template = Template(
        template_id="offer",
        channel="zalo",
        body_text="Chào {{ first_name | default('bạn') }}",
        provider_template_id="100002",
        provider_parameters={"customer_name": "{{ first_name | default('bạn') }}", "voucher": "{{ message }}"},
    )
    parts = Parts(templates={"zalo": TemplateForms("offer", 1, "zalo", {"": template})}, senders={"zalo": "Shop"})

    def missing(message: str) -> list[str]:
        with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as connection:
            return missing_approvals(connection, shop.tenant_id, MessageClass.MARKETING, message, parts)

    assert missing("SALE20") == []
    shop.execute(
        "INSERT INTO activation.sender (tenant_id, channel, sender, provider) VALUES (%s, 'zalo', 'Shop', 'zalo')",
        shop.tenant_id,
    )
    (unknown,) = missing("SALE20")
    assert "does not list 100002" in unknown
    listed = ApprovedTemplate("100002", "Offer", "approved", "promotion")
    keep_templates(shop.warehouse, shop.tenant_id, "zalo", [listed], NO_QUOTA)
    assert ["has no 'customer_name'" in each for each in missing("SALE20")] == [True, False]
