-- Purpose: profiles go to the customer that they belong to; who no longer speaks falls silent first, because only one
-- live profile may speak for a customer.
-- Grain: one row a profile; gives the number moved. Parameters: tenant_id. Rerun: finds no difference.
WITH moved AS (
    UPDATE core.profile AS profile
    SET customer_id = place.wanted_id, is_primary = false
    FROM identity_place AS place
    WHERE profile.tenant_id = %(tenant_id)s AND profile.profile_id = place.member
      AND (profile.customer_id <> place.wanted_id OR (profile.is_primary AND NOT place.speaks))
    RETURNING profile.profile_id, place.customer_id, place.wanted_id
), noted AS (
    INSERT INTO changed_customer (customer_id)
    SELECT customer_id FROM moved UNION SELECT wanted_id FROM moved
    ON CONFLICT DO NOTHING
), left_behind AS (
    INSERT INTO moved_profile (profile_id) SELECT profile_id FROM moved WHERE customer_id <> wanted_id
    ON CONFLICT DO NOTHING
)
SELECT count(*) FROM moved WHERE customer_id <> wanted_id
