-- Purpose: which parts of a campaign's definition differ between two of its versions.
-- Grain: one row a part, by name.
-- Parameters: tenant_id, campaign_id, before, now (versions).
-- Rerun: reads only.
SELECT part.key
FROM activation.campaign_version AS now
JOIN activation.campaign_version AS before USING (tenant_id, campaign_id)
CROSS JOIN LATERAL (
    SELECT jsonb_object_keys(now.definition || before.definition) AS key
) AS part
WHERE now.tenant_id = %(tenant_id)s AND now.campaign_id = %(campaign_id)s AND now.version = %(now)s
  AND before.version = %(before)s
  AND now.definition -> part.key IS DISTINCT FROM before.definition -> part.key
ORDER BY part.key
