"""`./leo status`: where a tenant stands."""

from collections.abc import Mapping
from typing import Any

import click
from psycopg.rows import dict_row

from leo_activation.cli.options import tenant_of, tenant_option
from leo_activation.cli.output import json_option, one_sentence, wants_json, write_json, write_words
from leo_activation.settings import DatabaseRole, read_settings
from leo_activation.warehouse.connections import Connection, warehouse_from
from leo_activation.warehouse.statements import statement


@click.command()
@tenant_option
@json_option
@one_sentence
def status(tenant: str | None, as_json: bool) -> None:
    """The tenant, its last sync, its graph, its segments and requests, texts without vectors, the kill switch."""
    from leo_activation.activation.safety.guard import kill_switch_reason, list_stops
    from leo_activation.segments.stored import count_requests, list_segments
    from leo_activation.warehouse.graph import count_labels
    from leo_activation.warehouse.graph_schema import schema_version
    from leo_activation.warehouse.tenants import read_tenant

    settings = read_settings()
    tenant_id, warehouse = tenant_of(settings, tenant), warehouse_from(settings)
    with warehouse.connect(DatabaseRole.LOADER, tenant_id) as connection:
        known = read_tenant(connection, tenant_id)
        last_sync = _last_sync(connection, tenant_id)
        graph = count_labels(connection, known.graph_name)
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        segments = list_segments(connection, tenant_id)
        requests = count_requests(connection, tenant_id)
        [(waiting,)] = connection.execute(statement("profiles/count_waiting_texts"), {"tenant_id": tenant_id})
    stopped = kill_switch_reason(warehouse)
    own = next((stop.reason for stop in list_stops(warehouse, tenant_id) if stop.released_at is None), None)
    told = {
        "tenant": {
            "tenant_id": known.tenant_id,
            "name": known.name,
            "currency": known.currency,
            "time_zone": known.time_zone,
            "language": known.language,
            "armed_at": known.armed_at,
        },
        "last_sync": last_sync,
        "graph": {"schema_version": schema_version(), "counts": graph},
        "segments": [vars(segment) for segment in segments],
        "requests": requests,
        "texts_without_vector": int(waiting),
        "kill_switch": {"engaged": stopped is not None, "reason": stopped},
        "stopped_because": own,
    }
    if wants_json(as_json):
        write_json(told)
    else:
        write_words(_words(told))


def _last_sync(connection: Connection, tenant_id: str) -> dict[str, Any] | None:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement("sync/read_last_run"), {"tenant_id": tenant_id}).fetchone()


def _words(told: Mapping[str, Any]) -> list[str]:
    tenant, last, switch = told["tenant"], told["last_sync"], told["kill_switch"]
    lines = [f"{tenant['name']} ({tenant['tenant_id']}), {tenant['currency']}, {tenant['time_zone']}"]
    if last is None:
        lines.append("Never synced.")
    else:
        lines.append(f"Last sync: run {last['sync_run_id']} ({last['mode']}) is {last['state']}, as of {last['as_of']}")
        lines += [f"  {last['problem']}"] if last["problem"] else []
    counts = told["graph"]["counts"]
    filled = ", ".join(f"{label} {count:,}" for label, count in counts.items() if count)
    lines.append(f"Graph (schema {told['graph']['schema_version']}): {filled or 'empty'}")
    lines.append(f"Segments: {len(told['segments'])}")
    lines += [
        f"  {each['segment_id']} version {each['version']} ({each['state']}): {each['members']:,} members"
        for each in told["segments"]
    ]
    open_requests = ", ".join(f"{state} {count}" for state, count in told["requests"].items())
    lines.append(f"Requests: {open_requests or 'none'}")
    lines.append(f"Texts without a vector: {told['texts_without_vector']:,}")
    lines.append(f"Kill switch: engaged ({switch['reason']})" if switch["engaged"] else "Kill switch: released")
    lines += [f"The sending of this tenant is stopped ({told['stopped_because']})"] if told["stopped_because"] else []
    return lines
