-- Purpose: add codes to a pool, in the order in which they are given.
-- Grain: one row: how many were added, and how many belong to another pool of the tenant.
-- Parameters: tenant_id, pool_id, codes (each once).
-- Rerun: adds nothing the second time. Run after lock_coupons in the same transaction.
WITH given AS MATERIALIZED (
    SELECT given.code, given.place
    FROM unnest(%(codes)s::text[]) WITH ORDINALITY AS given (code, place)
), added AS (
    INSERT INTO activation.coupon (tenant_id, code, pool_id)
    SELECT %(tenant_id)s, given.code, %(pool_id)s
    FROM given
    ORDER BY given.place
    ON CONFLICT (tenant_id, code) DO NOTHING
    RETURNING code
)
SELECT
    (SELECT count(*) FROM added),
    (
        SELECT count(*)
        FROM given
        JOIN activation.coupon ON coupon.tenant_id = %(tenant_id)s AND coupon.code = given.code
        WHERE coupon.pool_id <> %(pool_id)s
    )
