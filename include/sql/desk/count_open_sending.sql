-- Purpose: what a stop of all sending of a tenant would hold back now.
-- Grain: one row: runs and messages. Parameters: tenant_id. Rerun: reads only.
SELECT
    (SELECT count(*) FROM activation.run WHERE tenant_id = %(tenant_id)s AND state IN ('approved', 'sending')) AS runs,
    (
        SELECT count(*)
        FROM activation.run
        JOIN activation.delivery USING (tenant_id, campaign_run_id)
        WHERE run.tenant_id = %(tenant_id)s AND run.state IN ('approved', 'sending')
          AND delivery.state IN ('ready', 'retry', 'claimed')
    ) AS messages,
    (SELECT armed_at FROM ops.tenant WHERE tenant_id = %(tenant_id)s) AS armed_at,
    (SELECT armed_by FROM ops.tenant WHERE tenant_id = %(tenant_id)s) AS armed_by
