"""One person's way through everything: sync, drafting, members, a campaign on two channels, webhooks and errors.

What was logged, asked of models, embedded and written to files on the way is kept for a look afterwards.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx

from leo_activation import activation, audit, sync
from leo_activation.activation.aftermath.reconciling import reconcile_unknown
from leo_activation.activation.channels import Channel, Message
from leo_activation.activation.channels.sendgrid.channel import SendGridChannel, SendGridSettings
from leo_activation.activation.channels.twilio.channel import TwilioChannel, TwilioSettings
from leo_activation.activation.messages.templates import Template
from leo_activation.activation.safety.tenant_policy import DEFAULT_POLICY, save_policy
from leo_activation.activation.states import MessageClass
from leo_activation.errors import LeoError
from leo_activation.llm.budget import Budget
from leo_activation.llm.sql_ledger import SqlCallLedger
from leo_activation.orchestration.run_times import run_time_of, write
from leo_activation.profiles.embeddings import embed_due
from leo_activation.profiles.interests import compute_interests
from leo_activation.profiles.texts import write_texts
from leo_activation.segments.approval import Decision, record_decision, review
from leo_activation.segments.drafting import draft_request
from leo_activation.segments.membership import refresh_segments
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.planners.llm import LanguageModelPlanner
from leo_activation.segments.planners.llm_explain import LanguageModelExplainer
from leo_activation.segments.planners.llm_review import LanguageModelReviewer
from leo_activation.segments.recall import remember
from leo_activation.segments.requests import submit_request
from leo_activation.sources import open_source
from sandbox.process import SandboxProcess
from sandbox.webpush.browser import subscription
from tests.activation.layouts import message_layout
from tests.activation.shop import APPROVER, AS_OF, AT_ONCE, MARKETER, SANDBOX, SEGMENT, Shop
from tests.faults.webhooks import Webhooks
from tests.leaks.canaries import NEVER_COPIED, OF_PEOPLE, SAID, SET_ASIDE
from tests.llm.providers import OPENAI_CHAT
from tests.profiles.fake_encoder import FakeEncoder
from tests.sync.small_sources import METRIC, PRODUCT, PROFILE, TRACKING_EVENT, write_dump

NOW = datetime(2026, 2, 20, tzinfo=UTC)
ORDINARY = 40
SECONDS_TO_POST = 30
POLL_S = 0.1
BEHAVIOUR = {"plan": {"where": {"kind": "behaviour", "event": "view", "product": {"names": ["Wool socks"]}}}}

SMS = Template("sms", "sms", "{{ first_name | default('you') }}: {{ message }} {{ unsubscribe_url }}")


class Listening(logging.Handler):
    """Every record of every logger, formatted with its exception."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += self.format(record).splitlines()


@dataclass
class Traces:
    """What came by on the way."""

    logged: list[str] = field(default_factory=list)
    raised: list[str] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)
    embedded: list[str] = field(default_factory=list)
    sheets: list[str] = field(default_factory=list)
    approved: int = 0
    accepted: list[Mapping[str, Any]] = field(default_factory=list)
    posted: int = 0


def documents() -> tuple[list[Mapping[str, object]], list[Mapping[str, object]]]:
    """The profiles and events of the source: ordinary ones, the person's, and one row to be set aside."""
    endpoint = OF_PEOPLE["endpoint"].written
    person: dict[str, object] = {
        **PROFILE,
        "_key": "canary",
        "_rev": "c1",
        "firstName": OF_PEOPLE["first name"].written,
        "lastName": OF_PEOPLE["last name"].written,
        "primaryEmail": OF_PEOPLE["e-mail"].written,
        "secondaryEmails": [OF_PEOPLE["second e-mail"].written],
        "primaryPhone": OF_PEOPLE["telephone"].written,
        "secondaryPhones": [OF_PEOPLE["second telephone"].written],
        "livingLocation": OF_PEOPLE["address"].written,
        "currentZipCode": OF_PEOPLE["zip code"].written,
        "dateOfBirth": f"{OF_PEOPLE['date of birth'].written}T00:00:00.000Z",
        "identities": [f"email:{OF_PEOPLE['e-mail'].written}", f"zalo:{OF_PEOPLE['Zalo id'].written}"],
        "notificationUserIds": {
            "firebase": [OF_PEOPLE["device"].written],
            "webpush": [json.dumps(subscription(endpoint))],
            "zalo": [OF_PEOPLE["Zalo id"].written],
            "facebook": [OF_PEOPLE["Facebook id"].written],
        },
        "receiveEmail": 1,
        "receiveSMS": 1,
        "receiveAds": 1,
        "password": NEVER_COPIED["password"].written,
        "webCookies": {"session": NEVER_COPIED["cookie"].written},
        "governmentIssuedIDs": [NEVER_COPIED["government id"].written],
    }
    aside = {
        **PROFILE,
        "_key": "aside",
        "_rev": "a1",
        "primaryEmail": SET_ASIDE["malformed e-mail"].written,
        "primaryPhone": SET_ASIDE["telephone of a row set aside"].written,
        "password": NEVER_COPIED["password"].written,
    }
    others = [
        {**PROFILE, "_key": f"p{number}", "_rev": f"r{number}", "primaryEmail": f"other{number}@example.com"}
        for number in range(ORDINARY)
    ]
    words = f"{OF_PEOPLE['e-mail in a message'].written} {OF_PEOPLE['telephone in a message'].written}"
    told = {
        **TRACKING_EVENT,
        "_key": "told",
        "refProfileId": "canary",
        "message": words,
        "eventData": {"note": OF_PEOPLE["e-mail in event data"].written},
    }
    seen = [{**TRACKING_EVENT, "_key": f"e{number}", "refProfileId": f"p{number}"} for number in range(ORDINARY)]
    return [person, aside, *others], [told, *seen]


@dataclass
class Journey:
    """The way, step by step."""

    shop: Shop
    sandbox: SandboxProcess
    folder: Path
    encoder: FakeEncoder = field(default_factory=FakeEncoder)
    traces: Traces = field(default_factory=Traces)

    def synchronise(self) -> None:
        """The sync's own steps, then everything that is computed of people."""
        profiles, events = documents()
        source = open_source(
            "arangodump",
            str(
                write_dump(
                    self.folder / "dump", profiles=profiles, events=events, products=(PRODUCT,), metrics=(METRIC,)
                )
            ),
        )
        warehouse, tenant = self.shop.warehouse, self.shop.tenant_id
        run = sync.open_run(warehouse, tenant, "canary", as_of=NOW)
        sync.extract(warehouse, tenant, run, source, pseudonym_key=self.shop.key)
        report = sync.check(warehouse, tenant, run, docs=self.folder / "docs")
        assert report.rows_quarantined >= 1
        sync.merge(warehouse, tenant, run, pseudonym_key=self.shop.key)
        sync.project(warehouse, tenant, run)
        compute_interests(warehouse, tenant, NOW)
        write_texts(warehouse, tenant, NOW)
        embed_due(warehouse, tenant, self.encoder)

    def draft(self) -> None:
        """A request that names contact data, by a model that reads, reviews and explains."""
        self.sandbox.script("", {"differences": []})
        self.sandbox.script("", {"text": "People who looked at wool socks."})
        self.sandbox.script("", BEHAVIOUR)
        model = OPENAI_CHAT.model(OPENAI_CHAT.base_url(self.sandbox))
        ledger = SqlCallLedger(self.shop.warehouse, self.shop.tenant_id, Budget(request_tokens=None, day_tokens=None))
        for text in (
            f"people like {SAID['e-mail in a request'].written} who fancy warm things around the house",
            f"whoever rang us from {SAID['telephone in a request'].written} or has the taste of such folk",
            "people with the taste of our best customers, warm things around the house",
        ):
            request = submit_request(self.shop.warehouse, self.shop.tenant_id, text, MARKETER)
            draft = draft_request(
                self.shop.warehouse,
                self.shop.tenant_id,
                request,
                as_of=NOW,
                encoder=self.encoder,
                planners=[GrammarPlanner(), LanguageModelPlanner(model, ledger, encoder=self.encoder)],
                reviewer=LanguageModelReviewer(model, ledger),
                explainer=LanguageModelExplainer(model, ledger),
            )
            if draft.segment_id is not None:
                shown = review(self.shop.warehouse, self.shop.tenant_id, request)
                self.traces.sheets.append(shown.body)
                self._approve(request, shown.hash)
        # What a second request to the model says where the server fails.
        self.sandbox.scenario("openai", "malformed_body")
        failing = submit_request(
            self.shop.warehouse,
            self.shop.tenant_id,
            f"folk whose taste is that of {SAID['e-mail in a request'].written} by and large",
            MARKETER,
        )
        self._try(
            lambda: draft_request(
                self.shop.warehouse,
                self.shop.tenant_id,
                failing,
                as_of=NOW,
                encoder=self.encoder,
                planners=[LanguageModelPlanner(model, ledger, encoder=self.encoder)],
            )
        )

    def refresh(self) -> None:
        """The members of what was approved, and what is remembered of it."""
        warehouse, tenant = self.shop.warehouse, self.shop.tenant_id
        sync.refresh_reachability(warehouse, tenant)
        refresh_segments(warehouse, tenant, NOW, encoder=self.encoder)
        remember(warehouse, tenant, self.encoder)

    def campaign(self, webhooks: Webhooks) -> None:
        """A campaign on two channels, with what providers refuse and say on the way, and what they tell afterwards."""
        shop = self.shop
        save_policy(
            shop.warehouse,
            shop.tenant_id,
            DEFAULT_POLICY.model_copy(update={"caps": (), "quiet_hours": ()}),
            set_by="test",
        )
        shop.segment()
        shop.execute(
            "INSERT INTO segment.membership (tenant_id, segment_id, customer_id, since) "
            "SELECT tenant_id, %s, customer_id, %s FROM core.profile WHERE profile_id = 'canary'",
            SEGMENT,
            AS_OF,
        )
        for channel, sender in (("email", "Red Socks <news@example.com>"), ("sms", "RedSocks")):
            activation.set_sender(shop.warehouse, shop.tenant_id, channel, sender)
            addresses = [
                str(row[0])
                for row in shop.execute(
                    "SELECT address FROM core.channel_address WHERE channel = %s AND profile_id = 'canary'", channel
                )
            ]
            assert addresses, channel
            activation.allow_addresses(shop.warehouse, shop.tenant_id, channel, addresses, "test", shop.key)
        self.sandbox.webhook("sendgrid", webhooks.url_of("sendgrid"))
        self.sandbox.scenario("sendgrid_events", "bounced")
        self.sandbox.scenario("sendgrid_webhook", "forged")
        self.sandbox.scenario("twilio_events", "undelivered")
        self.sandbox.scenario("twilio_webhook", "forged")
        for number, (channel, fault) in enumerate(
            [("email", "bad_request"), ("sms", "ok"), ("email", "stall"), ("sms", "dead_address"), ("email", "ok")]
        ):
            provider = "sendgrid" if channel == "email" else "twilio"
            self.sandbox.scenario(provider, fault)
            self._send(f"canary_{number}", channel, self._channel(provider, webhooks))

    def be_lied_to(self, webhooks: Webhooks) -> None:
        """Posts that nobody signed, and ones that cannot be read, with contact data in them."""
        body = f'[{{"email": "{OF_PEOPLE["e-mail"].written}", "event": "bounce"}}]'
        for provider in ("sendgrid", "twilio", "zalo", "messenger", "brandname"):
            for content in (body, "{", f"From={OF_PEOPLE['telephone'].written}&Body=STOP"):
                answer = httpx.post(webhooks.url_of(provider), content=content, timeout=10, trust_env=False)
                assert answer.status_code in {400, 403, 404}, (provider, answer.status_code)
                self.traces.posted += 1

    def await_posts(self) -> int:
        """How many events are still to be posted after a while, 0 where all are told."""
        waiting = -1
        ends_at = time.monotonic() + SECONDS_TO_POST
        while time.monotonic() < ends_at:
            waiting = self.sandbox.waiting("sendgrid") + self.sandbox.waiting("twilio")
            if waiting == 0:
                break
            time.sleep(POLL_S)
        return waiting

    def settle(self) -> None:
        """What follows a campaign: the end of what is unknown, the next channel, who was touched, and what is kept."""
        warehouse, tenant = self.shop.warehouse, self.shop.tenant_id
        activation.reap(warehouse, tenant)
        reconcile_unknown(warehouse, tenant, [])
        activation.fall_back(warehouse, tenant, guard=SANDBOX)
        sync.refresh_exposure(warehouse, tenant)
        sealed = audit.seal(warehouse, tenant, self.folder / "audit", self.shop.key)
        assert sealed.entries > 0
        run: Any = SimpleNamespace(
            dag_id="draft_segment",
            run_id=f"request-{tenant}-1",
            run_type="manual",
            queued_at=NOW,
            start_date=NOW,
            end_date=datetime.now(UTC),
            conf={"tenant": tenant, "why": f"for {OF_PEOPLE['e-mail'].written}"},
        )
        write(warehouse, [run_time_of(run, "success")])

    def fail(self) -> None:
        """Errors of the product's own, by whoever asks for what is not there or cannot be."""
        email = OF_PEOPLE["e-mail"].written
        shop = self.shop
        form = Template("t", "email", "Hi {{ first_name | default('you') }} {{ message }}", subject="{{ message }}")
        self._try(lambda: activation.set_sender(shop.warehouse, shop.tenant_id, "email", "no address"))
        self._try(lambda: activation.save_template(shop.warehouse, shop.tenant_id, form, form))
        self._try(lambda: sync.open_run(shop.warehouse, "nobody", "canary", as_of=NOW))
        self._try(
            lambda: SendGridChannel(SendGridSettings("SG.key", shop.tenant_id)).build(
                Message(uuid4(), f"{email} two words", "shop@example.com", "x", subject="x")
            )
        )

    def _approve(self, request: int, shown_hash: str) -> None:
        record_decision(
            self.shop.warehouse,
            self.shop.tenant_id,
            request,
            decision=Decision.APPROVE,
            decided_by=APPROVER,
            decided_at=NOW,
            hash=shown_hash,
        )
        self.traces.approved += 1

    def _send(self, campaign_id: str, channel: str, carrier: Channel) -> None:
        shop = self.shop
        template = message_layout("en") if channel == "email" else SMS
        activation.submit_campaign(
            shop.warehouse,
            shop.tenant_id,
            activation.Campaign(
                campaign_id=campaign_id,
                name="Warm feet",
                segment_id=SEGMENT,
                channels=(channel,),
                message_class=MessageClass.MARKETING,
                requested_by=MARKETER,
                template=activation.save_template(shop.warehouse, shop.tenant_id, template),
                message="Warm feet all winter.",
            ),
        )
        run = shop.plan(name=f"run-{campaign_id}", campaign_id=campaign_id)
        shop.approve(run)
        activation.dispatch(
            shop.warehouse,
            shop.tenant_id,
            run.campaign_run_id,
            {channel: carrier},
            worker="canary",
            guard=SANDBOX,
            links=shop.links,
            limits=AT_ONCE,
        )

    def _channel(self, provider: str, webhooks: Webhooks) -> Channel:
        if provider == "sendgrid":
            return SendGridChannel(
                SendGridSettings("SG.of.a-canary", self.shop.tenant_id, self.sandbox.sendgrid_url, timeout_s=2)
            )
        return TwilioChannel(
            TwilioSettings(
                f"AC{'0' * 32}",
                "a-token",
                self.shop.tenant_id,
                webhooks.url,
                base_url=self.sandbox.twilio_url,
                timeout_s=2,
                clear_text=True,
            )
        )

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except LeoError as error:
            self.traces.raised.append(f"{type(error).__name__}: {error}")
            logging.getLogger("tests.leaks").exception("as a task would log it")


def prompts_of(journal: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the models' stand-in was asked."""
    return [str(line["message"]) for line in journal if line["channel"] in {"openai", "gemini"}]
