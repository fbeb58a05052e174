"""The assets by which the DAGs follow each other: each is the table (or graph) that a DAG makes anew.

An event carries `{"tenant": …}` in its extra for whoever reads the asset's page. It does not steer: a run looks into
the tables for what is due (`tenants.tenants_of_run` says why).
"""

from airflow.sdk import Asset


def _table(schema: str, table: str) -> Asset:
    return Asset(name=f"{schema}.{table}", uri=f"postgres://warehouse/leo/{schema}/{table}", group="warehouse")


CUSTOMERS = _table("core", "profile")
"""Customers, products, events and the graph that follows them, after a sync."""

INTERESTS = _table("profile", "interest")
EMBEDDINGS = _table("profile", "embedding")

DEFINITIONS = _table("segment", "definition")
"""An approved version of a segment."""

MEMBERSHIP = _table("segment", "membership")

CAMPAIGN_RUNS = _table("activation", "run")
"""A planned run of a campaign, with its audience."""

DELIVERIES = _table("activation", "delivery")
