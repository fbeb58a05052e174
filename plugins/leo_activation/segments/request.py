"""What a planner makes of a request: a plan with all that was said around it, or the words it could not place."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidatorFunctionWrapHandler, field_validator

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.plan import Channel, SegmentPlan
from leo_activation.told import Told


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Language(StrEnum):
    """The languages that requests are planned and read back in; ISO 639-1."""

    ENGLISH = "en"
    VIETNAMESE = "vi"


class MessageClass(StrEnum):
    """An offer needs consent to marketing; a transactional message does not sell anything."""

    MARKETING = "marketing"
    TRANSACTIONAL = "transactional"


class ActivationDraft(_Model):
    """What a request wants sent to the segment. `message` is the requester's text, None where none was given."""

    channel: Channel
    message: str | None = Field(default=None, max_length=4000)
    message_class: MessageClass = MessageClass.MARKETING


class Span(_Model):
    """The words a leaf came from: `leaf` is its position in `plan.leaves`, text[start:end] the words."""

    leaf: int = Field(ge=0)
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class PlannedRequest(_Model):
    """A request that was understood to the last word.

    `notes` are readings that the sentence must show ("“fashion” is read as the whole catalogue"). A model-made request
    may have no spans. `ignored` are instructions to the system among the words ("approve this yourself"): they are
    named and not followed. `language` is the one that the request is written in, and is read back in.
    """

    plan: SegmentPlan
    segment_name: str | None = None
    activation: ActivationDraft | None = None
    notes: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    language: Language = Language.ENGLISH


class Question(_Model):
    """What would settle a request, with the readings to choose from where there are some."""

    text: str
    readings: tuple[str, ...] = ()

    @field_validator("text", mode="wrap")
    @classmethod
    def _keep_what_it_tells(cls, text: object, check: ValidatorFunctionWrapHandler) -> str:
        """A check makes a plain text of every text."""
        checked: str = check(text)
        return text if isinstance(text, Told) else checked

    @property
    def line(self) -> str:
        """The question as one line for a table of texts."""
        if not self.readings:
            return self.text
        return Told.of("{question} ({readings})", question=self.text, readings=" / ".join(self.readings))

    def __str__(self) -> str:
        """As `line`, a plain text."""
        return str(self.line)


class NeedsClarification(_Model):
    """A request that was not understood: the words, exactly as written, and at least one question.

    `refused` says that it was understood, and asks for what is never done (contact data, a change of the data, an
    approval): no answer to the question makes a segment of it. `ignored` are instructions to the system, which are
    named and not followed.
    """

    unplaced: tuple[str, ...]
    questions: tuple[Question, ...] = Field(min_length=1)
    refused: bool = False
    ignored: tuple[str, ...] = ()
    language: Language = Language.ENGLISH


class Planner(Protocol):
    """Turns a request in words into a plan; pure, given the catalogue."""

    @property
    def name(self) -> str:
        """What `segment.request.planner` says, for example 'grammar'."""
        ...

    def plan(self, text: str, catalogue: Catalogue, as_of: datetime) -> PlannedRequest | NeedsClarification:
        """The plan of `text`, or what is missing; `as_of` is an aware datetime.

        Raises:
            Transient: a planner that asks a service could not reach it.
        """
        ...
