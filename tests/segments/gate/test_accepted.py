"""What the compiler and engineers need is accepted: measures over time, other customers, exposure, reachability."""

import pytest

from leo_activation.segments.gate import Refused, Rule, gate

END = "RETURN c.customer_id"
CO_PURCHASE = "MATCH (c:Customer)-[:PURCHASED]->(p:Product)<-[:PURCHASED]-(o:Customer)"

ACCEPTED = {
    "the first purchase lies in a window": (
        "MATCH (c:Customer)-[e:PURCHASED]->(p:Product) WHERE e.net_quantity > 0 WITH c, min(e.at) AS first "
        f"WHERE first > 5 AND first < 9 {END}"
    ),
    "the average order is worth more": (
        "MATCH (c:Customer)-[e:PURCHASED]->(p:Product) WITH c, sum(coalesce(e.net_value, 0)) AS s, "
        f"count(DISTINCT e.order_id) AS n WHERE s > 500 * n {END}"
    ),
    "put into the cart and not bought within a day": (
        "MATCH (c:Customer)-[a:ADDED_TO_CART]->(p:Product) OPTIONAL MATCH (c)-[b:PURCHASED]->(p) "
        "WHERE b.at > a.at AND b.at <= a.at + 86400000000 WITH c, a, count(b) AS n WHERE n = 0 "
        "RETURN DISTINCT c.customer_id"
    ),
    "bought what a friend bought who looked at shoes": (
        f"{CO_PURCHASE} WHERE o.customer_id <> c.customer_id WITH DISTINCT c, o "
        "MATCH (o)-[f:VIEWED]->(q:Product)-[:IN_CATEGORY]->(k:Category) WHERE k.name = 'shoes' "
        f"WITH c, count(DISTINCT o) AS n WHERE n >= 2 {END}"
    ),
    "shares a household": (
        "MATCH (c:Customer)-[:MEMBER_OF_HOUSEHOLD]->(h:Household)<-[:MEMBER_OF_HOUSEHOLD]-(o:Customer) "
        f"WHERE o <> c WITH c, count(DISTINCT o.customer_id) AS n WHERE n > 1 {END}"
    ),
    "reachable, or hardly referred by others; by chance": (
        "MATCH (c:Customer) OPTIONAL MATCH (c)-[r:REACHABLE_BY]->(h:Channel) WHERE h.name = 'email' AND r.address "
        "AND r.consent = true WITH DISTINCT c, r IS NOT NULL AS f OPTIONAL MATCH (c)<-[:REFERRED]-(o:Customer) "
        f"WITH c, f, count(o) AS n WHERE f OR NOT n > 3 {END} ORDER BY c.shuffle, c.customer_id LIMIT 5"
    ),
    "three of one order": (
        "MATCH (c:Customer)-[e:PURCHASED]->(p:Product) WITH c, e.order_id AS o, sum(e.net_quantity) AS units "
        "WHERE units > 3 RETURN DISTINCT c.customer_id"
    ),
    "logged in within a day of the campaign": (
        "MATCH (c:Customer)-[t:RECEIVED]->(m:Campaign) WHERE m.campaign_id = 'x' AND t.channel = 'email' "
        "WITH c, max(t.at) AS last MATCH (c)-[d:DID]->(k:EventType) WHERE k.name = 'login' AND d.at > last "
        "AND (d.at - last) / 3600000000 < 24 RETURN DISTINCT c.customer_id"
    ),
    "the greatest interest of all": (
        "MATCH (c:Customer)-[i:INTERESTED_IN]->(t:Topic) WHERE t.topic_id = 'color:red' WITH c, i, t "
        "OPTIONAL MATCH (c)-[j:INTERESTED_IN]->(u:Topic) WHERE u.topic_id <> t.topic_id "
        "WITH c, i.score AS score, max(j.score) AS other WHERE other IS NULL OR score > other "
        f"{END} ORDER BY score IS NULL, score DESC, c.customer_id"
    ),
    "born around New Year": f"MATCH (c:Customer) WHERE c.birthday > 1225 OR c.birthday < 105 {END}",
    "scores meet scores, and counts meet numbers": (
        "MATCH (c:Customer)-[:OPENED]->(m:Campaign) WITH c, count(DISTINCT m.campaign_id) AS n, c.churn_score AS churn "
        f"WHERE churn > c.loyalty_score AND n > c.rfm_score {END}"
    ),
    "a condition in a condition": (
        "MATCH (c:Customer)-[a:VIEWED]->(p:Product) WHERE EXISTS { MATCH (c)-[b:PURCHASED]->(p) WHERE b.at > a.at "
        "AND NOT EXISTS { MATCH (c)-[r:RETURNED]->(p) WHERE r.at > b.at } } RETURN DISTINCT c.customer_id"
    ),
    "the list names who": (
        f"UNWIND ['vip', 'new'] AS s MATCH (c:Customer)-[:IN_SEGMENT]->(g:Segment) WHERE g.segment_id = s {END}"
    ),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_it_is_accepted_and_its_print_is_a_fixed_point(name: str) -> None:
    found = gate(ACCEPTED[name])
    assert gate(found.text, found.parameters) == found


def test_a_calculation_has_no_brackets_beyond_those_needed_and_keeps_those() -> None:
    found = gate(f"MATCH (c:Customer) WHERE ((c.age + 1) - 2) + (c.age * 2) * (3 + 4) - (5 - 1) > 3 {END}")
    assert "WHERE c.age + $v1 - $v2 + c.age * $v3 * ($v4 + $v5) - ($v6 - $v7) > $v8\n" in found.text
    assert gate(found.text, found.parameters) == found


@pytest.mark.parametrize(
    "condition",
    [
        "c.created_at + c.total_spent > 1",
        "c.created_at + c.created_at > 1",
        "c.created_at * 2 > 1",
        "c.created_at - c.age > 1",
        "c.total_spent * c.total_spent > 1",
        "c.total_spent + c.age > 1",
        "1 / c.total_spent > 1",
        "c.created_at + 5 > c.total_spent",
        "c.total_spent * 2 > c.created_at",
        "c.country + 1 > 1",
        "coalesce(c.created_at, c.total_spent) > 1",
        "coalesce($open, c.age > 1) > 1",
    ],
)
def test_times_money_and_plain_numbers_are_not_mixed_by_calculating(condition: str) -> None:
    with pytest.raises(Refused) as caught:
        gate(f"MATCH (c:Customer) WHERE {condition} {END}")
    assert caught.value.rule is Rule.TYPE


def test_times_are_not_added_up() -> None:
    with pytest.raises(Refused) as caught:
        gate(f"MATCH (c:Customer)-[e:VIEWED]->(p:Product) WITH c, sum(e.at) AS s WHERE s > 1 {END}")
    assert (caught.value.rule, caught.value.accepted_form) == (Rule.TYPE, "max(e.at)")


def test_a_friend_of_a_friend_of_a_friend_is_too_far_and_what_a_friend_did_is_not() -> None:
    friend = f"{CO_PURCHASE} WITH DISTINCT c, o"
    gate(f"{friend} MATCH (o)-[:VIEWED]->(q:Product)-[:OF_BRAND]->(b:Brand) RETURN DISTINCT c.customer_id")
    with pytest.raises(Refused) as caught:
        gate(f"{friend} MATCH (o)-[:VIEWED]->(q:Product)<-[:VIEWED]-(x:Customer) RETURN DISTINCT c.customer_id")
    assert caught.value.rule is Rule.HOPS
    referrals = "MATCH (c:Customer)-[:REFERRED]->(o:Customer)-[:REFERRED]->(p:Customer)-[:REFERRED]->(q:Customer)"
    gate(f"{referrals} {END}")
    with pytest.raises(Refused) as caught:
        gate(f"{referrals} MATCH (q)-[:REFERRED]->(r:Customer) {END}")
    assert caught.value.rule is Rule.HOPS
