"""What a push service's answer to a web push message proves.

| Status | Outcome | Beside it |
| --- | --- | --- |
| 201 | accepted | |
| 404, 410 | rejected | the address is dead |
| 400, 413 | rejected | |
| 401, 403, from a service that has taken our key since | rejected | the address is dead: subscribed under another key |
| 401, 403, from another, while one has taken our key | retry | that message alone waits some minutes |
| 401, 403, while none has | retry | the provider rests some minutes: it may be our VAPID key |
| 429; 406 of Microsoft's | retry | after Retry-After |
| anything else | unknown | |

RFC 8030 (5, 7.2, 7.3, 8.4) for 201, 404, 413 and 429; RFC 8292 (4.2) for 401 and 403; 400 and 410 of
https://mozilla-services.github.io/autopush-rs/errors.html and
https://developer.apple.com/documentation/usernotifications/sending-web-push-notifications-in-web-apps-and-browsers;
406 of https://learn.microsoft.com/windows/apps/develop/notifications/push-notifications/push-request-response-headers.
Read in 2026-11.

The endpoint is a stranger's: whoever visits a web site can subscribe with a server of their own, or under another key.
So no single answer stops the channel until a person has looked, none slows other services down, and nothing of the body
is kept.
"""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from leo_activation.activation.channels import Answer, ProviderPause
from leo_activation.activation.channels.http import HttpAnswer, Phase
from leo_activation.activation.states import Outcome

PHASE = Phase.ANSWER
REST = timedelta(minutes=5)
SHORTEST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
MICROSOFT = ".notify.windows.com"


def read_answer(answer: HttpAnswer, host: str, *, knows_our_key: bool, key_is_taken: bool) -> Answer:
    """The outcome; see the module's table.

    Args:
        host: of the push service.
        knows_our_key: whether this service has taken another message of ours.
        key_is_taken: whether any service has.
    """
    status = answer.status
    detail = f"{status} of a push service"
    if status == 201:
        return Answer(Outcome.ACCEPTED, PHASE, detail)
    if status in {404, 410}:
        return Answer(Outcome.REJECTED, PHASE, detail, address_is_dead=True)
    if status in {400, 413}:
        return Answer(Outcome.REJECTED, PHASE, detail)
    if status in {401, 403}:
        if knows_our_key:
            return Answer(Outcome.REJECTED, PHASE, f"{detail}: subscribed under another key", address_is_dead=True)
        # After the rest others go first, and one of them may show that our key is not at fault.
        wait = 2 * REST
        if key_is_taken:
            return Answer(Outcome.RETRY, PHASE, detail, retry_after=wait)
        pause = ProviderPause(f"A push service does not take our VAPID key: {status}", REST)
        return Answer(Outcome.RETRY, PHASE, detail, retry_after=wait, pause=pause)
    if status == 429 or (status == 406 and host.endswith(MICROSOFT)):
        return Answer(Outcome.RETRY, PHASE, detail, retry_after=_wait(answer))
    return Answer(Outcome.UNKNOWN, PHASE, detail)


def _wait(answer: HttpAnswer) -> timedelta:
    """Retry-After in seconds or as a date (RFC 9110, 10.2.3), within bounds."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 8:
        wait = timedelta(seconds=int(text))
    else:
        try:
            at = parsedate_to_datetime(text)
            wait = at.replace(tzinfo=at.tzinfo or UTC) - datetime.fromtimestamp(answer.at, UTC)
        except (ValueError, OverflowError):
            wait = SHORTEST_WAIT
    return min(max(wait, timedelta(0)), LONGEST_WAIT)
