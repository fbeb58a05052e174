-- Purpose: record who took hold of a campaign, and why.
-- Grain: one row an act that changed something.
-- Parameters: tenant_id, campaign_id, campaign_run_id (null: the whole campaign), act, acted_by, reason.
-- Rerun: called where the act changed something, in its transaction.
INSERT INTO activation.intervention (tenant_id, campaign_id, campaign_run_id, act, acted_by, reason)
VALUES (%(tenant_id)s, %(campaign_id)s, %(campaign_run_id)s, %(act)s, %(acted_by)s, %(reason)s)
