-- Purpose: households that are new. Grain: one row a household; gives their number. Parameters: tenant_id.
-- Rerun: inserts only what is missing.
WITH added AS (
    INSERT INTO core.household (tenant_id, household_id)
    SELECT DISTINCT %(tenant_id)s, household_id
    FROM home_place
    WHERE household_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM core.household AS known
        WHERE known.tenant_id = %(tenant_id)s AND known.household_id = home_place.household_id
    )
    ORDER BY household_id
    RETURNING 1
)
SELECT count(*) FROM added
