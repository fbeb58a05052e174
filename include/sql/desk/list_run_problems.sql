-- Purpose: what providers said of the messages of a run that they refused, or that are to be tried again.
-- Grain: one row a channel, state and answer, the most frequent first; of at most so many messages of each state as sample
--        says, so that it takes no longer where a run is large.
-- Parameters: tenant_id, campaign_run_id, sample, most. Rerun: reads only. Answers hold no address (channels cut them out).
SELECT told.channel, told.state, told.answer, count(*) AS messages
FROM unnest(ARRAY['rejected', 'retry', 'unknown']) AS wanted (state)
CROSS JOIN LATERAL (
    SELECT sample.channel, sample.state, coalesce(latest.answer, '') AS answer
    FROM (
        SELECT delivery.delivery_id, delivery.channel, delivery.state
        FROM activation.delivery
        WHERE delivery.tenant_id = %(tenant_id)s AND delivery.campaign_run_id = %(campaign_run_id)s
          AND delivery.state = wanted.state
        LIMIT %(sample)s
    ) AS sample
    LEFT JOIN LATERAL (
        SELECT attempt.answer
        FROM activation.attempt
        WHERE attempt.tenant_id = %(tenant_id)s AND attempt.delivery_id = sample.delivery_id
        ORDER BY attempt.fence DESC
        LIMIT 1
    ) AS latest ON true
) AS told
GROUP BY told.channel, told.state, told.answer
ORDER BY messages DESC, told.channel, told.state, told.answer
LIMIT %(most)s
