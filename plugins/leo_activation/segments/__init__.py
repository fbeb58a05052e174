"""Segments: from a request in words to reviewed members.

`plan` is the language, `planners` turn words into it, `explain` reads it back, `cypher` compiles it, `gate` lets only
understood Cypher through to the graph.
"""

from leo_activation.segments.approval import Decision, Review, record_decision, review
from leo_activation.segments.drafting import Draft, draft_request, give_up
from leo_activation.segments.holds import HoldDecision, HoldState, decide_hold, open_holds, review_hold
from leo_activation.segments.membership import RefreshCounts, RefreshedSegments, refresh_segment, refresh_segments
from leo_activation.segments.re_evaluation import re_evaluate
from leo_activation.segments.requests import RequestState, collect_requests, submit_request
from leo_activation.segments.retiring import Retired, retire
from leo_activation.segments.self_test import prove_reader_cannot_write

__all__ = [
    "Decision",
    "Draft",
    "HoldDecision",
    "HoldState",
    "RefreshCounts",
    "RefreshedSegments",
    "RequestState",
    "Retired",
    "Review",
    "collect_requests",
    "decide_hold",
    "draft_request",
    "give_up",
    "open_holds",
    "prove_reader_cannot_write",
    "re_evaluate",
    "record_decision",
    "refresh_segment",
    "refresh_segments",
    "retire",
    "review",
    "review_hold",
    "submit_request",
]
