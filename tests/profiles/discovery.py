"""The real audience-discovery data, from its CSV files straight into core."""

import csv
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from leo_activation.warehouse.connections import Warehouse
from tests.profiles.people import Event, Person, add_events, add_people


def load_audience_discovery(warehouse: Warehouse, tenant_id: str, folder: Path) -> None:
    """Insert all customers and events; an event is known by its id and line, because seven ids are not unique."""
    with (folder / "crm_customers.csv").open(encoding="utf-8") as lines:
        people = [
            Person(
                row["customer_id"],
                country=row["country"],
                age=int(row["age"]),
                favorite_color=row["favorite_color"],
                total_spent_minor=int(Decimal(row["total_spent"]) * 100),
            )
            for row in csv.DictReader(lines)
        ]
    add_people(warehouse, tenant_id, people)
    with (folder / "clickstream_events.csv").open(encoding="utf-8") as lines:
        events = [
            Event(
                row["customer_id"],
                row["event_type"],
                row["product"],
                datetime.fromisoformat(row["event_timestamp"]).replace(tzinfo=UTC),
                row["color"],
                event_key=f"{row['event_id']}-{n}",
            )
            for n, row in enumerate(csv.DictReader(lines))
        ]
    add_events(warehouse, tenant_id, events)
