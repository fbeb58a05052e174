-- Purpose: name who a tenant's messages on a channel come from, and who carries them.
-- Grain: one row a tenant and channel.
-- Parameters: tenant_id, channel, sender, provider (null: as it is).
-- Rerun: the last one holds.
INSERT INTO activation.sender (tenant_id, channel, sender, provider)
VALUES (%(tenant_id)s, %(channel)s, %(sender)s, %(provider)s)
ON CONFLICT (tenant_id, channel) DO UPDATE SET
    sender = excluded.sender, provider = coalesce(excluded.provider, sender.provider)
