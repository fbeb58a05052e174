-- Purpose: what became of campaigns' messages: received where a provider accepted it here or the source sent it, opened,
-- clicked, and converted where the source puts a purchase down to the campaign. Events count for the customer whom their
-- profile belongs to, deliveries for the one to whom the profile that they went to belongs now.
-- Grain: one row a delivery or event; the surrogates of changed rows go to concerned_key. Parameters: tenant_id, source.
-- Rerun: only rows that differ are touched.
WITH live AS (
    SELECT customer_id
    FROM core.profile
    WHERE tenant_id = %(tenant_id)s AND is_primary AND deleted_at IS NULL
),
wanted AS (
    SELECT
        'delivery:' || delivery.delivery_id AS source_ref, coalesce(profile.customer_id, delivery.customer_id) AS customer_id,
        run.campaign_id, 'received' AS exposure, delivery.channel, delivery.state_changed_at AS occurred_at
    FROM activation.delivery AS delivery
    JOIN activation.run AS run ON run.tenant_id = %(tenant_id)s AND run.campaign_run_id = delivery.campaign_run_id
    LEFT JOIN core.profile AS profile
        ON profile.tenant_id = %(tenant_id)s AND profile.profile_id = delivery.profile_id
    WHERE delivery.tenant_id = %(tenant_id)s AND delivery.state = 'accepted'
    UNION ALL
    SELECT
        'event:' || min(event.graph_key), profile.customer_id, event.campaign_ref,
        CASE event.event_type
            WHEN 'email_sent' THEN 'received' WHEN 'email_open' THEN 'opened' WHEN 'email_click' THEN 'clicked'
            ELSE 'converted'
        END,
        CASE WHEN event.event_type <> 'purchase' THEN 'email' END,
        event.occurred_at
    FROM core.event AS event
    JOIN core.profile AS profile ON profile.tenant_id = %(tenant_id)s AND profile.profile_id = event.profile_id
    WHERE event.tenant_id = %(tenant_id)s AND event.campaign_ref IS NOT NULL
      AND event.event_type IN ('email_sent', 'email_open', 'email_click', 'purchase')
      AND profile.deleted_at IS NULL
    GROUP BY event.event_id, event.occurred_at, event.event_type, event.campaign_ref, event.profile_id, profile.customer_id
),
changed AS (
    MERGE INTO core.campaign_touch AS known
    USING (SELECT %(tenant_id)s AS tenant_id, wanted.* FROM wanted JOIN live USING (customer_id)) AS wanted
    ON known.tenant_id = wanted.tenant_id AND known.source_ref = wanted.source_ref
    WHEN MATCHED AND (known.customer_id, known.campaign_id, known.exposure, known.channel, known.occurred_at)
        IS DISTINCT FROM (wanted.customer_id, wanted.campaign_id, wanted.exposure, wanted.channel, wanted.occurred_at)
        THEN UPDATE SET
            customer_id = wanted.customer_id, campaign_id = wanted.campaign_id, exposure = wanted.exposure,
            channel = wanted.channel, occurred_at = wanted.occurred_at
    WHEN NOT MATCHED BY TARGET THEN
        INSERT (tenant_id, source_ref, customer_id, campaign_id, exposure, channel, occurred_at)
        VALUES (wanted.tenant_id, wanted.source_ref, wanted.customer_id, wanted.campaign_id, wanted.exposure,
                wanted.channel, wanted.occurred_at)
    WHEN NOT MATCHED BY SOURCE AND known.tenant_id = %(tenant_id)s THEN DELETE
    RETURNING known.graph_key
)
INSERT INTO concerned_key (source, graph_key) SELECT %(source)s, graph_key FROM changed ON CONFLICT DO NOTHING
