-- Purpose: how long the allow-list is on each channel, and what for; the addresses are known by their hashes alone.
-- Grain: one row a channel and note. Parameters: tenant_id. Rerun: reads only.
SELECT channel, note, count(*) AS addresses
FROM ops.allowed_address
WHERE tenant_id = %(tenant_id)s
GROUP BY channel, note
ORDER BY channel, note
