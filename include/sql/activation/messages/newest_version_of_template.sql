-- Purpose: the newest version of a template.
-- Grain: one row; null where there is no such template.
-- Parameters: tenant_id, template_id.
-- Rerun: reads only.
SELECT max(version) FROM activation.template WHERE tenant_id = %(tenant_id)s AND template_id = %(template_id)s
