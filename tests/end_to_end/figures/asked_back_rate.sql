SELECT count(*) FILTER (
           WHERE NOT EXISTS (SELECT FROM segment.definition AS d WHERE d.tenant_id = r.tenant_id AND d.request_id = r.request_id)
             AND (unplaced <> '{}' OR questions <> '{}'))::float
       / nullif(count(*) FILTER (WHERE state <> 'submitted'), 0) AS asked_back_share
FROM segment.request AS r
WHERE state <> 'answered'
