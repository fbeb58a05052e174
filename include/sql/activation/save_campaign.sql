-- Purpose: keep a campaign that has not been planned yet, with what it lacks.
-- Grain: one row a campaign; no row comes back where a run exists already, because then nothing may change.
-- Parameters: the columns.
-- Rerun: the last one holds.
INSERT INTO activation.campaign AS campaign (
    tenant_id, campaign_id, name, segment_id, channels, template_id, template_version, message, message_class, policy,
    request_id, requested_by, state, missing
) VALUES (
    %(tenant_id)s, %(campaign_id)s, %(name)s, %(segment_id)s, %(channels)s, %(template_id)s, %(template_version)s,
    %(message)s, %(message_class)s, %(policy)s, %(request_id)s, %(requested_by)s, %(state)s, %(missing)s
)
ON CONFLICT (tenant_id, campaign_id) DO UPDATE SET
    name = excluded.name, segment_id = excluded.segment_id, channels = excluded.channels,
    template_id = excluded.template_id, template_version = excluded.template_version, message = excluded.message,
    message_class = excluded.message_class, policy = excluded.policy, requested_by = excluded.requested_by,
    state = excluded.state, missing = excluded.missing
WHERE campaign.state IN ('draft', 'ready') AND campaign.request_id IS NOT DISTINCT FROM excluded.request_id
RETURNING campaign_id
