"""A campaign as a YAML file: the guide's examples are submitted, and what is wrong is told with its line and field."""

import re
from datetime import UTC, datetime

import pytest

from leo_activation import activation
from leo_activation.activation.campaigns.campaign_files import read_campaign_file
from leo_activation.activation.campaigns.content import read_content
from leo_activation.activation.messages.templates import Template
from leo_activation.activation.yaml_files import LARGEST_FILE
from leo_activation.errors import Permanent
from leo_activation.settings import REPOSITORY, DatabaseRole
from tests.activation.shop import MARKETER, Shop

GUIDE = (REPOSITORY / "docs" / "guides" / "campaigns.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", GUIDE, flags=re.DOTALL)
SMALLEST = EXAMPLES[0]


def read(text: str) -> activation.Campaign:
    return read_campaign_file(text, "c.yaml", MARKETER)


@pytest.fixture
def wardrobe(shop: Shop) -> Shop:
    """The segments, the template, the sender and the seed list that the guide's examples name."""
    for segment_id in ("red_socks", "wool_lovers", "bought_last_week"):
        shop.segment(segment_id=segment_id)
    words = "{{ message }} {{ unsubscribe_url }}"
    for template_id in ("winter", "winter_playful"):
        activation.save_template(shop.warehouse, shop.tenant_id, Template(template_id, "email", words, subject="Socks"))
    activation.set_sender(shop.warehouse, shop.tenant_id, "email", "Red Socks <news@example.com>")
    addresses = {"email": ["team@example.com"]}
    activation.set_seed_list(shop.warehouse, shop.tenant_id, "team", addresses, changed_by=MARKETER, key=shop.key)
    return shop


def test_the_guide_has_examples() -> None:
    assert len(EXAMPLES) >= 4


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.split()[1])
def test_every_example_of_the_guide_is_a_campaign_that_is_ready_and_read_back_as_it_was_written(
    wardrobe: Shop, example: str
) -> None:
    asked = read(example)

    submitted = activation.submit_campaign(wardrobe.warehouse, wardrobe.tenant_id, asked)

    assert (submitted.state, submitted.missing, submitted.version) == (activation.CampaignState.READY, (), 1)
    with wardrobe.warehouse.connect(DatabaseRole.WRITER, wardrobe.tenant_id) as connection:
        content = read_content(connection, wardrobe.tenant_id, asked.campaign_id)
    assert content.policy == asked.policy
    assert content.schedule == asked.schedule
    assert content.re_entry == asked.re_entry
    assert content.variants == asked.variants
    assert content.segment_ids == asked.segment_ids
    assert content.without_segment_ids == asked.without_segment_ids


def test_the_row_of_the_guide_is_completed(wardrobe: Shop) -> None:
    (insert,) = re.findall(r"```sql\n(.*?)```", GUIDE, flags=re.DOTALL)
    wardrobe.execute(insert.replace("'shop'", "%s"), wardrobe.tenant_id)

    assert activation.draft_campaigns(wardrobe.warehouse, wardrobe.tenant_id) == ["by_program"]


def test_a_file_completes_the_draft_of_a_request_that_it_names(wardrobe: Shop) -> None:
    request = wardrobe.request('{"channel": "email", "message_class": "marketing"}')
    wardrobe.segment(request, version=2)
    (drafted,) = activation.draft_campaigns(wardrobe.warehouse, wardrobe.tenant_id)
    file = SMALLEST.replace("id: warm_feet", f"id: {drafted}")
    with pytest.raises(Permanent, match="belongs to another request"):
        activation.submit_campaign(wardrobe.warehouse, wardrobe.tenant_id, read(file))

    done = activation.submit_campaign(wardrobe.warehouse, wardrobe.tenant_id, read(file + f"request: {request}\n"))

    assert done.state is activation.CampaignState.READY


def test_times_and_numbers_are_read_as_they_are_written() -> None:
    asked = read(
        EXAMPLES[1].replace("local_time: 09:30", "local_time: 18:30").replace("name: The offer of the week", "name: no")
    )

    assert asked.schedule.local_time == "18:30"
    assert asked.name == "no"
    assert asked.policy.quiet_hours[0].since.isoformat() == "20:00:00"
    assert asked.policy.cost_minor == {"email": 15}
    assert isinstance(asked.schedule, activation.Recurring)
    assert asked.schedule.until is not None
    assert asked.schedule.until.replace(tzinfo=UTC) == datetime(2099, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            "schedule:\n  kind: recurring\n  cron: 0 0 30 2 *\n",
            "c.yaml, line 10: schedule.cron: '0 0 30 2 *' never comes",
        ),
        ("schedule:\n  kind: recurring\n", "c.yaml, line 8: schedule.cron: is missing."),
        ("schedule: sometimes\n", "c.yaml, line 8: schedule.kind: is one of once, recurring, on_entry"),
        ("policy:\n  holdout_share: 1.5\n", "c.yaml, line 9: policy.holdout_share: must be less than 1."),
        ("policy:\n  quota: many\n", "c.yaml, line 9: policy.quota: is a whole number."),
        (
            "policy:\n  caps:\n    - {count: 1, days: 7}\n    - {count: 1}\n",
            "c.yaml, line 11: policy.caps[2].days: is missing.",
        ),
        ("polcy: {}\n", "c.yaml, line 8: polcy: is no field here."),
        ("name: Again\n", "c.yaml, line 8: name: is there twice."),
        ("re_entry: sometimes\n", "c.yaml, line 8: re_entry.rule: is one of 'never', 'after_days' or 'always'."),
        ("priority: high\n", "c.yaml, line 8: priority: is a whole number."),
        ("seed_list: [a, b]\n", "c.yaml, line 8: seed_list: is a text."),
        ("without: {a: b\n", "c.yaml, line 9: this is no YAML"),
        ("without: &these [a]\nsegments: *these\n", "c.yaml, line 9: '*these': write the value itself."),
        ("without: " + "[" * 50 + "]" * 50 + "\n", "c.yaml, line 8: nested deeper than a campaign is."),
        ("message: " + "a" * LARGEST_FILE + "\n", "c.yaml is larger than 256 kB"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_field(more: str, words: str) -> None:
    with pytest.raises(Permanent, match="^" + re.escape(words)):
        read(SMALLEST + more)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "c.yaml: a campaign is a list of fields"),
        ("- a\n- b\n", "c.yaml: a campaign is a list of fields"),
        ("name: A\n", "c.yaml, line 1: id: is missing."),
        (
            SMALLEST.replace("message_class: marketing", "message_class: news"),
            "c.yaml, line 5: message_class: is one of",
        ),
        (SMALLEST.replace("[email]", "[]"), "c.yaml, line 4: channels: "),
    ],
)
def test_what_is_no_campaign_is_told(text: str, words: str) -> None:
    with pytest.raises(Permanent, match="^" + re.escape(words)):
        read(text)
