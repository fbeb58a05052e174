"""For which tenants a run works: those its assets name, else those it was asked for, else all."""

from collections.abc import Mapping
from typing import Any

from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import tenant_ids


def tenants_of_run(context: Mapping[str, Any], warehouse: Warehouse) -> list[str]:
    """The tenant ids that this run works for, in alphabetical order.

    Raises:
        Permanent: the run was asked to work for a tenant that is not registered.
    """
    with warehouse.connect(DatabaseRole.READER) as connection:
        registered = tenant_ids(connection)
    named = _tenants_of_events(context) or set(context["params"].get("tenants") or ())
    if unknown := named - set(registered):
        raise Permanent(f"There is no tenant '{min(unknown)}'; registered are: {', '.join(registered)}.")
    return sorted(named) if named else registered


def _tenants_of_events(context: Mapping[str, Any]) -> set[str]:
    events = context.get("triggering_asset_events") or {}
    return {event.extra["tenant"] for of_asset in events.values() for event in of_asset if "tenant" in event.extra}
