-- Purpose: the questions about single values: too many profiles have it, or several CRM records.
-- Grain: one row a value. Parameters: tenant_id. Rerun: the caller rolls back.
INSERT INTO found_case (subject, reason, kind, value_hash, profiles, kinds, members)
SELECT
    'value:' || link, CASE use WHEN 'many' THEN 'shared_by_many' ELSE 'two_crm_records' END, kind, value_hash, holders,
    ARRAY[kind], '{}'
FROM shared_value
WHERE use IN ('many', 'crm')
