-- Purpose: the metrics that core has of the source. Grain: one row a metric. Parameters: tenant_id. Rerun: reads only.
SELECT source_key, source_rev FROM core.event_metric WHERE tenant_id = %(tenant_id)s AND source_key IS NOT NULL
