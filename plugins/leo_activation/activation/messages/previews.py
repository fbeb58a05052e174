"""What a template says to one person, for the eyes of whoever looks at the screen; nothing of it is logged or sent."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from psycopg.rows import class_row

from leo_activation.activation.messages.languages import choose_language
from leo_activation.activation.messages.slots import PREVIEW_COUPON, PREVIEW_UNSUBSCRIBE_URL, SlotValues
from leo_activation.activation.messages.template_store import TemplateVersion, read_forms
from leo_activation.activation.messages.templates import Rendered, render
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement


@dataclass(frozen=True)
class Preview:
    """One form as the person would get it; `is_chosen`: theirs by their language. The words are not for a log."""

    channel: str
    language: str
    is_chosen: bool
    rendered: Rendered = field(repr=False)


@dataclass(frozen=True)
class _PersonRow:
    first_name: str | None
    language: str | None
    city: str | None
    favorite_color: str | None
    top_interest: str | None
    tenant_name: str
    tenant_language: str


def preview_for(
    warehouse: Warehouse,
    tenant_id: str,
    template: TemplateVersion,
    channel: str,
    customer_id: str,
    *,
    message: str | None = None,
) -> list[Preview]:
    """Every form of a template on a channel with the person's own slots, the one that they would get first.

    Raises:
        Permanent: no such person or template, or a form cannot be filled in.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        with connection.cursor(row_factory=class_row(_PersonRow)) as cursor:
            person = cursor.execute(
                statement("activation/messages/read_preview_person"),
                {"tenant_id": tenant_id, "customer_id": customer_id},
            ).fetchone()
        forms = read_forms(connection, tenant_id, template, [channel]).get(channel)
    if person is None:
        raise Permanent("There is no such customer.")
    if forms is None:
        raise Permanent(f"The template '{template.template_id}' has no version {template.version} for {channel}.")
    values = SlotValues(
        brand=person.tenant_name,
        first_name=person.first_name,
        message=message,
        unsubscribe_url=PREVIEW_UNSUBSCRIBE_URL,
        coupon=PREVIEW_COUPON,
        personal={name: getattr(person, name) for name in ("city", "favorite_color", "top_interest")},
    )
    chosen = choose_language(forms.forms, person.language, person.tenant_language)

    def shown() -> Iterator[Preview]:
        for form in forms.all():
            yield Preview(channel, form.language, form.language == chosen, render(form, values))

    return sorted(shown(), key=lambda preview: not preview.is_chosen)
