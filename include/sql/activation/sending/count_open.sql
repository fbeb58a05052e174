-- Purpose: how far a run is, when its next delivery can be claimed, and which providers rest.
-- Grain: one row: deliveries in all (less the skipped and cancelled), those still open, seconds until one can be claimed
--        (0: now; null: none will be by itself), and why providers take nothing now.
-- Parameters: tenant_id, campaign_run_id, and side by side the ways: channels, providers, senders.
-- Rerun: reads only.
WITH way AS (
    SELECT way.channel, way.provider, way.sender, pause.reason, pause.until
    FROM unnest(%(channels)s::text[], %(providers)s::text[], %(senders)s::text[]) AS way (channel, provider, sender)
    LEFT JOIN LATERAL activation.pause_of(%(tenant_id)s, way.provider) AS pause ON true
), counted AS (
    SELECT
        channel, coalesce(domain, '') AS domain,
        count(*) FILTER (WHERE state NOT IN ('skipped', 'cancelled')) AS total,
        count(*) FILTER (WHERE state IN ('ready', 'claimed', 'sending', 'retry')) AS open,
        min(coalesce(not_before, clock_timestamp())) FILTER (
            WHERE state IN ('ready', 'retry') AND (send_by IS NULL OR send_by > clock_timestamp())
        ) AS due_at
    FROM activation.delivery
    WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s
    GROUP BY channel, coalesce(domain, '')
), free AS (
    SELECT greatest(counted.due_at, way.until, max(bound.free_at)) AS at
    FROM counted
    JOIN way USING (channel)
    LEFT JOIN LATERAL (
        SELECT greatest(
            CASE WHEN activation.tokens_now(bucket) < 1 THEN greatest(
                bucket.updated_at + make_interval(secs => (1 - bucket.tokens) / bucket.per_second),
                CASE WHEN bucket.ceiling < 1 THEN bucket.ceiling_until END
            ) END
        ) AS free_at
        FROM activation.rate_limit AS bucket
        WHERE bucket.tenant_id = %(tenant_id)s AND bucket.provider = way.provider
          AND bucket.domain IN ('', counted.domain)
        UNION ALL
        SELECT CASE WHEN activation.ramp_rest(ramp) < 1
            THEN (date_trunc('day', clock_timestamp() AT TIME ZONE 'UTC') + interval '1 day') AT TIME ZONE 'UTC' END
        FROM activation.ramp
        WHERE ramp.tenant_id = %(tenant_id)s AND ramp.provider = way.provider AND ramp.sender = way.sender
          AND ramp.domain IN ('', counted.domain)
    ) AS bound ON true
    WHERE counted.due_at IS NOT NULL AND EXISTS (
        SELECT FROM activation.run
        JOIN activation.campaign USING (tenant_id, campaign_id)
        WHERE run.tenant_id = %(tenant_id)s AND run.campaign_run_id = %(campaign_run_id)s
          AND run.state = 'sending' AND (campaign.paused_at IS NULL OR run.kind = 'test')
    )
    GROUP BY counted.channel, counted.domain, counted.due_at, way.until
)
SELECT
    coalesce((SELECT sum(total) FROM counted), 0)::bigint,
    coalesce((SELECT sum(open) FROM counted), 0)::bigint,
    (
        SELECT greatest(0, extract(epoch FROM min(at) - clock_timestamp())::double precision)
        FROM free
        WHERE at < 'infinity'
        HAVING count(*) > 0
    ),
    (SELECT string_agg(DISTINCT way.provider || ': ' || way.reason, '; ') FROM way WHERE way.reason IS NOT NULL)
