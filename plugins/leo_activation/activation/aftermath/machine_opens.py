"""Opens and clicks by programs, told apart from those by people.

Mail programs fetch pictures before anybody reads, and security scanners follow links. What is documented of them:

- Apple Mail Privacy Protection fetches everything through proxies, whether or not the mail is read. SendGrid marks
  these opens by `sg_machine_open` (Twilio SendGrid, "Event Webhook Reference", open event). Apple's proxies send the
  user agent `Mozilla/5.0` and nothing more, which no browser does.
- Scanners fetch within the first moments after a message was taken, before a person can have read it.
- Programs that are no mail reader name themselves.

Gmail's and Yahoo's picture proxies fetch when a person opens the message and therefore count as people.
"""

from datetime import timedelta

TOO_SOON = timedelta(seconds=2)
"""Nobody has received, opened and read a message so soon after it began to leave; times of events are whole seconds."""

APPLE_PROXY = "Mozilla/5.0"

PROGRAMS = (
    "bot",
    "crawler",
    "curl/",
    "go-http-client",
    "headlesschrome",
    "java/",
    "libwww",
    "python",
    "scanner",
    "spider",
    "wget/",
)
"""Parts of user agents, in lower case, of programs that fetch without a person."""


def by_machine(*, flagged: bool, user_agent: str | None, after: timedelta | None) -> bool:
    """Whether an open or a click shows a sign of a program.

    Args:
        flagged: the provider itself said so.
        user_agent: as it was sent; None where nobody told it, which is no sign.
        after: how long after its last attempt began; None where that is not known.
    """
    if flagged or (after is not None and after < TOO_SOON):
        return True
    if user_agent is None:
        return False
    agent = user_agent.strip()
    return agent == APPLE_PROXY or any(name in agent.lower() for name in PROGRAMS)
