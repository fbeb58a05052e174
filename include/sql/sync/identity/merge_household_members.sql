-- Purpose: who lives in which household, for the touched customers.
-- Grain: one row a customer; gives the number changed. Parameters: tenant_id. Rerun: finds no difference.
WITH difference AS MATERIALIZED (
    SELECT touched.customer_id, known.household_id AS was, place.household_id AS is_now
    FROM touched_home AS touched
    LEFT JOIN home_place AS place ON place.member = touched.customer_id
    LEFT JOIN core.household_member AS known
        ON known.tenant_id = %(tenant_id)s AND known.customer_id = touched.customer_id
    WHERE known.household_id IS DISTINCT FROM place.household_id
), left_home AS (
    DELETE FROM core.household_member AS member
    USING difference
    WHERE member.tenant_id = %(tenant_id)s AND member.customer_id = difference.customer_id
      AND difference.is_now IS NULL
    RETURNING member.graph_key
), moved_in AS (
    INSERT INTO core.household_member AS member (tenant_id, customer_id, household_id)
    SELECT %(tenant_id)s, customer_id, is_now FROM difference WHERE is_now IS NOT NULL ORDER BY customer_id
    ON CONFLICT (tenant_id, customer_id) DO UPDATE SET household_id = excluded.household_id
    RETURNING member.graph_key
), edges AS (
    INSERT INTO changed_household_member (graph_key)
    SELECT graph_key FROM left_home UNION SELECT graph_key FROM moved_in
    ON CONFLICT DO NOTHING
), noted AS (
    INSERT INTO changed_household (household_id)
    SELECT was FROM difference WHERE was IS NOT NULL
    UNION
    SELECT is_now FROM difference WHERE is_now IS NOT NULL
    ON CONFLICT DO NOTHING
), people AS (
    INSERT INTO changed_customer (customer_id) SELECT customer_id FROM difference ON CONFLICT DO NOTHING
)
SELECT count(*) FROM difference
