-- Purpose: what became of campaigns' messages: received where a provider accepted it here or the source sent it; opened and
-- clicked by people, as providers, our own links or the source told; converted where the source puts a purchase down to the
-- campaign, or where activation.attribution_days does. Events count for the customer whom their profile belongs to,
-- deliveries for the one to whom the profile that they went to belongs now.
-- Grain: one row a delivery; a delivery, day and kind (opened, clicked); an order of which something was kept; or an event of
-- the source. The surrogates of changed rows go to concerned_key. Parameters: tenant_id, source, customers (whom to look at;
-- null: everybody).
-- Rerun: only rows that differ are touched. Looking at those who changed ends in what looking at everybody does.
WITH live AS (
    SELECT customer_id
    FROM core.profile
    WHERE tenant_id = %(tenant_id)s AND is_primary AND deleted_at IS NULL
      AND (%(customers)s::text[] IS NULL OR customer_id = ANY (%(customers)s::text[]))
),
own AS MATERIALIZED (
    -- Everybody's, or those of some people by the two ways in which they are found in an index.
    SELECT delivery_id
    FROM activation.delivery
    WHERE tenant_id = %(tenant_id)s AND state = 'accepted' AND %(customers)s::text[] IS NULL
    UNION
    SELECT delivery_id
    FROM activation.delivery
    WHERE tenant_id = %(tenant_id)s AND state = 'accepted' AND customer_id = ANY (%(customers)s::text[])
    UNION
    SELECT delivery.delivery_id
    FROM core.profile AS of_person
    JOIN activation.delivery
        ON delivery.tenant_id = %(tenant_id)s AND delivery.profile_id = of_person.profile_id AND delivery.state = 'accepted'
    WHERE of_person.tenant_id = %(tenant_id)s AND of_person.customer_id = ANY (%(customers)s::text[])
),
told_run AS MATERIALIZED (
    -- So that the days are looked up once a run and not once a message.
    SELECT
        run.campaign_run_id, run.campaign_id,
        run.kind = 'campaign' AND campaign.message_class = 'marketing' AS may_sell,
        make_interval(days => activation.attribution_days(%(tenant_id)s, run.planned_at)) AS days
    FROM activation.run
    JOIN activation.campaign ON campaign.tenant_id = %(tenant_id)s AND campaign.campaign_id = run.campaign_id
    WHERE run.tenant_id = %(tenant_id)s
),
message AS MATERIALIZED (
    SELECT
        delivery.delivery_id, coalesce(profile.customer_id, delivery.customer_id) AS customer_id, run.campaign_id,
        delivery.channel, delivery.state_changed_at, run.may_sell AND delivery.recipient_kind = 'customer' AS may_sell,
        run.days
    FROM own
    JOIN activation.delivery ON delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = own.delivery_id
    JOIN told_run AS run USING (campaign_run_id)
    LEFT JOIN core.profile ON profile.tenant_id = %(tenant_id)s AND profile.profile_id = delivery.profile_id
),
done AS MATERIALIZED (
    -- What people did with their messages.
    SELECT event.delivery_id, event.kind, event.occurred_at
    FROM activation.provider_event AS event
    WHERE event.tenant_id = %(tenant_id)s AND event.kind IN ('opened', 'clicked') AND NOT event.by_machine
      AND event.delivery_id IN (SELECT delivery_id FROM message)
),
named AS MATERIALIZED (
    -- Events of the source that name a campaign.
    SELECT event.*, profile.customer_id
    FROM core.event AS event
    JOIN core.profile AS profile ON profile.tenant_id = %(tenant_id)s AND profile.profile_id = event.profile_id
    WHERE event.tenant_id = %(tenant_id)s AND event.campaign_ref IS NOT NULL
      AND event.event_type IN ('email_sent', 'email_open', 'email_click', 'purchase')
      AND profile.deleted_at IS NULL
      AND (%(customers)s::text[] IS NULL OR event.profile_id = ANY (ARRAY(
          SELECT of_person.profile_id
          FROM core.profile AS of_person
          WHERE of_person.tenant_id = %(tenant_id)s AND of_person.customer_id = ANY (%(customers)s::text[])
      )))
),
item AS MATERIALIZED (
    SELECT bought.customer_id, bought.order_ref, bought.graph_key, bought.occurred_at, bought.net_quantity, bought.home_net_minor
    FROM core.order_item AS bought
    WHERE bought.tenant_id = %(tenant_id)s AND bought.customer_id = ANY (ARRAY(
        SELECT customer_id FROM message WHERE may_sell
        UNION
        SELECT customer_id FROM named WHERE event_type = 'purchase'
    ))
),
free_order AS (
    -- Orders that no campaign of the source claims.
    SELECT
        item.customer_id, min(item.graph_key) AS first_key, min(item.occurred_at) AS ordered_at,
        coalesce(sum(item.home_net_minor), 0)::bigint AS value_minor
    FROM item
    GROUP BY item.customer_id, item.order_ref
    HAVING sum(item.net_quantity) > 0 AND NOT bool_or(item.graph_key IN (SELECT graph_key FROM named))
),
reason AS (
    SELECT message.*, 'click' AS told_by, 1 AS rank, done.occurred_at AS at
    FROM done
    JOIN message USING (delivery_id)
    WHERE done.kind = 'clicked' AND message.may_sell
    UNION ALL
    -- It left when its last attempt began: what an event settled later is not younger by that.
    SELECT message.*, 'message', 2, coalesce(attempted.at, message.state_changed_at)
    FROM message
    LEFT JOIN LATERAL (
        SELECT max(attempt.started_at) AS at
        FROM activation.attempt
        WHERE attempt.tenant_id = %(tenant_id)s AND attempt.delivery_id = message.delivery_id
    ) AS attempted ON true
    WHERE message.may_sell
),
attributed AS (
    SELECT DISTINCT ON (free_order.first_key)
        free_order.*, reason.delivery_id, reason.campaign_id, reason.channel, reason.told_by
    FROM free_order
    JOIN reason USING (customer_id)
    WHERE reason.at <= free_order.ordered_at AND free_order.ordered_at < reason.at + reason.days
    ORDER BY free_order.first_key, reason.rank, reason.at DESC, reason.delivery_id
),
wanted AS (
    SELECT
        'delivery:' || delivery_id AS source_ref, customer_id, campaign_id, 'received' AS exposure, channel,
        state_changed_at AS occurred_at, delivery_id, NULL::bigint AS value_minor, NULL AS told_by
    FROM message
    UNION ALL
    SELECT
        done.kind || ':' || delivery_id || ':' || to_char(min(done.occurred_at) AT TIME ZONE 'UTC', 'YYYYMMDD'),
        message.customer_id, message.campaign_id, done.kind, message.channel, min(done.occurred_at), delivery_id, NULL, NULL
    FROM done
    JOIN message USING (delivery_id)
    GROUP BY
        done.kind, delivery_id, (done.occurred_at AT TIME ZONE 'UTC')::date, message.customer_id, message.campaign_id,
        message.channel
    UNION ALL
    SELECT
        'order:' || first_key, customer_id, campaign_id, 'converted', channel, ordered_at, delivery_id, value_minor, told_by
    FROM attributed
    UNION ALL
    SELECT
        'event:' || min(event.graph_key), event.customer_id, event.campaign_ref,
        CASE event.event_type
            WHEN 'email_sent' THEN 'received' WHEN 'email_open' THEN 'opened' WHEN 'email_click' THEN 'clicked'
            ELSE 'converted'
        END,
        CASE WHEN event.event_type <> 'purchase' THEN 'email' END,
        event.occurred_at, NULL,
        CASE WHEN event.event_type = 'purchase' THEN coalesce(sum(item.home_net_minor), 0)::bigint END,
        CASE WHEN event.event_type = 'purchase' THEN 'source' END
    FROM named AS event
    LEFT JOIN item ON item.graph_key = event.graph_key
    GROUP BY event.event_id, event.occurred_at, event.event_type, event.campaign_ref, event.profile_id, event.customer_id
    HAVING event.event_type <> 'purchase' OR sum(item.net_quantity) > 0
),
known_wanted AS MATERIALIZED (
    SELECT %(tenant_id)s AS tenant_id, wanted.* FROM wanted JOIN live USING (customer_id)
),
merged AS (
    MERGE INTO core.campaign_touch AS known
    USING known_wanted AS wanted
    ON known.tenant_id = wanted.tenant_id AND known.source_ref = wanted.source_ref
    WHEN MATCHED AND (
        known.customer_id, known.campaign_id, known.exposure, known.channel, known.occurred_at, known.delivery_id,
        known.value_minor, known.told_by
    ) IS DISTINCT FROM (
        wanted.customer_id, wanted.campaign_id, wanted.exposure, wanted.channel, wanted.occurred_at, wanted.delivery_id,
        wanted.value_minor, wanted.told_by
    ) THEN UPDATE SET
        customer_id = wanted.customer_id, campaign_id = wanted.campaign_id, exposure = wanted.exposure,
        channel = wanted.channel, occurred_at = wanted.occurred_at, delivery_id = wanted.delivery_id,
        value_minor = wanted.value_minor, told_by = wanted.told_by
    WHEN NOT MATCHED THEN INSERT (
        tenant_id, source_ref, customer_id, campaign_id, exposure, channel, occurred_at, delivery_id, value_minor, told_by
    ) VALUES (
        wanted.tenant_id, wanted.source_ref, wanted.customer_id, wanted.campaign_id, wanted.exposure, wanted.channel,
        wanted.occurred_at, wanted.delivery_id, wanted.value_minor, wanted.told_by
    )
    RETURNING known.graph_key
),
gone AS (
    -- Not a third branch of the merge: that would read what is known of everybody.
    DELETE FROM core.campaign_touch AS known
    WHERE known.tenant_id = %(tenant_id)s
      AND (%(customers)s::text[] IS NULL OR known.customer_id = ANY (%(customers)s::text[]))
      AND NOT EXISTS (SELECT FROM known_wanted AS wanted WHERE wanted.source_ref = known.source_ref)
    RETURNING known.graph_key
)
INSERT INTO concerned_key (source, graph_key)
SELECT %(source)s, graph_key FROM merged
UNION ALL
SELECT %(source)s, graph_key FROM gone
ON CONFLICT DO NOTHING
