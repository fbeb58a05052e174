-- Purpose: the events of LEO that cannot be taken, each with the first rule that it breaks
-- (docs/decisions/quality-gate.md).
-- Grain: one row a rejected row. Parameters: tenant_id, horizon (later events are in the future).
-- Rerun: the caller has emptied the table.
INSERT INTO rejected (collection, line, source_key, rule)
SELECT 'cdp_trackingevent', line, left(_key, 254), rule
FROM (
    SELECT
        event.line,
        event._key,
        CASE
            WHEN problem IS NOT NULL THEN problem
            WHEN event._key IS NULL THEN 'no_id'
            WHEN greatest(length(event._key), length("refProfileId"), length("refItemId"), length("refCampaignId"),
                          length("transactionId"), length("refJourneyId")) > 254
                OR greatest(length("metricName"), length("transactionStatus")) > 100
                OR length(message) > 4000 OR length("eventData") > 20000 THEN 'over_long_text'
            WHEN line > first_line THEN 'duplicate_id'
            WHEN "metricName" IS NULL
                OR NOT EXISTS (SELECT FROM shaped_event_metric WHERE metric_name = "metricName") THEN 'unknown_event'
            WHEN "createdAt" IS NULL OR NOT core.is_moment("createdAt") THEN 'bad_date'
            WHEN "createdAt"::timestamptz > %(horizon)s THEN 'future_event'
            WHEN NOT core.is_number("transactionValue") THEN 'bad_number'
            WHEN "transactionValue"::numeric < 0 THEN 'negative_price'
            WHEN "transactionCurrency" !~ '^[A-Z]{3}$' THEN 'bad_currency'
            WHEN "eventData" IS NOT NULL AND NOT ("eventData" LIKE '{%%' AND pg_input_is_valid("eventData", 'jsonb'))
                THEN 'malformed'
            WHEN "orderedItems" IS NOT NULL THEN CASE
                WHEN NOT ("orderedItems" LIKE '[%%' AND pg_input_is_valid("orderedItems", 'jsonb')) THEN 'malformed'
                ELSE (
                    SELECT min(CASE
                        WHEN jsonb_typeof(item) <> 'object' THEN 'malformed'
                        WHEN greatest(length(item ->> 'itemId'), length(item ->> 'categoryName')) > 254
                            THEN 'over_long_text'
                        WHEN NOT core.is_number(item ->> 'salePrice') OR NOT core.is_number(item ->> 'originalPrice')
                            OR NOT core.is_number(item ->> 'quantity') THEN 'bad_number'
                        WHEN (item ->> 'salePrice')::numeric < 0 OR (item ->> 'originalPrice')::numeric < 0
                            OR (item ->> 'quantity')::numeric < 0 THEN 'negative_price'
                        -- Beyond this a line's value does not fit its column.
                        WHEN (item ->> 'quantity')::numeric > 1000000 OR
                            coalesce(item ->> 'salePrice', item ->> 'originalPrice')::numeric
                            * (item ->> 'quantity')::numeric > 1e13 THEN 'bad_number'
                        WHEN (item ->> 'currency') !~ '^([A-Z]{3})?$' THEN 'bad_currency'
                    END)
                    FROM jsonb_array_elements("orderedItems"::jsonb) AS item
                )
            END
        END AS rule
    FROM cdp_trackingevent AS event
    LEFT JOIN (
        SELECT _key, min(line) AS first_line FROM cdp_trackingevent WHERE problem IS NULL GROUP BY 1 HAVING count(*) > 1
    ) AS repeated USING (_key)
) AS judged
WHERE rule IS NOT NULL
