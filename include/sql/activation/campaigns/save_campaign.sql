-- Purpose: keep a campaign as it is wanted now, with what it lacks.
-- Grain: one row a campaign; no row comes back where it moved on meanwhile or belongs to another request.
-- Parameters: the columns; expected, the states in which it may be found.
-- Rerun: the last one holds. schedule_since stays while the schedule does.
INSERT INTO activation.campaign AS campaign (
    tenant_id, campaign_id, name, segment_id, more_segment_ids, without_segment_ids, channels, template_id,
    template_version, message, message_class, policy, schedule, re_entry, priority, seed_list_id, variants, request_id,
    requested_by, state, missing, schedule_since
) VALUES (
    %(tenant_id)s, %(campaign_id)s, %(name)s, %(segment_id)s, %(more_segment_ids)s, %(without_segment_ids)s,
    %(channels)s, %(template_id)s, %(template_version)s, %(message)s, %(message_class)s, %(policy)s, %(schedule)s,
    %(re_entry)s, %(priority)s, %(seed_list_id)s, %(variants)s, %(request_id)s, %(requested_by)s, %(state)s, %(missing)s,
    CASE WHEN %(state)s <> 'draft' THEN now() END
)
ON CONFLICT (tenant_id, campaign_id) DO UPDATE SET
    name = excluded.name, segment_id = excluded.segment_id, more_segment_ids = excluded.more_segment_ids,
    without_segment_ids = excluded.without_segment_ids, channels = excluded.channels,
    template_id = excluded.template_id, template_version = excluded.template_version, message = excluded.message,
    message_class = excluded.message_class, policy = excluded.policy, schedule = excluded.schedule,
    re_entry = excluded.re_entry, priority = excluded.priority, seed_list_id = excluded.seed_list_id,
    variants = excluded.variants,
    requested_by = excluded.requested_by, state = excluded.state, missing = excluded.missing,
    schedule_since = CASE
        WHEN excluded.schedule_since IS NULL THEN NULL
        WHEN campaign.schedule = excluded.schedule AND campaign.schedule_since IS NOT NULL THEN campaign.schedule_since
        ELSE excluded.schedule_since
    END
WHERE campaign.state = ANY (%(expected)s) AND campaign.request_id IS NOT DISTINCT FROM excluded.request_id
RETURNING campaign_id
