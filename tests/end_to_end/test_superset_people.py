"""Over HTTP, as each kind of person: who sees which rows in Superset, and who may change nothing."""

import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg
import pytest
from psycopg import sql

from embedded.credentials import Credentials
from embedded.places import Places
from embedded.urls import role_url
from leo_activation.settings import REPOSITORY, DatabaseRole
from leo_activation.warehouse.statements import statement
from leo_activation.warehouse.tenants import Tenant
from tests.end_to_end.conftest import Instance, RunInSuperset

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(300, func_only=True)]

Rows = Mapping[str, Mapping[str, int]]
"""Numbers of rows by view and tenant."""
TENANTS = frozenset({"discovery", "retail"})
EVERYTHING = None
REFUSED = {401, 403}
NOT_UNDERSTOOD = {400, 403, 422}
"""How Superset answers SQL that it does not take: by where it finds it."""
COUNT = {"expressionType": "SQL", "sqlExpression": "count(*)", "label": "rows"}
PAGES = 10
DASHBOARDS = len(list((REPOSITORY / "superset" / "assets" / "dashboards").glob("*.yaml")))


@dataclass(frozen=True)
class Person:
    """Somebody logged in, and the tenants whose rows they may see."""

    name: str
    tenants: frozenset[str] | None
    client: httpx.Client = field(repr=False)

    def may_see(self, tenant: str) -> bool:
        return self.tenants is EVERYTHING or tenant in self.tenants

    def ask(self, dataset_id: int, **query: Any) -> httpx.Response:
        """The rows of a data set, asked for as a chart does; `query` replaces parts of it."""
        return self.client.post(
            "/api/v1/chart/data",
            json={
                "datasource": {"id": dataset_id, "type": "table"},
                "queries": [{"columns": ["tenant_id"], "metrics": [COUNT], "row_limit": 1000, **query}],
            },
        )


def log_in(url: str, name: str, password: str) -> httpx.Client:
    """A session as a browser has it, with its token against forged requests."""
    client = httpx.Client(base_url=url, timeout=60)
    form = {"username": name, "password": password, "csrf_token": forgery_token(client)}
    answer = client.post("/login/", data=form)
    assert answer.is_redirect, answer.text[:300]
    assert "login" not in answer.headers["location"]
    client.headers["X-CSRFToken"] = client.get("/api/v1/security/csrf_token/").raise_for_status().json()["result"]
    return client


def forgery_token(client: httpx.Client) -> str:
    """The token in the login page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login/").raise_for_status().text)
    assert found
    return found[1]


def listed(client: httpx.Client, what: str) -> list[dict[str, Any]]:
    """All that a person is shown of a list, page by page."""
    found: list[dict[str, Any]] = []
    for page in range(PAGES):
        query = f"(page:{page},page_size:100)"
        answer = client.get(f"/api/v1/{what}/", params={"q": query}).raise_for_status().json()
        found += answer["result"]
        if len(found) >= answer["count"]:
            break
    assert len(found) == answer["count"]
    return found


@pytest.fixture(scope="module")
def bring_up_to_date(run_in_superset: RunInSuperset) -> Callable[[], str]:
    """Roles and row filters again, as each bootstrap does it."""

    def run() -> str:
        done = run_in_superset("superset/people.py")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="module")
def admin(instance: Instance, superset_url: str) -> Iterator[Person]:
    client = log_in(superset_url, "admin", instance.environment["LEO_SUPERSET_ADMIN_PASSWORD"])
    yield Person("admin", EVERYTHING, client)
    client.close()


@pytest.fixture(scope="module")
def people(instance: Instance, superset_url: str, admin: Person) -> Iterator[Mapping[str, Person]]:
    """The administrator, the demo's two, and two whom the administrator makes as in the UI."""
    password = secrets.token_urlsafe(12)
    roles = {role["name"]: role["id"] for role in listed(admin.client, "security/roles")}
    made = {"two_tenants": TENANTS, "no_tenant": frozenset[str]()}
    ids = []
    for name, tenants in made.items():
        body = {
            "username": name,
            "first_name": name,
            "last_name": name,
            "email": f"{name}@example.com",
            "active": True,
            "password": password,
            "roles": [roles["Business"], *(roles[f"Tenant: {tenant}"] for tenant in tenants)],
        }
        ids.append(admin.client.post("/api/v1/security/users/", json=body).raise_for_status().json()["id"])
    asked: dict[str, tuple[frozenset[str] | None, str]] = {
        "business": (EVERYTHING, instance.environment["LEO_SUPERSET_BUSINESS_PASSWORD"]),
        "retail": (frozenset({"retail"}), instance.environment["LEO_SUPERSET_RETAIL_PASSWORD"]),
        **{name: (tenants, password) for name, tenants in made.items()},
    }
    found = {"admin": admin} | {
        name: Person(name, tenants, log_in(superset_url, name, its_password))
        for name, (tenants, its_password) in asked.items()
    }
    yield found
    for person in found.values():
        if person is not admin:
            person.client.close()
    for user_id in ids:
        admin.client.delete(f"/api/v1/security/users/{user_id}").raise_for_status()


@pytest.fixture(scope="module")
def datasets(admin: Person) -> Mapping[str, int]:
    """The data sets of the dashboards, by the view that they stand on."""
    stems = {file.stem for file in (REPOSITORY / "superset" / "assets" / "datasets").glob("*.yaml")}
    found = {one["table_name"]: int(one["id"]) for one in listed(admin.client, "dataset") if one["table_name"] in stems}
    assert found.keys() == stems
    return found


@pytest.fixture(scope="module")
def counted(places: Places, credentials: Credentials, datasets: Mapping[str, int]) -> Callable[[], Rows]:
    """Of each view the number of rows by tenant, as the reports' login counts them at the moment."""
    reporter = role_url(places, credentials, "leo_reporter", "leo")
    query = sql.SQL("SELECT tenant_id, count(*) FROM {} GROUP BY tenant_id")

    def count() -> Rows:
        with psycopg.connect(reporter, autocommit=True) as connection:
            return {
                view: dict(connection.execute(query.format(sql.Identifier("report", view))).fetchall())
                for view in datasets
            }

    return count


@pytest.fixture(scope="module")
def rows(counted: Callable[[], Rows]) -> Rows:
    """Before anybody asks."""
    return counted()


@pytest.mark.parametrize("name", ["admin", "business", "retail", "two_tenants", "no_tenant"])
def test_a_person_sees_all_rows_of_their_tenants_and_no_other(
    people: Mapping[str, Person], datasets: Mapping[str, int], rows: Rows, counted: Callable[[], Rows], name: str
) -> None:
    """The question is the same for everybody, so that one person's kept answer would show to the next."""
    person = people[name]
    seen = {}
    for view, dataset_id in datasets.items():
        [answer] = person.ask(dataset_id).raise_for_status().json()["result"]
        seen[view] = {row["tenant_id"]: row["rows"] for row in answer["data"]}
    now = counted()  # Airflow goes on meanwhile: runs end, and the views tell of them
    for view, shown in seen.items():
        for tenant in {*shown, *rows[view], *now[view]}:
            least, most = sorted((rows[view].get(tenant, 0), now[view].get(tenant, 0)))
            if person.may_see(tenant):
                assert least <= shown.get(tenant, 0) <= most, f"{view} of {tenant}"
            else:
                assert tenant not in shown, f"{view} of {tenant}"
    assert any(seen.values()) == (name != "no_tenant")


@pytest.mark.parametrize("name", ["business", "retail", "two_tenants", "no_tenant"])
def test_a_business_person_opens_every_dashboard_and_charts_of_every_data_set(
    people: Mapping[str, Person], name: str
) -> None:
    client = people[name].client
    dashboards = listed(client, "dashboard")
    assert len(dashboards) == DASHBOARDS
    shown: dict[int, int] = {}
    for dashboard in dashboards:
        charts = client.get(f"/api/v1/dashboard/{dashboard['id']}/charts").raise_for_status().json()["result"]
        shown |= {chart["id"]: dashboard["id"] for chart in charts}
        client.get(f"/api/v1/dashboard/{dashboard['id']}/datasets").raise_for_status()
    charts = listed(client, "chart")
    assert shown.keys() == {chart["id"] for chart in charts}
    # One chart a data set as one of them; of the others one a dashboard. The administrator's test asks for each chart.
    of_datasets = {chart["datasource_id"]: chart["id"] for chart in charts}
    of_dashboards = {dashboard: chart for chart, dashboard in shown.items()}
    asked = (of_datasets if name == "retail" else of_dashboards).values()
    assert len(asked) >= DASHBOARDS
    for chart_id in asked:
        answer = client.get(f"/api/v1/chart/{chart_id}/data/")
        assert answer.status_code == 200, answer.text[:500]


@pytest.mark.parametrize("name", ["business", "retail", "no_tenant"])
def test_drilling_to_detail_shows_the_rows_of_ones_tenants(
    people: Mapping[str, Person], datasets: Mapping[str, int], rows: Rows, name: str
) -> None:
    person = people[name]
    for view in ("delivery", "unknown_delivery", "sync"):
        answer = person.client.post(
            "/datasource/samples",
            params={"datasource_type": "table", "datasource_id": datasets[view], "per_page": 1000, "page": 1},
            json={},
        )
        found = answer.raise_for_status().json()["result"]
        expected = {tenant: count for tenant, count in rows[view].items() if person.may_see(tenant)}
        assert found["total_count"] == sum(expected.values())
        assert {row["tenant_id"] for row in found["data"]} == expected.keys()


def test_a_business_person_takes_a_charts_figures_along_as_csv(people: Mapping[str, Person]) -> None:
    charts = {chart["datasource_name_text"]: chart["id"] for chart in listed(people["retail"].client, "chart")}
    chart_id = charts["report.delivery"]
    answers = {
        name: people[name].client.get(f"/api/v1/chart/{chart_id}/data/", params={"format": "csv"})
        for name in ("business", "retail")
    }
    for answer in answers.values():
        assert answer.raise_for_status().headers["content-type"].startswith("text/csv")
        assert len(answer.text.splitlines()) >= 2
    assert answers["business"].text != answers["retail"].text


OTHER = "discovery"
PAST_THE_FILTER: dict[str, dict[str, Any]] = {
    "another tenant's filter": {"filters": [{"col": "tenant_id", "op": "IN", "val": [OTHER]}]},
    "a filter that is always true": {"extras": {"where": f"tenant_id = '{OTHER}' OR 1 = 1"}},
    "brackets that close the filter's": {"extras": {"where": "1 = 1) OR (1 = 1"}},
    "a comment after the filter": {"extras": {"where": "1 = 1 --"}},
    "brackets that close the having's": {"extras": {"having": "count(*) > 0) OR (1 = 1"}},
    "another statement": {"extras": {"where": "1 = 1; SELECT tenant_id FROM report.tenant"}},
    "a union": {"extras": {"where": "1 = 1 UNION SELECT tenant_id, 1 FROM report.tenant"}},
    "a template": {"extras": {"where": "tenant_id = '{{ 'disc' + 'overy' }}' OR true"}},
}
INNER_QUERIES = (
    "(SELECT string_agg(tenant_id, ',') FROM report.tenant)",
    "query_to_xml('SELECT tenant_id FROM report.tenant', true, true, '')::text",
    "pg_catalog.\"query_to_xml\"('SELECT tenant_id FROM report.tenant', true, true, '')::text",
    "QUERY_TO_XML /* */ ('SELECT tenant_id FROM report.tenant', true, true, '')::text",
    "U&\"query\\005fto_xml\"('SELECT tenant_id FROM report.tenant', true, true, '')::text",
    "table_to_xml('report.tenant', true, true, '')::text",
    "schema_to_xml('report', true, true, '')::text",
    "ts_stat('SELECT to_tsvector(''simple'', tenant_id) FROM report.tenant')::text",
    "ts_rewrite('a'::tsquery, 'SELECT ''a''::tsquery, tenant_id::tsquery FROM report.tenant')::text",
    "pg_read_file('/etc/passwd')",
    "(SELECT pg_sleep(1))::text",
    "{{ dataset(DATASET) }}",
)


@pytest.mark.parametrize("how", PAST_THE_FILTER)
def test_no_filter_of_ones_own_shows_another_tenants_rows(
    people: Mapping[str, Person], datasets: Mapping[str, int], how: str
) -> None:
    answer = people["retail"].ask(datasets["delivery"], **PAST_THE_FILTER[how])
    assert answer.status_code in {200, *NOT_UNDERSTOOD}
    if answer.status_code == 200:
        assert {row["tenant_id"] for row in answer.json()["result"][0]["data"]} <= {"retail"}


@pytest.mark.parametrize("expression", INNER_QUERIES)
def test_no_expression_of_ones_own_runs_a_query(
    people: Mapping[str, Person], datasets: Mapping[str, int], expression: str
) -> None:
    """As a column, a metric, in the order and in a filter; the administrator is refused the same."""
    delivery = datasets["delivery"]
    adhoc = {"expressionType": "SQL", "sqlExpression": expression.replace("DATASET", str(delivery)), "label": "x"}
    for person in (people["retail"], people["admin"]):
        for query in (
            {"columns": [adhoc], "metrics": []},
            {"metrics": [adhoc]},
            {"orderby": [[adhoc, True]]},
            {"extras": {"where": f"{adhoc['sqlExpression']} LIKE '%{OTHER}%'"}},
        ):
            answer = person.ask(delivery, **query)
            assert answer.status_code in NOT_UNDERSTOOD, answer.text[:500]
            assert OTHER not in answer.text or query.get("extras")


def test_every_column_of_a_data_set_is_of_ones_own_tenants(
    people: Mapping[str, Person], datasets: Mapping[str, int], admin: Person
) -> None:
    """A request may ask for any column, and for values to choose from in a filter."""
    names = {row["tenant_id"]: row["tenant"] for row in values(admin, datasets["delivery"], ["tenant_id", "tenant"])}
    assert names.keys() >= TENANTS
    for dataset_id in datasets.values():
        described = admin.client.get(f"/api/v1/dataset/{dataset_id}").raise_for_status().json()["result"]
        columns = [column["column_name"] for column in described["columns"]]
        found = json.dumps(values(people["retail"], dataset_id, columns), ensure_ascii=False)
        assert f'"{OTHER}"' not in found
        assert names[OTHER] not in found


def values(person: Person, dataset_id: int, columns: list[str]) -> list[dict[str, Any]]:
    """The values of columns side by side."""
    answer = person.ask(dataset_id, columns=columns, metrics=[]).raise_for_status()
    return list(answer.json()["result"][0]["data"])


WRITES: tuple[tuple[str, str, dict[str, Any] | None], ...] = (
    ("POST", "/api/v1/sqllab/execute/", {"database_id": 1, "sql": "SELECT 1", "client_id": "abcdefghijk"}),
    ("POST", "/api/v1/sqllab/estimate/", {"database_id": 1, "sql": "SELECT 1"}),
    ("GET", "/api/v1/sqllab/", None),
    ("GET", "/api/v1/saved_query/", None),
    ("GET", "/api/v1/query/", None),
    ("GET", "/api/v1/database/", None),
    ("GET", "/api/v1/database/1", None),
    ("GET", "/api/v1/database/1/tables/?q=(schema_name:report)", None),
    ("POST", "/api/v1/database/", {"database_name": "x", "sqlalchemy_uri": "postgresql://x@127.0.0.1/x"}),
    ("POST", "/api/v1/database/test_connection/", {"sqlalchemy_uri": "postgresql://x@127.0.0.1/x"}),
    ("PUT", "/api/v1/database/1", {"expose_in_sqllab": True}),
    ("DELETE", "/api/v1/database/1", None),
    ("POST", "/api/v1/dataset/", {"database": 1, "schema": "report", "table_name": "tenant"}),
    ("POST", "/api/v1/dataset/get_or_create/", {"database_id": 1, "schema": "report", "table_name": "tenant"}),
    ("POST", "/api/v1/dataset/duplicate", {"base_model_id": 1, "table_name": "mine"}),
    ("PUT", "/api/v1/dataset/DATASET", {"sql": "SELECT * FROM report.tenant"}),
    ("PUT", "/api/v1/dataset/DATASET/refresh", None),
    ("DELETE", "/api/v1/dataset/DATASET", None),
    ("GET", "/api/v1/dataset/export/?q=!(DATASET)", None),
    ("GET", "/api/v1/datasource/table/DATASET/column/tenant/values/", None),
    ("POST", "/datasource/save/", None),
    ("GET", "/datasource/external_metadata/table/DATASET/", None),
    ("POST", "/api/v1/chart/", {"slice_name": "x", "datasource_id": 1, "datasource_type": "table"}),
    ("PUT", "/api/v1/chart/CHART", {"slice_name": "x"}),
    ("DELETE", "/api/v1/chart/CHART", None),
    ("GET", "/api/v1/chart/export/?q=!(CHART)", None),
    ("POST", "/api/v1/dashboard/", {"dashboard_title": "x"}),
    ("PUT", "/api/v1/dashboard/DASHBOARD", {"dashboard_title": "x", "roles": []}),
    ("POST", "/api/v1/dashboard/DASHBOARD/copy/", {"dashboard_title": "x", "json_metadata": "{}"}),
    ("PUT", "/api/v1/dashboard/DASHBOARD/filters", {"modified": []}),
    ("POST", "/api/v1/dashboard/DASHBOARD/embedded", {"allowed_domains": []}),
    ("DELETE", "/api/v1/dashboard/DASHBOARD", None),
    ("GET", "/api/v1/dashboard/export/?q=!(DASHBOARD)", None),
    ("POST", "/api/v1/dashboard/import/", None),
    ("POST", "/api/v1/assets/import/", None),
    ("GET", "/api/v1/assets/export/", None),
    ("GET", "/api/v1/report/", None),
    (
        "POST",
        "/api/v1/report/",
        {"name": "x", "type": "Alert", "crontab": "* * * * *", "sql": "SELECT 1", "database": 1},
    ),
    ("POST", "/api/v1/annotation_layer/", {"name": "x"}),
    ("POST", "/api/v1/css_template/", {"css": "x", "template_name": "x"}),
    ("POST", "/api/v1/tag/", {"name": "x"}),
    ("POST", "/api/v1/theme/", {"theme_name": "x", "json_data": "{}"}),
    ("GET", "/api/v1/rowlevelsecurity/", None),
    ("POST", "/api/v1/rowlevelsecurity/", {"name": "x", "filter_type": "Regular", "clause": "1 = 1"}),
    ("DELETE", "/api/v1/rowlevelsecurity/1", None),
    ("GET", "/api/v1/security/users/", None),
    ("POST", "/api/v1/security/users/", {"username": "x", "roles": [1]}),
    ("PUT", "/api/v1/security/users/1", {"roles": [1]}),
    ("GET", "/api/v1/security/roles/", None),
    ("POST", "/api/v1/security/roles/1/permissions", {"permission_view_menu_ids": [1]}),
    ("POST", "/api/v1/security/guest_token/", {"user": {}, "resources": [], "rls": []}),
    ("GET", "/api/v1/log/", None),
    ("GET", "/api/v1/explore/?slice_id=CHART", None),
)


@pytest.mark.parametrize("name", ["business", "retail", "nobody"])
def test_nobody_but_the_administrator_writes_or_queries_by_sql(
    people: Mapping[str, Person], datasets: Mapping[str, int], superset_url: str, name: str
) -> None:
    places = {
        "DATASET": datasets["customer"],
        "CHART": listed(people["admin"].client, "chart")[0]["id"],
        "DASHBOARD": listed(people["admin"].client, "dashboard")[0]["id"],
    }
    before = state_of(people["admin"])
    client = people[name].client if name in people else httpx.Client(base_url=superset_url, timeout=60)
    answers = {}
    for method, address, body in WRITES:
        path = address
        for word, number in places.items():
            path = path.replace(word, str(number))
        answers[f"{method} {address}"] = client.request(method, path, json=body).status_code
    assert {what: status for what, status in answers.items() if not is_refused(name, what, status)} == {}
    assert state_of(people["admin"]) == before


def is_refused(name: str, what: str, status: int) -> bool:
    """Whether that is a refusal: nobody is led to the login, or lacks the token that a form needs first."""
    if status == 404:
        return "/report/" in what  # where reports are not switched on
    if name == "nobody":
        return status in {*REFUSED, 302} or (status == 400 and not what.startswith("GET"))
    return status in REFUSED


def state_of(admin: Person) -> dict[str, Any]:
    """What there is, without the times of the last log-in."""
    return {
        what: sorted((one["id"], str(one.get("changed_on_utc", ""))) for one in listed(admin.client, what))
        for what in ("chart", "dashboard", "dataset", "database", "rowlevelsecurity", "security/roles")
    }


def test_whoever_is_not_logged_in_sees_nothing(superset_url: str, datasets: Mapping[str, int], admin: Person) -> None:
    with httpx.Client(base_url=superset_url, timeout=60) as client:
        for what in ("dashboard", "chart", "dataset"):
            answer = client.get(f"/api/v1/{what}/")
            assert answer.status_code in REFUSED or answer.json()["count"] == 0
        chart = listed(admin.client, "chart")[0]["id"]
        assert client.get(f"/api/v1/chart/{chart}/data/").status_code in {*REFUSED, 404}
        answer = Person("nobody", frozenset(), client).ask(datasets["customer"])
        assert answer.status_code in {*REFUSED, 400}
        assert "retail" not in answer.text
        assert client.get("/superset/welcome/").is_redirect


def test_a_tenant_has_a_role_from_the_next_bootstrap_until_it_is_gone(
    instance: Instance, people: Mapping[str, Person], datasets: Mapping[str, int], bring_up_to_date: Callable[[], str]
) -> None:
    """Beside that: a data set that an administrator makes without tenant_id shows no row to who has one tenant."""
    admin, retail = people["admin"], people["retail"]
    fresh = Tenant(f"t{secrets.token_hex(4)}", "A new tenant", currency="EUR", interest_model="event_weight")
    role = f"Tenant: {fresh.tenant_id}"
    users = {one["username"]: one["id"] for one in listed(admin.client, "security/users")}
    body = {
        "database": admin.client.get(f"/api/v1/dataset/{datasets['customer']}").json()["result"]["database"]["id"],
        "schema": "report",
        "table_name": f"names_{fresh.tenant_id}",
        "sql": "SELECT name FROM report.tenant",
        "owners": [users["admin"], users["retail"]],
    }
    names = admin.client.post("/api/v1/dataset/", json=body).raise_for_status().json()["id"]
    try:
        with instance.warehouse.connect(DatabaseRole.OWNER, fresh.tenant_id) as connection:
            connection.execute(statement("warehouse/register_tenant"), vars(fresh))
        bring_up_to_date()
        roles = {one["name"]: one["id"] for one in listed(admin.client, "security/roles")}
        filters = {one["name"]: one for one in listed(admin.client, "rowlevelsecurity")}
        assert filters[role]["clause"] == f"tenant_id = '{fresh.tenant_id}'"
        assert {one["name"] for one in filters[role]["roles"]} == {role}
        assert {one["id"] for one in filters[role]["tables"]} == set(datasets.values())
        given = {"roles": [roles["Business"], roles[role]]}
        admin.client.put(f"/api/v1/security/users/{users['no_tenant']}", json=given).raise_for_status()
        assert fresh.name in {row["name"] for row in values(admin, names, ["name"])}
        assert values(retail, names, ["name"]) == []
    finally:
        admin.client.delete(f"/api/v1/dataset/{names}").raise_for_status()
        with instance.warehouse.connect(DatabaseRole.OWNER, fresh.tenant_id) as connection:
            connection.execute("DELETE FROM ops.tenant WHERE tenant_id = %s", [fresh.tenant_id])
    assert f"Role {role} is removed" in bring_up_to_date()
    assert role not in {one["name"] for one in listed(admin.client, "security/roles")}
    assert role not in {one["name"] for one in listed(admin.client, "rowlevelsecurity")}
    kept = admin.client.get(f"/api/v1/security/users/{users['no_tenant']}").json()["result"]["roles"]
    assert [one["name"] for one in kept] == ["Business"]
