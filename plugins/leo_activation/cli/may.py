"""`./leo may`: whether a person may be written to, on which channel, by which route, and by which rule."""

from typing import TYPE_CHECKING

import click

from leo_activation.cli.options import tenant_of, tenant_option
from leo_activation.cli.output import json_option, one_sentence, wants_json, write_json, write_words
from leo_activation.settings import read_settings
from leo_activation.warehouse.connections import warehouse_from

if TYPE_CHECKING:
    from leo_activation.activation.audience.may import ChannelAnswer

CHANNELS = ("email", "sms", "zalo", "messenger", "mobile_push", "web_push")


@click.command()
@click.argument("customer_id")
@click.option("--channel", type=click.Choice(CHANNELS), help="Only this one. Default: every channel.")
@click.option(
    "--purpose", type=click.Choice(["marketing", "transactional"]), help="Only for this. Default: for both purposes."
)
@tenant_option
@json_option
@one_sentence
def may(customer_id: str, channel: str | None, purpose: str | None, tenant: str | None, as_json: bool) -> None:
    """Whether CUSTOMER_ID may be written to now, on which channel, by which route and rule; nothing is sent.

    What belongs to a campaign is told by `./leo campaign why`.
    """
    from leo_activation.activation.audience.may import may as ask
    from leo_activation.activation.states import MessageClass

    settings = read_settings()
    answers = ask(
        warehouse_from(settings),
        tenant_of(settings, tenant),
        customer_id,
        channels=CHANNELS if channel is None else (channel,),
        purposes=tuple(MessageClass) if purpose is None else (MessageClass(purpose),),
    )
    if wants_json(as_json):
        for answer in answers:
            write_json(vars(answer) | {"may": answer.may, "rules": [vars(rule) for rule in answer.rules]})
        return
    write_words([line for answer in answers for line in in_words(answer)])


def in_words(answer: "ChannelAnswer") -> list[str]:
    """The answer for somebody who reads: yes or no, and each rule with what stands against it."""
    what = f"{answer.purpose} on {answer.channel}"
    if answer.reason is not None:
        lines = [f"{what}: no, {answer.reason.replace('_', ' ')}."]
        if not answer.rules and answer.reason == "not_eligible":
            lines.append(f"  No rule of version {answer.policy_version} of the policy opens the channel for this.")
    else:
        when = "now" if answer.opens_at is None else f"from {answer.opens_at:%Y-%m-%d %H:%M} UTC on"
        lines = [f"{what}: yes, {when}, by {answer.route} (rule {answer.rule}, policy {answer.policy_version})."]
    for rule in answer.rules:
        against = "" if rule.against is None else f" Not open: {rule.against}."
        lines.append(f"  {rule.rule}: {rule.founded_on}.{against}")
    return lines
