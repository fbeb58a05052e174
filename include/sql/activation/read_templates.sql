-- Purpose: the forms of one template version, with the sender of each channel of a campaign.
-- Grain: one row a channel, in the campaign's order; template columns are null where the version has no such form.
-- Parameters: tenant_id, template_id, template_version, channels.
-- Rerun: reads only.
SELECT
    asked.channel, template.subject, template.body_text, template.body_html, template.provider_template_id,
    sender.sender
FROM unnest(%(channels)s::text[]) WITH ORDINALITY AS asked (channel, position)
LEFT JOIN activation.template
    ON template.tenant_id = %(tenant_id)s AND template.template_id = %(template_id)s
    AND template.version = %(template_version)s AND template.channel = asked.channel
LEFT JOIN activation.sender ON sender.tenant_id = %(tenant_id)s AND sender.channel = asked.channel
ORDER BY asked.position
