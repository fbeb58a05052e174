-- Purpose: who can be reached on which channel: an active address that is not suppressed for marketing, and consent to
-- marketing (the latest statement of each of a customer's profiles, deleted ones included, and the strictest of them; what
-- is said of any channel can take away, never give), or the tenant's own basis where nothing is recorded.
-- As activation.suppression_of and activation.consent_of say of one customer, for all at once.
-- Grain: one row a customer and channel; the surrogates of changed rows go to concerned_key. Parameters: tenant_id, source.
-- Rerun: only rows that differ are touched.
WITH latest AS MATERIALIZED (
    SELECT DISTINCT ON (profile_id, channel) profile_id, channel, state
    FROM core.consent
    WHERE tenant_id = %(tenant_id)s AND purpose = 'marketing'
    ORDER BY profile_id, channel, since DESC, consent_id DESC
),
stated AS MATERIALIZED (
    SELECT profile.customer_id, latest.channel, bool_and(latest.state = 'granted') AS granted
    FROM latest
    JOIN core.profile AS profile ON profile.tenant_id = %(tenant_id)s AND profile.profile_id = latest.profile_id
    GROUP BY profile.customer_id, latest.channel
),
addressed AS MATERIALIZED (
    SELECT DISTINCT profile.customer_id, address.channel
    FROM core.channel_address AS address
    JOIN core.profile AS profile ON profile.tenant_id = %(tenant_id)s AND profile.profile_id = address.profile_id
    WHERE address.tenant_id = %(tenant_id)s AND address.state = 'active' AND profile.deleted_at IS NULL
      AND NOT EXISTS (
          SELECT FROM core.suppression
          WHERE suppression.tenant_id = %(tenant_id)s AND suppression.channel = address.channel
            AND suppression.address_hash = address.address_hash
      )
),
live AS MATERIALIZED (
    SELECT customer_id
    FROM core.profile
    WHERE tenant_id = %(tenant_id)s AND is_primary AND deleted_at IS NULL
),
-- What speaks for or against a customer and channel. With a basis of the tenant's own, that nothing is recorded does.
told AS (
    SELECT customer_id, channel, true AS addressed, NULL::boolean AS granted FROM addressed
    UNION ALL
    SELECT customer_id, channel, NULL, granted FROM stated WHERE channel <> 'any'
    UNION ALL
    SELECT live.customer_id, used.channel, NULL, NULL
    FROM live
    -- As an array, because the planner takes the channels of the addresses for as many as these.
    CROSS JOIN unnest(ARRAY(
        SELECT channel FROM stated WHERE channel <> 'any'
        UNION
        SELECT channel FROM core.channel_address WHERE tenant_id = %(tenant_id)s
    )) AS used (channel)
    WHERE EXISTS (SELECT FROM ops.tenant WHERE tenant_id = %(tenant_id)s AND consent_basis IS NOT NULL)
),
wanted AS (
    SELECT
        tenant.tenant_id, pair.customer_id, pair.channel, pair.has_address,
        CASE
            WHEN pair.granted IS NULL AND refused.granted IS NULL THEN tenant.consent_basis IS NOT NULL
            ELSE coalesce(pair.granted, false) AND coalesce(refused.granted, true)
        END AS has_consent
    FROM (
        SELECT customer_id, channel, bool_or(addressed) IS NOT NULL AS has_address, bool_and(granted) AS granted
        FROM told
        GROUP BY customer_id, channel
    ) AS pair
    JOIN live USING (customer_id)
    JOIN ops.tenant AS tenant ON tenant.tenant_id = %(tenant_id)s
    LEFT JOIN stated AS refused ON refused.customer_id = pair.customer_id AND refused.channel = 'any'
),
changed AS (
    MERGE INTO core.reachability AS known
    USING (SELECT * FROM wanted WHERE has_address OR has_consent) AS wanted
    ON known.tenant_id = wanted.tenant_id AND known.customer_id = wanted.customer_id AND known.channel = wanted.channel
    WHEN MATCHED AND (known.has_address, known.has_consent) <> (wanted.has_address, wanted.has_consent)
        THEN UPDATE SET has_address = wanted.has_address, has_consent = wanted.has_consent
    WHEN NOT MATCHED BY TARGET THEN INSERT (tenant_id, customer_id, channel, has_address, has_consent)
        VALUES (wanted.tenant_id, wanted.customer_id, wanted.channel, wanted.has_address, wanted.has_consent)
    WHEN NOT MATCHED BY SOURCE AND known.tenant_id = %(tenant_id)s THEN DELETE
    RETURNING known.graph_key
)
INSERT INTO concerned_key (source, graph_key) SELECT %(source)s, graph_key FROM changed ON CONFLICT DO NOTHING
