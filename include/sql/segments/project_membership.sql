-- Purpose: the IN_SEGMENT edges of one segment follow segment.membership, for those asked.
-- Grain: one row with the numbers of edges added and removed.
-- Parameters: tenant_id, segment_id, graph_name, asks_all; {edges} is the table of the label IN_SEGMENT; reads
--             asked_customer.
-- Rerun: ids are deterministic and only differences are written.
WITH vertex AS MATERIALIZED (
    SELECT _graphid(_label_id(%(graph_name)s, 'Segment')::integer, graph_key) AS id
    FROM ops.graph_name
    WHERE tenant_id = %(tenant_id)s AND label = 'Segment' AND name = %(segment_id)s
), wanted AS MATERIALIZED (
    SELECT
        _graphid((SELECT _label_id(%(graph_name)s, 'IN_SEGMENT'))::integer, member.graph_key) AS id,
        _graphid((SELECT _label_id(%(graph_name)s, 'Customer'))::integer, customer.graph_key) AS start_id,
        vertex.id AS end_id,
        agtype_build_map('since', (extract(epoch FROM member.since) * 1000000)::bigint) AS properties
    FROM segment.membership AS member
    JOIN core.customer AS customer USING (tenant_id, customer_id)
    CROSS JOIN vertex
    WHERE member.tenant_id = %(tenant_id)s AND member.segment_id = %(segment_id)s
      AND (%(asks_all)s OR member.customer_id IN (SELECT asked.customer_id FROM asked_customer AS asked))
), concerned AS MATERIALIZED (
    SELECT _graphid((SELECT _label_id(%(graph_name)s, 'Customer'))::integer, customer.graph_key) AS start_id
    FROM asked_customer AS asked
    JOIN core.customer AS customer ON customer.tenant_id = %(tenant_id)s AND customer.customer_id = asked.customer_id
), removed AS (
    DELETE FROM {edges} AS edge
    WHERE edge.end_id = (SELECT id FROM vertex)
      AND (%(asks_all)s OR edge.start_id IN (SELECT concerned.start_id FROM concerned))
      AND NOT EXISTS (SELECT FROM wanted WHERE wanted.id = edge.id)
    RETURNING 1
), added AS (
    INSERT INTO {edges} (id, start_id, end_id, properties)
    SELECT wanted.id, wanted.start_id, wanted.end_id, wanted.properties
    FROM wanted
    WHERE NOT EXISTS (SELECT FROM {edges} AS edge WHERE edge.id = wanted.id)
    RETURNING 1
)
SELECT (SELECT count(*) FROM added), (SELECT count(*) FROM removed)
