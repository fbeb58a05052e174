-- Purpose: rows and digest of what is here of a collection: what core has of the source and what stands in quarantine.
-- Core keeps the last good state of a row that came back bad: that row stands in quarantine, unless the same state of it
-- passed in this run too (a key that the source has twice).
-- Grain: one row, with the number of rows that are left out because their deletion was withheld.
-- Parameters: tenant_id, collection, everything (false: only keys that this run read), states (of these only the states
-- that this run read: a repaired row says nothing of its namesakes); {known}, the statement of what
-- core has; {staged}, the collection's table in the stage. Rerun: reads only.
WITH aside AS MATERIALIZED (
    SELECT source_key, source_rev, rule
    FROM ops.open_quarantine
    WHERE tenant_id = %(tenant_id)s AND collection = %(collection)s
),
bad AS (
    SELECT DISTINCT source_key FROM aside WHERE rule NOT IN ('duplicate_id', 'duplicate_row')
),
also_good AS (
    SELECT DISTINCT staged.source_key, staged.source_rev
    FROM {staged} AS staged
    JOIN bad USING (source_key)
    WHERE NOT EXISTS (SELECT FROM rejected WHERE collection = %(collection)s AND rejected.line = staged.line)
    UNION
    -- What a repair brought is here in the state that the source has.
    SELECT source_key, source_rev
    FROM ops.quarantine
    WHERE tenant_id = %(tenant_id)s AND collection = %(collection)s AND state = 'replayed'
),
held AS NOT MATERIALIZED (
    SELECT source_key, source_rev FROM aside
    UNION ALL
    SELECT source_key, source_rev
    FROM ({known}) AS known
    LEFT JOIN bad USING (source_key)
    LEFT JOIN also_good USING (source_key, source_rev)
    WHERE bad.source_key IS NULL OR also_good.source_key IS NOT NULL
),
-- Two branches of which one is empty, so that each is a join and neither a search in the other for every row.
asked AS (
    SELECT source_key, source_rev
    FROM held
    WHERE %(everything)s AND NOT EXISTS (
        SELECT FROM withheld WHERE withheld.collection = %(collection)s AND withheld.source_key = held.source_key
    )
    UNION ALL
    SELECT source_key, source_rev
    FROM held
    WHERE NOT %(everything)s AND EXISTS (
        SELECT
        FROM {staged} AS read
        WHERE read.source_key = held.source_key AND (NOT %(states)s OR read.source_rev = held.source_rev)
    )
),
counted AS (
    SELECT md5(source_key || chr(31) || source_rev) AS hash FROM asked
)
SELECT
    count(*),
    ops.digest_half(sum(('x' || left(hash, 16))::bit(64)::bigint))
        || ops.digest_half(sum(('x' || right(hash, 16))::bit(64)::bigint)),
    (SELECT count(*) FROM withheld WHERE collection = %(collection)s)
FROM counted
