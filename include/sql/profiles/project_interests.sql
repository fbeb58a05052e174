-- Purpose: the graph's INTERESTED_IN edges of the due customers, or of everybody, follow profile.interest.
-- Grain: one row with the numbers of edges written and removed.
-- Parameters: tenant_id, graph_name, everybody; reads due_customer; {edges} is the label's table.
-- Rerun: ids are deterministic and only differences are written.
WITH person AS MATERIALIZED (
    SELECT
        customer.customer_id,
        _graphid((SELECT _label_id(%(graph_name)s, 'Customer'))::integer, customer.graph_key) AS id
    FROM core.customer AS customer
    WHERE customer.tenant_id = %(tenant_id)s
      AND (%(everybody)s OR customer.customer_id IN (SELECT due.customer_id FROM due_customer AS due))
), wanted AS MATERIALIZED (
    SELECT
        _graphid((SELECT _label_id(%(graph_name)s, 'INTERESTED_IN'))::integer, interest.graph_key) AS id,
        person.id AS start_id,
        _graphid((SELECT _label_id(%(graph_name)s, 'Topic'))::integer, topic.graph_key) AS end_id,
        agtype_build_map('score', interest.score, 'is_primary', interest.is_primary) AS properties
    FROM profile.interest AS interest
    JOIN person USING (customer_id)
    JOIN profile.topic AS topic USING (tenant_id, topic_type, topic)
    WHERE interest.tenant_id = %(tenant_id)s
), removed AS (
    DELETE FROM {edges} AS edge
    WHERE (%(everybody)s OR edge.start_id IN (SELECT person.id FROM person))
      AND NOT EXISTS (SELECT FROM wanted WHERE wanted.id = edge.id)
    RETURNING 1
), changed AS (
    UPDATE {edges} AS edge
    SET start_id = wanted.start_id, end_id = wanted.end_id, properties = wanted.properties
    FROM wanted
    WHERE edge.id = wanted.id
      AND (edge.start_id <> wanted.start_id
           OR edge.end_id <> wanted.end_id
           OR edge.properties IS DISTINCT FROM wanted.properties)
    RETURNING 1
), added AS (
    INSERT INTO {edges} (id, start_id, end_id, properties)
    SELECT wanted.id, wanted.start_id, wanted.end_id, wanted.properties
    FROM wanted
    WHERE NOT EXISTS (SELECT FROM {edges} AS edge WHERE edge.id = wanted.id)
    RETURNING 1
)
SELECT (SELECT count(*) FROM added) + (SELECT count(*) FROM changed), (SELECT count(*) FROM removed)
