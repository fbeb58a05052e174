-- Purpose: what was bought and kept in the time of a replay, by all that is known now.
-- Grain: one row a purchase event and item; money in the tenant's currency.
-- Parameters: tenant_id, since (inside), until (not inside).
-- Rerun: a temporary table of this session; the caller has dropped the one before.
CREATE TEMPORARY TABLE kept_item ON COMMIT PRESERVE ROWS AS
SELECT profile_id, order_ref, occurred_at, home_net_minor
FROM core.order_item
WHERE tenant_id = %(tenant_id)s AND net_quantity > 0 AND occurred_at >= %(since)s AND occurred_at < %(until)s
