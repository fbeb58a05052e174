"""The demo's last screen: what came in, what was found, what was sent, and where to look."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.rows import DictRow, dict_row
from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from embedded.demo.data import Sample
from embedded.demo.story import Stage
from leo_activation.settings import DatabaseRole, Settings
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.graph import count_labels
from leo_activation.warehouse.statements import statement

WIDTH = 118
"""Columns where the output is no terminal, and at most of a panel."""


WATERFALL_ENDS = ("matched", "to_send")
"""Shown always; of the other steps only those that dropped somebody."""
TEXTS = {"", "Variant", "Waterfall", "Where to look", "Address", "User", "Password"}
"""Columns of words; all others are numbers."""


def show(console: Console, stage: Stage, opted_out: str | None, settings: Settings) -> None:
    """Print the screen for every tenant of the demo."""
    for sample in stage.samples:
        console.print()
        console.rule(f"[bold]{sample.tenant.name}[/] · tenant {sample.tenant.tenant_id} · {sample.source.kind}")
        _show_data(console, stage.warehouse, sample)
        _show_requests(console, stage.warehouse, sample.tenant.tenant_id)
        _show_campaigns(console, stage.warehouse, sample.tenant.tenant_id)
    if opted_out:
        console.print(f"\nOne recipient opted out: {opted_out}; the next campaign leaves that address out.")
    _show_addresses(console, settings)


def _show_data(console: Console, warehouse: Warehouse, sample: Sample) -> None:
    tenant_id = sample.tenant.tenant_id
    sync = _read(warehouse, tenant_id, "demo/read_sync")[0]
    profiles = _read(warehouse, tenant_id, "demo/read_profiles")[0]
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        labels = count_labels(connection, sample.tenant.graph_name)
    table = _table("", "")
    table.add_row(
        "Rows",
        f"{sync['rows_read']:,} read ({sync['mode']}) = {sync['rows_passed']:,} passed + "
        f"{sync['rows_quarantined']:,} quarantined, as of {sync['as_of']:%Y-%m-%d %H:%M} UTC",
    )
    table.add_row("Proof", "\n".join(_proof_line(name, proof) for name, proof in sorted(sync["proof"].items())))
    rules = _read(warehouse, tenant_id, "demo/read_quarantine")
    if rules:
        table.add_row("Quarantine", ", ".join(f"{row['rule']} {row['count']:,}" for row in rules))
    table.add_row("Graph", ", ".join(f"{label} {count:,}" for label, count in labels.items() if count))
    table.add_row(
        "Interests",
        f"{profiles['interests']:,} of {profiles['with_interests']:,} customers ({profiles['customers']:,} in all)",
    )
    table.add_row("Embeddings", f"{profiles['texts']:,} texts, {profiles['vectors']:,} vectors ({profiles['model']})")
    console.print(table)


def _proof_line(collection: str, proof: Mapping[str, Any]) -> str:
    digest = "equal" if proof["equal"] else "DIFFERENT"
    scope = "" if proof["scope"] != "read" else " read"
    return f"{collection} {proof['source']['rows']:,}{scope} = {proof['target']['rows']:,} here, digest {digest}"


def _show_requests(console: Console, warehouse: Warehouse, tenant_id: str) -> None:
    for request in _read(warehouse, tenant_id, "demo/read_requests"):
        lines = Text()
        if request["cypher"]:
            lines.append(f"{request['sentence']}\n", style="italic")
            lines.append(f"{request['cypher']}\n", style="cyan")
            lines.append(f"{json.dumps(request['parameters'], ensure_ascii=False)}\n", style="dim")
            lines.append(f"{request['members'] or 0:,} members", style="bold")
            lines.append(f" · planned by {request['planner']} · {request['state']} by {request['decided_by']}")
            lines.append(f" · version {request['version']}" if request["version"] > 1 else "")
        elif request["state"] == "answered":
            lines.append(request["explanation"])
        else:
            lines.append(request["state"].replace("_", " "), style="bold yellow")
            if request["unplaced"]:
                lines.append(" · not understood: " + ", ".join(f"«{word}»" for word in request["unplaced"]))
            for question in (*request["questions"], request["problem"]):
                if question:
                    lines.append(f"\n{question}")
        title = Text(f"{request['request_id']}. {request['text']}", style="bold")
        if request["revises_request_id"] is not None:
            title.append(f" (changes {request['revises_request_id']})")
        console.print(Panel(lines, title=title, title_align="left", box=box.ROUNDED, width=WIDTH))


def _show_campaigns(console: Console, warehouse: Warehouse, tenant_id: str) -> None:
    for campaign in _read(warehouse, tenant_id, "demo/read_campaigns"):
        console.print(
            f"Campaign [bold]{campaign['name']}[/] by {', then '.join(campaign['channels'])}: {campaign['state']}",
            highlight=False,
        )
        for lack in campaign["missing"]:
            console.print(f"  waits for {lack}", style="yellow", markup=False)
        if campaign["campaign_run_id"] is None:
            continue
        values = {"campaign_run_id": campaign["campaign_run_id"]}
        table = _table("Waterfall", "Left", "Dropped")
        for step in _read(warehouse, tenant_id, "demo/read_waterfall", values):
            if not step["dropped"] and step["step"] not in WATERFALL_ENDS:
                continue
            table.add_row(step["step"].replace("_", " "), f"{step['kept']:,}", f"{step['dropped']:,}")
        console.print(table)
        _show_deliveries(console, _read(warehouse, tenant_id, "demo/read_deliveries", values))
        _show_outcome(console, _read(warehouse, tenant_id, "demo/read_outcome", values))


def _show_deliveries(console: Console, rows: Sequence[DictRow]) -> None:
    """How the deliveries ended, a line a channel."""
    for channel in dict.fromkeys(row["channel"] for row in rows):
        ends = [
            f"{row['state']}{' (' + row['skip_reason'].replace('_', ' ') + ')' if row['skip_reason'] else ''} "
            f"{row['count']:,}"
            for row in rows
            if row["channel"] == channel
        ]
        console.print(f"  Deliveries by {channel.replace('_', ' ')}: {', '.join(ends)}", highlight=False)


def _show_outcome(console: Console, rows: Sequence[DictRow]) -> None:
    """What a provider told afterwards; nothing where it tells nothing."""
    told = ("delivered", "bounced", "opened_by_people", "opened_by_machines", "clicked")
    if not any(row[name] for row in rows for name in told):
        return
    table = _table("Variant", "Sent", "Delivered", "Bounced", "Opened by people", "Only by machines", "Clicked")
    for row in rows:
        table.add_row(row["variant"], f"{row['sent']:,}", *(f"{row[name]:,}" for name in told))
    console.print(table)


def _show_addresses(console: Console, settings: Settings) -> None:
    sandbox = f"http://127.0.0.1:{settings.optional('LEO_SANDBOX_PORT') or '8090'}"
    table = _table("Where to look", "Address", "User", "Password")
    airflow = settings.require("LEO_AIRFLOW_URL")
    desk = f"{airflow}/segment-desk/"
    table.add_row(
        "The Segment desk, as a marketer", desk, "marketer", settings.require("LEO_AIRFLOW_MARKETER_PASSWORD")
    )
    for user in ("admin", "reviewer", "marketer"):
        table.add_row(f"Airflow as {user}", airflow, user, settings.require(f"LEO_AIRFLOW_{user.upper()}_PASSWORD"))
    superset = settings.require("LEO_SUPERSET_URL")
    for user, sees in (("business", "all tenants"), ("retail", "one tenant")):
        # Not there where LEO_SUPERSET_PEOPLE names people of one's own.
        if password := settings.optional(f"LEO_SUPERSET_{user.upper()}_PASSWORD"):
            table.add_row(f"Dashboards, of {sees}", superset, user, password)
    table.add_row("Superset, as its administrator", superset, "admin", settings.require("LEO_SUPERSET_ADMIN_PASSWORD"))
    table.add_row("Messages received by the sandbox", sandbox, "", "")
    console.print()
    console.print(table)
    console.print("The services keep running; `make stop` ends them, `make demo` again shows the same.")


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE, show_header=any(columns), width=WIDTH)
    for position, column in enumerate(columns):
        table.add_column(column, justify="left" if column in TEXTS else "right", ratio=None)
        if position == 0:
            table.columns[0].no_wrap = True
    return table


def _read(
    warehouse: Warehouse, tenant_id: str, name: str, values: Mapping[str, object] | None = None
) -> Sequence[DictRow]:
    with (
        warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection,
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        return cursor.execute(statement(name), values).fetchall()
