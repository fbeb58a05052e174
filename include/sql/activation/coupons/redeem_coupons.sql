-- Purpose: note which codes the shop says were used.
-- Grain: one row: codes newly noted, codes that were noted before, codes that nobody was given, codes that there are not.
-- Parameters: tenant_id, codes (each once), redeemed_at.
-- Rerun: the first time that was told stands.
WITH given AS MATERIALIZED (
    SELECT DISTINCT given.code FROM unnest(%(codes)s::text[]) AS given (code)
), known AS MATERIALIZED (
    SELECT coupon.code, coupon.issued_at, coupon.redeemed_at
    FROM activation.coupon
    JOIN given USING (code)
    WHERE coupon.tenant_id = %(tenant_id)s
), noted AS (
    UPDATE activation.coupon
    SET redeemed_at = %(redeemed_at)s
    FROM given
    WHERE coupon.tenant_id = %(tenant_id)s AND coupon.code = given.code AND coupon.issued_at IS NOT NULL
      AND coupon.redeemed_at IS NULL
    RETURNING coupon.code
)
SELECT
    (SELECT count(*) FROM noted),
    (SELECT count(*) FROM known WHERE redeemed_at IS NOT NULL),
    (SELECT count(*) FROM known WHERE issued_at IS NULL),
    (SELECT count(*) FROM given) - (SELECT count(*) FROM known)
