"""The event metrics of the tenant: LEO's defaults that a shop uses, and four that this tenant defined for itself.

Scores, stages and cumulative points are LEO's (its journey flow schema). LEO ships no metric for a cancelled order, a
refund or an e-mail sent and opened, so the tenant has its own, as LEO lets tenants do.
"""

from dataclasses import dataclass

PAGE_VIEW = "page-view"
SEARCH = "search"
CONTENT_VIEW = "content-view"
ITEM_VIEW = "item-view"
REGISTER = "register-account"
LOGIN = "user-login"
ADD_TO_CART = "add-to-cart"
REMOVE_FROM_CART = "remove-from-cart"
CHECKOUT = "order-checkout"
PURCHASE = "purchase"
REPURCHASE = "repurchase"
RETURN = "product-return"
CANCEL = "order-cancel"
REFUND = "order-refund"
RATING = "submit-rating-form"
POSITIVE_FEEDBACK = "positive-feedback"
NEGATIVE_FEEDBACK = "negative-feedback"
EMAIL_SENT = "email-sent"
EMAIL_OPEN = "email-open"
EMAIL_CLICK = "email-click"
SHARING = "social-sharing"

PURCHASES = frozenset({PURCHASE, REPURCHASE})
GIVEN_BACK = frozenset({RETURN, CANCEL, REFUND})


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of cdp_eventmetric. ``score_model``: 1 lead, 2 prospect, 3 engagement, 6 lifetime value, 9 feedback,
    10 promoter, 13 detractor; 0 none."""

    name: str
    label: str
    score: int
    score_model: int
    journey_stage: int
    funnel_stage: str
    cumulative_point: int = 0
    system: bool = True


METRICS = {
    metric.name: metric
    for metric in (
        Metric("data-import", "Data Import", 0, 4, 1, "new-visitor"),
        Metric(PAGE_VIEW, "Page View", 1, 1, 1, "new-visitor"),
        Metric(CONTENT_VIEW, "Content View", 4, 1, 2, "new-visitor"),
        Metric(SEARCH, "Search", 5, 1, 3, "new-visitor"),
        Metric(ITEM_VIEW, "Item View", 6, 1, 2, "new-visitor"),
        Metric(REGISTER, "Register Account", 11, 1, 4, "lead"),
        Metric(LOGIN, "User Login", 12, 1, 4, "lead"),
        Metric(EMAIL_CLICK, "Email Click", 16, 2, 3, "prospect"),
        Metric(ADD_TO_CART, "Add To Cart", 24, 2, 4, "prospect"),
        Metric(REMOVE_FROM_CART, "Remove From Cart", 0, 2, 4, "prospect"),
        Metric(CHECKOUT, "Order Checkout", 26, 2, 4, "prospect"),
        Metric(PURCHASE, "Purchase", 27, 6, 4, "new-customer", 1),
        Metric(RATING, "Submit Rating Form", 32, 9, 5, "engaged-customer", 1),
        Metric(REPURCHASE, "Repurchase", 34, 6, 4, "engaged-customer", 1),
        Metric(POSITIVE_FEEDBACK, "Positive Feedback", 42, 10, 5, "happy-customer", 3),
        Metric(NEGATIVE_FEEDBACK, "Negative Feedback", -40, 13, 5, "unhappy-customer", -1),
        Metric(RETURN, "Product Return", -33, 13, 4, "terminated-customer", -3),
        Metric(SHARING, "Social Sharing", 20, 3, 5, "customer-advocate", 1),
        Metric(EMAIL_SENT, "Email Sent", 0, 0, 1, "lead", system=False),
        Metric(EMAIL_OPEN, "Email Open", 4, 3, 2, "lead", system=False),
        Metric(CANCEL, "Order Cancel", -20, 13, 4, "prospect", -1, system=False),
        Metric(REFUND, "Order Refund", -10, 13, 4, "engaged-customer", -1, system=False),
    )
}
