-- Purpose: a shop of random customers and events in plain tables with an index for every way that a segment asks, as
-- `core` has them. Grain: see each table. Parameters: customers, edges (of which nine in ten are events; the rest
-- interests and memberships). Rerun: makes the schema `bench`, which must not exist.
CREATE SCHEMA bench;
SELECT setseed(0.42);

-- Grain: one row a customer.
CREATE TABLE bench.customer AS
SELECT
    n AS graph_key,
    'c' || lpad(n::text, 9, '0') AS customer_id,
    (ARRAY['DE', 'AT', 'PL', 'FR', 'VN', NULL])[1 + floor(random() * 6)::integer] AS country,
    (ARRAY['Wien', 'Berlin', 'Paris', 'Ha Noi', 'Krakow'])[1 + floor(random() * 5)::integer] AS city,
    (18 + floor(random() * 60))::integer AS age,
    ((1 + floor(random() * 12)) * 100 + 1 + floor(random() * 28))::integer AS birthday,
    (ARRAY['red', 'blue', 'green', 'black', 'white'])[1 + floor(random() * 5)::integer] AS favorite_color,
    CASE WHEN random() < 0.6 THEN floor(random() * random() * 300000)::bigint END AS total_spent,
    TIMESTAMPTZ '2026-02-20 00:00Z' - random() * INTERVAL '900 days' AS created_at,
    random() AS loyalty_score,
    floor(random() * 2147483647)::bigint AS shuffle
FROM generate_series(1, %(customers)s) AS n;

-- Grain: one row a product.
CREATE TABLE bench.product AS
SELECT
    n AS graph_key,
    'p' || lpad(n::text, 6, '0') AS product_id,
    'product ' || n AS name,
    (ARRAY['socks', 'shoes', 'jacket', 'shirt', 'hat', 'bag', 'belt', 'dress', 'jeans', 'scarf'])[1 + n %% 10] AS category,
    'brand ' || n %% 40 AS brand,
    (500 + floor(random() * 20000))::bigint AS price
FROM generate_series(1, 2000) AS n;

-- Grain: one row an event; a few customers and products have most of them.
CREATE TABLE bench.event AS
SELECT
    drawn.n AS graph_key,
    CASE WHEN kind < 0.5 THEN 'view' WHEN kind < 0.65 THEN 'add_to_cart' WHEN kind < 0.95 THEN 'purchase' ELSE 'return' END
        AS kind,
    customer.graph_key AS customer_key,
    customer.customer_id,
    product.graph_key AS product_key,
    product.product_id,
    TIMESTAMPTZ '2026-02-20 00:00Z' - drawn.age * INTERVAL '365 days' AS at,
    (ARRAY['red', 'blue', 'green', 'black', 'white'])[1 + floor(drawn.color * 5)::integer] AS color,
    product.price,
    product.price * drawn.quantity AS value,
    drawn.quantity,
    CASE WHEN drawn.kept < 0.1 THEN 0 ELSE drawn.quantity END AS net_quantity,
    CASE WHEN drawn.kept < 0.1 THEN 0 ELSE product.price * drawn.quantity END AS net_value,
    'o' || customer.graph_key || '-' || floor(drawn.age * 12) AS order_ref
FROM (
    SELECT
        n,
        random() AS kind,
        1 + floor(%(customers)s * pow(random(), 1.7))::bigint AS customer_key,
        1 + floor(2000 * pow(random(), 1.7))::bigint AS product_key,
        random() AS age,
        random() AS color,
        random() AS kept,
        1 + floor(random() * 3)::bigint AS quantity
    FROM generate_series(1, %(edges)s * 9 / 10) AS n
) AS drawn
JOIN bench.customer AS customer ON customer.graph_key = drawn.customer_key
JOIN bench.product AS product ON product.graph_key = drawn.product_key;

-- Grain: one row a customer and topic.
CREATE TABLE bench.interest AS
SELECT DISTINCT ON (customer_key, topic_id)
    customer_key,
    customer_id,
    topic_key,
    topic_id,
    random() AS score,
    random() < 0.3 AS is_primary
FROM (
    SELECT 1 + floor(%(customers)s * random())::bigint AS graph_key, 1 + floor(6 * random())::integer AS topic_key
    FROM generate_series(1, %(edges)s / 20)
) AS drawn
JOIN bench.customer USING (graph_key)
CROSS JOIN LATERAL (
    SELECT drawn.graph_key AS customer_key, (ARRAY[
        'category:socks', 'category:shoes', 'category:jacket', 'color:red', 'color:blue', 'tag:likes luxury items'
    ])[drawn.topic_key] AS topic_id
) AS named;

-- Grain: one row a customer and segment.
CREATE TABLE bench.membership AS
SELECT graph_key AS customer_key, customer_id, segment_key, (ARRAY['vip', 'trial'])[segment_key] AS segment_id
FROM bench.customer
CROSS JOIN (VALUES (1), (2)) AS segment (segment_key)
WHERE CASE segment_key WHEN 1 THEN graph_key %% 20 = 0 ELSE graph_key %% (%(customers)s / 500) = 0 END;

-- Grain: one row a message and what became of it.
CREATE TABLE bench.campaign_touch AS
SELECT
    row_number() OVER () AS graph_key,
    graph_key AS customer_key,
    customer_id,
    (ARRAY['RECEIVED', 'OPENED'])[1 + (random() < 0.3)::integer] AS exposure,
    campaign_key,
    (ARRAY['spring', 'summer'])[campaign_key] AS campaign_id,
    TIMESTAMPTZ '2026-02-20 00:00Z' - random() * INTERVAL '365 days' AS at
FROM bench.customer
CROSS JOIN (VALUES (1), (2)) AS campaign (campaign_key)
WHERE random() < %(edges)s / 40.0 / %(customers)s;

-- Grain: one row a customer and channel.
CREATE TABLE bench.reachability AS
SELECT graph_key AS customer_key, customer_id, random() < 0.7 AS has_address, random() < 0.5 AS has_consent
FROM bench.customer;

-- Grain: one row a customer who brought another.
CREATE TABLE bench.referral AS
SELECT DISTINCT ON (brought_key)
    row_number() OVER () AS graph_key,
    customer.graph_key AS customer_key,
    customer.customer_id,
    brought.graph_key AS brought_key,
    brought.customer_id AS brought_id
FROM bench.customer AS brought
JOIN bench.customer AS customer ON customer.graph_key = 1 + brought.graph_key * 7919 %% %(customers)s
WHERE brought.graph_key %% 5 = 0 AND customer.graph_key <> brought.graph_key;

-- Grain: one row a customer who lives with others.
CREATE TABLE bench.household_member AS
SELECT graph_key AS customer_key, customer_id, graph_key / 3 + 1 AS household_key
FROM bench.customer
WHERE graph_key %% 2 = 0 OR graph_key %% 3 = 0;

ALTER TABLE bench.customer ADD PRIMARY KEY (customer_id);
CREATE INDEX ON bench.customer (country);
CREATE INDEX ON bench.customer (total_spent);
CREATE INDEX ON bench.customer (age);
ALTER TABLE bench.product ADD PRIMARY KEY (product_id);
CREATE INDEX ON bench.product (category);
CREATE INDEX ON bench.product (brand);
CREATE INDEX ON bench.event (kind, customer_id, at);
CREATE INDEX ON bench.event (kind, product_id, customer_id);
CREATE INDEX ON bench.event (kind, at) INCLUDE (customer_id, product_id);
CREATE INDEX ON bench.interest (topic_id, customer_id, score);
CREATE INDEX ON bench.membership (segment_id, customer_id);
CREATE INDEX ON bench.campaign_touch (exposure, campaign_id, at, customer_id);
CREATE INDEX ON bench.reachability (has_address, has_consent, customer_id);
CREATE INDEX ON bench.referral (customer_id, brought_id);
CREATE INDEX ON bench.referral (brought_id, customer_id);
CREATE INDEX ON bench.household_member (household_key, customer_id);
CREATE INDEX ON bench.household_member (customer_id, household_key);
GRANT USAGE ON SCHEMA bench TO leo_reader, leo_writer;
GRANT SELECT ON ALL TABLES IN SCHEMA bench TO leo_reader, leo_writer;
