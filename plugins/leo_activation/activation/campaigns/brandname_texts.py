"""What an aggregator of SMS would refuse of everybody is said before a campaign is planned, not when it goes."""

from leo_activation.activation.campaigns.example_texts import longest_link
from leo_activation.activation.campaigns.requirements import Parts
from leo_activation.activation.channels.brandname.channel import BRAND, LABEL, MOST_PARTS, BrandnameChannel
from leo_activation.activation.channels.sms_text import CHANNEL, parts_of
from leo_activation.activation.messages.slots import EXAMPLES, PREVIEW_COUPON, SlotValues
from leo_activation.activation.messages.templates import Template, render, slots
from leo_activation.activation.safety.tenant_policy import TenantPolicy
from leo_activation.activation.states import MessageClass
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.statements import statement


def missing_of_brandname(
    connection: Connection,
    tenant_id: str,
    message_class: MessageClass,
    message: str | None,
    parts: Parts,
    policy: TenantPolicy,
) -> list[str]:
    """What is missing, empty where the tenant's SMS go by another way or the aggregator's rules are kept.

    Raises:
        Permanent: a form cannot be filled in.
    """
    carriers: dict[str, str | None] = dict(
        connection.execute(statement("activation/read_providers"), {"tenant_id": tenant_id}).fetchall()
    )
    forms = [one for each in parts.all_templates() if (of_sms := each.get(CHANNEL)) for one in of_sms.all()]
    if carriers.get(CHANNEL) != BrandnameChannel.provider or not forms:
        return []
    missing: list[str] = []
    if not BRAND.fullmatch(parts.senders.get(CHANNEL) or ""):
        missing.append(
            Told.of("a brand name as the sender of SMS: at most 11 letters, digits, blanks, '.', '_' and '-'")
        )
    label = policy.label_of(CHANNEL) if message_class is MessageClass.MARKETING else None
    for form in forms:
        if "message" in slots(form) and not message:
            continue
        text = _filled_in(form, parts.brand("Brand"), message, label)
        if message_class is MessageClass.MARKETING and not text.startswith(LABEL):
            missing.append(Told.of("the label {label} of advertising by SMS in the tenant's policy", label=LABEL))
        found = parts_of(text)
        if found.number > MOST_PARTS:
            missing.append(
                Told.of(
                    "a shorter SMS: it has {told} with its link, and the aggregator takes {most_parts}",
                    told=found.told,
                    most_parts=MOST_PARTS,
                )
            )
    return list(dict.fromkeys(missing))


def _filled_in(form: Template, brand: str, message: str | None, label: str | None) -> str:
    values = SlotValues(
        brand=brand,
        first_name=EXAMPLES.get("first_name"),
        message=message,
        unsubscribe_url=longest_link(),
        coupon=PREVIEW_COUPON,
        personal=EXAMPLES,
    )
    text = render(form, values).text
    return text if label is None or text.startswith(label) else f"{label} {text}"
