-- Purpose: try the next channel of a campaign for those whom the one before proved not to reach.
-- Grain: one row a delivery that was made.
-- Parameters: tenant_id, campaign_run_id, channels (in order), purpose, in_production, caps, routes and policy_version (as
--             of plan_audience).
-- Rerun: who has a delivery of a later step is not tried again. Run while the run's row is held.
--
-- Only after a rejection, or a skip at the moment of sending for reasons of the address: never after unknown, which may
-- have arrived. The next channel is the first of those that come later on which nothing stands against a message now.
INSERT INTO activation.delivery (
    tenant_id, campaign_run_id, customer_id, profile_id, channel, step, address, address_hash, domain, state,
    not_before, send_by, language, variant, cost_minor, zones, route, rule, policy_version)
WITH failed AS (
    SELECT delivery.*, array_position(%(channels)s::text[], delivery.channel) AS position
    FROM activation.delivery
    JOIN activation.run USING (tenant_id, campaign_run_id)
    WHERE delivery.tenant_id = %(tenant_id)s AND delivery.campaign_run_id = %(campaign_run_id)s
      AND delivery.recipient_kind = 'customer'
      AND (
          delivery.state = 'rejected'
          -- Who was skipped when the audience was planned has no address here, and every channel was asked then.
          OR (delivery.state = 'skipped' AND delivery.address_hash IS NOT NULL
              AND delivery.skip_reason IN ('no_address', 'no_consent', 'suppressed', 'not_eligible'))
      )
      AND coalesce(delivery.send_by, run.planned_at + interval '3 days') > clock_timestamp()
      AND NOT EXISTS (
          SELECT FROM activation.delivery AS other
          WHERE other.tenant_id = delivery.tenant_id AND other.campaign_run_id = delivery.campaign_run_id
            AND other.customer_id = delivery.customer_id AND other.delivery_id <> delivery.delivery_id
            AND (other.step >= delivery.step OR other.state NOT IN ('rejected', 'skipped', 'cancelled'))
      )
), way AS (
    SELECT DISTINCT ON (failed.customer_id)
        failed.customer_id, failed.step + 1 AS step, failed.send_by, failed.language, failed.variant, failed.zones,
        later.channel, place.profile_id, place.address, place.address_hash, open.opens_at, open.route, open.rule, open.price_minor
    FROM failed
    JOIN ops.tenant ON tenant.tenant_id = failed.tenant_id
    JOIN unnest(%(channels)s::text[]) WITH ORDINALITY AS later (channel, position) ON later.position > failed.position
    CROSS JOIN LATERAL (
        SELECT address.profile_id, address.address, address.address_hash
        FROM core.profile
        JOIN core.channel_address AS address USING (tenant_id, profile_id)
        WHERE profile.tenant_id = %(tenant_id)s AND profile.customer_id = failed.customer_id
          AND profile.deleted_at IS NULL AND address.channel = later.channel AND address.state = 'active'
          AND NOT EXISTS (
              SELECT FROM activation.suppression_of(
                  %(tenant_id)s, address.channel, address.address_hash, %(purpose)s)
          )
        ORDER BY profile.is_primary DESC, address.last_interaction_at DESC NULLS LAST, address.address COLLATE "C"
        LIMIT 1
    ) AS place
    CROSS JOIN LATERAL activation.consent_of(
        %(tenant_id)s, failed.customer_id, later.channel, %(purpose)s) AS consent
    CROSS JOIN LATERAL (
        SELECT way.*
        FROM activation.routes_of(
            %(tenant_id)s, %(routes)s::jsonb, failed.customer_id, later.channel, place.address_hash,
            coalesce(failed.zones, ARRAY[tenant.time_zone]), failed.delivery_id, failed.send_by, clock_timestamp()
        ) AS way
        WHERE way.stage = 3
        ORDER BY way.price_minor, way.position
        LIMIT 1
    ) AS open
    WHERE (consent.granted OR (NOT consent.recorded AND tenant.consent_basis IS NOT NULL))
      AND failed.customer_id NOT IN (SELECT customer_id FROM rights.restricted(%(tenant_id)s, %(purpose)s))
      AND NOT activation.is_capped(
          %(caps)s::jsonb, %(tenant_id)s, failed.customer_id, later.channel, place.address_hash, failed.delivery_id,
          clock_timestamp()
      )
      AND NOT EXISTS (
          SELECT FROM activation.delivery AS there
          WHERE there.tenant_id = %(tenant_id)s AND there.campaign_run_id = %(campaign_run_id)s
            AND there.channel = later.channel AND there.address_hash = place.address_hash
            AND there.state NOT IN ('skipped', 'cancelled')
      )
      AND (
          (%(in_production)s AND tenant.armed_at IS NOT NULL)
          OR EXISTS (
              SELECT FROM ops.allowed_address AS allowed
              WHERE allowed.tenant_id = %(tenant_id)s AND allowed.channel = later.channel
                AND allowed.address_hash = place.address_hash
          )
      )
    ORDER BY failed.customer_id, later.position
), chosen AS (
    -- One message an address: the first of those who would come to share one.
    SELECT DISTINCT ON (channel, address_hash) way.*
    FROM way
    ORDER BY channel, address_hash, customer_id COLLATE "C"
)
SELECT
    %(tenant_id)s, %(campaign_run_id)s, customer_id, profile_id, channel, step, address, address_hash,
    CASE channel WHEN 'email' THEN lower(split_part(address, '@', 2)) END, 'ready',
    CASE WHEN opens_at > clock_timestamp() THEN opens_at END, send_by, language, variant,
    price_minor, zones, route, rule, %(policy_version)s
FROM chosen
ON CONFLICT DO NOTHING
RETURNING delivery_id
