# ruff: noqa: S608 - the texts are put together from constants of this file
"""Reference segments as plans, each with the best SQL that was found for it by hand over the tables of `shop.sql`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

AS_OF = datetime(2026, 2, 20, tzinfo=UTC)

Json = Mapping[str, object]


@dataclass(frozen=True)
class Reference:
    """A segment: the plan, and SQL whose first column is the customers' ids; `far` goes more than two hops."""

    name: str
    where: Json
    sql: str
    far: bool = False
    order: Json | None = None
    limit: int | None = None


def attribute(name: str, operator: str, *values: str) -> Json:
    return {"kind": "attribute", "property": name, "operator": operator, "values": values}


def did(event: str, product: Json | None = None, **rest: object) -> Json:
    return {"kind": "behaviour", "event": event, "product": product, **rest}


def both(*parts: Json) -> Json:
    return {"kind": "and", "conditions": parts}


def either(*parts: Json) -> Json:
    return {"kind": "or", "conditions": parts}


def without(part: Json) -> Json:
    return {"kind": "not", "condition": part}


def last(days: int) -> Json:
    return {"kind": "last", "amount": days, "unit": "day"}


def interest(topic_type: str, topic: str, **rest: object) -> Json:
    return {"kind": "interest", "topic_type": topic_type, "topic": topic, **rest}


def days_ago(days: int) -> str:
    return f"TIMESTAMPTZ '2026-02-20 00:00Z' - INTERVAL '{days} days'"


SOCKS = {"categories": ["socks"]}
SHOES = {"categories": ["shoes"]}
RED_SOCKS = {"categories": ["socks"], "colors": ["red"]}
GERMAN = attribute("country", "eq", "DE")
VIP = {"kind": "segment", "segment_id": "vip"}
LUXURY = interest("tag", "likes luxury items")
BOUGHT = "bench.event AS e WHERE e.kind = 'purchase' AND e.net_quantity > 0"
BOUGHT_OF = (
    "bench.event AS e JOIN bench.product AS p USING (product_id) WHERE e.kind = 'purchase' AND e.net_quantity > 0"
)
HAS = "SELECT customer_id FROM bench.interest WHERE topic_id ="
IS_VIP = "SELECT customer_id FROM bench.membership WHERE segment_id = 'vip'"
CUSTOMERS = "SELECT customer_id FROM bench.customer AS c WHERE"


def step(event: str, product: Json | None = None) -> Json:
    return {"event": event, "product": product}


REFERENCES = (
    Reference(
        "big spenders of a country",
        both(GERMAN, attribute("total_spent", "gt", "2000")),
        f"{CUSTOMERS} country = 'DE' AND total_spent > 200000",
    ),
    Reference(
        "an age and a colour",
        both(attribute("age", "between", "25", "34"), attribute("favorite_color", "eq", "red")),
        f"{CUSTOMERS} age BETWEEN 25 AND 34 AND favorite_color = 'red'",
    ),
    Reference(
        "bought of a category",
        did("purchase", SOCKS),
        f"SELECT DISTINCT customer_id FROM {BOUGHT_OF} AND category = 'socks'",
    ),
    Reference(
        "bought red socks lately",
        did("purchase", RED_SOCKS, window=last(60)),
        f"SELECT DISTINCT customer_id FROM {BOUGHT_OF} AND category = 'socks' AND e.color = 'red' "
        f"AND e.at >= {days_ago(60)} AND e.at < {days_ago(0)}",
    ),
    Reference(
        "Germans who bought and spent",
        both(GERMAN, did("purchase", RED_SOCKS, window=last(60)), attribute("total_spent", "gt", "800")),
        f"SELECT DISTINCT customer_id FROM bench.customer AS c JOIN (SELECT e.* FROM {BOUGHT_OF} "
        f"AND category = 'socks' AND e.color = 'red' AND e.at >= {days_ago(60)} AND e.at < {days_ago(0)}) "
        f"AS e USING (customer_id) "
        "WHERE c.country = 'DE' AND c.total_spent > 80000",
    ),
    Reference(
        "viewed and did not buy",
        both(did("view", SHOES, window=last(30)), without(did("purchase", SHOES, window=last(30)))),
        "SELECT DISTINCT v.customer_id FROM bench.event AS v JOIN bench.product AS w USING (product_id) "
        f"WHERE v.kind = 'view' AND w.category = 'shoes' AND v.at >= {days_ago(30)} AND v.at < {days_ago(0)} "
        f"AND NOT EXISTS (SELECT FROM {BOUGHT_OF} AND category = 'shoes' AND e.at >= {days_ago(30)} "
        f"AND e.at < {days_ago(0)} AND e.customer_id = v.customer_id)",
    ),
    Reference(
        "never bought",
        without(did("purchase")),
        f"{CUSTOMERS} NOT EXISTS (SELECT FROM {BOUGHT} AND e.customer_id = c.customer_id)",
    ),
    Reference(
        "bought three times lately",
        did("purchase", min_count=3, window=last(90)),
        f"SELECT customer_id FROM {BOUGHT} AND e.at >= {days_ago(90)} AND e.at < {days_ago(0)} GROUP BY 1 "
        "HAVING count(*) >= 3",
    ),
    Reference(
        "spent much lately",
        did("purchase", value={"more_than": "500"}, window=last(90)),
        f"SELECT customer_id FROM {BOUGHT} AND e.at >= {days_ago(90)} AND e.at < {days_ago(0)} "
        "GROUP BY 1 HAVING sum(net_value) > 50000",
    ),
    Reference(
        "interested in one, not in another",
        both(LUXURY, without(interest("category", "socks"))),
        f"{HAS} 'tag:likes luxury items' EXCEPT {HAS} 'category:socks'",
    ),
    Reference(
        "interested more in one",
        interest("category", "socks", more_than={"topic_type": "category", "topic": "shoes"}),
        "SELECT customer_id FROM bench.interest AS i WHERE topic_id = 'category:socks' AND NOT EXISTS (SELECT FROM "
        "bench.interest AS o WHERE o.topic_id = 'category:shoes' AND o.customer_id = i.customer_id "
        "AND o.score >= i.score)",
    ),
    Reference(
        "members who bought of a brand",
        both(VIP, did("purchase", {"brands": ["brand 7"]})),
        f"SELECT DISTINCT customer_id FROM {BOUGHT_OF} AND brand = 'brand 7' AND customer_id IN ({IS_VIP})",
    ),
    Reference(
        "one of three things",
        either(did("purchase", RED_SOCKS, window=last(30)), VIP, interest("color", "red", min_score=0.9)),
        f"SELECT customer_id FROM {BOUGHT_OF} AND category = 'socks' AND e.color = 'red' AND e.at >= {days_ago(30)} "
        f"AND e.at < {days_ago(0)} UNION {IS_VIP} UNION {HAS} 'color:red' AND score >= 0.9",
    ),
    Reference(
        "last purchase long ago",
        did("purchase", occurrence="last", window={"kind": "ago", "latest": {"amount": 180, "unit": "day"}}),
        f"SELECT customer_id FROM {BOUGHT} GROUP BY 1 HAVING max(e.at) < {days_ago(180)}",
    ),
    Reference(
        "first purchase was socks",
        did("purchase", SOCKS, occurrence="first_of_all"),
        "SELECT DISTINCT customer_id FROM (SELECT e.customer_id, e.at, category, "
        "min(e.at) OVER (PARTITION BY customer_id) AS first "
        f"FROM {BOUGHT_OF}) AS x WHERE at = first AND category = 'socks'",
    ),
    Reference(
        "put into the cart and bought nothing since",
        {"kind": "sequence", "first": step("add_to_cart"), "then": step("purchase"), "then_not": True,
         "window": last(30)},
        f"SELECT a.customer_id FROM (SELECT customer_id, max(at) AS at FROM bench.event WHERE kind = 'add_to_cart' "
        f"AND at >= {days_ago(30)} AND at < {days_ago(0)} GROUP BY 1) AS a WHERE NOT EXISTS (SELECT FROM {BOUGHT} "
        "AND e.customer_id = a.customer_id AND e.at > a.at)",
    ),
    Reference(
        "put it into the cart and did not buy it",
        {"kind": "sequence", "first": step("add_to_cart", SOCKS), "then": step("purchase"), "then_not": True,
         "same_product": True, "window": last(60)},
        f"SELECT DISTINCT a.customer_id FROM (SELECT customer_id, product_id, max(at) AS at FROM bench.event "
        f"JOIN bench.product USING (product_id) WHERE kind = 'add_to_cart' AND category = 'socks' "
        f"AND at >= {days_ago(60)} AND at < {days_ago(0)} GROUP BY 1, 2) AS a WHERE NOT EXISTS (SELECT FROM {BOUGHT} "
        "AND e.customer_id = a.customer_id AND e.product_id = a.product_id AND e.at > a.at)",
    ),
    Reference(
        "a large order",
        {"kind": "order", "value": {"more_than": "1000"}, "window": last(90)},
        f"SELECT DISTINCT customer_id FROM (SELECT customer_id FROM {BOUGHT} AND e.at >= {days_ago(90)} "
        f"AND e.at < {days_ago(0)} GROUP BY customer_id, order_ref HAVING sum(net_value) > 100000) AS o",
    ),
    Reference(
        "the hundred best buyers of a country",
        GERMAN,
        f"SELECT customer_id FROM bench.customer LEFT JOIN (SELECT customer_id, sum(net_value) AS m FROM {BOUGHT} "
        f"AND e.at >= {days_ago(90)} AND e.at < {days_ago(0)} GROUP BY 1) AS v USING (customer_id) "
        "WHERE country = 'DE' ORDER BY m DESC NULLS LAST, customer_id LIMIT 100",
        order={"by": {"kind": "measure", "measure": "value", "event": "purchase", "window": last(90)}},
        limit=100,
    ),
    Reference(
        "opened, and can be reached",
        both(
            {"kind": "exposure", "exposure": "opened", "campaigns": ["spring"], "window": last(180)},
            {"kind": "reachable", "channel": "email"},
        ),
        "SELECT DISTINCT customer_id FROM bench.campaign_touch JOIN bench.reachability USING (customer_id) "
        f"WHERE exposure = 'OPENED' AND campaign_id = 'spring' AND at >= {days_ago(180)} AND at < {days_ago(0)} "
        "AND has_address AND has_consent",
    ),
    Reference(
        "brought by a buyer",
        {"kind": "relation", "relation": "referred_by", "of": did("purchase", RED_SOCKS)},
        f"SELECT DISTINCT brought_id FROM bench.referral WHERE customer_id IN (SELECT customer_id FROM {BOUGHT_OF} "
        "AND category = 'socks' AND e.color = 'red')",
        far=True,
    ),
    Reference(
        "lives with a buyer of a brand",
        {"kind": "relation", "relation": "household", "of": did("purchase", {"brands": ["brand 7"]})},
        "SELECT DISTINCT h.customer_id FROM bench.household_member AS h JOIN bench.household_member AS o "
        "USING (household_key) WHERE o.customer_id <> h.customer_id AND o.customer_id IN "
        f"(SELECT customer_id FROM {BOUGHT_OF} AND brand = 'brand 7')",
        far=True,
    ),
    Reference(
        "bought what members bought",
        {"kind": "relation", "relation": "co_purchase", "of": VIP},
        "SELECT DISTINCT e.customer_id FROM bench.event AS e JOIN (SELECT e.product_id, min(e.customer_id) AS least, "
        f"max(e.customer_id) AS greatest FROM {BOUGHT} AND e.customer_id IN ({IS_VIP}) GROUP BY 1) AS o "
        "USING (product_id) WHERE e.kind = 'purchase' AND e.net_quantity > 0 AND (e.customer_id <> least OR "
        "e.customer_id <> greatest)",
        far=True,
    ),
)  # fmt: skip
