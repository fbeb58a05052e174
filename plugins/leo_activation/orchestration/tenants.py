"""For which tenants a run works: those it was asked for, else all.

Not those that its asset events name: an event that arrives between the queueing of a run and its creation is in no
run at all (`docs/decisions/asset-events.md`). So an event says that something is new, the tables say what, and a
tenant with nothing new costs next to nothing.
"""

from collections.abc import Mapping
from typing import Any

from leo_activation import sync
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
    named = set(context["params"]["tenants"])
    if unknown := named - set(registered):
        raise Permanent(f"There is no tenant '{min(unknown)}'; registered are: {', '.join(registered)}.")
    return sorted(named) if named else registered


def synced_tenants_of_run(context: Mapping[str, Any], warehouse: Warehouse) -> list[str]:
    """The same, less those whose first sync is not complete yet: there is nothing to be done for them.

    A tenant that the run was asked to work for stays in, so that its lack of data is said and not passed over.
    """
    tenants = tenants_of_run(context, warehouse)
    if context["params"]["tenants"]:
        return tenants
    return [tenant for tenant in tenants if sync.has_data(warehouse, tenant)]
