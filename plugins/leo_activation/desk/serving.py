"""The desk put together from the settings of this process."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from leo_activation.activation import SendingGuard
from leo_activation.activation.messages.copy_drafts import DRAFT_COPY, Writer
from leo_activation.desk.airflow_identity import identify, login_url
from leo_activation.desk.api.serving import mount_api
from leo_activation.desk.app import Desk, Pages, create_app
from leo_activation.desk.identity import Person
from leo_activation.desk.pages.ask import AskPage
from leo_activation.desk.pages.campaigns.acts import CampaignActs
from leo_activation.desk.pages.campaigns.build import BuildPages
from leo_activation.desk.pages.campaigns.copy import CopyPages
from leo_activation.desk.pages.campaigns.listing import CampaignList
from leo_activation.desk.pages.campaigns.show import CampaignPages
from leo_activation.desk.pages.language import LanguageChoice
from leo_activation.desk.pages.people import PeoplePages
from leo_activation.desk.pages.requests import RequestPages
from leo_activation.desk.pages.review import ReviewPages
from leo_activation.desk.pages.segments import SegmentPages
from leo_activation.desk.pages.stop import StopPages
from leo_activation.desk.required_actions import AirflowActions, in_process
from leo_activation.embedding import Encoder
from leo_activation.embedding.lazy import LazyEncoder
from leo_activation.errors import Configuration
from leo_activation.llm.activations import active_prompt
from leo_activation.llm.budget import budget_from
from leo_activation.llm.sql_ledger import SqlCallLedger
from leo_activation.settings import Settings, read_settings
from leo_activation.warehouse.connections import Warehouse, warehouse_from
from leo_activation.warehouse.pooling import PooledWarehouse
from leo_activation.warehouse.tenant_access import tenants_of

LLM_CONNECTION = "leo_llm"


def desk_app(root: str) -> FastAPI:
    """The app below `root`."""
    settings = read_settings()
    warehouse = PooledWarehouse(warehouse_from(settings).urls)
    desk = Desk(warehouse, identify(settings), tenants_for(warehouse), settings.pseudonym_key(), login_url, root=root)
    encoder = LazyEncoder(settings)
    app = create_app(desk, lambda pages: register_pages(pages, settings, encoder))
    mount_api(app, desk, encoder, airflow=in_process, has_model=_inbox_has_model)
    return app


def register_pages(pages: Pages, settings: Settings, encoder: Encoder) -> None:
    """Every page of the desk."""
    desk = pages.desk
    LanguageChoice(desk).add_to(pages)
    AskPage(desk, encoder).add_to(pages)
    RequestPages(desk).add_to(pages)
    ReviewPages(desk, AirflowActions(in_process), SendingGuard(settings.environment), encoder).add_to(pages)
    SegmentPages(desk, encoder).add_to(pages)
    CampaignList(desk).add_to(pages)
    CopyPages(desk, AirflowWriters(settings, desk.warehouse)).add_to(pages)
    BuildPages(desk, approvers=settings.approvers, guard=SendingGuard(settings.environment)).add_to(pages)
    # After the form, whose addresses begin alike.
    CampaignPages(desk).add_to(pages)
    CampaignActs(desk).add_to(pages)
    StopPages(desk, SendingGuard(settings.environment)).add_to(pages)
    PeoplePages(desk, settings).add_to(pages)


def _inbox_has_model() -> bool:
    """Whether a model reads what the grammar leaves of a request: whether Airflow has the connection leo_llm."""
    from airflow.models.connection import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        Connection.get_connection_from_secrets("leo_llm")
    except AirflowNotFoundException:
        return False
    return True


@dataclass(frozen=True)
class AirflowWriters:
    """Who drafts copy: the model behind Airflow's connection leo_llm, with the prompt that serves."""

    settings: Settings
    warehouse: Warehouse

    def has_model(self) -> bool:
        """Whether there is that connection; looked at each time, so that removing it switches the model off."""
        return _inbox_has_model()

    def of(self, tenant_id: str) -> Writer:
        """The writer of a tenant.

        Raises:
            Configuration: the connection leads to no model.
        """
        # Imported here: they load pydantic-ai.
        from airflow.providers.common.ai.hooks.pydantic_ai import PydanticAIHook
        from airflow.sdk.exceptions import AirflowException
        from pydantic_ai.exceptions import UserError

        try:
            hook = PydanticAIHook.get_hook(LLM_CONNECTION, hook_params={"model_id": None})
            model = hook.get_conn()
        except (ValueError, UserError, ImportError, AirflowException) as error:
            raise Configuration(f"The connection {LLM_CONNECTION} leads to no model: {error}") from error
        ledger = SqlCallLedger(self.warehouse, tenant_id, budget_from(self.settings))
        return Writer(model, ledger, active_prompt(self.warehouse, DRAFT_COPY))


def tenants_for(warehouse: Warehouse) -> Callable[[Person], Awaitable[Mapping[str, str]]]:
    """The tenants that an administrator let somebody see; none for those who may do nothing here."""

    async def of(person: Person) -> Mapping[str, str]:
        return await run_in_threadpool(tenants_of, warehouse, person.user_id) if person.may else {}

    return of
