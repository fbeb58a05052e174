-- Purpose: keep what a replay found at a moment.
-- Grain: one row a replay and moment.
-- Parameters: the columns.
-- Rerun: the moment's row is written again.
INSERT INTO segment.replay_point (
    tenant_id, replay_id, moment, known_until, members, customers, entered, exited, stayed, jaccard, buyers, orders,
    revenue_minor, other_buyers, other_orders, other_revenue_minor, is_over
)
VALUES (
    %(tenant_id)s, %(replay_id)s, %(moment)s, %(known_until)s, %(members)s, %(customers)s, %(entered)s, %(exited)s,
    %(stayed)s, %(jaccard)s, %(buyers)s, %(orders)s, %(revenue_minor)s, %(other_buyers)s, %(other_orders)s,
    %(other_revenue_minor)s, %(is_over)s
)
ON CONFLICT (tenant_id, replay_id, moment) DO UPDATE SET
    known_until = excluded.known_until, members = excluded.members, customers = excluded.customers,
    entered = excluded.entered, exited = excluded.exited, stayed = excluded.stayed, jaccard = excluded.jaccard,
    buyers = excluded.buyers, orders = excluded.orders, revenue_minor = excluded.revenue_minor,
    other_buyers = excluded.other_buyers, other_orders = excluded.other_orders,
    other_revenue_minor = excluded.other_revenue_minor, is_over = excluded.is_over
