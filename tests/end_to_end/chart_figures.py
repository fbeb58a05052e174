"""Each chart's figures as Superset gives them over HTTP, against a query on the base tables.

By hand, against a Superset and a warehouse of your own (passwords in the URLs; with names, only these charts):

    python -m tests.end_to_end.chart_figures http://admin:PASSWORD@127.0.0.1:26101 \\
        postgresql://postgres:PASSWORD@127.0.0.1:26432/leo_h1 [CHART …]
"""

import json
import math
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
import psycopg
import yaml
from psycopg.rows import dict_row

from leo_activation.settings import REPOSITORY

FIGURES = Path(__file__).parent / "figures"
CHARTS = REPOSITORY / "superset" / "assets" / "charts"
PAGE_SIZE, MOST_PAGES = 100, 20
READS_A_VIEW = re.compile(r"\b(from|join)\s+report\.", re.IGNORECASE)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TAG = re.compile(r"<[^>]+>")

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """What Superset answers for one chart, before any pivot: rows, and how many and in which order it asked for."""

    rows: Sequence[Row]
    row_limit: int | None
    orders: Sequence[tuple[str, bool]]
    is_cut_by_series: bool


def stems() -> list[str]:
    """Every chart of the files."""
    return sorted(file.stem for file in CHARTS.rglob("*.yaml"))


def log_in(url: str, password: str) -> httpx.Client:
    """Superset's API as its administrator."""
    client = httpx.Client(base_url=url, timeout=60)
    said = {"username": "admin", "password": password, "provider": "db", "refresh": False}
    answer = client.post("/api/v1/security/login", json=said).raise_for_status()
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return client


def chart_ids(client: httpx.Client) -> dict[str, int]:
    """Superset's id of each chart of the files, by stem."""
    stem_of = {str(yaml.safe_load(file.read_text("utf-8"))["uuid"]): file.stem for file in CHARTS.rglob("*.yaml")}
    found: dict[str, int] = {}
    for page in range(MOST_PAGES):
        query = f"(page:{page},page_size:{PAGE_SIZE},columns:!(id,uuid))"
        listed = client.get("/api/v1/chart/", params={"q": query}).raise_for_status().json()["result"]
        found |= {stem_of[chart["uuid"]]: chart["id"] for chart in listed if chart["uuid"] in stem_of}
        if len(listed) < PAGE_SIZE:
            break
    return found


def ask(client: httpx.Client, chart_id: int) -> Answer:
    """The chart's own query, over HTTP."""
    chart = client.get(f"/api/v1/chart/{chart_id}").raise_for_status().json()["result"]
    context = json.loads(chart["query_context"])
    query = {**context["queries"][0], "post_processing": []}
    answer = client.post("/api/v1/chart/data", json={**context, "force": True, "queries": [query]})
    assert answer.status_code == 200, f"{chart['slice_name']}: {answer.status_code} {answer.text[:500]}"
    orders = [(_label(by), ascending) for by, ascending in query.get("orderby") or []]
    return Answer(
        rows=answer.json()["result"][0]["data"],
        row_limit=query.get("row_limit"),
        orders=orders,
        is_cut_by_series=bool(query.get("series_limit")),
    )


def _label(by: object) -> str:
    return str(by["label"]) if isinstance(by, Mapping) else str(by)


def differences(answer: Answer, figures: Sequence[Row]) -> list[str]:
    """How the chart's rows differ from the base tables'; nothing where they are the same."""
    if not answer.rows:
        return ["The chart has no rows."]
    names = set(answer.rows[0])
    if not figures:
        return ["The query on the base tables has no rows."]
    if set(figures[0]) != names:
        return [f"The columns are {sorted(names)} in the chart and {sorted(figures[0])} in the query."]
    shown = Counter(canonical(row) for row in answer.rows)
    wanted = Counter(canonical(row) for row in figures)
    found = [f"Only in the chart: {dict(row)}" for row in (shown - wanted)]
    is_cut = answer.is_cut_by_series or (answer.row_limit is not None and len(answer.rows) >= answer.row_limit)
    if not is_cut:
        found += [f"Only in the base tables: {dict(row)}" for row in (wanted - shown)]
    elif answer.orders and not answer.is_cut_by_series:
        found += _order_problem(answer, figures)
    return found


def _order_problem(answer: Answer, figures: Sequence[Row]) -> Iterator[str]:
    """A chart with a limit shows the first of all rows, by its order."""
    name, ascending = answer.orders[0]
    if name not in answer.rows[0]:
        return
    known = [value(row[name]) for row in figures if row[name] is not None]
    if any(isinstance(known_value, str) for known_value in known):
        return  # the order of words is the database's
    nulls = [None] * (len(figures) - len(known))
    ranked = sorted(known, reverse=not ascending)
    expected = [*ranked, *nulls] if ascending else [*nulls, *ranked]  # as PostgreSQL sorts nulls
    shown = [value(row[name]) for row in answer.rows]
    if shown != expected[: len(shown)]:
        yield f"The order by {name} is {shown[:10]} … in the chart and {expected[:10]} … in the base tables."


def canonical(row: Row) -> tuple[tuple[str, Any], ...]:
    """A row as both sides have it: moments as milliseconds, nine digits of a fraction, links as their text."""
    return tuple(sorted((name, value(found)) for name, found in row.items()))


def value(found: Any) -> Any:
    """One value as both sides have it."""
    if isinstance(found, datetime):
        moment = found if found.tzinfo else found.replace(tzinfo=UTC)
        return value((moment - EPOCH).total_seconds() * 1000)  # as Superset reckons it
    if isinstance(found, date):
        return value(datetime(found.year, found.month, found.day, tzinfo=UTC))
    if isinstance(found, bool) or found is None:
        return found
    if isinstance(found, (int, float, Decimal)):
        if math.isnan(found):
            return None
        # Superset gives moments as milliseconds with a fraction.
        return int(found) if found == int(found) or abs(float(found)) >= 1e11 else float(f"{found:.9g}")
    return TAG.sub("", str(found))


def figures_of(connection: psycopg.Connection[Any], stem: str) -> list[dict[str, Any]]:
    """The rows of the query on the base tables that stands for a chart."""
    text = (FIGURES / f"{stem}.sql").read_text("utf-8")
    assert not READS_A_VIEW.search(text), f"{stem}.sql reads a view of report.*, which it must check."
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(text.encode()).fetchall()


def main(superset: str, warehouse: str, chosen: Sequence[str]) -> int:
    """Print one line a chart; 1 where one of them differs."""
    address = urlsplit(superset)
    client = log_in(f"{address.scheme}://{address.hostname}:{address.port}", unquote(address.password or ""))
    ids = chart_ids(client)
    wrong = 0
    with psycopg.connect(warehouse, autocommit=True, options="-c statement_timeout=60000") as connection:
        for stem in chosen or stems():
            if not (FIGURES / f"{stem}.sql").exists():
                print(f"{stem}: there is no tests/end_to_end/figures/{stem}.sql.")
                wrong += 1
                continue
            if stem not in ids:
                print(f"{stem}: there is no such chart in this Superset; import the files first.")
                wrong += 1
                continue
            found = differences(ask(client, ids[stem]), figures_of(connection, stem))
            wrong += bool(found)
            print(f"{stem}: {'the same' if not found else ''}", *found[:8], sep="\n  ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
