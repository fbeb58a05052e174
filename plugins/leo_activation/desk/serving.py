"""The desk put together from the settings of this process."""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from leo_activation.desk.airflow_identity import identify, login_url
from leo_activation.desk.app import Desk, Pages, create_app
from leo_activation.desk.identity import Person
from leo_activation.desk.pages.ask import AskPage
from leo_activation.desk.pages.language import LanguageChoice
from leo_activation.desk.pages.requests import RequestPages
from leo_activation.desk.pages.review import ReviewPages
from leo_activation.desk.pages.segments import SegmentPages
from leo_activation.desk.required_actions import AirflowActions, in_process
from leo_activation.embedding.lazy import LazyEncoder
from leo_activation.settings import read_settings
from leo_activation.warehouse.connections import Warehouse, warehouse_from
from leo_activation.warehouse.tenant_access import tenants_of


def desk_app(root: str) -> FastAPI:
    """The app below `root`."""
    settings = read_settings()
    warehouse = warehouse_from(settings)
    encoder = LazyEncoder(settings)
    desk = Desk(warehouse, identify(settings), _tenants(warehouse), settings.pseudonym_key(), login_url, root=root)

    def register(pages: Pages) -> None:
        LanguageChoice(desk).add_to(pages)
        AskPage(desk, encoder).add_to(pages)
        RequestPages(desk).add_to(pages)
        ReviewPages(desk, AirflowActions(in_process)).add_to(pages)
        SegmentPages(desk, encoder).add_to(pages)

    return create_app(desk, register)


def _tenants(warehouse: Warehouse) -> Callable[[Person], Awaitable[Mapping[str, str]]]:
    """The tenants that an administrator let somebody see; none for those who may do nothing here."""

    async def of(person: Person) -> Mapping[str, str]:
        return await run_in_threadpool(tenants_of, warehouse, person.user_id) if person.may else {}

    return of
