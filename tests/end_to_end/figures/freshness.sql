WITH good_end AS (
    SELECT tenant.tenant_id, run.dag_id, max(run.ended_at) AS at
    FROM ops.tenant
    JOIN ops.dag_run AS run ON run.state = 'success' AND (run.scope = '*' OR run.scope = tenant.tenant_id)
    GROUP BY 1, 2
), last_end (tenant_id, position, what, hours, at) AS (
    SELECT tenant_id, 1, 'Data as of', 26, max(as_of) FROM ops.sync_run WHERE state = 'projected' GROUP BY 1
    UNION ALL
    SELECT tenant_id, 2, 'Last finished sync', 26, max(finished_at) FROM ops.sync_run WHERE state = 'projected' GROUP BY 1
    UNION ALL
    SELECT tenant_id, 3, 'Last interests', 26, at FROM good_end WHERE dag_id = 'compute_interests'
    UNION ALL
    SELECT tenant_id, 4, 'Last embeddings', 26, at FROM good_end WHERE dag_id = 'embed_profiles'
    UNION ALL
    SELECT tenant_id, 5, 'Last refresh of segments', 26, at FROM good_end WHERE dag_id = 'refresh_segments'
    UNION ALL
    SELECT tenant_id, 5, 'Last refresh of segments', 26, max(finished_at) FROM segment.run GROUP BY 1
    UNION ALL
    SELECT tenant_id, 6, 'Last seal of the audit log', 1, at FROM good_end WHERE dag_id = 'seal_audit'
    UNION ALL
    SELECT tenant_id, 6, 'Last seal of the audit log', 1, max(sealed_at) FROM audit.batch GROUP BY 1
), step (position, what, hours) AS (
    VALUES (1, 'Data as of', 26), (2, 'Last finished sync', 26), (3, 'Last interests', 26), (4, 'Last embeddings', 26),
           (5, 'Last refresh of segments', 26), (6, 'Last seal of the audit log', 1)
), judged AS (
    SELECT tenant.tenant_id, tenant.name AS tenant, step.what, step.hours,
           (SELECT max(at) FROM last_end WHERE last_end.tenant_id = tenant.tenant_id
                                           AND last_end.position = step.position) AS at,
           step.position = 1 AND EXISTS (
               SELECT FROM ops.source WHERE source.tenant_id = tenant.tenant_id AND stands_still_at IS NOT NULL
           ) AS stands_still
    FROM ops.tenant, step
), verdicts AS (
    SELECT tenant, what, hours, at,
           CASE WHEN stands_still THEN 'Stands still' WHEN at IS NULL THEN 'Not known'
                WHEN at < now() - hours * interval '1 hour' THEN 'Late' ELSE 'On time' END AS verdict
    FROM judged
)
SELECT tenant, what, verdict, trunc(extract(epoch FROM now() - at) / 3600) AS age_hours, hours AS expected_hours, at AS last_at
FROM verdicts
