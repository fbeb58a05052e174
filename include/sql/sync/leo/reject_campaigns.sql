-- Purpose: the campaigns of LEO that cannot be taken, each with the first rule that it breaks
-- (docs/decisions/quality-gate.md).
-- Grain: one row a rejected row. Parameters: none. Rerun: the caller has emptied the table.
INSERT INTO rejected (collection, line, source_key, rule)
SELECT 'cdp_campaign', line, left(_key, 254), rule
FROM (
    SELECT
        campaign.line,
        campaign._key,
        CASE
            WHEN problem IS NOT NULL THEN problem
            WHEN campaign._key IS NULL THEN 'no_id'
            WHEN length(campaign._key) > 254 OR length(campaign.name) > 500 THEN 'over_long_text'
            WHEN line > first_line THEN 'duplicate_id'
        END AS rule
    FROM cdp_campaign AS campaign
    LEFT JOIN (
        SELECT _key, min(line) AS first_line FROM cdp_campaign WHERE problem IS NULL GROUP BY 1 HAVING count(*) > 1
    ) AS repeated USING (_key)
) AS judged
WHERE rule IS NOT NULL
