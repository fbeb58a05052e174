-- Purpose: the rows that the refresh of a table just made or changed; it noted their surrogates, and those of rows that are
-- no more.
-- Grain: as {table}. Parameters: tenant_id, source; {concerned}, the place. Rerun: adds nothing.
INSERT INTO {concerned}
SELECT kept.*
FROM {table} AS kept
WHERE kept.tenant_id = %(tenant_id)s
  AND kept.graph_key IN (SELECT graph_key FROM concerned_key WHERE source = %(source)s)
ON CONFLICT (graph_key) DO NOTHING
