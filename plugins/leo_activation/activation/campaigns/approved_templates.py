"""Whether the provider approved the templates that a campaign names, and takes what the campaign fills in."""

from leo_activation.activation.campaigns.requirements import Parts
from leo_activation.activation.messages.slots import EXAMPLES
from leo_activation.activation.messages.templates import preview, slots
from leo_activation.activation.safety.provider_templates import faults_of, read_templates
from leo_activation.activation.states import MessageClass
from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.statements import statement

KEEPERS = frozenset({"zalo"})
"""The providers that keep templates of their own."""


def missing_approvals(
    connection: Connection, tenant_id: str, message_class: MessageClass, message: str | None, parts: Parts
) -> list[str]:
    """What is missing, empty where every template of a provider's can be sent as the campaign fills it in.

    Only of channels that the tenant sends on by a provider which keeps templates: a folder takes any.
    """
    carriers: dict[str, str | None] = dict(
        connection.execute(statement("activation/read_providers"), {"tenant_id": tenant_id}).fetchall()
    )
    missing: list[str] = []
    for templates in parts.all_templates():
        for channel, forms in templates.items():
            provider = carriers.get(channel)
            if forms is None or provider not in KEEPERS:
                continue
            named = [form for form in forms.all() if form.provider_template_id is not None]
            kept = read_templates(connection, tenant_id, provider, [str(form.provider_template_id) for form in named])
            for form in named:
                if "message" in slots(form) and not message:
                    continue
                filled = preview(
                    form,
                    brand=parts.brand("Brand"),
                    message=message,
                    first_name=EXAMPLES.get("first_name"),
                    personal=EXAMPLES,
                )
                template_id = str(form.provider_template_id)
                missing += faults_of(template_id, kept.get(template_id), message_class, filled.parameters)
    return list(dict.fromkeys(missing))
