"""The checker finds what is wrong: each bad worker by the finding that is meant for it, and nothing in a good one."""

from collections.abc import Callable

import pytest

from sandbox.process import SandboxProcess
from tests.activation.shop import Shop
from tests.faults import bad_workers, checker
from tests.faults.bad_workers import Scene
from tests.faults.crowd import add_crowd

pytestmark = pytest.mark.faults

PEOPLE = 6


@pytest.fixture
def scene(shop: Shop, sandbox: SandboxProcess) -> Scene:
    add_crowd(shop, PEOPLE)
    return Scene(shop, sandbox, shop.approved_run())


def findings(scene: Scene) -> checker.Findings:
    records = checker.read_records(scene.shop, scene.run.campaign_run_id)
    return checker.compare(records, scene.sandbox.journal(), checker.Disturbances())


@pytest.mark.parametrize(
    ("bad_worker", "finding"),
    [
        (bad_workers.retry_whatever_is_not_accepted, "sent_more_than_once"),
        (bad_workers.make_unknown_ready_again, "sent_more_than_once"),
        (bad_workers.send_and_record_afterwards, "sent_more_than_once"),
        (bad_workers.come_back_without_a_fence, "sent_more_than_once"),
        (bad_workers.ask_for_consent_only_when_planning, "attempts_after_an_opt_out"),
        (bad_workers.record_and_send_afterwards, "phantom_accepts"),
        (bad_workers.take_a_time_out_for_a_refusal, "denied_effects"),
        (bad_workers.give_up_without_a_word, "lost"),
        (bad_workers.call_everything_unknown, "unexplained_unknowns"),
    ],
)
def test_a_bad_worker_is_caught(scene: Scene, bad_worker: Callable[[Scene], None], finding: str) -> None:
    bad_worker(scene)
    assert getattr(findings(scene), finding) == PEOPLE


def test_a_message_without_an_attempt_on_record_is_caught(scene: Scene) -> None:
    with scene.session() as session:
        for delivery, customer_id in scene.ready():
            scene.send(session, delivery, customer_id)
    assert findings(scene).effects_without_an_attempt == PEOPLE


@pytest.mark.parametrize("scenario", ["ok", "rcpt_5xx", "accept_then_close", "close_before_reading"])
def test_the_product_is_not_accused(scene: Scene, scenario: str) -> None:
    scene.sandbox.scenario("smtp", scenario)
    scene.dispatch()
    assert findings(scene) == checker.NONE
