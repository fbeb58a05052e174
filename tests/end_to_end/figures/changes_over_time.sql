SELECT date_trunc('day', r.finished_at AT TIME ZONE t.time_zone) AS day,
       CASE change WHEN 'enter' THEN 'Entered' ELSE 'Left' END AS change, count(*) AS customers_changed
FROM segment.membership_change AS c
JOIN segment.run AS r USING (tenant_id, run_id)
JOIN ops.tenant AS t USING (tenant_id)
GROUP BY 1, 2
