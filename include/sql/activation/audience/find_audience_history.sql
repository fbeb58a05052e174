-- Purpose: what people of an audience have had or are to have, by person and by address. Open deliveries count whenever
--          they will leave, so that a campaign that is planned later sees what an earlier one planned.
-- Grain: one row a delivery and person, and one a delivery and address.
-- Parameters: tenant_id; reads audience_person and audience_reach.
-- Rerun: fills a temporary table of this transaction.
INSERT INTO audience_history (customer_id, address_hash, channel, route, campaign_id, message_class, at)
SELECT
    told.customer_id, told.address_hash, told.channel, told.route, run.campaign_id, campaign.message_class,
    CASE WHEN told.state IN ('accepted', 'unknown') THEN told.state_changed_at ELSE 'infinity' END
FROM (
    SELECT
        delivery.campaign_run_id, delivery.channel, delivery.route, delivery.state, delivery.state_changed_at,
        delivery.customer_id, NULL::bytea AS address_hash
    FROM audience_person AS person
    JOIN activation.delivery
        ON delivery.tenant_id = %(tenant_id)s AND delivery.customer_id = person.customer_id
        AND delivery.recipient_kind = 'customer'
    UNION ALL
    SELECT
        delivery.campaign_run_id, delivery.channel, delivery.route, delivery.state, delivery.state_changed_at,
        NULL, delivery.address_hash
    FROM (SELECT DISTINCT channel, address_hash FROM audience_reach) AS place
    JOIN activation.delivery
        ON delivery.tenant_id = %(tenant_id)s AND delivery.channel = place.channel
        AND delivery.address_hash = place.address_hash AND delivery.recipient_kind = 'customer'
) AS told
JOIN activation.run ON run.tenant_id = %(tenant_id)s AND run.campaign_run_id = told.campaign_run_id
JOIN activation.campaign ON campaign.tenant_id = %(tenant_id)s AND campaign.campaign_id = run.campaign_id
WHERE told.state IN ('planned', 'ready', 'claimed', 'sending', 'retry', 'accepted', 'unknown')
