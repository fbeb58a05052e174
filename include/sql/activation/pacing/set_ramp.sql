-- Purpose: set how slowly a sender starts; the days go on from its first message.
-- Grain: one row.
-- Parameters: tenant_id, provider, sender, domain, daily (empty: no ramp), set_by.
-- Rerun: the last one holds.
INSERT INTO activation.ramp (tenant_id, provider, sender, domain, daily, set_by)
VALUES (%(tenant_id)s, %(provider)s, %(sender)s, %(domain)s, %(daily)s::integer[], %(set_by)s)
ON CONFLICT (tenant_id, provider, sender, domain) DO UPDATE
SET daily = excluded.daily, set_by = excluded.set_by
