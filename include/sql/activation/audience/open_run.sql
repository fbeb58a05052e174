-- Purpose: begin a run of a campaign.
-- Grain: one row.
-- Parameters: tenant_id, campaign_id, orchestrator_run_id, as_of, segment_version, version, hash, due_at.
-- Rerun: once, under the campaign's lock, after find_run found none.
--
-- planned_at is not when the transaction began: it may have waited for its locks, and whoever entered meanwhile is in this
-- run and would come again in the next (activation.entered).
INSERT INTO activation.run
    (tenant_id, campaign_id, orchestrator_run_id, as_of, segment_version, version, hash, due_at, planned_at)
VALUES (
    %(tenant_id)s, %(campaign_id)s, %(orchestrator_run_id)s, %(as_of)s, %(segment_version)s, %(version)s, %(hash)s,
    %(due_at)s, clock_timestamp()
)
RETURNING campaign_run_id
