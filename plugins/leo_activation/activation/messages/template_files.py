"""A template as a YAML file; `docs/concepts/templates.md` shows the form."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from leo_activation.activation.messages.languages import ANY
from leo_activation.activation.messages.templates import Template
from leo_activation.activation.yaml_files import read_yaml


class _TemplateForm(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: str
    text: str
    language: str = ANY
    subject: str | None = None
    html: str | None = None
    provider_template: str | None = None
    parameters: Mapping[str, str] = Field(default_factory=dict)
    action_url: str | None = None

    def template(self, template_id: str) -> Template:
        return Template(
            template_id=template_id,
            channel=self.channel,
            body_text=self.text,
            subject=self.subject,
            body_html=self.html,
            provider_template_id=self.provider_template,
            language=self.language,
            provider_parameters=self.parameters,
            action_url=self.action_url,
        )


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    forms: Annotated[tuple[_TemplateForm, ...], Field(min_length=1)]


def read_template_file(text: str, file: str) -> tuple[Template, ...]:
    """The forms of the template that a file describes.

    Args:
        file: what errors call it.

    Raises:
        Permanent: the text is no YAML of one template; the sentence names file, line and field.
    """
    read = read_yaml(text, file, _File, a_what="a template", such_as="id: winter")
    return tuple(form.template(read.id) for form in read.forms)
