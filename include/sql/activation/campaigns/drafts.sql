-- Purpose: the campaigns that lacked something when they were last looked at, or that were never looked at: a row that
--          somebody inserted has no version.
-- Grain: one row a draft.
-- Parameters: tenant_id.
-- Rerun: holds until the transaction ends. One that somebody is submitting just now is left to them.
SELECT
    campaign_id, name, segment_id, more_segment_ids, without_segment_ids, channels, template_id, template_version,
    message, message_class, policy, schedule, re_entry, priority, seed_list_id, variants, request_id,
    requested_by
FROM activation.campaign
WHERE tenant_id = %(tenant_id)s AND (state = 'draft' OR (state = 'ready' AND version IS NULL))
ORDER BY campaign_id
FOR UPDATE SKIP LOCKED
