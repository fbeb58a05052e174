-- Purpose: the campaigns that are for a segment, or leave its members out.
-- Grain: one row a campaign. Parameters: tenant_id, segment_id. Rerun: reads only.
SELECT
    campaign_id, name, state,
    NOT (segment_id = %(segment_id)s OR %(segment_id)s = ANY (more_segment_ids)) AS leaves_out
FROM activation.campaign
WHERE tenant_id = %(tenant_id)s
  AND (segment_id = %(segment_id)s OR %(segment_id)s = ANY (more_segment_ids)
    OR %(segment_id)s = ANY (without_segment_ids))
ORDER BY name, campaign_id
LIMIT 50
