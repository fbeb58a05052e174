-- Purpose: the edges between profiles that core has of the source. Grain: one row an edge. Parameters: tenant_id.
-- Rerun: reads only.
SELECT DISTINCT source_key, source_rev FROM core.profile_relation WHERE tenant_id = %(tenant_id)s
