-- Purpose: up to where the tenant's source was read. Grain: one row a collection and partition. Parameters: tenant_id.
-- Rerun: reads only.
SELECT collection, partition, moment FROM ops.sync_watermark WHERE tenant_id = %(tenant_id)s
