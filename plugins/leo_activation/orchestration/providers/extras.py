"""What a connection's extra says, read strictly: a slip of the pen must not turn a check into a sending."""

from airflow.sdk import Connection

from leo_activation.errors import Configuration


def base_url(connection: Connection, otherwise: str) -> str:
    """Where a connection leads: its host, with https where it names no scheme; else the provider's own address."""
    host = connection.host or otherwise
    port = f":{connection.port}" if connection.port else ""
    return host if "://" in host else f"https://{host}{port}"


def secret(connection: Connection, what: str) -> str:
    """The connection's password.

    Raises:
        Configuration: it has none; `what` says what it would be.
    """
    if not connection.password:
        raise Configuration(f"The connection {connection.conn_id} has no password: it is {what}.")
    return str(connection.password)


def switch(connection: Connection, name: str) -> bool:
    """A switch of the extra, off where it is not there.

    Raises:
        Configuration: it is neither true nor false.
    """
    value = connection.extra_dejson.get(name, False)
    if not isinstance(value, bool):
        raise Configuration(f"The extra {name} of the connection {connection.conn_id} must be true or false.")
    return value
