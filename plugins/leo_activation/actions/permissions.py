"""What a caller may do through the actions: each permission names all that it lets an action write."""

from collections.abc import Mapping
from enum import StrEnum


class Permission(StrEnum):
    """What an action needs of its caller. None lets anybody approve or send; that is done in reviews alone."""

    READ = "segments.read"
    ASK = "segments.ask"
    DRAFT_CAMPAIGN = "campaigns.draft"


WRITES: Mapping[Permission, str] = {
    Permission.READ: "Nothing: its connections refuse to write.",
    Permission.ASK: (
        "A request in the inbox, and its draft: definition, preview and second reading; a request in review that it "
        "changes is voided. What was drafted waits for an approver."
    ),
    Permission.DRAFT_CAMPAIGN: (
        "A campaign that has not been planned yet, and the plain layout around its message. Its audience waits for an "
        "approver before anything is sent."
    ),
}
"""Beside these, each call writes its own row of `ops.action_call`."""

REQUESTER = frozenset({Permission.READ, Permission.ASK})
"""Whoever may put a request into the inbox."""
EVERYTHING = frozenset(Permission)
