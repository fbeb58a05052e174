"""An action is called through the registry alone: validated, permitted, recorded, and never beyond its permission."""

from typing import Any

import psycopg
import pytest
from pydantic import BaseModel

from leo_activation.actions import ACTIONS, EVERYTHING, Action, Caller, Permission, Refused, Registry, Result, Tools
from leo_activation.actions.reference import page
from leo_activation.errors import Permanent, Transient
from leo_activation.segments.recall import remember
from leo_activation.settings import REPOSITORY, DatabaseRole
from tests.actions.conftest import Shop

OF_A_REVIEW = {
    "segment.approval", "segment.version_limit", "segment.run", "segment.membership", "segment.membership_change",
    "activation.run", "activation.delivery", "activation.attempt", "activation.audience_step", "ops.kill_switch",
    "core.consent", "core.suppression",
}  # fmt: skip
EVERY_CALL: list[tuple[str, dict[str, object], set[str]]] = [
    (
        "create_segment",
        {"text": "Customers from Poland"},
        {"segment.request", "segment.definition", "segment.preview", "ops.action_call", "audit.pending"},
    ),
    (
        "update_segment",
        {"text": "now only Austria", "revises_request_id": 0},
        {"segment.request", "segment.definition", "segment.preview", "ops.action_call", "audit.pending"},
    ),
    ("explain", {"segment": "Red socks"}, {"ops.action_call"}),
    ("recall", {"words": "red socks"}, {"ops.action_call"}),
    (
        "activate_on_channel",
        {"segment": "Red socks", "channel": "email", "message": "Warm feet"},
        {"activation.campaign", "activation.template", "ops.action_call"},
    ),
]


def calls(shop: Shop) -> list[tuple[Any, ...]]:
    return shop.query(
        "SELECT action, caller, permission, outcome, arguments, problem FROM ops.action_call ORDER BY call_id"
    )


def test_the_page_of_the_actions_is_what_is_registered() -> None:
    """Else: `PYTHONPATH=plugins python -m leo_activation.actions > docs/reference/actions.md`."""
    assert (REPOSITORY / "docs" / "reference" / "actions.md").read_text(encoding="utf-8") == page()


def test_each_call_writes_what_its_permission_names_and_nothing_else(shop: Shop) -> None:
    shop.approved()
    assert {name for name, _, _ in EVERY_CALL} == set(shop.registry.actions)
    [(latest,)] = shop.query("SELECT max(request_id) FROM segment.request")
    for name, arguments, written in EVERY_CALL:
        given = arguments | ({"revises_request_id": latest} if "revises_request_id" in arguments else {})
        permission = shop.registry.actions[name].permission
        changed = shop.written_by(lambda: shop.registry.call(name, given, shop.caller(permission)))  # noqa: B023
        assert changed == written, name
        assert not changed & OF_A_REVIEW
    [(in_review,)] = shop.query("SELECT count(*) FROM segment.request WHERE state IN ('approved', 'in_review')")
    assert in_review == 1


@pytest.mark.parametrize("name", [action.name for action in ACTIONS])
def test_a_call_without_the_permission_does_nothing_and_is_recorded(shop: Shop, name: str) -> None:
    needed = shop.registry.actions[name].permission
    arguments = next(arguments for action, arguments, _ in EVERY_CALL if action == name)
    others = shop.caller(*(EVERYTHING - {needed}))

    def call() -> None:
        with pytest.raises(Refused, match=f"mai may not call {name}: it needs the permission {needed}"):
            shop.registry.call(name, arguments, others)

    assert shop.written_by(call) == {"ops.action_call"}
    [(action, caller, permission, outcome, recorded, _)] = calls(shop)
    assert (action, caller, permission, outcome, recorded) == (name, "mai", str(needed), "refused", {})


@pytest.mark.parametrize(
    ("name", "arguments", "problem"),
    [
        ("approve", {}, "There is no action “approve”"),
        ("create_segment", {}, "text: Field required"),
        ("create_segment", {"text": "x", "approve": True}, "Extra inputs are not permitted"),
        ("create_segment", {"text": "x", "request_id": 1}, "Extra inputs are not permitted"),
        ("update_segment", {"text": "x", "revises_request_id": "ann@example.com"}, "valid integer"),
        ("explain", {}, "ask about a segment"),
        ("explain", {"segment": "Red socks", "request_id": 3}, "ask about a segment"),
        ("explain", {"segment": "Red socks", "customer_id": "ann@example.com"}, "contact data and not the id"),
        ("explain", {"segment": "of ann@example.com"}, "holds contact data"),
        ("recall", {"words": "who is +84 912 345 678"}, "holds contact data"),
        ("recall", {"words": "socks", "like": "Red socks"}, "either words or a segment"),
        ("recall", {"words": "socks", "kinds": ["plan"]}, "Input should be"),
        ("recall", {"words": "socks", "limit": 1000}, "less than or equal to 20"),
        ("activate_on_channel", {"segment": "Red socks", "channel": "fax"}, "Input should be"),
        ("activate_on_channel", {"segment": "Red socks", "channel": "email", "send": True}, "Extra inputs"),
    ],
)
def test_arguments_that_do_not_fit_are_refused_without_being_repeated(
    shop: Shop, name: str, arguments: dict[str, object], problem: str
) -> None:
    with pytest.raises(Refused, match=problem) as refused:
        shop.registry.call(name, arguments, shop.caller(*EVERYTHING))
    [(_, _, _, outcome, recorded, kept)] = calls(shop)
    assert outcome == "refused"
    assert "ann@example" not in f"{refused.value} {recorded} {kept}"
    assert "912" not in f"{refused.value} {recorded} {kept}"


def test_what_is_recorded_of_arguments_holds_no_contact_data_and_is_cut(shop: Shop) -> None:
    shop.approved()
    message = "Call +84 912 345 678 or write to shop@example.com. " + "Warm feet! " * 100
    shop.registry.call(
        "activate_on_channel",
        {"segment": "Red socks", "channel": "email", "message": message},
        shop.caller(Permission.DRAFT_CAMPAIGN),
    )
    recorded = calls(shop)[-1][4]
    assert recorded["message"].startswith("Call […] or write to […]. Warm feet!")
    assert len(recorded["message"]) == 300
    [(kept,)] = shop.query("SELECT message FROM activation.campaign")
    assert kept == message.strip()


class _Nothing(BaseModel):
    """No arguments."""


def registry_of(shop: Shop, permission: Permission, work: Any) -> Registry:
    return Registry(shop.tools, [Action("probe", "A test's own.", _Nothing, permission, work)])


def test_a_handler_that_only_may_read_cannot_write(shop: Shop) -> None:
    def write(tools: Tools, caller: Caller, asked: _Nothing) -> Result:
        with tools.warehouse.connect(DatabaseRole.WRITER, tools.tenant_id) as connection:
            connection.execute("UPDATE segment.request SET state = 'approved'")
        return Result("done")

    shop.submit("Customers from Poland")
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        registry_of(shop, Permission.READ, write).call("probe", {}, shop.caller(Permission.READ))
    assert shop.query("SELECT state FROM segment.request") == [("submitted",)]
    assert registry_of(shop, Permission.ASK, write).call("probe", {}, shop.caller(Permission.ASK)).answer == "done"


@pytest.mark.parametrize("error", [Transient("The model is away."), Permanent("It is too large.")])
def test_a_call_that_fails_is_recorded_with_its_reason(shop: Shop, error: Exception) -> None:
    def fail(tools: Tools, caller: Caller, asked: _Nothing) -> Result:
        raise error

    with pytest.raises(type(error)):
        registry_of(shop, Permission.READ, fail).call("probe", {}, shop.caller(Permission.READ))
    [(action, _, _, outcome, _, problem)] = calls(shop)
    assert (action, outcome, problem) == ("probe", "failed", str(error))


def test_two_actions_of_one_name_are_refused(shop: Shop) -> None:
    with pytest.raises(ValueError, match="one name"):
        Registry(shop.tools, [*ACTIONS, ACTIONS[0]])


def test_a_record_of_a_call_is_never_changed(shop: Shop) -> None:
    shop.registry.call("recall", {"words": "socks"}, shop.caller(Permission.READ))
    for change in ("UPDATE ops.action_call SET caller = 'nobody'", "DELETE FROM ops.action_call"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            shop.query(change)


def test_the_same_activation_makes_one_campaign_that_waits_for_people(shop: Shop) -> None:
    shop.approved()
    arguments = {"segment": "Red socks", "channel": "email", "message": "Warm feet"}
    first, second = (
        shop.registry.call("activate_on_channel", arguments, shop.caller(Permission.DRAFT_CAMPAIGN)) for _ in range(2)
    )
    assert first == second
    assert first.answer.startswith("The campaign “red_socks_")
    assert "It still needs: a sender for e-mail" in first.answer
    assert shop.query("SELECT state, requested_by FROM activation.campaign") == [("draft", "mai")]


def test_a_campaign_on_a_segment_that_is_not_active_is_asked_back(shop: Shop) -> None:
    shop.said("Create a segment named 'Poles': customers from Poland")
    for segment, words in (("Poles", "no active version"), ("Polish people", "There is no segment")):
        result = shop.registry.call(
            "activate_on_channel", {"segment": segment, "channel": "zalo"}, shop.caller(Permission.DRAFT_CAMPAIGN)
        )
        assert result.outcome == "asked_back"
        assert words in result.answer
    assert shop.query("SELECT count(*) FROM activation.campaign") == [(0,)]


def test_contact_data_in_a_segments_name_stands_in_no_answer(shop: Shop) -> None:
    shop.approved("Create a segment named 'Socks of anna@example.com': customers who bought red socks")
    [(segment_id,)] = shop.query("SELECT segment_id FROM segment.definition")
    everything = shop.caller(*EVERYTHING)

    def told() -> list[str]:
        calls: list[tuple[str, dict[str, object]]] = [
            ("explain", {"segment": segment_id}),
            ("recall", {"like": segment_id}),
            ("activate_on_channel", {"segment": segment_id, "channel": "email", "message": "Warm feet"}),
        ]
        results = [shop.registry.call(name, arguments, everything) for name, arguments in calls]
        return [f"{result.answer} {result.questions} {result.data}" for result in results]

    remember(shop.warehouse, shop.tenant_id, shop.encoder)
    active = told()
    shop.query("UPDATE segment.definition SET state = 'retired'")
    for answer in active + told():
        assert "anna@" not in answer
        assert "Socks of […]" in answer
