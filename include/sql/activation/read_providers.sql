-- Purpose: which provider carries a tenant's messages on each channel that has a sender.
-- Grain: one row a channel; provider is null where the tenant leaves the choice to the installation.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT channel, provider
FROM activation.sender
WHERE tenant_id = %(tenant_id)s
ORDER BY channel
