-- Purpose: certificates of erasures, the newest first; nobody's data.
-- Grain: one row an erasure. Parameters: tenant_id, erasure_id (or null: all), most. Rerun: reads only.
SELECT
    erasure.erasure_id, erasure.asked_by, erasure.began_at, erasure.finished_at, erasure.rows, erasure.files,
    erasure.cancelled, coalesce(asked.providers, '{}') AS providers
FROM rights.erasure
LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(provider_erasure.provider, provider_erasure.state) AS providers
    FROM rights.provider_erasure
    WHERE provider_erasure.tenant_id = erasure.tenant_id AND provider_erasure.erasure_id = erasure.erasure_id
) AS asked ON true
WHERE erasure.tenant_id = %(tenant_id)s AND (%(erasure_id)s::bigint IS NULL OR erasure.erasure_id = %(erasure_id)s)
ORDER BY erasure.erasure_id DESC
LIMIT %(most)s
