-- Purpose: how fast each provider and domain of a tenant may be sent to, and which of them rest.
-- Grain: one row a bucket.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT
    rate_limit.provider, rate_limit.domain, rate_limit.per_second, rate_limit.capacity,
    activation.tokens_now(rate_limit) AS tokens,
    CASE WHEN rate_limit.ceiling_until > clock_timestamp() THEN rate_limit.ceiling END AS ceiling,
    CASE WHEN rate_limit.ceiling_until > clock_timestamp() THEN rate_limit.ceiling_until END AS ceiling_until,
    rate_limit.set_by, pause.reason AS pause_reason, nullif(pause.until, 'infinity') AS paused_until
FROM activation.rate_limit
LEFT JOIN LATERAL activation.pause_of(%(tenant_id)s, rate_limit.provider) AS pause ON true
WHERE rate_limit.tenant_id = %(tenant_id)s
UNION ALL
SELECT
    pause.provider, '', NULL, NULL, NULL, NULL, NULL, NULL, pause.reason, pause.until
FROM activation.provider_pause AS pause
WHERE pause.tenant_id = %(tenant_id)s AND pause.released_at IS NULL
  AND (pause.until IS NULL OR pause.until > clock_timestamp())
  AND NOT EXISTS (
      SELECT FROM activation.rate_limit
      WHERE rate_limit.tenant_id = %(tenant_id)s AND rate_limit.provider = pause.provider
  )
ORDER BY 1, 2
