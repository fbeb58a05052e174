-- Purpose: the refreshes that wait for a person.
-- Grain: one row a hold, in the order of their ids.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT hold_id
FROM segment.held_refresh
WHERE tenant_id = %(tenant_id)s AND state = 'open'
ORDER BY hold_id
