"""Options that several commands take, and what they mean."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import click

from leo_activation.errors import Permanent
from leo_activation.settings import Settings
from leo_activation.warehouse.connections import TENANT_ID

Command = TypeVar("Command", bound=Callable[..., object])

EARLIEST, LATEST = 1970, 2200


class Moment(click.ParamType[datetime]):
    """A moment in ISO 8601; without an offset it is in UTC, and a date alone is its first moment."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The moment as an aware datetime in UTC; anything else is a wrong command line."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"'{value}' is no moment such as 2026-02-20 or 2026-02-20T08:00:00+07:00.", param, ctx)
        if not EARLIEST <= moment.year <= LATEST:
            self.fail(f"'{value}' does not lie between {EARLIEST} and {LATEST}.", param, ctx)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Words(click.ParamType[str]):
    """A text of whole characters; what a terminal in another encoding sends is a wrong command line."""

    name = "text"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The text as it is."""
        try:
            str(value).encode()
        except UnicodeEncodeError:
            self.fail("The text is not UTF-8.", param, ctx)
        return str(value)


def tenant_option(command: Command) -> Command:
    """`--tenant`, whose default is that of the settings."""
    return click.option("--tenant", help="Default: LEO_DEFAULT_TENANT.")(command)


def as_of_option(command: Command) -> Command:
    """`--as-of`, whose default follows from the data."""
    return click.option(
        "--as-of", type=Moment(), help="What “now” means (ISO 8601, UTC). Default: the as-of of the last sync."
    )(command)


def tenant_of(settings: Settings, tenant: str | None) -> str:
    """The tenant that a command works for.

    Raises:
        Permanent: the name is none of a tenant.
    """
    tenant_id = tenant or settings.default_tenant
    if not TENANT_ID.fullmatch(tenant_id):
        raise Permanent(f"'{tenant_id}' is not a tenant id: lower-case letters, digits and _, 3 to 31 of them.")
    return tenant_id
