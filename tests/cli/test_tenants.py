"""`./leo tenant`, `sender` and `allow`: what an administrator sets before anything is read or sent."""

from pathlib import Path

import pytest

from tests.cli.conftest import Leo, told, told_lines

TENANT = """
tenant_id: corner_shop
name: Corner shop
currency: VND
time_zone: Asia/Ho_Chi_Minh
language: vi
interest_model: event_weight
source:
  kind: csv
  location: /data/corner_shop
  stands_still_at: 2026-02-20T00:00:00Z
"""


@pytest.fixture
def corner_shop(leo: Leo, tmp_path: Path) -> str:
    file = tmp_path / "corner_shop.yaml"
    file.write_text(TENANT, encoding="utf-8")
    assert told(leo("tenant", "set", str(file), "--json")) == {"tenant_id": "corner_shop"}
    return "corner_shop"


def listed(leo: Leo, name: str) -> dict[str, object]:
    return next(line for line in told_lines(leo("tenant", "list")) if line["tenant_id"] == name)


def test_a_tenant_is_registered_from_a_file_and_a_currency_brings_its_own_decimals(leo: Leo, corner_shop: str) -> None:
    assert listed(leo, corner_shop) | {"armed_by": None} == {
        "tenant_id": "corner_shop",
        "name": "Corner shop",
        "currency": "VND",
        "time_zone": "Asia/Ho_Chi_Minh",
        "language": "vi",
        "armed_at": None,
        "armed_by": None,
        "source_kind": "csv",
        "source_location": "/data/corner_shop",
        "stands_still_at": "2026-02-20T00:00:00+00:00",
    }
    assert "VND" in leo("status", "--tenant", corner_shop).stdout


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ("time_zone: Asia/Saigon2", "line 5: time_zone"),
        ("currency: dong", "line 4: currency"),
        ("kind: excel", "line 9: source.kind"),
        ("tenant_id: static", "line 2: tenant_id: 'static' is an address of the Segment desk"),
        ("tenant_id: A shop", "line 2: tenant_id: 'A shop' is no tenant id"),
        ("armed_at: 2026-01-01", "armed_at"),
    ],
)
def test_a_mistake_in_the_file_is_named_by_line_and_field(leo: Leo, tmp_path: Path, changed: str, says: str) -> None:
    field = changed.partition(":")[0]
    lines = [line for line in TENANT.splitlines() if line.strip()]
    known = [number for number, line in enumerate(lines) if line.strip().startswith(field + ":")]
    for number in known:
        lines[number] = lines[number].partition(field)[0] + changed
    file = tmp_path / "mistaken.yaml"
    file.write_text("\n" + "\n".join(lines if known else [*lines, changed]), encoding="utf-8")

    result = leo("tenant", "set", str(file))

    assert result.exit_code == 1
    assert says in result.stderr


def test_a_tenant_is_armed_by_somebody_and_only_once(leo: Leo, corner_shop: str) -> None:
    assert told(leo("tenant", "arm", corner_shop, "--by", "petr", "--json"))["changed"] is True
    assert told(leo("tenant", "arm", corner_shop, "--by", "linh", "--json"))["changed"] is False
    assert listed(leo, corner_shop)["armed_by"] == "petr"

    assert leo("tenant", "disarm", corner_shop, "--by", "linh").stdout.strip() == "corner_shop is not armed."
    assert listed(leo, corner_shop)["armed_at"] is None


def test_who_is_no_tenant_cannot_be_armed(leo: Leo) -> None:
    result = leo("tenant", "arm", "nowhere_shop")
    assert (result.exit_code, result.stderr.strip()) == (1, "leo: There is no tenant 'nowhere_shop'.")


def test_a_channel_is_given_its_sender_and_its_provider(leo: Leo, corner_shop: str) -> None:
    leo("sender", "set", "email", "Corner shop <news@corner.example>", "--tenant", corner_shop)
    leo("sender", "set", "zalo", "Corner shop", "--provider", "zalo", "--tenant", corner_shop)

    assert told_lines(leo("sender", "list", "--tenant", corner_shop)) == [
        {"channel": "email", "sender": "Corner shop <news@corner.example>", "provider": None},
        {"channel": "zalo", "sender": "Corner shop", "provider": "zalo"},
    ]


def test_the_allow_list_is_filled_from_a_file_and_tells_no_address(leo: Leo, corner_shop: str) -> None:
    given = "a@corner.example\n\n b@CORNER.example \na@corner.example\n"
    arguments = ("--tenant", corner_shop, "--json")

    added = leo("allow", "add", "email", "-", "--note", "the team", *arguments, given=given)
    assert told(added)["added"] == 2
    shown = leo("allow", "list", "--tenant", corner_shop)
    assert told_lines(shown) == [{"channel": "email", "note": "the team", "addresses": 2}]
    assert "@" not in shown.stdout

    removed = leo("allow", "remove", "email", "-", *arguments, given="b@corner.example\nc@corner.example\n")
    assert told(removed)["removed"] == 1


def test_a_channel_that_there_is_not_is_named_with_those_there_are(leo: Leo, corner_shop: str) -> None:
    for command in (["sender", "set", "pigeon", "Shop"], ["allow", "add", "pigeon", "-", "--note", "x"]):
        result = leo(*command, "--tenant", corner_shop, given="a")
        assert result.exit_code == 1
        assert "pigeon" in result.stderr
        assert "zalo" in result.stderr


def test_a_tenant_is_seen_by_whom_an_administrator_lets_in(leo: Leo, corner_shop: str, tmp_path: Path) -> None:
    assert told_lines(leo("tenant", "access", corner_shop)) == []
    assert leo("tenant", "allow", corner_shop).exit_code == 2
    assert told(leo("tenant", "allow", corner_shop, "linh", "petr", "--by", "anna", "--json"))["added"] == 2
    assert told(leo("tenant", "allow", corner_shop, "linh", "--by", "mallory", "--json"))["added"] == 0
    assert told(leo("tenant", "disallow", corner_shop, "petr", "nobody", "--json"))["removed"] == 1
    [seen] = told_lines(leo("tenant", "access", corner_shop))
    assert (seen["user_id"], seen["allowed_by"]) == ("linh", "anna")

    leo("tenant", "set", str(tmp_path / "corner_shop.yaml"), "--open", "--by", "anna")
    assert [line["user_id"] for line in told_lines(leo("tenant", "access", corner_shop))] == ["*", "linh"]
    leo("tenant", "allow", corner_shop, "minh", "--by", "anna")
    assert "still open to everybody" in leo("tenant", "disallow", corner_shop, "minh").stdout
    assert told(leo("tenant", "disallow", corner_shop, "--everybody", "--json"))["removed"] == 1
