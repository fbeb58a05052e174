-- Purpose: note until when messages and what people did with them are in core.campaign_touch.
-- Grain: one row, the tenant's.
-- Parameters: tenant_id.
-- Rerun: later each time.
INSERT INTO core.touch_mark (tenant_id, seen_until) VALUES (%(tenant_id)s, now())
ON CONFLICT (tenant_id) DO UPDATE SET seen_until = excluded.seen_until
