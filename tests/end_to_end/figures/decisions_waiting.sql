WITH waiting (tenant_id, position, since) AS (
    SELECT tenant_id, 1, state_changed_at FROM segment.request WHERE state = 'in_review'
    UNION ALL SELECT tenant_id, 2, planned_at FROM activation.run WHERE state = 'planned'
    UNION ALL SELECT tenant_id, 3, opened_at FROM segment.held_refresh WHERE state = 'open'
    UNION ALL SELECT tenant_id, 4, state_changed_at FROM activation.page_post WHERE state = 'submitted'
    UNION ALL SELECT tenant_id, 5, opened_at FROM core.identity_case WHERE decided_at IS NULL AND state = 'waiting'
    UNION ALL SELECT tenant_id, 6, received_at FROM rights.request WHERE decided_at IS NULL
)
, kind (position, what, answered_in) AS (
    VALUES (1, 'Segments to approve', 'Segment desk, Review, or Airflow, Required Actions'),
           (2, 'Campaign runs to approve', 'Segment desk, Review, or Airflow, Required Actions'),
           (3, 'Refreshes that are held', 'Segment desk, Review, or Airflow, Required Actions'),
           (4, 'Page posts to approve', 'Segment desk, Review, or Airflow, Required Actions'),
           (5, 'Profiles that may be one person', './leo customers cases'),
           (6, 'Requests of people about their data', 'Segment desk, People, or ./leo rights list')
)
SELECT tenant.name AS tenant, kind.what, count(waiting.since) AS decisions,
       count(CASE WHEN waiting.since < now() - interval '24 hours' THEN 1 END) AS over_a_day,
       min(waiting.since) AS oldest_since, kind.answered_in
FROM ops.tenant
CROSS JOIN kind
LEFT JOIN waiting ON waiting.tenant_id = tenant.tenant_id AND waiting.position = kind.position
GROUP BY tenant.tenant_id, kind.position, kind.what, kind.answered_in
