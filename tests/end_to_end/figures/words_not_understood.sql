SELECT coalesce(lower(report.as_said(words)), '(none)') AS words, count(words) AS requests_with_words
FROM ops.tenant AS t
LEFT JOIN (
    SELECT DISTINCT tenant_id, request_id, unnest(unplaced) AS words FROM segment.request WHERE state <> 'answered'
) AS told USING (tenant_id)
GROUP BY 1
