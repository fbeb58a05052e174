-- Purpose: the audience waterfall. Everybody in the segment gets a delivery: planned, or skipped with the reason.
-- Grain: one row a member of the segment.
-- Parameters: tenant_id, campaign_id, campaign_run_id, segment_id, channels (in the order they are tried), purpose,
--             in_production, holdout_share.
-- Rerun: run once for a new run, in the transaction that opens it.
--
-- A person's way is the first channel on which nothing stands against a message; where something does on every channel,
-- the one on which the person came furthest gives the reason. Frequency caps, quiet hours and quotas are judged between
-- copies and allow-list. The holdout draws SHA-256 over campaign and customer: the same people in each run.
INSERT INTO activation.delivery
    (tenant_id, campaign_run_id, customer_id, profile_id, channel, address, address_hash, state, skip_reason)
WITH matched AS MATERIALIZED (
    SELECT customer_id FROM segment.membership WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s
), asked AS (
    SELECT channel, position FROM unnest(%(channels)s::text[]) WITH ORDINALITY AS asked (channel, position)
), reachable AS (
    SELECT DISTINCT ON (matched.customer_id, address.channel)
        matched.customer_id, address.channel, address.profile_id, address.address, address.address_hash,
        suppressed.reason IS NOT NULL AS is_suppressed
    FROM matched
    JOIN core.profile
        ON profile.tenant_id = %(tenant_id)s AND profile.customer_id = matched.customer_id
        AND profile.deleted_at IS NULL
    JOIN core.channel_address AS address
        ON address.tenant_id = %(tenant_id)s AND address.profile_id = profile.profile_id AND address.state = 'active'
    JOIN asked ON asked.channel = address.channel
    LEFT JOIN LATERAL activation.suppression_of(
        %(tenant_id)s, address.channel, address.address_hash, %(purpose)s) AS suppressed ON true
    ORDER BY
        matched.customer_id, address.channel, suppressed.reason IS NOT NULL, profile.is_primary DESC,
        address.last_interaction_at DESC NULLS LAST, address.address
), way AS (
    SELECT DISTINCT ON (matched.customer_id)
        matched.customer_id, asked.channel, reachable.profile_id, reachable.address, reachable.address_hash,
        against.reason
    FROM matched
    CROSS JOIN asked
    LEFT JOIN reachable ON reachable.customer_id = matched.customer_id AND reachable.channel = asked.channel
    CROSS JOIN LATERAL activation.consent_of(
        %(tenant_id)s, matched.customer_id, asked.channel, %(purpose)s) AS consent
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN reachable.is_suppressed THEN 'suppressed'
            WHEN NOT (consent.granted OR (NOT consent.recorded AND tenant.consent_basis IS NOT NULL)) THEN 'no_consent'
            WHEN reachable.address IS NULL THEN 'no_address'
        END AS reason
        FROM ops.tenant
        WHERE tenant.tenant_id = %(tenant_id)s
    ) AS against
    ORDER BY
        matched.customer_id,
        array_position(ARRAY['suppressed', 'no_consent', 'no_address'], against.reason) DESC NULLS FIRST,
        asked.position
), numbered AS (
    SELECT
        way.*,
        row_number() OVER (PARTITION BY reason IS NULL, channel, address_hash ORDER BY customer_id) AS copy
    FROM way
), judged AS (
    SELECT
        numbered.*,
        CASE
            WHEN reason IS NOT NULL THEN reason
            WHEN copy > 1 THEN 'duplicate_address'
            WHEN NOT (
                (%(in_production)s AND tenant.armed_at IS NOT NULL)
                OR EXISTS (
                    SELECT FROM ops.allowed_address AS allowed
                    WHERE allowed.tenant_id = %(tenant_id)s AND allowed.channel = numbered.channel
                      AND allowed.address_hash = numbered.address_hash
                )
            ) THEN 'not_allowed'
            WHEN ('x' || left(encode(sha256(convert_to(
                %(campaign_id)s || ':' || customer_id, 'UTF8')), 'hex'), 8))::bit(32)::bigint::double precision
                < %(holdout_share)s * 4294967296 THEN 'holdout'
        END AS skip_reason
    FROM numbered
    JOIN ops.tenant ON tenant.tenant_id = %(tenant_id)s
)
SELECT
    %(tenant_id)s, %(campaign_run_id)s, customer_id, profile_id, channel,
    CASE WHEN skip_reason IS NULL THEN address END,
    CASE WHEN skip_reason IS NULL THEN address_hash END,
    CASE WHEN skip_reason IS NULL THEN 'planned' ELSE 'skipped' END,
    skip_reason
FROM judged
