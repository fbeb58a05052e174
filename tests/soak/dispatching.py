"""A process that drains one run over a channel that answers at once, and says what memory it took."""

import json
import sys
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta

from leo_activation import activation
from leo_activation.activation.channels import Answer, Message
from leo_activation.activation.states import Outcome
from leo_activation.settings import DatabaseRole, Environment
from leo_activation.warehouse.connections import Warehouse
from tests.soak.memory import peak_kib


class InstantChannel:
    """Takes every message at once and keeps nothing of it."""

    provider = "instant"

    def build(self, message: Message) -> Message:
        return message

    def open(self) -> AbstractContextManager["InstantChannel"]:
        return nullcontext(self)

    def ready(self) -> None:
        """Always is."""

    def send(self, payload: Message) -> Answer:
        return Answer(Outcome.ACCEPTED, "instant", "ok", provider_message_id=str(payload.delivery_id))


def drain(url: str, tenant_id: str, campaign_run_id: int, key: str) -> dict[str, int]:
    """One call of `dispatch`."""
    counts = activation.dispatch(
        Warehouse({DatabaseRole.WRITER: url}),
        tenant_id,
        campaign_run_id,
        {"email": InstantChannel()},
        worker="soak",
        guard=activation.SendingGuard(Environment.SANDBOX),
        links=activation.UnsubscribeLinks("https://shop.example/", bytes.fromhex(key)),
        limits=activation.DispatchLimits(time_limit=timedelta(minutes=20)),
    )
    return {"accepted": counts.accepted, "open": counts.open, "peak_kib": peak_kib()}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(drain(**json.loads(sys.stdin.readline()))) + "\n")
