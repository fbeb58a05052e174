"""Requests for segments, put into the inbox that Airflow drafts from."""

import click

from leo_activation.cli.options import Words, tenant_option
from leo_activation.cli.output import one_sentence, only_json_option, write_json
from leo_activation.settings import read_settings
from leo_activation.warehouse.connections import warehouse_from


@click.command()
@click.argument("text", type=Words())
@tenant_option
@click.option("--by", "requested_by", required=True, help="Airflow user id of whoever asks.")
@click.option("--revises", type=int, help="The request that this one changes or answers: 'now only Hanoi'.")
@only_json_option
@one_sentence
def request(text: str, tenant: str | None, requested_by: str, revises: int | None) -> None:
    """Submit a segment request in words; Airflow drafts it within a minute.

    With --revises the words change the plan of an earlier request, or answer what was asked back.
    """
    from leo_activation.segments import submit_request

    settings = read_settings()
    tenant_id = tenant or settings.default_tenant
    request_id = submit_request(warehouse_from(settings), tenant_id, text, requested_by, revises_request_id=revises)
    write_json({"tenant": tenant_id, "request_id": request_id})
