"""What may be asked of the pipeline, in words or by a program, and what came of it.

`registry` is the one way to call an action, `catalogue` the actions that there are, `permissions` what they may write;
`intents` reads what a text asks for, `handling` does so for a request of the inbox and `asking` for a prompt that is
answered at once. This layer composes the features, which do not know each other.
"""

from leo_activation.actions.answers import Answer
from leo_activation.actions.asking import ask
from leo_activation.actions.catalogue import ACTIONS
from leo_activation.actions.handling import activate_requested, give_up, handle_request
from leo_activation.actions.permissions import EVERYTHING, REQUESTER, Permission
from leo_activation.actions.registry import Action, Caller, Outcome, Refused, Registry, Result, Tools

__all__ = [
    "ACTIONS",
    "EVERYTHING",
    "REQUESTER",
    "Action",
    "Answer",
    "Caller",
    "Outcome",
    "Permission",
    "Refused",
    "Registry",
    "Result",
    "Tools",
    "activate_requested",
    "ask",
    "give_up",
    "handle_request",
]
