-- Purpose: replace what names a person by [erased] in a column of JSON: in its strings, and where a number is theirs as a whole.
-- Grain: one row of {table}. Parameters: tenant_id, pattern; {column} and its {type}. Rerun: finds none.
-- Strings and what stands between them are taken apart, so that a number becomes a string and the whole stays JSON.
UPDATE {table} AS held
SET {column} = (
    SELECT string_agg(
        CASE
            WHEN told.part[1] LIKE '"%%' THEN regexp_replace(told.part[1], %(pattern)s, '[erased]', 'gi')
            ELSE regexp_replace(
                told.part[1], '(?<![-.[:alnum:]])(?:' || %(pattern)s || ')(?![.[:alnum:]])', '"[erased]"', 'gi')
        END, '' ORDER BY told.position)::{type}
    FROM regexp_matches(held.{column}::text, '"(?:[^"\\]|\\.)*"|[^"]+', 'g') WITH ORDINALITY AS told (part, position)
)
WHERE held.tenant_id = %(tenant_id)s AND held.{column}::text ~* %(pattern)s
