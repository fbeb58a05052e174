-- Purpose: record what a person decided about a run.
-- Grain: one row a person and decision.
-- Parameters: tenant_id, campaign_run_id, decided_by, decision, hash, note, decided_at.
-- Rerun: the first one stands.
INSERT INTO activation.approval (tenant_id, campaign_run_id, decided_by, decision, hash, note, decided_at)
VALUES (
    %(tenant_id)s, %(campaign_run_id)s, %(decided_by)s, %(decision)s, %(hash)s, %(note)s, %(decided_at)s
)
ON CONFLICT (tenant_id, campaign_run_id, decided_by, decision) DO NOTHING
