-- Purpose: what core has of the keys that a run read, found by each key, so that a run with few of them is quick.
-- Grain: one row a key and revision. Parameters: tenant_id; {known}, the statement of what core has; {staged}, the
-- collection's table in the stage. Rerun: reads only.
SELECT found.source_key, found.source_rev
FROM (SELECT DISTINCT source_key FROM {staged}) AS read
CROSS JOIN LATERAL (
    SELECT source_key, source_rev FROM ({known}) AS kept WHERE kept.source_key = read.source_key OFFSET 0
) AS found
