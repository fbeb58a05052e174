-- Purpose: bound a provider's bucket by what its own answer left us until its window ends.
-- Grain: one row.
-- Parameters: tenant_id, provider, channels (those that it carries), remaining, resets_in.
-- Rerun: within one window only ever lower.
--
-- Run after hold_rate_limit in the same transaction, as a statement of its own: every claim that took a token before is
-- then seen. What is claimed and not yet answered may not be in the provider's number, so it is taken off.
UPDATE activation.rate_limit
SET ceiling = CASE WHEN ceiling_until > clock_timestamp() THEN least(ceiling, left_us.tokens) ELSE left_us.tokens END,
    ceiling_until = CASE
        WHEN ceiling_until > clock_timestamp() THEN greatest(ceiling_until, clock_timestamp() + %(resets_in)s)
        ELSE clock_timestamp() + %(resets_in)s
    END
FROM (
    SELECT greatest(0, %(remaining)s - count(*))::integer AS tokens
    FROM activation.delivery
    WHERE delivery.tenant_id = %(tenant_id)s AND delivery.state IN ('claimed', 'sending')
      AND delivery.leased_until > clock_timestamp() AND delivery.channel = ANY (%(channels)s)
) AS left_us
WHERE rate_limit.tenant_id = %(tenant_id)s AND rate_limit.provider = %(provider)s AND rate_limit.domain = ''
