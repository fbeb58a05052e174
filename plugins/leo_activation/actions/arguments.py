"""What each action takes: the same models whether a person, a plan, a program or a language model fills them in."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from leo_activation.segments.plan import Channel
from leo_activation.segments.planners.llm_masking import contact_data
from leo_activation.segments.recall import MAX_FOUND, MAX_WORDS, MemoryKind
from leo_activation.segments.request import MessageClass
from leo_activation.segments.requests import MAX_TEXT

_PHONE = re.compile(r"(?:\+|00?)\d[\d .()-]{7,}")


def is_contact(identifier: str) -> bool:
    """Whether a customer is named by an address or a telephone number instead of an id."""
    return "@" in identifier or _PHONE.fullmatch(identifier) is not None


def _no_contact(words: str) -> str:
    if contact_data(words):
        raise ValueError("holds contact data, which no action takes")
    return words


def _an_id(words: str) -> str:
    if is_contact(words):
        raise ValueError("is contact data and not the id of a customer")
    return words


Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_no_contact)]
CustomerId = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^\S+$"), AfterValidator(_an_id)]
RequestId = Annotated[int, Field(ge=1)]


class Arguments(BaseModel):
    """What all have in common: nothing beside the fields is taken, and nothing is changed later."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class CreateSegment(Arguments):
    """A segment asked for in words."""

    text: str = Field(min_length=1, max_length=MAX_TEXT, description="Which customers, in English or Vietnamese.")


class UpdateSegment(Arguments):
    """A change in words to an earlier request, or the answer to its questions."""

    text: str = Field(min_length=1, max_length=MAX_TEXT, description="What is to change, for example “now only Hanoi”.")
    revises_request_id: RequestId = Field(description="The request that is changed or answered.")


class Explain(Arguments):
    """Exactly one question: about a customer and a segment, a segment, or a request."""

    segment: Name | None = Field(default=None, description="The name or id of a segment.")
    customer_id: CustomerId | None = Field(default=None, description="Why this customer is in the segment, or not.")
    request_id: RequestId | None = Field(default=None, description="How far this request has come.")

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        if (self.segment is None) is (self.request_id is None) or (self.customer_id and not self.segment):
            raise ValueError("ask about a segment, about a customer and a segment, or about a request")
        return self


class Recall(Arguments):
    """What was done before that is near to some words, or to a segment."""

    words: Annotated[str, Field(min_length=1, max_length=MAX_WORDS), AfterValidator(_no_contact)] | None = Field(
        default=None, description="What is searched for by meaning."
    )
    like: Name | None = Field(default=None, description="The name or id of an active segment instead of words.")
    kinds: tuple[MemoryKind, ...] = Field(
        default=tuple(MemoryKind), min_length=1, max_length=3, description="What may be found."
    )
    limit: int = Field(default=5, ge=1, le=MAX_FOUND, description="At most so many.")

    @model_validator(mode="after")
    def _one_search(self) -> Self:
        if (self.words is None) is (self.like is None):
            raise ValueError("give either words or a segment that is like what is searched for")
        return self


class ActivateOnChannel(Arguments):
    """A campaign on an active segment."""

    segment: Name = Field(description="The name or id of an active segment.")
    channel: Channel = Field(description="Where the message is to go.")
    message: str | None = Field(default=None, max_length=4000, description="The message; none: a template is needed.")
    message_class: MessageClass = Field(
        default=MessageClass.MARKETING, description="An offer is marketing and needs the recipient's consent to it."
    )
    occasion: str | None = Field(
        default=None, pattern=r"^[a-z0-9-]{1,60}$", description="Another occasion makes another campaign of the same."
    )
