"""The demo's own campaign beside those that requests ask for.

It is for several segments less one, compares two subjects, holds some people out, copies the team, and goes by a
provider that tells afterwards what became of each message.
"""

import time
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
    LinkHosts,
    TenantPolicy,
    load_policy,
    save_policy,
)
from leo_activation.settings import REPOSITORY, DatabaseRole

TENANT = "retail"
CAMPAIGN = "weekend_trails"
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
SEED = 20_260_220
EVENTS_LIMIT_S = 120.0


def rules() -> TenantPolicy:
    """What bounds every campaign of the tenant: the rules of Vietnam, and two of its own."""
    return load_policy(REPOSITORY / "include" / "policies" / "vietnam.yaml").model_copy(
        update={
            "control_group": ControlGroup(share=0.1, reason="what the campaigns together are worth"),
            "link_hosts": LinkHosts(hosts=(LINK_HOST,), reason="the shop's own pages"),
        }
    )


def set_up(stage: Stage) -> None:
    """Say under which rules the retail tenant sends, who gets copies, and what becomes of its messages."""
    save_policy(stage.warehouse, TENANT, rules(), set_by=ASKED_BY)
    order = {"channel": "sendgrid_events", "shares": EVENTS, "seed": SEED}
    httpx.post(f"{stage.sandbox_url}/sandbox/scenario", json=order, timeout=30).raise_for_status()
    team = [staff_address(user) for user in STAFF]
    set_seed_list(stage.warehouse, TENANT, SEEDS, {"email": team}, changed_by=ASKED_BY, key=stage.pseudonym_key)


def submit(stage: Stage) -> None:
    """Submit the campaign and have it planned; one that was submitted before stays as it is."""
    segments = _segments(stage)
    women_in_hanoi, shoes, hikers = (segments[text] for text in REQUESTS[TENANT])
    with stage.warehouse.connect(DatabaseRole.WRITER, TENANT) as connection:
        known = connection.execute("SELECT 1 FROM activation.campaign WHERE campaign_id = %s", [CAMPAIGN]).fetchone()
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
    stage.airflow.start("plan_campaign", f"demo-{CAMPAIGN}-{int(time.time())}", {"tenants": [TENANT]})


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


def _segments(stage: Stage) -> dict[str, str]:
    """The segment that each request became."""
    with stage.warehouse.connect(DatabaseRole.WRITER, TENANT) as connection:
        rows = connection.execute(
            "SELECT DISTINCT request.text, definition.segment_id FROM segment.request "
            "JOIN segment.definition USING (tenant_id, request_id)"
        ).fetchall()
    return {str(text): str(segment_id) for text, segment_id in rows}
