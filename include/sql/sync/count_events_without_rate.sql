-- Purpose: rows of events that are new or changed in this run, hold money in another currency than the tenant's, and
-- whose day has no rate: their amounts are missing from what is told in the tenant's currency.
-- Grain: one row a currency. Parameters: tenant_id, currency of the tenant. Rerun: before the merge of the events the
-- same, after it none.
SELECT currency, sum(events)::bigint
FROM (
    SELECT read.currency, read.occurred_at::date AS day, count(*) AS events
    FROM shaped_event AS read
    WHERE read.value_minor IS NOT NULL AND read.currency <> %(currency)s AND NOT EXISTS (
        SELECT FROM core.event AS known
        WHERE known.tenant_id = %(tenant_id)s AND known.event_key = read.event_key
          AND known.occurred_at = read.occurred_at AND known.source_rev = read.source_rev
          AND known.profile_id = read.profile_id
    )
    GROUP BY 1, 2
) AS foreign_money
WHERE core.rate_on(currency, %(currency)s, day) IS NULL
GROUP BY currency
ORDER BY currency
