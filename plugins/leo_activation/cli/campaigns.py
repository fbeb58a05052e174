"""`./leo campaign`: submit a campaign, see how it stands, try it without sending, and take hold of it while it runs."""

import getpass
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from leo_activation.cli.campaign_results import results
from leo_activation.cli.options import tenant_of, tenant_option
from leo_activation.cli.output import json_option, one_sentence, say, wants_json, write_json, write_words
from leo_activation.errors import Permanent
from leo_activation.settings import read_settings
from leo_activation.warehouse.connections import warehouse_from

SCHEDULES = {"once": "once", "recurring": "recurring", "on_entry": "on entry"}
BY = click.option("--by", help="Airflow user id of whoever does it. Default: the user of this shell.")
REASON = click.option("--reason", required=True, help="Why, in one sentence; it is kept.")


@click.group()
def campaign() -> None:
    """Campaigns: what to send to whom and when. Nothing here sends to a customer without an approval in Airflow."""


campaign.add_command(results)


@campaign.command("submit")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@tenant_option
@BY
@json_option
@one_sentence
def submit(file: Path, tenant: str | None, by: str | None, as_json: bool) -> None:
    """Submit the campaign in FILE (YAML), or a change of it; docs/guides/campaigns.md shows the form."""
    from leo_activation.activation import submit_campaign
    from leo_activation.activation.campaigns.campaign_files import read_campaign_file

    settings = read_settings()
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Permanent(f"{file} cannot be read as UTF-8 text.") from error
    asked = read_campaign_file(text, str(file), by or getpass.getuser())
    done = submit_campaign(warehouse_from(settings), tenant_of(settings, tenant), asked)
    if wants_json(as_json):
        write_json(vars(done))
        return
    if done.missing:
        write_words([f"'{done.campaign_id}' is a draft. It still lacks:", *[f"  - {words}" for words in done.missing]])
        return
    lines = [f"'{done.campaign_id}' is {_state(done.state)}, version {done.version}."]
    if done.voided:
        lines.append(f"{_counted(done.voided, 'run')} of an earlier version ended; people are asked again.")
    write_words(lines)


@campaign.command("list")
@tenant_option
@json_option
@one_sentence
def list_all(tenant: str | None, as_json: bool) -> None:
    """Every campaign in one line each, those that go first first."""
    from leo_activation.activation.campaigns.campaign_overview import list_campaigns

    settings = read_settings()
    found = list_campaigns(warehouse_from(settings), tenant_of(settings, tenant))
    if wants_json(as_json):
        for each in found:
            write_json(vars(each))
        return
    for each in found:
        state = _state(each.state) + (", paused" if each.is_paused else "")
        lacks = f", lacks {_counted(each.missing, 'thing')}" if each.missing else ""
        click.echo(
            f"{each.campaign_id}: {each.name} ({state}{lacks}; {SCHEDULES.get(each.schedule, each.schedule)} by "
            f"{', then '.join(each.channels)}; priority {each.priority})"
        )


@campaign.command("show")
@click.argument("campaign_id")
@tenant_option
@json_option
@one_sentence
def show(campaign_id: str, tenant: str | None, as_json: bool) -> None:
    """How CAMPAIGN_ID stands: what it lacks, what it says, its versions and its runs."""
    from leo_activation.activation.campaigns.campaign_overview import show_campaign

    settings = read_settings()
    found = show_campaign(warehouse_from(settings), tenant_of(settings, tenant), campaign_id)
    if wants_json(as_json):
        write_json(
            vars(found)
            | {"versions": [vars(each) for each in found.versions], "runs": [vars(each) for each in found.runs]}
        )
        return
    lines = [f"{found.name} ({found.campaign_id}) is {_state(found.state)}, asked for by {found.requested_by}."]
    if found.paused_at is not None:
        lines.append(f"Paused by {found.paused_by} since {found.paused_at:%Y-%m-%d %H:%M} UTC.")
    if found.missing:
        lines += ["It still lacks:", *[f"  - {words}" for words in found.missing]]
    current = next((each for each in found.versions if each.version == found.version), None)
    if current is not None:
        lines += _definition(current.definition)
    if found.next_at is not None:
        lines.append(f"Next: {found.next_at:%Y-%m-%d %H:%M} UTC")
    lines += ["Versions:"] if found.versions else []
    lines += [
        f"  {each.version}: by {each.submitted_by}, {each.created_at:%Y-%m-%d %H:%M} UTC, {each.hash[:12]}"
        for each in found.versions
    ]
    lines += ["Runs:"] if found.runs else []
    for run in found.runs:
        at = run.due_at or run.planned_at
        counts = ", ".join(f"{number:,} {state}" for state, number in sorted(run.deliveries.items())) or "nobody"
        kind = "test, " if run.kind == "test" else ""
        why = f" ({run.stop_reason})" if run.stop_reason else ""
        lines.append(f"  {run.campaign_run_id}: {kind}{at:%Y-%m-%d %H:%M} UTC, {run.state}{why}: {counts}")
    write_words(lines)


@campaign.command("dry-run")
@click.argument("campaign_id")
@tenant_option
@json_option
@one_sentence
def dry_run(campaign_id: str, tenant: str | None, as_json: bool) -> None:
    """Whom CAMPAIGN_ID would go to if it were planned now, with everybody's reason; nothing is kept or sent."""
    from leo_activation.activation import SendingGuard
    from leo_activation.activation.audience.waterfall import preview_run
    from leo_activation.sync import data_as_of

    settings = read_settings()
    tenant_id, warehouse = tenant_of(settings, tenant), warehouse_from(settings)
    guard = SendingGuard(settings.environment)
    seen = preview_run(warehouse, tenant_id, campaign_id, data_as_of(warehouse, tenant_id), guard=guard)
    if wants_json(as_json):
        steps, reach = [vars(step) for step in seen.steps], [vars(route) for route in seen.reach]
        write_json(vars(seen) | {"steps": steps, "reach": reach})
        return
    lines = [
        f"{step.step.replace('_', ' '):24} {step.kept:>9,}  {_dropped(step.dropped)}".rstrip() for step in seen.steps
    ]
    for one in seen.reach:
        kept_out = f", {one.not_eligible:,} not eligible" if one.not_eligible else ""
        lines.append(
            f"By {one.route or one.channel} (rule {one.rule or 'none'}): {one.people:,}, {one.cost_minor:,}{kept_out}"
        )
    lines += _shares("By channel", seen.channels) + _shares("By variant", seen.variants)
    lines += _shares("By language", seen.languages)
    if seen.deferred and seen.first_at is not None and seen.last_at is not None:
        lines.append(
            f"{seen.deferred:,} wait for a time of day, from {seen.first_at:%Y-%m-%d %H:%M} to "
            f"{seen.last_at:%Y-%m-%d %H:%M} UTC."
        )
    if seen.cost_minor:
        lines.append(f"Cost: {seen.cost_minor:,} in minor units of the tenant's currency")
    lines += [guard.describe(), "Nothing was kept, nothing is sent."]
    write_words(lines)


@campaign.command("why")
@click.argument("campaign_id")
@click.argument("customer_id")
@tenant_option
@json_option
@one_sentence
def why(campaign_id: str, customer_id: str, tenant: str | None, as_json: bool) -> None:
    """Whether CUSTOMER_ID would get CAMPAIGN_ID if it were planned now, and else which step drops them."""
    from leo_activation.activation import SendingGuard
    from leo_activation.activation.audience.waterfall import explain_person
    from leo_activation.sync import data_as_of

    settings = read_settings()
    tenant_id, warehouse = tenant_of(settings, tenant), warehouse_from(settings)
    found = explain_person(
        warehouse,
        tenant_id,
        campaign_id,
        customer_id,
        data_as_of(warehouse, tenant_id),
        guard=SendingGuard(settings.environment),
    )
    by = f" (route {found.route}, rule {found.rule}, policy {found.policy_version})" if found.rule else ""
    if found.step is None:
        words = f"{customer_id} is no member of the audience of '{campaign_id}'."
    elif found.reason is not None:
        words = f"{customer_id} is dropped at '{found.step.replace('_', ' ')}': {found.reason.replace('_', ' ')}{by}."
    else:
        when = f", not before {found.not_before:%Y-%m-%d %H:%M} UTC" if found.not_before else ""
        words = f"{customer_id} would get it on {found.channel}{when}{by}."
    say(words, as_json, campaign_id=campaign_id, customer_id=customer_id, **vars(found))


@campaign.command("pause")
@click.argument("campaign_id")
@tenant_option
@BY
@REASON
@json_option
@one_sentence
def pause(campaign_id: str, tenant: str | None, by: str | None, reason: str, as_json: bool) -> None:
    """Begin nothing more of CAMPAIGN_ID until it is resumed; nothing is lost."""
    from leo_activation.activation import pause_campaign

    settings = read_settings()
    paused = pause_campaign(
        warehouse_from(settings), tenant_of(settings, tenant), campaign_id, by=by or getpass.getuser(), reason=reason
    )
    words = f"'{campaign_id}' is paused." if paused else f"'{campaign_id}' was paused already."
    say(words, as_json, campaign_id=campaign_id, paused=paused)


@campaign.command("resume")
@click.argument("campaign_id")
@tenant_option
@BY
@click.option("--reason", default="goes on", show_default=True, help="Why, in one sentence; it is kept.")
@json_option
@one_sentence
def resume(campaign_id: str, tenant: str | None, by: str | None, reason: str, as_json: bool) -> None:
    """Let CAMPAIGN_ID go on; what is due is sent within ten minutes."""
    from leo_activation.activation import resume_campaign

    settings = read_settings()
    resumed = resume_campaign(
        warehouse_from(settings), tenant_of(settings, tenant), campaign_id, by=by or getpass.getuser(), reason=reason
    )
    words = f"'{campaign_id}' goes on." if resumed else f"'{campaign_id}' was not paused."
    say(words, as_json, campaign_id=campaign_id, resumed=resumed)


@campaign.command("stop")
@click.argument("campaign_id")
@tenant_option
@BY
@REASON
@json_option
@one_sentence
def stop(campaign_id: str, tenant: str | None, by: str | None, reason: str, as_json: bool) -> None:
    """Stop the open runs of CAMPAIGN_ID for good; it can be submitted again, and people are asked again then."""
    from leo_activation.activation import stop_run
    from leo_activation.activation.campaigns.campaign_overview import show_campaign

    settings = read_settings()
    tenant_id, warehouse = tenant_of(settings, tenant), warehouse_from(settings)
    runs = [
        run.campaign_run_id
        for run in show_campaign(warehouse, tenant_id, campaign_id).runs
        if run.state in ("planned", "approved", "sending")
    ]
    if not runs:
        raise Permanent(f"The campaign '{campaign_id}' has no open run; to end it for good, cancel it.")
    cancelled = sum(
        stop_run(warehouse, tenant_id, run, by=by or getpass.getuser(), reason=reason) for run in sorted(runs)
    )
    words = (
        f"{_counted(len(runs), 'run')} of '{campaign_id}' stopped; {_counted(cancelled, 'message')} will not go out."
    )
    say(words, as_json, campaign_id=campaign_id, runs=sorted(runs), cancelled=cancelled)


@campaign.command("cancel")
@click.argument("campaign_id")
@tenant_option
@BY
@REASON
@json_option
@one_sentence
def cancel(campaign_id: str, tenant: str | None, by: str | None, reason: str, as_json: bool) -> None:
    """End CAMPAIGN_ID for good: its open runs are stopped, and nothing more is planned."""
    from leo_activation.activation import cancel_campaign

    settings = read_settings()
    cancelled = cancel_campaign(
        warehouse_from(settings), tenant_of(settings, tenant), campaign_id, by=by or getpass.getuser(), reason=reason
    )
    words = f"'{campaign_id}' is cancelled; {_counted(cancelled, 'message')} will not go out."
    say(words, as_json, campaign_id=campaign_id, cancelled=cancelled)


@campaign.command("test")
@click.argument("campaign_id")
@tenant_option
@click.option("--to", "user", help="Airflow user id whose own address gets it. Default: the user of this shell.")
@json_option
@one_sentence
def test(campaign_id: str, tenant: str | None, user: str | None, as_json: bool) -> None:
    """Send what CAMPAIGN_ID says to a member of staff, filled in for an invented person, within ten minutes."""
    from leo_activation.activation import send_test

    settings = read_settings()
    reader = user or getpass.getuser()
    run = send_test(
        warehouse_from(settings), tenant_of(settings, tenant), campaign_id, reader, key=settings.pseudonym_key()
    )
    say(f"Run {run} is a test of '{campaign_id}' to {reader}.", as_json, campaign_id=campaign_id, campaign_run_id=run)


@campaign.command("seeds")
@click.argument("seed_list_id")
@click.argument("addresses", nargs=-1, required=True)
@tenant_option
@click.option("--channel", default="email", show_default=True, help="The channel that the addresses are on.")
@BY
@json_option
@one_sentence
def seeds(
    seed_list_id: str, addresses: tuple[str, ...], tenant: str | None, channel: str, by: str | None, as_json: bool
) -> None:
    """Put exactly these ADDRESSES of one's own on the seed list SEED_LIST_ID."""
    from leo_activation.activation import set_seed_list

    settings = read_settings()
    number = set_seed_list(
        warehouse_from(settings),
        tenant_of(settings, tenant),
        seed_list_id,
        {channel: addresses},
        changed_by=by or getpass.getuser(),
        key=settings.pseudonym_key(),
    )
    words = f"The seed list '{seed_list_id}' has {_counted(number, 'address', 'addresses')}."
    say(words, as_json, seed_list_id=seed_list_id, addresses=number)


def _definition(said: Mapping[str, Any]) -> list[str]:
    without = f", without {', '.join(said['without'])}" if said["without"] else ""
    schedule = said["schedule"]
    when = SCHEDULES[schedule["kind"]]
    when += f" ({schedule['cron']})" if "cron" in schedule else ""
    when += f" at {schedule['at']}" if schedule.get("at") else ""
    when += f", at {schedule['local_time']} of the customer's day" if schedule.get("local_time") else ""
    when += f", until {schedule['until']}" if schedule.get("until") else ""
    again = said["re_entry"]["rule"].replace("_", " ")
    again += f" {said['re_entry']['days']}" if said["re_entry"]["days"] else ""
    lines = [
        f"To: {', '.join(said['segments'])}{without}",
        f"By: {', then '.join(said['channels'])} ({said['message_class']}), priority {said['priority']}",
        f"When: {when}; the same person again: {again}",
    ]
    bounds = {name: value for name, value in said["policy"].items() if value not in (None, [], {}, False, 0, 0.0)}
    if bounds:
        lines.append("Bounds: " + ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in bounds.items()))
    return lines


def _shares(title: str, counts: Mapping[str, int]) -> list[str]:
    named = {name: number for name, number in counts.items() if name}
    return [f"{title}: " + ", ".join(f"{name} {number:,}" for name, number in named.items())] if named else []


def _dropped(number: int) -> str:
    return f"-{number:,}" if number else ""


def _state(state: str) -> str:
    return state.replace("_", " ")


def _counted(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one}" if number == 1 else f"{number:,} {many or one + 's'}"
