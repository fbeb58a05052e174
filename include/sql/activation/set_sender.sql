-- Purpose: name who a tenant's messages on a channel come from.
-- Grain: one row a tenant and channel.
-- Parameters: tenant_id, channel, sender.
-- Rerun: the last one holds.
INSERT INTO activation.sender (tenant_id, channel, sender)
VALUES (%(tenant_id)s, %(channel)s, %(sender)s)
ON CONFLICT (tenant_id, channel) DO UPDATE SET sender = excluded.sender
