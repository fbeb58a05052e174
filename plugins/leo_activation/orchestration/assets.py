"""The assets by which the DAGs follow each other: each is the table (or graph) that a DAG makes anew.

An event carries `{"tenant": …}` in its extra for whoever reads the asset's page. It does not steer: a run looks into
the tables for what is due (`tenants.tenants_of_run` says why). Those that start nothing are there so that Airflow's
graph of assets reads from the source to the deliveries.
"""

from airflow.sdk import Asset


def _table(schema: str, table: str, what: str) -> Asset:
    return Asset(
        name=f"{schema}.{table}",
        uri=f"postgres://warehouse/leo/{schema}/{table}",
        group="warehouse",
        extra={"what": what},
    )


SOURCE = Asset(
    name="source",
    uri="leo-cdp://source",
    group="sources",
    extra={"what": "Each tenant's own source: LEO CDP's ArangoDB, its dump, or CSV files (ops.source)."},
)

CUSTOMERS = _table("core", "profile", "Customers, products, events and the graph that follows them, after a sync.")

INTERESTS = _table("profile", "interest", "What each customer is interested in.")

EMBEDDINGS = _table("profile", "embedding", "A vector for the text of each customer.")

REQUESTS = _table("segment", "request", "What people asked for in words; anybody may insert, so it starts nothing.")

DEFINITIONS = _table("segment", "definition", "An approved version of a segment, or one whose refresh was let pass.")

MEMBERSHIP = _table("segment", "membership", "Who belongs to each segment.")

TEMPLATES = _table("activation", "provider_template", "Templates that providers approved; the next plan reads them.")

CAMPAIGN_RUNS = _table("activation", "run", "A planned run of a campaign, with its audience.")

DELIVERIES = _table("activation", "delivery", "The ledger: one row a person and run, and what became of it.")
