-- Purpose: who a tenant's messages come from on each channel, and by which provider they go.
-- Grain: one row a channel; provider is null where the installation chooses. Parameters: tenant_id. Rerun: reads only.
SELECT channel, sender, provider
FROM activation.sender
WHERE tenant_id = %(tenant_id)s
ORDER BY channel
