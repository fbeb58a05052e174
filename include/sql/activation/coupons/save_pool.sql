-- Purpose: a pool of codes is there, with the number below which a reviewer is told.
-- Grain: one row a pool.
-- Parameters: tenant_id, pool_id, warn_below (null: as it is, at first 0).
-- Rerun: the last number holds.
INSERT INTO activation.coupon_pool (tenant_id, pool_id, warn_below)
VALUES (%(tenant_id)s, %(pool_id)s, coalesce(%(warn_below)s::integer, 0))
ON CONFLICT (tenant_id, pool_id) DO UPDATE SET
    warn_below = coalesce(%(warn_below)s::integer, coupon_pool.warn_below)
