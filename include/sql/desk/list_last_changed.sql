-- Purpose: some of those whom the last refresh of a segment let in or out, to ask about.
-- Grain: one row a customer, at most three of each. Parameters: tenant_id, run_id. Rerun: reads only.
(
    SELECT change, customer_id
    FROM segment.membership_change
    WHERE tenant_id = %(tenant_id)s AND run_id = %(run_id)s AND change = 'enter'
    LIMIT 3
)
UNION ALL
(
    SELECT change, customer_id
    FROM segment.membership_change
    WHERE tenant_id = %(tenant_id)s AND run_id = %(run_id)s AND change = 'exit'
    LIMIT 3
)
