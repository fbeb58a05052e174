"""Erase a person from everything that this program keeps, and leave a certificate.

Two transactions. The first stops all sending to the person and can be seen at once; the second erases, in one piece, so
that a kill at any line leaves the person found by the same name and the command can be repeated. Files go before the
second commits, because only the tables know which files are the person's. What is kept is said in `registry`.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg import errors, sql
from psycopg.types.json import Jsonb

from leo_activation.errors import Permanent, Transient
from leo_activation.progress import Progress
from leo_activation.rights.person import Person, find_person, is_left_over
from leo_activation.rights.registry import HELD, Act, Held, TextType
from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.graph import label_statement, use_graph
from leo_activation.warehouse.graph_schema import EDGES
from leo_activation.warehouse.statements import statement
from leo_activation.warehouse.tenants import Tenant

logger = logging.getLogger(__name__)

LOCK_TIMEOUT = "60s"
OWN_PROVIDERS = frozenset({"file"})
"""Providers that are this installation itself: their files are erased here."""


@dataclass(frozen=True)
class ErasureMeans:
    """What an erasure needs of the installation.

    seal: encrypts an address for the queue of provider erasures.
    erasable: the providers that can be asked to erase, by program.
    remove_files: deletes the files written to the person, by their deliveries and addresses; gives how many.
    """

    pseudonym_key: bytes
    seal: Callable[[str], bytes]
    erasable: frozenset[str]
    remove_files: Callable[[Person], int]


@dataclass(frozen=True)
class Certificate:
    """What was erased: rows by table, files, messages cancelled, and what providers were asked; no contact data."""

    tenant_id: str
    erasure_id: int
    asked_by: str
    began_at: datetime
    finished_at: datetime
    rows: Mapping[str, int]
    files: int
    cancelled: int
    providers: Mapping[str, str]


def erase(connection: Connection, tenant: Tenant, named: str, *, asked_by: str, means: ErasureMeans) -> Certificate:
    """Erase whom a customer id, a profile id or an address names.

    Args:
        connection: the loader's, bound to the tenant and alone with it: no sync is at work.

    Raises:
        Permanent: nothing is held of such a person, or several people are known by the name.
        Transient: the person's rows are held by something else for longer than `LOCK_TIMEOUT`.
    """
    try:
        person = _find(connection, tenant, named, means)
        if person.is_known:
            _stop_sending(connection, tenant, person, asked_by, means)
            connection.commit()
        elif not is_left_over(connection, tenant.tenant_id, named):
            raise Permanent(_nothing_held(connection, tenant, named, means))
        certificate = _erase_everything(connection, tenant, named, asked_by, means)
        connection.commit()
    except (errors.LockNotAvailable, errors.DeadlockDetected) as error:
        raise Transient(
            f"Something of the person is being worked on in tenant {tenant.tenant_id}; erase again in a minute."
        ) from error
    logger.info(
        "Erasure %s of tenant %s: %s rows, %s files, %s messages cancelled.",
        certificate.erasure_id, tenant.tenant_id, sum(certificate.rows.values()), certificate.files,
        certificate.cancelled,
    )  # fmt: skip
    return certificate


def _find(connection: Connection, tenant: Tenant, named: str, means: ErasureMeans) -> Person:
    return find_person(connection, tenant.tenant_id, named, pseudonym_key=means.pseudonym_key)


def _values(tenant: Tenant, person: Person, means: ErasureMeans) -> dict[str, object]:
    return {
        "tenant_id": tenant.tenant_id,
        "graph_name": tenant.graph_name,
        "key": means.pseudonym_key,
        **keys_of(person),
        "channels": [channel for channel, _ in person.addresses],
        "addresses": [address for _, address in person.addresses],
    }


def keys_of(person: Person) -> dict[str, object]:
    """What the conditions of `found_by` and the pattern of words are asked with."""
    return {
        "pattern": person.pattern,
        "own_pattern": person.own_pattern,
        "customers": list(person.customers),
        "profiles": list(person.profiles),
        "households": list(person.households),
        "address_hashes": list(person.address_hashes),
        "deliveries": list(person.deliveries),
        "merges": list(person.merges),
        "text_hashes": list(person.text_hashes),
    }


def _stop_sending(connection: Connection, tenant: Tenant, person: Person, asked_by: str, means: ErasureMeans) -> None:
    """Suppress the person's addresses and cancel what has not begun, under the lock that an attempt takes first."""
    values = {**_values(tenant, person, means), "asked_by": asked_by}
    _lock(connection, values, "rights/lock_people")
    erasure_id = _open(connection, person, values)
    connection.execute(statement("rights/suppress_addresses"), values)
    cancelled = connection.execute(statement("rights/cancel_pending"), values).rowcount
    connection.execute(
        statement("rights/note_cancelled"),
        {"tenant_id": tenant.tenant_id, "erasure_id": erasure_id, "cancelled": cancelled},
    )


def _open(connection: Connection, person: Person, values: Mapping[str, object]) -> int:
    row = connection.execute(statement("rights/open_erasure"), {**values, "customer": person.customers[0]}).fetchone()
    if row is None:
        raise Permanent("The erasure could not be entered.")
    return int(row[0])


def _lock(connection: Connection, values: Mapping[str, object], *names: str) -> None:
    connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(LOCK_TIMEOUT))
    for name in names:
        connection.execute(statement(name), values)


def _erase_everything(
    connection: Connection, tenant: Tenant, named: str, asked_by: str, means: ErasureMeans
) -> Certificate:
    before = _values(tenant, _find(connection, tenant, named, means), means)
    _lock(
        connection, before,
        "activation/audience/lock_planning", "rights/lock_campaigns", "profiles/lock_tenant", "rights/lock_segments",
        "rights/lock_people",
    )  # fmt: skip
    # Once more: a plan or refresh that was waited for may have written of the person.
    person = _find(connection, tenant, named, means)
    values = {**_values(tenant, person, means), "asked_by": asked_by}
    connection.execute(statement("rights/suppress_addresses"), values)
    cancelled = connection.execute(statement("rights/cancel_pending"), values).rowcount
    providers = _providers(connection, values)
    values["quarantined"] = _remember(connection, person, values)
    files = means.remove_files(person)
    rows = _erase_graph(connection, person, values)
    connection.execute(statement("rights/resolve_house_mates"), values)
    progress = Progress(logger, f"Erasing a person of {tenant.tenant_id}", len(HELD), "tables")
    for number, held in enumerate(HELD, start=1):
        if erased := _erase_table(connection, held, values):
            rows[held.table] = rows.get(held.table, 0) + erased
        progress.done(number)
    if stages := _drop_stages(connection, values):
        rows["stage"] = stages
    if not (person.is_known or rows or files or cancelled):
        raise Permanent(_nothing_held(connection, tenant, named, means))
    erasure_id = _open(connection, person, values)
    noted = {"tenant_id": tenant.tenant_id, "erasure_id": erasure_id}
    connection.execute(statement("rights/note_cancelled"), {**noted, "cancelled": cancelled})
    asked = _queue(connection, person, providers, noted, means)
    done = connection.execute(
        statement("rights/finish_erasure"), {**noted, "rows": Jsonb(dict(sorted(rows.items()))), "files": files}
    ).fetchone()
    if done is None:
        raise Permanent(f"The erasure {erasure_id} is gone.")
    connection.execute(statement("rights/certify"), {**noted, "customer": person.customers[0]})
    began_at, finished_at, all_cancelled, all_files = done
    return Certificate(
        tenant.tenant_id, erasure_id, asked_by, began_at, finished_at, dict(sorted(rows.items())), all_files,
        all_cancelled, asked,
    )  # fmt: skip


def _providers(connection: Connection, values: Mapping[str, object]) -> dict[str, set[str]]:
    """The channels on which each provider was given a message to the person."""
    found: dict[str, set[str]] = {}
    for provider, channel in connection.execute(statement("rights/list_providers_of_person"), values):
        found.setdefault(str(provider), set()).add(str(channel))
    return found


def _remember(connection: Connection, person: Person, values: Mapping[str, object]) -> list[int]:
    """Note who was erased, by keyed hashes; gives the rows set aside that are the person's."""
    aside = connection.execute(statement("rights/find_quarantined"), values).fetchall()
    told = [
        *(("customer", customer) for customer in person.customers),
        *(("profile", profile) for profile in person.profiles),
        *(("address", address) for _, address in person.addresses),
        *(("profile", str(key)) for _, key, _, _ in aside if key),
        *(("row", str(digest)) for _, _, digest, _ in aside),
    ]
    names = {"kinds": [kind for kind, _ in told], "names": [name for _, name in told]}
    connection.execute(statement("rights/remember_erased"), {**values, **names})
    return [int(row[0]) for row in aside]


def _erase_graph(connection: Connection, person: Person, values: Mapping[str, object]) -> dict[str, int]:
    """Edges first, then the vertices: those of the customers, and of households that are named after them."""
    graph_name = str(values["graph_name"])
    households = [row[0] for row in connection.execute(statement("rights/find_households"), values)]
    use_graph(connection)
    erased: dict[str, int] = {}
    for label, graph_keys in (("Customer", list(person.graph_keys)), ("Household", households)):
        if not graph_keys:
            continue
        own = {"graph_name": graph_name, "label": label, "graph_keys": graph_keys}
        for edge in EDGES.values():
            if label in (edge.start, edge.end):
                query = label_statement("rights/delete_edges", graph_name, edges=edge.label)
                ends = {"start_label": edge.start, "end_label": edge.end}
                _count(erased, f"graph {edge.label}", connection.execute(query, {**own, **ends}).rowcount)
        query = label_statement("rights/delete_vertices", graph_name, vertices=label)
        _count(erased, f"graph {label}", connection.execute(query, own).rowcount)
    connection.execute("SET LOCAL search_path = DEFAULT")
    return erased


def _count(rows: dict[str, int], name: str, number: int) -> None:
    if number:
        rows[name] = rows.get(name, 0) + number


def _erase_table(connection: Connection, held: Held, values: Mapping[str, object]) -> int:
    table = sql.Identifier(*held.table.split("."))
    erased = 0
    if held.act is Act.BLANK and held.blank is not None:
        erased += connection.execute(statement(held.blank), values).rowcount
    elif held.act is Act.DELETE:
        query = sql.SQL(statement("rights/delete_rows")).format(table=table, found=found_by(held))
        erased += connection.execute(query, values).rowcount
    for column, kind in (held.words or {}).items():
        name = "rights/redact_json" if kind is TextType.JSON else "rights/redact_words"
        query = sql.SQL(statement(name)).format(table=table, column=sql.Identifier(column), type=sql.SQL(kind.value))
        erased += connection.execute(query, values).rowcount
    return erased


def found_by(held: Held) -> sql.Composed:
    """What makes a row of the table the person's, over the parameters that are named as the keys."""
    conditions = [
        sql.SQL("held.{column} && {values}" if each.is_list else "held.{column} = ANY ({values})").format(
            column=sql.Identifier(each.column), values=sql.Placeholder(each.by.value)
        )
        for each in held.found
    ]
    return sql.SQL(" OR ").join(conditions)


def _drop_stages(connection: Connection, values: Mapping[str, object]) -> int:
    """Every stage of the tenant goes: a run that is not finished reads anew, and no other needs one."""
    connection.execute(statement("rights/stop_unfinished_runs"), values)
    schemas = [str(row[0]) for row in connection.execute(statement("rights/list_stages"), values)]
    for schema in schemas:
        connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))
    return len(schemas)


def _queue(
    connection: Connection,
    person: Person,
    providers: Mapping[str, set[str]],
    noted: Mapping[str, object],
    means: ErasureMeans,
) -> dict[str, str]:
    asked: dict[str, str] = {}
    for provider, channels in providers.items():
        if provider in OWN_PROVIDERS:
            continue
        addresses = _addresses_on(person, channels)
        can_be_asked = provider in means.erasable and addresses
        sealed = means.seal(json.dumps(addresses)) if can_be_asked else None
        connection.execute(
            statement("rights/queue_provider_erasure"), {**noted, "provider": provider, "sealed": sealed}
        )
        asked[provider] = "by_hand" if sealed is None else "queued"
    return asked


def _addresses_on(person: Person, channels: set[str]) -> Sequence[str]:
    return sorted({address for channel, address in person.addresses if channel in channels})


def _nothing_held(connection: Connection, tenant: Tenant, named: str, means: ErasureMeans) -> str:
    values = {"tenant_id": tenant.tenant_id, "named": named.strip(), "key": means.pseudonym_key}
    row = connection.execute(statement("rights/find_erased"), values).fetchone()
    if row is not None and row[0] is not None:
        return f"Nothing is held of this person: they were erased on {row[0]:%Y-%m-%d} already."
    return f"Nothing is held of such a person in tenant {tenant.tenant_id}."
