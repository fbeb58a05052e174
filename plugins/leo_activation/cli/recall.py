"""`./leo recall`: what was done before, found by meaning."""

import getpass
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from leo_activation.cli.options import Words, tenant_of, tenant_option
from leo_activation.cli.output import ASKED_BACK, json_option, one_sentence, wants_json, write_json, write_words
from leo_activation.settings import read_settings

if TYPE_CHECKING:
    from leo_activation.cli.session import Session

KINDS = ("segment", "request", "campaign")


@click.command()
@click.argument("words", type=Words(), required=False)
@click.option(
    "--kind", "kinds", type=click.Choice(KINDS), multiple=True, help="Only these; may be given several times."
)
@click.option("--like", help="The name or id of an active segment instead of WORDS: segments like that one.")
@click.option("--limit", type=click.IntRange(1, 20), default=5, show_default=True, help="At most so many.")
@tenant_option
@json_option
@one_sentence
def recall(
    words: str | None, kinds: tuple[str, ...], like: str | None, limit: int, tenant: str | None, as_json: bool
) -> None:
    """Find segments, requests and campaigns of before that are near in meaning to WORDS, or to a segment."""
    if (words is None) is (like is None):
        raise click.UsageError("Give either WORDS or --like.")
    from leo_activation.cli.session import Session

    settings = read_settings()
    given = {"words": words} if like is None else {"like": like, "kinds": ["segment"]}
    arguments = {**given, **({"kinds": list(kinds)} if kinds else {}), "limit": limit}
    with Session(settings, tenant_of(settings, tenant)) as session:
        told = _recalled(session, arguments)
    if wants_json(as_json):
        write_json(told)
    else:
        write_words([str(told["answer"])])
    if told["status"] == "needs_clarification":
        sys.exit(ASKED_BACK)


def _recalled(session: "Session", arguments: Mapping[str, object]) -> dict[str, object]:
    from datetime import UTC, datetime

    from leo_activation.actions import ACTIONS, Caller, Outcome, Permission, Registry, Tools
    from leo_activation.segments.language_tasks import LanguageTasks

    # Nothing that is recalled depends on "now", so that a tenant without data can be asked too.
    tools = Tools(session.warehouse, session.tenant_id, datetime.now(UTC), session.encoder, LanguageTasks(planners=()))
    caller = Caller(getpass.getuser(), frozenset({Permission.READ}))
    result = Registry(tools, ACTIONS).call("recall", arguments, caller)
    return {
        "status": "recalled" if result.outcome is Outcome.DONE else "needs_clarification",
        "answer": result.answer,
        "results": result.data.get("results", []),
        "questions": list(result.questions),
    }
