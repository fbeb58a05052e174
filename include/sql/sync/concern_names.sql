-- Purpose: the names of categories and brands, of types of events, and of channels: all of them where a product, an event
-- or who can be reached changed, because a name appears with the first row that bears it and vanishes with the last.
-- Grain: one row a label and name. Parameters: tenant_id; {concerned}, the place. Rerun: adds nothing.
INSERT INTO {concerned}
SELECT named.*
FROM ops.graph_name AS named
WHERE named.tenant_id = %(tenant_id)s AND CASE
    WHEN named.label IN ('Category', 'Brand') THEN EXISTS (SELECT FROM changed_product)
    WHEN named.label = 'EventType' THEN EXISTS (SELECT FROM changed_event)
    WHEN named.label = 'Channel' THEN EXISTS (SELECT FROM concerned_key WHERE concerned_key.source = 'reachability')
END
ON CONFLICT (graph_key) DO NOTHING
