-- Purpose: a customer and all who were absorbed by them, by merges that stand.
-- Grain: one row a customer. Parameters: tenant_id, customers. Rerun: reads only.
WITH RECURSIVE same AS (
    SELECT customer_id FROM unnest(%(customers)s::text[]) AS asked (customer_id)
    UNION
    SELECT merge.absorbed_id
    FROM same
    JOIN core.customer_merge AS merge
        ON merge.tenant_id = %(tenant_id)s AND merge.survivor_id = same.customer_id AND merge.undone_at IS NULL
)
SELECT customer_id FROM same ORDER BY customer_id
