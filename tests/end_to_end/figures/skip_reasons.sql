SELECT report.why_not(d.skip_reason) AS why_not,
       CASE d.skip_reason
           WHEN 'no_consent' THEN 'The person''s wish' WHEN 'suppressed' THEN 'The person''s wish'
           WHEN 'restricted' THEN 'The person''s wish' WHEN 'no_address' THEN 'The data'
           WHEN 'duplicate_address' THEN 'The data' WHEN 'left_segment' THEN 'The data'
           WHEN 'holdout' THEN 'Measuring' WHEN 'control_group' THEN 'Measuring' ELSE 'Rules and limits' END AS kept_out_by,
       count(*) AS not_written_to
FROM activation.delivery AS d
JOIN activation.run AS r USING (tenant_id, campaign_run_id)
WHERE d.recipient_kind = 'customer' AND r.kind = 'campaign' AND d.skip_reason IS NOT NULL
GROUP BY 1, 2
