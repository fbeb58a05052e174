"""A worker that dies at its answer, and the provider's own log that tells what became of the message."""

from datetime import timedelta
from pathlib import Path

import pytest

from leo_activation import activation
from leo_activation.activation.aftermath.reconciling import ReconcilingLimits, reconcile_unknown
from leo_activation.activation.channels import Channel, MessageLog
from leo_activation.activation.channels.file import FileChannel, FileLog, FileSettings
from leo_activation.activation.channels.sendgrid.channel import SendGridChannel, SendGridLog, SendGridSettings
from leo_activation.activation.sending.dispatch import Point
from sandbox.process import running_sandbox
from tests.activation.shop import AT_ONCE, SANDBOX, Shop

NOW = ReconcilingLimits(older_than=timedelta(0))


class Killed(BaseException):
    """Stands for a signal: no handler of errors catches it."""


def die_at_the_answer(shop: Shop, run: activation.CampaignRun, channel: Channel) -> None:
    """Have a worker die between the provider's answer and its own note of it, and its lease end."""

    def at(reached: Point) -> None:
        if reached is Point.AFTER_SEND:
            raise Killed

    with pytest.raises(Killed):
        activation.dispatch(
            shop.warehouse,
            shop.tenant_id,
            run.campaign_run_id,
            {"email": channel},
            worker="killed",
            guard=SANDBOX,
            links=shop.links,
            limits=AT_ONCE,
            at=at,
        )
    shop.execute("UPDATE activation.delivery SET leased_until = now() WHERE tenant_id = %s", shop.tenant_id)
    activation.reap(shop.warehouse, shop.tenant_id)


def settle(shop: Shop, log: MessageLog) -> tuple[int, int]:
    counts = reconcile_unknown(shop.warehouse, shop.tenant_id, [log], NOW)
    return counts.asked, counts.accepted


def test_a_file_that_was_written_settles_what_its_writer_could_not(shop: Shop, tmp_path: Path) -> None:
    shop.person("lan")
    run = shop.approved_run()
    outbox = FileSettings(tmp_path)

    die_at_the_answer(shop, run, FileChannel(outbox))
    assert shop.states(run) == {"lan": "unknown"}

    assert settle(shop, FileLog(outbox)) == (1, 1)
    assert shop.states(run) == {"lan": "accepted"}
    assert shop.dispatch(run, FileChannel(outbox)).accepted == 0
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_that_is_not_there_leaves_its_delivery_unknown(shop: Shop, tmp_path: Path) -> None:
    shop.person("lan")
    run = shop.approved_run()

    die_at_the_answer(shop, run, FileChannel(FileSettings(tmp_path)))
    asked = settle(shop, FileLog(FileSettings(tmp_path / "elsewhere")))

    assert asked == (1, 0)
    assert shop.states(run) == {"lan": "unknown"}


def test_sendgrid_s_activity_settles_what_was_accepted_and_leaves_what_was_not(shop: Shop, tmp_path: Path) -> None:
    for name in ("lan", "mai"):
        shop.person(name)
    run = shop.approved_run()
    with running_sandbox(tmp_path / "journal.jsonl") as sandbox:
        account = SendGridSettings("SG.key", shop.tenant_id, sandbox.sendgrid_url, timeout_s=1.0)
        sandbox.scenario("sendgrid", "accept_then_reset", key="lan@example.com")
        sandbox.scenario("sendgrid", "server_error_rejected", key="mai@example.com")
        shop.dispatch(run, SendGridChannel(account))
        assert shop.states(run) == {"lan": "unknown", "mai": "unknown"}

        assert settle(shop, SendGridLog(account)) == (2, 1)

    assert shop.states(run) == {"lan": "accepted", "mai": "unknown"}
