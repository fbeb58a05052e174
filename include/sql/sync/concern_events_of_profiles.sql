-- Purpose: the events whose customer is another than before: those of moved profiles, and those of customers who enter
-- or leave the graph with this run.
-- Grain: one row a row of core.event. Parameters: tenant_id, graph_name; {concerned}, the place; {customers}, the table
-- of the label Customer as the last run left it; reads concerned_customer. Rerun: adds nothing.
INSERT INTO {concerned}
SELECT event.*
FROM core.event AS event
WHERE event.tenant_id = %(tenant_id)s AND event.profile_id IN (
    SELECT profile_id FROM moved_profile
    UNION
    SELECT profile.profile_id
    FROM concerned_customer AS customer
    JOIN core.profile AS profile USING (tenant_id, customer_id)
    LEFT JOIN {customers} AS vertex
        ON vertex.id = _graphid((SELECT _label_id(%(graph_name)s, 'Customer'))::integer, customer.graph_key)
    WHERE (vertex.id IS NULL) = EXISTS (
        SELECT FROM core.profile AS speaker
        WHERE speaker.tenant_id = customer.tenant_id AND speaker.customer_id = customer.customer_id
          AND speaker.is_primary AND speaker.deleted_at IS NULL
    )
)
ON CONFLICT (graph_key) DO NOTHING
