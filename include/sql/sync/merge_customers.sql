-- Purpose: a profile that is new begins as a customer of its own; which profiles are one person is resolved afterwards.
-- Grain: one row a customer; gives their number. Parameters: tenant_id. Rerun: inserts only what is missing.
WITH added AS (
    INSERT INTO core.customer (tenant_id, customer_id)
    SELECT %(tenant_id)s, profile_id
    FROM shaped_profile
    WHERE NOT EXISTS (
        SELECT FROM core.customer WHERE tenant_id = %(tenant_id)s AND customer_id = shaped_profile.profile_id
    )
    ORDER BY line
    RETURNING customer_id
),
noted AS (
    INSERT INTO changed_customer (customer_id) SELECT customer_id FROM added ON CONFLICT DO NOTHING
)
SELECT count(*) FROM added
