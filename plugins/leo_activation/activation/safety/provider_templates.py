"""The templates that a provider keeps and approved: written down as its list tells them, and asked before a campaign.

Zalo takes an offer only in a template that it approved, fills it in with parameters whose names and lengths it knows,
and may disable it any day. What a campaign names is compared with what is known here, before anything is planned.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row

from leo_activation.activation.channels.zalo.templates import ApprovedTemplate, Quota
from leo_activation.activation.states import MessageClass
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement


@dataclass(frozen=True)
class KeptTemplate:
    """A row of `activation.provider_template`; `gone_at` is since when the provider's list does not name it."""

    provider: str
    provider_template_id: str
    name: str
    status: str
    tag: str | None
    quality: str | None
    price_by_phone: int | None
    price_by_user: int | None
    parameters: list[dict[str, Any]]
    daily_quota: int | None
    remaining_quota: int | None
    synced_at: datetime
    gone_at: datetime | None


@dataclass(frozen=True)
class KeptQuota:
    """A row of `activation.provider_quota`."""

    provider: str
    daily: int | None
    daily_remaining: int | None
    promotions_a_month: int | None
    promotions_remaining: int | None
    quality: str | None
    read_at: datetime


@dataclass(frozen=True)
class Synced:
    """How many templates the provider lists, how many of them are approved, and how many it lists no more."""

    listed: int
    approved: int
    gone: int


def keep_templates(
    warehouse: Warehouse, tenant_id: str, provider: str, templates: Sequence[ApprovedTemplate], quota: Quota
) -> Synced:
    """Write down a whole list of a provider's, with its quota, in one transaction."""
    named = {"tenant_id": tenant_id, "provider": provider}
    told = json.dumps([asdict(template) for template in templates])
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        connection.execute(statement("activation/provider_templates/keep_templates"), {**named, "templates": told})
        gone = connection.execute(statement("activation/provider_templates/mark_gone"), named).rowcount
        connection.execute(statement("activation/provider_templates/keep_quota"), {**named, **asdict(quota)})
    return Synced(len(templates), sum(template.status == "approved" for template in templates), gone)


def list_templates(warehouse: Warehouse, tenant_id: str) -> list[KeptTemplate]:
    """Everything that is known of the tenant's templates at its providers."""
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        return _read(connection, tenant_id, None, None)


def list_quotas(warehouse: Warehouse, tenant_id: str) -> list[KeptQuota]:
    """What the tenant's providers said of their quotas last."""
    with (
        warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection,
        connection.cursor(row_factory=class_row(KeptQuota)) as cursor,
    ):
        return cursor.execute(
            statement("activation/provider_templates/list_quotas"), {"tenant_id": tenant_id}
        ).fetchall()


def read_templates(
    connection: Connection, tenant_id: str, provider: str, ids: Sequence[str]
) -> dict[str, KeptTemplate]:
    """Those of the templates that are known, by id."""
    return {kept.provider_template_id: kept for kept in _read(connection, tenant_id, provider, ids)}


def faults_of(
    template_id: str, kept: KeptTemplate | None, purpose: MessageClass, parameters: Mapping[str, str]
) -> Iterator[str]:
    """What stands against sending a campaign by a template of the provider's, as parts that a campaign lacks.

    parameters: what the campaign fills in, each rendered for an example person.
    """
    if kept is None or kept.gone_at is not None:
        yield f"a template that the provider lists: it does not list {template_id} (./leo template sync)"
        return
    if kept.status != "approved":
        yield f"an approved template: the provider says of {template_id} '{kept.status.replace('_', ' ')}'"
    if kept.tag is not None and (kept.tag == "promotion") != (purpose is MessageClass.MARKETING):
        wanted = "offers" if purpose is MessageClass.MARKETING else "messages about a purchase"
        yield f"a template approved for {wanted}: {template_id} is approved for '{kept.tag.replace('_', ' ')}'"
    known = {str(each["name"]): each for each in kept.parameters}
    for name in sorted(parameters.keys() - known.keys()):
        yield f"a parameter that the template has: {template_id} has no '{name}'"
    for name, each in known.items():
        if name in parameters:
            yield from _length(template_id, name, len(parameters[name]), each)
        elif each.get("required"):
            yield f"the parameter '{name}' of the template {template_id}"


def _length(template_id: str, name: str, length: int, told: Mapping[str, Any]) -> Iterator[str]:
    shortest, longest = told.get("min_length"), told.get("max_length")
    if isinstance(longest, int) and length > longest:
        yield f"a shorter '{name}': the template {template_id} takes {longest} characters, an example has {length}"
    if isinstance(shortest, int) and length < shortest:
        yield f"a longer '{name}': the template {template_id} takes at least {shortest} characters"


def _read(
    connection: Connection, tenant_id: str, provider: str | None, ids: Sequence[str] | None
) -> list[KeptTemplate]:
    values = {"tenant_id": tenant_id, "provider": provider, "ids": None if ids is None else list(ids)}
    with connection.cursor(row_factory=class_row(KeptTemplate)) as cursor:
        return cursor.execute(statement("activation/provider_templates/list_templates"), values).fetchall()
