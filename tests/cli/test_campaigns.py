"""`./leo campaign`: from a file to a campaign, and how it stands, in words and in JSON."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.staff import StaffMember, set_staff_address
from leo_activation.warehouse.tenants import Tenant
from tests.activation.shop import AS_OF, CAMPAIGN, Shop
from tests.cli.conftest import Leo, told, told_lines

FILE = """\
id: warm_feet
name: Warm feet
segments: [red_socks]
channels: [email]
message_class: marketing
template: {id: message, version: 1}
message: Warm feet all winter.
policy:
  quota: 10
"""


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes) -> Iterator[Shop]:
    """Two people in a segment, one of them without consent, and what a campaign to them needs."""
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.autocommit = True
        shop = Shop(warehouse, tenant.tenant_id, pseudonym_key, connection)
        shop.segment()
        shop.person("a")
        shop.person("b", consent=None)
        shop.allow_all()
        shop.campaign(campaign_id="other")
        synced(shop)
        yield shop


def synced(shop: Shop) -> None:
    """A sync that just finished: what a dry run is as of."""
    with shop.warehouse.connect(DatabaseRole.LOADER, shop.tenant_id) as connection:
        connection.execute(
            "INSERT INTO ops.sync_run (tenant_id, orchestrator_run_id, as_of, state, finished_at) "
            "VALUES (%s, 'r', %s, 'projected', now())",
            [shop.tenant_id, AS_OF],
        )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "warm_feet.yaml"
    path.write_text(FILE, encoding="utf-8")
    return path


def of(shop: Shop) -> tuple[str, str]:
    return ("--tenant", shop.tenant_id)


def submit(leo: Leo, shop: Shop, file: Path) -> None:
    assert leo("campaign", "submit", str(file), *of(shop), "--by", "linh").exit_code == 0


def test_a_file_becomes_a_campaign_that_is_ready_and_shown_in_words(
    leo: Leo, shop: Shop, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leo_activation.cli.campaigns.wants_json", lambda as_json: as_json)

    submitted = leo("campaign", "submit", str(file), *of(shop), "--by", "linh")
    listed = leo("campaign", "list", *of(shop))
    shown = leo("campaign", "show", CAMPAIGN, *of(shop))

    assert submitted.stdout == "'warm_feet' is ready, version 1.\n"
    assert "warm_feet: Warm feet (ready; once by email; priority 100)" in listed.stdout
    assert shown.stdout.startswith("Warm feet (warm_feet) is ready, asked for by linh.\nTo: red_socks\n")
    assert "Bounds: quota 10" in shown.stdout


def test_what_is_missing_and_what_is_wrong_are_told(leo: Leo, shop: Shop, file: Path) -> None:
    file.write_text(FILE.replace("red_socks", "red_sock"), encoding="utf-8")
    draft = told(leo("campaign", "submit", str(file), *of(shop), "--by", "linh"))
    assert (draft["state"], draft["missing"]) == (
        "draft",
        ["a segment that exists: there is none 'red_sock' (near it: red_socks)"],
    )

    file.write_text(FILE.replace("quota: 10", "quota: 0"), encoding="utf-8")
    refused = leo("campaign", "submit", str(file), *of(shop), "--by", "linh")
    assert refused.exit_code == 1
    assert "line 9: policy.quota: must be greater than or equal to 1" in refused.stderr


def test_a_dry_run_tells_everybodys_reason_and_keeps_nothing(leo: Leo, shop: Shop, file: Path) -> None:
    submit(leo, shop, file)

    seen = told(leo("campaign", "dry-run", CAMPAIGN, *of(shop)))

    assert seen["steps"][0] == {"step": "matched", "kept": 2, "dropped": 0}
    assert seen["steps"][-1] == {"step": "to_send", "kept": 1, "dropped": 0}
    assert seen["samples"]["no_consent"] == ["b"]
    assert shop.execute("SELECT count(*) FROM activation.run WHERE tenant_id = %s", shop.tenant_id) == [(0,)]


def test_one_person_is_told_where_they_would_fall_out(leo: Leo, shop: Shop, file: Path) -> None:
    submit(leo, shop, file)

    told_of = {who: leo("campaign", "why", CAMPAIGN, who, *of(shop)).stdout for who in ("a", "b", "nobody")}

    assert told_of == {
        "a": "a would get it on email (route email, rule email, policy 0).\n",
        "b": "b is dropped at 'consented': no consent.\n",
        "nobody": "nobody is no member of the audience of 'warm_feet'.\n",
    }


def test_a_campaign_is_paused_resumed_stopped_and_cancelled(leo: Leo, shop: Shop, file: Path) -> None:
    submit(leo, shop, file)
    why = ("--reason", "prices are wrong", "--by", "petr")
    no_run = leo("campaign", "stop", CAMPAIGN, *of(shop), *why)
    assert no_run.exit_code == 1
    assert "has no open run" in no_run.stderr

    assert leo("campaign", "pause", CAMPAIGN, *of(shop), *why).stdout == "'warm_feet' is paused.\n"
    assert told(leo("campaign", "show", CAMPAIGN, *of(shop)))["paused_by"] == "petr"
    assert leo("campaign", "resume", CAMPAIGN, *of(shop)).stdout == "'warm_feet' goes on.\n"
    run = shop.plan()
    stopped = leo("campaign", "stop", CAMPAIGN, *of(shop), *why)
    assert stopped.stdout == "1 run of 'warm_feet' stopped; 1 message will not go out.\n"
    [shown] = told(leo("campaign", "show", CAMPAIGN, *of(shop)))["runs"]
    assert (shown["campaign_run_id"], shown["state"], shown["stop_reason"]) == (
        run.campaign_run_id,
        "stopped",
        "prices are wrong",
    )

    assert leo("campaign", "cancel", "other", *of(shop), *why).exit_code == 0
    states = {each["campaign_id"]: each["state"] for each in told_lines(leo("campaign", "list", *of(shop)))}
    assert states == {"other": "cancelled", "warm_feet": "stopped"}


def test_a_test_goes_to_a_member_of_staff_and_seeds_to_a_list(leo: Leo, shop: Shop, file: Path) -> None:
    submit(leo, shop, file)
    user = f"linh_{shop.tenant_id}"
    unknown = leo("campaign", "test", CAMPAIGN, *of(shop), "--to", user)
    assert unknown.exit_code == 1
    assert "No address" in unknown.stderr

    set_staff_address(shop.warehouse, StaffMember(user, f"{user}@example.com", "en"))
    done = leo("campaign", "test", CAMPAIGN, *of(shop), "--to", user)

    assert done.exit_code == 0
    assert shop.execute(
        "SELECT recipient_kind, state FROM activation.delivery WHERE tenant_id = %s", shop.tenant_id
    ) == [("reviewer", "ready")]
    seeds = leo("campaign", "seeds", "team", "a@shop.example", "b@shop.example", *of(shop), "--by", "linh")
    assert seeds.stdout == "The seed list 'team' has 2 addresses.\n"


def test_a_campaign_that_is_not_there_is_said_so(leo: Leo, shop: Shop) -> None:
    for command in ("show", "dry-run"):
        refused = leo("campaign", command, "nothing", *of(shop))
        assert refused.exit_code == 1
        assert "There is no campaign 'nothing'." in refused.stderr
