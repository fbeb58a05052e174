-- Purpose: replace what names a person by [erased], in a column of words.
-- Grain: one row of {table}. Parameters: tenant_id, pattern; {column} and its {type}. Rerun: finds none.
UPDATE {table} AS held
SET {column} = regexp_replace(held.{column}::text, %(pattern)s, '[erased]', 'gi')::{type}
WHERE held.tenant_id = %(tenant_id)s AND held.{column}::text ~* %(pattern)s
