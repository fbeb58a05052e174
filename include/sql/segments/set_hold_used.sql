-- Purpose: what a person let pass is published now, and does not let anything pass again.
-- Grain: one row.
-- Parameters: tenant_id, hold_id.
-- Rerun: changes nothing a second time.
UPDATE segment.held_refresh
SET state = 'used'
WHERE tenant_id = %(tenant_id)s AND hold_id = %(hold_id)s AND state = 'released'
