SELECT count(*) AS unknown_past_deadline
FROM activation.delivery AS d
JOIN activation.run AS r USING (tenant_id, campaign_run_id)
WHERE d.recipient_kind = 'customer' AND r.kind = 'campaign' AND d.state = 'unknown' AND d.settled_by = 'deadline'
