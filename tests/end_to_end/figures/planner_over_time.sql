SELECT date_trunc('day', requested_at AT TIME ZONE t.time_zone) AS day,
       CASE planner WHEN 'grammar' THEN 'Grammar' WHEN 'llm' THEN 'Language model' WHEN 'import' THEN 'Imported from LEO CDP'
           WHEN 're-evaluation' THEN 'Read again for a new model' ELSE coalesce(planner, 'Not read yet') END AS planned_by, count(*) AS requests
FROM segment.request
JOIN ops.tenant AS t USING (tenant_id)
WHERE state <> 'answered'
GROUP BY 1, 2
