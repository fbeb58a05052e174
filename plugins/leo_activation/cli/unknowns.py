"""`./leo unknowns`: messages whose end is not known."""

import click

from leo_activation.cli.options import tenant_of, tenant_option
from leo_activation.cli.output import json_option, one_sentence, wants_json, write_lines, write_words
from leo_activation.settings import read_settings
from leo_activation.warehouse.connections import warehouse_from


@click.command()
@tenant_option
@json_option
@one_sentence
def unknowns(tenant: str | None, as_json: bool) -> None:
    """Messages of which nobody knows whether the provider took them, by age; they are never sent again."""
    from leo_activation.activation.aftermath.reconciling import unknowns_by_age

    settings = read_settings()
    found = unknowns_by_age(warehouse_from(settings), tenant_of(settings, tenant))
    if wants_json(as_json):
        write_lines(found)
        return
    write_words(
        f"{one.deliveries:,} for {one.age} (the oldest since {one.oldest:%Y-%m-%d %H:%M} UTC): "
        f"{one.campaign_id}, run {one.campaign_run_id}, on {one.channel} by {one.provider or 'an unrecorded provider'}"
        + (f"; {one.past_deadline:,} past the deadline" if one.past_deadline else "")
        for one in found
    )
    if not found:
        write_words(["No message is unknown."])
