"""Graph and tables agree after a real sync: what identities, households, currencies and faults made of two sources."""

from pathlib import Path

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from leo_activation.profiles.interests import compute_interests
from leo_activation.segments.catalogue import Catalogue, load_catalogue
from leo_activation.segments.cut import Cut
from leo_activation.segments.cypher import compile_plan
from leo_activation.segments.gate import gate
from leo_activation.segments.sql import compile_sql, read_tables
from leo_activation.settings import DatabaseRole
from leo_activation.sources import Source, open_source
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.graph import read_graph
from leo_activation.warehouse.tenants import Tenant, register_tenant
from tests.segments.strategies import TOPICS, Plans
from tests.sync.conftest import AS_OF, Sync


def synced(warehouse: Warehouse, run_sync: Sync, tenant: Tenant, source: Source) -> Catalogue:
    register_tenant(warehouse, tenant)
    run_sync(tenant, source)
    compute_interests(warehouse, tenant.tenant_id, AS_OF)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        return load_catalogue(connection, tenant.tenant_id)


@pytest.fixture(scope="module")
def dump(warehouse: Warehouse, run_sync: Sync, generated_dump: tuple[Path, object]) -> tuple[Tenant, Catalogue]:
    tenant = Tenant("compared_dump", "A generated dump", "VND", "leo_event_metric", "Asia/Ho_Chi_Minh", minor_units=0)
    source = open_source("arangodump", str(generated_dump[0]))
    return tenant, synced(warehouse, run_sync, tenant, source)


@pytest.fixture(scope="module")
def discovery(warehouse: Warehouse, run_sync: Sync, audience_discovery: Path) -> tuple[Tenant, Catalogue]:
    tenant = Tenant("compared_csv", "Audience discovery", "EUR", "event_weight", luxury_threshold_minor=80_000)
    return tenant, synced(warehouse, run_sync, tenant, open_source("csv", str(audience_discovery)))


def require_equal_answers(warehouse: Warehouse, tenant: Tenant, catalogue: Catalogue) -> None:
    plans = Plans(catalogue).plans()
    with (
        warehouse.connect(DatabaseRole.READER, tenant.tenant_id) as reader,
        warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as writer,
    ):

        @settings(deadline=None, max_examples=60)
        @given(data=st.data())
        def compare(data: st.DataObject) -> None:
            plan = data.draw(plans)
            note(plan.model_dump_json(exclude_defaults=True))
            cypher = compile_plan(plan, catalogue, as_of=AS_OF, topics=TOPICS)
            gated = gate(cypher.text, cypher.parameters)
            in_graph = read_graph(reader, tenant.graph_name, gated.text, gated.parameters)
            statement = compile_sql(plan, catalogue, as_of=AS_OF, topics=TOPICS)
            in_tables = read_tables(writer, statement)
            in_graph, in_tables = (cypher.cut or Cut()).of(in_graph), (statement.cut or Cut()).of(in_tables)
            if plan.order is None:
                in_graph, in_tables = sorted(in_graph), sorted(in_tables)
            assert in_graph == in_tables

        compare()


def test_they_agree_on_a_dump_of_leo(warehouse: Warehouse, dump: tuple[Tenant, Catalogue]) -> None:
    require_equal_answers(warehouse, *dump)


def test_they_agree_on_the_audience_discovery_data(warehouse: Warehouse, discovery: tuple[Tenant, Catalogue]) -> None:
    require_equal_answers(warehouse, *discovery)
