-- Purpose: write down what a provider says of its quotas now.
-- Grain: one row.
-- Parameters: tenant_id, provider, daily, daily_remaining, promotions_a_month, promotions_remaining, quality.
-- Rerun: the same answer leads to the same row.
INSERT INTO activation.provider_quota
    (tenant_id, provider, daily, daily_remaining, promotions_a_month, promotions_remaining, quality, read_at)
VALUES (
    %(tenant_id)s, %(provider)s, %(daily)s, %(daily_remaining)s, %(promotions_a_month)s, %(promotions_remaining)s,
    %(quality)s, now()
)
ON CONFLICT (tenant_id, provider) DO UPDATE
SET daily = excluded.daily,
    daily_remaining = excluded.daily_remaining,
    promotions_a_month = excluded.promotions_a_month,
    promotions_remaining = excluded.promotions_remaining,
    quality = excluded.quality,
    read_at = excluded.read_at
