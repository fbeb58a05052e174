-- Purpose: what the gold answers are written over: a tenant's customers and what they did, told once by hand and
-- without anything that the planner, the compilers or the projection use (orders net of what was given back are the
-- warehouse's own view, whose truth tests/sync proves).
-- Grain: see each table. Parameters: tenant_id, as_of; of one session, as an administrator. Rerun: makes them anew.
CREATE TEMP TABLE person AS
SELECT
    p.customer_id, p.country, p.city, p.gender, p.language, p.funnel_stage, p.favorite_color, p.date_of_birth,
    coalesce(date_part('year', age((%(as_of)s::timestamptz AT TIME ZONE 'UTC')::date, p.date_of_birth)), p.age) AS age,
    coalesce(p.total_spent_minor, (
        SELECT sum(coalesce(i.home_net_minor, 0)) FROM core.order_item AS i
        WHERE i.tenant_id = p.tenant_id AND i.customer_id = p.customer_id
    )) / power(10, t.minor_units)::numeric AS total_spent,
    p.source_created_at AS created_at, p.scores
FROM core.profile AS p
JOIN ops.tenant AS t USING (tenant_id)
WHERE p.tenant_id = %(tenant_id)s AND p.is_primary AND p.deleted_at IS NULL;

CREATE TEMP TABLE did AS
SELECT
    who.customer_id, e.event_type AS event, e.metric_name AS metric, g.product_id, g.name AS product, g.category, g.brand, e.color,
    e.quantity, e.occurred_at AS at, e.campaign_ref AS campaign,
    CASE WHEN e.currency = t.currency THEN e.price_minor
         ELSE core.in_home_currency(e.tenant_id, e.price_minor, e.currency, e.occurred_at)
    END / power(10, t.minor_units)::numeric AS price,
    e.graph_key
FROM core.event AS e
JOIN ops.tenant AS t USING (tenant_id)
JOIN core.profile AS who USING (tenant_id, profile_id)
LEFT JOIN core.product AS g ON g.tenant_id = e.tenant_id AND g.product_id = e.product_id
WHERE e.tenant_id = %(tenant_id)s AND who.deleted_at IS NULL
  AND who.customer_id IN (SELECT customer_id FROM person);

CREATE TEMP TABLE bought AS
SELECT
    d.customer_id, d.product_id, d.product, d.category, d.brand, d.color, d.price, d.at, i.order_ref,
    i.net_quantity AS units, coalesce(i.home_net_minor, 0) / power(10, t.minor_units)::numeric AS value
FROM did AS d
JOIN core.order_item AS i USING (graph_key)
JOIN ops.tenant AS t USING (tenant_id)
WHERE d.event = 'purchase' AND i.net_quantity > 0 AND d.product IS NOT NULL;

CREATE TEMP TABLE viewed AS SELECT * FROM did WHERE event = 'view' AND product IS NOT NULL;
CREATE TEMP TABLE carted AS SELECT * FROM did WHERE event = 'add_to_cart' AND product IS NOT NULL;
CREATE TEMP TABLE sent_back AS SELECT * FROM did WHERE event = 'return' AND product IS NOT NULL;

CREATE TEMP TABLE interest AS
SELECT customer_id, topic_type, topic, score, is_primary
FROM profile.interest
WHERE tenant_id = %(tenant_id)s AND customer_id IN (SELECT customer_id FROM person);

CREATE TEMP TABLE household AS
SELECT customer_id, household_id FROM core.household_member WHERE tenant_id = %(tenant_id)s;

CREATE TEMP TABLE referral AS
SELECT DISTINCT a.customer_id AS by_customer, b.customer_id AS customer_id
FROM core.profile_relation AS r
JOIN core.profile AS a ON a.tenant_id = r.tenant_id AND a.profile_id = r.from_profile_id AND a.deleted_at IS NULL
JOIN core.profile AS b ON b.tenant_id = r.tenant_id AND b.profile_id = r.to_profile_id AND b.deleted_at IS NULL
WHERE r.tenant_id = %(tenant_id)s AND r.kind = 'referral' AND a.customer_id <> b.customer_id
  AND a.customer_id IN (SELECT customer_id FROM person) AND b.customer_id IN (SELECT customer_id FROM person);

-- One row a customer and channel with a working address that is not suppressed.
CREATE TEMP TABLE address AS
SELECT DISTINCT p.customer_id, a.channel
FROM core.channel_address AS a
JOIN core.profile AS p USING (tenant_id, profile_id)
WHERE a.tenant_id = %(tenant_id)s AND a.state = 'active' AND p.deleted_at IS NULL
  AND NOT EXISTS (
      SELECT FROM core.suppression AS s
      WHERE s.tenant_id = a.tenant_id AND s.channel = a.channel AND s.address_hash = a.address_hash
  );

-- One row a customer and channel with consent to marketing: each of the customer's profiles that says anything says yes.
CREATE TEMP TABLE agreed AS
WITH latest AS (
    SELECT DISTINCT ON (c.profile_id, c.channel) p.customer_id, c.profile_id, c.channel, c.state
    FROM core.consent AS c
    JOIN core.profile AS p USING (tenant_id, profile_id)
    WHERE c.tenant_id = %(tenant_id)s AND c.purpose = 'marketing'
    ORDER BY c.profile_id, c.channel, c.since DESC, c.consent_id DESC
)
SELECT customer_id, channel
FROM latest
WHERE channel <> 'any'
GROUP BY customer_id, channel
HAVING bool_and(state = 'granted')
   AND NOT EXISTS (
       SELECT FROM latest AS other
       WHERE other.customer_id = latest.customer_id AND other.channel = 'any' AND other.state <> 'granted'
   )
