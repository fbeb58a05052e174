"""Copy that a language model drafts and a person accepts or rejects.

The model is told a segment's sentence, who the brand is and how it speaks; it is told of no person. What it answers is
held to the checks of every template, and their errors go back to it at most twice. A draft is not a template: no
campaign can name it until a person accepted it, which makes a template version like any other.
"""

import json
import logging
import re
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from email.utils import parseaddr
from typing import TYPE_CHECKING, Annotated, Literal

from psycopg.rows import class_row
from pydantic import BaseModel, ConfigDict, Field, model_validator

from leo_activation.activation.messages.channel_limits import LIMITS as CHANNELS
from leo_activation.activation.messages.copy_layout import COPY_SLOTS, Words, check_words, template_of
from leo_activation.activation.messages.languages import ANY, base_language, check_language
from leo_activation.activation.messages.link_check import LinkPolicy, link_policy
from leo_activation.activation.messages.link_words import text_links
from leo_activation.activation.messages.slots import REGISTRY
from leo_activation.activation.messages.template_store import TemplateVersion, check_forms, keep_template, read_forms
from leo_activation.activation.messages.templates import Template
from leo_activation.activation.rows import only_row
from leo_activation.activation.safety.tenant_policy import read_policy
from leo_activation.errors import Permanent
from leo_activation.llm.calls import CallLedger
from leo_activation.llm.prompts import Prompt
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

if TYPE_CHECKING:
    from pydantic_ai.models import Model

logger = logging.getLogger(__name__)

DRAFT_COPY = "draft_copy"
"""The task, named as its prompt."""
MOST_LISTED = 100
_NUMBER_LIKE_A_PHONE = re.compile(r"(?:\d[\s.()-]?){9,}")

_check_now: ContextVar[Callable[[Words], None]] = ContextVar("check_of_drafted_copy")
"""The checks of the tenant that is written for: pydantic hands a validator no arguments of its caller's."""


class DraftedCopy(BaseModel):
    """What a model answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: Annotated[str, Field(min_length=1, max_length=120)]
    preheader: Annotated[str, Field(min_length=1, max_length=160)]
    body: Annotated[str, Field(min_length=1, max_length=4_000)]

    @model_validator(mode="after")
    def _makes_a_template(self) -> "DraftedCopy":
        try:
            _check_now.get()(self.words())
        except Permanent as error:
            raise ValueError(str(error)) from error
        return self

    def words(self) -> Words:
        """The answer as words of an e-mail."""
        return Words(self.subject, self.preheader, self.body)


@dataclass(frozen=True)
class BrandVoice:
    """How a brand speaks in a language: in a few sentences, and what its copy does and never does."""

    voice: str
    does: tuple[str, ...] = ()
    does_not: tuple[str, ...] = ()


@dataclass(frozen=True)
class Writer:
    """Who drafts: a model, the ledger of its calls, and the prompt that serves."""

    model: "Model"
    ledger: CallLedger
    prompt: Prompt


@dataclass(frozen=True)
class CopyWish:
    """What is to be drafted: e-mail copy for a segment, as the template of that id in a language."""

    segment_id: str
    template_id: str
    language: str
    asked_by: str


@dataclass(frozen=True)
class Draft:
    """A draft as it stands; `template_version` is what its acceptance made."""

    draft_id: int
    template_id: str
    channel: str
    language: str
    segment_id: str
    sentence: str
    subject: str
    preheader: str
    body: str
    model: str
    prompt_version: int
    state: Literal["proposed", "accepted", "rejected"]
    proposed_for: str
    decided_by: str | None
    template_version: int | None

    def template(self) -> Template:
        """The template that acceptance makes of it."""
        return template_of(Words(self.subject, self.preheader, self.body), self.template_id, self.language)


@dataclass(frozen=True)
class _Brief:
    sentence: str | None
    tenant_name: str
    sender: str | None
    voice: str | None
    does: list[str] | None
    does_not: list[str] | None


def set_brand_voice(warehouse: Warehouse, tenant_id: str, language: str, voice: BrandVoice, *, set_by: str) -> None:
    """Say how the tenant's brand speaks in a language; '' for every language without a voice of its own.

    Raises:
        Permanent: no such language, or contact data, which no prompt may hold.
    """
    check_language(language)
    for text in (voice.voice, *voice.does, *voice.does_not):
        _refuse_contact_data(text, "The voice")
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        connection.execute(
            statement("activation/messages/set_brand_voice"),
            {
                "tenant_id": tenant_id,
                "language": language,
                "voice": voice.voice,
                "does": list(voice.does),
                "does_not": list(voice.does_not),
                "set_by": set_by,
            },
        )


def draft_copy(warehouse: Warehouse, tenant_id: str, wish: CopyWish, writer: Writer) -> Draft:
    """Have copy drafted and keep it for a person's decision.

    Raises:
        Permanent: the segment has no active definition, its sentence holds contact data, or the model gave nothing that
            passes the checks; `InvalidAnswer`, `OverBudget` and a refusal are among these.
        Transient: the model cannot be reached now.
        Configuration: key, model or quota need a person.
    """
    check_language(wish.language)
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        brief = _brief(connection, tenant_id, wish)
        links = link_policy(read_policy(connection, tenant_id).policy)
    if brief.sentence is None:
        raise Permanent(f"The segment '{wish.segment_id}' has no active definition to write for.")
    _refuse_contact_data(brief.sentence, f"The sentence of the segment '{wish.segment_id}'")
    answer = _ask(writer, _question(brief, wish.language, links), wish, links)
    values = {
        "tenant_id": tenant_id,
        "template_id": wish.template_id,
        "channel": "email",
        "language": wish.language,
        "segment_id": wish.segment_id,
        "sentence": brief.sentence,
        **answer.model_dump(),
        "model": f"{writer.model.system}:{writer.model.model_name}",
        "prompt_version": writer.prompt.version,
        "proposed_for": wish.asked_by,
    }
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        draft_id = int(only_row(connection.execute(statement("activation/messages/propose_template"), values))[0])
        logger.info("Draft %d of the template %s waits for a person's decision.", draft_id, wish.template_id)
        return _draft(connection, tenant_id, draft_id)


def list_drafts(warehouse: Warehouse, tenant_id: str, state: str | None = "proposed") -> list[Draft]:
    """The newest drafts in a state, None for every state; at most `MOST_LISTED`."""
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        return _drafts(connection, tenant_id, None, state)


def accept_draft(warehouse: Warehouse, tenant_id: str, draft_id: int, *, decided_by: str) -> TemplateVersion:
    """Make a template version of a draft, beside the forms in other languages that the template has already.

    Raises:
        Permanent: there is no such draft, it was decided before, or it no longer passes the checks.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        draft = _draft(connection, tenant_id, draft_id)
        form = draft.template()
        links = link_policy(read_policy(connection, tenant_id).policy)
        named = {"tenant_id": tenant_id, "template_id": draft.template_id}
        connection.execute(statement("activation/messages/lock_template"), named)
        newest = only_row(connection.execute(statement("activation/messages/newest_version_of_template"), named))[0]
        kept: list[Template] = []
        if newest is not None:
            before = TemplateVersion(draft.template_id, int(newest))
            for forms in read_forms(connection, tenant_id, before, sorted(CHANNELS)).values():
                kept += [one for one in forms.all() if (one.channel, one.language) != (form.channel, form.language)]
        check_forms([form, *kept], links)
        version = keep_template(connection, tenant_id, [form, *kept])
        _decide(connection, tenant_id, draft_id, "accepted", decided_by, version.version)
    logger.info("Draft %d is version %d of the template %s.", draft_id, version.version, version.template_id)
    return version


def reject_draft(warehouse: Warehouse, tenant_id: str, draft_id: int, *, decided_by: str) -> None:
    """Put a draft away.

    Raises:
        Permanent: there is no such draft, or it was decided before.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        _draft(connection, tenant_id, draft_id)
        _decide(connection, tenant_id, draft_id, "rejected", decided_by, None)


def _ask(writer: Writer, question: str, wish: CopyWish, links: LinkPolicy) -> DraftedCopy:
    # Imported here: it loads pydantic-ai.
    from leo_activation.llm.structured import Limits, ask_structured

    limits = Limits(repair_rounds=2, total_seconds=90, request_seconds=45, answer_tokens=2_048, total_tokens=24_000)
    token = _check_now.set(lambda words: check_words(words, wish.template_id, wish.language, links))
    try:
        return ask_structured(writer.model, writer.prompt, DraftedCopy, question, ledger=writer.ledger, limits=limits)
    finally:
        _check_now.reset(token)


def _question(brief: _Brief, language: str, links: LinkPolicy) -> str:
    """The sections of the question, each one JSON value, so that no text in them can look like another section."""
    voice = {
        "voice": brief.voice or "friendly, plain and short",
        "does": brief.does or [],
        "never": brief.does_not or [],
    }
    rules = {
        "language": language or "en",
        "slots": {name: REGISTRY[name].holds for name in sorted(COPY_SLOTS)},
        "hosts": sorted(links.hosts),
    }
    brand = parseaddr(brief.sender or "")[0] or brief.tenant_name
    sections = {"SEGMENT": brief.sentence, "BRAND": brand, "VOICE": voice, "RULES": rules}
    return "\n\n".join(f"{head}\n{json.dumps(value, ensure_ascii=False)}" for head, value in sections.items())


def _brief(connection: Connection, tenant_id: str, wish: CopyWish) -> _Brief:
    languages = list(dict.fromkeys([wish.language, base_language(wish.language), ANY]))
    with connection.cursor(row_factory=class_row(_Brief)) as cursor:
        row = cursor.execute(
            statement("activation/messages/read_copy_brief"),
            {"tenant_id": tenant_id, "segment_id": wish.segment_id, "languages": languages},
        ).fetchone()
    if row is None:
        raise Permanent(f"There is no tenant '{tenant_id}'.")
    return row


def _refuse_contact_data(text: str, what: str) -> None:
    if any(link.is_address for link in text_links(text)) or _NUMBER_LIKE_A_PHONE.search(text):
        raise Permanent(f"{what} holds what looks like contact data, which is told to no language model.")


def _draft(connection: Connection, tenant_id: str, draft_id: int) -> Draft:
    found = _drafts(connection, tenant_id, draft_id, None)
    if not found:
        raise Permanent(f"There is no draft {draft_id}.")
    return found[0]


def _drafts(connection: Connection, tenant_id: str, draft_id: int | None, state: str | None) -> list[Draft]:
    with connection.cursor(row_factory=class_row(Draft)) as cursor:
        return cursor.execute(
            statement("activation/messages/read_template_drafts"),
            {"tenant_id": tenant_id, "draft_id": draft_id, "state": state, "at_most": MOST_LISTED},
        ).fetchall()


def _decide(
    connection: Connection, tenant_id: str, draft_id: int, state: str, decided_by: str, version: int | None
) -> None:
    if not decided_by.strip():
        raise Permanent("A draft is decided by a person with a name.")
    decided = connection.execute(
        statement("activation/messages/decide_template_draft"),
        {
            "tenant_id": tenant_id,
            "draft_id": draft_id,
            "state": state,
            "decided_by": decided_by,
            "template_version": version,
        },
    ).fetchone()
    if decided is None:
        raise Permanent(f"The draft {draft_id} was decided before.")
