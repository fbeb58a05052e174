-- Purpose: the keys that are known here, in core or in quarantine, and that the source no longer has. Where a row of the
-- source cannot be identified, they are withheld from deletion.
-- Grain: one row of numbers: keys known, keys at the source, gone, withheld.
-- Parameters: tenant_id, collection; {known}, the statement of what core has; {present}, the statement of the keys at the
-- source; {staged}, the table of the collection in the stage. Rerun: the caller has emptied both tables.
WITH known AS MATERIALIZED (
    SELECT source_key FROM ({known}) AS kept
    UNION
    SELECT source_key
    FROM ops.open_quarantine
    WHERE tenant_id = %(tenant_id)s AND collection = %(collection)s AND source_key <> ''
),
missing AS MATERIALIZED (
    SELECT source_key
    FROM known
    WHERE NOT EXISTS (
        SELECT FROM ({present}) AS present WHERE present.source_key = known.source_key
    )
),
unclear AS MATERIALIZED (
    SELECT EXISTS (SELECT FROM {staged} WHERE source_key = '') AS found
),
put_gone AS (
    INSERT INTO gone (collection, source_key)
    SELECT %(collection)s, source_key FROM missing WHERE NOT (SELECT unclear.found FROM unclear)
),
put_withheld AS (
    INSERT INTO withheld (collection, source_key)
    SELECT %(collection)s, source_key FROM missing WHERE (SELECT unclear.found FROM unclear)
)
SELECT
    (SELECT count(*) FROM known),
    (SELECT count(*) FROM ({present}) AS present),
    CASE WHEN unclear.found THEN 0 ELSE (SELECT count(*) FROM missing) END,
    CASE WHEN unclear.found THEN (SELECT count(*) FROM missing) ELSE 0 END
FROM unclear
