"""The demo's own campaigns beside those that requests ask for, and what the stand-ins do with their messages.

*Weekend trails* is for several segments less one, compares two subjects, holds some people out, copies the team, and
goes by a provider that tells afterwards what became of each message. *New arrivals* goes to each person on the first
channel on which they may be written to: the app, the browser, SMS, else e-mail.
"""

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx

from embedded.demo.story import ASKED_BY, REQUESTS, STAFF, Stage, await_that, staff_address
from leo_activation.activation import Campaign, MessageClass, Policy, save_template, submit_campaign
from leo_activation.activation.audience.seeds import set_seed_list
from leo_activation.activation.campaigns.variants import Variant
from leo_activation.activation.messages.link_check import link_policy
from leo_activation.activation.messages.templates import Template
from leo_activation.activation.safety.tenant_policy import (
    ControlGroup,
    Cost,
    LinkHosts,
    TenantPolicy,
    load_policy,
    save_policy,
)
from leo_activation.settings import REPOSITORY, DatabaseRole

TENANT = "retail"
CAMPAIGN = "weekend_trails"
ARRIVALS = "new_arrivals"
ARRIVALS_CHANNELS = ("mobile_push", "web_push", "sms", "email")
SEEDS = "team"
LINK_HOST = "shop.example.com"
TEMPLATES = Path(__file__).parent / "templates"
SUBJECTS = {
    "trails_offer": {"vi": "Cung đường mới cho cuối tuần", "en": "New trails for your weekend"},
    "trails_question": {
        "vi": '{{ first_name | default("Bạn") }} ơi, cuối tuần này đi đâu?',
        "en": "Where to this weekend?",
    },
}
"""The subject of each template by language: the two are compared."""
EVENTS = {
    "ok": 0.45,
    "opened": 0.15,
    "opened_by_machine": 0.15,
    "clicked": 0.15,
    "deferred": 0.04,
    "bounced": 0.02,
    "silent": 0.04,
}
"""What the stand-in of SendGrid tells of the messages that it took."""
LOST = {"ok": 0.97, "reset_before_reading": 0.03}
"""How often the connection to it breaks while a message is handed over: nobody knows whether that one left."""
SEED = 20_260_220
LOST_SEED = 20_260_004
"""Of the demo's recipients it loses one of New arrivals and two of Weekend trails, and none of the team."""
SMS_COST = Cost(channel="sms", minor=820, reason="the aggregator's price of an advertising SMS, invented")
EVENTS_LIMIT_S = 120.0


def rules() -> TenantPolicy:
    """What bounds every campaign of the tenant: the rules of Vietnam but for its hours, and two of its own."""
    return load_policy(REPOSITORY / "include" / "policies" / "vietnam.yaml").model_copy(
        update={
            "control_group": ControlGroup(share=0.1, reason="what the campaigns together are worth"),
            "link_hosts": LinkHosts(hosts=(LINK_HOST,), reason="the shop's own pages"),
            # E-mail and push have no price here, so that reports show what they say then.
            "costs": (SMS_COST,),
            # The demo is run at any hour, and nobody of its people can be woken.
            "quiet_hours": (),
        }
    )


def set_up(stage: Stage) -> None:
    """Say under which rules the retail tenant sends, who gets copies, and what becomes of its messages."""
    save_policy(stage.warehouse, TENANT, rules(), set_by=ASKED_BY)
    for order in (
        {"channel": "sendgrid_events", "shares": EVENTS, "seed": SEED},
        {"channel": "sendgrid", "shares": LOST, "seed": LOST_SEED},
    ):
        httpx.post(f"{stage.sandbox_url}/sandbox/scenario", json=order, timeout=30).raise_for_status()
    _keep_service_account(stage)
    team = [staff_address(user) for user in STAFF]
    set_seed_list(stage.warehouse, TENANT, SEEDS, {"email": team}, changed_by=ASKED_BY, key=stage.pseudonym_key)


def _keep_service_account(stage: Stage) -> None:
    """What Google would let the owner of a project download, where the connection leo_fcm looks for it."""
    account = httpx.get(f"{stage.sandbox_url}/sandbox/fcm/account", timeout=30)
    account.raise_for_status()
    file = stage.home / "sandbox" / "fcm.json"
    file.touch(mode=0o600)
    file.write_bytes(account.content)


def submit(stage: Stage) -> None:
    """Submit the campaigns and have them planned; those that were submitted before stay as they are."""
    segments = _segments(stage)
    women_in_hanoi, shoes, hikers = (segments[text] for text in REQUESTS[TENANT])
    with stage.warehouse.connect(DatabaseRole.WRITER, TENANT) as connection:
        known = connection.execute("SELECT 1 FROM activation.campaign WHERE campaign_id = %s", [ARRIVALS]).fetchone()
    if known is not None:
        return
    links = link_policy(rules())
    versions = {
        template_id: save_template(
            stage.warehouse,
            TENANT,
            *(_form(template_id, language, subject) for language, subject in subjects.items()),
            links=links,
        )
        for template_id, subjects in SUBJECTS.items()
    }
    submit_campaign(
        stage.warehouse,
        TENANT,
        Campaign(
            campaign_id=CAMPAIGN,
            name="Weekend trails",
            segment_id=shoes,
            more_segment_ids=(hikers,),
            without_segment_ids=(women_in_hanoi,),
            channels=("email",),
            message_class=MessageClass.MARKETING,
            requested_by=ASKED_BY,
            variants=tuple(
                Variant(name=name, template_id=version.template_id, version=version.version, share=0.5)
                for name, version in zip(("offer", "question"), versions.values(), strict=True)
            ),
            policy=Policy(holdout_share=0.1, track_opens=True, track_clicks=True, largest_audience=5_000),
            seed_list_id=SEEDS,
        ),
    )
    submit_campaign(
        stage.warehouse,
        TENANT,
        Campaign(
            campaign_id=ARRIVALS,
            name="New arrivals",
            segment_id=hikers,
            channels=ARRIVALS_CHANNELS,
            message_class=MessageClass.MARKETING,
            requested_by=ASKED_BY,
            template=save_template(stage.warehouse, TENANT, *_arrivals(), links=links),
            policy=Policy(track_clicks=True),
        ),
    )
    stage.airflow.start("plan_campaign", f"demo-{ARRIVALS}-{int(time.time())}", {"tenants": [TENANT]})


def await_events(stage: Stage) -> None:
    """Wait until the stand-in of SendGrid has told all that it has to tell."""
    started = datetime.now(UTC)

    def told() -> bool:
        answer = httpx.get(f"{stage.sandbox_url}/sandbox/sendgrid/waiting", timeout=30)
        return int(answer.json()["events"]) == 0

    await_that(stage, "SendGrid has told what became of its messages", told, EVENTS_LIMIT_S, started)


def _form(template_id: str, language: str, subject: str) -> Template:
    return Template(
        template_id=template_id,
        channel="email",
        language=language,
        subject=subject,
        body_text=(TEMPLATES / f"trails.{language}.txt").read_text(encoding="utf-8"),
        body_html=(TEMPLATES / f"trails.{language}.html").read_text(encoding="utf-8"),
    )


def _arrivals() -> list[Template]:
    """The forms of New arrivals: one a channel, and on e-mail in two languages."""
    page = f"https://{LINK_HOST}/arrivals"
    short = "{{ first_name | default('Bạn') }} ơi, hàng mới đã về cho những cung đường cuối tuần."
    pushed = [
        Template(ARRIVALS, channel, short, subject="Hàng mới đã về", action_url=page)
        for channel in ("mobile_push", "web_push")
    ]
    sms = Template(ARRIVALS, "sms", "Duong Mon: hang moi da ve. Tu choi: {{ unsubscribe_url }}")
    mail = [_form("trails_offer", language, subject) for language, subject in SUBJECTS["trails_offer"].items()]
    return [*pushed, sms, *(replace(form, template_id=ARRIVALS) for form in mail)]


def _segments(stage: Stage) -> dict[str, str]:
    """The segment that each request became."""
    with stage.warehouse.connect(DatabaseRole.WRITER, TENANT) as connection:
        rows = connection.execute(
            "SELECT DISTINCT request.text, definition.segment_id FROM segment.request "
            "JOIN segment.definition USING (tenant_id, request_id)"
        ).fetchall()
    return {str(text): str(segment_id) for text, segment_id in rows}
