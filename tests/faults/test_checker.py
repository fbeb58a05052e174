"""The checker finds what is wrong: each bad worker by the finding that is meant for it, and nothing in a good one."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from sandbox.process import SandboxProcess, running_sandbox
from tests.activation.shop import Shop
from tests.faults import bad_workers, checker
from tests.faults.bad_workers import Scene
from tests.faults.crowd import Crowd, add_crowd

PEOPLE = 6
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


def a_scene(shop: Shop, sandbox: SandboxProcess, crowd: Crowd) -> Scene:
    """A run of one message for everybody of the crowd, approved."""
    add_crowd(shop, crowd)
    shop.segment()
    shop.campaign()
    run = shop.plan()
    shop.approve(run)
    return Scene(shop, sandbox, run, crowd)


@pytest.fixture(scope="module")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """One mail server for all of them."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess) -> SandboxProcess:
    """The mail server with nothing received and no fault in force."""
    sandbox_process.reset()
    return sandbox_process


@pytest.fixture
def scene(shop: Shop, sandbox: SandboxProcess) -> Scene:
    return a_scene(shop, sandbox, Crowd(PEOPLE))


def findings(
    scene: Scene, *, holds: tuple[checker.Hold, ...] = (), told: frozenset[str] | None = None
) -> checker.Findings:
    records = checker.read_records(scene.shop.warehouse, scene.shop.tenant_id, [scene.run.campaign_run_id])
    said = checker.provided(scene.sandbox.journal())
    return checker.compare(
        records,
        checker.Provided(said.effects, said.doubts, told),
        checker.Disturbances(holds=holds, allowed=frozenset(scene.crowd.allowed())),
    )


@pytest.mark.parametrize(
    ("bad_worker", "finding"),
    [
        (bad_workers.retry_whatever_is_not_accepted, "sent_more_than_once"),
        (bad_workers.make_unknown_ready_again, "sent_more_than_once"),
        (bad_workers.send_and_record_afterwards, "sent_more_than_once"),
        (bad_workers.come_back_without_a_fence, "sent_more_than_once"),
        (bad_workers.ask_for_consent_only_when_planning, "attempts_after_an_opt_out"),
        (bad_workers.commit_the_answer_before_sending, "phantom_accepts"),
        (bad_workers.take_a_time_out_for_a_refusal, "denied_effects"),
        (bad_workers.give_up_without_a_word, "lost"),
        (bad_workers.call_everything_unknown, "unexplained_unknowns"),
        (bad_workers.fall_back_whatever_happened, "fallbacks_after_no_refusal"),
        (bad_workers.leave_unknown_what_is_proved, "unknown_in_spite_of_proof"),
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


def test_two_messages_to_an_address_that_two_share_are_caught(shop: Shop, sandbox: SandboxProcess) -> None:
    scene = a_scene(shop, sandbox, Crowd(PEOPLE, sharing=2))
    bad_workers.forget_whose_address_it_is(scene)
    assert findings(scene).two_messages_to_an_address == 2


def test_a_message_to_somebody_who_is_not_on_the_allow_list_is_caught(shop: Shop, sandbox: SandboxProcess) -> None:
    scene = a_scene(shop, sandbox, Crowd(PEOPLE, not_allowed=3))
    bad_workers.write_to_everybody(scene)
    assert findings(scene).sent_outside_the_allow_list == 3


@pytest.mark.parametrize(
    ("bad_webhook", "finding"),
    [
        (bad_workers.keep_each_telling, "events_nobody_told"),
        (bad_workers.believe_whoever_posts, "events_nobody_told"),
        (bad_workers.answer_before_keeping, "events_lost"),
    ],
)
def test_a_bad_webhook_is_caught(scene: Scene, bad_webhook: Callable[[Scene], None], finding: str) -> None:
    bad_webhook(scene)
    told = frozenset(f"of-{delivery}" for delivery in scene.accepted())
    assert getattr(findings(scene, told=told), finding) == PEOPLE


@pytest.mark.parametrize("until", [None, datetime(9999, 1, 1, tzinfo=UTC)])
def test_a_worker_that_goes_on_while_the_run_is_held_is_caught(scene: Scene, until: datetime | None) -> None:
    scene.dispatch()
    run = frozenset({scene.run.campaign_run_id})
    assert findings(scene, holds=(checker.Hold(run, BEGINNING, until),)).attempts_while_held == PEOPLE
    assert findings(scene, holds=(checker.Hold(frozenset({-1}), BEGINNING, until),)) == checker.NONE


@pytest.mark.parametrize("scenario", ["ok", "rcpt_5xx", "accept_then_close", "close_before_reading"])
def test_the_product_is_not_accused(scene: Scene, scenario: str) -> None:
    scene.sandbox.scenario("smtp", scenario)
    scene.dispatch()
    assert findings(scene) == checker.NONE
