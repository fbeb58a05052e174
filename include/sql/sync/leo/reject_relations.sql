-- Purpose: the edges between profiles that cannot be taken, each with the first rule that it breaks
-- (docs/decisions/quality-gate.md). That a profile is not known (yet) is no fault of the edge.
-- Grain: one row a rejected row. Parameters: none. Rerun: the caller has emptied the table.
INSERT INTO rejected (collection, line, source_key, rule)
SELECT 'cdp_profile2profile', line, left(_key, 254), rule
FROM (
    SELECT
        edge.line,
        edge._key,
        CASE
            WHEN problem IS NOT NULL THEN problem
            WHEN edge._key IS NULL OR _from IS NULL OR _to IS NULL THEN 'no_id'
            WHEN greatest(length(edge._key), length(_from), length(_to)) > 254
                OR length("relationshipTypes") > 20000 THEN 'over_long_text'
            WHEN line > first_line THEN 'duplicate_id'
            WHEN NOT pg_input_is_valid(coalesce("relationshipTypes", '{}'), 'jsonb') THEN 'malformed'
        END AS rule
    FROM cdp_profile2profile AS edge
    LEFT JOIN (
        SELECT _key, min(line) AS first_line FROM cdp_profile2profile WHERE problem IS NULL GROUP BY 1 HAVING count(*) > 1
    ) AS repeated USING (_key)
) AS judged
WHERE rule IS NOT NULL
