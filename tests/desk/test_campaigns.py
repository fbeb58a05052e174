"""The form of a campaign: what it keeps, says, shows, and makes."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient

from leo_activation import activation
from leo_activation.activation.campaigns.campaign_files import read_campaign_file
from leo_activation.activation.campaigns.content import StoredCampaign, stored_campaign
from leo_activation.activation.campaigns.schedules import SCHEDULE
from leo_activation.activation.campaigns.unfinished import list_unfinished
from leo_activation.activation.channels.zalo.templates import ApprovedTemplate, Quota, TemplateParameter
from leo_activation.activation.safety.provider_templates import keep_templates
from leo_activation.desk.app import Desk, Pages
from leo_activation.desk.pages.campaigns.build import MAIL_POLICY, BuildPages
from leo_activation.desk.pages.campaigns.listing import CampaignList
from leo_activation.desk.pages.campaigns.typed import Shop as FormShop
from leo_activation.desk.pages.campaigns.typed import Typed, slug, typed_from
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.activation.shop import SANDBOX, Shop
from tests.activation.test_audience_at_sending import synced
from tests.desk.conftest import ROOT, House, Register


def register(desk: Desk, pages: Pages) -> None:
    CampaignList(desk).add_to(pages)
    BuildPages(desk, approvers=("petr", "anna", "marketer"), guard=SANDBOX).add_to(pages)


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes) -> Iterator[Shop]:
    """A tenant with no people yet."""
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.autocommit = True
        yield Shop(warehouse, tenant.tenant_id, pseudonym_key, connection)


@pytest.fixture
def front(house: Callable[[Register], House], shop: Shop) -> House:
    """A shop of three people in one segment, with a sender for e-mail and SMS."""
    shop.segment()
    for customer_id, consent in (("c1", "granted"), ("c2", "granted"), ("c3", None)):
        shop.person(customer_id, consent=consent)
    activation.set_sender(shop.warehouse, shop.tenant_id, "email", "Red Socks <news@example.com>")
    activation.set_sender(shop.warehouse, shop.tenant_id, "sms", "RedSocks")
    built = house(register)
    built.tenants.append(shop.tenant_id)
    return built


class Fields(HTMLParser):
    """The fields of a page's forms as a browser would send them, and what each is described by."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.described: dict[str, str] = {}
        self.ids: set[str] = set()
        self._select = self._area = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        self.ids.add(given.get("id") or "")
        if name and given.get("aria-describedby"):
            self.described[name] = str(given["aria-describedby"])
        if tag == "input" and name and (given.get("type") not in ("radio", "checkbox") or "checked" in given):
            self.values[name] = self._kept(given.get("type") or "text", given.get("value") or "")
        if tag == "select":
            self._select = name
        if tag == "option" and self._select and ("selected" in given or self._select not in self.values):
            self.values[self._select] = given.get("value") or ""
        if tag == "textarea":
            self._area = name
            self.values[name] = ""

    @staticmethod
    def _kept(kind: str, value: str) -> str:
        """A browser empties a field of days or times whose value is none."""
        day, clock = r"\d{4}-\d{2}-\d{2}", r"\d{2}:\d{2}"
        form = {"date": day, "time": clock, "datetime-local": f"{day}T{clock}"}.get(kind)
        return value if form is None or re.fullmatch(form, value) else ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        if tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[self._area] += data


def stored(shop: Shop, campaign_id: str) -> StoredCampaign:
    found = stored_campaign(shop.connection, shop.tenant_id, campaign_id)
    assert found is not None
    return found


def url(front: House, path: str = "") -> str:
    return f"{ROOT}/{front.tenants[0]}/campaigns{path}"


def opened(client: TestClient, address: str) -> dict[str, str]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return Fields(answer.text).values


def words_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


FILLED = {
    "name": "Chân ấm đầu tuần",
    "segments.0": "Red socks",
    "subject": "Two pairs for one",
    "text": 'Hello {{ first_name | default("there") }},\n\ntwo pairs for the price of one.',
}


def test_a_campaign_is_built_changed_and_not_changed_behind_somebodys_back(front: House, shop: Shop) -> None:
    client = front.as_("marketer")
    typed = opened(client, url(front, "/new")) | FILLED
    said = words_of(front.as_("marketer", fragment=True).post(url(front, "/build/outlook"), data=typed).text)
    assert "Goes to 3 people : everybody who is in Red socks now" in said
    assert "By E-mail ." in said
    assert "10% of households are held out" in said
    assert "Asks petr or anna for approval" in said, "nobody approves their own"

    on_entry = front.as_("marketer", fragment=True).post(
        url(front, "/build/outlook"), data=typed | {"when": "on_entry"}
    )
    assert "3 people are in it now; they do not get it." in words_of(on_entry.text)

    answer = client.post(url(front, "/build/submit"), data=typed)
    assert answer.status_code == 303, words_of(answer.text)
    assert answer.headers["location"] == url(front, "/chan_am_dau_tuan")
    first = stored(shop, "chan_am_dau_tuan")
    assert (first.state, first.version, first.campaign.requested_by) == ("ready", 1, "marketer")
    assert first.campaign.policy.holdout_share == 0.1

    again = opened(client, url(front, "/chan_am_dau_tuan/edit"))
    assert {name: again[name] for name in FILLED} == FILLED, "what was written is read back out of the template"
    assert client.post(url(front, "/build/submit"), data=again | {"subject": "Three for two"}).status_code == 303
    assert stored(shop, "chan_am_dau_tuan").version == 2
    late = client.post(url(front, "/build/submit"), data=again | {"subject": "Too late"})
    assert late.status_code == 422
    assert "it is not version 1 any more" in unescape(late.text)
    assert Fields(late.text).values["subject"] == "Too late"
    taken = client.post(url(front, "/build/submit"), data=typed)
    assert Fields(taken.text).described["name"].startswith("name-wrong")
    listed = words_of(client.get(url(front)).text)
    assert "Chân ấm đầu tuần" in listed
    assert "version 2 by marketer" in listed


def test_what_is_wrong_stands_at_its_field_and_nothing_that_was_typed_is_lost(front: House, shop: Shop) -> None:
    client = front.as_("marketer")
    wrong = {
        "segments.0": "Red sock",
        "channels.0": "email",
        "holdout": "ten",
        "when": "recurring",
        "repeat": "cron",
        "cron": "0 0 30 2 *",
        "caps.3.count": "2",
        "caps.3.days": "900",
        "quiet.0.from": "20:00",
        "quiet.0.until": "20:00",
        "priority": "5000",
    }
    typed = opened(client, url(front, "/new")) | wrong
    answer = client.post(url(front, "/build/submit"), data=typed)
    assert answer.status_code == 422
    page = Fields(answer.text)
    assert {name: page.values[name] for name in wrong} == wrong
    for name in ("name", "segments.0", "holdout", "cron", "caps.3.days", "quiet.0.from", "subject", "text"):
        assert f"{name}-wrong" in page.described[name].split(), name
        assert f"{name}-wrong" in page.ids
        assert f'href="#{name}"' in answer.text, "the summary leads there"
    assert "never comes: there is no such day" in unescape(answer.text)
    hostile = client.post(url(front, "/build"), data=typed | {"name": '"><script>x</script>', "id": "{{ 7 * 7 }}"})
    assert "<script>x" not in hostile.text
    assert Fields(hostile.text).values["id"] == "{{ 7 * 7 }}"
    mended = typed | FILLED | {"holdout": "5", "cron": "0 9 * * mon", "caps.3.days": "7", "quiet.0.until": "08:00"}
    answer = client.post(url(front, "/build/submit"), data=mended)
    assert "priority-wrong" in Fields(answer.text).described["priority"], "a contradiction stands at its field, too"
    assert not shop.execute("SELECT 1 FROM activation.campaign WHERE tenant_id = %s", shop.tenant_id)


def test_what_is_wrong_and_what_is_missing_is_told_in_vietnamese(front: House, shop: Shop) -> None:
    client = front.as_("marketer")
    client.headers["accept-language"] = "vi"
    new = opened(client, url(front, "/new")) | FILLED
    wrong = {"when": "recurring", "repeat": "cron", "cron": "0 0 30 2 *", "holdout": "120", "send_within_hours": "soon"}
    page = words_of(client.post(url(front, "/build/submit"), data=new | wrong).text)
    for said in ("“0 0 30 2 *” không bao giờ tới: không có ngày như vậy", "phải nhỏ hơn 1", "phải là số nguyên"):
        assert said in page
    against = words_of(client.post(url(front, "/build/submit"), data=new | {"priority": "5000"}).text)
    assert "5000 không nằm từ 1 (đi trước) đến 1000" in against
    missing = words_of(
        client.post(url(front, "/build"), data=new | {"do": "check", "seed_list": "nobody", "channels.1": "zalo"}).text
    )
    assert "một danh sách kiểm tra có thật: không có danh sách “nobody”" in missing
    assert "mẫu Zalo đã được duyệt" in missing
    elsewhere = client.post(url(front, "/build/submit"), data=new | {"text": "See https://evil.example"})
    assert "Nội dung có một liên kết tới “evil.example”" in words_of(elsewhere.text)


def test_what_is_missing_is_told_and_waits_only_where_that_is_wanted(front: House, shop: Shop) -> None:
    client = front.as_("marketer")
    typed = opened(client, url(front, "/new")) | FILLED | {"channels.1": "messenger", "channels.0": "web_push"}
    checked = client.post(url(front, "/build"), data=typed | {"do": "check", "seed_list": "nobody"})
    assert checked.status_code == 200
    assert "a seed list that exists: there is none 'nobody'" in unescape(checked.text)
    assert 'value="wait"' not in checked.text
    elsewhere = client.post(url(front, "/build/submit"), data=typed | {"text": "See https://evil.example"})
    assert "text-wrong" in Fields(elsewhere.text).described["text"]
    assert "The text has a link to 'evil.example'" in unescape(elsewhere.text)
    assert 'value="wait"' not in elsewhere.text, "waiting would not mend it"
    refused = client.post(url(front, "/build/submit"), data=typed | {"seed_list": "nobody"})
    assert refused.status_code == 422
    waiting = client.post(url(front, "/build/submit"), data=typed | {"seed_list": "nobody", "do": "wait"})
    assert waiting.status_code == 303
    assert stored(shop, "chan_am_dau_tuan").state == "draft"


def test_a_draft_that_somebody_completed_meanwhile_is_not_overwritten(front: House, shop: Shop) -> None:
    client = front.as_("marketer")
    typed = opened(client, url(front, "/new")) | FILLED | {"seed_list": "nobody", "do": "wait"}
    assert client.post(url(front, "/build/submit"), data=typed).status_code == 303
    mine, theirs = (opened(front.as_(who), url(front, "/chan_am_dau_tuan/edit")) for who in ("marketer", "colleague"))
    assert client.post(url(front, "/build/submit"), data=mine | {"seed_list": ""}).status_code == 303
    late = front.as_("colleague").post(url(front, "/build/submit"), data=theirs | {"seed_list": "", "subject": "Late"})
    assert late.status_code == 422
    assert "it is not the draft any more that it was" in unescape(late.text)
    kept = stored(shop, "chan_am_dau_tuan")
    assert (kept.state, kept.version, kept.campaign.requested_by) == ("ready", 1, "marketer")


@pytest.mark.parametrize(
    "schedule",
    [
        {"kind": "recurring", "cron": "0 9 * * mon", "until": "2099-12-01T10:00:00+07:00"},
        {"kind": "recurring", "cron": "0 9 * * mon", "until": "2099-12-01"},
        {"kind": "on_entry", "until": "2099-12-01T10:00:00"},
        {"kind": "once", "at": "2099-12-01T10:00:00+07:00"},
        {"kind": "once", "at": "2099-12-01T10:00:00"},
    ],
)
def test_a_form_that_is_opened_and_submitted_changes_nothing_of_when_it_goes_out(
    front: House, shop: Shop, schedule: dict[str, str]
) -> None:
    shop.campaign(schedule=SCHEDULE.validate_python(schedule))
    before = stored(shop, "warm_feet")
    answer = front.as_("marketer").post(
        url(front, "/build/submit"), data=opened(front.as_("marketer"), url(front, "/warm_feet/edit"))
    )
    assert answer.status_code == 303, words_of(answer.text)
    assert stored(shop, "warm_feet").campaign.schedule == before.campaign.schedule


def test_a_change_ends_an_open_run_and_so_is_submitted_only_by_who_may_stop_it(front: House, shop: Shop) -> None:
    shop.campaign()
    shop.allow_all()
    shop.approve(shop.plan())
    runs = "SELECT state FROM activation.run WHERE tenant_id = %s"
    client = front.as_("colleague")
    assert "Runs of the version before end at once" in client.get(url(front, "/warm_feet/edit")).text
    changed = opened(client, url(front, "/warm_feet/edit")) | {"holdout": "20"}
    refused = client.post(url(front, "/build/submit"), data=changed)
    assert refused.status_code == 422
    assert "a change would end it" in unescape(refused.text)
    assert Fields(refused.text).values["holdout"] == "20"
    assert shop.execute(runs, shop.tenant_id) == [("approved",)]
    assert front.as_("reviewer").post(url(front, "/build/submit"), data=changed).status_code == 303
    assert shop.execute(runs, shop.tenant_id) == [("stopped",)]
    assert (
        client.post(
            url(front, "/build/submit"), data=opened(client, url(front, "/warm_feet/edit")) | {"holdout": "30"}
        ).status_code
        == 303
    ), "no run is open any more"


def test_an_id_that_is_an_address_of_the_desk_is_refused_at_its_field(front: House, shop: Shop) -> None:
    client = front.as_("marketer")
    typed = opened(client, url(front, "/new")) | FILLED
    for campaign_id in ("new", "copy", "../../stop"):
        refused = client.post(url(front, "/build/submit"), data=typed | {"id": campaign_id})
        assert refused.status_code == 422
        assert shop.execute("SELECT FROM activation.campaign WHERE tenant_id = %s", shop.tenant_id) == []
        assert "wrong" in "".join(Fields(refused.text).described.get(name, "") for name in ("id", "name")), campaign_id


def test_a_form_is_put_aside_as_it_is_and_taken_up_again(front: House, shop: Shop) -> None:
    client = front.as_("marketer")
    shop.campaign()
    half = opened(client, url(front, "/warm_feet/edit")) | {"holdout": "no number", "name": "Half done"}
    answer = client.post(url(front, "/build/save"), data=half)
    assert answer.status_code == 303
    [kept] = list_unfinished(shop.warehouse, shop.tenant_id)
    assert (kept.campaign_id, kept.saved_by) == ("warm_feet", "marketer")
    assert stored(shop, "warm_feet").campaign.name == "Warm feet"
    assert "Half done" in front.as_("colleague").get(url(front)).text

    back = opened(client, answer.headers["location"])
    assert (back["name"], back["holdout"], back["changes"]) == ("Half done", "no number", "warm_feet")
    assert (
        client.post(url(front, "/build/save"), data=back | {"holdout": "5"})
        .headers["location"]
        .endswith(f"/{kept.unfinished_id}")
    )
    assert client.post(url(front, "/build/submit"), data=back | {"holdout": "5"}).status_code == 303
    assert list_unfinished(shop.warehouse, shop.tenant_id) == []
    assert stored(shop, "warm_feet").campaign.policy.holdout_share == 0.05
    assert client.get(answer.headers["location"]).status_code == 404
    other = client.post(url(front, "/build/save"), data=opened(client, url(front, "/new")))
    client.post(f"{other.headers['location']}/discard")
    assert client.get(url(front, "/nothing_of_that_name/edit")).status_code == 404
    assert client.get(url(front, "?search=%00")).status_code == 404, "no text of the warehouse has such a character"
    forged = client.post(
        url(front, "/build/save"), data=back | {"unfinished": "x", "changes": "nothing", "name": "a\0b"}
    )
    assert (forged.status_code, "no campaign 'nothing'" in unescape(forged.text)) == (422, True)
    assert list_unfinished(shop.warehouse, shop.tenant_id) == []


def test_messages_show_for_invented_people_and_an_email_in_a_page_that_can_do_nothing(front: House) -> None:
    client = front.as_("marketer", fragment=True)
    typed = opened(front.as_("marketer"), url(front, "/new")) | FILLED
    typed |= {
        "channels.1": "sms",
        "short": "Tất đỏ giảm giá, mua hai tặng một, chỉ đến hết chủ nhật này.",
        "cost.sms": "0.04",
    }
    shown = client.post(url(front, "/build/messages"), data=typed).text
    said = words_of(shown)
    assert "Hello Lan," in said
    assert "Hello there," in said
    assert "UCS-2" in said
    assert "each of which is paid for" in said
    assert "€0." in said
    assert "sandbox title=" in shown
    mail = client.post(url(front, "/build/email"), data=typed | {"show": "0"})
    assert mail.headers["content-security-policy"] == MAIL_POLICY
    assert "Hello Lan," in mail.text
    assert "<body style=" in mail.text
    unnamed = client.post(url(front, "/build/messages"), data=typed | {"name": "", "segments.0": "", "holdout": "x"})
    assert "Hello Lan," in unnamed.text, "whom it goes to and when may be open still"
    whole = front.as_("marketer").post(url(front, "/build/messages"), data=typed)
    assert "Hello Lan," in words_of(whole.text)
    assert Fields(whole.text).values["short"] == typed["short"]


def test_a_dry_run_of_what_nobody_submitted_counts_everybody_and_keeps_nothing(front: House, shop: Shop) -> None:
    shop.allow_all()
    client = front.as_("marketer", fragment=True)
    typed = opened(front.as_("marketer"), url(front, "/new")) | FILLED | {"holdout": "0"}
    assert "has no data yet" in client.post(url(front, "/build/dry-run"), data=typed).text
    synced(shop, datetime.now(UTC) - timedelta(days=3))
    stale = client.post(url(front, "/build/dry-run"), data=typed)
    assert (stale.status_code, "72 hours ago" in stale.text) == (200, True), words_of(stale.text)
    synced(shop, datetime.now(UTC))
    said = words_of(client.post(url(front, "/build/dry-run"), data=typed).text)
    assert re.search(r"Members of the audience 3 .*To send 2 ", said), said
    assert "Nothing was kept, nothing is sent." in said
    for table in ("campaign", "run", "template"):
        assert not shop.execute(f"SELECT 1 FROM activation.{table} WHERE tenant_id = %s", shop.tenant_id), table


def test_an_offer_by_zalo_takes_an_approved_template_and_fills_its_fields(front: House, shop: Shop) -> None:
    activation.set_sender(shop.warehouse, shop.tenant_id, "zalo", "Red Socks", provider="zalo")
    approved = ApprovedTemplate(
        provider_template_id="7788",
        name="Ưu đãi",
        status="approved",
        tag="promotion",
        quality="high",
        price_by_user=300,
        parameters=(TemplateParameter("customer_name", max_length=30),),
    )
    keep_templates(shop.warehouse, shop.tenant_id, "zalo", [approved], Quota(None, None, None, None, None))
    client = front.as_("marketer")
    typed = opened(client, url(front, "/new")) | FILLED | {"channels.0": "zalo", "zalo_template": "7788"}
    page = client.post(url(front, "/build"), data=typed | {"add": "zalo"})
    assert "zalo.customer_name" in Fields(page.text).values
    refused = client.post(url(front, "/build/submit"), data=typed)
    assert "the parameter 'customer_name' of the template 7788" in unescape(refused.text)
    typed["zalo.customer_name"] = '{{ first_name | default("bạn") }}'
    shown = words_of(front.as_("marketer", fragment=True).post(url(front, "/build/messages"), data=typed).text)
    assert "Zalo’s approved template “Ưu đãi”, filled in: customer_name Lan" in shown
    assert client.post(url(front, "/build/submit"), data=typed).status_code == 303
    again = opened(client, url(front, "/chan_am_dau_tuan/edit"))
    assert (again["zalo_template"], again["zalo.customer_name"]) == ("7788", typed["zalo.customer_name"])


EVERYTHING = """
id: monday_offer
name: The offer of the week
segments: [red_socks, wool_lovers]
without: [bought_last_week]
channels: [email, sms]
message_class: marketing
template: {id: winter, version: 1}
message: This week it is socks again.
schedule: {kind: recurring, cron: 30 9 * * mon, time_zone: Asia/Ho_Chi_Minh, local_time: '09:30', until: 2099-12-31}
re_entry: {rule: after_days, days: 28}
priority: 20
policy:
  holdout_share: 0.125
  caps: [{channel: email, count: 2, days: 7}, {count: 5, days: 30}]
  quiet_hours: [{from: '20:00', until: '09:00'}]
  quota: 50000
  budget_minor: 1000050
  cost_minor: {email: 15, sms: 4}
  send_within_hours: 24
  limits_for_transactional: true
  track_opens: true
  track_clicks: true
  largest_audience: 20000
  largest_change: 0.3
  require_second_approver_above: 10000
  coupon_pool: winter_codes
seed_list: team
request: 12
"""
OTHERS = (
    ("schedule: {.*}", "schedule: {kind: once, at: 2099-12-01 10:00}", r"re_entry: {.*}", ""),
    ("schedule: {.*}", "schedule: on_entry", "priority: 20", "priority: 1"),
    ("cron: [^,]*,", "cron: 0 6 L * *,", "template: {.*}", ""),
    ("cron: [^,]*,", "cron: '*/15 9-17 * * 1-5',", "message_class: marketing", "message_class: transactional"),
    (
        "template: {.*}",
        "variants: [{name: a, template_id: x, version: 2, share: 0.335}, "
        "{name: b, template_id: y, version: 1, share: 0.665}]",
        "message: .*",
        "",
    ),
)


@pytest.mark.parametrize("changes", [(), *OTHERS])
def test_the_form_says_everything_that_a_file_says_and_nothing_else(changes: tuple[str, ...]) -> None:
    text = EVERYTHING
    for pattern, words in zip(changes[::2], changes[1::2], strict=True):
        text = re.sub(pattern, words, text)
    campaign = read_campaign_file(text, "all.yaml", "linh")
    shop = FormShop({"Red socks": "red_socks", "Wool": "wool_lovers", "Bought": "bought_last_week"}, 2, "en")
    values = typed_from(campaign, shop, None)
    if values["says"] == "write":
        values = values | {"says": "template"}
        assert Typed(values, shop).read("linh").faults[0].field == "template"
        values |= {"template": "winter@1"}
        campaign = read_campaign_file(text + "template: {id: winter, version: 1}", "all.yaml", "linh")
    reading = Typed(values, shop).read("linh")
    assert reading.faults == ()
    assert reading.campaign == campaign


def test_an_id_is_made_of_a_name_in_any_language_and_is_no_address_of_the_desk() -> None:
    assert slug("Ưu đãi  Đầu tuần!") == "uu_dai_dau_tuan"
    assert slug("New") == "new_campaign"
    assert slug("!?") == ""
    assert len(slug("x" * 200)) == 48
