"""A small shop for the tests of activation: people with addresses and consent, a segment, a campaign that is ready."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any
from uuid import UUID

from leo_activation import activation
from leo_activation.activation.channels import Answer, Message
from leo_activation.activation.messages.templates import Template
from leo_activation.activation.states import DeliveryState, MessageClass, Outcome
from leo_activation.settings import DatabaseRole, Environment
from leo_activation.warehouse.connections import Connection, Warehouse
from tests.activation.layouts import message_layout

AS_OF = datetime(2026, 2, 20, tzinfo=UTC)
SEGMENT = "red_socks"
CAMPAIGN = "warm_feet"
MARKETER = "linh"
APPROVER = "petr"
SANDBOX = activation.SendingGuard(Environment.SANDBOX)
PRODUCTION = activation.SendingGuard(Environment.PRODUCTION)
AT_ONCE = activation.DispatchLimits(
    batch=3,
    in_flight=1,
    time_limit=timedelta(seconds=30),
    lease=timedelta(minutes=5),
    retry=activation.RetryPolicy(max_attempts=3, first_delay=timedelta(0)),
)


@dataclass
class FakeChannel:
    """A provider in memory: answers from a script by recipient, else accepts; notes what it was sent."""

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    sent: list[Message] = field(default_factory=list)
    before_send: dict[str, Any] = field(default_factory=dict)
    down: Exception | None = None
    lock: Any = field(default_factory=Lock)
    provider: str = "fake"

    def build(self, message: Message) -> Message:
        return message

    def open(self) -> AbstractContextManager["FakeChannel"]:
        return nullcontext(self)

    def ready(self) -> None:
        if self.down is not None:
            raise self.down

    def send(self, payload: Message) -> Answer:
        with self.lock:
            self.sent.append(payload)
            script = self.answers.get(payload.recipient)
            answer = script.pop(0) if script else Answer(Outcome.ACCEPTED, "fake", "ok", provider_message_id="m1")
        if payload.recipient in self.before_send:
            self.before_send[payload.recipient]()
        return answer

    def recipients(self) -> list[str]:
        return sorted(message.recipient for message in self.sent)


@dataclass
class Shop:
    """One tenant of a test's own."""

    warehouse: Warehouse
    tenant_id: str
    key: bytes
    connection: Connection
    links: activation.UnsubscribeLinks = field(init=False)

    def __post_init__(self) -> None:
        self.links = activation.UnsubscribeLinks("https://shop.example/", self.key)

    def execute(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """One statement as the writer, committed at once."""
        cursor = self.connection.execute(query.encode(), values)
        return cursor.fetchall() if cursor.description else []

    def alter_tenant(self, assignment: str) -> None:
        """Change the tenant's registration, which only the owner may."""
        with self.warehouse.connect(DatabaseRole.OWNER, self.tenant_id) as connection:
            query = f"UPDATE ops.tenant SET {assignment} WHERE tenant_id = %s"
            connection.execute(query.encode(), [self.tenant_id])

    def person(
        self,
        customer_id: str,
        *,
        address: str | None = "",
        consent: str | None = "granted",
        first_name: str | None = "Lan",
        member: bool = True,
        channel: str = "email",
    ) -> None:
        """One customer of one profile; address '' makes one of the id, None gives them none."""
        tenant = self.tenant_id
        self.execute("INSERT INTO core.customer (tenant_id, customer_id) VALUES (%s, %s)", tenant, customer_id)
        self.execute(
            "INSERT INTO core.profile (tenant_id, profile_id, customer_id, first_name, source_rev) "
            "VALUES (%s, %s, %s, %s, '1')",
            tenant,
            f"p-{customer_id}",
            customer_id,
            first_name,
        )
        if address is not None:
            self.address(customer_id, address or f"{customer_id}@example.com", channel)
        if consent is not None:
            self.consent(customer_id, consent, channel=channel)
        if member:
            self.execute(
                "INSERT INTO segment.membership (tenant_id, segment_id, customer_id, since) VALUES (%s, %s, %s, %s)",
                tenant,
                SEGMENT,
                customer_id,
                AS_OF,
            )

    def address(self, customer_id: str, address: str, channel: str = "email") -> None:
        self.execute(
            "INSERT INTO core.channel_address (tenant_id, profile_id, channel, address, address_hash) "
            "VALUES (%s, %s, %s, %s, core.address_hash(%s, %s, %s))",
            self.tenant_id,
            f"p-{customer_id}",
            channel,
            address,
            channel,
            address,
            self.key,
        )

    def consent(
        self, customer_id: str, state: str, *, channel: str = "email", purpose: str = "marketing", day: int = 1
    ) -> None:
        self.execute(
            "INSERT INTO core.consent "
            "(tenant_id, profile_id, channel, purpose, state, legal_basis, evidence, source, since) "
            "VALUES (%s, %s, %s, %s, %s, 'consent', 'form', 'test', %s)",
            self.tenant_id,
            f"p-{customer_id}",
            channel,
            purpose,
            state,
            datetime(2026, 1, day, tzinfo=UTC),
        )

    def suppress(self, address: str, reason: str = "unsubscribed") -> None:
        self.execute(
            "INSERT INTO core.suppression (tenant_id, channel, address_hash, reason, source) "
            "VALUES (%s, 'email', core.address_hash('email', %s, %s), %s, 'test')",
            self.tenant_id,
            address,
            self.key,
            reason,
        )

    def segment(self, request_id: int | None = None, version: int = 1, segment_id: str = SEGMENT) -> None:
        """An active definition that was refreshed once."""
        self.execute(
            "UPDATE segment.definition SET state = 'retired' WHERE tenant_id = %s AND segment_id = %s",
            self.tenant_id,
            segment_id,
        )
        self.execute(
            "INSERT INTO segment.definition (tenant_id, segment_id, version, request_id, name, plan, sentence, cypher, "
            "parameters, schema_version, hash, state) "
            "VALUES (%s, %s, %s, %s, 'Red socks', '{}', 'Buyers of red socks.', '', '{}', 'x', %s, 'active')",
            self.tenant_id,
            segment_id,
            version,
            request_id,
            f"hash of version {version}",
        )
        self.execute(
            "INSERT INTO segment.run (tenant_id, segment_id, version, as_of, member_count, entered, exited) "
            "VALUES (%s, %s, %s, %s, 0, 0, 0)",
            self.tenant_id,
            segment_id,
            version,
            AS_OF,
        )

    def request(self, wanted: str, state: str = "approved") -> int:
        """A request in words that wants something sent, as JSON."""
        rows = self.execute(
            "INSERT INTO segment.request (tenant_id, text, requested_by, state, activation) "
            "VALUES (%s, 'words', %s, %s, %s) RETURNING request_id",
            self.tenant_id,
            MARKETER,
            state,
            wanted,
        )
        return int(rows[0][0])

    def campaign(
        self,
        *,
        template: Template | None = None,
        channels: tuple[str, ...] = ("email",),
        message_class: MessageClass = MessageClass.MARKETING,
        holdout_share: float = 0.0,
        message: str = "Warm feet all winter.",
        campaign_id: str = CAMPAIGN,
        **more: Any,
    ) -> activation.Submitted:
        """A campaign with everything it needs on e-mail; `more` are other parts of `Campaign`."""
        activation.set_sender(self.warehouse, self.tenant_id, "email", "Red Socks <news@example.com>")
        version = activation.save_template(self.warehouse, self.tenant_id, template or message_layout("en"))
        return activation.submit_campaign(
            self.warehouse,
            self.tenant_id,
            activation.Campaign(
                campaign_id=campaign_id,
                name="Warm feet",
                segment_id=SEGMENT,
                channels=channels,
                message_class=message_class,
                requested_by=MARKETER,
                template=version,
                message=message,
                **{"policy": activation.Policy(holdout_share=holdout_share), **more},
            ),
        )

    def allow(self, *addresses: str) -> None:
        activation.allow_addresses(self.warehouse, self.tenant_id, "email", addresses, "test", self.key)

    def allow_all(self) -> None:
        rows = self.execute("SELECT address FROM core.channel_address WHERE tenant_id = %s", self.tenant_id)
        self.allow(*(row[0] for row in rows))

    def plan(
        self,
        guard: activation.SendingGuard = SANDBOX,
        name: str = "run-1",
        campaign_id: str = CAMPAIGN,
        due_at: datetime | None = None,
    ) -> activation.CampaignRun:
        return activation.plan_run(self.warehouse, self.tenant_id, campaign_id, name, AS_OF, guard=guard, due_at=due_at)

    def approve(self, run: activation.CampaignRun) -> activation.RunState:
        return activation.decide_run(
            self.warehouse,
            self.tenant_id,
            run.campaign_run_id,
            decision=activation.Decision.APPROVE,
            decided_by=APPROVER,
            decided_at=AS_OF,
            hash=run.hash,
        )

    def approved_run(self) -> activation.CampaignRun:
        """A campaign to everybody in the segment, planned and approved, whose addresses are all allowed."""
        self.segment()
        self.campaign()
        self.allow_all()
        run = self.plan()
        self.approve(run)
        return run

    def dispatch(
        self,
        run: activation.CampaignRun,
        channel: Any,
        *,
        guard: activation.SendingGuard = SANDBOX,
        limits: activation.DispatchLimits = AT_ONCE,
    ) -> activation.DispatchCounts:
        return activation.dispatch(
            self.warehouse,
            self.tenant_id,
            run.campaign_run_id,
            {"email": channel},
            worker="test",
            guard=guard,
            links=self.links,
            limits=limits,
        )

    def skip_reasons(self, run: activation.CampaignRun) -> dict[str, str | None]:
        rows = self.execute(
            "SELECT customer_id, skip_reason FROM activation.delivery WHERE tenant_id = %s AND campaign_run_id = %s",
            self.tenant_id,
            run.campaign_run_id,
        )
        return dict(rows)

    def states(self, run: activation.CampaignRun) -> dict[str, str]:
        rows = self.execute(
            "SELECT customer_id, state FROM activation.delivery WHERE tenant_id = %s AND campaign_run_id = %s",
            self.tenant_id,
            run.campaign_run_id,
        )
        return dict(rows)

    def delivery_id(self, run: activation.CampaignRun, customer_id: str) -> UUID:
        rows = self.execute(
            "SELECT delivery_id FROM activation.delivery "
            "WHERE tenant_id = %s AND campaign_run_id = %s AND customer_id = %s",
            self.tenant_id,
            run.campaign_run_id,
            customer_id,
        )
        return UUID(str(rows[0][0]))

    def attempts(self, run: activation.CampaignRun) -> Sequence[tuple[Any, ...]]:
        """(customer, outcome, phase, late, answer) of each attempt, in their order."""
        return self.execute(
            "SELECT customer_id, outcome, phase, late, answer FROM activation.attempt "
            "JOIN activation.delivery USING (tenant_id, delivery_id) "
            "WHERE tenant_id = %s AND campaign_run_id = %s ORDER BY customer_id, started_at",
            self.tenant_id,
            run.campaign_run_id,
        )


def states_of(*states: DeliveryState) -> list[str]:
    """The states as the table spells them."""
    return [str(state) for state in states]
