"""Who is the same person: merges and the cases that wait for a person."""

import click

from leo_activation.cli.options import tenant_option
from leo_activation.cli.output import json_option, one_sentence, only_json_option, say, write_json, write_lines
from leo_activation.settings import read_settings
from leo_activation.warehouse.connections import warehouse_from


@click.group()
def customers() -> None:
    """Who is the same person: merges, and the cases that wait for a person. Decisions hold from the next sync on."""


@customers.command("list-merges")
@tenant_option
@only_json_option
@one_sentence
def list_merges(tenant: str | None) -> None:
    """The latest merges as JSON, one a line; those that stand come first."""
    from leo_activation.sync import identity_decisions as decisions

    settings = read_settings()
    write_lines(decisions.list_merges(warehouse_from(settings), tenant or settings.default_tenant))


@customers.command("undo-merge")
@click.argument("merge_id", type=int)
@tenant_option
@click.option("--by", "asked_by", required=True, help="Airflow user id of whoever decides.")
@json_option
@one_sentence
def undo_merge(merge_id: int, tenant: str | None, asked_by: str, as_json: bool) -> None:
    """Take a merge apart with the next sync, and never make it again."""
    from leo_activation.sync import identity_decisions as decisions

    settings = read_settings()
    decisions.undo_merge(warehouse_from(settings), tenant or settings.default_tenant, merge_id, asked_by=asked_by)
    say(f"Merge {merge_id} is undone by the next sync.", as_json, merge_id=merge_id, undone_by="the next sync")


@customers.command("cases")
@tenant_option
@click.option("--state", type=click.Choice(["waiting", "approved", "refused", "lapsed"]), default="waiting")
@click.option("--profiles", "case_id", type=int, metavar="CASE", help="The ids of the profiles of one case instead.")
@only_json_option
@one_sentence
def cases(tenant: str | None, state: str, case_id: int | None) -> None:
    """What waits for a person to decide, as JSON, one case a line."""
    from leo_activation.sync import identity_decisions as decisions

    settings = read_settings()
    warehouse, tenant_id = warehouse_from(settings), tenant or settings.default_tenant
    if case_id is None:
        write_lines(decisions.list_cases(warehouse, tenant_id, decisions.CaseState(state)))
    else:
        write_json(decisions.case_profiles(warehouse, tenant_id, case_id))


@customers.command("decide")
@click.argument("case_id", type=int)
@click.argument("decision", type=click.Choice(["approve", "refuse"]))
@tenant_option
@click.option("--by", "decided_by", required=True, help="Airflow user id of whoever decides.")
@json_option
@one_sentence
def decide(case_id: int, decision: str, tenant: str | None, decided_by: str, as_json: bool) -> None:
    """Approve: the profiles of the case are one person. Refuse: they are not."""
    from leo_activation.sync import identity_decisions as decisions

    settings = read_settings()
    state = decisions.CaseState.APPROVED if decision == "approve" else decisions.CaseState.REFUSED
    decisions.decide_case(
        warehouse_from(settings), tenant or settings.default_tenant, case_id, state, decided_by=decided_by
    )
    say(f"Case {case_id} is {state}; it holds from the next sync on.", as_json, case_id=case_id, state=state)


@customers.command("block")
@click.argument("kind", type=click.Choice(["crm", "email", "phone", "loyalty", "fintech", "zalo", "facebook"]))
@click.argument("value")
@tenant_option
@click.option("--reason", help="Why; needed to block.")
@click.option("--by", "blocked_by", required=True, help="Airflow user id of whoever decides.")
@click.option("--release", is_flag=True, help="Take the block back.")
@json_option
@one_sentence
def block(
    kind: str, value: str, tenant: str | None, reason: str | None, blocked_by: str, release: bool, as_json: bool
) -> None:
    """Let VALUE join nobody any more, such as the telephone of a shop; only its keyed hash is kept."""
    from leo_activation.sync import identity_decisions as decisions

    if not reason and not release:
        raise click.UsageError("block needs --reason.")
    settings = read_settings()
    warehouse, tenant_id, key = warehouse_from(settings), tenant or settings.default_tenant, settings.pseudonym_key()
    of_kind = decisions.Kind(kind)
    if release:
        held = decisions.unblock_value(warehouse, tenant_id, of_kind, value, pseudonym_key=key)
    else:
        held = decisions.block_value(
            warehouse, tenant_id, of_kind, value, reason=reason or "", blocked_by=blocked_by, pseudonym_key=key
        )
    found = f"more than {decisions.MOST_APPROVED}" if held > decisions.MOST_APPROVED else str(held)
    done = "Released" if release else "Blocked"
    words = f"{done}; {found} profiles have it. It holds from the next sync on."
    say(words, as_json, blocked=not release, profiles=held)
