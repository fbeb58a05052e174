"""A definition as of past moments, on the history that was known then: its size, how steady it was, what followed.

The second compiler asks the past as it asks the present: every table that it reads has a statement of the same name in
`include/sql/segments/as_of`. What is kept of the past and what is not stands in `docs/decisions/as-of.md`.
"""

from leo_activation.segments.as_of.conditions import Kept, PastCondition, PastSize, size_then
from leo_activation.segments.as_of.kept_history import Lack, NotKept, OfToday, require_history
from leo_activation.segments.as_of.points import Followed, Point, Share, share
from leo_activation.segments.as_of.replaying import MOST_MOMENTS, Replay, replay

__all__ = [
    "MOST_MOMENTS",
    "Followed",
    "Kept",
    "Lack",
    "NotKept",
    "OfToday",
    "PastCondition",
    "PastSize",
    "Point",
    "Replay",
    "Share",
    "replay",
    "require_history",
    "share",
    "size_then",
]
