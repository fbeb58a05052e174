-- Purpose: add a version of a tenant's rules where they differ from the latest.
-- Grain: one row, the version that now holds. Two at once: one of them fails on the key and changes nothing.
-- Parameters: tenant_id, rules, set_by.
-- Rerun: the same rules give the same version and write nothing.
WITH latest AS (
    SELECT version, rules = %(rules)s AS is_same
    FROM activation.tenant_policy
    WHERE tenant_id = %(tenant_id)s
    ORDER BY version DESC
    LIMIT 1
), added AS (
    INSERT INTO activation.tenant_policy (tenant_id, version, rules, set_by)
    SELECT %(tenant_id)s, coalesce((SELECT version FROM latest), 0) + 1, %(rules)s, %(set_by)s
    WHERE NOT coalesce((SELECT is_same FROM latest), false)
    RETURNING version
)
SELECT coalesce((SELECT version FROM added), (SELECT version FROM latest))
