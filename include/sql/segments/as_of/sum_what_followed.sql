-- Purpose: what members and all other customers of a moment bought and kept after it.
-- Grain: one row for members and one for others: customers, buyers, orders, revenue in the tenant's currency.
-- Parameters: then (the moment, inside), until (not inside); reads then_profile, then_member, kept_item.
-- Rerun: reads only.
WITH bought AS (
    SELECT
        profile.customer_id, count(DISTINCT item.order_ref) AS orders,
        coalesce(sum(item.home_net_minor), 0) AS revenue_minor
    FROM kept_item AS item
    JOIN then_profile AS profile USING (profile_id)
    WHERE item.occurred_at >= %(then)s AND item.occurred_at < %(until)s
    GROUP BY profile.customer_id
)
SELECT
    member.customer_id IS NOT NULL AS is_member,
    count(*),
    count(bought.customer_id),
    coalesce(sum(bought.orders), 0),
    coalesce(sum(bought.revenue_minor), 0)
FROM then_profile AS person
LEFT JOIN then_member AS member USING (customer_id)
LEFT JOIN bought USING (customer_id)
WHERE person.is_primary AND person.deleted_at IS NULL
GROUP BY 1
