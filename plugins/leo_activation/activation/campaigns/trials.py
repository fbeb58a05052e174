"""What a campaign would be if it were submitted now: what it lacks, and what it says to people who do not exist.

Everything is found by the code that submits and sends; nothing is kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from leo_activation.activation.campaigns.campaign import Campaign, read_parts
from leo_activation.activation.campaigns.composing import filled_form
from leo_activation.activation.campaigns.contradictions import contradictions
from leo_activation.activation.campaigns.coupons import coupon_warnings
from leo_activation.activation.campaigns.example_texts import longest_link
from leo_activation.activation.campaigns.requirements import Parts
from leo_activation.activation.campaigns.submission import what_is_missing, with_forms
from leo_activation.activation.channels.sms_text import CHANNEL as SMS
from leo_activation.activation.channels.sms_text import Parts as SmsParts
from leo_activation.activation.channels.sms_text import parts_of
from leo_activation.activation.messages.slots import EXAMPLES, PREVIEW_COUPON, SlotValues
from leo_activation.activation.messages.templates import INVENTED_PEOPLE, Rendered, Template, TemplateForms
from leo_activation.activation.safety.deliverability import warnings
from leo_activation.activation.safety.tenant_policy import TenantPolicy, read_policy
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.tenants import read_tenant

THE_TEXT = Told.of("The text")


@dataclass(frozen=True)
class ShownMessage:
    """A form as an invented person gets it; `first_name` None: nobody knows the name.

    `rendered` is None where the form cannot be filled in, and `problem` says why. `sms` are its parts, each of which
    costs `cost_minor`, in minor units of the tenant's currency (0: no cost is set). `provider_template_id` is the
    provider's own approved template, which shows the parameters.
    """

    channel: str
    language: str
    variant: str
    first_name: str | None
    rendered: Rendered | None
    problem: str | None = None
    sms: SmsParts | None = None
    cost_minor: int = 0
    provider_template_id: str | None = None

    @property
    def whole_cost_minor(self) -> int:
        """What sending it once costs."""
        return self.cost_minor * (self.sms.number if self.sms is not None else 1)


@dataclass(frozen=True)
class Trial:
    """How a campaign would stand. `contradictions` begin with the field, as those of a file do.

    `refused` is why the template that was written for it can be none, None where it can. `missing` is what keeps it a
    draft, `warnings` what a reviewer would read.
    """

    contradictions: tuple[Told, ...] = ()
    refused: str | None = None
    missing: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    messages: tuple[ShownMessage, ...] = field(default=(), repr=False)

    @property
    def is_ready(self) -> bool:
        """Whether submitting it now would make it ready to be planned."""
        return not self.contradictions and self.refused is None and not self.missing


def try_campaign(warehouse: Warehouse, tenant_id: str, campaign: Campaign, *, forms: Sequence[Template] = ()) -> Trial:
    """Look at a campaign as if it were submitted with these forms of a template of its own; nothing is kept."""
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        tenant = read_tenant(connection, tenant_id)
        against = contradictions(campaign, now=datetime.now(UTC), time_zone=tenant.time_zone)
        policy = read_policy(connection, tenant_id).policy
        refused = None
        try:
            campaign = with_forms(connection, tenant_id, campaign, forms)
        except Permanent as error:
            refused = _of_the_text(error.sentence, forms)
        parts = read_parts(connection, tenant_id, campaign)
        if refused is not None:
            # Refused as a template, shown all the same: people mend what they see.
            parts = replace(parts, templates=_unkept(forms))
        missing = [] if refused is not None else what_is_missing(connection, tenant_id, campaign)
        messages = tuple(_messages(campaign, parts, policy, parts.brand(tenant.name)))
        warned = _warnings(connection, tenant_id, campaign, parts, messages)
        # Closing is how a transaction ends here without a ROLLBACK (see `Warehouse.connect`).
        connection.close()
    return Trial(tuple(against), refused, tuple(dict.fromkeys(missing)), warned, messages)


def _of_the_text(said: str, forms: Sequence[Template]) -> str:
    """What is said of a template, said of the text that somebody has before their eyes."""
    words = str(said)
    for form in forms:
        words = words.replace(form.title, "The text")
    if not isinstance(said, Told):
        return words
    titles = {form.title for form in forms}
    values = {name: THE_TEXT if value in titles else value for name, value in said.values.items()}
    return Told(words, said.code, **values)


def _unkept(forms: Sequence[Template]) -> dict[str, TemplateForms | None]:
    by_channel: dict[str, dict[str, Template]] = {}
    for form in forms:
        by_channel.setdefault(form.channel, {})[form.language] = form
    return {
        channel: TemplateForms(forms[0].template_id, 1, channel, of_channel)
        for channel, of_channel in by_channel.items()
    }


def _messages(campaign: Campaign, parts: Parts, policy: TenantPolicy, brand: str) -> Iterator[ShownMessage]:
    compared: Mapping[str, Mapping[str, TemplateForms | None]] = parts.variant_templates or {"": parts.templates}
    for channel in campaign.channels:
        for variant, templates in compared.items():
            forms = templates.get(channel)
            for form in forms.all() if forms is not None else ():
                for first_name in INVENTED_PEOPLE:
                    yield _shown(form, variant, first_name, campaign, policy, brand)


def _shown(
    form: Template, variant: str, first_name: str | None, campaign: Campaign, policy: TenantPolicy, brand: str
) -> ShownMessage:
    channel = form.channel
    values = SlotValues(
        brand=brand,
        first_name=first_name,
        message=campaign.message,
        unsubscribe_url=longest_link(),
        coupon=PREVIEW_COUPON,
        personal=EXAMPLES if first_name is not None else {},
    )
    message = ShownMessage(
        channel,
        form.language,
        variant,
        first_name,
        None,
        cost_minor=campaign.policy.cost_minor.get(channel, policy.cost_of(channel)),
        provider_template_id=form.provider_template_id,
    )
    try:
        rendered = filled_form(form, values, policy, campaign.message_class)
    except Permanent as error:
        return replace(message, problem=_of_the_text(error.sentence, [form]))
    return replace(message, rendered=rendered, sms=parts_of(rendered.text) if channel == SMS else None)


def _warnings(
    connection: Connection, tenant_id: str, campaign: Campaign, parts: Parts, messages: Sequence[ShownMessage]
) -> tuple[str, ...]:
    """What stands against good delivery, as a reviewer reads it."""
    sender = parts.senders.get("email") if "email" in campaign.channels else None
    of_mail = warnings(connection, tenant_id, [sender]) if sender is not None else ()
    most = max((one.sms for one in messages if one.sms is not None), key=lambda one: one.number, default=None)
    of_sms = (
        ()
        if most is None or most.number == 1
        else (Told.of("An SMS of it has {parts}; each is paid for.", parts=most.told),)
    )
    return (*of_mail, *of_sms, *coupon_warnings(connection, tenant_id, campaign.policy.coupon_pool))
