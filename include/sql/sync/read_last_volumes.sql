-- Purpose: the rows by collection of the tenant's last complete run, to see a swing. Grain: one row or none.
-- Rerun: reads only.
SELECT counts #> '{staged,by_collection}'
FROM ops.sync_run
WHERE tenant_id = %(tenant_id)s AND state = 'projected'
ORDER BY sync_run_id DESC
LIMIT 1
