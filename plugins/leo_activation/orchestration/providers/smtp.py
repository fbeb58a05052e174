"""A mail server by its connection leo_smtp."""

from airflow.sdk import Connection

from leo_activation.activation.channels.smtp.channel import SmtpSettings
from leo_activation.errors import Configuration

ANSWER_TIMEOUT_S = 120.0
"""How long a mail server may look at a whole message; with the steps before it still below a delivery's lease."""


def smtp_settings(connection: Connection) -> SmtpSettings:
    """The mail server of a connection.

    Of its extra: `security` (none, starttls, ssl), `return_path`, `greeting`, `timeout_s`, `answer_timeout_s`.

    Raises:
        Configuration: it names no host.
    """
    if not connection.host:
        raise Configuration(f"The connection {connection.conn_id} names no host.")
    extra = connection.extra_dejson
    return SmtpSettings(
        host=connection.host,
        port=connection.port or 25,
        user=connection.login,
        password=connection.password,
        security=extra.get("security", "none"),
        timeout_s=float(extra.get("timeout_s", SmtpSettings.timeout_s)),
        answer_timeout_s=float(extra.get("answer_timeout_s", ANSWER_TIMEOUT_S)),
        return_path=extra.get("return_path"),
        greeting=extra.get("greeting"),
    )
