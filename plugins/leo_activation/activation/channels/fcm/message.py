"""A message in the form of FCM's `messages:send`.

Documented in the discovery document of FCM v1 (revision 20261023) and at
https://firebase.google.com/docs/cloud-messaging/concept-options.
"""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from leo_activation.activation.channels import Message
from leo_activation.activation.lines import is_one_line
from leo_activation.errors import Permanent

MOST_BYTES = 4096
"""Keys and values of what reaches the device."""
LONGEST_TTL = timedelta(weeks=4)
FID = re.compile(r"[cdef][A-Za-z0-9_-]{21}")
"""An installation's id as Firebase's own SDK checks it (packages/installations, VALID_FID_PATTERN): 17 bytes whose
first four bits are 0111, in base64url, of which 22 characters are kept."""
TOKEN = re.compile(r"[A-Za-z0-9_:%.~-]{32,2000}")
"""A registration token: of no documented form, but longer than any installation's id, and in one word."""


def target(address: str) -> dict[str, str]:
    """The field of the message that names its device: `fid` or, for the apps that still have one, `token`.

    Raises:
        Permanent: the address is neither.
    """
    if FID.fullmatch(address):
        return {"fid": address}
    if TOKEN.fullmatch(address):
        return {"token": address}
    raise Permanent("The device's address is neither an installation's id nor a registration token of FCM.")


def request_body(
    message: Message, tenant_id: str, ttl: timedelta, *, only_check: bool = False, now: datetime | None = None
) -> bytes:
    """The JSON body of the request.

    The delivery's id goes as data for the app, and as tag and collapse id for the device: were a message to arrive
    twice, the second would take the place of the first.

    Raises:
        Permanent: the message has a part that a notification does not have, or is too long for FCM.
    """
    if message.html is not None or message.provider_template_id is not None or message.parameters or message.grant:
        raise Permanent("A push message has no HTML, no provider's template and no grant.")
    if not message.text or (message.subject is not None and not message.subject):
        raise Permanent("A push message needs a text, and a title with something in it where it has one.")
    if message.subject is not None and not is_one_line(message.subject):
        raise Permanent("The title of a push message must be one line.")
    delivery_id = str(message.delivery_id)
    data = {"delivery_id": delivery_id, "tenant_id": tenant_id}
    for name, url in (("action_url", message.action_url), ("unsubscribe_url", message.unsubscribe_url)):
        if url is not None:
            if not url.startswith(("https://", "http://")) or not url.isprintable() or " " in url:
                raise Permanent(f"The {name} of a push message must be a web address in one word.")
            data[name] = url
    notification = (
        {"body": message.text} if message.subject is None else {"title": message.subject, "body": message.text}
    )
    ends_at = int(((now or datetime.now(UTC)) + ttl).timestamp())
    body: dict[str, Any] = {
        "message": {
            **target(message.recipient),
            "notification": notification,
            "data": data,
            "android": {
                "ttl": f"{int(ttl.total_seconds())}s",
                "priority": "NORMAL",
                "notification": {"tag": delivery_id},
            },
            "apns": {
                "headers": {"apns-expiration": str(ends_at), "apns-priority": "5", "apns-collapse-id": delivery_id}
            },
        }
    }
    size = len(json.dumps({"notification": notification, "data": data}, ensure_ascii=False).encode())
    if size > MOST_BYTES:
        raise Permanent(f"The push message has {size} bytes; FCM takes {MOST_BYTES}.")
    if only_check:
        body["validateOnly"] = True
    return json.dumps(body, ensure_ascii=False).encode()
