"""In Airflow itself: two people approve one run, tasks side by side send it once, and a decided run asks nobody."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from leo_activation import activation
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.staff import StaffMember, set_staff_address
from leo_activation.warehouse.tenants import Tenant
from sandbox.process import SandboxProcess, running_sandbox
from tests.activation.shop import CAMPAIGN, MARKETER, Shop
from tests.orchestration.test_review_in_airflow import environment, run_in_airflow

CUSTOMERS = [f"{name}@example.com" for name in "abc"]


@dataclass(frozen=True)
class Stage:
    """A planned run to three people that needs two approvals, and an Airflow of its own that sends by the sandbox."""

    shop: Shop
    run: activation.CampaignRun
    sandbox: SandboxProcess
    environment: dict[str, str]

    def look_for_due(self) -> dict[str, Any]:
        return run_in_airflow("reconcile_deliveries", {"tenants": [self.shop.tenant_id]}, [], self.environment)

    def drive(self, *answers: dict[str, Any]) -> dict[str, Any]:
        conf = {"tenant": self.shop.tenant_id, "campaign_run_id": self.run.campaign_run_id}
        return run_in_airflow("run_campaign", conf, list(answers), self.environment)

    def sent_to(self, *recipients: str) -> list[str]:
        return sorted(line["recipient"] for line in self.sandbox.journal() if line["recipient"] in recipients)

    def mails_to(self, staff: str) -> list[str]:
        return [line["headers"]["Subject"] for line in self.sandbox.journal() if line["recipient"] == staff]


@pytest.fixture
def stage(warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes, tmp_path: Path) -> Iterator[Stage]:
    with (
        warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection,
        running_sandbox(tmp_path / "journal.jsonl") as sandbox,
    ):
        connection.autocommit = True
        shop = Shop(warehouse, tenant.tenant_id, pseudonym_key, connection)
        shop.segment()
        for name in "abc":
            shop.person(name)
        shop.campaign(policy=activation.Policy(require_second_approver_above=2))
        shop.allow_all()
        for user in ("ann", "bob", MARKETER):
            set_staff_address(warehouse, StaffMember(user, f"{user}@staff.example", "en"))
        smtp = {"conn_type": "smtp", "host": "127.0.0.1", "port": sandbox.smtp_port, "extra": {"security": "none"}}
        yield Stage(
            shop,
            shop.plan(),
            sandbox,
            environment(warehouse, sandbox, tmp_path)
            | {
                "AIRFLOW_CONN_LEO_SMTP": json.dumps(smtp),
                "LEO_PSEUDONYM_KEY": pseudonym_key.decode(),
                "LEO_SENDING_WORKERS": "3",
            },
        )


def answer(user: str, option: str = "Approve") -> dict[str, Any]:
    return {"user": user, "option": option, "form": {}}


def test_two_people_approve_and_everybody_gets_one_message_from_workers_side_by_side(stage: Stage) -> None:
    result = stage.drive(answer("ann"), answer("ann"), answer("bob"))

    assert result["run"] == "success", result
    assert set(result["tasks"].values()) == {"success"}, result["tasks"]
    assert [told["status"] for told in result["answers"]] == [200, 403, 200]
    assert [told["assigned"] for told in result["answers"]] == [["ann", "bob"], ["bob"], ["bob"]]
    assert stage.sent_to(*CUSTOMERS) == CUSTOMERS
    assert stage.mails_to("ann@staff.example") == ["A decision is needed: Warm feet"]
    assert stage.mails_to(f"{MARKETER}@staff.example") == ["Approved, and being sent: Warm feet"]

    again = stage.drive()
    assert again["run"] == "success", again
    assert stage.sent_to(*CUSTOMERS) == CUSTOMERS


def test_a_rejection_ends_the_run_and_tells_whoever_asked(stage: Stage) -> None:
    result = stage.drive({**answer("ann", "Reject"), "form": {"note": "The price is wrong."}})

    assert result["run"] == "success", result
    assert result["tasks"]["second_review"] == "success"
    assert result["tasks"]["send"] == "skipped"
    assert stage.sent_to(*CUSTOMERS) == []
    assert stage.mails_to(f"{MARKETER}@staff.example") == ["Rejected: Warm feet"]
    assert set(stage.shop.states(stage.run).values()) == {"cancelled"}
    assert stage.shop.execute("SELECT note FROM activation.approval WHERE tenant_id = %s", stage.shop.tenant_id) == [
        ("The price is wrong.",)
    ]


def test_a_test_is_sent_by_the_next_look_for_what_is_due(stage: Stage) -> None:
    stage.shop.allow("ann@staff.example")
    activation.send_test(stage.shop.warehouse, stage.shop.tenant_id, CAMPAIGN, "ann", key=stage.shop.key)

    result = stage.look_for_due()
    assert result["run"] == "success", result
    assert stage.mails_to("ann@staff.example") == ["[Test] Warm feet all winter."]
    assert stage.sent_to(*CUSTOMERS) == []
