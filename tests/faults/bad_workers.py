"""Ways to get sending wrong, each as somebody might write it: what the checker has to catch.

Each takes a shop with an approved run that has one message for everybody, and a mail server, and works the run off.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from leo_activation import activation
from leo_activation.activation.channels import Answer, Message
from leo_activation.activation.channels.smtp.channel import SmtpChannel, SmtpSession, SmtpSettings
from leo_activation.activation.states import Outcome
from sandbox.process import SandboxProcess
from tests.activation.shop import AT_ONCE, Shop
from tests.faults.crowd import Crowd

TRIES = 3
TIMEOUT_S = 2.0


@dataclass(frozen=True)
class Scene:
    """Where a bad worker is let loose."""

    shop: Shop
    sandbox: SandboxProcess
    run: activation.CampaignRun
    crowd: Crowd

    @property
    def channel(self) -> SmtpChannel:
        """The product's own channel: what is wrong is how it is used."""
        return SmtpChannel(SmtpSettings("127.0.0.1", self.sandbox.smtp_port, timeout_s=TIMEOUT_S))

    def dispatch(self) -> None:
        """The good worker, before or after the bad one."""
        self.shop.dispatch(self.run, self.channel, limits=AT_ONCE)

    def ready(self) -> list[tuple[str, str]]:
        """(delivery, customer) of what has not been begun."""
        rows = self.shop.execute(
            "SELECT delivery_id::text, customer_id FROM activation.delivery "
            "WHERE tenant_id = %s AND campaign_run_id = %s AND state = 'ready' ORDER BY customer_id",
            self.shop.tenant_id,
            self.run.campaign_run_id,
        )
        return [(row[0], row[1]) for row in rows]

    def accepted(self) -> list[str]:
        """The deliveries that a provider took."""
        rows = self.shop.execute(
            "SELECT delivery_id::text FROM activation.delivery WHERE tenant_id = %s AND state = 'accepted'",
            self.shop.tenant_id,
        )
        return [row[0] for row in rows]

    @contextmanager
    def session(self) -> Iterator[SmtpSession]:
        with self.channel.open() as session:
            yield session

    def send(self, session: SmtpSession, delivery: str, customer_id: str) -> Answer:
        session.ready()
        message = Message(
            delivery_id=self.shop.delivery_id(self.run, customer_id),
            recipient=self.crowd.address_of(customer_id),
            sender="Red Socks <news@example.com>",
            text=delivery,
            subject="Warm feet",
        )
        return session.send(self.channel.build(message))

    def begin(self, delivery: str) -> None:
        """An attempt on record, without any of the questions that come before it."""
        self.shop.execute(
            "INSERT INTO activation.attempt (tenant_id, delivery_id, fence, worker, started_at) "
            "VALUES (%s, %s, 1, 'bad', clock_timestamp())",
            self.shop.tenant_id,
            delivery,
        )

    def send_to_all(self) -> None:
        """Begin, send and settle everything that is ready, with no question asked."""
        with self.session() as session:
            for delivery, customer_id in self.ready():
                self.begin(delivery)
                self.send(session, delivery, customer_id)
                self.settle(delivery, "accepted")

    def keep_event(self, delivery: str, name: str, kind: str = "delivered") -> None:
        """An event of the provider's as the ledger keeps it."""
        self.shop.execute(
            "INSERT INTO activation.provider_event "
            "(tenant_id, provider, provider_event_id, delivery_id, kind, occurred_at) "
            "VALUES (%s, 'sendgrid', %s, %s, %s, clock_timestamp())",
            self.shop.tenant_id,
            name,
            delivery,
            kind,
        )

    def settle(self, delivery: str, state: str) -> None:
        self.shop.execute(
            "UPDATE activation.attempt SET outcome = %s WHERE tenant_id = %s AND delivery_id = %s",
            state,
            self.shop.tenant_id,
            delivery,
        )
        self.shop.execute(
            "UPDATE activation.delivery SET state = %s WHERE tenant_id = %s AND delivery_id = %s",
            state,
            self.shop.tenant_id,
            delivery,
        )


def retry_whatever_is_not_accepted(scene: Scene) -> None:
    """No answer is taken for a refusal."""
    scene.sandbox.scenario("smtp", "accept_then_close", attempts=1)
    with scene.session() as session:
        for delivery, customer_id in scene.ready():
            scene.begin(delivery)
            for _ in range(TRIES):
                if scene.send(session, delivery, customer_id).outcome is Outcome.ACCEPTED:
                    break
            scene.settle(delivery, "accepted")


def make_unknown_ready_again(scene: Scene) -> None:
    """The reaper of a queue that knows two outcomes only."""
    scene.sandbox.scenario("smtp", "accept_then_close", attempts=1)
    scene.dispatch()
    scene.shop.execute("UPDATE activation.run SET state = 'sending' WHERE tenant_id = %s", scene.shop.tenant_id)
    scene.shop.execute(
        "UPDATE activation.delivery SET state = 'ready' WHERE tenant_id = %s AND state = 'unknown'",
        scene.shop.tenant_id,
    )
    scene.dispatch()


def send_and_record_afterwards(scene: Scene) -> None:
    """No attempt is on record when the worker dies after its send, so a good worker sends again."""
    with scene.session() as session:
        for delivery, customer_id in scene.ready():
            scene.send(session, delivery, customer_id)
    scene.dispatch()


def come_back_without_a_fence(scene: Scene) -> None:
    """A worker that was away past its lease sends what another one has sent meanwhile."""
    claimed_long_ago = scene.ready()
    scene.dispatch()
    with scene.session() as session:
        for delivery, customer_id in claimed_long_ago:
            scene.send(session, delivery, customer_id)


def ask_for_consent_only_when_planning(scene: Scene) -> None:
    """Whoever opts out after the plan is written to all the same."""
    for delivery, customer_id in scene.ready():
        target = activation.LinkTarget(scene.shop.tenant_id, scene.shop.delivery_id(scene.run, customer_id))
        activation.unsubscribe(scene.shop.warehouse, target, source="test")
        scene.begin(delivery)
    with scene.session() as session:
        for delivery, customer_id in scene.ready():
            scene.send(session, delivery, customer_id)
            scene.settle(delivery, "accepted")


def commit_the_answer_before_sending(scene: Scene) -> None:
    """'Accepted' is committed first, and then the worker dies."""
    for delivery, _ in scene.ready():
        scene.begin(delivery)
        scene.settle(delivery, "accepted")


def take_a_time_out_for_a_refusal(scene: Scene) -> None:
    """The message is out, and the ledger says that it is not."""
    scene.sandbox.scenario("smtp", "accept_then_close")
    with scene.session() as session:
        for delivery, customer_id in scene.ready():
            scene.begin(delivery)
            scene.send(session, delivery, customer_id)
            scene.settle(delivery, "rejected")


def give_up_without_a_word(scene: Scene) -> None:
    """Claimed, and left so for ever."""
    for delivery, _ in scene.ready():
        scene.settle(delivery, "claimed")


def call_everything_unknown(scene: Scene) -> None:
    """Never wrong, and of no use: each unknown needs a fault behind it."""
    with scene.session() as session:
        for delivery, customer_id in scene.ready():
            scene.begin(delivery)
            scene.send(session, delivery, customer_id)
            scene.settle(delivery, "unknown")


def forget_whose_address_it_is(scene: Scene) -> None:
    """One message a customer, and so two to an address that two customers share."""
    scene.shop.execute(
        "UPDATE activation.delivery SET state = 'ready', skip_reason = NULL "
        "WHERE tenant_id = %s AND skip_reason = 'duplicate_address'",
        scene.shop.tenant_id,
    )
    scene.send_to_all()


def write_to_everybody(scene: Scene) -> None:
    """The allow-list is looked at when planning was done for another environment, and never again."""
    scene.shop.execute(
        "UPDATE activation.delivery SET state = 'ready', skip_reason = NULL "
        "WHERE tenant_id = %s AND skip_reason = 'not_allowed'",
        scene.shop.tenant_id,
    )
    scene.send_to_all()


def fall_back_whatever_happened(scene: Scene) -> None:
    """The next channel is tried where no answer came: the person may get both."""
    scene.sandbox.scenario("smtp", "accept_then_close")
    scene.dispatch()
    scene.shop.execute(
        "INSERT INTO activation.delivery (tenant_id, campaign_run_id, customer_id, channel, step, state, skip_reason) "
        "SELECT tenant_id, campaign_run_id, customer_id, 'zalo', 2, 'skipped', 'no_address' "
        "FROM activation.delivery WHERE tenant_id = %s AND state = 'unknown'",
        scene.shop.tenant_id,
    )


def keep_each_telling(scene: Scene) -> None:
    """The webhook names events by the moment at which they came: told twice, they count twice."""
    scene.dispatch()
    for delivery in scene.accepted():
        for name in (f"of-{delivery}", f"of-{delivery} again"):
            scene.keep_event(delivery, name)


def believe_whoever_posts(scene: Scene) -> None:
    """The webhook does not look at signatures."""
    scene.dispatch()
    for delivery in scene.accepted():
        scene.keep_event(delivery, f"of-{delivery}")
        scene.keep_event(delivery, f"forged-{delivery}", "complained")


def answer_before_keeping(scene: Scene) -> None:
    """The webhook says 204 and then dies: the provider will not tell it again."""
    scene.dispatch()


def leave_unknown_what_is_proved(scene: Scene) -> None:
    """Events are kept, and nobody draws a conclusion."""
    scene.sandbox.scenario("smtp", "accept_then_close")
    scene.dispatch()
    for (delivery,) in scene.shop.execute(
        "SELECT delivery_id::text FROM activation.delivery WHERE tenant_id = %s AND state = 'unknown'",
        scene.shop.tenant_id,
    ):
        scene.keep_event(delivery, f"of-{delivery}")
