"""`./leo copy`: e-mail copy that a language model drafts, and a person accepts or rejects."""

import getpass
from typing import TYPE_CHECKING

import click

from leo_activation.cli.options import Words, tenant_of, tenant_option
from leo_activation.cli.output import json_option, one_sentence, only_json_option, say, write_lines
from leo_activation.settings import Settings, read_settings
from leo_activation.warehouse.connections import Warehouse, warehouse_from

if TYPE_CHECKING:
    from leo_activation.activation.messages.copy_drafts import Writer


@click.group(name="copy")
def copy() -> None:
    """Copy for campaigns: drafted by the language model of LEO_LLM_MODEL, used only after a person accepted it."""


@copy.command("voice")
@click.argument("voice", type=Words())
@click.option("--language", default="", help="Default: every language without a voice of its own.")
@click.option("--does", multiple=True, type=Words(), help="What copy does; may be given several times.")
@click.option("--never", multiple=True, type=Words(), help="What copy never does; may be given several times.")
@tenant_option
@json_option
@one_sentence
def set_voice(
    voice: str, language: str, does: tuple[str, ...], never: tuple[str, ...], tenant: str | None, as_json: bool
) -> None:
    """Say in a few sentences how the brand speaks."""
    from leo_activation.activation.messages.copy_drafts import BrandVoice, set_brand_voice

    settings = read_settings()
    tenant_id = tenant_of(settings, tenant)
    described = BrandVoice(voice, does, never)
    set_brand_voice(warehouse_from(settings), tenant_id, language, described, set_by=getpass.getuser())
    say("The voice is set.", as_json, tenant_id=tenant_id, language=language)


@copy.command("draft")
@click.argument("segment")
@click.option("--template", "template_id", required=True, help="The template that acceptance makes a version of.")
@click.option("--language", default="en", show_default=True)
@tenant_option
@json_option
@one_sentence
def draft(segment: str, template_id: str, language: str, tenant: str | None, as_json: bool) -> None:
    """Draft an e-mail for the SEGMENT of that id; it costs what a call of the model costs."""
    from leo_activation.activation.messages.copy_drafts import CopyWish, draft_copy

    settings = read_settings()
    tenant_id, warehouse = tenant_of(settings, tenant), warehouse_from(settings)
    wish = CopyWish(segment, template_id, language, getpass.getuser())
    drafted = draft_copy(warehouse, tenant_id, wish, _writer(settings, warehouse, tenant_id))
    words = (
        f"Draft {drafted.draft_id} waits for a decision.\n\n{drafted.subject}\n{drafted.preheader}\n\n{drafted.body}"
    )
    say(words, as_json, **vars(drafted))


@copy.command("list")
@click.option("--all", "every", is_flag=True, help="Also those that were decided.")
@tenant_option
@only_json_option
@one_sentence
def list_drafts(every: bool, tenant: str | None) -> None:
    """The drafts that wait for a decision, the newest first, one JSON object a line."""
    from leo_activation.activation.messages import copy_drafts

    settings = read_settings()
    state = None if every else "proposed"
    write_lines(copy_drafts.list_drafts(warehouse_from(settings), tenant_of(settings, tenant), state))


@copy.command("accept")
@click.argument("draft_id", type=int)
@tenant_option
@json_option
@one_sentence
def accept(draft_id: int, tenant: str | None, as_json: bool) -> None:
    """Make a template version of the draft of that number, which campaigns can name from then on."""
    from leo_activation.activation.messages.copy_drafts import accept_draft

    settings = read_settings()
    made = accept_draft(warehouse_from(settings), tenant_of(settings, tenant), draft_id, decided_by=getpass.getuser())
    say(f"Draft {draft_id} is version {made.version} of the template {made.template_id}.", as_json, **vars(made))


@copy.command("reject")
@click.argument("draft_id", type=int)
@tenant_option
@json_option
@one_sentence
def reject(draft_id: int, tenant: str | None, as_json: bool) -> None:
    """Put the draft of that number away."""
    from leo_activation.activation.messages.copy_drafts import reject_draft

    settings = read_settings()
    reject_draft(warehouse_from(settings), tenant_of(settings, tenant), draft_id, decided_by=getpass.getuser())
    say(f"Draft {draft_id} is rejected.", as_json, draft_id=draft_id, state="rejected")


@copy.command("preview")
@click.argument("template_id")
@click.argument("version", type=int)
@click.argument("customer")
@click.option("--channel", default="email", show_default=True)
@click.option("--message", type=Words(), help="What fills the slot of that name.")
@tenant_option
@json_option
@one_sentence
def preview(
    template_id: str, version: int, customer: str, channel: str, message: str | None, tenant: str | None, as_json: bool
) -> None:
    """Show each form of a template as CUSTOMER would get it, theirs first. It shows their data: for the screen only."""
    from leo_activation.activation.messages.previews import preview_for
    from leo_activation.activation.messages.template_store import TemplateVersion

    settings = read_settings()
    template = TemplateVersion(template_id, version)
    shown = preview_for(
        warehouse_from(settings), tenant_of(settings, tenant), template, channel, customer, message=message
    )
    for one in shown:
        title = f"{one.channel} {one.language or 'any language'}{', theirs' if one.is_chosen else ''}"
        parts = vars(one.rendered)
        say(
            f"--- {title}\n{one.rendered.subject or ''}\n\n{one.rendered.text}",
            as_json,
            channel=one.channel,
            language=one.language,
            is_chosen=one.is_chosen,
            **parts,
        )


@copy.command("compare")
@click.argument("campaign_id")
@tenant_option
@only_json_option
@one_sentence
def compare(campaign_id: str, tenant: str | None) -> None:
    """What came of each variant of a campaign, one JSON object a line: sent, opened and clicked by people, bounced."""
    from leo_activation.activation.aftermath.variant_results import variant_results

    settings = read_settings()
    write_lines(variant_results(warehouse_from(settings), tenant_of(settings, tenant), campaign_id))


def _writer(settings: Settings, warehouse: Warehouse, tenant_id: str) -> "Writer":
    from leo_activation.activation.messages.copy_drafts import DRAFT_COPY, Writer
    from leo_activation.llm.activations import active_prompt
    from leo_activation.llm.budget import budget_from
    from leo_activation.llm.models import model_from
    from leo_activation.llm.sql_ledger import SqlCallLedger

    ledger = SqlCallLedger(warehouse, tenant_id, budget_from(settings))
    return Writer(model_from(settings), ledger, active_prompt(warehouse, DRAFT_COPY))
