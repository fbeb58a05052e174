SELECT o.outcome, count(r.request_id) AS requests_ended
FROM (VALUES
    ('approved', 'Approved'), ('needs_clarification', 'Asked back'), ('sent_back', 'Sent back'), ('rejected', 'Rejected'),
    ('expired', 'Expired'), ('voided', 'Voided'), ('failed', 'Failed')
) AS o (state, outcome)
LEFT JOIN segment.request AS r USING (state)
GROUP BY o.outcome
