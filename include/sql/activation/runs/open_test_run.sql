-- Purpose: begin a test send of a campaign: approved by whoever it goes to, since it goes to nobody else.
-- Grain: one row, or none where a test of that name was begun before.
-- Parameters: tenant_id, campaign_id, orchestrator_run_id, segment_version, version, hash, user_id.
-- Rerun: begins nothing the second time.
INSERT INTO activation.run
    (tenant_id, campaign_id, orchestrator_run_id, as_of, segment_version, version, hash, kind, state, decided_by,
     decided_at)
VALUES (
    %(tenant_id)s, %(campaign_id)s, %(orchestrator_run_id)s, now(), %(segment_version)s, %(version)s, %(hash)s, 'test',
    'approved', %(user_id)s, now()
)
ON CONFLICT (tenant_id, campaign_id, orchestrator_run_id) DO NOTHING
RETURNING campaign_run_id
