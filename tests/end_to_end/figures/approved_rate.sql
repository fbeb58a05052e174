SELECT avg((decision = 'approve')::int)::float AS approved_share
FROM segment.approval
JOIN segment.definition USING (tenant_id, segment_id, version)
WHERE request_id IS NOT NULL
