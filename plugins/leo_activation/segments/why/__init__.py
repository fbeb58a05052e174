"""Why a customer is in a segment, or what keeps them out: each condition's truth, and what it rests on.

Whether a condition holds is asked of the two compilers, for this one customer; nothing here decides it a third time.
What stands beside it (events, lines, scores, the path to another customer) is read by the second compiler's own parts.
"""

from leo_activation.segments.why.asking import Change, NextRefresh, Rank, Why, WhyCondition, why
from leo_activation.segments.why.facts import (
    AmountFact,
    CountFact,
    EventFact,
    Fact,
    InterestFact,
    MemberFact,
    OrderFact,
    PairFact,
    PhraseFact,
    ReachFact,
    RelatedFact,
    TouchFact,
    ValueFact,
)
from leo_activation.segments.why.past import PastTruth, PastWhy, why_then

__all__ = [
    "AmountFact",
    "Change",
    "CountFact",
    "EventFact",
    "Fact",
    "InterestFact",
    "MemberFact",
    "NextRefresh",
    "OrderFact",
    "PairFact",
    "PastTruth",
    "PastWhy",
    "PhraseFact",
    "Rank",
    "ReachFact",
    "RelatedFact",
    "TouchFact",
    "ValueFact",
    "Why",
    "WhyCondition",
    "why",
    "why_then",
]
