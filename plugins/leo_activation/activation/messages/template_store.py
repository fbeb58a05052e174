"""Templates as they are kept: versions that are never edited, each with its forms by channel and language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from leo_activation.activation.messages.link_check import LinkPolicy
from leo_activation.activation.messages.templates import Template, TemplateForms, check_template
from leo_activation.activation.rows import only_row
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

MOST_FORMS = 60
LONGEST_ID = 64


@dataclass(frozen=True)
class TemplateVersion:
    """A template as a campaign names it."""

    template_id: str
    version: int


@dataclass(frozen=True)
class _FormRow:
    channel: str
    language: str
    subject: str | None
    body_text: str
    body_html: str | None
    provider_template_id: str | None
    provider_parameters: Mapping[str, str]
    action_url: str | None


def save_template(
    warehouse: Warehouse, tenant_id: str, *forms: Template, links: LinkPolicy | None = None
) -> TemplateVersion:
    """Keep a template with all its forms, as one new version where any of them differs from the latest.

    Args:
        forms: one a channel and language, all of the same template.
        links: where links may lead; None: only to this installation.

    Raises:
        Permanent: a form could fail in the middle of a campaign (`templates.check_template`), the forms are of several
            templates, or two are of one channel and language.
    """
    check_forms(forms, links)
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        return keep_template(connection, tenant_id, forms)


def check_forms(forms: Sequence[Template], links: LinkPolicy | None) -> None:
    """Refuse forms that are not one template, or that could fail; see `save_template`."""
    if not 1 <= len(forms) <= MOST_FORMS:
        raise Permanent(
            Told.of("A template has 1 to {most_forms} forms, not {count}.", most_forms=MOST_FORMS, count=len(forms))
        )
    ids = {form.template_id for form in forms}
    if len(ids) > 1 or not 1 <= len(forms[0].template_id) <= LONGEST_ID:
        raise Permanent(
            Told.of("The forms of a template have one id of 1 to {longest_id} characters.", longest_id=LONGEST_ID)
        )
    if len({(form.channel, form.language.lower()) for form in forms}) < len(forms):
        raise Permanent(
            Told.of(
                "The template '{template_id}' has two forms of one channel and language.",
                template_id=forms[0].template_id,
            )
        )
    for form in forms:
        check_template(form, links)


def keep_template(connection: Connection, tenant_id: str, forms: Sequence[Template]) -> TemplateVersion:
    """Keep forms that were checked, within the caller's transaction."""
    template_id = forms[0].template_id
    rows = [{name: value for name, value in vars(form).items() if name != "template_id"} for form in forms]
    values = {"tenant_id": tenant_id, "template_id": template_id, "forms": Jsonb(rows)}
    connection.execute(statement("activation/messages/lock_template"), values)
    saved = connection.execute(statement("activation/messages/save_template"), values)
    return TemplateVersion(template_id, int(only_row(saved)[0]))


def read_forms(
    connection: Connection, tenant_id: str, template: TemplateVersion, channels: Sequence[str]
) -> dict[str, TemplateForms]:
    """The forms of a template version by channel; a channel without one is not there."""
    with connection.cursor(row_factory=class_row(_FormRow)) as cursor:
        rows = cursor.execute(
            statement("activation/messages/read_template_forms"),
            {
                "tenant_id": tenant_id,
                "template_id": template.template_id,
                "template_version": template.version,
                "channels": list(channels),
            },
        ).fetchall()
    found: dict[str, dict[str, Template]] = {}
    for row in rows:
        found.setdefault(row.channel, {})[row.language] = Template(template_id=template.template_id, **vars(row))
    return {
        channel: TemplateForms(template.template_id, template.version, channel, forms)
        for channel, forms in found.items()
    }
