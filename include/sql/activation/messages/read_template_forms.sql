-- Purpose: every form of one template version on some channels.
-- Grain: one row a channel and language.
-- Parameters: tenant_id, template_id, template_version, channels.
-- Rerun: reads only.
SELECT channel, language, subject, body_text, body_html, provider_template_id, provider_parameters, action_url
FROM activation.template
WHERE tenant_id = %(tenant_id)s AND template_id = %(template_id)s AND version = %(template_version)s
  AND channel = ANY(%(channels)s)
ORDER BY channel, language
