-- Purpose: whether there is a template, and which version of it is the newest.
-- Grain: one row: the newest version, null where there is no such template, and whether the version asked for is there.
-- Parameters: tenant_id, template_id, template_version.
-- Rerun: reads only.
SELECT max(version), coalesce(bool_or(version = %(template_version)s), false)
FROM activation.template
WHERE tenant_id = %(tenant_id)s AND template_id = %(template_id)s
