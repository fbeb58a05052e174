"""Databases, roles and extensions on the PostgreSQL in use, embedded or your own; run inside the environment.

    python -m embedded.prepare_database

Everything that needs an administrator is here; from then on the migrations run as leo_owner. Safe to run again: it
brings the roles and rights to the same state and touches no data.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass

import psycopg
from psycopg import sql

from embedded.credentials import Credentials
from embedded.failure import SetupError
from embedded.places import Places
from embedded.urls import administrator_url, with_database

OLDEST_POSTGRESQL = 170000  # MERGE … WHEN NOT MATCHED BY SOURCE, by which the graph follows the tables
OLDEST_AGE = (1, 7)  # below 1.7 a role with SELECT alone can write through Cypher
WAREHOUSE = "leo"
WAREHOUSE_ROLES = ("leo_owner", "leo_loader", "leo_writer", "leo_reader", "leo_reporter")
CYPHER_ROLES = ("leo_owner", "leo_loader", "leo_writer", "leo_reader")
REPORT_OWNER = "leo_report_owner"
REPORTER = "leo_reporter"
INNER_SQL_FUNCTIONS = """
    SELECT format('REVOKE EXECUTE ON FUNCTION %%s FROM PUBLIC', oid::regprocedure) FROM pg_proc
    WHERE pronamespace = 'pg_catalog'::regnamespace AND has_function_privilege(%s, oid, 'EXECUTE')
      AND (proname ~ '^(query|cursor|table|schema|database)_to_xml' OR proname IN ('ts_stat', 'ts_rewrite'))
"""
OTHER_DATABASES = ("airflow", "superset")  # each owned by the role of the same name

Connection = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True)
class Server:
    """What a server offers; `age` is the newest version that can be installed, or None."""

    version: int
    age: tuple[int, ...] | None
    has_vector: bool
    preloads_age: bool
    user: str
    may_create: bool


def describe(connection: Connection) -> Server:
    """Ask a server what it offers."""
    versions = connection.execute("SELECT version FROM pg_available_extension_versions WHERE name = 'age'").fetchall()
    return Server(
        version=connection.info.server_version,
        age=max((_numbers(str(row[0])) for row in versions), default=None),
        has_vector=bool(_value(connection, "SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'")),
        # The list of preloaded libraries is hidden from most roles; the settings that AGE defines when loaded are not.
        preloads_age=bool(_value(connection, "SELECT count(*) FROM pg_settings WHERE name LIKE 'age.%%'")),
        user=str(_value(connection, "SELECT current_user")),
        may_create=bool(
            _value(
                connection,
                "SELECT rolsuper OR (rolcreaterole AND rolcreatedb) FROM pg_roles WHERE rolname = current_user",
            )
        ),
    )


def lacks(server: Server) -> list[str]:
    """One sentence for each thing that a server lacks."""
    sentences = []
    if server.version < OLDEST_POSTGRESQL:
        sentences.append(f"The server is PostgreSQL {server.version // 10000}; 17 or later is needed.")
    if server.age is None:
        sentences.append("The server has no Apache AGE; install AGE 1.7 or later (Debian: postgresql-18-age).")
    elif server.age < OLDEST_AGE:
        sentences.append(
            f"The server has Apache AGE {'.'.join(map(str, server.age))}; 1.7 or later is needed, because older ones "
            "let a read-only role write."
        )
    elif not server.preloads_age:
        sentences.append("The server does not preload AGE; set shared_preload_libraries = 'age' and restart it.")
    if not server.has_vector:
        sentences.append("The server has no pgvector; install it (Debian: postgresql-18-pgvector).")
    if not server.may_create:
        sentences.append(f"The role {server.user} may not create roles and databases; name one that may.")
    return sentences


def create_roles(connection: Connection, passwords: Mapping[str, str]) -> None:
    """Create the login roles with their passwords, and the owner of the report views, which cannot log in."""
    for role, password in passwords.items():
        _ensure_role(connection, role)
        connection.execute(
            sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
        )
    _ensure_role(connection, REPORT_OWNER)
    connection.execute(sql.SQL("ALTER ROLE {} NOLOGIN").format(sql.Identifier(REPORT_OWNER)))
    # leo_owner's migrations create the report views and hand them over.
    connection.execute(sql.SQL("GRANT {} TO leo_owner").format(sql.Identifier(REPORT_OWNER)))
    if _value(connection, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        # LOAD 'age' is refused to others; where AGE is preloaded by the server this changes nothing.
        for role in CYPHER_ROLES:
            connection.execute(
                sql.SQL("ALTER ROLE {} SET session_preload_libraries = 'age'").format(sql.Identifier(role))
            )
    # Cypher can call any SQL function that the search path finds, so the reader's holds AGE's alone.
    connection.execute("ALTER ROLE leo_reader SET search_path = ag_catalog")


def create_database(connection: Connection, name: str, owner: str) -> None:
    """Create a database that only its owner may enter."""
    if not _value(connection, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(owner)))
    if not _value(connection, "SELECT count(*) FROM pg_database WHERE datname = %s", name):
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(
                sql.Identifier(name), sql.Identifier(owner)
            )
        )
    connection.execute(sql.SQL("REVOKE CONNECT, TEMPORARY ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))


def create_warehouse(administrator: str, name: str) -> None:
    """Create a warehouse: a database of leo_owner with AGE and pgvector that the five warehouse roles may enter.

    Args:
        administrator: libpq URL of an administrator, with any database.
        name: the database, `leo`, or that of a test.

    Raises:
        SetupError: the administrator may not create the extensions.
    """
    with psycopg.connect(administrator, autocommit=True) as connection:
        create_database(connection, name, "leo_owner")
        for role in WAREHOUSE_ROLES:
            connection.execute(
                sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(
                    sql.Identifier(name), sql.Identifier(role)
                )
            )
    with psycopg.connect(with_database(administrator, name), autocommit=True) as connection:
        for extension in ("age", "vector"):
            try:
                connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
            except psycopg.errors.InsufficientPrivilege as error:
                raise SetupError(
                    f"The role of LEO_DATABASE_URL may not create the extension {extension} in database {name}; "
                    "have a superuser create it there."
                ) from error
        installed = str(_value(connection, "SELECT extversion FROM pg_extension WHERE extname = 'age'"))
        if _numbers(installed) < OLDEST_AGE:
            raise SetupError(f"Database {name} holds AGE {installed}; run ALTER EXTENSION age UPDATE there.")
        _close_inner_sql(connection)
        try:
            _grant_catalogue(connection)
        except psycopg.errors.InsufficientPrivilege as error:
            raise SetupError(
                f"The role of LEO_DATABASE_URL may not let others use AGE in database {name}; have a superuser run "
                "there, with its name for ADMIN: GRANT USAGE ON SCHEMA ag_catalog TO ADMIN WITH GRANT OPTION; "
                "GRANT SELECT ON ag_catalog.ag_graph, ag_catalog.ag_label TO ADMIN WITH GRANT OPTION."
            ) from error


def _close_inner_sql(connection: Connection) -> None:
    """Take from everybody the functions that run a query given as text: by them Superset's row filters are evaded.

    Where the administrator is no superuser this changes nothing but a warning; Superset's settings refuse them too.
    """
    for (revocation,) in connection.execute(INNER_SQL_FUNCTIONS.encode(), [REPORTER]).fetchall():
        connection.execute(str(revocation).encode())


def _grant_catalogue(connection: Connection) -> None:
    for role in CYPHER_ROLES:
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA ag_catalog TO {}").format(sql.Identifier(role)))
    # AGE's catalogue of graphs and labels names every tenant, so the reader is not among those who see it.
    connection.execute("GRANT USAGE ON SCHEMA ag_catalog TO leo_owner WITH GRANT OPTION")
    connection.execute("GRANT SELECT ON ag_catalog.ag_graph, ag_catalog.ag_label TO leo_owner WITH GRANT OPTION")
    connection.execute("GRANT SELECT ON ag_catalog.ag_graph, ag_catalog.ag_label TO leo_loader, leo_writer")


def prepare(places: Places, credentials: Credentials) -> None:
    """Bring the server to the state that the services expect. Raises SetupError, one sentence for each lack."""
    administrator = administrator_url(places, credentials)
    try:
        with psycopg.connect(administrator, autocommit=True, connect_timeout=10) as connection:
            if missing := lacks(describe(connection)):
                raise SetupError("\n".join(missing))
            passwords = {role: str(getattr(credentials, role)) for role in (*WAREHOUSE_ROLES, *OTHER_DATABASES)}
            create_roles(connection, passwords)
            for name in OTHER_DATABASES:
                create_database(connection, name, owner=name)
            if places.database_url is None:
                # Tests that were killed leave it off.
                connection.execute("ALTER SYSTEM RESET fsync")
                connection.execute("SELECT pg_reload_conf()")
                connection.execute("REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC")
    except psycopg.OperationalError as error:
        where = "LEO_DATABASE_URL" if places.database_url else f"port {places.ports.postgres}"
        reason = str(error).strip().splitlines()[0]
        raise SetupError(f"PostgreSQL ({where}) does not let the administrator in: {reason}.") from error
    create_warehouse(administrator, WAREHOUSE)


def _ensure_role(connection: Connection, role: str) -> None:
    if not _value(connection, "SELECT count(*) FROM pg_roles WHERE rolname = %s", role):
        connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))


def _value(connection: Connection, query: str, *parameters: str) -> object:
    row = connection.execute(query.encode(), parameters).fetchone()
    return row[0] if row else None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def main() -> int:
    """Prepare the server named by the environment; 1 and a sentence on the terminal where that is impossible."""
    places = Places.from_environment()
    try:
        prepare(places, Credentials.load(places.secrets))
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
