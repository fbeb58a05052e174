"""Which tenants the warehouse has, as Superset's login sees them.

    python superset/tenants.py

prints their ids, one a line, without starting Superset.
"""

import os
import re
import sys

TENANT_ID = re.compile(r"[a-z][a-z0-9_]{2,30}")
CONNECT_TIMEOUT_S = 10


def warehouse_tenants(reporter_url: str) -> list[str]:
    """The ids in their order.

    Raises:
        SystemExit: the warehouse does not answer, or has a tenant whose id cannot stand in a row filter: it becomes
            part of SQL that Superset fills in as a template.
    """
    import psycopg2

    try:
        connection = psycopg2.connect(reporter_url, connect_timeout=CONNECT_TIMEOUT_S)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT tenant_id FROM report.tenant ORDER BY tenant_id")
                found = [str(row[0]) for row in cursor.fetchall()]
        finally:
            connection.close()
    except psycopg2.Error as error:
        raise SystemExit(f"The warehouse does not say which tenants it has: {str(error).strip()}") from error
    if wrong := [tenant for tenant in found if not TENANT_ID.fullmatch(tenant)]:
        raise SystemExit(f"The warehouse has a tenant {wrong[0]!r}, whose id cannot stand in a row filter.")
    return found


if __name__ == "__main__":
    for tenant in warehouse_tenants(os.environ["LEO_REPORTER_URL"]):
        print(tenant)
    sys.exit(0)
