-- Purpose: the names of categories and brands: all of them where a product changed, because a name appears with the
-- first product that bears it and vanishes with the last.
-- Grain: one row a label and name. Parameters: tenant_id; {concerned}, the place. Rerun: adds nothing.
INSERT INTO {concerned}
SELECT named.*
FROM ops.graph_name AS named
WHERE named.tenant_id = %(tenant_id)s AND named.label IN ('Category', 'Brand')
  AND EXISTS (SELECT FROM changed_product)
ON CONFLICT (graph_key) DO NOTHING
