"""Every figure on the dashboards is that of the base tables, by a query written without the view."""

from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest

from tests.end_to_end import chart_figures
from tests.end_to_end.conftest import Instance

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(120, func_only=True)]

ATTEMPTS = 3


@pytest.fixture(scope="module")
def ids(superset_client: httpx.Client) -> dict[str, int]:
    return chart_figures.chart_ids(superset_client)


@pytest.fixture(scope="module")
def connection(instance: Instance) -> Iterator[psycopg.Connection[Any]]:
    administrator = instance.environment["LEO_ADMIN_URL"]
    with psycopg.connect(administrator, dbname="leo", autocommit=True) as opened:
        yield opened


def test_every_chart_has_its_figures_and_no_figures_lack_their_chart() -> None:
    assert sorted(file.stem for file in chart_figures.FIGURES.glob("*.sql")) == chart_figures.stems()


@pytest.mark.parametrize("stem", chart_figures.stems())
def test_a_chart_shows_the_figures_of_the_base_tables(
    stem: str, superset_client: httpx.Client, ids: dict[str, int], connection: psycopg.Connection[Any]
) -> None:
    """Airflow goes on meanwhile, and a run may end between the two queries: what differs has to differ again."""
    for _ in range(ATTEMPTS):
        shown = chart_figures.ask(superset_client, ids[stem])
        found = chart_figures.differences(shown, chart_figures.figures_of(connection, stem))
        if not found:
            break
    assert found == []
