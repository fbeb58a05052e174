-- Purpose: stop all sending of one tenant.
-- Grain: one row. Parameters: tenant_id, reason, stopped_by.
-- Rerun: refused by the index of open stops.
INSERT INTO ops.sending_stop (tenant_id, reason, stopped_by) VALUES (%(tenant_id)s, %(reason)s, %(stopped_by)s)
