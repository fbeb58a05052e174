-- Purpose: the event metrics of LEO that cannot be taken, each with the first rule that it breaks.
-- Grain: one row a rejected row. Rerun: the caller has emptied the table.
INSERT INTO rejected (collection, line, source_key, rule)
SELECT 'cdp_eventmetric', line, left(_key, 254), rule
FROM (
    SELECT
        metric.line,
        metric._key,
        CASE
            WHEN problem IS NOT NULL THEN problem
            WHEN "eventName" IS NULL THEN 'no_id'
            WHEN length("eventName") > 100 THEN 'over_long_text'
            WHEN line > first_line THEN 'duplicate_id'
            WHEN score IS NULL OR NOT core.is_number(score) THEN 'bad_number'
        END AS rule
    FROM cdp_eventmetric AS metric
    LEFT JOIN (
        SELECT "eventName", min(line) AS first_line FROM cdp_eventmetric GROUP BY 1 HAVING count(*) > 1
    ) AS repeated USING ("eventName")
) AS judged
WHERE rule IS NOT NULL
