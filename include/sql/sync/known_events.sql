-- Purpose: the events that core has of the source, an order of three items once.
-- Grain: one row an event's id and revision. Parameters: tenant_id. Rerun: reads only.
SELECT DISTINCT event_id AS source_key, source_rev FROM core.event WHERE tenant_id = %(tenant_id)s
