-- Purpose: the metrics by which the tenant's events are named and weighed. LEO's default ones have no key at the source
-- unless the tenant lists them.
-- Grain: one row a metric. Parameters: tenant_id. Rerun: only differences are touched.
MERGE INTO core.event_metric AS known
USING shaped_event_metric AS read
ON known.tenant_id = %(tenant_id)s AND known.metric_name = read.metric_name
WHEN MATCHED AND (known.event_type, known.score, known.source_key, known.source_rev)
    IS DISTINCT FROM (read.event_type, read.score, read.source_key, read.source_rev) THEN UPDATE SET
    event_type = read.event_type,
    score = read.score,
    source_key = read.source_key,
    source_rev = read.source_rev
WHEN NOT MATCHED THEN INSERT (tenant_id, metric_name, event_type, score, source_key, source_rev)
VALUES (%(tenant_id)s, read.metric_name, read.event_type, read.score, read.source_key, read.source_rev)
