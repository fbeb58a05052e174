"""Push messages from the ledger to devices and browsers over real sockets, and what comes of dead addresses."""

import json
from collections.abc import Iterator

import pytest

from leo_activation import activation
from leo_activation.activation.channels.fcm.channel import FcmChannel, FcmSettings
from leo_activation.activation.channels.webpush.channel import WebPushChannel, WebPushSettings
from leo_activation.activation.channels.webpush.subscriptions import read_subscription
from leo_activation.activation.messages.link_check import LinkPolicy
from leo_activation.activation.messages.template_store import save_template
from leo_activation.activation.messages.templates import Template
from leo_activation.activation.safety.tenant_policy import DEFAULT_POLICY, LinkHosts, save_policy
from leo_activation.activation.states import MessageClass
from leo_activation.errors import Permanent
from sandbox.process import SandboxProcess, running_sandbox
from sandbox.webpush.browser import subscription
from tests.activation.shop import AT_ONCE, CAMPAIGN, MARKETER, SANDBOX, SEGMENT, Shop

DEVICES = {"app": "dGx_Y2Fmd0-jQmFyYmFyZQ", "gone": "eGx_Y2Fmd0-jQmFyYmFyZQ", "old": "f" * 22 + ":APA91b" + "x" * 40}
ENDPOINT = "https://push.example.com/subscription/{}"
JUDGED = {
    "https://push.example.com/x": True,
    "https://push.example.com:443/x?y=1": True,
    "HTTPS://Push.Example.com/%C3%A9": True,
    "https://xn--bcher-kva.example/x": True,
    "https://xn--\x61~~/x": False,
    "https://bücher.example/x": False,
    "https://push.example.com": False,
    "https://push.example?com/x": False,
    "https://a..b/x": False,
    "https://a.b./x": False,
    "https://1.2.3.4/x": False,
    "https://1.2.3/x": False,
    "https://0x7f.1/x": False,
    "https://a.b:443:443/x": False,
    "https://a.b:8443/x": False,
    "https://user@a.b/x": False,
    "https://a.b\\@c.d/x": False,
    "https://[::1]:443/x": False,
    "https://a.b/\u2028x": False,
    "https://a.b/x\n": False,
    'https://a.b/x"': False,
    "https://redis.cache.internal/x": False,
}
"""Endpoints, and whether they are a push service's."""
VAPID_KEY = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


def browser(name: str) -> str:
    """The canonical form of a subscription."""
    made = subscription(ENDPOINT.format(name))
    return json.dumps({"endpoint": made["endpoint"], "keys": made["keys"]}, sort_keys=True, separators=(",", ":"))


def test_the_database_and_the_channel_judge_an_endpoint_alike(shop: Shop) -> None:
    keys = subscription("https://push.example.com/x")["keys"]
    for endpoint, is_taken in JUDGED.items():
        given = json.dumps({"endpoint": endpoint, "keys": keys})
        ((canonical, fault),) = shop.execute("SELECT address, fault FROM core.push_address('web_push', %s)", given)
        assert (fault is None) == is_taken, endpoint
        if is_taken:
            assert read_subscription(canonical).endpoint == endpoint
        else:
            with pytest.raises(Permanent):
                read_subscription(given)


def test_devices_and_browsers_get_their_messages_once_and_dead_addresses_are_retired(
    shop: Shop, sandbox: SandboxProcess
) -> None:
    shop.segment()
    for name, address in DEVICES.items():
        shop.person(name, address=address, channel="mobile_push")
    for name in ("web", "closed"):
        shop.person(name, address=browser(name), channel="web_push")
    rules = {"link_hosts": LinkHosts(hosts=("shop.example",), reason="ours"), "quiet_hours": ()}
    save_policy(shop.warehouse, shop.tenant_id, DEFAULT_POLICY.model_copy(update=rules), set_by="test")
    forms = [
        Template("t", channel, "{{ message }}", subject="News", action_url="https://shop.example/offer")
        for channel in ("mobile_push", "web_push")
    ]
    activation.submit_campaign(
        shop.warehouse,
        shop.tenant_id,
        activation.Campaign(
            campaign_id=CAMPAIGN,
            name="Warm feet",
            segment_id=SEGMENT,
            channels=("mobile_push", "web_push"),
            message_class=MessageClass.MARKETING,
            requested_by=MARKETER,
            template=save_template(
                shop.warehouse, shop.tenant_id, *forms, links=LinkPolicy(frozenset({"shop.example"}))
            ),
            message="Warm feet all winter.",
            policy=activation.Policy(holdout_share=0.0, track_clicks=True),
        ),
    )
    for channel, address in shop.execute(
        "SELECT channel, address FROM core.channel_address WHERE tenant_id = %s", shop.tenant_id
    ):
        activation.allow_addresses(shop.warehouse, shop.tenant_id, channel, [address], "test", shop.key)
    run = shop.plan()
    shop.approve(run)
    sandbox.scenario("fcm", "dead_address", key=DEVICES["gone"])
    sandbox.scenario("webpush", "dead_address", key=ENDPOINT.format("closed"))

    counts = activation.dispatch(
        shop.warehouse,
        shop.tenant_id,
        run.campaign_run_id,
        {
            "mobile_push": FcmChannel(FcmSettings(sandbox.fcm_account(), shop.tenant_id, sandbox.fcm_url, 2.0)),
            "web_push": WebPushChannel(
                WebPushSettings(
                    VAPID_KEY, "mailto:push@shop.example", shop.tenant_id, 2.0, stand_in=sandbox.webpush_url
                )
            ),
        },
        worker="test",
        guard=SANDBOX,
        links=shop.links,
        limits=AT_ONCE,
    )

    assert (counts.accepted, counts.rejected, counts.open) == (3, 2, 0)
    taken = {line["recipient"]: line for line in sandbox.journal() if line["outcome"] == "accepted"}
    assert taken.keys() == {DEVICES["app"], DEVICES["old"], ENDPOINT.format("web")}
    shown = json.loads(taken[ENDPOINT.format("web")]["message"])
    assert (shown["title"], shown["body"]) == ("News", "Warm feet all winter.")
    click = shop.links.tracked.read_click(shown["action_url"].rpartition("/")[2])
    assert click is not None
    assert click.url == "https://shop.example/offer"
    assert str(click.target.delivery_id) == taken[ENDPOINT.format("web")]["message_id"]
    retired = shop.execute(
        "SELECT profile_id, channel FROM core.channel_address WHERE tenant_id = %s AND state = 'retired' ORDER BY 1",
        shop.tenant_id,
    )
    assert retired == [("p-closed", "web_push"), ("p-gone", "mobile_push")]
    kept = shop.execute(
        "SELECT coalesce(answer, '') || coalesce(phase, '') FROM activation.attempt WHERE tenant_id = %s",
        shop.tenant_id,
    )
    assert not any("push.example" in text or "Y2Fmd0" in text for (text,) in kept)
