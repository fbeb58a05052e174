"""The erasures that providers are asked for: queued by an erasure, done by a task that has the providers' connections.

A provider is asked within the transaction that notes its answer. A task that is killed in between asks again, and that
erases nothing twice. The addresses are sealed while they wait, and gone when the provider has taken them.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from leo_activation.errors import Configuration, LeoError
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

ERASURES_A_JOB = 100

Erase = Callable[[Sequence[str]], str]
"""Asks a provider to erase addresses; gives the number of its job. Raises a LeoError where it is not taken."""


@dataclass(frozen=True)
class ProviderErasures:
    """How many erasures providers took, and how many still wait; `problem` says why the last of them does."""

    done: int
    waiting: int
    problem: str | None = None


def ask_providers(
    warehouse: Warehouse, tenant_id: str, providers: Mapping[str, Erase], unseal: Callable[[bytes], str]
) -> ProviderErasures:
    """Ask every provider for what is queued; one that cannot be reached keeps its queue.

    Args:
        providers: how each provider that is set up is asked, by its name.
        unseal: opens what the erasure sealed.
    """
    done = waiting = 0
    problem: str | None = None
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        values = {"tenant_id": tenant_id}
        queued = [str(row[0]) for row in connection.execute(statement("rights/list_queued_providers"), values)]
        for provider in queued:
            taken, why = _ask(connection, tenant_id, provider, providers.get(provider), unseal)
            connection.commit()
            if why is None:
                done += taken
            else:
                waiting, problem = waiting + taken, why
                logger.warning("%s erasures wait for %s: %s", taken, provider, why)
    return ProviderErasures(done, waiting, problem)


def _ask(
    connection: Connection, tenant_id: str, provider: str, erase: Erase | None, unseal: Callable[[bytes], str]
) -> tuple[int, str | None]:
    """How many erasures were asked for, and why the provider did not take them, where it did not."""
    values: dict[str, object] = {"tenant_id": tenant_id, "provider": provider, "most": ERASURES_A_JOB}
    taken = connection.execute(statement("rights/take_provider_erasures"), values).fetchall()
    values["provider_erasure_ids"] = [row[0] for row in taken]
    try:
        job = _asked(erase, provider, [unseal(bytes(row[1])) for row in taken])
    except LeoError as error:
        connection.execute(statement("rights/note_provider_problem"), {**values, "problem": str(error)})
        return len(taken), str(error)
    connection.execute(statement("rights/settle_provider_erasures"), {**values, "job": job})
    return len(taken), None


def _asked(erase: Erase | None, provider: str, opened: Sequence[str]) -> str:
    if erase is None:
        raise Configuration(f"There is no connection of {provider} by which it could be asked.")
    return erase(sorted({address for each in opened for address in json.loads(each)}))
