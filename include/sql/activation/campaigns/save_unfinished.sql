-- Purpose: keep a campaign's form as it was typed, anew or in place of what was kept of it before.
-- Grain: one row, its number; none where the number is not one of the tenant's.
-- Parameters: tenant_id, unfinished_id (null: a new one), campaign_id (null: of a new campaign), typed, saved_by.
-- Rerun: of a known number the last one holds; without a number another row.
WITH changed AS (
    UPDATE activation.unfinished_campaign
    SET campaign_id = %(campaign_id)s, typed = %(typed)s, saved_by = %(saved_by)s, saved_at = clock_timestamp()
    WHERE tenant_id = %(tenant_id)s AND unfinished_id = %(unfinished_id)s::bigint
    RETURNING unfinished_id
), added AS (
    INSERT INTO activation.unfinished_campaign (tenant_id, campaign_id, typed, saved_by)
    SELECT %(tenant_id)s, %(campaign_id)s, %(typed)s, %(saved_by)s
    WHERE %(unfinished_id)s::bigint IS NULL
    RETURNING unfinished_id
)
SELECT unfinished_id FROM changed
UNION ALL
SELECT unfinished_id FROM added
