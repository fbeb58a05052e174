SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY round(extract(epoch FROM first_at - requested_at)::numeric, 3)) * 1000
    AS median_to_members
FROM (
    SELECT r.requested_at, min(run.finished_at) AS first_at
    FROM segment.request AS r
    JOIN segment.definition USING (tenant_id, request_id)
    JOIN segment.run USING (tenant_id, segment_id, version)
    GROUP BY r.tenant_id, r.request_id
) AS found
