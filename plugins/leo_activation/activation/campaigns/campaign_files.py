"""A campaign as a YAML file; `docs/guides/campaigns.md` shows the form."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from leo_activation.activation.campaigns.campaign import Campaign
from leo_activation.activation.campaigns.policies import Policy
from leo_activation.activation.campaigns.schedules import Once, ReEntry, Schedule
from leo_activation.activation.campaigns.variants import Variant
from leo_activation.activation.messages.template_store import TemplateVersion
from leo_activation.activation.states import MessageClass
from leo_activation.activation.yaml_files import read_yaml


def _kind_alone(value: object) -> object:
    return {"kind": value} if isinstance(value, str) else value


def _rule_alone(value: object) -> object:
    return {"rule": value} if isinstance(value, str) else value


class _Template(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(min_length=1)]
    version: Annotated[int, Field(ge=1)]


class CampaignForm(BaseModel):
    """The fields of the file, and of the desk's form.

    `schedule: once` and `re_entry: always` are short for their groups of one field.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    segments: Annotated[tuple[str, ...], Field(min_length=1)]
    without: tuple[str, ...] = ()
    channels: Annotated[tuple[str, ...], Field(min_length=1)]
    message_class: MessageClass
    template: _Template | None = None
    variants: tuple[Variant, ...] = ()
    message: str | None = None
    schedule: Annotated[Schedule, BeforeValidator(_kind_alone)] = Field(default_factory=Once)
    re_entry: Annotated[ReEntry, BeforeValidator(_rule_alone)] = Field(default_factory=ReEntry)
    priority: int = 100
    policy: Policy = Field(default_factory=Policy)
    seed_list: str | None = None
    request: int | None = None

    def campaign(self, requested_by: str) -> Campaign:
        """The campaign that the form describes."""
        return Campaign(
            campaign_id=self.id,
            name=self.name,
            segment_id=self.segments[0],
            more_segment_ids=self.segments[1:],
            without_segment_ids=self.without,
            channels=self.channels,
            message_class=self.message_class,
            requested_by=requested_by,
            template=None if self.template is None else TemplateVersion(self.template.id, self.template.version),
            variants=self.variants,
            message=self.message,
            schedule=self.schedule,
            re_entry=self.re_entry,
            priority=self.priority,
            policy=self.policy,
            seed_list_id=self.seed_list,
            request_id=self.request,
        )


def read_campaign_file(text: str, file: str, requested_by: str) -> Campaign:
    """The campaign that a file describes.

    Args:
        file: what errors call it.
        requested_by: who submits it.

    Raises:
        Permanent: the text is no YAML of one campaign; the sentence names file, line and field.
    """
    return read_yaml(text, file, CampaignForm, a_what="a campaign", such_as="name: Warm feet").campaign(requested_by)
