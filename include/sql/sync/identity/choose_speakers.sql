-- Purpose: one profile speaks for each customer.
-- Grain: one row a customer; gives the number changed. Parameters: tenant_id. Rerun: finds no difference.
WITH chosen AS (
    UPDATE core.profile AS profile
    SET is_primary = true
    FROM identity_place AS place
    WHERE profile.tenant_id = %(tenant_id)s AND profile.profile_id = place.member
      AND place.speaks AND NOT profile.is_primary
    RETURNING profile.customer_id
), noted AS (
    INSERT INTO changed_customer (customer_id) SELECT customer_id FROM chosen ON CONFLICT DO NOTHING
)
SELECT count(*) FROM chosen
