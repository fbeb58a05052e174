-- Purpose: in what circumstances a segment's members were found.
-- Grain: one row a segment, its latest refresh.
-- Parameters: tenant_id, segment_id, version, as_of, schema_version, interest_model, seen, asks_all.
-- Rerun: writes the same again.
INSERT INTO segment.refreshed AS known (
    tenant_id, segment_id, version, as_of, schema_version, interest_model, seen, whole_at
)
VALUES (
    %(tenant_id)s, %(segment_id)s, %(version)s, %(as_of)s, %(schema_version)s, %(interest_model)s,
    %(seen)s::text::pg_snapshot, clock_timestamp()
)
ON CONFLICT (tenant_id, segment_id) DO UPDATE SET
    version = excluded.version,
    as_of = excluded.as_of,
    schema_version = excluded.schema_version,
    interest_model = excluded.interest_model,
    seen = excluded.seen,
    whole_at = CASE WHEN %(asks_all)s THEN excluded.whole_at ELSE known.whole_at END,
    refreshed_at = clock_timestamp()
