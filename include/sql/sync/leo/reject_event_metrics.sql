-- Purpose: the event metrics of LEO that cannot be taken, each with the first rule that it breaks.
-- Grain: one row a rejected row. Parameters: tenant_id. Rerun: the caller has emptied the table.
INSERT INTO rejected (collection, line, source_key, rule)
SELECT 'cdp_eventmetric', line, left(_key, 254), rule
FROM (
    SELECT
        metric.line,
        metric._key,
        CASE
            WHEN problem IS NOT NULL THEN problem
            WHEN metric._key IS NULL OR "eventName" IS NULL THEN 'no_id'
            WHEN length("eventName") > 100 THEN 'over_long_text'
            WHEN line > by_key.first_line OR line > by_name.first_line OR known.metric_name IS NOT NULL
                THEN 'duplicate_id'
            WHEN metric.score IS NULL OR NOT core.is_number(metric.score) THEN 'bad_number'
        END AS rule
    FROM cdp_eventmetric AS metric
    LEFT JOIN (
        SELECT _key, min(line) AS first_line FROM cdp_eventmetric WHERE problem IS NULL GROUP BY 1 HAVING count(*) > 1
    ) AS by_key USING (_key)
    LEFT JOIN (
        SELECT "eventName", min(line) AS first_line
        FROM cdp_eventmetric
        WHERE problem IS NULL
        GROUP BY 1
        HAVING count(*) > 1
    ) AS by_name USING ("eventName")
    -- Where only some rows are read, the name may stand on another record that was read before and is still there.
    LEFT JOIN core.event_metric AS known ON known.tenant_id = %(tenant_id)s
        AND known.metric_name = "eventName" AND known.source_key <> metric._key
        AND known.source_key NOT IN (SELECT staged.source_key FROM cdp_eventmetric AS staged)
        AND known.source_key NOT IN (SELECT gone.source_key FROM gone WHERE collection = 'cdp_eventmetric')
) AS judged
WHERE rule IS NOT NULL
