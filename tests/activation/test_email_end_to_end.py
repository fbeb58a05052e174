"""The whole activation over real sockets: a mixed bag of faults, and a worker killed in the middle of a message.

The checker compares what the mail server's journal says it took with what the ledger believes.
"""

import os
import signal
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from leo_activation import activation
from leo_activation.activation.channels.smtp.channel import SmtpChannel, SmtpSettings
from leo_activation.settings import REPOSITORY, DatabaseRole
from leo_activation.webhooks import create_app
from sandbox.process import SandboxProcess, running_sandbox
from tests.activation.shop import AT_ONCE, Shop

TIMEOUT_S = 1.0
MIX = {
    "ok": 0.5,
    "rcpt_4xx": 0.1,
    "rcpt_5xx": 0.08,
    "data_4xx": 0.08,
    "data_5xx": 0.06,
    "close_at_data": 0.06,
    "close_before_reading": 0.04,
    "accept_then_close": 0.04,
    "stall": 0.04,
}
SEED = 7


@pytest.fixture(scope="module")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess) -> SandboxProcess:
    sandbox_process.reset()
    return sandbox_process


def smtp(sandbox: SandboxProcess) -> SmtpChannel:
    return SmtpChannel(SmtpSettings("127.0.0.1", sandbox.smtp_port, timeout_s=TIMEOUT_S))


def accepted_by_server(sandbox: SandboxProcess) -> Counter[str]:
    """How often the server took a message for each address."""
    return Counter(line["recipient"] for line in sandbox.journal() if line["outcome"] == "accepted")


def test_the_journal_and_the_ledger_agree_under_a_mix_of_faults(shop: Shop, sandbox: SandboxProcess) -> None:
    names = [f"c{number:02}" for number in range(40)]
    for name in names:
        shop.person(name)
    run = shop.approved_run()
    sandbox.mix("smtp", MIX, seed=SEED)

    counts = shop.dispatch(run, smtp(sandbox))

    taken = accepted_by_server(sandbox)
    states = shop.states(run)
    assert set(states.values()) == {"accepted", "rejected", "unknown"}
    for name in names:
        effects = taken[f"{name}@example.com"]
        assert effects <= 1, "sent twice"
        assert effects == 1 or states[name] != "accepted", "accepted without an effect"
        assert effects == 0 or states[name] != "rejected", "an effect that the ledger denies"
    faulty = {line["recipient"] for line in sandbox.journal() if line["scenario"] != "ok"}
    assert {f"{name}@example.com" for name in names if states[name] == "unknown"} <= faulty
    assert counts.open == 0


def test_faults_that_pass_are_overcome_by_retries(shop: Shop, sandbox: SandboxProcess) -> None:
    names = [f"c{number:02}" for number in range(12)]
    for name in names:
        shop.person(name)
    run = shop.approved_run()
    sandbox.mix("smtp", {"rcpt_4xx": 0.5, "data_4xx": 0.25, "close_at_data": 0.25}, seed=SEED, attempts=1)

    counts = shop.dispatch(run, smtp(sandbox))

    assert counts == activation.DispatchCounts(accepted=12, retry=12)
    assert accepted_by_server(sandbox) == Counter(f"{name}@example.com" for name in names)


WORKER = """
    import sys
    from datetime import timedelta
    from leo_activation import activation
    from leo_activation.activation.channels.smtp.channel import SmtpChannel, SmtpSettings
    from leo_activation.settings import DatabaseRole, Environment
    from leo_activation.warehouse.connections import Warehouse

    url, tenant_id, campaign_run_id, port = sys.argv[1:]
    activation.dispatch(
        Warehouse({DatabaseRole.WRITER: url}), tenant_id, int(campaign_run_id),
        {"email": SmtpChannel(SmtpSettings("127.0.0.1", int(port), timeout_s=60))},
        worker="killed", guard=activation.SendingGuard(Environment.SANDBOX),
        links=activation.UnsubscribeLinks("https://shop.example", b"k" * 32),
        limits=activation.DispatchLimits(batch=2, in_flight=1, lease=timedelta(minutes=5)),
    )
"""


def test_a_worker_killed_while_it_waits_for_an_answer_loses_nothing_and_sends_nothing_twice(
    shop: Shop, sandbox: SandboxProcess
) -> None:
    names = [f"c{number}" for number in range(6)]
    for name in names:
        shop.person(name)
    run = shop.approved_run()
    sandbox.scenario("smtp", "stall", attempts=1)
    worker = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent(WORKER),
            shop.warehouse.urls[DatabaseRole.WRITER],
            shop.tenant_id,
            str(run.campaign_run_id),
            str(sandbox.smtp_port),
        ],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "plugins")},
    )
    try:
        while not accepted_by_server(sandbox) and worker.poll() is None:
            pass
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    assert Counter(shop.states(run).values()) == {"sending": 1, "claimed": 1, "ready": 4}

    # Time passes: the killed worker's leases end.
    shop.execute(
        "UPDATE activation.delivery SET leased_until = now() WHERE tenant_id = %s AND leased_until IS NOT NULL",
        shop.tenant_id,
    )
    assert activation.reap(shop.warehouse, shop.tenant_id) == activation.ReapCounts(returned=1, unknown=1)
    sandbox.scenario("smtp", "ok")
    counts = shop.dispatch(run, smtp(sandbox), limits=replace(AT_ONCE, lease=timedelta(minutes=5)))

    assert counts == activation.DispatchCounts(accepted=5)
    assert accepted_by_server(sandbox) == Counter(f"{name}@example.com" for name in names)
    assert Counter(shop.states(run).values()) == {"accepted": 5, "unknown": 1}


def test_the_link_in_the_mail_unsubscribes_over_http_and_the_next_run_skips(
    shop: Shop, sandbox: SandboxProcess
) -> None:
    shop.person("a")
    run = shop.approved_run()
    shop.dispatch(run, smtp(sandbox))
    (line,) = sandbox.journal()
    assert line["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = line["headers"]["List-Unsubscribe"].strip("<>")

    browser = TestClient(create_app(shop.warehouse, shop.links))
    assert browser.post(url, data={"List-Unsubscribe": "One-Click"}).status_code == 200

    shop.campaign(campaign_id="next")
    assert shop.skip_reasons(shop.plan(campaign_id="next")) == {"a": "suppressed"}
