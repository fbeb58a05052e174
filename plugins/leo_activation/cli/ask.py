"""`./leo ask`: a prompt that is answered at once, with what was done for it."""

import getpass
import sys
from datetime import datetime

import click

from leo_activation.cli.options import Words, as_of_option, tenant_of, tenant_option
from leo_activation.cli.output import ASKED_BACK, json_option, one_sentence, wants_json, write_json, write_words
from leo_activation.settings import read_settings

FAILED = 1


@click.command()
@click.argument("text", type=Words())
@click.option("--as", "asked_by", help="Airflow user id of whoever asks. Default: the user of this shell.")
@click.option("--revises", type=int, help="The request that TEXT changes or answers.")
@click.option("--key", help="Asked again with the same key, it is the same request.")
@tenant_option
@as_of_option
@json_option
@one_sentence
def ask(
    text: str,
    asked_by: str | None,
    revises: int | None,
    key: str | None,
    tenant: str | None,
    as_of: datetime | None,
    as_json: bool,
) -> None:
    """Ask for a segment, why a customer is in one, what was done before, or how far a request has come.

    A segment is drafted at once, by the grammar (and the model of LEO_LLM_MODEL, where one is named), and goes to its
    review in Airflow; nothing is approved or sent here.
    """
    from leo_activation import actions
    from leo_activation.cli.session import Session
    from leo_activation.segments.model_tasks import environment_tasks
    from leo_activation.warehouse.connections import warehouse_from

    settings = read_settings()
    with Session(settings, tenant_of(settings, tenant), as_of) as session:
        told = actions.ask(
            session.warehouse,
            session.tenant_id,
            text,
            asked_by=asked_by or getpass.getuser(),
            permissions=actions.REQUESTER,
            as_of=session.as_of,
            encoder=session.encoder,
            # Calls of a model are booked in transactions of their own.
            tasks=lambda request_id: environment_tasks(
                settings, warehouse_from(settings), session.tenant_id, request_id, session.encoder
            ),
            revises_request_id=revises,
            key=key,
        )
    if wants_json(as_json):
        write_json({"answer": told.answer, "debug": told.debug})
    else:
        write_words([told.answer])
    state = told.debug["data"].get("state")
    if state in ("needs_clarification", "failed"):
        sys.exit(ASKED_BACK if state == "needs_clarification" else FAILED)
