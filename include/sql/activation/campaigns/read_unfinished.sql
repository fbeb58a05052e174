-- Purpose: the forms of campaigns that are not submitted yet, the one saved last first.
-- Grain: one row a form.
-- Parameters: tenant_id, unfinished_id (null: all of them), most.
-- Rerun: reads only.
SELECT unfinished_id, campaign_id, typed, saved_by, saved_at
FROM activation.unfinished_campaign
WHERE tenant_id = %(tenant_id)s AND (%(unfinished_id)s::bigint IS NULL OR unfinished_id = %(unfinished_id)s::bigint)
ORDER BY saved_at DESC, unfinished_id DESC
LIMIT %(most)s
