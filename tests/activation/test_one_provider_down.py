"""A provider that cannot be reached holds up its own messages and nobody else's."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from leo_activation import activation
from leo_activation.activation.campaigns.schedules import Once, ReEntry
from leo_activation.activation.channels import Answer, Message
from leo_activation.errors import Configuration, LeoError, Transient
from tests.activation.shop import AT_ONCE, SANDBOX, FakeChannel, Shop
from tests.activation.waterfall_shop import allow_everything, people, set_rules, two_channel_campaign


@pytest.fixture
def run(shop: Shop) -> activation.CampaignRun:
    """Four people: two are reached by e-mail, two on Zalo alone."""
    shop.segment()
    set_rules(shop)
    people(shop, ["a", "b"])
    for name in ("c", "d"):
        shop.person(name, address=f"zalo-{name}", channel="zalo")
    allow_everything(shop)
    two_channel_campaign(shop, schedule=Once(), re_entry=ReEntry())
    planned = shop.plan()
    shop.approve(planned)
    return planned


def dispatch(
    shop: Shop, run: activation.CampaignRun, channels: Mapping[str, FakeChannel], in_flight: int = 1
) -> activation.DispatchCounts:
    return activation.dispatch(
        shop.warehouse,
        shop.tenant_id,
        run.campaign_run_id,
        channels,
        worker="test",
        guard=SANDBOX,
        links=shop.links,
        limits=activation.DispatchLimits(
            batch=4, in_flight=in_flight, time_limit=AT_ONCE.time_limit, lease=AT_ONCE.lease, retry=AT_ONCE.retry
        ),
    )


@pytest.mark.parametrize("in_flight", [1, 4])
@pytest.mark.parametrize("error", [Transient("Zalo is down."), Configuration("Zalo refuses the key.")])
def test_the_other_channels_of_a_run_go_on_and_the_error_is_told_at_the_end(
    shop: Shop, run: activation.CampaignRun, error: LeoError, in_flight: int
) -> None:
    email, zalo = FakeChannel(), FakeChannel(provider="zalo", down=error)

    with pytest.raises(type(error), match="Zalo"):
        dispatch(shop, run, {"email": email, "zalo": zalo}, in_flight)

    assert shop.states(run) == {"a": "accepted", "b": "accepted", "c": "ready", "d": "ready"}
    assert [customer for customer, *_ in shop.attempts(run)] == ["a", "b"]
    zalo.down = None
    assert dispatch(shop, run, {"email": email, "zalo": zalo}).accepted == 2
    assert len(email.sent) == len(zalo.sent) == 2


@dataclass
class _FailsAfterTheFirst(FakeChannel):
    def send(self, payload: Message) -> Answer:
        answer = super().send(payload)
        self.down = Transient("Zalo is down.")
        return answer


def test_a_provider_that_goes_down_among_attempts_that_have_begun_takes_nobodys_attempts(
    shop: Shop, run: activation.CampaignRun
) -> None:
    email, zalo = FakeChannel(), _FailsAfterTheFirst(provider="zalo")

    with pytest.raises(Transient, match="Zalo"):
        dispatch(shop, run, {"email": email, "zalo": zalo}, in_flight=4)

    states = shop.states(run)
    assert [states["a"], states["b"]] == ["accepted", "accepted"]
    assert sorted([states["c"], states["d"]])[0] == "accepted"
    assert len(zalo.sent) == 1
    zalo.down = None
    assert dispatch(shop, run, {"email": email, "zalo": FakeChannel(provider="zalo")}).open == 0
    assert set(shop.states(run).values()) == {"accepted"}
