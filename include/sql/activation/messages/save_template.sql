-- Purpose: keep the forms of a template, as one new version where any of them differs from the latest.
-- Grain: one row, the version that now holds.
-- Parameters: tenant_id, template_id, forms (json: channel, language, subject, body_text, body_html,
--   provider_template_id, provider_parameters, action_url of each).
-- Rerun: the same forms give the same version and write nothing. Run after lock_template in the same transaction.
WITH form AS MATERIALIZED (
    SELECT form.*
    FROM jsonb_to_recordset(%(forms)s) AS form (
        channel text, language text, subject text, body_text text, body_html text, provider_template_id text,
        provider_parameters jsonb, action_url text)
), latest AS MATERIALIZED (
    SELECT max(template.version) AS version
    FROM activation.template
    WHERE template.tenant_id = %(tenant_id)s AND template.template_id = %(template_id)s
), kept AS (
    SELECT template.channel, template.language, template.subject, template.body_text, template.body_html,
        template.provider_template_id, template.provider_parameters, template.action_url
    FROM activation.template
    JOIN latest USING (version)
    WHERE template.tenant_id = %(tenant_id)s AND template.template_id = %(template_id)s
), differs AS (
    (SELECT * FROM form EXCEPT SELECT * FROM kept) UNION ALL (SELECT * FROM kept EXCEPT SELECT * FROM form)
), added AS (
    INSERT INTO activation.template
        (tenant_id, template_id, version, channel, language, subject, body_text, body_html, provider_template_id,
        provider_parameters, action_url)
    SELECT
        %(tenant_id)s, %(template_id)s, coalesce(latest.version, 0) + 1, form.channel, form.language, form.subject,
        form.body_text, form.body_html, form.provider_template_id, form.provider_parameters, form.action_url
    FROM form
    CROSS JOIN latest
    WHERE EXISTS (SELECT FROM differs)
    RETURNING version
)
SELECT coalesce((SELECT max(version) FROM added), (SELECT version FROM latest))
