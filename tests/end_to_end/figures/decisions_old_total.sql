WITH waiting (tenant_id, position, since) AS (
    SELECT tenant_id, 1, state_changed_at FROM segment.request WHERE state = 'in_review'
    UNION ALL SELECT tenant_id, 2, planned_at FROM activation.run WHERE state = 'planned'
    UNION ALL SELECT tenant_id, 3, opened_at FROM segment.held_refresh WHERE state = 'open'
    UNION ALL SELECT tenant_id, 4, state_changed_at FROM activation.page_post WHERE state = 'submitted'
    UNION ALL SELECT tenant_id, 5, opened_at FROM core.identity_case WHERE decided_at IS NULL AND state = 'waiting'
    UNION ALL SELECT tenant_id, 6, received_at FROM rights.request WHERE decided_at IS NULL
)
SELECT count(*) AS decisions_over_a_day FROM waiting WHERE since < now() - interval '24 hours'
